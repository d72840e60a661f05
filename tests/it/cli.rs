//! The command line, as a person at a terminal and a script meet it.

use crate::harness::Kb;

#[test]
fn the_version_is_printed() {
    Kb::bare()
        .run(["--version"])
        .code(0)
        .stdout(&format!("kb {}\n", env!("CARGO_PKG_VERSION")))
        .stderr("");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let mut printing = Kb::bare()
        .command(["completions", "bash"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary can be started");
    drop(printing.stdout.take());
    let output = printing.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stderr, b"");
}

#[test]
fn manual_pages_are_printed_or_written() {
    let kb = Kb::bare();
    kb.run(["man"]).code(0).stdout_has(".TH kb 1").stderr("");
    kb.run(["man", "--out", "man1"]).code(0).quiet();
    for page in ["kb.1", "kb-serve.1", "kb-check.1", "kb-search.1"] {
        assert!(kb.read(&format!("man1/{page}")).contains(".TH"), "{page}");
    }
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        Kb::bare()
            .run(["completions", shell])
            .code(0)
            .stdout_has("reindex")
            .stderr("");
    }
}
