//! Can the terminal do what the desk does? Cases listed, shown and answered, dead letters tried again, and a trial filled.

use crate::asking::{Kept, QUICK, ask, letters_to, site};
use crate::harness::Kb;
use crate::smtp_sink::{Mode, Sink};
use std::io::Write;
use std::process::{Output, Stdio};

/// Runs a command with a text on its standard input.
fn with_input(kb: &Kb, args: &[&str], text: &str) -> Output {
    let mut command = kb.command(args);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let _ = stdin.write_all(text.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn add_agent(kb: &Kb) {
    let args = ["user", "add", "wang@example.com", "--name", "小王"];
    let added = with_input(kb, &args, "a long password\n");
    assert_eq!(added.status.code(), Some(0), "{added:?}");
}

#[test]
fn a_case_is_listed_shown_and_answered() {
    let server = site(QUICK);
    let kb = server.kb();
    add_agent(kb);
    let _ = ask(&server, "li.lei@example.com", "退款没有到账\u{1b}[2J");
    let case = Kept::of(&server).case("li.lei@example.com");
    let number = case.number.as_str();
    kb.run(["case", "list"])
        .code(0)
        .stdout_has(number)
        .stdout_has("li.lei@example.com");
    let listed = kb.run(["case", "list", "--format", "json"]).code(0).json();
    assert_eq!(listed[0]["number"], number);
    kb.run(["case", "list", "--state", "closed"])
        .code(0)
        .stdout("no cases\n");
    kb.run(["case", "list", "--late"])
        .code(0)
        .stdout("no cases\n");
    kb.run(["case", "show", number])
        .code(0)
        .stdout_has("退款没有到账")
        .stdout_lacks("\u{1b}");
    let args = [
        "case",
        "reply",
        number,
        "--as",
        "wang@example.com",
        "--solve",
    ];
    let replied = with_input(kb, &args, "已经退回，请**查收**。\n");
    assert_eq!(replied.status.code(), Some(0), "{replied:?}");
    let mails = letters_to(&server, "li.lei@example.com", 2);
    assert!(mails[1].read().1.contains("查收"));
    let shown = kb
        .run(["case", "show", number, "--format", "json"])
        .code(0)
        .json();
    assert_eq!(shown["state"], "solved");
    assert!(shown["timeline"].to_string().contains("查收"));
    kb.run(["case", "show", "KB-2001-0001"])
        .code(2)
        .stderr_has("there is no case KB-2001-0001");
    kb.run(["case", "show", "x"]).code(2);
    let stranger = ["case", "reply", number, "--as", "nobody@example.com"];
    assert_eq!(with_input(kb, &stranger, "x").status.code(), Some(2));
    let empty = with_input(kb, &args[..5], " \n");
    assert_eq!(empty.status.code(), Some(2), "{empty:?}");
}

#[test]
fn what_was_given_up_is_shown_and_tried_again() {
    let sink = Sink::start(Mode::Unknown("li.lei@example.com".to_owned()));
    let config = format!(
        "{QUICK}[mail]\nfrom = \"help@example.com\"\nsmtp_url = \"{}\"\n",
        sink.url()
    );
    let server = site(&config);
    let kb = server.kb();
    kb.run(["outbox", "list"])
        .code(0)
        .stdout("nothing waits, and nothing was given up\n");
    let _ = ask(&server, "li.lei@example.com", "退款没有到账");
    let dead = server.eventually("it is given up", |server| {
        let args = ["outbox", "list", "--state", "dead", "--format", "json"];
        let listed = server.kb().run(args).code(0).json();
        (listed[0]["state"] == "dead").then(|| listed[0].clone())
    });
    assert_eq!(dead["to"], "li.lei@example.com");
    kb.run(["outbox", "list"])
        .code(0)
        .stdout_has("no such user");
    sink.set(Mode::Accept);
    let id = dead["id"].as_str().expect("an id");
    kb.run(["outbox", "retry", id]).code(0);
    assert_eq!(sink.wait_for(1)[0].to, ["li.lei@example.com"]);
    kb.run(["outbox", "retry", id])
        .code(2)
        .stderr_has("was not given up");
    kb.run(["outbox", "retry"]).code(2);
    kb.run(["outbox", "retry", "--all"]).code(0);
}

#[test]
fn a_trial_is_filled_once_and_mails_nobody() {
    let kb = Kb::new().article("退款", "三天").config(QUICK);
    let told = kb.run(["demo"]).code(0).out();
    let password = told
        .lines()
        .find_map(|line| line.trim().strip_prefix("password"))
        .expect("a password")
        .trim()
        .to_owned();
    kb.run(["demo"]).code(2).stderr_has("is in use");
    kb.run(["outbox", "list", "--state", "pending"])
        .code(0)
        .stdout("nothing waits, and nothing was given up\n");
    let open = kb.run(["case", "list", "--format", "json"]).code(0).json();
    assert!(open.as_array().is_some_and(|all| all.len() >= 5), "{open}");
    let server = kb.serve();
    server.eventually("a published question is found", |server| {
        let found = server.get("/search?q=发票抬头写错了");
        (found.is(200) && found.text().contains("怎么重开")).then_some(())
    });
    let form = [
        ("email", "admin@example.com"),
        ("password", password.as_str()),
    ];
    server.eventually("one can sign in", |server| {
        server.post("/desk/sign-in", &form).is(303).then_some(())
    });
}
