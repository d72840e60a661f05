//! Is it true what the READMEs say? Their commands are run one after another in a copy of the knowledge base, as a reader would.
//!
//! In a `console` block, a line after `$ ` is a command and what follows is its output; `…` stands for anything. `kb serve` is
//! started for the commands after it. `sh` blocks build and test the program itself: whoever runs this has just done that.

use crate::harness::{Kb, Server};
use std::path::{Path, PathBuf};
use std::process::Command;

const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];

/// What a reader must see without scrolling.
const FIRST_SCREEN_LINES: usize = 24;

#[test]
fn every_command_in_the_readmes_does_what_they_say() {
    let [english, chinese] = READMES.map(read);
    assert_eq!(blocks(&english, "console"), blocks(&chinese, "console"));
    assert_eq!(blocks(&english, "markdown"), blocks(&chinese, "markdown"));
    let mut session = Session::new();
    let mut article = blocks(&english, "markdown").into_iter();
    for block in blocks(&english, "console") {
        for (command, output) in commands(&block) {
            session.run(&command, &output);
            if command.starts_with("kb new") {
                let text = article.next().expect("an article for each `kb new`");
                std::fs::write(session.folder.join(output.trim()), text).expect("the new file");
            }
        }
    }
}

#[test]
fn the_first_screen_has_a_sentence_a_picture_and_the_two_commands() {
    for name in READMES {
        let text = read(name);
        let first: Vec<&str> = text.lines().take(FIRST_SCREEN_LINES).collect();
        let has = |start: &str| {
            let found = first.iter().any(|line| line.starts_with(start));
            assert!(found, "{name}: no line that begins with {start:?}");
        };
        has("![");
        has("cargo run --release -- serve");
        has("scripts/test");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(root.join("scripts/test").is_file(), "scripts/test is there");
}

#[test]
fn links_and_pictures_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in [
        "README.md",
        "README.zh-CN.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "benches/README.md",
    ] {
        let folder = root.join(name);
        let folder = folder.parent().expect("a folder");
        for target in read(name)
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let inside = !target.contains("://");
            assert!(
                !inside || folder.join(target).exists(),
                "{name}: {target} is not there"
            );
        }
    }
}

#[test]
fn the_table_of_commands_is_complete() {
    let help = Kb::bare().run(["--help"]).code(0).out();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| line.starts_with("  "));
    let listed: Vec<&str> = listed
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(listed.contains(&"serve"), "{help}");
    for name in READMES {
        let text = read(name);
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `kb "));
        let rows: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
        assert_eq!(rows, listed, "{name}");
    }
}

/// A shell in a copy of the project's knowledge base, in which `kb` is the program that was just built.
struct Session {
    kb: Kb,
    folder: PathBuf,
    server: Option<Server>,
}

impl Session {
    fn new() -> Self {
        let kb = Kb::bare();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&root.join("kb"), &kb.path("kb"));
        copy(&root.join("schema.toml"), &kb.path("schema.toml"));
        let folder = kb.root().to_owned();
        Self {
            kb,
            folder,
            server: None,
        }
    }

    fn run(&mut self, command: &str, expected: &str) {
        if command == "kb serve" {
            let articles = self.folder.join("kb");
            self.server = Some(self.kb.serve_with(["--kb".as_ref(), articles.as_os_str()]));
            return;
        }
        if command.starts_with("curl ") && Command::new("curl").arg("--version").output().is_err() {
            return;
        }
        let url = self.server.as_ref().map(Server::url);
        let command = match &url {
            Some(url) => command.replace("http://127.0.0.1:8080", url),
            None => command.to_owned(),
        };
        let kept = self.kb.path("folder");
        let script = format!("{command}\ncode=$?; pwd > '{}'; exit $code", kept.display());
        let output = self.shell(&script).output().expect("a shell");
        let shown = String::from_utf8_lossy(&output.stdout);
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}\n{shown}\n{messages}");
        assert!(
            is_like(&shown, expected),
            "{command}\nprinted\n{shown}\nnot\n{expected}\n{messages}"
        );
        self.folder = PathBuf::from(std::fs::read_to_string(kept).expect("the folder").trim());
    }

    fn shell(&self, script: &str) -> Command {
        let kb = self.kb.command::<&str>([]);
        let programs = Path::new(kb.get_program())
            .parent()
            .expect("a folder")
            .to_owned();
        let mut path = vec![programs];
        path.extend(std::env::split_paths(
            &std::env::var_os("PATH").unwrap_or_default(),
        ));
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).current_dir(&self.folder);
        for (name, value) in kb.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell.env("PATH", std::env::join_paths(path).expect("a search path"));
        shell
    }
}

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).expect("the file is there")
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        std::fs::copy(from, to).expect("a copy");
        return;
    }
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// The fenced blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fences = text.split("\n```").skip(1).step_by(2);
    let fenced = fences.filter_map(|block| block.split_once('\n'));
    fenced
        .filter(|(info, _)| *info == language)
        .map(|(_, block)| format!("{block}\n"))
        .collect()
}

/// The commands of a block, each with what it prints.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push((command.to_owned(), String::new())),
            (None, Some((_, output))) => *output += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    found
}

/// Whether a text is as expected, where `…` stands for anything.
fn is_like(text: &str, expected: &str) -> bool {
    let mut pieces = expected.split('…').map(str::trim);
    let Some(mut rest) = text.trim().strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    for piece in pieces {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
    }
    true
}

#[test]
fn what_is_left_open_is_anything_and_the_rest_is_compared() {
    for (text, expected, like) in [
        ("a\n", "a\n", true),
        ("a\nb\n", "a\n", false),
        ("", "", true),
        ("x", "", false),
        ("1. title here\nmore", "…title…\n", true),
        ("1. other\nmore", "…title…\n", false),
        ("{\"a\":1,\"b\":2}", "{\"a\":1,…", true),
    ] {
        assert_eq!(is_like(text, expected), like, "{text:?} {expected:?}");
    }
}
