//! Does the house stand as it was planned? Reads `src/` and says with `file:line` where a room names what it must not know.

mod source;

use source::{Named, Token, closing, is_at, paths, tokens, without_tests};
use std::path::{Path, PathBuf};

/// The rooms and the layer that each is on. A room names only rooms of lower layers, and itself.
const LAYERS: [(&str, u8); 20] = [
    ("model", 0),
    ("config", 1),
    ("text", 1),
    ("clock", 1),
    ("error", 1),
    ("signature", 1),
    ("private", 1),
    ("content", 2),
    ("index", 2),
    ("embed", 2),
    ("store", 2),
    ("mail", 2),
    ("hooks", 2),
    ("identity", 2),
    ("sync", 3),
    ("search", 3),
    ("cases", 3),
    ("cli", 4),
    ("http", 4),
    ("main", 5),
];

/// Where a house rule bends: `cli::serve` starts the server, so `cli` may name its sibling `http`.
const PERMITTED: [(&str, &str); 1] = [("cli", "http")];

/// Crates that one room alone may name, or two.
const OWNED: [(&str, &[&str]); 18] = [
    ("tantivy", &["index"]),
    ("sqlx", &["store"]),
    ("axum", &["http"]),
    ("tower", &["http"]),
    ("tower_http", &["http"]),
    ("hyper", &["http"]),
    ("hyper_util", &["http"]),
    ("utoipa", &["http"]),
    ("notify", &["sync"]),
    ("notify_debouncer_full", &["sync"]),
    ("jsonwebtoken", &["identity"]),
    ("lettre", &["mail"]),
    ("mail_parser", &["mail"]),
    ("reqwest", &["embed", "hooks"]),
    ("fs4", &["store"]),
    ("pulldown_cmark", &["content"]),
    ("ammonia", &["content"]),
    ("jieba_rs", &["text"]),
];

/// What `model` must not know: wire formats and the world.
const NOT_IN_MODEL: [&[&str]; 8] = [
    &["serde"],
    &["serde_json"],
    &["toml"],
    &["tokio"],
    &["std", "fs"],
    &["std", "io"],
    &["std", "net"],
    &["std", "process"],
];

/// Reads of articles that take no viewer.
const UNFILTERED: [&str; 4] = [
    "load_library",
    "read_article",
    "read_category",
    "check_library",
];

/// The longest file, in lines of code: without comments and unit tests.
const MAX_LINES: usize = 400;

#[test]
fn the_house_stands_as_planned() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 20, "the sources are found: {files:?}");
    let mut complaints = Vec::new();
    for file in files {
        let path = file
            .strip_prefix(&root)
            .expect("a file below src")
            .to_string_lossy()
            .replace('\\', "/");
        complaints.extend(inspect(
            &path,
            &std::fs::read_to_string(&file).expect("a source file"),
        ));
    }
    assert!(
        complaints.is_empty(),
        "{} complaints\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("a folder of sources");
    let mut entries: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, files);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
}

/// Everything that a file (its path relative to `src/`) does against the rules, as `src/<path>:<line>: <what>`.
fn inspect(path: &str, text: &str) -> Vec<String> {
    let room = path
        .split('/')
        .next()
        .unwrap_or(path)
        .trim_end_matches(".rs");
    let all = tokens(text);
    let code = without_tests(&all);
    let mut found = shape(text, &code);
    for named in paths(&all) {
        found.extend(layering(room, &named));
        found.extend(ownership(room, &named));
    }
    found.extend(paths(&code).iter().filter_map(|named| way_out(path, named)));
    found.extend(habits(room, &code));
    found.sort();
    found.dedup();
    found
        .into_iter()
        .map(|(line, what)| format!("src/{path}:{line}: {what}"))
        .collect()
}

type Complaint = (usize, String);

fn shape(text: &str, code: &[Token]) -> Vec<Complaint> {
    let mut found = Vec::new();
    if !text.starts_with("//!") {
        found.push((
            1,
            "a module begins with `//!`: which question does it answer?".to_owned(),
        ));
    }
    let mut lines: Vec<usize> = code.iter().map(|token| token.line).collect();
    lines.dedup();
    if let (true, Some(last)) = (lines.len() > MAX_LINES, lines.last()) {
        let what = format!(
            "{} lines of code are two rooms (at most {MAX_LINES})",
            lines.len()
        );
        found.push((*last, what));
    }
    for (i, line) in text.lines().enumerate() {
        for mark in ["TODO", "FIXME", "XXX"] {
            if line
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| word == mark)
            {
                found.push((i + 1, format!("{mark}: do it, or open an issue")));
            }
        }
    }
    found
}

fn layer(room: &str) -> Option<u8> {
    LAYERS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, layer)| *layer)
}

fn layering(room: &str, named: &Named) -> Option<Complaint> {
    let [first, other, ..] = named.segments.as_slice() else {
        return None;
    };
    if !matches!(first.as_str(), "crate" | "kb") || room == "lib" || other == room {
        return None;
    }
    let theirs = layer(other)?;
    let Some(ours) = layer(room) else {
        return Some((
            named.line,
            format!("the room `{room}` has no layer: add it to LAYERS"),
        ));
    };
    let allowed = theirs < ours || PERMITTED.contains(&(room, other.as_str()));
    (!allowed).then(|| {
        (
            named.line,
            format!("`{room}` (layer {ours}) names `{other}` (layer {theirs})"),
        )
    })
}

fn ownership(room: &str, named: &Named) -> Vec<Complaint> {
    let first = named.segments[0].as_str();
    let mut found = Vec::new();
    let owner = OWNED
        .iter()
        .find(|(name, owners)| *name == first && !owners.contains(&room));
    if let (Some((name, owners)), true) = (owner, named.segments.len() > 1) {
        let rooms = owners.join("/ and src/");
        found.push(format!("`{name}` is named only under src/{rooms}/"));
    }
    let starts = |path: &[&str]| {
        named
            .segments
            .iter()
            .map(String::as_str)
            .take(path.len())
            .eq(path.iter().copied())
    };
    if room == "model" && NOT_IN_MODEL.iter().any(|path| starts(path)) {
        found.push(format!(
            "`model` knows no wire and no world: {}",
            named.segments.join("::")
        ));
    }
    if starts(&["std", "env"]) && !may_see_the_process(room) {
        found.push("`std::env` is read only in cli, config and main".to_owned());
    }
    let unfiltered = UNFILTERED
        .iter()
        .any(|name| starts(&["crate", "content", name]));
    if unfiltered && matches!(room, "http" | "search") {
        found.push("every read of an article takes the viewer's audience".to_owned());
    }
    found.into_iter().map(|what| (named.line, what)).collect()
}

fn may_see_the_process(room: &str) -> bool {
    matches!(room, "cli" | "config" | "main")
}

/// `super::super::…` that leaves the room would hide from the rule of layers.
fn way_out(path: &str, named: &Named) -> Option<Complaint> {
    let supers = named
        .segments
        .iter()
        .take_while(|segment| *segment == "super")
        .count();
    let depth = path.trim_end_matches("/mod.rs").split('/').count();
    (supers >= depth && supers > 0).then(|| {
        (
            named.line,
            "`super` leaves the room: write `crate::…`".to_owned(),
        )
    })
}

fn habits(room: &str, code: &[Token]) -> Vec<Complaint> {
    let mut found = Vec::new();
    for (i, token) in code.iter().enumerate() {
        let mut complain = |what: String| found.push((token.line, what));
        match token.text.as_str() {
            "." if is_at(code, i, &[".", "unwrap", "(", ")"]) => {
                complain("`unwrap()`: say what happens otherwise".to_owned())
            }
            "#" if is_allow(code, i) => {
                complain("a bare `#[allow]`: use `#[expect(…, reason = \"…\")]`".to_owned())
            }
            "println" | "print" | "eprintln" | "eprint"
                if is_at(code, i + 1, &["!"]) && !may_see_the_process(room) =>
            {
                complain(format!("`{}!` only in cli, config and main", token.text));
            }
            "thread_local" if is_at(code, i + 1, &["!"]) => {
                complain("state of a thread is state of the process".to_owned())
            }
            "static" if is_mutable_static(code, i) => {
                complain("process-wide mutable state".to_owned())
            }
            _ => {}
        }
    }
    found
}

fn is_allow(code: &[Token], at: usize) -> bool {
    let open = if is_at(code, at, &["#", "!", "["]) {
        at + 2
    } else {
        at + 1
    };
    let attribute = &code[open.min(code.len())..closing(code, open).min(code.len())];
    is_at(attribute, 0, &["[", "allow"]) && !attribute.iter().any(|token| token.text == "reason")
}

fn is_mutable_static(code: &[Token], at: usize) -> bool {
    if at > 0 && code[at - 1].text == "'" {
        return false;
    }
    let until = code[at..]
        .iter()
        .position(|token| matches!(token.text.as_str(), "=" | ";"))
        .unwrap_or(0);
    let mutable = |name: &str| {
        name.starts_with("Atomic")
            || matches!(
                name,
                "mut"
                    | "Mutex"
                    | "RwLock"
                    | "Cell"
                    | "RefCell"
                    | "OnceCell"
                    | "OnceLock"
                    | "ArcSwap"
                    | "ArcSwapOption"
                    | "LruCache"
            )
    };
    code[at..at + until]
        .iter()
        .any(|token| mutable(&token.text))
}

/// What is said about a file that breaks one rule.
fn said(path: &str, code: &str) -> Vec<String> {
    inspect(path, &format!("//! A room.\n{code}\n"))
}

#[test]
fn rooms_name_only_what_lies_below() {
    for (path, code, what) in [
        (
            "content/a.rs",
            "use crate::index::View;",
            "`content` (layer 2) names `index` (layer 2)",
        ),
        (
            "model/a.rs",
            "fn f(_: crate::config::Schema) {}",
            "`model` (layer 0) names `config` (layer 1)",
        ),
        (
            "http/a.rs",
            "use crate::{model::Lang, sync::{self, Report}};",
            "",
        ),
        (
            "http/a.rs",
            "use crate::{model::Lang, cli::run};",
            "`http` (layer 4) names `cli` (layer 4)",
        ),
        (
            "search/a.rs",
            "use crate::sync as s;",
            "`search` (layer 3) names `sync` (layer 3)",
        ),
        (
            "cellar/a.rs",
            "use crate::model::Lang;",
            "the room `cellar` has no layer: add it to LAYERS",
        ),
        ("cli/serve.rs", "use crate::http::serve;", ""),
        (
            "sync/a.rs",
            "use crate::{content, index::{Draft, View}, model};",
            "",
        ),
        (
            "sync/a.rs",
            "// use crate::http;\nconst A: &str = \"crate::http::x\";",
            "",
        ),
        (
            "text/slug.rs",
            "use super::super::content::digest;",
            "`super` leaves the room: write `crate::…`",
        ),
        (
            "text/mod.rs",
            "use super::content::digest;",
            "`super` leaves the room: write `crate::…`",
        ),
        ("text/slug.rs", "use super::Term;", ""),
        (
            "http/api/search.rs",
            "use super::super::state::AppState;",
            "",
        ),
    ] {
        let said = said(path, code);
        let expected: Vec<String> = [what]
            .iter()
            .filter(|w| !w.is_empty())
            .map(|w| format!("src/{path}:2: {w}"))
            .collect();
        assert_eq!(said, expected, "{path}: {code}");
    }
}

#[test]
fn crates_and_the_process_have_their_rooms() {
    for (path, code, what) in [
        (
            "search/a.rs",
            "use tantivy::Index;",
            "`tantivy` is named only under src/index/",
        ),
        ("index/a.rs", "use tantivy::Index;", ""),
        (
            "mail/a.rs",
            "use reqwest::Client;",
            "`reqwest` is named only under src/embed/ and src/hooks/",
        ),
        ("hooks/a.rs", "use reqwest::Client;", ""),
        (
            "cli/a.rs",
            "use mail_parser::MessageParser;",
            "`mail_parser` is named only under src/mail/",
        ),
        (
            "cli/a.rs",
            "fn f() -> axum::Router { axum::Router::new() }",
            "`axum` is named only under src/http/",
        ),
        (
            "http/a.rs",
            "use pulldown_cmark::{Parser, Options};",
            "`pulldown_cmark` is named only under src/content/",
        ),
        (
            "model/a.rs",
            "use serde::Serialize;",
            "`model` knows no wire and no world: serde::Serialize",
        ),
        (
            "model/a.rs",
            "use std::{fmt, fs::File};",
            "`model` knows no wire and no world: std::fs::File",
        ),
        (
            "sync/a.rs",
            "fn f() { std::env::var(\"X\"); }",
            "`std::env` is read only in cli, config and main",
        ),
        ("config/a.rs", "use std::{env, fmt};", ""),
        (
            "http/a.rs",
            "use crate::content::read_article;",
            "every read of an article takes the viewer's audience",
        ),
        ("http/a.rs", "use crate::content::render;", ""),
    ] {
        let said = said(path, code);
        let expected: Vec<String> = [what]
            .iter()
            .filter(|w| !w.is_empty())
            .map(|w| format!("src/{path}:2: {w}"))
            .collect();
        assert_eq!(said, expected, "{path}: {code}");
    }
}

#[test]
fn habits_are_kept() {
    for (code, what) in [
        (
            "fn f() { g().unwrap(); }",
            "`unwrap()`: say what happens otherwise",
        ),
        ("#[cfg(test)]\nmod tests { fn f() { g().unwrap(); } }", ""),
        ("fn f() { g().unwrap_or(1); }", ""),
        (
            "#[allow(dead_code)]\nfn f() {}",
            "a bare `#[allow]`: use `#[expect(…, reason = \"…\")]`",
        ),
        (
            "#![allow(dead_code)]",
            "a bare `#[allow]`: use `#[expect(…, reason = \"…\")]`",
        ),
        ("#[expect(dead_code, reason = \"x\")]\nfn f() {}", ""),
        (
            "fn f() { println!(\"x\"); }",
            "`println!` only in cli, config and main",
        ),
        (
            "static A: LazyLock<Mutex<u8>> = LazyLock::new(f);",
            "process-wide mutable state",
        ),
        (
            "static A: AtomicU64 = AtomicU64::new(0);",
            "process-wide mutable state",
        ),
        ("static A: LazyLock<Vec<u8>> = LazyLock::new(f);", ""),
        ("fn f(_: &'static Mutex<u8>) {}", ""),
        ("// TODO: later", "TODO: do it, or open an issue"),
        (
            "const A: char = '\"'; fn f<'a>() { g().unwrap(); }",
            "`unwrap()`: say what happens otherwise",
        ),
        ("const A: &str = r#\"\".unwrap()\"#;", ""),
        ("/* a /* b */ .unwrap() */", ""),
    ] {
        let said = said("sync/a.rs", code);
        let expected: Vec<String> = [what]
            .iter()
            .filter(|w| !w.is_empty())
            .map(|w| format!("src/sync/a.rs:2: {w}"))
            .collect();
        assert_eq!(said, expected, "{code}");
    }
}

#[test]
fn files_introduce_themselves_and_stay_short() {
    let silent = inspect("sync/a.rs", "fn f() {}\n");
    assert_eq!(
        silent,
        ["src/sync/a.rs:1: a module begins with `//!`: which question does it answer?"]
    );
    let long = said("sync/a.rs", &"fn f() {}\n".repeat(MAX_LINES + 1));
    assert_eq!(long.len(), 1, "{long:?}");
    let tests = format!(
        "#[cfg(test)]\nmod tests {{\n{}}}",
        "fn f() {}\n".repeat(MAX_LINES)
    );
    assert_eq!(said("sync/a.rs", &tests), [] as [String; 0]);
}
