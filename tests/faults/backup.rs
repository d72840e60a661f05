//! Is a backup one instant, whole, and the one before untouched when it is interrupted?

use crate::asking::Kept;
use crate::harness::{Kb, Server};
use crate::rounds::{Dice, OFTEN, articles, ask_as, figures, is_there, open, rounds, total};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Asks from another thread until the work is done; returns what was acknowledged before it began, and all.
fn while_others_ask(server: &Server, work: impl FnOnce()) -> (Vec<Value>, Vec<Value>) {
    let mut before = Vec::new();
    for n in 0..20 {
        let email = format!("before{n}@example.com");
        before.push(ask_as(server, &email, &format!("beforehand-{n}")).expect("a case"));
    }
    let done = AtomicBool::new(false);
    let meanwhile = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut acknowledged = Vec::new();
            for n in 0.. {
                if done.load(Ordering::Relaxed) && n > 20 {
                    break;
                }
                let email = format!("p{n}@example.com");
                acknowledged
                    .push(ask_as(server, &email, &format!("meanwhile-{n}")).expect("a case"));
            }
            acknowledged
        });
        work();
        done.store(true, Ordering::Relaxed);
        asking.join().expect("it asks to the end")
    });
    let all = before.iter().cloned().chain(meanwhile).collect();
    (before, all)
}

/// A search's answer without the time it took.
fn answer(server: &Server, query: &str) -> Value {
    let mut found = server.get(&format!("/api/v1/search?q={query}")).json();
    found["took_us"] = Value::Null;
    found
}

/// The files and hashes that an index was made from.
fn manifest(kb: &Kb) -> BTreeMap<String, String> {
    let generations = kb::index::Generations::new(&kb.path(".kb"));
    let snapshot = generations.load_foreign().expect("a whole index");
    let files = snapshot.contents().files.iter();
    files
        .map(|(path, file)| (path.clone(), file.hash.clone()))
        .collect()
}

#[test]
fn f26_a_backup_made_under_load_is_the_same_help_centre_on_a_blank_machine() {
    let kb = articles(Kb::new(), 30).config(OFTEN);
    let server = kb.serve();
    open(&server);
    let (before, all) = while_others_ask(&server, || {
        for _ in 0..3 {
            let _ = kb.run(["backup", "b.backup"]).code(0);
        }
    });
    let blank = Kb::bare().config(OFTEN);
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .args([kb.path("kb"), blank.path("kb")])
        .status();
    assert!(copied.is_ok_and(|done| done.success()));
    std::fs::copy(kb.path("b.backup"), blank.path("b.backup")).expect("copied");
    let _ = blank.run(["restore", "b.backup"]).code(0);
    let other = blank.serve();
    open(&other);
    assert_eq!(manifest(&kb), manifest(&blank));
    for query in ["答案", "文章 7", "题 12", "没有这样的"] {
        assert_eq!(answer(&server, query), answer(&other, query), "{query}");
    }
    assert!(before.iter().all(|case| is_there(&other, case)));
    // What came while it was made is in it up to one instant, and nothing after that.
    let there: Vec<bool> = all.iter().map(|case| is_there(&other, case)).collect();
    assert!(there.is_sorted_by(|a, b| a >= b), "{there:?}");
    assert!(all.iter().all(|case| is_there(&server, case)));
    // It goes on where the other was: no number is given twice.
    let next = ask_as(&other, "next@example.com", "next-one").expect("a case");
    let count = there.iter().filter(|there| **there).count();
    assert!(
        next["number"]
            .as_str()
            .is_some_and(|n| n.ends_with(&format!("{:04}", count + 1))),
        "{next} after {count}"
    );
}

#[test]
fn f26_a_backup_killed_at_any_instant_leaves_the_one_before_or_is_whole() {
    let kb = Kb::new().config(OFTEN);
    let server = kb.serve();
    open(&server);
    for n in 0..40 {
        ask_as(
            &server,
            &format!("p{n}@example.com"),
            &format!("key-of-{n}"),
        )
        .expect("a case");
    }
    let began = Instant::now();
    let _ = kb.run(["backup", "b.backup"]).code(0);
    let whole = began.elapsed();
    let (mut dice, mut hit) = (Dice::new(5), BTreeMap::new());
    for round in 0..rounds(8) {
        let before = std::fs::read(kb.path("b.backup")).expect("there");
        ask_as(&server, "more@example.com", &format!("more-of-{round}")).expect("a case");
        let mut child = kb
            .command(["backup", "b.backup"])
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("it starts");
        std::thread::sleep(dice.pause(whole + whole / 5));
        child.kill().expect("killed, or over already");
        let over = child.wait().expect("gone").success();
        let same = std::fs::read(kb.path("b.backup")).expect("there") == before;
        let step = match (over, same) {
            (true, false) => "after the end",
            (false, true) => "before it was in place",
            (false, false) => "after it was in place",
            (true, true) => unreachable!("done, and not there"),
        };
        *hit.entry(step).or_default() += 1;
        let blank = Kb::new();
        std::fs::copy(kb.path("b.backup"), blank.path("b.backup")).expect("copied");
        let _ = blank.run(["restore", "b.backup"]).code(0);
    }
    figures("f26 backup killed", &hit);
    // The server was not disturbed, and the next backup needs no tidying by hand.
    let kept = Kept::of(&server);
    assert_eq!(kept.cases("p0@example.com").len(), 1);
    let _ = kb.run(["backup", "b.backup"]).code(0);
    assert_eq!(total(&server, "没有"), 0);
    let left = std::fs::read_dir(kb.root()).expect("there").flatten();
    let left = left.filter(|e| e.file_name().to_string_lossy().contains("part"));
    assert_eq!(left.count(), 0);
    assert!(began.elapsed() < Duration::from_secs(3_600));
}
