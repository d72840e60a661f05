//! What if the clock jumps? An hour forth and back, ten years and back, over the change to summer time: promises are never of the
//! past, links and sessions hold, letters leave, nobody is told by the hundred that something is late, nothing is removed.

use crate::asking::stamp;
use crate::harness::{Kb, Response, Server};
use crate::help_centre::Kept;
use crate::rounds::{ask_as, is_there, mailing, open, total};
use crate::smtp_sink::{Mode, Sink};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;

const PASSWORD: &str = "a long enough password";

/// A knowledge base whose processes read the time from a file, as `+3600` or `+10y`; other clocks go on.
fn with_clock(kb: Kb) -> Kb {
    let folders = std::fs::read_dir("/usr/lib").expect("there").flatten();
    let library = folders
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.is_file())
        .expect("there is no libfaketime\nhelp: apt-get install faketime");
    let file = kb.path("clock").to_string_lossy().into_owned();
    kb.write("clock", "+0")
        .env("LD_PRELOAD", &library.to_string_lossy())
        .env("FAKETIME_TIMESTAMP_FILE", &file)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("NO_FAKE_STAT", "1")
        .env("TZ", "UTC")
}

/// Sets the clock, in one step as a reader of the file sees it.
fn set(server: &Server, clock: &str) {
    server.kb().put("clock.new", clock);
    let path = |name: &str| server.kb().path(name);
    std::fs::rename(path("clock.new"), path("clock")).expect("renamed");
    server.eventually("the clock is set", |s| {
        let _ = s.get("/robots.txt");
        let years = now(s).duration_since(Timestamp::now()).as_hours() / 24 / 365;
        let wanted = if clock.contains("10y") { 9 } else { 0 };
        (years == wanted).then_some(())
    });
}

/// What the server takes for now, as its log says.
fn now(server: &Server) -> Timestamp {
    let log = server.log();
    let last = log.lines().last().unwrap_or_default();
    let line: serde_json::Value = serde_json::from_str(last).unwrap_or_default();
    let at = line["timestamp"].as_str().and_then(|at| at.parse().ok());
    at.unwrap_or_default()
}

/// Signs an administrator in; returns the cookie.
fn signed_in(server: &Server) -> String {
    let args = [
        "user",
        "add",
        "a@example.com",
        "--name",
        "小美",
        "--role",
        "admin",
        "--group",
        "support",
    ];
    let mut child = server
        .kb()
        .command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("standard input");
    writeln!(stdin, "{PASSWORD}").expect("the password is taken");
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("email", "a@example.com"),
            ("password", PASSWORD),
            ("next", "/desk"),
        ])
        .finish();
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    let answer = server.send("POST", "/desk/sign-in", &headers, &form);
    let answer = answer.status(303);
    let cookies: Vec<&str> = answer
        .all_headers("set-cookie")
        .iter()
        .filter_map(|cookie| cookie.split(';').next())
        .collect();
    cookies.join("; ")
}

fn desk(server: &Server, cookie: &str) -> Response {
    server.get_with("/desk", &[("cookie", cookie)])
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

/// For two seconds nothing may be busy: not a fact to wait for.
#[track_caller]
fn is_calm(server: &Server, after: &str) {
    let before = ticks(server);
    std::thread::sleep(std::time::Duration::from_secs(2));
    let used = ticks(server) - before;
    assert!(
        used < 100,
        "after {after} it used {used} hundredths of a second in two"
    );
}

/// What the server takes for now, from the promise of a new case: never of the past.
fn promise_is_ahead(server: &Server, email: &str, shift: SignedDuration) -> serde_json::Value {
    let mut case = ask_as(server, email, email).expect("a case");
    case["email"] = email.into();
    let promised: Timestamp = case["promised"]
        .as_str()
        .and_then(|at| at.parse().ok())
        .expect("a promise");
    let now = Timestamp::now() + shift;
    assert!(promised > now, "{promised} is promised at {now}");
    case
}

#[test]
fn f10_when_the_clock_jumps_promises_links_sessions_and_letters_hold() {
    let sink = Sink::start(Mode::Accept);
    let kb = Kb::new()
        .article("总在", "一直有的答案")
        .write(
            "kb/later.md",
            "+++\ntitle = \"以后才有\"\npublish_at = 2030-01-01\n+++\n文\n",
        )
        .write(
            "kb/ends.md",
            "+++\ntitle = \"到期没有\"\nexpire_at = 2030-01-01\n+++\n文\n",
        )
        .config(&mailing(&sink));
    let server = with_clock(kb).serve();
    open(&server);
    let cookie = signed_in(&server);
    let form = stamp(&server);
    let mut cases = Vec::new();
    let jumps = [
        ("+0", 0),
        ("+3600", 1),
        ("-3600", -1),
        ("+10y", 24 * 365 * 10),
        ("+0", 0),
    ];
    for (nth, (clock, hours)) in jumps.into_iter().enumerate() {
        set(&server, clock);
        let shift = SignedDuration::from_hours(hours);
        let email = format!("jump{nth}@example.com");
        cases.push(promise_is_ahead(&server, &email, shift));
        sink.wait_for(cases.len());
        for case in &cases {
            assert!(is_there(&server, case), "{clock}: {case}");
        }
        assert_eq!(desk(&server, &cookie).is(200), hours < 1_000, "{clock}");
        if hours.abs() == 1 {
            let sent = server.post(
                "/ask",
                &[
                    ("stamp", &form),
                    ("email", &format!("form{hours}@example.com")),
                    ("text", "时间变了"),
                ],
            );
            // Sent, or shown once more with all that was written.
            assert!(sent.is(303) || sent.text().contains("时间变了"), "{clock}");
        }
        server
            .kb()
            .put("kb/touched.md", format!("# 第 {nth} 次\n\n文\n"));
        let shown = |id: &str| server.get(&format!("/a/{id}")).is(200);
        server.eventually("articles are there at their time", |_| {
            let is_late = hours > 1_000;
            (shown("later") == is_late && shown("ends") != is_late).then_some(())
        });
        assert_eq!(total(&server, "一直有的答案"), 1);
        if hours > 1_000 {
            is_calm(&server, clock);
        }
        let seen = ["", "set forward", "set back", "set forward", "set back"][nth];
        server.eventually("it is seen", |s| {
            let known = s.log().matches("the clock was set").count();
            (known >= nth && s.log().contains(seen)).then_some(())
        });
    }
    // A leap second, and the end of summer time on a clock that knows no zones.
    for clock in ["+1", "-1", "-3601", "+0"] {
        set(&server, clock);
        let email = format!("small{}@example.com", cases.len());
        let shift = SignedDuration::from_secs(if clock == "-3601" { -3_601 } else { 0 });
        cases.push(promise_is_ahead(&server, &email, shift));
        assert!(is_there(&server, &cases[0]), "{clock}");
    }
    is_calm(&server, "all of them");
    let log = server.log();
    assert!(!log.contains("time passed"), "nothing was late or removed");
    let late = sink.received();
    let late = late.iter().filter(|mail| mail.to == ["a@example.com"]);
    // Each new case is told to who answers; nothing beyond that.
    assert!(late.count() <= 2 * cases.len(), "no storm");
    let mails = sink.wait_for(cases.len());
    let ids: BTreeSet<String> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), mails.len(), "no mail is sent twice");
    let told = cases.iter().map(|case| {
        let text = |name: &str| case[name].as_str().expect(name).to_owned();
        (text("email"), text("number"))
    });
    let kept = Kept::within(server.kb());
    kept.hold_to(&told.collect());
    for case in kept.cases() {
        let due = case.due.first_answer.expect("a promise");
        assert!(
            due > case.opened_at,
            "{} is promised before it was asked",
            case.number
        );
    }
}

#[test]
fn f10_what_was_planned_by_a_wrong_clock_does_not_wait_until_then() {
    let sink = Sink::start(Mode::Later);
    let config = mailing(&sink).replace("per_mail_day = 10000", "per_mail_day = 2");
    // What comes from this machine itself is not limited by address.
    let proxy = "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n";
    let kb = Kb::new().config(&format!("{config}{proxy}"));
    let server = with_clock(kb.clone()).serve();
    open(&server);
    set(&server, "+10y");
    ask_as(&server, "li@example.com", "planned-1").expect("a case");
    ask_as(&server, "li@example.com", "planned-2").expect("a case");
    let full = ask_as(&server, "li@example.com", "planned-3").expect_err("enough for a day");
    assert!(full.starts_with("429"), "{full}");
    server.eventually("it was tried", |s| {
        s.log().contains("not sent yet").then_some(())
    });
    // Killed, with leases of the future, as well.
    sink.set(Mode::HangAfterData);
    ask_as(&server, "han@example.com", "planned-4").expect("a case");
    server.signal("KILL");
    drop(server);
    sink.set(Mode::Accept);
    kb.put("clock", "+0");
    let server = with_clock(kb).serve();
    open(&server);
    set(&server, "+0");
    let again = ask_as(&server, "li@example.com", "planned-5");
    assert!(again.is_ok(), "{again:?}");
    // The two mails of Li are of two cases, and so of two lanes.
    let mails = sink.wait_for(4);
    let to_li = mails.iter().filter(|mail| mail.to == ["li@example.com"]);
    assert!(to_li.count() >= 3, "{}", mails.len());
}

#[test]
fn f10_over_the_change_to_summer_time_no_promise_is_of_the_past_or_twice_as_long() {
    let service = "[service]\nzone = \"Europe/Berlin\"\nsunday = [\"00:00-24:00\"]\n";
    let kb = Kb::new().config(&format!("{}{service}", crate::rounds::OFTEN));
    // 02:00 becomes 03:00 on 29 March 2026, and 03:00 becomes 02:00 on 25 October: one minute before each.
    for (clock, name) in [
        ("@2026-03-29 00:59:00", "spring"),
        ("@2026-10-25 00:59:00", "autumn"),
    ] {
        let clocked = with_clock(kb.clone());
        clocked.put("clock", clock);
        let server = clocked.serve();
        open(&server);
        let case = ask_as(&server, &format!("{name}@example.com"), name).expect("a case");
        let promised: Timestamp = case["promised"]
            .as_str()
            .and_then(|at| at.parse().ok())
            .expect("a promise");
        let ahead = promised.duration_since(now(&server));
        // 540 minutes of work, as time passes and not as clocks show it.
        let minutes = ahead.as_secs() / 60;
        assert!((535..=541).contains(&minutes), "{name}: {minutes}");
    }
}
