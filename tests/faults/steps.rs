//! What if the program dies, or the disk refuses, at this very call? `steps.c` stands in front of the C library and counts the calls
//! by which a question becomes durable and is answered; before any of them the program may die.

use crate::harness::Kb;
use crate::help_centre::{Kept, acknowledged, ask, ask_once, finds, help_centre, key_of, open};
use crate::rounds::rounds;
use crate::tools::{any, figure, needs};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;
use tempfile::TempDir;

/// The shim, compiled once for all tests of this process.
static COMPILED: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let compiler = needs("gcc", "gcc libc6-dev");
    let folder = tempfile::tempdir().expect("a folder");
    let library = folder.path().join("steps.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/steps.c");
    let done = Command::new(compiler)
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(source)
        .args(["-ldl", "-lpthread"])
        .output()
        .expect("the compiler starts");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    (folder, library)
});

/// A knowledge base whose program has the shim before it: what it does, to which files, and while which file is there.
fn stepped(kb: Kb, what: &str, path: &str, at: u32) -> Kb {
    let on = kb.path("steps-on").display().to_string();
    kb.env("LD_PRELOAD", &COMPILED.1.display().to_string())
        .env("STEPS", what)
        .env("STEPS_PATH", path)
        .env("STEPS_AT", &at.to_string())
        .env("STEPS_ON", &on)
}

/// The fault happens from now on.
fn switch_on(kb: &Kb) {
    kb.put("steps-on", "");
}

/// It does not happen any more.
fn switch_off(kb: &Kb) {
    kb.delete("steps-on");
}

#[test]
fn f02_killed_before_any_call_that_makes_a_question_durable_there_is_one_case() {
    let plain = help_centre("");
    // How many calls there are to die at.
    let mut most = 256;
    let mut died = 0;
    let mut told = BTreeMap::new();
    let rounds = rounds(10);
    for round in 0..rounds {
        let at = u32::try_from(any(most)).unwrap_or(0) + 1;
        let kb = stepped(plain.clone(), "kill", "kb.sqlite", at);
        let server = open(&kb);
        switch_on(&kb);
        let who = format!("r{round}@example.com");
        let answer = ask_once(&server.url(), &who, &key_of(&who), Duration::from_secs(10));
        let answered = answer.ok().and_then(|a| acknowledged(&a));
        switch_off(&kb);
        match answered {
            // It outlived the question: nearer next time.
            Some(_) => most = (most * 3 / 4).max(8),
            None => died += 1,
        }
        drop(server);
        let again = open(&plain);
        let number = ask(&again.url(), &who);
        assert!(
            answered.is_none_or(|before| before == number),
            "the same key is the same case"
        );
        told.insert(who, number);
    }
    assert!(died > 0, "it was hit at least once");
    Kept::within(&plain).hold_to(&told);
    figure(
        "F02",
        &format!(
            "{rounds} questions, {died} killed within the first {most} calls: each has one case"
        ),
    );
}

#[test]
fn f06_a_quota_refuses_questions_and_nothing_else() {
    let plain = help_centre("");
    let kb = stepped(plain.clone(), "edquot", "kb.sqlite", 0);
    let server = open(&kb);
    let mut told = BTreeMap::new();
    told.insert(
        "a@example.com".to_owned(),
        ask(&server.url(), "a@example.com"),
    );
    switch_on(&kb);
    let answer = ask_once(
        &server.url(),
        "b@example.com",
        &key_of("b@example.com"),
        Duration::from_secs(15),
    );
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(finds(&server.url()));
    switch_off(&kb);
    told.insert(
        "b@example.com".to_owned(),
        ask(&server.url(), "b@example.com"),
    );
    drop(server);
    Kept::within(&plain).hold_to(&told);
}
