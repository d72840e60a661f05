//! What if thousands of files change at once, in every way that editors and version control know? In the end the index is what a
//! build from nothing gives.

use crate::harness::{Kb, Server};
use crate::rounds::{Dice, rounds};
use crate::tools::{figure, needs};
use kb::index::{Generations, Snapshot};
use kb::sync::{Sources, reindex};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

/// Of each file what the index made of it: its hash, its article, and whether it is broken.
fn manifest(snapshot: &Snapshot) -> BTreeMap<String, (String, Option<String>, bool)> {
    let files = snapshot.contents().files.iter();
    files
        .map(|(path, file)| {
            let id = file.id.as_ref().map(ToString::to_string);
            (path.clone(), (file.hash.clone(), id, file.broken))
        })
        .collect()
}

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

/// What a build from nothing makes of the folder.
fn fresh(kb: &Kb) -> Arc<Snapshot> {
    let elsewhere = tempfile::tempdir().expect("a folder");
    let schema = Arc::new(kb::config::Schema::default());
    let sources = Sources::new(&kb.path("kb"), schema).expect("sources");
    let generations = Generations::new(elsewhere.path());
    let clock = kb::clock::Clock::System;
    let built = reindex(&sources, &generations, &clock, &mut |_| ()).expect("it builds");
    built.snapshot
}

/// Waits until what is on the disk is what a build from nothing gives, to the last word of every article.
fn settles(server: &Server) {
    let wanted = fresh(server.kb());
    let files = manifest(&wanted);
    let found = server.eventually("the index is what a fresh build gives", |s| {
        let generations = Generations::new(&s.kb().path(".kb"));
        let snapshot = generations.load_foreign().ok()?;
        (manifest(&snapshot) == files).then_some(snapshot)
    });
    let same = contents(&found) == contents(&wanted);
    assert!(same, "what was followed is what is there");
}

fn git(kb: &Kb, args: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args(args)
        .current_dir(kb.path("kb"))
        .output()
        .expect("there is no git\nhelp: apt-get install git");
    assert!(done.status.success(), "{args:?}: {done:?}");
}

fn text(n: u64) -> String {
    format!("# 题 {n}\n\n第 {n} 次写的文\n")
}

/// Does one of what editors and people do to a file.
fn disturb(folder: &Path, dice: &mut Dice, n: u64) {
    let at = |m: u64| folder.join(format!("{}/{}.md", m % 40, m));
    let some = at(dice.below(2_000));
    let other = at(dice.below(2_000));
    std::fs::create_dir_all(some.parent().expect("a folder")).expect("made");
    std::fs::create_dir_all(other.parent().expect("a folder")).expect("made");
    let beside = some.with_extension("md.tmp");
    // Half of it meets files that are not there.
    let _ = match dice.below(7) {
        0 => std::fs::remove_file(&some),
        1 => std::fs::rename(&some, &other),
        2 => std::fs::write(&beside, text(n)).and_then(|()| std::fs::rename(&beside, &some)),
        3 => std::fs::rename(&some, some.with_extension("md~"))
            .and_then(|()| std::fs::write(&some, text(n))),
        4 => std::fs::write(&some, "").and_then(|()| std::fs::write(&some, text(n))),
        5 => std::fs::rename(&some, some.with_extension("MD"))
            .and_then(|()| std::fs::rename(some.with_extension("MD"), &some)),
        _ => std::fs::write(&some, text(n)),
    };
}

#[test]
fn f11_after_a_storm_of_changes_the_index_is_what_a_fresh_build_gives() {
    let kb = Kb::new();
    for n in 0..400 {
        kb.put(&format!("kb/{}/{n}.md", n % 40), text(n));
    }
    git(&kb, &["init", "-q", "-b", "main"]);
    git(&kb, &["add", "-A"]);
    git(&kb, &["commit", "-qm", "one"]);
    let server = kb.serve();
    settles(&server);
    let mut dice = Dice::new(7);
    let changes = 500 * rounds(8) as u64;
    let began = Instant::now();
    for n in 0..changes {
        disturb(&kb.path("kb"), &mut dice, n);
        if n % 500 == 0 {
            assert!(server.probe("/healthz"), "it answers meanwhile");
        }
    }
    let stormed = began.elapsed();
    let _ = server.get("/api/v1/search?q=题").status(200);
    settles(&server);
    let settled = began.elapsed() - stormed;
    git(&kb, &["add", "-A"]);
    git(&kb, &["commit", "-qm", "two"]);
    git(&kb, &["checkout", "-q", "HEAD~1"]);
    git(&kb, &["checkout", "-q", "main"]);
    settles(&server);
    let builds = server.log().matches("the index is up to date").count();
    assert!(builds as u64 <= 20 + changes / 20, "{builds} builds");
    figure(
        "F11",
        &format!(
            "{changes} changes in {stormed:?}: {builds} builds, settled {settled:?} later, equal to a fresh build"
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

#[test]
fn f12_a_server_passes_over_what_is_no_file_and_goes_on() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    let kb = Kb::new().article("好", "看得见的答案");
    let at = |name: &str| kb.path(&format!("kb/{name}"));
    let server = kb.serve();
    let made = |command: &str, args: &[&str]| {
        let done = Command::new(command).args(args).status();
        done.is_ok_and(|status| status.success())
    };
    assert!(made("mkfifo", &[&at("pipe.md").to_string_lossy()]));
    let socket = std::os::unix::net::UnixListener::bind(at("socket.md"));
    socket.as_ref().expect("a socket");
    // A device that never ends; who is not root has to do with a link to one.
    if !made(
        "mknod",
        &[&at("device.md").to_string_lossy(), "c", "1", "5"],
    ) {
        symlink("/dev/zero", at("device.md")).expect("a link");
    }
    symlink("nowhere.md", at("dangling.md")).expect("a link");
    symlink("/proc/self/environ", at("environ.md")).expect("a link");
    symlink(".", at("loop")).expect("a link");
    std::fs::write(at("empty.md"), "").expect("a file");
    std::fs::write(at(&format!("{}.md", "长".repeat(84))), "# 名字很长\n\n文\n")
        .expect("255 bytes");
    let bytes = std::ffi::OsStr::from_bytes(b"\xff\xfe.md");
    std::fs::write(kb.path("kb").join(bytes), "# 乱\n").expect("a name");
    std::fs::write(at("secret.md"), "# 锁住的\n\n文\n").expect("a file");
    std::fs::set_permissions(at("secret.md"), std::fs::Permissions::from_mode(0o0))
        .expect("a mode");
    kb.put("kb/last.md", "# 最后写的\n\n文\n");
    server.eventually("what comes after is served", |s| {
        s.get("/a/last").is(200).then_some(())
    });
    let _ = server.get("/a/好").status(200).has("看得见的答案");
    let ready = server.get("/readyz").status(200).json();
    assert!(ready["problems"]["errors"].as_u64() > Some(0), "{ready}");
    let checked = kb.run(["check"]).code(1);
    for name in [
        "pipe.md",
        "socket.md",
        "device.md",
        "dangling.md",
        "environ.md",
        "loop",
    ] {
        assert!(checked.out().contains(name), "{name}\n{}", checked.out());
    }
    assert!(!server.log().contains("panicked"));
}
