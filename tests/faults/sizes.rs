//! What do huge files and little memory do? Files above the limit are refused unread, those below cost bounded memory; where memory
//! is too little it is said or the process ends, and the next start is clean.

#![expect(clippy::print_stdout, reason = "figures of a long run are printed")]

use crate::harness::{Kb, Server};
use crate::rounds::{OFTEN, articles, ask_as, is_there, open, rounds, total};
use std::time::Duration;

/// The most memory that a process had so far, in MiB.
fn peak(pid: u32) -> u64 {
    status(pid, "VmHWM:") / 1_024
}

/// A line of the status of a process, in kB.
fn status(pid: u32, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("a number")
}

/// Files of the sizes that nobody writes and somebody generates.
fn huge(kb: &Kb, size: usize) {
    let head = |title: &str| format!("# {title}\n\n");
    let fill = |unit: &str| unit.repeat(size / unit.len());
    kb.put(
        "kb/large.md",
        head("很大") + &fill("这一段很长，一直在说同一件事。\n\n"),
    );
    kb.put(
        "kb/table.md",
        head("表格") + "| 甲 | 乙 |\n|---|---|\n" + &fill("| 一 | 二 |\n"),
    );
    kb.put("kb/line.md", head("一行") + &fill("没有换行的一行"));
    kb.put("kb/headings.md", head("标题") + &fill("## 小标题\n\n"));
}

#[test]
fn f14_huge_files_are_refused_or_bounded_and_searching_goes_on() {
    let kb = articles(Kb::new(), 30);
    let server = kb.serve();
    let before = peak(server.pid());
    huge(&kb, 50 << 20);
    server.eventually("they are refused", |s| {
        (s.log().matches("KB005").count() >= 4).then_some(())
    });
    assert_eq!(total(&server, "答案"), 30);
    let unread = peak(server.pid());
    assert!(
        unread < before + 60 && unread < 300,
        "{before} MiB became {unread}"
    );
    let checked = kb.command(["check"]).output().expect("it runs");
    assert_eq!(checked.status.code(), Some(1));
    // As large as may be (and the debug build a few times as slow as the one that is shipped).
    huge(&kb, 900_000);
    kb.put("kb/after.md", "# 最后写的\n\n文\n");
    server.eventually("what may be is indexed", |s| {
        (s.get("/a/after").is(200) && s.get("/api/v1/articles/line").is(200)).then_some(())
    });
    for id in ["large", "table", "line", "headings"] {
        let answer = server.get(&format!("/a/{id}"));
        assert!(
            answer.is(200) || answer.is(404),
            "{id}: {}",
            answer.status_code()
        );
    }
    assert!(total(&server, "答案") >= 30);
    let peak = peak(server.pid());
    // Four of the largest at once, read and indexed by several threads: some ten times their size each.
    assert!(peak < 700, "{peak} MiB");
}

/// How the server ends that may have that much memory, in MiB; what it said.
fn started_with(kb: &Kb, mib: usize) -> (Option<Server>, String) {
    let limit = format!("ulimit -v {}", mib << 10);
    let mut shell = kb.shell(&["sh"], &limit);
    shell.stderr(std::process::Stdio::piped());
    let probe = shell.stdout(std::process::Stdio::null()).spawn();
    let mut child = probe.expect("a shell");
    for _ in 0..100 {
        if child.try_wait().expect("asked").is_some() {
            let said = child.wait_with_output().expect("over");
            return (None, String::from_utf8_lossy(&said.stderr).into_owned());
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    let _ = child.kill();
    let _ = child.wait();
    (Some(kb.serve_limited(&limit)), String::new())
}

#[test]
fn f23_with_too_little_memory_it_serves_or_ends_and_the_next_start_is_clean() {
    let mut kb = Kb::new().config(OFTEN);
    for n in 0..3_000 {
        kb = kb.article(
            &format!("题 {n}"),
            &format!("文章 {n} 的答案，{}", "内容".repeat(200)),
        );
    }
    let server = kb.serve();
    open(&server);
    let case = ask_as(&server, "li@example.com", "before").expect("a case");
    let found = total(&server, "答案");
    drop(server);
    let (mut fits, mut ends) = (0, 0);
    for mib in [2_000, 500, 250] {
        kb.put("kb/new.md", format!("# 新 {mib}\n\n新的答案\n"));
        match started_with(&kb, mib) {
            (Some(server), _) => {
                fits += 1;
                assert!(total(&server, "答案") >= found);
            }
            (None, said) => {
                ends += 1;
                assert!(!said.is_empty(), "{mib} MiB: it says why");
            }
        }
        let server = kb.serve();
        open(&server);
        assert!(is_there(&server, &case), "after {mib} MiB");
        assert!(total(&server, "答案") >= found);
    }
    println!("f23: {fits} limits fit and {ends} did not");
    assert!(fits > 0 && ends > 0, "{fits} fit and {ends} did not");
}

#[test]
fn f27_a_dictionary_of_100_mb_is_refused_and_the_former_one_stays() {
    let schema = "[lexicon]\ndictionary = [\"words.txt\"]\nsynonyms = [\"syn.txt\"]\n";
    let kb = Kb::new()
        .article("怎么装小程序", "扫码")
        .schema(schema)
        .write("words.txt", "小程序\n")
        .write("syn.txt", "扫码, 扫一扫\n");
    let server = kb.serve();
    assert_eq!(total(&server, "扫一扫"), 1);
    let before = peak(server.pid());
    kb.put("words.txt", "很长的词典里的词\n".repeat(4_000_000));
    kb.put("syn.txt", "甲, 乙\n".repeat(8_000_000));
    server.eventually("it is refused", |s| {
        let log = s.log();
        (log.contains("words.txt") && log.contains("the former ones stay")).then_some(())
    });
    assert_eq!(total(&server, "扫一扫"), 1, "the former lists stay");
    let after = peak(server.pid());
    assert!(after < before + 100, "{before} MiB became {after}");
    kb.put("words.txt", "小程序\n");
    kb.put("syn.txt", "扫码, 扫一扫, 照一照\n");
    server.eventually("good ones are taken", |s| {
        (total(s, "照一照") == 1).then_some(())
    });
}

/// Open files, memory that is mapped, and resident memory in kB.
fn holds(pid: u32) -> (usize, usize, u64) {
    let count = |what: &str| {
        std::fs::read_dir(format!("/proc/{pid}/{what}"))
            .expect("it lives")
            .count()
    };
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).expect("it lives");
    (count("fd"), maps.lines().count(), status(pid, "VmRSS:"))
}

#[test]
fn f25_through_searches_questions_and_reloads_memory_and_files_stay_what_they_were() {
    // What the C library keeps for each thread that ever was is no leak; the shipped unit and image say the same.
    let kb = articles(Kb::new(), 60).config(OFTEN);
    let server = kb.env("MALLOC_ARENA_MAX", "2").serve();
    let kb = server.kb().clone();
    open(&server);
    let mut seen = Vec::new();
    let turns = rounds(8).max(8);
    for turn in 0..turns {
        for n in 0..60 {
            let _ = total(&server, &format!("文章 {n}"));
            let _ = server.get(&format!("/api/v1/suggest?q=题 {n}")).status(200);
            let _ = server.get(&format!("/a/题 {n}")).status(200);
            let _ = server.get("/").status(200);
        }
        for n in 0..5 {
            ask_as(
                &server,
                &format!("p{turn}.{n}@example.com"),
                &format!("soak-{turn}-{n}"),
            )
            .expect("a case");
        }
        kb.put(
            "kb/changing.md",
            format!("# 变了 {turn}\n\n第 {turn} 次的答案\n"),
        );
        server.eventually("it is served", |s| {
            s.get("/api/v1/articles/changing")
                .text()
                .contains(&format!("变了 {turn}"))
                .then_some(())
        });
        seen.push(holds(server.pid()));
    }
    // The first turns fill caches and pools.
    let settled = seen[turns / 2];
    let last = seen[turns - 1];
    let growth = last.2.saturating_sub(settled.2);
    let searches = (turns - turns / 2) as u64 * 245;
    println!("f25: {turns} turns, {} requests, {seen:?}", turns * 245);
    assert!(last.0 <= settled.0 + 8, "files: {seen:?}");
    assert!(last.1 <= settled.1 + 60, "maps: {seen:?}");
    // Less than 4 kB for each request, and what an allocator keeps.
    assert!(growth < 16_384 + 4 * searches, "memory: {seen:?}");
    let (code, _) = server.stop();
    assert_eq!(code, Some(0));
}
