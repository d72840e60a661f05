//! What does a company's page load? The box's modules, joined into one, so that one request and one integrity hash are
//! enough. In the tree they stay plain files that a browser could load as they are: joining takes no tool, only the
//! `import` lines away.

use axum::body::Bytes;
use base64::Engine;
use sha2::{Digest, Sha384};
use std::fmt::Write;
use std::sync::LazyLock;

/// The modules, each after those that it imports. The last one is what the script exports.
const MODULES: [&str; 12] = [
    include_str!("assets/embed/texts.js"),
    include_str!("assets/embed/style.js"),
    include_str!("assets/embed/dom.js"),
    include_str!("assets/embed/nodes.js"),
    include_str!("assets/embed/client.js"),
    include_str!("assets/embed/waiting.js"),
    include_str!("assets/embed/options.js"),
    include_str!("assets/embed/typing.js"),
    include_str!("assets/embed/shortcuts.js"),
    include_str!("assets/embed/place.js"),
    include_str!("assets/embed/panel.js"),
    include_str!("assets/embed/kb-search.js"),
];

/// What the box fetches when it is first opened: articles in place, the ask form, and the notes of a visit.
const MORE: [&str; 4] = [
    include_str!("assets/embed/dom.js"),
    include_str!("assets/embed/article.js"),
    include_str!("assets/proof.js"),
    include_str!("assets/embed/ask-form.js"),
];

const HEAD: &str = "// kb-search, Apache-2.0 OR MIT\n";

/// The script as it is sent.
static SCRIPT: LazyLock<String> = LazyLock::new(|| join(&MODULES));

/// The part that is fetched later, as it is sent.
static LATER: LazyLock<String> = LazyLock::new(|| join(&MORE));

/// The part that is fetched later, as it is sent.
pub(super) fn later() -> Bytes {
    Bytes::from_static(LATER.as_bytes())
}

/// The script as it is sent.
pub(super) fn script() -> Bytes {
    Bytes::from_static(SCRIPT.as_bytes())
}

/// What a page writes into `integrity`, so that its readers run this script and no other: `sha384-…`.
pub(super) fn integrity() -> String {
    let hash = Sha384::digest(SCRIPT.as_bytes());
    let text = base64::engine::general_purpose::STANDARD.encode(hash);
    format!("sha384-{text}")
}

/// Twelve hex digits that change with the script.
pub(super) fn fingerprint() -> String {
    let hash = Sha384::digest(SCRIPT.as_bytes());
    hash[..6].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Comments and indentation stay behind: the box is to weigh little. Only the last module keeps what it exports.
fn join(modules: &[&str]) -> String {
    let mut script = HEAD.to_owned();
    for (index, module) in modules.iter().enumerate() {
        let is_last = index + 1 == modules.len();
        for line in module.lines().map(str::trim_start) {
            if line.is_empty() || line.starts_with("//") || line.starts_with("import {") {
                continue;
            }
            let hidden = line.strip_prefix("export ").filter(|_| !is_last);
            script.push_str(&tight(hidden.unwrap_or(line)));
            script.push('\n');
        }
    }
    script
}

/// What stands with spaces in the tree and without them in the script; no text of the box holds one of these.
const LOOSE: [&str; 13] = [
    " => ", " = ", " === ", " !== ", " && ", " || ", " ?? ", " ? ", " : ", " + ", ") {", "{ ", " }",
];

/// Without the spaces around operators.
fn tight(line: &str) -> String {
    LOOSE.iter().fold(line.to_owned(), |line, loose| {
        line.replace(loose, &loose.replace(' ', ""))
    })
}

#[cfg(test)]
mod tests {
    use super::{MODULES, MORE, integrity, join, script};
    use std::collections::BTreeSet;

    #[test]
    fn joining_leaves_one_module() {
        let joined = join(&[
            "// What?\nimport { b } from './b.js';\n\nexport function a() {\n  return 1;\n}\n",
            "import { a } from './a.js';\nexport class C {}\n",
        ]);
        let code = joined.split_once('\n').expect("a head").1;
        assert_eq!(code, "function a(){\nreturn 1;\n}\nexport class C {}\n");
    }

    #[test]
    fn modules_share_no_name() {
        let mut names = BTreeSet::new();
        for line in MODULES.iter().flat_map(|module| module.lines()) {
            let line = line.strip_prefix("export ").unwrap_or(line);
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            if matches!(words.next(), Some("const" | "class" | "function" | "let")) {
                let name = words.next().unwrap_or_default().to_owned();
                assert!(names.insert(name.clone()), "`{name}` is declared twice");
            }
        }
        assert!(names.contains("KbSearch"), "{names:?}");
    }

    #[test]
    fn every_import_is_joined_before() {
        each_import_is_joined_before(&MODULES);
        each_import_is_joined_before(&MORE);
    }

    fn each_import_is_joined_before(modules: &[&str]) {
        let mut known = String::new();
        for module in modules {
            for line in module.lines().filter(|line| line.starts_with("import {")) {
                let names = line.split(['{', '}']).nth(1).expect("names");
                for name in names.split(',').map(str::trim) {
                    let declared = ["class", "function", "async function", "const"]
                        .map(|kind| format!("export {kind} {name}"));
                    assert!(
                        declared.iter().any(|text| known.contains(text)),
                        "`{name}` comes too late"
                    );
                }
            }
            known.push_str(module);
        }
    }

    #[test]
    fn the_script_parses_nothing_as_markup_or_code() {
        let script = String::from_utf8(script().to_vec()).expect("UTF-8");
        for forbidden in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "eval(",
            "new Function",
            "document.write",
            "cookie",
            "localStorage",
        ] {
            assert!(!script.contains(forbidden), "{forbidden}");
        }
        assert!(integrity().starts_with("sha384-") && integrity().len() == 71);
    }
}
