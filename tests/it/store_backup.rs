//! Can all of it be copied, and put back? Between both databases, while others write, and never half.

#![expect(clippy::panic, reason = "tests fail by panics")]

use super::harness::Kb;
use super::postgres;
use super::store::{at, by_hand, email, opened, slug};
use kb::model::case::{Attachment, FileName, Reach};
use kb::model::{AttachmentId, Lang};
use kb::store::{CaseFilter, CaseOrder, Fault, Location, Patience, Store};
use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use tempfile::TempDir;

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work)
}

/// A case with a file, terms and a visit's worth of odd texts.
async fn filled(location: &Location) -> Store {
    let store = Store::open_with(location, Patience::default(), at(0))
        .await
        .expect("opened");
    let mut case = opened(&store, "li@example.com", 0).await;
    let attachment = Attachment {
        id: AttachmentId::generate(at(1)),
        case: case.id,
        event: 1,
        reach: Reach::Public,
        name: FileName::parse("日志.bin").expect("a name"),
        media_type: "application/octet-stream".to_owned(),
        size: 3_000,
        hash: "ab".repeat(32),
        created_at: at(1),
    };
    let mut tx = store.begin().await.expect("a transaction");
    tx.add_attachment(
        &attachment,
        (0..3_000u32).map(|i| i.to_le_bytes()[0]).collect(),
    )
    .await
    .expect("kept");
    tx.add_terms(
        case.id,
        &(0..350).chain([u64::MAX]).collect::<BTreeSet<u64>>(),
    )
    .await
    .expect("kept");
    case.subject = "引号 ' \" \\ 表情 😀 \u{1f468}\u{200d}\u{1f469}".to_owned();
    case.tags = vec![slug("一"), slug("二")];
    tx.save_case(&mut case, vec![]).await.expect("kept");
    tx.commit().await.expect("durable");
    store
}

/// Everything of the first case that a reader can ask for.
async fn shown(store: &Store) -> String {
    let mut read = store.read().await.expect("a reader");
    let cases = read
        .cases(&CaseFilter::default(), CaseOrder::Oldest, None, 200)
        .await
        .expect("read")
        .cases;
    let case = &cases[0];
    let events = read
        .events(case.id, 0, Reach::Internal)
        .await
        .expect("read");
    let person = read.person(case.requester).await.expect("read");
    let files = read
        .attachments(case.id, Reach::Internal)
        .await
        .expect("read");
    let bytes = read
        .attachment(case.id, files[0].id, Reach::Internal)
        .await
        .expect("read")
        .map(|(_, bytes)| bytes.len());
    let found = read
        .find_cases(&BTreeSet::from([u64::MAX, 7]), &CaseFilter::default(), 9)
        .await
        .expect("found")
        .len();
    let last = read.last_change().await.expect("read");
    format!("{cases:?} {events:?} {person:?} {files:?} {bytes:?} {found} {last}")
}

#[test]
fn f26_a_backup_of_either_database_fills_either() {
    let folder = TempDir::new().expect("a folder");
    let fresh = |name: &str, kind: &str| match kind {
        "sqlite" => Location::within(&folder.path().join(name)),
        _ => Location::parse(&postgres::database()).expect("an address"),
    };
    run(async {
        for from in ["sqlite", "postgres"] {
            let source = filled(&fresh(&format!("from-{from}"), from)).await;
            let file = folder.path().join(format!("{from}.backup"));
            let report = source.back_up(&file, at(9)).await.expect("backed up");
            assert!(report.rows > 350 && report.bytes > 3_000, "{report:?}");
            for to in ["sqlite", "postgres"] {
                let target = fresh(&format!("{from}-to-{to}"), to);
                let restored = Store::restore(&target, &file, false, at(10)).await;
                let restored = restored.unwrap_or_else(|e| panic!("{from} to {to}: {e:?}"));
                assert_eq!(
                    (restored.rows, restored.made_at, restored.kept),
                    (report.rows, at(9), None)
                );
                let store = Store::open(&target).await.expect("opened");
                assert_eq!(shown(&store).await, shown(&source).await, "{from} to {to}");
                // It goes on where the other ended: numbers, documents, changes.
                let next = opened(&store, "han@example.com", 20).await;
                assert_eq!(next.number.as_str(), "KB-2611-0002");
                store.close().await;
            }
            source.close().await;
        }
        let left: Vec<_> = std::fs::read_dir(folder.path())
            .expect("read")
            .filter_map(|e| e.ok()?.file_name().into_string().ok())
            .collect();
        assert!(
            !left
                .iter()
                .any(|name| name.contains("part") || name.ends_with("restore")),
            "{left:?}"
        );
    });
}

#[test]
fn what_is_there_is_replaced_by_force_alone_and_kept() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("b.backup");
    run(async {
        for target in [
            Location::within(&folder.path().join("t")),
            Location::parse(&postgres::database()).expect("an address"),
        ] {
            let source = filled(&Location::within(&folder.path().join("s"))).await;
            source.back_up(&file, at(9)).await.expect("backed up");
            let there = Store::open(&target).await.expect("opened");
            let mut tx = there.begin().await.expect("a transaction");
            tx.person_for(&email("other@example.com"), None, Lang::En, at(0))
                .await
                .expect("a person");
            tx.commit().await.expect("durable");
            let refused = Store::restore(&target, &file, true, at(10)).await;
            if let Location::Sqlite(_) = target {
                assert_eq!(
                    refused.expect_err("in use").fault(),
                    Fault::Locked,
                    "somebody has it open"
                );
                let mut tx = there.begin().await.expect("a transaction");
                tx.count_up("x").await.expect("still works");
                tx.commit().await.expect("durable");
                there.close().await;
                let refused = Store::restore(&target, &file, false, at(10))
                    .await
                    .expect_err("not empty");
                assert_eq!(refused.fault(), Fault::Constraint, "{refused:?}");
            }
            let restored = Store::restore(&target, &file, true, at(11))
                .await
                .expect("restored");
            let store = Store::open(&target).await.expect("opened");
            assert_eq!(shown(&store).await, shown(&source).await);
            let other = store
                .read()
                .await
                .expect("a reader")
                .person_by_email(&email("other@example.com"))
                .await;
            assert_eq!(other.expect("read"), None);
            if let Some(kept) = restored.kept {
                let kept = Store::open(&Location::Sqlite(kept)).await.expect("opened");
                let other = kept
                    .read()
                    .await
                    .expect("a reader")
                    .person_by_email(&email("other@example.com"))
                    .await;
                assert!(other.expect("read").is_some(), "nothing is thrown away");
            }
            source.close().await;
            std::fs::remove_dir_all(folder.path().join("s")).expect("removed");
        }
    });
}

#[test]
fn f26_s57_a_damaged_or_foreign_backup_changes_nothing() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("b.backup");
    let target = Location::within(&folder.path().join("t"));
    run(async {
        let source = filled(&Location::within(&folder.path().join("s"))).await;
        source.back_up(&file, at(9)).await.expect("backed up");
        let whole = std::fs::read(&file).expect("read");
        let refuse = async |what: &str| {
            let refused = Store::restore(&target, &file, true, at(10)).await.err();
            let refused = refused.unwrap_or_else(|| panic!("{what} is refused"));
            assert!(
                matches!(refused.fault(), Fault::Corrupt | Fault::Unknown),
                "{what}: {refused:?}"
            );
            assert!(
                !folder.path().join("t/kb.sqlite").exists(),
                "{what} changes nothing"
            );
        };
        std::fs::write(&file, "no backup at all").expect("written");
        refuse("a text").await;
        std::fs::write(&file, &whole[..whole.len() / 2]).expect("written");
        refuse("half of one").await;
        std::fs::write(&file, &whole).expect("written");
        by_hand(&file, "UPDATE people SET email = 'evil@example.com'").await;
        refuse("one that was changed").await;
        std::fs::write(&file, &whole).expect("written");
        by_hand(&file, "INSERT INTO migrations VALUES (99, 'later', 'x', 0)").await;
        refuse("a newer one").await;
        std::fs::remove_file(&file).expect("removed");
        by_hand(&file, "CREATE TABLE t (a TEXT)").await;
        refuse("another database").await;
    });
}

#[test]
fn f26_a_backup_while_others_write_is_one_instant() {
    let folder = TempDir::new().expect("a folder");
    run(async {
        for location in [
            Location::within(&folder.path().join("s")),
            Location::parse(&postgres::database()).expect("an address"),
        ] {
            let store = filled(&location).await;
            let writer = {
                let store = store.clone();
                tokio::spawn(async move {
                    for i in 0..60 {
                        opened(&store, &format!("p{i}@example.com"), i).await;
                    }
                })
            };
            let file = folder.path().join("b.backup");
            store.back_up(&file, at(9)).await.expect("backed up");
            writer.await.expect("done");
            let target =
                Location::within(&TempDir::new_in(folder.path()).expect("a folder").keep());
            Store::restore(&target, &file, false, at(10))
                .await
                .expect("whole");
            let copy = Store::open(&target).await.expect("opened");
            let mut read = copy.read().await.expect("a reader");
            let cases = read
                .cases(&CaseFilter::default(), CaseOrder::Oldest, None, 200)
                .await
                .expect("read")
                .cases;
            for case in &cases {
                assert_eq!(
                    read.events(case.id, 0, Reach::Internal)
                        .await
                        .expect("read")
                        .len(),
                    1
                );
                assert!(read.person(case.requester).await.expect("read").is_some());
            }
        }
    });
}

#[test]
fn f26_a_backup_that_fails_leaves_the_one_before() {
    let folder = TempDir::new().expect("a folder");
    run(async {
        let store = filled(&Location::within(&folder.path().join("s"))).await;
        let file = folder.path().join("b.backup");
        store.back_up(&file, at(9)).await.expect("backed up");
        let before = std::fs::read(&file).expect("read");
        // Where its part would be written there is a folder that cannot be removed by removing a file.
        std::fs::create_dir(folder.path().join("b.backup.part")).expect("a folder");
        store.back_up(&file, at(10)).await.expect_err("no place");
        assert_eq!(std::fs::read(&file).expect("read"), before);
        assert!(Path::new(&file).exists());
    });
}

#[test]
fn tables_of_the_first_version_are_brought_up_to_date() {
    let folder = TempDir::new().expect("a folder");
    run(async {
        let old = folder.path().join("old/kb.sqlite");
        std::fs::create_dir(folder.path().join("old")).expect("a folder");
        by_hand(&old, include_str!("../fixtures/store/0001.sql")).await;
        let store = Store::open(&Location::Sqlite(old))
            .await
            .expect("brought up to date");
        let before = shown(&store).await;
        assert!(
            before.contains("KB-2611-0001") && before.contains("日志.bin"),
            "{before}"
        );
        let file = folder.path().join("b.backup");
        store.back_up(&file, at(9)).await.expect("backed up");
        let postgres = Location::parse(&postgres::database()).expect("an address");
        Store::restore(&postgres, &file, false, at(10))
            .await
            .expect("restored");
        let other = Store::open(&postgres).await.expect("opened");
        assert_eq!(shown(&other).await, before);
    });
}

/// Writes the tables and a few rows as they are now into a file, for a new version's fixture: `cargo test --test it -- --ignored
/// write_a_fixture`, then `sqlite3 target/fixture/kb.sqlite .dump > tests/fixtures/store/<version>.sql`.
#[test]
#[ignore = "writes a fixture"]
fn write_a_fixture() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fixture");
    let _ = std::fs::remove_dir_all(&folder);
    run(async {
        let store = filled(&Location::within(&folder)).await;
        store.close().await;
    });
}

#[test]
fn the_commands_say_what_they_did() {
    let kb = Kb::new();
    let _ = kb
        .run(["backup", "b.backup"])
        .code(2)
        .stderr_has("there is no database")
        .stderr_has("--data-dir");
    let _ = kb.run(["migrate"]).code(0);
    let _ = kb
        .run(["backup", "b.backup"])
        .code(0)
        .stdout_has("backed up")
        .stdout_has("rows");
    let _ = kb
        .run(["restore", "b.backup"])
        .code(0)
        .stdout_has("restored")
        .stdout_has("as of 2");
    let _ = kb
        .run(["restore", "nowhere.backup"])
        .code(2)
        .stderr_has("nowhere.backup");
    let _ = kb
        .clone()
        .env("KB_DATABASE_URL", "postgres://u:geheim@127.0.0.1:1/kb")
        .run(["migrate"])
        .code(2)
        .stderr_lacks("geheim")
        .stderr_has("postgres://127.0.0.1:1/kb");
}

#[test]
fn every_table_is_in_a_backup() {
    let schema = include_str!("../../src/store/migrations/0001_begin.sql");
    let copied = include_str!("../../src/store/copy.rs");
    let tables = schema
        .lines()
        .filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split(' ').next());
    let missing: Vec<&str> = tables
        .filter(|table| !copied.contains(&format!("(\"{table}\",")))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
