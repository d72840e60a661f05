//! What is left after a power cut, and after a sync that fails once? A server runs with its changes to files kept in a journal;
//! from it, disks are made as they may be after a cut at any place, and looked at.

use crate::harness::{Kb, Server};
use crate::journal::{Cut, Journal, shim};
use crate::rounds::{Dice, OFTEN, ask_as, figures, open, rounds};
use kb::index::{Generations, LoadError};
use kb::model::{Audience, Email};
use kb::store::{Location, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const ARTICLES: usize = 12;

/// What was acknowledged, with the length of the journal at that moment.
#[derive(Default)]
struct Acknowledged {
    cases: Vec<(String, u64)>,
    rounds: Vec<(usize, u64)>,
}

/// A knowledge base whose server keeps a journal.
fn journalled() -> Kb {
    let kb = Kb::new().config(OFTEN);
    std::fs::create_dir(kb.path(".kb")).expect("a folder");
    let path = |name: &str| kb.path(name).to_string_lossy().into_owned();
    let (root, log, fail) = (path(".kb"), path("journal"), path("fail"));
    let shim = shim().to_string_lossy().into_owned();
    kb.env("LD_PRELOAD", &shim)
        .env("KB_SHIM_ROOT", &root)
        .env("KB_SHIM_LOG", &log)
        .env("KB_SHIM_FAIL", &fail)
}

fn write_round(kb: &Kb, round: usize) {
    for n in 0..ARTICLES {
        let text = format!("# 题 {n} 轮 {round}\n\n第 {round} 轮的文\n");
        kb.put(&format!("kb/{n}.md"), text);
    }
}

fn length(kb: &Kb) -> u64 {
    std::fs::metadata(kb.path("journal")).expect("there").len()
}

/// Waits until a round is published on the disk.
fn published(server: &Server, round: usize) {
    let wanted = BTreeSet::from([round]);
    server.eventually("the round is on the disk", |server| {
        (indexed(&server.kb().path(".kb")).ok()? == wanted).then_some(())
    });
}

/// The rounds that the articles of an index speak of.
fn indexed(data: &Path) -> Result<BTreeSet<usize>, LoadError> {
    let snapshot = Generations::new(data).load_foreign()?;
    let heads = snapshot.view(Audience::PUBLIC).heads();
    let round = |title: &str| title.rsplit(' ').next()?.parse().ok();
    let found: BTreeSet<usize> = heads.filter_map(|head| round(&head.title)).collect();
    assert_eq!(snapshot.whole().len(), ARTICLES, "no article is missing");
    Ok(found)
}

/// Lives of a server: questions are asked and articles written, and it is killed in the middle of both.
fn live(kb: &Kb, lives: usize, mut between: impl FnMut(&Kb, usize)) -> Acknowledged {
    let mut known = Acknowledged::default();
    let mut round = 0;
    write_round(kb, round);
    for life in 0..lives {
        let server = kb.serve();
        open(&server);
        published(&server, round);
        known.rounds.push((round, length(kb)));
        for n in 0..8 {
            between(kb, life * 8 + n);
            let email = format!("l{life}.{n}@example.com");
            let answer = ask_as(&server, &email, &format!("key-{life}-{n}"));
            if answer.is_ok() {
                known.cases.push((email, length(kb)));
            }
            if n == 3 {
                round += 1;
                write_round(kb, round);
                published(&server, round);
                known.rounds.push((round, length(kb)));
            }
        }
        round += 1;
        write_round(kb, round);
        let _ = ask_as(&server, "last@example.com", &format!("last-of-{life}"));
        server.signal("KILL");
    }
    known
}

/// Looks at the disk after a cut at `count` changes.
fn look(journal: &Journal, count: usize, cut: Cut, dice: &mut Dice, known: &Acknowledged) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    journal.replay(count).write(cut, dice, folder.path());
    let place = journal.place(count);
    let what = format!("{cut:?} after {count} of {}", journal.len());
    let last = known.rounds.iter().rev().find(|(_, at)| *at <= place);
    match (indexed(folder.path()), last) {
        (Ok(rounds), last) => {
            assert_eq!(rounds.len(), 1, "{what}: a mixture of {rounds:?}");
            // Seen in the folder it may still be waiting for its last sync to be done again, where one failed.
            let waits = usize::from(journal.failed_syncs() > 0);
            let oldest = last.map_or(0, |(round, _)| round.saturating_sub(waits));
            assert!(rounds.iter().all(|r| *r >= oldest), "{what}: {rounds:?}");
        }
        (Err(why), last) => assert!(last.is_none(), "{what}: published, and {why:?}"),
    }
    let acknowledged: Vec<&String> = known
        .cases
        .iter()
        .filter(|(_, at)| *at <= place)
        .map(|(email, _)| email)
        .collect();
    if acknowledged.is_empty() {
        return false;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&Location::within(folder.path())).await;
        let store = store.unwrap_or_else(|why| unreachable!("{what}: {why:?}"));
        store.verify().await.expect("whole");
        let mut read = store.read().await.expect("a reader");
        for email in acknowledged {
            let address = Email::parse(email).expect("an address");
            let person = read.person_by_email(&address).await.expect("read");
            let person = person.unwrap_or_else(|| unreachable!("{what}: {email} is lost"));
            let cases = read.cases_of(person.id, 9).await.expect("read");
            assert_eq!(cases.len(), 1, "{what}: {email}");
        }
        drop(read);
        store.close().await;
    });
    true
}

fn cut_everywhere(kb: &Kb, known: &Acknowledged, test: &str) {
    let journal = Journal::read(&kb.path("journal"));
    let (mut dice, mut hit) = (Dice::new(6), BTreeMap::new());
    for _ in 0..rounds(25) {
        for cut in [Cut::Strict, Cut::Torn, Cut::Kill] {
            let count = dice.below(journal.len() as u64 + 1) as usize;
            let with_cases = look(&journal, count, cut, &mut dice, known);
            *hit.entry("cuts").or_default() += 1;
            *hit.entry("of them with acknowledged cases").or_default() += usize::from(with_cases);
        }
    }
    hit.insert("changes to files", journal.len());
    hit.insert("failed syncs", journal.failed_syncs());
    figures(test, &hit);
}

#[test]
fn f04_after_a_power_cut_at_any_instant_what_was_acknowledged_is_there_and_an_index_whole() {
    let kb = journalled();
    let known = live(&kb, 2, |_, _| ());
    assert_eq!(known.cases.len(), 16);
    cut_everywhere(&kb, &known, "f04 power cuts");
}

#[test]
fn f06_a_sync_that_fails_once_is_an_error_and_never_passed_over() {
    let kb = journalled();
    // The log of the database, the database, a file and a folder of the index, the folder after CURRENT was renamed, CURRENT.
    let victims = [
        "1 kb.sqlite-wal",
        "1 kb.sqlite",
        "1 index/*/0/*",
        "1 index/*-????????",
        "2 index",
        "1 index/CURRENT*",
    ];
    let known = live(&kb, victims.len(), |kb, nth| {
        if nth % 4 == 1 {
            kb.put("fail", victims[nth / 4 % victims.len()]);
        }
    });
    assert!(known.cases.len() >= 36, "only {} taken", known.cases.len());
    let journal = Journal::read(&kb.path("journal"));
    assert!(journal.failed_syncs() >= 8, "{}", journal.failed_syncs());
    cut_everywhere(&kb, &known, "f06 power cuts after failed syncs");
}
