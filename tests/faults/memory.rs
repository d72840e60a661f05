//! What if there is not enough memory? In a control group of its own.

use crate::harness::{Kb, Server};
use crate::tools::{figure, is_long};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A control group with so much memory, removed when dropped.
struct Group {
    folder: PathBuf,
}

impl Group {
    fn with(mib: u64) -> Self {
        let name = format!("kb-faults-{}-{mib}", std::process::id());
        let first = Path::new("/sys/fs/cgroup/memory");
        let (root, limit) = match first.is_dir() {
            true => (first, "memory.limit_in_bytes"),
            false => (Path::new("/sys/fs/cgroup"), "memory.max"),
        };
        // Where there is one hierarchy, its controllers are handed down one by one.
        let _ = std::fs::write(root.join("cgroup.subtree_control"), "+memory");
        let folder = root.join(name);
        let made = std::fs::create_dir(&folder)
            .and_then(|()| std::fs::write(folder.join(limit), (mib << 20).to_string()));
        assert!(
            made.is_ok(),
            "no control group for memory can be made: {made:?}\nhelp: run the faults as root, outside of a container or with its control groups writable"
        );
        let _ = std::fs::write(folder.join("memory.swap.max"), "0");
        Self { folder }
    }

    /// `kb` with these arguments, in it.
    fn command(&self, kb: &Kb, args: &[&str]) -> Command {
        self.command_by("", kb, args)
    }

    /// The same, started by other words.
    fn command_by(&self, before: &str, kb: &Kb, args: &[&str]) -> Command {
        let inner = kb.command(args);
        let mut command = Command::new("sh");
        let join = format!(
            "echo $$ > {}/cgroup.procs && exec {before} \"$0\" \"$@\"",
            self.folder.display()
        );
        command
            .args(["-c", &join])
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(kb.root());
        command
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.folder);
    }
}

fn articles(count: u32) -> Kb {
    let kb = Kb::new();
    for n in 0..count {
        let text = format!(
            "# 第 {n} 个问题怎么办\n\n{}\n",
            format!("先看第 {n} 步，再问客服。").repeat(8)
        );
        kb.put(&format!("kb/{}/{n}.md", n % 100), text);
    }
    kb
}

/// Runs it within a group; how it ended, and what it said.
fn within(group: &Group, kb: &Kb, args: &[&str]) -> (bool, String) {
    // Should it fit after all, it is not waited for until the end of days.
    let patient = "timeout -s KILL 900";
    let done = group.command_by(patient, kb, args).output();
    let done = done.expect("it starts");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    (done.status.success(), said)
}

#[test]
fn f23_killed_for_want_of_memory_it_has_said_so_and_starts_again_from_the_last_good_index() {
    let kb = articles(2_000);
    kb.run(["reindex", "--quiet"]).code(0);
    kb.put("kb/new.md", "# 新的\n\n文\n");
    let little = Group::with(32);
    for _ in 0..3 {
        let (fits, said) = within(&little, &kb, &["reindex", "--quiet"]);
        assert!(!fits, "32 MiB are too little");
        // It cannot say so any more when it is killed.
        assert!(said.contains("may use 32 MiB"), "{said}");
    }
    let server = kb.serve();
    server.eventually("everything is found", |s| {
        (s.get("/readyz").json()["articles"] == 2_001).then_some(())
    });
}

#[test]
fn f23_where_the_index_cannot_fit_into_the_memory_the_start_is_refused() {
    let kb = articles(2_000);
    kb.run(["reindex", "--quiet"]).code(0);
    let least = Group::with(24);
    for args in [&["reindex"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let done = least.command(&kb, args).output().expect("it starts");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(
            done.status.code(),
            Some(2),
            "refused, and not killed: {said}"
        );
        assert!(
            said.contains("may use 24 MiB") && said.contains("MemoryMax="),
            "{said}"
        );
    }
    let server = kb.serve();
    assert_eq!(server.get("/readyz").json()["articles"], 2_000);
}

#[test]
fn f23_within_256_mib_a_large_knowledge_base_is_served_or_it_is_killed_with_words_and_nothing_is_broken()
 {
    let count = if is_long() { 100_000 } else { 5_000 };
    let kb = articles(count);
    let group = Group::with(256);
    let (fits, said) = within(&group, &kb, &["reindex", "--quiet"]);
    if fits {
        let server = Server::start(
            kb.clone(),
            group.command(&kb, &["serve", "--listen", "127.0.0.1:0"]),
        );
        server.eventually("it serves", |s| s.probe("/readyz").then_some(()));
        let _ = server.get("/api/v1/search?q=第七个问题").status(200);
        assert!(server.probe("/healthz"));
    } else {
        assert!(said.contains("may use 256 MiB"), "{said}");
        // Nor is it killed in a loop without a word as a service.
        for _ in 0..2 {
            let (_, said) = within(&group, &kb, &["serve", "--listen", "127.0.0.1:0"]);
            assert!(said.contains("may use 256 MiB"), "{said}");
        }
        // Without the limit it is there.
        kb.run(["reindex", "--quiet"]).code(0);
    }
    assert!(fits || is_long(), "5,000 articles fit into 256 MiB: {said}");
    figure(
        "F23",
        &format!(
            "{count} articles in 256 MiB: {}",
            if fits {
                "fits"
            } else {
                "killed after it said why, clean afterwards"
            }
        ),
    );
}
