//! What if the file of the database was damaged? It is said at the start with the command that restores a backup, nothing is
//! written into it, and readers notice nothing; where a repair needs no guess, it is made.

use crate::harness::{Kb, Server};
use crate::rounds::{OFTEN, articles, ask_as, is_there, open, total};
use serde_json::Value;
use std::path::PathBuf;

/// A help centre with cases, and a backup of the first of them; the server is over, ended or killed.
fn with_cases(ends_well: bool) -> (Kb, Vec<Value>) {
    let kb = articles(Kb::new(), 20).config(OFTEN);
    let server = kb.serve();
    open(&server);
    let mut cases = Vec::new();
    for n in 0..30 {
        let email = format!("p{n}@example.com");
        cases.push(ask_as(&server, &email, &format!("case-{n}")).expect("a case"));
        if n == 19 {
            let _ = kb.run(["backup", "b.backup"]).code(0);
        }
    }
    if ends_well {
        assert_eq!(server.stop().0, Some(0));
    } else {
        server.signal("KILL");
    }
    (kb, cases)
}

fn database(kb: &Kb, end: &str) -> PathBuf {
    kb.path(&format!(".kb/kb.sqlite{end}"))
}

/// It says what is damaged and how to go on, takes no question, and answers readers.
fn refuses_to_write(server: &Server) {
    server.eventually("the log says what to do", |s| {
        let log = s.log();
        (log.contains("damaged") && log.contains("kb restore")).then_some(())
    });
    let refused = ask_as(server, "late@example.com", "too-late").expect_err("nothing is taken");
    assert!(refused.starts_with("503"), "{refused}");
    assert!(total(server, "答案") >= 20);
    let _ = server.get("/a/题 3").status(200);
    let metrics = server.get("/metrics").text();
    assert!(
        metrics.contains("kb_questions_open 0"),
        "an alert can see it"
    );
}

#[test]
fn f09_a_damaged_page_is_found_at_the_start_and_a_backup_brings_all_back() {
    let (kb, cases) = with_cases(true);
    let file = database(&kb, "");
    let mut bytes = std::fs::read(&file).expect("read");
    let pages = bytes.len() / 4_096;
    // Pages of the middle: nothing of the first, which every statement reads.
    for page in pages / 3..pages / 2 {
        bytes[page * 4_096..page * 4_096 + 200].fill(0xa5);
    }
    std::fs::write(&file, &bytes).expect("written");
    let server = kb.serve();
    refuses_to_write(&server);
    assert!(
        std::fs::read(&file).expect("read") == bytes,
        "left as it is"
    );
    let (code, _) = server.stop();
    assert_eq!(code, Some(0));
    let _ = kb
        .run(["restore", "b.backup"])
        .code(2)
        .stderr_has("--force");
    let _ = kb
        .run(["restore", "b.backup", "--force"])
        .code(0)
        .stdout_has("what was there before is now");
    let server = kb.serve();
    open(&server);
    assert!(cases[..20].iter().all(|case| is_there(&server, case)));
}

#[test]
fn f09_a_file_cut_short_or_of_something_else_is_refused_and_left_alone() {
    for damage in ["half", "other", "header"] {
        let (kb, _) = with_cases(true);
        let file = database(&kb, "");
        let mut bytes = std::fs::read(&file).expect("read");
        match damage {
            "half" => bytes.truncate(bytes.len() / 2),
            "other" => bytes = b"not a database\n".repeat(1_000),
            _ => bytes[..16].fill(0),
        }
        std::fs::write(&file, &bytes).expect("written");
        let server = kb.serve();
        refuses_to_write(&server);
        drop(server);
        assert!(std::fs::read(&file).expect("read") == bytes, "{damage}");
    }
}

#[test]
fn f09_without_its_shared_memory_or_with_a_torn_log_the_database_repairs_itself() {
    let (kb, cases) = with_cases(false);
    assert!(database(&kb, "-wal").exists(), "it was killed");
    std::fs::remove_file(database(&kb, "-shm")).expect("it was there");
    let server = kb.serve();
    open(&server);
    assert!(cases.iter().all(|case| is_there(&server, case)));
    let last = ask_as(&server, "last@example.com", "the-last-one").expect("a case");
    server.signal("KILL");
    drop(server);
    // Half a frame at the end of the log is what a cut leaves of a commit that nobody heard of.
    let log = database(&kb, "-wal");
    let mut bytes = std::fs::read(&log).expect("read");
    bytes.extend([0x5a; 2_000]);
    std::fs::write(&log, &bytes).expect("written");
    let server = kb.serve();
    open(&server);
    assert!(
        cases
            .iter()
            .chain([&last])
            .all(|case| is_there(&server, case))
    );
}

#[test]
fn f09_a_log_overwritten_in_the_middle_gives_a_whole_database_of_an_earlier_moment() {
    let (kb, cases) = with_cases(false);
    let log = database(&kb, "-wal");
    let mut bytes = std::fs::read(&log).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 5_000].fill(0xa5);
    std::fs::write(&log, &bytes).expect("written");
    let server = kb.serve();
    open(&server);
    // Frames carry checksums: what follows a broken one counts no more, and nothing of it is mixed in.
    let there: Vec<bool> = cases.iter().map(|case| is_there(&server, case)).collect();
    assert!(there.is_sorted_by(|a, b| a >= b), "{there:?}");
    let _ = kb.run(["backup", "after.backup"]).code(0);
}
