//! What if the disk is full, takes no more files, or cannot be written? Who asks hears it, searching and reading go on, changes of
//! articles are served from memory, and all is well again without a restart.

use crate::asking::stamp;
use crate::disk::OnDisk;
use crate::harness::{Kb, Server};
use crate::rounds::{OFTEN, articles, ask_as, is_there, open, total};
use serde_json::Value;

/// Asks until it is refused; returns what was taken, and the refusal.
fn ask_until_refused(server: &Server, name: &str) -> (Vec<Value>, String, usize) {
    let mut taken = Vec::new();
    for n in 0..3_000 {
        match ask_as(
            server,
            &format!("{name}{n}@example.com"),
            &format!("{name}-{n}"),
        ) {
            Ok(case) => taken.push(case),
            Err(refusal) => return (taken, refusal, n),
        }
    }
    unreachable!("the disk is never full");
}

/// Readers notice nothing.
fn reading_goes_on(server: &Server, known: &Value) {
    assert!(total(server, "答案") >= 20);
    for path in [
        "/",
        "/healthz",
        "/readyz",
        "/a/题 3",
        "/ask",
        "/api/v1/suggest?q=题",
    ] {
        let _ = server.get(path).status(200);
    }
    assert!(is_there(server, known), "what was taken can be read");
}

/// A change of an article is served, whether it can be written or not.
fn change_is_served(server: &Server, title: &str) {
    let text = format!("# {title}\n\n磁盘满了也能看的答案\n");
    server.kb().put("kb/new.md", text);
    server.eventually("the change is served", |s| {
        s.get("/api/v1/articles/new")
            .text()
            .contains(title)
            .then_some(())
    });
}

#[test]
fn f05_on_a_full_disk_nothing_is_acknowledged_and_lost_and_all_is_well_when_there_is_space() {
    let config = format!("{OFTEN}[uploads]\nmin_free_mib = 0\n");
    let kb = articles(Kb::new(), 20).config(&config);
    let disk = OnDisk::serve(&kb, "size=12m");
    let server = &disk.server;
    open(server);
    let first = ask_as(server, "first@example.com", "the-first").expect("a case");
    disk.fill();
    let (mut taken, refusal, n) = ask_until_refused(server, "full");
    assert!(refusal.starts_with("503"), "{refusal}");
    assert!(
        !refusal.contains("SQL") && !refusal.contains("disk I/O"),
        "{refusal}"
    );
    let log = "2026-11-22 08:00:00 退款接口超时\n".repeat(5_000);
    let stamp = stamp(server);
    let form = [
        ("stamp", stamp.as_str()),
        ("email", "a@example.com"),
        ("text", "附件写不下"),
    ];
    let upload = server.upload("/ask", &form, &[("a.log", log.as_bytes())]);
    assert_eq!(upload.status_code(), 503, "{}", upload.text());
    reading_goes_on(server, &first);
    let before = disk.current();
    change_is_served(server, "磁盘满了");
    assert_eq!(disk.current(), before, "the former index is left whole");
    server.eventually("the log says so", |s| {
        s.log().contains("in memory only").then_some(())
    });
    disk.free();
    let again = server.eventually("it is taken by itself", |s| {
        ask_as(s, &format!("full{n}@example.com"), &format!("full-{n}")).ok()
    });
    taken.extend([first, again]);
    for case in &taken {
        assert!(is_there(server, case), "{case}");
    }
    let numbers: std::collections::BTreeSet<_> = taken
        .iter()
        .map(|case| case["number"].to_string())
        .collect();
    assert_eq!(numbers.len(), taken.len(), "none is doubled");
    server.eventually("the index is written", |_| {
        (disk.current() != before).then_some(())
    });
    assert_eq!(total(server, "磁盘满了"), 1);
}

/// What the figures say is free on the disk, in MiB.
fn free_mib(server: &Server) -> u64 {
    let figures = server.get("/metrics").text();
    let line = figures
        .lines()
        .find_map(|line| line.strip_prefix("kb_disk_free_bytes "));
    let bytes: f64 = line.expect("a figure").parse().expect("a number");
    bytes as u64 >> 20
}

#[test]
fn s50_files_are_refused_before_the_disk_is_full_and_words_are_not() {
    let config = format!("{OFTEN}[uploads]\nmin_free_mib = 16\n");
    let kb = articles(Kb::new(), 20).config(&config);
    let disk = OnDisk::serve(&kb, "size=32m");
    let server = &disk.server;
    open(server);
    let log = "2026-11-22 08:00:00 退款接口超时\n".repeat(1_000);
    let ask = |text: &str| {
        let stamp = stamp(server);
        let form = [
            ("stamp", stamp.as_str()),
            ("email", "li@example.com"),
            ("text", text),
        ];
        server.upload("/ask", &form, &[("a.log", log.as_bytes())])
    };
    assert!(free_mib(server) > 16);
    ask("忘记密码怎么办").status(303);
    let most = usize::try_from(free_mib(server) - 8).expect("a size") << 20;
    std::fs::write(disk.path("filler"), vec![0; most]).expect("there is room");
    assert!((1..16).contains(&free_mib(server)));
    let refused = ask("发票怎么开");
    assert!((400..500).contains(&refused.status_code()));
    assert!(refused.text().contains("附件暂时放不下了"));
    server.eventually("the log says why", |s| {
        s.log().contains("the disk is nearly full").then_some(())
    });
    // The database has all the room that files no longer take.
    let words = ask_as(server, "words@example.com", "only-words").expect("a case");
    assert!(is_there(server, &words));
    disk.free();
    ask("怎么改手机号").status(303);
}

#[test]
fn f05_a_log_that_cannot_be_written_stops_nothing() {
    let kb = articles(Kb::new(), 20).config(OFTEN);
    let server = kb.serve_within(&["sh"], "exec 2>/dev/full");
    open(&server);
    for n in 0..20 {
        let case = ask_as(&server, &format!("a{n}@example.com"), &format!("log-{n}"));
        reading_goes_on(&server, &case.expect("a case"));
    }
    change_is_served(&server, "日志写不下");
    assert_eq!(server.log(), "", "nothing could be said");
    let (code, _) = server.stop();
    assert_eq!(code, Some(0));
}

#[test]
fn f06_without_a_free_inode_the_index_is_served_from_memory_until_there_is_one() {
    let kb = articles(Kb::new(), 20).config(OFTEN);
    let disk = OnDisk::serve(&kb, "size=64m,nr_inodes=200");
    let server = &disk.server;
    open(server);
    let first = ask_as(server, "first@example.com", "the-first").expect("a case");
    disk.fill_with_files();
    let before = disk.current();
    change_is_served(server, "没有 inode");
    reading_goes_on(server, &first);
    assert_eq!(disk.current(), before);
    // The database has its files already.
    let second = ask_as(server, "second@example.com", "the-second").expect("a case");
    disk.free();
    server.eventually("the index is written", |_| {
        (disk.current() != before).then_some(())
    });
    assert!(is_there(server, &first) && is_there(server, &second));
}

#[test]
fn f07_from_a_read_only_disk_is_served_and_asking_waits_until_it_can_be_written() {
    let kb = articles(Kb::new(), 20).config(OFTEN);
    let before = "\"$0\" -q reindex && \"$0\" -q migrate && mount -o remount,ro .kb || exit 8; \
                  \"$0\" reindex 2>said; echo $? >code";
    let disk = OnDisk::serve_after(&kb, "size=32m", before);
    let server = &disk.server;
    assert_eq!(kb.read("code").trim(), "2");
    let said = kb.read("said");
    assert!(
        said.contains("Read-only") && said.contains("data_dir"),
        "{said}"
    );
    assert!(total(server, "答案") >= 20);
    let refused = ask_as(server, "first@example.com", "the-first");
    assert!(refused.is_err_and(|said| said.starts_with("503")));
    let before = disk.current();
    change_is_served(server, "只读");
    assert_eq!(disk.current(), before);
    server.eventually("the log says why", |s| {
        let log = s.log();
        (log.contains("questions cannot be taken") && log.contains("in memory only")).then_some(())
    });
    disk.remount("rw");
    let first = server.eventually("it is taken by itself", |s| {
        ask_as(s, "first@example.com", "the-first").ok()
    });
    server.eventually("the index is written", |_| {
        (disk.current() != before).then_some(())
    });
    reading_goes_on(server, &first);
}
