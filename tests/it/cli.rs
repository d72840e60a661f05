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

#[test]
fn the_server_starts_on_a_free_port_and_ends_when_told() {
    let server = Kb::new().article("退款", "在订单页申请。").serve();
    server.get("/healthz").status(200);
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn a_port_in_use_is_said_clearly() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    Kb::new()
        .run(["serve", "--listen", &address])
        .code(2)
        .stdout("")
        .stderr_has(&format!("error: cannot listen on {address}\ncause: "))
        .stderr_has("help: another program listens there");
}

#[test]
fn without_a_folder_of_articles_every_command_says_so() {
    for command in [
        &["serve"][..],
        &["reindex"],
        &["check"],
        &["search", "退款"],
    ] {
        Kb::bare()
            .run(command)
            .code(2)
            .stdout("")
            .stderr_has("error: there is no folder kb\nhelp: ");
    }
    Kb::bare()
        .write("kb", "a file")
        .run(["check"])
        .code(2)
        .stderr_has("error: kb is a file, not a folder of articles\n");
}

#[test]
fn an_article_begins_with_its_title_and_a_file_name_in_pinyin() {
    let kb = Kb::new();
    let path = "kb/order/ru-he-shen-qing-tui-kuan.md";
    let args = ["new", "如何申请退款？", "--category", "order"];
    kb.run([&args[..], &["--dry-run"]].concat())
        .code(0)
        .stdout(&format!("{path}\n"))
        .stderr("");
    assert!(!kb.path(path).exists());
    kb.run(args).code(0).stdout(&format!("{path}\n")).stderr("");
    assert!(kb.read(path).contains("title = \"如何申请退款？\"\n"));
    kb.put(path, "mine");
    kb.run(args)
        .code(2)
        .stdout("")
        .stderr_has("is there already\nhelp: ");
    assert_eq!(kb.read(path), "mine");
    kb.run(["check"]).code(0);
}

#[test]
fn an_article_never_leaves_its_folder() {
    let kb = Kb::new();
    for args in [
        ["new", "退款", "--name", "../x"],
        ["new", "退款", "--name", ".hidden"],
        ["new", "退款", "--name", "_index"],
        ["new", "退款", "--category", "../../etc"],
        ["new", "退款", "--name", "a\\b"],
    ] {
        kb.run(args)
            .code(2)
            .stdout("")
            .stderr_has("cannot be an article");
    }
    kb.run(["new", "😀"])
        .code(2)
        .stderr_has("help: name the file with --name");
    kb.run(["new", "  "])
        .code(2)
        .stderr_has("error: the title is empty");
    let entries = std::fs::read_dir(kb.path("kb")).expect("kb/").count();
    assert_eq!(entries, 0);
}
