//! Is anything lost or doubled when the program is killed at any instant? Of a build, of what follows files, of a question, of a
//! mail.

use crate::asking::Kept;
use crate::harness::{Kb, Server};
use crate::rounds::{Dice, articles, ask_as, figures, mailing, open, rounds, total};
use crate::smtp_sink::{Mode, Received, Sink};
use kb::index::Generations;
use kb::model::Audience;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The titles of the current generation on the disk; it must be whole.
fn titles(kb: &Kb) -> BTreeSet<String> {
    let snapshot = Generations::new(&kb.path(".kb"))
        .load_foreign()
        .expect("a whole index");
    let view = snapshot.view(Audience::PUBLIC);
    let titles: BTreeSet<String> = view.heads().map(|head| head.title.clone()).collect();
    for head in view.heads() {
        let document = view.document(&head.id).expect("readable");
        assert!(document.is_some(), "{} is whole", head.title);
    }
    titles
}

/// Articles that all say the same round, so that a mixture of two states would show.
fn write_round(kb: &Kb, count: usize, round: usize) {
    for n in 0..count {
        kb.put(
            &format!("kb/{n}.md"),
            format!("# 题 {n} 轮 {round}\n\n第 {round} 轮的文\n"),
        );
    }
}

/// The rounds that titles speak of.
fn rounds_of(titles: &BTreeSet<String>) -> BTreeSet<usize> {
    let round = |title: &String| title.rsplit(' ').next()?.parse().ok();
    titles.iter().filter_map(round).collect()
}

#[test]
fn f01_a_reindex_killed_at_any_instant_leaves_the_old_index_or_the_new() {
    const ARTICLES: usize = 60;
    let kb = Kb::new();
    write_round(&kb, ARTICLES, 0);
    let began = Instant::now();
    kb.run(["reindex", "--quiet"]).code(0);
    let whole = began.elapsed();
    let (mut dice, mut hit) = (Dice::new(1), BTreeMap::new());
    let mut last = 0;
    for round in 1..=rounds(12) {
        write_round(&kb, ARTICLES, round);
        let mut child = kb
            .command(["reindex", "--quiet"])
            .spawn()
            .expect("it starts");
        std::thread::sleep(dice.pause(whole + whole / 5));
        child.kill().expect("killed, or over already");
        let over = child.wait().expect("gone").success();
        let found = titles(&kb);
        let rounds = rounds_of(&found);
        assert_eq!((found.len(), rounds.len()), (ARTICLES, 1), "{found:?}");
        let is_new = rounds.contains(&round);
        assert!(is_new || rounds.contains(&last), "{rounds:?}");
        assert!(is_new || !over, "what was said to be done is done");
        last = if is_new { round } else { last };
        let step = match (over, is_new) {
            (true, _) => "after the end",
            (false, true) => "after the swap",
            (false, false) => "before the swap",
        };
        *hit.entry(step).or_default() += 1;
    }
    figures("f01 reindex killed", &hit);
    kb.run(["reindex", "--quiet"]).code(0);
    let folders = std::fs::read_dir(kb.path(".kb/index"))
        .expect("there")
        .flatten();
    let folders = folders.filter(|entry| entry.path().is_dir()).count();
    assert_eq!(folders, 1, "nothing is left over");
}

#[test]
fn f01_a_server_killed_while_it_follows_files_answers_from_a_whole_index_soon_after() {
    let kb = articles(Kb::new(), 40);
    let (mut dice, mut hit) = (Dice::new(2), BTreeMap::new());
    let mut slowest = Duration::ZERO;
    for round in 0..rounds(6) {
        let started = Instant::now();
        let server = kb.serve();
        assert!(total(&server, "答案") >= 40);
        slowest = slowest.max(started.elapsed());
        let before = titles(&kb);
        for n in 0..10 {
            let text = format!("# 新 {n} 轮 {round}\n\n第 {round} 轮的答案\n");
            kb.put(&format!("kb/new/{n}.md"), text);
        }
        // A build begins 120 ms after the last change.
        std::thread::sleep(Duration::from_millis(100) + dice.pause(Duration::from_millis(250)));
        server.signal("KILL");
        drop(server);
        let after = titles(&kb);
        let news = after.iter().filter(|title| title.starts_with("新")).count();
        assert!(news == 0 || news == 10, "{after:?}");
        let step = match after == before {
            true => "before the change was published",
            false => "after it",
        };
        *hit.entry(step).or_default() += 1;
    }
    figures("f01 watching server killed", &hit);
    // Starting the process and its search in a debug build, beside other tests.
    assert!(slowest < Duration::from_secs(20), "{slowest:?}");
    let server = kb.serve();
    server.eventually("all is found in the end", |s| {
        (total(s, "答案") == 50).then_some(())
    });
}

/// What a client knows of a question that it asked.
#[derive(Debug, Clone)]
struct Asked {
    email: String,
    key: String,
    number: Option<String>,
}

/// Asks from several clients until the server is gone.
fn ask_until_it_dies(server: &Server, round: usize, asked: &Mutex<Vec<Asked>>, pause: Duration) {
    std::thread::scope(|scope| {
        for client in 0..4 {
            scope.spawn(move || {
                for n in 0.. {
                    let email = format!("r{round}.{client}.{n}@example.com");
                    let key = format!("key-{round}-{client}-{n}");
                    let answer = ask_as(server, &email, &key);
                    let number = answer.as_ref().ok();
                    let number = number.and_then(|case| Some(case["number"].as_str()?.to_owned()));
                    let gone = number.is_none();
                    let mut all = asked.lock().expect("a list");
                    all.push(Asked { email, key, number });
                    if gone {
                        return;
                    }
                }
            });
        }
        std::thread::sleep(pause);
        server.signal("KILL");
    });
}

#[test]
fn f02_killed_while_cases_are_opened_each_question_is_one_case_when_it_is_sent_again() {
    let kb = Kb::new().config(crate::rounds::OFTEN);
    let (mut dice, mut hit) = (Dice::new(3), BTreeMap::new());
    let mut all = Vec::new();
    for round in 0..rounds(8) {
        let server = kb.serve();
        open(&server);
        let asked = Mutex::new(Vec::new());
        let pause = dice.pause(Duration::from_millis(150));
        ask_until_it_dies(&server, round, &asked, pause);
        drop(server);
        let mut asked = asked.into_inner().expect("a list");
        let server = kb.serve();
        open(&server);
        let kept = Kept::of(&server);
        for one in &mut asked {
            let there = kept.cases(&one.email);
            let step = match (&one.number, there.len()) {
                (Some(number), 1) => {
                    assert_eq!(there[0].number.as_str(), number);
                    "acknowledged"
                }
                (None, 0) => "before the commit",
                (None, 1) => "after the commit, before the answer",
                _ => unreachable!("{one:?} has {} cases", there.len()),
            };
            *hit.entry(step).or_default() += 1;
            let again = ask_as(&server, &one.email, &one.key).expect("it is taken now");
            let number = again["number"].as_str().expect("a number").to_owned();
            assert!(one.number.as_ref().is_none_or(|n| *n == number), "{one:?}");
            one.number = Some(number);
        }
        all.extend(asked);
        server.signal("KILL");
    }
    let server = kb.serve();
    let kept = Kept::of(&server);
    let mut numbers = BTreeSet::new();
    for one in &all {
        let there = kept.cases(&one.email);
        let there: Vec<_> = there.iter().map(|case| case.number.to_string()).collect();
        assert_eq!(there, one.number.clone().into_iter().collect::<Vec<_>>());
        assert!(numbers.extend_one_new(&there), "a number is given once");
    }
    figures("f02 kills while asking", &hit);
}

/// Adding what must not be there yet.
trait ExtendOneNew {
    fn extend_one_new(&mut self, new: &[String]) -> bool;
}

impl ExtendOneNew for BTreeSet<String> {
    fn extend_one_new(&mut self, new: &[String]) -> bool {
        new.iter().all(|one| self.insert(one.clone()))
    }
}

#[test]
fn f03_killed_around_the_sending_of_mails_each_comes_at_least_once_and_twice_only_as_the_same() {
    let sink = Sink::start(Mode::Slow(Duration::from_millis(8)));
    let kb = Kb::new().config(&mailing(&sink));
    let (mut dice, mut hit) = (Dice::new(4), BTreeMap::new());
    let (mut asked, kills) = (0, rounds(6));
    for _ in 0..kills {
        let server = kb.serve();
        open(&server);
        for _ in 0..3 {
            let email = format!("a{asked}@example.com");
            ask_as(&server, &email, &format!("mail-of-{asked}")).expect("a case");
            asked += 1;
        }
        // A mail takes about seven answers of the server.
        std::thread::sleep(dice.pause(Duration::from_millis(150)));
        let before = sink.received().len();
        server.signal("KILL");
        drop(server);
        let step = match sink.received().len() {
            taken if taken > before => "in the middle of a mail that was taken",
            taken if taken >= asked => "when all was taken",
            _ => "when mails waited",
        };
        *hit.entry(step).or_default() += 1;
    }
    sink.set(Mode::Accept);
    let server = kb.serve();
    open(&server);
    let kept = Kept::of(&server);
    server.eventually("all are sent", |_| {
        let waiting = kept.read(async |read| read.outbox_backlog().await.expect("read"));
        waiting.is_empty().then_some(())
    });
    let mails = sink.received();
    let mut by_id: BTreeMap<String, Vec<&Received>> = BTreeMap::new();
    for mail in &mails {
        let same = by_id.entry(mail.header("Message-ID")).or_default();
        same.push(mail);
    }
    let receivers: BTreeSet<&String> = mails.iter().flat_map(|mail| &mail.to).collect();
    assert_eq!((by_id.len(), receivers.len()), (asked, asked), "all come");
    for (id, same) in &by_id {
        assert!(same.iter().all(|mail| mail.data == same[0].data), "{id}");
    }
    let twice = mails.len() - by_id.len();
    // Four mails are under way at once: only those that a kill found between the server's answer and our note come again.
    assert!(twice <= kills * 4, "{twice} of {}", mails.len());
    hit.extend([("mails", asked), ("came twice, byte for byte", twice)]);
    figures("f03 kills around mails", &hit);
}
