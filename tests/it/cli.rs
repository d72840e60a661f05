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

/// An article that is fine, with an answer that is long enough.
const ANSWER: &str = "在订单页点“申请退款”，三个工作日内原路退回。";

#[test]
fn check_is_quiet_when_all_is_well() {
    let kb = Kb::new().article("如何申请退款", ANSWER);
    for format in ["human", "github"] {
        kb.run(["check", "--format", format]).code(0).quiet();
    }
    let report = kb
        .run(["check", "--format", "json"])
        .code(0)
        .stderr("")
        .json();
    assert_eq!(
        report,
        serde_json::json!({ "errors": 0, "warnings": 0, "notes": 0, "problems": [] })
    );
    kb.run(["check", "--strict"]).code(0).quiet();
}

#[test]
fn check_says_what_where_and_what_to_do() {
    let kb = Kb::new().write(
        "kb/订单/退款.md",
        "+++\ntitle = \"退款\"\nstatus = \"已发布\"\n+++\n在订单页申请。\n",
    );
    kb.run(["check"])
        .code(1)
        .stdout_has("error[KB012]")
        .stdout_has("--> kb/订单/退款.md:3:10\n")
        .stdout_has("3 | status = \"已发布\"\n  |          ^^^^^^^^")
        .stderr_has("1 error");
    kb.run(["check", "-q"])
        .code(1)
        .stdout_has("error[KB012]")
        .stderr("");
}

#[test]
fn warnings_fail_only_when_that_is_asked_for() {
    let kb = Kb::new().write(
        "kb/a.md",
        "+++\ntitle = \"退款\"\nstaus = \"draft\"\n+++\n在订单页申请。\n",
    );
    kb.run(["check"])
        .code(0)
        .stdout_has("warning[KB013]")
        .stdout_has("did you mean `status`?");
    kb.run(["check", "--strict"]).code(1);
}

#[test]
fn check_speaks_the_formats_of_machines() {
    let kb = Kb::new().write(
        "kb/退 款.md",
        "+++\ntitle = \"退款\"\nstatus = \"已发布\"\n+++\n在订单页申请。\n",
    );
    let report = kb.run(["check", "--format", "json"]).code(1).json();
    let problem = &report["problems"][0];
    assert_eq!(report["errors"], 1);
    assert_eq!(
        (&problem["path"], &problem["code"]),
        (&"kb/退 款.md".into(), &"KB012".into())
    );
    assert_eq!(
        (&problem["line"], &problem["column"], &problem["length"]),
        (&3.into(), &10.into(), &5.into())
    );

    let log = kb.run(["check", "--format", "sarif"]).code(1).json();
    let result = &log["runs"][0]["results"][0];
    let location = &result["locations"][0]["physicalLocation"];
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(result["ruleId"], "KB012");
    assert_eq!(
        location["artifactLocation"]["uri"],
        "kb/%E9%80%80%20%E6%AC%BE.md"
    );
    assert_eq!(
        location["region"],
        serde_json::json!({ "startLine": 3, "startColumn": 10, "endColumn": 15 })
    );
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .expect("rules");
    assert!(
        rules.iter().any(|rule| rule["id"] == "KB012")
            && rules.iter().any(|rule| rule["id"] == "KB901")
    );

    let commands = kb
        .run(["check", "--format", "github"])
        .code(1)
        .stderr("")
        .out();
    assert!(
        commands.starts_with("::error file=kb/退 款.md,line=3,col=10,endColumn=14,title=KB012::"),
        "{commands}"
    );
}

#[test]
fn every_code_is_explained() {
    let kb = Kb::bare();
    kb.run(["check", "--explain", "kb012"])
        .code(0)
        .stdout_has("KB012: ")
        .stderr("");
    let all = kb.run(["check", "--explain"]).code(0).out();
    let codes: Vec<&str> = all
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(codes.len() > 30 && codes.is_sorted(), "{codes:?}");
    kb.run(["check", "--explain", "KB000"])
        .code(2)
        .stderr_has("error: there is no code KB000\nhelp: ");
}

#[test]
fn settings_are_checked_with_the_articles() {
    let kb = Kb::new()
        .article("如何申请退款", ANSWER)
        .schema("[weights]\ntitel = 1\n");
    kb.run(["check"])
        .code(1)
        .stdout_has("schema.toml:2:1")
        .stdout_has("did you mean `title`?");
}

#[test]
fn a_title_cannot_command_the_terminal() {
    let kb = Kb::new().write("kb/a.md", "+++\ntitle = \"退款\\u001b]0;owned\\u0007\\u202e\"\nstaus = \"\\u001b[2J\"\n+++\n在订单页申请。\n");
    for args in [
        &["check"][..],
        &["search", "退款"],
        &["search", "退款", "--explain"],
        &["reindex"],
    ] {
        let run = kb.run(args);
        let said = run.out() + &run.err();
        assert!(
            !said.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{args:?}: {said:?}"
        );
    }
}

#[test]
fn reindex_says_what_it_did() {
    let kb = Kb::new()
        .article("如何申请退款", ANSWER)
        .write("kb/bad.md", b"\xff\xfe\xff");
    let run = kb.run(["reindex"]).code(0);
    run.stdout_has("indexed 1 article in ")
        .stderr_has("read 2 of 2 files")
        .stderr_has("`kb check` says why");
    kb.run(["reindex", "-q"]).code(0).quiet();
    assert!(kb.path(".kb/index/CURRENT").exists());
}

#[test]
fn a_data_directory_that_cannot_be_written_is_said_clearly() {
    let kb = Kb::new()
        .article("如何申请退款", ANSWER)
        .write("data", "a file where a folder should be");
    let run = kb
        .run(["reindex", "--data-dir", "data/x"])
        .code(2)
        .stdout("");
    run.stderr_has("error: ")
        .stderr_has("help: ")
        .stderr_has("data/x");
    kb.run(["search", "退款", "--data-dir", "data/x"])
        .stderr_has("warning: ");
    let server = kb.serve_with(["--data-dir", "data/x"]);
    server.get("/readyz").status(200);
    assert!(server.log().contains("memory only"), "{}", server.log());
}

#[test]
fn a_search_that_makes_no_sense_is_refused() {
    let kb = Kb::new().article("如何申请退款", ANSWER);
    for (args, what) in [
        (&["退款", "--limit", "51"][..], "help: use at most 50"),
        (&["退款", "--limit", "-1"], "--limit"),
        (&["退款", "--offset", "1001"], "help: use at most 1000"),
        (&["退款", "--lang", "fr"], "help: use zh-CN, zh-TW or en"),
        (
            &["退款", "--field", "level"],
            "help: write it as in --field level=beginner",
        ),
        (
            &["退款", "--field", "level=1"],
            "error: results cannot be narrowed by `level`",
        ),
    ] {
        kb.run([&["search"], args].concat())
            .code(2)
            .stdout("")
            .stderr_has(what);
    }
    let long = "长".repeat(801);
    kb.run(["search", &long])
        .code(2)
        .stderr_has("error: the query has 801 characters");
    for odd in ["", "？！……", "\"", "😀", "-", "𠮷"] {
        kb.run(["search", "--", odd]).code(1).stdout("");
    }
}

#[test]
fn help_is_complete() {
    let kb = Kb::bare();
    let commands = [
        "serve",
        "reindex",
        "check",
        "search",
        "new",
        "eval",
        "config",
        "completions",
        "man",
    ];
    for command in commands {
        kb.run(["--help"])
            .code(0)
            .stdout_has(&format!("\n  {command} "))
            .stderr("");
        kb.run([command, "--help"])
            .code(0)
            .stdout_has("Examples:\n  ")
            .stdout_has("--kb <DIR>");
    }
    let pages = commands.map(|command| kb.run([command, "-h"]).code(0).out());
    let overview = kb.run(["--help"]).code(0).out();
    insta::assert_snapshot!(
        "help",
        [&[overview], &pages[..]].concat().join("\n==========\n")
    );
    kb.run(["serv"]).code(2).stderr_has("serve");
    kb.run::<&str>([]).code(2).stderr_has("Usage: kb");
}

#[test]
fn search_prints_hits_for_people_and_for_programs() {
    let kb = Kb::new().write("kb/order/_index.md", "+++\ntitle = \"订单\"\n+++\n").write(
        "kb/order/refund.md",
        "+++\ntitle = \"如何申请退款\"\ntags = [\"售后\"]\n+++\n在订单页点“申请退款”，三个工作日内原路退回。\n",
    );
    let kb = kb.article("忘记密码怎么办", "用手机验证码重设密码。");
    kb.run(["search", "退款"])
        .code(0)
        .stdout_has("如何申请退款\n    order/refund  订单\n")
        .stdout_lacks("忘记密码");
    kb.run(["search", "--color", "always", "退款"])
        .code(0)
        .stdout_has("\u{1b}[33m退款");
    let found = kb
        .run(["search", "退款", "--format", "json", "--explain"])
        .code(0)
        .stderr("")
        .json();
    let hit = &found["hits"][0];
    assert_eq!(
        (&found["total"], &hit["id"], &hit["category"][0]),
        (&1.into(), &"order/refund".into(), &"订单".into())
    );
    assert!(
        hit["title_parts"]
            .as_array()
            .expect("parts")
            .iter()
            .any(|part| part["hit"] == true)
    );
    assert!(
        hit["explanation"]
            .as_array()
            .is_some_and(|all| !all.is_empty()),
        "{found}"
    );
    for (option, value, code) in [
        ("--tag", "售后", 0),
        ("--tag", "登录", 1),
        ("--category", "order", 0),
        ("--category", "x", 1),
        ("--lang", "en", 1),
    ] {
        let _ = kb
            .run(["search", "退款", option, value, "-q"])
            .code(code)
            .stderr("");
    }
    kb.run(["search", "xyzzy"])
        .code(1)
        .stdout("")
        .stderr_has("nothing found\n");
}

#[test]
fn hits_can_be_cut_off_by_head() {
    let kb = (0..200).fold(Kb::new(), |kb, i| {
        kb.article(&format!("如何申请退款 {i}"), ANSWER)
    });
    let searching = kb
        .command(["search", "退款", "--limit", "50"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn();
    let mut searching = searching.expect("the binary can be started");
    drop(searching.stdout.take());
    let output = searching.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert!(
        !String::from_utf8_lossy(&output.stderr).contains("error"),
        "{output:?}"
    );
}

#[test]
fn the_server_follows_what_is_saved_and_answers_hangups() {
    let server = Kb::new().article("如何申请退款", ANSWER).serve();
    server.get("/a/如何申请退款").status(200);
    server.kb().put(
        "kb/password.md",
        "+++\ntitle = \"忘记密码怎么办\"\n+++\n用手机验证码重设。\n",
    );
    server.eventually("the new article is served", |s| {
        s.get("/a/password").is(200).then_some(())
    });
    server.signal("HUP");
    server.get("/healthz").status(200);
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    for line in log.lines() {
        let entry: serde_json::Value =
            serde_json::from_str(line).expect("each line of the log is JSON");
        assert!(
            entry["timestamp"].is_string() && entry["level"].is_string(),
            "{line}"
        );
    }
}

#[test]
fn eval_measures_and_compares() {
    let kb = Kb::new()
        .article("如何申请退款", ANSWER)
        .article("忘记密码怎么办", "用手机验证码重设。");
    kb.run(["eval"])
        .code(2)
        .stderr_has("error: there is no kb/golden.toml\nhelp: ");
    kb.put(
        "kb/golden.toml",
        "[[query]]\ntext = \"退款\"\narticles = [\"如何申请退款\"]\n",
    );
    let good = kb.run(["eval", "--format", "json"]).code(0).stderr("");
    assert_eq!(
        (&good.json()["queries"], &good.json()["mrr_at_10"]),
        (&1.into(), &1.0.into())
    );
    kb.put("before.json", good.out());
    kb.run(["eval", "--baseline", "before.json"])
        .code(0)
        .stdout_has("mrr_at_10               1.0000  +0.0000");
    kb.put("q.tsv", "1\t退款\n2\t忘记密码\n");
    kb.put("qrels.tsv", "1\t忘记密码怎么办\t1\n2\t忘记密码怎么办\t1\n");
    let custom = ["eval", "--queries", "q.tsv", "--qrels", "qrels.tsv"];
    let worse = kb
        .run([&custom[..], &["--baseline", "before.json"]].concat())
        .code(1);
    worse.stderr_has("worse: recall_at_1 1.0000 -> 0.5000").stdout_has("the worst first:\n\n退款\n    wanted 忘记密码怎么办 not among ten\n    first  如何申请退款 (如何申请退款)")
        .stdout_has("    for the first: ");
    kb.run(["eval", "--without", "title", "--limit", "0"])
        .code(0)
        .stdout_lacks("worst");
    kb.put("q.tsv", "no tab\n");
    kb.run(custom).code(2).stderr_has("line 1");
    kb.run(["eval", "--queries", "q.tsv"])
        .code(2)
        .stderr_has("--qrels");
    kb.put("before.json", "{}");
    kb.run(["eval", "--baseline", "before.json"])
        .code(2)
        .stderr_has("error: before.json has no figures");
}

#[test]
fn eval_says_which_judgements_cannot_be_met_and_what_is_wrong_with_golden_queries() {
    let kb = Kb::new().article("如何申请退款", ANSWER);
    let golden = "[[query]]\ntext = \"退款\"\narticles = [\"如何申请退款\", \"gone\"]\n";
    kb.put("kb/golden.toml", golden);
    kb.run(["eval"]).code(0).stderr_has(
        "warning: 1 judged article is not in the knowledge base: gone\nhelp: nothing can find them",
    );
    kb.put(
        "kb/golden.toml",
        format!("{golden}\n[[query]]\ntext = \"发票\"\n"),
    );
    kb.run(["eval"])
        .code(2)
        .stderr_has("golden.toml:6:8")
        .stderr_has("either `articles` or `none = true`")
        .stderr_has("golden.toml cannot be used");
}

#[test]
fn every_ranking_feature_can_be_left_out_by_its_name() {
    let kb = Kb::new().article("如何申请退款", ANSWER);
    kb.put(
        "kb/golden.toml",
        "[[query]]\ntext = \"申请退款\"\narticles = [\"如何申请退款\"]\n",
    );
    kb.run(["eval", "--without", "pinyin,bigrams,likeness,body"])
        .code(0);
    kb.run(["eval", "--without", "bigram"])
        .code(2)
        .stderr_has("bigrams");
    let names = ["characters", "proximity", "synonyms", "title", "meaning"];
    let table = kb.run(["eval", "--ablation"]).code(0);
    names.into_iter().fold(
        table.stdout_has("| (nothing) | 1.000 | 1.0000 | +0.0000 |"),
        |table, name| table.stdout_has(&format!("| {name} |")),
    );
}

#[test]
fn a_name_may_be_given_with_its_ending() {
    let kb = Kb::new().article("A", ANSWER);
    kb.run(["new", "T", "--name", "golden.md", "--dry-run"])
        .code(0)
        .stdout_has("kb/golden.md\n")
        .stdout_lacks(".md.md");
}
