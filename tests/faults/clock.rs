//! What if the clock jumps? The program runs under libfaketime, whose offset a file says and a test changes while it runs.

use crate::harness::{Kb, Server};
use crate::help_centre::{CALM, Kept, ask, finds, open};
use crate::smtp_sink::{Mode, Sink};
use crate::tools::{figure, get};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

fn library() -> String {
    let places = ["x86_64-linux-gnu", "aarch64-linux-gnu"];
    let path = places
        .iter()
        .map(|place| format!("/usr/lib/{place}/faketime/libfaketimeMT.so.1"))
        .find(|path| Path::new(path).is_file());
    path.expect("missing: libfaketime\nhelp: apt-get install faketime")
}

/// Under a clock of its own; threads' waiting is not touched, as it is not by a clock that is set.
fn with_a_clock(kb: Kb) -> Kb {
    let file = kb.path("clock").display().to_string();
    kb.write("clock", "+0")
        .env("LD_PRELOAD", &library())
        .env("FAKETIME_TIMESTAMP_FILE", &file)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
}

fn jump(kb: &Kb, offset: &str) {
    // In one step: half an offset is another one.
    kb.put("clock.new", offset);
    std::fs::rename(kb.path("clock.new"), kb.path("clock")).expect("renamed");
}

/// The time that it has used, in hundredths of a second.
fn ticks(server: &Server) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).expect("it runs");
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    [11, 12]
        .iter()
        .filter_map(|at| fields[*at].parse::<u64>().ok())
        .sum()
}

fn sit(server: &Server) -> String {
    let body = "email=mei%40example.com&password=a+long+enough+password&next=%2Fdesk";
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    let answer = server
        .send("POST", "/desk/sign-in", &headers, body)
        .status(303);
    let set = answer.all_headers("set-cookie");
    let pairs: Vec<&str> = set.iter().filter_map(|c| c.split(';').next()).collect();
    pairs.join("; ")
}

fn is_in(server: &Server, cookie: &str) -> bool {
    server
        .get_with("/desk/me", &[("cookie", cookie), ("accept", "text/html")])
        .is(200)
}

#[test]
fn f10_the_clock_may_jump_and_nothing_is_lost_doubled_or_stormed() {
    let sink = Sink::start(Mode::Accept);
    let config = format!(
        "{CALM}[mail]\nfrom = \"help@example.com\"\nsmtp_url = \"{}\"\n",
        sink.url()
    );
    let kb = with_a_clock(
        Kb::new()
            .article("怎么申请退款", "在订单页点“申请退款”。")
            .config(&config),
    );
    let server = open(&kb);
    let add = [
        "user",
        "add",
        "mei@example.com",
        "--name",
        "mei",
        "--role",
        "agent",
        "--group",
        "support",
    ];
    let mut child = kb
        .command(add)
        .stdin(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("its input");
    writeln!(input, "a long enough password").expect("taken");
    drop(input);
    assert!(child.wait().expect("over").success());
    let cookie = sit(&server);
    let mut told = BTreeMap::new();
    // An hour on and back, a leap second, winter time, ten years, and back to the truth.
    let jumps = ["+0", "+1h", "-1h", "+1", "-1", "-3601", "+3650d", "+0"];
    for (n, offset) in jumps.iter().enumerate() {
        jump(&kb, offset);
        let who = format!("n{n}@example.com");
        told.insert(who.clone(), ask(&server.url(), &who));
        assert!(finds(&server.url()), "after {offset}");
        assert!(get(&format!("{}/readyz", server.url())).is_ok_and(|a| a.status == 200));
        let signed_in = is_in(&server, &cookie);
        match n {
            // It ends by being unused for hours, and by the years.
            0..6 => assert!(signed_in, "after {offset}"),
            6 => assert!(!signed_in, "a session does not last for ten years"),
            _ => {}
        }
        let before = ticks(&server);
        // Not a fact to wait for: for two seconds nothing may be busy.
        std::thread::sleep(Duration::from_secs(2));
        let used = ticks(&server) - before;
        assert!(
            used < 100,
            "after {offset} it used {used} hundredths of a second in two"
        );
    }
    assert!(is_in(&server, &sit(&server)), "one can sign in");
    let kept = Kept::within(&kb);
    // Confirmations leave when their clock says so: at the latest after what was begun ten years ahead is due again.
    let mails = sink.wait_for(told.len());
    let mut by_case: BTreeMap<String, usize> = BTreeMap::new();
    for mail in &mails {
        *by_case.entry(mail.to.concat()).or_default() += 1;
    }
    for who in told.keys() {
        assert!(
            (1..=3).contains(by_case.get(who).unwrap_or(&0)),
            "{who}: {by_case:?}"
        );
    }
    let ids: std::collections::BTreeSet<String> =
        mails.iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), mails.len(), "no mail is sent twice");
    for case in kept.cases() {
        let due = case.due.first_answer.expect("a promise");
        assert!(
            due > case.opened_at,
            "{} is promised before it was asked",
            case.number
        );
    }
    kept.hold_to(&told);
    figure(
        "F10",
        &format!(
            "{} jumps: {} asked, {} mails, no storm",
            jumps.len(),
            told.len(),
            mails.len()
        ),
    );
}
