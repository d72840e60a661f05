//! What becomes of the store when things break? After every fault, what was acknowledged is there exactly once, and what was not
//! was reported.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panics, and one process tells another what it did"
)]

use super::harness::Kb;
use super::postgres::{self, Cluster};
use super::store::{at, opened};
use kb::store::{Fault, Location, Patience, Store};
use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const IMPATIENT: Patience = Patience { wait_ms: 200 };

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work)
}

async fn numbers(store: &Store) -> Vec<String> {
    let mut read = store.read().await.expect("a reader");
    let page = read
        .cases(&Default::default(), kb::store::CaseOrder::Oldest, None, 200)
        .await
        .expect("read");
    page.cases
        .iter()
        .map(|case| case.number.to_string())
        .collect()
}

/// Runs itself again as another process, which does `work` of [`other_process`] and is told what by a variable.
fn another(work: &str, location: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args([
        "--exact",
        "store_faults::other_process",
        "--nocapture",
        "--ignored",
    ]);
    command
        .env("KB_OTHER_WORK", work)
        .env("KB_OTHER_LOCATION", location);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .stdin(Stdio::null());
    command
}

/// No test: what [`another`] process does.
#[test]
#[ignore = "runs as another process of tests"]
fn other_process() {
    let (Ok(work), Ok(location)) = (
        std::env::var("KB_OTHER_WORK"),
        std::env::var("KB_OTHER_LOCATION"),
    ) else {
        return;
    };
    let location = Location::parse(&location).expect("an address");
    run(async {
        let store = Store::open(&location).await.expect("opened");
        match work.as_str() {
            "open" => {}
            "write" => loop {
                let case = opened(&store, "li@example.com", 0).await;
                println!("acknowledged {}", case.number);
            },
            "hold" => {
                let mut tx = store.begin().await.expect("a transaction");
                tx.count_up("held").await.expect("counted");
                println!("acknowledged holding");
                std::thread::sleep(Duration::from_secs(120));
            }
            other => panic!("no work {other}"),
        }
    });
}

/// Lets another process write until it has acknowledged some, kills it, and returns what it had acknowledged.
fn killed_while_writing(location: &str, at_least: usize) -> Vec<String> {
    use std::io::{BufRead, BufReader};
    let mut child = another("write", location).spawn().expect("another process");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut acknowledged = Vec::new();
    while acknowledged.len() < at_least {
        let line = lines.next().expect("it writes").expect("text");
        acknowledged.extend(line.strip_prefix("acknowledged ").map(str::to_owned));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    // What it said before it died counts too.
    acknowledged.extend(
        lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("acknowledged ").map(str::to_owned)),
    );
    acknowledged
}

fn kill_keeps_what_was_acknowledged(url: &str) {
    let location = Location::parse(url).expect("an address");
    let mut acknowledged = Vec::new();
    for round in 1..=3 {
        acknowledged.extend(killed_while_writing(url, round * 4));
        run(async {
            let store = Store::open(&location).await.expect("opened again");
            let kept = numbers(&store).await;
            let once: BTreeSet<&String> = kept.iter().collect();
            assert_eq!(once.len(), kept.len(), "each once");
            for number in &acknowledged {
                assert!(
                    once.contains(number),
                    "{number} was acknowledged and is lost"
                );
            }
            // At most the one that was under way each time was not acknowledged.
            assert!(
                kept.len() <= acknowledged.len() + round,
                "{} of {}",
                acknowledged.len(),
                kept.len()
            );
            store.verify().await.expect("whole");
            store.close().await;
        });
    }
}

#[test]
fn f02_killing_the_program_loses_nothing_that_was_acknowledged_in_sqlite() {
    let folder = TempDir::new().expect("a folder");
    kill_keeps_what_was_acknowledged(&format!(
        "sqlite:{}",
        folder.path().join("kb.sqlite").display()
    ));
}

#[test]
fn f02_killing_the_program_loses_nothing_that_was_acknowledged_in_postgres() {
    kill_keeps_what_was_acknowledged(&postgres::database());
}

#[test]
fn f20_programs_that_start_at_once_make_the_tables_once() {
    let folder = TempDir::new().expect("a folder");
    for url in [
        format!("sqlite:{}", folder.path().join("kb.sqlite").display()),
        postgres::database(),
    ] {
        let started: Vec<_> = (0..4)
            .map(|_| another("open", &url).spawn().expect("another process"))
            .collect();
        for child in started {
            let done = child.wait_with_output().expect("ended");
            assert!(
                done.status.success(),
                "{url}: {}",
                String::from_utf8_lossy(&done.stdout)
            );
        }
        let location = Location::parse(&url).expect("an address");
        let pending = run(Store::pending(&location)).expect("asked");
        assert_eq!(pending.from, kb::store::LATEST);
    }
}

#[test]
fn f19_a_file_that_another_process_holds_is_said_to_be_and_heals() {
    use std::io::{BufRead, BufReader};
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("kb.sqlite");
    run(async {
        let location = Location::Sqlite(path.clone());
        let store = Store::open_with(&location, IMPATIENT, at(0))
            .await
            .expect("opened");
        let mut child = another("hold", &format!("sqlite:{}", path.display()))
            .spawn()
            .expect("another process");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let held = lines
            .map_while(Result::ok)
            .any(|line| line == "acknowledged holding");
        assert!(held, "it holds the database");
        let refused = store.begin().await.err().expect("held");
        assert_eq!(refused.fault(), Fault::Locked, "{refused:?}");
        assert_eq!(
            numbers(&store).await,
            Vec::<String>::new(),
            "reading goes on"
        );
        child.kill().expect("killed");
        child.wait().expect("ended");
        opened(&store, "li@example.com", 0).await;
        assert_eq!(numbers(&store).await.len(), 1);
    });
}

#[test]
fn f05_a_full_disk_is_reported_and_heals() {
    let folder = TempDir::new().expect("a folder");
    let disk = folder.path().join("disk");
    std::fs::create_dir(&disk).expect("a folder");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"])
        .arg(&disk)
        .output();
    let on_a_disk_of_its_own = mounted.is_ok_and(|done| done.status.success());
    if !on_a_disk_of_its_own {
        return in_a_namespace("store_faults::f05_a_full_disk_is_reported_and_heals");
    }
    let outcome = std::panic::catch_unwind(|| run(fill_and_heal(&disk)));
    let unmounted = Command::new("umount").arg(&disk).status().expect("umount");
    assert!(unmounted.success());
    outcome.expect("it healed");
}

/// Runs a test again where this user may mount. A machine that allows neither cannot say that it passed.
fn in_a_namespace(test: &str) {
    assert!(
        std::env::var_os("KB_IN_NAMESPACE").is_none(),
        "nothing can be mounted, in a namespace of one's own either: run it as root, or allow user namespaces"
    );
    let again = Command::new("unshare")
        .arg("-rm")
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test])
        .env("KB_IN_NAMESPACE", "1")
        .output();
    let again = again.expect("neither mount nor unshare can be used: run it as root");
    assert!(again.status.success(), "{again:?}");
}

async fn fill_and_heal(disk: &Path) {
    let location = Location::within(disk);
    let store = Store::open_with(&location, IMPATIENT, at(0))
        .await
        .expect("opened");
    opened(&store, "li@example.com", 0).await;
    let mut acknowledged = 0;
    let failure = loop {
        let mut tx = store.begin().await.expect("a transaction");
        let name = format!("secret {acknowledged} {}", "x".repeat(60_000));
        let written = async {
            tx.secret(&name, at(0)).await?;
            tx.commit().await
        };
        match written.await {
            Ok(()) => acknowledged += 1,
            Err(failure) => break failure,
        }
        assert!(acknowledged < 1_000, "a disk of 3 MB is full at some time");
    };
    assert_eq!(failure.fault(), Fault::Full, "{failure:?}");
    assert_eq!(
        kb::error::Error::from(failure).code(),
        kb::error::Code::Unavailable
    );
    assert_eq!(numbers(&store).await.len(), 1, "reading goes on");
    let more = Command::new("mount")
        .args(["-o", "remount,size=12m"])
        .arg(disk)
        .status()
        .expect("mount");
    assert!(more.success());
    opened(&store, "han@example.com", 1).await;
    assert_eq!(numbers(&store).await.len(), 2, "without a restart");
    store.verify().await.expect("whole");
    store.close().await;
}

#[test]
fn f18_a_server_that_is_restarted_in_the_middle_loses_only_what_was_not_acknowledged() {
    let cluster = Cluster::start();
    let location = Location::parse(&cluster.database("kb")).expect("an address");
    run(async {
        let store = Store::open_with(&location, IMPATIENT, at(0))
            .await
            .expect("opened");
        let kept = opened(&store, "li@example.com", 0).await;
        let mut tx = store.begin().await.expect("a transaction");
        tx.count_up("lost").await.expect("counted");
        cluster.down();
        let failure = tx.commit().await.expect_err("cut off");
        assert_eq!(failure.fault(), Fault::Unavailable, "{failure:?}");
        let failure = store.read().await.err();
        let failure = match failure {
            Some(failure) => failure,
            // The pool had a connection left that does not know yet.
            None => store.begin().await.err().expect("nobody there"),
        };
        assert_eq!(failure.fault(), Fault::Unavailable, "{failure:?}");
        cluster.up();
        let deadline = Instant::now() + Duration::from_secs(30);
        while store.begin().await.is_err() {
            assert!(Instant::now() < deadline, "it is back");
        }
        assert_eq!(numbers(&store).await, [kept.number.to_string()]);
        let mut tx = store.begin().await.expect("a transaction");
        assert_eq!(
            tx.count_up("lost").await.expect("counted"),
            1,
            "nothing of it was kept"
        );
    });
}

#[test]
fn f09_a_damaged_file_is_said_to_be_and_stays_as_it_is() {
    let folder = TempDir::new().expect("a folder");
    let location = Location::within(folder.path());
    let path = folder.path().join("kb.sqlite");
    std::fs::write(
        &path,
        "this is no database, and somebody may want to look at it".repeat(100),
    )
    .expect("written");
    let before = std::fs::read(&path).expect("read");
    let failure = run(Store::open_with(&location, IMPATIENT, at(0)))
        .err()
        .expect("refused");
    assert_eq!(failure.fault(), Fault::Corrupt);
    let told = kb::error::Error::from(failure);
    assert!(
        told.help_text()
            .is_some_and(|help| help.contains("kb restore")),
        "{told:?}"
    );
    assert_eq!(std::fs::read(&path).expect("read"), before);
}

#[test]
fn f09_a_page_that_was_overwritten_is_found() {
    let folder = TempDir::new().expect("a folder");
    let location = Location::within(folder.path());
    let path = folder.path().join("kb.sqlite");
    run(async {
        let store = Store::open_with(&location, IMPATIENT, at(0))
            .await
            .expect("opened");
        for i in 0..20 {
            opened(&store, "li@example.com", i).await;
        }
        store.verify().await.expect("whole");
        store.close().await;
        let mut bytes = std::fs::read(&path).expect("read");
        let pages = bytes.len() / 4096;
        for page in pages / 2..pages {
            bytes[page * 4096..page * 4096 + 64].fill(0xa5);
        }
        std::fs::write(&path, bytes).expect("written");
        let verdict = match Store::open_with(&location, IMPATIENT, at(0)).await {
            Ok(store) => store.verify().await,
            Err(failure) => Err(failure),
        };
        assert_eq!(verdict.expect_err("damaged").fault(), Fault::Corrupt);
    });
}

#[test]
fn f20_a_newer_database_is_refused_and_left_alone() {
    let kb = Kb::new();
    let _ = kb
        .run(["migrate", "--check"])
        .code(1)
        .stdout_has("are to be changed from version 0");
    let _ = kb.run(["migrate"]).code(0).stdout_has("changed the tables");
    let _ = kb
        .run(["migrate", "--check"])
        .code(0)
        .stdout_has("are up to date");
    let note = "INSERT INTO migrations VALUES (99, 'later', 'x', 0)";
    run(super::store::by_hand(&kb.path(".kb/kb.sqlite"), note));
    let before = std::fs::read(kb.path(".kb/kb.sqlite")).expect("read");
    let _ = kb
        .run(["migrate"])
        .code(2)
        .stderr_has("made by a newer kb: its tables are of version 99")
        .stderr_has("help: install that kb again");
    assert_eq!(
        std::fs::read(kb.path(".kb/kb.sqlite")).expect("read"),
        before
    );
}
