//! Which values make sense? One rule a kind; each says what to write instead.

use super::reader::{Complaint, Verdict};
use std::fmt::Display;
use std::path::Path;
use url::Url;

/// The longest text of the site's own wording, in characters.
const MAX_TEXT_CHARS: usize = 500;

/// A number from `least` to `most`.
pub(super) fn within<T: PartialOrd + Display>(value: &T, least: T, most: T) -> Verdict {
    if *value >= least && *value <= most {
        return Ok(());
    }
    let message = format!("{value} is out of range");
    Err(Complaint::new(message, format!("use {least} to {most}")))
}

/// A value that may be left out.
pub(super) fn optional<T>(value: &Option<T>, rule: impl Fn(&T) -> Verdict) -> Verdict {
    value.as_ref().map_or(Ok(()), rule)
}

/// A text that has its place on a page.
pub(super) fn short(text: &str) -> Verdict {
    let chars = text.chars().count();
    if chars > MAX_TEXT_CHARS {
        let message = format!("this text has {chars} characters");
        return Err(Complaint::new(
            message,
            format!("use at most {MAX_TEXT_CHARS}"),
        ));
    }
    Ok(())
}

/// A colour as `#rgb` or `#rrggbb`.
pub(super) fn colour(text: &str) -> Verdict {
    let digits = text.strip_prefix('#').unwrap_or_default();
    let is_hex = digits.chars().all(|c| c.is_ascii_hexdigit());
    if is_hex && matches!(digits.len(), 3 | 6) {
        return Ok(());
    }
    let message = format!("`{text}` is no colour");
    Err(Complaint::new(
        message,
        "write it as `#rgb` or `#rrggbb`, as in \"#0b62d6\"",
    ))
}

/// The public address of the site.
pub(super) fn base_url(text: &String) -> Verdict {
    let refuse = |why: &str| {
        let message = format!("`{text}` {why}");
        Err(Complaint::new(
            message,
            "write it as in \"https://help.example.com\", without a slash at the end",
        ))
    };
    let Some(url) = web_address(text) else {
        return refuse("is no http or https address");
    };
    if text.ends_with('/') {
        return refuse("ends in a slash");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("must not have `?` or `#`");
    }
    if has_credentials(&url) {
        return refuse("must not have a user or a password");
    }
    Ok(())
}

/// The address of another service; `help` says how it is written.
pub(super) fn service(text: &str, help: &str) -> Verdict {
    let refuse = |why: &str| Err(Complaint::new(format!("`{text}` {why}"), help));
    match web_address(text) {
        None => refuse("is no http or https address"),
        Some(url) if url.fragment().is_some() => refuse("must not have `#`"),
        Some(url) if has_credentials(&url) => {
            // What was written may be a password.
            let help = "put it into a file, and name that as key_file";
            Err(Complaint::new(
                "the address must not have a user or a password",
                help,
            ))
        }
        Some(_) => Ok(()),
    }
}

/// A site that may embed the box: scheme, host and port, nothing else.
pub(super) fn origin(text: &str) -> Verdict {
    let refuse = |why: &str, help: String| Err(Complaint::new(format!("`{text}` {why}"), help));
    let example = || "write it as in \"https://www.example.com\"".to_owned();
    if text.contains('*') {
        return refuse(
            "has a wildcard",
            "name each origin; wildcards would let in sites of others".to_owned(),
        );
    }
    let Some(url) = web_address(text) else {
        return refuse("is no http or https origin", example());
    };
    let plain = url.origin().ascii_serialization();
    if text != plain {
        return refuse("is more than an origin", format!("write it as \"{plain}\""));
    }
    Ok(())
}

/// Where readers turn: a mail address or an `https:` address.
pub(super) fn contact(text: &String) -> Verdict {
    let is_page = text.starts_with("https://") && web_address(text).is_some();
    if is_page || is_mail(text) {
        return Ok(());
    }
    let message = format!("`{text}` is neither a mail address nor an https address");
    Err(Complaint::new(
        message,
        "write it as in \"help@example.com\" or \"https://example.com/contact\"",
    ))
}

/// A server that takes mail, without user and password.
pub(super) fn smtp_url(text: &str) -> Verdict {
    let refuse = |why: &str, help: &str| Err(Complaint::new(why.to_owned(), help));
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host());
    match url {
        None => refuse(
            "this is no address of a mail server",
            "write it as in \"smtps://mail.example.com:465\" or \"smtp://mail.example.com:587?tls=required\"",
        ),
        Some(url) if has_credentials(&url) => refuse(
            "this address holds a user or a password",
            "set mail.smtp_user, and mail.smtp_password_file",
        ),
        Some(_) => Ok(()),
    }
}

/// A picture file that browsers show.
pub(super) fn picture(path: &Path) -> Verdict {
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    if !["svg", "png", "jpg", "jpeg", "webp", "gif"].contains(&extension.as_str()) {
        let message = format!("{} is no picture", path.display());
        return Err(Complaint::new(
            message,
            "use an svg, png, webp, jpg or gif file",
        ));
    }
    readable(path)
}

/// A folder that is there.
pub(super) fn folder(path: &Path) -> Verdict {
    match std::fs::read_dir(path) {
        Ok(_) => Ok(()),
        Err(e) => {
            let message = format!("{} cannot be read: {e}", path.display());
            Err(Complaint::new(message, "name a folder"))
        }
    }
}

/// A file that is there.
pub(super) fn readable(path: &Path) -> Verdict {
    match std::fs::File::open(path).and_then(|file| file.metadata()) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(Complaint::new(
            format!("{} is no file", path.display()),
            "name a file",
        )),
        Err(e) => {
            let message = format!("{} cannot be read: {e}", path.display());
            Err(Complaint::new(
                message,
                "paths start at the folder of this settings file",
            ))
        }
    }
}

/// An address that a browser could open.
pub(super) fn web_address(text: &str) -> Option<Url> {
    let no_space = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let url = Url::parse(text).ok()?;
    (no_space && matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn is_mail(text: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    text.split_once('@').is_some_and(|(name, host)| {
        let dotted = host
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-'));
        !name.is_empty() && name.chars().all(allowed) && dotted && text.len() <= 254
    })
}

#[cfg(test)]
mod tests {
    use super::{base_url, colour, contact, origin, within};

    #[test]
    fn origins_have_no_path_and_no_wildcard() {
        for ok in [
            "https://www.example.com",
            "http://localhost:3000",
            "https://例子.cn",
        ] {
            let plain = url::Url::parse(ok)
                .expect(ok)
                .origin()
                .ascii_serialization();
            assert_eq!(origin(&plain), Ok(()));
        }
        for bad in [
            "",
            "*",
            "https://*.example.com",
            "https://a.cn/",
            "https://a.cn/x",
            "ftp://a.cn",
            "a.cn",
            "null",
            "https://a.cn:443",
            "HTTPS://A.cn",
            "https://u:p@a.cn",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_base_url_is_an_address_without_slash() {
        for (text, ok) in [
            ("https://help.example.com", true),
            ("http://127.0.0.1:8080", true),
            ("https://example.com/help", true),
            ("https://help.example.com/", false),
            ("https://a.cn?x=1", false),
            ("https://a.cn#x", false),
            ("https://u:p@a.cn", false),
            ("help.example.com", false),
            ("javascript:alert(1)", false),
            ("https://a b.cn", false),
        ] {
            assert_eq!(base_url(&text.to_owned()).is_ok(), ok, "{text}");
        }
    }

    #[test]
    fn a_contact_is_a_mail_or_a_safe_page() {
        for (text, ok) in [
            ("help@example.com", true),
            ("服务@例子.中国", true),
            ("https://example.com/contact?from=help", true),
            ("http://example.com", false),
            ("javascript:alert(1)", false),
            ("a@b\r\nBcc: c@d.e", false),
            ("a@", false),
            ("@b.c", false),
            ("a b@c.d", false),
        ] {
            assert_eq!(contact(&text.to_owned()).is_ok(), ok, "{text:?}");
        }
    }

    #[test]
    fn colours_are_hexadecimal() {
        for (text, ok) in [
            ("#fff", true),
            ("#0b62d6", true),
            ("0b62d6", false),
            ("#ggg", false),
            ("#ffff", false),
            ("red", false),
            ("#fff;}", false),
            ("", false),
        ] {
            assert_eq!(colour(text).is_ok(), ok, "{text}");
        }
    }

    #[test]
    fn a_range_has_both_ends() {
        assert!(within(&1, 1, 2).is_ok() && within(&2, 1, 2).is_ok());
        assert!(within(&0, 1, 2).is_err() && within(&3, 1, 2).is_err());
    }
}
