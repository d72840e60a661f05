//! What if thousands of files change, and the system does not say so?

use crate::harness::{Kb, Server};
use crate::tools::{any, figure, is_long, needs};
use kb::index::{Generations, Snapshot};
use std::process::Command;
use std::time::{Duration, Instant};

/// All that can be read of an index, whoever built it.
fn contents(snapshot: &Snapshot) -> Vec<String> {
    let view = snapshot.whole();
    let all = view.heads().map(|head| {
        let document = view.document(&head.id).expect("readable").expect("there");
        format!("{head:?} {document:?}")
    });
    let mut all: Vec<String> = all.collect();
    all.sort();
    all
}

fn of(kb: &Kb, data: &str) -> Vec<String> {
    contents(
        &Generations::new(&kb.path(data))
            .load_foreign()
            .expect("a whole index"),
    )
}

/// One of the ways in which files change.
fn change(kb: &Kb, n: u64) {
    let path = |name: &str| kb.path(&format!("kb/{}/{name}", n % 40));
    let (file, text) = (
        path(&format!("{n}.md")),
        format!("# 题 {n}\n\n文 {}\n", any(1_000)),
    );
    let _ = std::fs::create_dir_all(path(""));
    let write = |to: &std::path::Path| std::fs::write(to, &text).expect("written");
    match any(8) {
        0 | 1 => write(&file),
        // vim: the old one aside, a new one in its place.
        2 => {
            let _ = std::fs::rename(&file, path(&format!("{n}.md~")));
            write(&file);
        }
        // VS Code and Word: beside, then over it.
        3 => {
            write(&path(".tmp"));
            std::fs::rename(path(".tmp"), &file).expect("renamed");
        }
        // Another name, and one that differs in case only.
        4 => drop(std::fs::rename(&file, path(&format!("moved{n}.md")))),
        5 => drop(std::fs::rename(&file, path(&format!("M{n}.md")))),
        6 => drop(std::fs::remove_file(&file)),
        // git checkout: a whole folder.
        _ => {
            if any(20) == 0 {
                let _ = std::fs::remove_dir_all(path(""));
            }
        }
    }
}

fn settled(server: &Server) -> String {
    let generation = |s: &Server| s.get("/readyz").json()["generation"].to_string();
    let mut last = (generation(server), Instant::now());
    server.eventually("nothing more is built", |s| {
        let now = generation(s);
        if now != last.0 {
            last = (now, Instant::now());
        }
        (last.1.elapsed() > Duration::from_secs(2)).then_some(())
    });
    last.0
}

#[test]
fn f11_after_a_storm_of_changes_the_index_equals_a_fresh_build() {
    let count: u64 = if is_long() { 100_000 } else { 4_000 };
    let kb = Kb::new().article("退款", "三天");
    let server = kb.serve();
    let began = Instant::now();
    for n in 0..count {
        change(&kb, any(count / 2));
        if n % 500 == 0 {
            assert!(server.probe("/healthz"), "it answers meanwhile");
        }
    }
    let stormed = began.elapsed();
    settled(&server);
    let took = began.elapsed() - stormed;
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    let builds = log.matches("the index is up to date").count();
    kb.run(["reindex", "--quiet", "--data-dir", "fresh"])
        .code(0);
    let (followed, fresh) = (of(&kb, ".kb"), of(&kb, "fresh"));
    assert_eq!(followed.len(), fresh.len());
    assert!(followed == fresh, "what was followed is what is there");
    figure(
        "F11",
        &format!(
            "{count} changes in {stormed:?}: {builds} builds, {} articles, settled {took:?} later, equal to a fresh build",
            fresh.len()
        ),
    );
}

#[test]
fn f11_where_no_more_folders_may_be_watched_they_are_looked_at() {
    let mut kb = Kb::new().article("退款", "三天");
    for n in 0..30 {
        kb = kb.write(&format!("kb/f{n}/a.md"), format!("# 题 {n}\n\n文\n"));
    }
    let unshare = needs("unshare", "util-linux");
    let serve = kb.command(["serve", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new(unshare);
    command
        .args([
            "-Ur",
            "sh",
            "-c",
            "echo 10 > /proc/sys/user/max_inotify_watches && exec \"$0\" \"$@\"",
        ])
        .arg(serve.get_program())
        .args(serve.get_args())
        .current_dir(kb.root());
    let server = Server::start(kb.clone(), command);
    server.eventually("it says so", |s| {
        s.log().contains("max_user_watches").then_some(())
    });
    kb.put("kb/f29/b.md", "# 轮询也看得到\n\n文\n");
    server.eventually("a change is found all the same", |s| {
        s.get("/api/v1/search?q=轮询也看得到")
            .text()
            .contains("f29/b")
            .then_some(())
    });
}
