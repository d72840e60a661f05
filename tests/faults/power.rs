//! What is left after a power cut, and after a sync that fails once? A server runs with its changes to files kept in a journal;
//! from it, disks are made as they may be after a cut at any place, and looked at.

use crate::harness::{Kb, Server};
use crate::journal::{Cut, Journal, shim};
use crate::rounds::{Dice, OFTEN, ask_as, figures, open, rounds};
use kb::index::Generations;
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

/// Waits until the server says that a round is kept. Seen in the folder it may still wait for a sync to be done again.
fn published(server: &Server, round: usize) {
    let wanted = BTreeSet::from([round]);
    server.eventually("the round is kept", |server| {
        let data = server.kb().path(".kb");
        let current = Generations::new(&data).current()?;
        let is_there = indexed(&data).ok()? == wanted;
        (is_there && is_kept(&server.log(), &current)).then_some(())
    });
}

/// Whether a log ends by saying that a generation is what is served, and not that it is in memory only.
fn is_kept(log: &str, generation: &str) -> bool {
    let (mut in_memory, mut kept) = (false, false);
    for line in log.lines() {
        in_memory |= line.contains("in memory only");
        if ["the index is open", "the index is up to date"]
            .iter()
            .any(|said| line.contains(said))
        {
            kept = !in_memory && line.contains(generation);
            in_memory = false;
        }
    }
    kept
}

/// The rounds that the articles of an index speak of.
fn indexed(data: &Path) -> Result<BTreeSet<usize>, String> {
    let snapshot = Generations::new(data).load_foreign();
    let snapshot = snapshot.map_err(|why| format!("no index: {why:?}"))?;
    let heads = snapshot.view(Audience::PUBLIC).heads();
    let round = |title: &str| title.rsplit(' ').next()?.parse().ok();
    let found: BTreeSet<usize> = heads.filter_map(|head| round(&head.title)).collect();
    match snapshot.whole().len() {
        ARTICLES => Ok(found),
        count => Err(format!("{count} articles, and not all")),
    }
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

/// Looks at the disk after a cut at `count` changes: how many of the cases on it were acknowledged before, or what is wrong.
fn look(
    journal: &Journal,
    count: usize,
    cut: Cut,
    dice: &mut Dice,
    known: &Acknowledged,
) -> Result<usize, String> {
    let folder = tempfile::tempdir().expect("a folder");
    journal.replay(count).write(cut, dice, folder.path());
    let place = journal.place(count);
    let last = known.rounds.iter().rev().find(|(_, at)| *at <= place);
    match (indexed(folder.path()), last) {
        (Ok(rounds), _) if rounds.len() != 1 => return Err(format!("a mixture of {rounds:?}")),
        (Ok(rounds), Some((kept, _))) if rounds.iter().any(|round| round < kept) => {
            return Err(format!("round {kept} was kept, and there is {rounds:?}"));
        }
        (Err(why), Some((kept, _))) => return Err(format!("round {kept} was kept: {why}")),
        _ => {}
    }
    let acknowledged = known.cases.iter().filter(|(_, at)| *at <= place);
    let emails: Vec<&String> = acknowledged.map(|(email, _)| email).collect();
    match emails.is_empty() {
        true => Ok(0),
        false => one_case_each(folder.path(), &emails).map(|()| emails.len()),
    }
}

/// Everybody who was acknowledged has one case, and the database is whole.
fn one_case_each(data: &Path, emails: &[&String]) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&Location::within(data)).await;
        let store = store.map_err(|why| format!("the database: {why:?}"))?;
        let whole = store.verify().await;
        whole.map_err(|why| format!("the database: {why:?}"))?;
        let mut read = store.read().await.expect("a reader");
        for email in emails {
            let address = Email::parse(email).expect("an address");
            let person = read.person_by_email(&address).await.expect("read");
            let person = person.ok_or_else(|| format!("{email} is lost"))?;
            let cases = read.cases_of(person.id, 9).await.expect("read").len();
            if cases != 1 {
                return Err(format!("{email} has {cases} cases"));
            }
        }
        drop(read);
        store.close().await;
        Ok(())
    })
}

/// Cuts the power at random places, and right after everything that was acknowledged; returns what was wrong then.
fn cut_everywhere(kb: &Kb, known: &Acknowledged, test: &str) -> Vec<String> {
    let journal = Journal::read(&kb.path("journal"));
    let (mut dice, mut hit) = (Dice::new(6), BTreeMap::new());
    let facts = known.cases.iter().map(|(_, at)| *at);
    let facts = facts.chain(known.rounds.iter().map(|(_, at)| *at));
    let mut cuts: Vec<(usize, Cut)> = facts
        .map(|at| (journal.count_at(at), Cut::Strict))
        .collect();
    for _ in 0..rounds(25) {
        for cut in [Cut::Strict, Cut::Torn, Cut::Kill] {
            cuts.push((dice.below(journal.len() as u64 + 1) as usize, cut));
        }
    }
    let mut wrong = Vec::new();
    for (count, cut) in cuts {
        *hit.entry("cuts").or_default() += 1;
        match look(&journal, count, cut, &mut dice, known) {
            Ok(0) => {}
            Ok(_) => *hit.entry("of them with acknowledged cases").or_default() += 1,
            Err(why) => wrong.push(format!("{cut:?} after {count} of {}: {why}", journal.len())),
        }
    }
    hit.insert("changes to files", journal.len());
    hit.insert("failed syncs", journal.failed_syncs());
    hit.insert("of the cuts with something lost", wrong.len());
    figures(test, &hit);
    wrong
}

#[test]
fn f04_after_a_power_cut_at_any_instant_what_was_acknowledged_is_there_and_an_index_whole() {
    let kb = journalled();
    let known = live(&kb, 2, |_, _| ());
    assert_eq!(known.cases.len(), 16);
    let wrong = cut_everywhere(&kb, &known, "f04 power cuts");
    assert_eq!(wrong, [] as [String; 0]);
}

/// Lives in which every fourth question meets a sync that fails, of these files in turn.
fn live_with_failing_syncs(kb: &Kb, lives: usize, victims: &[&str]) -> Acknowledged {
    live(kb, lives, |kb, nth| {
        if nth % 4 == 1 {
            kb.put("fail", victims[nth / 4 % victims.len()]);
        }
    })
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
    let known = live_with_failing_syncs(&kb, victims.len(), &victims);
    assert!(known.cases.len() >= 36, "only {} taken", known.cases.len());
    let journal = Journal::read(&kb.path("journal"));
    assert!(journal.failed_syncs() >= 8, "{}", journal.failed_syncs());
    let wrong = cut_everywhere(&kb, &known, "f06 power cuts after failed syncs");
    assert_eq!(wrong, [] as [String; 0]);
}

#[test]
fn f06_were_a_failed_sync_passed_over_it_would_be_seen_here() {
    // The program is told that all is well, as if it did not ask: then something that it acknowledged must be missed.
    let kb = journalled().env("KB_SHIM_LIE", "1");
    let victims = ["1 kb.sqlite-wal", "1 kb.sqlite", "2 index", "1 index/*/0/*"];
    let known = live_with_failing_syncs(&kb, 2, &victims);
    let wrong = cut_everywhere(&kb, &known, "f06 power cuts after syncs that lied");
    assert!(wrong.iter().any(|why| why.contains("is lost")), "{wrong:?}");
    assert!(
        wrong.iter().any(|why| why.contains("was kept")),
        "{wrong:?}"
    );
}
