//! What if there is not enough memory? In a control group of its own.

use crate::harness::{Kb, Server};
use crate::help_centre::{ask, help_centre, open};
use crate::rounds::rounds;
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
        let inner = kb.command(args);
        let mut command = Command::new("sh");
        let join = format!(
            "echo $$ > {}/cgroup.procs && exec \"$0\" \"$@\"",
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

#[test]
fn f23_killed_for_want_of_memory_it_starts_again_from_the_last_good_index() {
    let kb = articles(2_000);
    kb.run(["reindex", "--quiet"]).code(0);
    let little = Group::with(24);
    kb.put("kb/new.md", "# 新的\n\n文\n");
    for _ in 0..3 {
        let done = little
            .command(&kb, &["reindex", "--quiet"])
            .output()
            .expect("it starts");
        assert!(!done.status.success(), "24 MiB are too little");
    }
    let server = kb.serve();
    server.eventually("everything is found", |s| {
        (s.get("/readyz").json()["articles"] == 2_001).then_some(())
    });
}

#[test]
fn f23_within_256_mib_a_large_knowledge_base_is_served_or_it_is_killed_and_nothing_is_broken() {
    let count = if is_long() { 100_000 } else { 5_000 };
    let kb = articles(count);
    let group = Group::with(256);
    let done = group
        .command(&kb, &["reindex", "--quiet"])
        .output()
        .expect("it starts");
    let fits = done.status.success();
    if fits {
        let server = Server::start(
            kb.clone(),
            group.command(&kb, &["serve", "--listen", "127.0.0.1:0"]),
        );
        server.eventually("it serves", |s| s.probe("/readyz").then_some(()));
        let _ = server.get("/api/v1/search?q=第七个问题").status(200);
        assert!(!is_long() || server.probe("/healthz"));
    } else {
        // Without the limit it is there.
        kb.run(["reindex", "--quiet"]).code(0);
    }
    assert!(fits || is_long(), "5,000 articles fit into 256 MiB");
    figure(
        "F23",
        &format!(
            "{count} articles in 256 MiB: {}",
            if fits {
                "fits"
            } else {
                "killed, clean afterwards"
            }
        ),
    );
}

/// Resident memory in KiB, and open file descriptors.
fn used_by(server: &Server) -> (u64, usize) {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    let open = std::fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("it runs");
    (kib.expect("a number"), open.count())
}

#[test]
fn f25_after_many_reloads_under_load_memory_and_descriptors_are_as_before() {
    // What the C library keeps for each thread that ever was is no leak; the shipped unit and image say the same.
    let kb = help_centre("").env("MALLOC_ARENA_MAX", "2");
    let server = open(&kb);
    let round = |n: u32| {
        kb.put(
            "kb/new.md",
            format!("# 新的 {n}\n\n{}\n", "文字".repeat(2_000)),
        );
        for m in 0..40 {
            let _ = server.get(&format!("/search?q=退款{m}")).status(200);
            let _ = server.get("/api/v1/suggest?q=tui").status(200);
            let _ = server.get("/").status(200);
        }
        let _ = ask(&server.url(), &format!("n{n}@example.com"));
        server.eventually("the change is served", |s| {
            let page = s.get("/api/v1/articles/new");
            page.text().contains(&format!("新的 {n}\"")).then_some(())
        });
    };
    (0..10).for_each(round);
    let before = used_by(&server);
    let rounds = u32::try_from(rounds(15)).unwrap_or(u32::MAX);
    (10..10 + rounds).for_each(round);
    let after = used_by(&server);
    assert!(
        after.1 <= before.1 + 8,
        "descriptors: {before:?}, then {after:?}"
    );
    assert!(
        after.0 < before.0 * 5 / 4 + 8_192,
        "memory: {before:?}, then {after:?}"
    );
    figure(
        "F25",
        &format!(
            "{rounds} reloads under load: {} KiB and {} descriptors before, {} and {} after",
            before.0, before.1, after.0, after.1
        ),
    );
}
