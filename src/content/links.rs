//! Where does a link in an article lead?

use percent_encoding::percent_decode_str;

/// Where a link or an image leads, as the page should say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// To the file at this path below `kb/` (an article when it ends in `.md`), with `#fragment` or empty.
    File {
        /// Relative to `kb/`.
        path: String,
        /// With its `#`, or empty.
        fragment: String,
    },
    /// To a place on the same page.
    Fragment(String),
    /// Elsewhere: `https:`, `http:`, `mailto:`, `tel:`.
    Elsewhere(String),
    /// Nowhere that a link may lead: out of `kb/`, or by a scheme that is not allowed.
    Refused,
}

/// Schemes that a link may have.
const SCHEMES: [&str; 4] = ["https", "http", "mailto", "tel"];

/// Resolves `target` as written in the article at `path` (relative to `kb/`). A target that starts with `/` starts at `kb/`.
/// Percent encodings are resolved first, so an encoded `..` is seen; a query (`?…`) behind a file is dropped.
pub fn resolve_link(path: &str, target: &str) -> Destination {
    // A browser drops tabs and line ends within an address and blanks around it.
    let target: String = target.chars().filter(|c| !c.is_control()).collect();
    let target = target.trim();
    if let Some(rest) = target.strip_prefix("//") {
        return elsewhere(&format!("https://{rest}"));
    }
    if has_scheme(target) {
        return elsewhere(target);
    }
    if target.starts_with('#') {
        return Destination::Fragment(target.to_owned());
    }
    let (file, fragment) = target
        .find('#')
        .map_or((target, ""), |at| target.split_at(at));
    let file = file.split('?').next().unwrap_or_default();
    let Ok(file) = percent_decode_str(file).decode_utf8() else {
        return Destination::Refused;
    };
    if file.contains(|c: char| c.is_control() || c == '\\') {
        return Destination::Refused;
    }
    match join(path, &file) {
        Some(path) => Destination::File {
            path,
            fragment: fragment.to_owned(),
        },
        None => Destination::Refused,
    }
}

fn elsewhere(target: &str) -> Destination {
    let allowed = target.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty() && SCHEMES.contains(&scheme.to_ascii_lowercase().as_str())
    });
    if allowed {
        Destination::Elsewhere(target.to_owned())
    } else {
        Destination::Refused
    }
}

/// Whether a target starts with a scheme, as in `javascript:`. One in which a `/`, `?` or `#` comes first has none.
pub(super) fn has_scheme(target: &str) -> bool {
    target
        .find([':', '/', '?', '#'])
        .is_some_and(|at| target.as_bytes()[at] == b':')
}

fn join(path: &str, target: &str) -> Option<String> {
    let mut segments: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => path
            .rsplit_once('/')
            .map_or(Vec::new(), |(folder, _)| folder.split('/').collect()),
    };
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            name => segments.push(name),
        }
    }
    Some(segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{Destination, resolve_link};

    fn file(path: &str, fragment: &str) -> Destination {
        Destination::File {
            path: path.to_owned(),
            fragment: fragment.to_owned(),
        }
    }

    #[test]
    fn targets_within_the_folder_become_paths() {
        for (target, expected) in [
            ("b.md", file("a/b.md", "")),
            ("./b.md#c", file("a/b.md", "#c")),
            ("../x/b.md", file("x/b.md", "")),
            ("/x/b.md", file("x/b.md", "")),
            ("%E7%94%BB.png", file("a/画.png", "")),
            ("b.md?x=1#c", file("a/b.md", "#c")),
            ("", file("a", "")),
            ("#c", Destination::Fragment("#c".to_owned())),
            (
                "https://example.com/a?b#c",
                Destination::Elsewhere("https://example.com/a?b#c".to_owned()),
            ),
            (
                "//example.com",
                Destination::Elsewhere("https://example.com".to_owned()),
            ),
            (
                "MAILTO:a@example.com",
                Destination::Elsewhere("MAILTO:a@example.com".to_owned()),
            ),
        ] {
            assert_eq!(resolve_link("a/a.md", target), expected, "{target}");
        }
    }

    #[test]
    fn targets_that_may_not_be_followed_are_refused() {
        for target in [
            "../../etc/passwd",
            "%2e%2e/%2e%2e/etc/passwd",
            "/../x",
            "..\\..\\x",
            "a%00b",
            "%ff",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            " javascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "file:///etc/passwd",
            "c:\\x",
            "https:",
        ] {
            assert_eq!(
                resolve_link("a/a.md", target),
                Destination::Refused,
                "{target}"
            );
        }
    }
}
