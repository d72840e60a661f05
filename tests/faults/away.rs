//! What if others are away? A mail server for hours, and back; another process at the same index; settings that nobody can use.

use crate::harness::{Kb, Server};
use crate::rounds::{OFTEN, articles, ask_as, mailing, open, total};
use crate::smtp_sink::{Mode, Sink};
use std::time::{Duration, Instant};

/// A figure of `/metrics`.
fn figure(server: &Server, name: &str) -> u64 {
    let text = server.get("/metrics").text();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|n| n.parse().ok()).unwrap_or(0)
}

#[test]
fn f03_killed_before_data_a_mail_comes_once_and_killed_after_it_twice_as_the_same() {
    std::thread::scope(|scope| {
        let dies = |taken: usize, copies: usize| {
            let sink = Sink::start(Mode::Slow(Duration::from_millis(400)));
            let kb = Kb::new().config(&mailing(&sink));
            let server = kb.serve();
            open(&server);
            ask_as(&server, "li@example.com", "one-mail").expect("a case");
            server.eventually("it is under way", |_| {
                (sink.connections() > 0 && sink.received().len() >= taken).then_some(())
            });
            server.signal("KILL");
            drop(server);
            assert_eq!(sink.received().len(), taken, "killed in time");
            sink.set(Mode::Accept);
            let server = kb.serve();
            // What a dead process had leased is taken up when the lease ends.
            let again = server.eventually("it comes", |_| {
                let mails = sink.received();
                (mails.len() >= copies).then_some(mails)
            });
            server.eventually("it is noted", |s| {
                let sent = "kb_outbox_attempts_total{channel=\"mail\",outcome=\"sent\"}";
                (figure(s, sent) == 1).then_some(())
            });
            assert_eq!(sink.received().len(), copies);
            assert!(again.iter().all(|mail| mail.data == again[0].data));
            assert_ne!(again[0].header("Message-ID"), "");
        };
        scope.spawn(move || dies(0, 1));
        scope.spawn(move || dies(1, 2));
    });
}

#[test]
fn f17_mails_wait_while_the_server_is_away_and_come_in_order_a_few_at_a_time_when_it_is_back() {
    let sink = Sink::start(Mode::Closed);
    let kb = Kb::new().config(&mailing(&sink));
    let server = kb.serve();
    open(&server);
    let mut tokens = Vec::new();
    for n in 0..40 {
        let email = format!("p{}@example.com", n % 20);
        let case = ask_as(&server, &email, &format!("away-{n}")).expect("asking goes on");
        tokens.push(case["token"].as_str().expect("a token").to_owned());
    }
    let pending = "kb_outbox_entries{channel=\"mail\",delivery=\"pending\"}";
    server.eventually("they wait", |s| (figure(s, pending) == 40).then_some(()));
    server.eventually("each was tried", |s| {
        let failed = "kb_outbox_attempts_total{channel=\"mail\",outcome=\"failed\"}";
        (figure(s, failed) >= 40).then_some(())
    });
    let tried = sink.connections();
    assert!(tried < 120, "no storm of attempts: {tried}");
    // Nothing is held up meanwhile.
    let began = Instant::now();
    let _ = server.get("/healthz").status(200);
    assert!(began.elapsed() < Duration::from_secs(2));
    sink.set(Mode::Accept);
    // The first that is let in tells that the way is open; what waited for that alone follows.
    ask_as(&server, "last@example.com", "back-again").expect("a case");
    let mails = sink.wait_for(41);
    let mut ids: Vec<String> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 41, "each once");
    server.eventually("none waits", |s| (figure(s, pending) == 0).then_some(()));
}

#[test]
fn f19_two_servers_on_one_index_both_serve_what_changes_and_never_write_at_once() {
    let kb = articles(Kb::new(), 20).config(OFTEN);
    let (one, other) = (kb.serve(), kb.serve());
    for round in 0..4 {
        kb.put(
            "kb/changing.md",
            format!("# 变了 {round}\n\n第 {round} 次的答案\n"),
        );
        for server in [&one, &other] {
            server.eventually("both serve it", |s| {
                let text = s.get("/api/v1/articles/changing").text();
                text.contains(&format!("变了 {round}")).then_some(())
            });
            assert!(total(server, "答案") >= 20);
        }
        if round == 2 {
            let ran = kb.run(["reindex", "--quiet"]);
            let said = ran.err();
            // Somebody may be writing at that moment: then it is said who.
            let pids = [one.pid(), other.pid()].map(|pid| pid.to_string());
            assert!(
                said.is_empty() || pids.iter().any(|pid| said.contains(pid)),
                "{said}"
            );
        }
    }
    for server in [&one, &other] {
        assert!(!server.log().contains("damaged"), "{}", server.log());
    }
    // Both take questions: SQLite has one writer at a time, and the other waits its turn.
    for n in 0..10 {
        ask_as(&one, &format!("a{n}@example.com"), &format!("one-{n}")).expect("a case");
        ask_as(&other, &format!("b{n}@example.com"), &format!("other-{n}")).expect("a case");
    }
    drop(one);
    kb.put("kb/after.md", "# 剩下一台\n\n文\n");
    other.eventually("the other goes on", |s| {
        s.get("/a/after").is(200).then_some(())
    });
}

#[test]
fn f16_a_schema_that_cannot_be_used_changes_nothing_while_it_is_there() {
    let kb = articles(Kb::new(), 20).schema("[weights]\ntitle = 3.0\n");
    let server = kb.serve();
    let found = server.get("/api/v1/search?q=答案").json();
    for bad in [
        "audiences = [\"customer\", \"internal\"]\n[weights]\ntitel = 1.0\n",
        "[weights\n",
        "[weights]\ntitle = \"heavy\"\n",
        "\u{0}",
    ] {
        let before = server.log().matches("the former ones stay").count();
        kb.put("schema.toml", bad);
        server.eventually("it is refused, and said where", |s| {
            (s.log().matches("the former ones stay").count() > before).then_some(())
        });
        let now = server.get("/api/v1/search?q=答案").json();
        assert_eq!(found["hits"], now["hits"], "{bad:?}");
        let _ = server.get("/readyz").status(200);
    }
    kb.put("schema.toml", "[analysis]\nvariants = false\n");
    kb.put("kb/after.md", "# 改好以后\n\n文\n");
    server.eventually("a good one is taken", |s| {
        s.get("/a/after").is(200).then_some(())
    });
    assert!(total(&server, "答案") >= 20);
}

#[test]
fn f13_files_in_other_encodings_leave_the_others_alone_while_they_are_served() {
    let kb = articles(Kb::new(), 10);
    let server = kb.serve();
    let text = "# 退款要多久\n\n三个工作日到账，节假日顺延。\n";
    let (gbk, _, _) = encoding_rs::GBK.encode(text);
    let utf16 = |unit: fn(u16) -> [u8; 2]| {
        let units = format!("\u{feff}{text}");
        units.encode_utf16().flat_map(unit).collect::<Vec<u8>>()
    };
    kb.put("kb/gbk.md", &gbk);
    kb.put("kb/le.md", utf16(u16::to_le_bytes));
    kb.put("kb/be.md", utf16(u16::to_be_bytes));
    kb.put("kb/bom.md", format!("\u{feff}{text}"));
    kb.put("kb/cr.md", text.replace('\n', "\r"));
    kb.put("kb/separator.md", text.replace('，', "\u{2028}"));
    kb.put("kb/nul.md", text.replace('，', "\0"));
    kb.put("kb/broken.md", [text.as_bytes(), b"\xff\xfe\xfd"].concat());
    kb.put("kb/last.md", "# 最后\n\n文\n");
    server.eventually("they are read", |s| s.get("/a/last").is(200).then_some(()));
    for id in ["gbk", "le", "be", "bom", "cr", "separator", "nul"] {
        let _ = server
            .get(&format!("/a/{id}"))
            .status(200)
            .has("退款要多久");
    }
    let _ = server.get("/a/broken").status(404);
    assert_eq!(total(&server, "答案"), 10);
    let checked = kb.run(["check"]).code(1);
    for (path, code) in [
        ("gbk.md", "KB003"),
        ("bom.md", "KB004"),
        ("broken.md", "KB002"),
        ("nul.md", "KB007"),
    ] {
        assert!(
            checked.out().contains(path) && checked.out().contains(code),
            "{}",
            checked.out()
        );
    }
}
