//! Does what is served follow its sources: articles, settings, and what other processes build?

use crate::harness::{Kb, Server};
use crate::sync::{Folder, ids};
use kb::config::Locations;
use kb::index::Generations;
use kb::model::Audience;
use kb::sync::{Follower, Rhythm, Sources, Update, Watcher, open_or_build, reindex};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

fn locations(kb: &Folder) -> Locations {
    Locations {
        kb: kb.root(),
        schema: Some(schema_file(kb)).filter(|file| file.is_file()),
        config: None,
        entries: Vec::new(),
    }
}

fn schema_file(kb: &Folder) -> PathBuf {
    kb.root().with_file_name("schema.toml")
}

fn follower(kb: &Folder) -> Follower {
    let schema = locations(kb).load_schema().accepted().expect("shipped");
    let sources = Sources::new(&kb.root(), Arc::new(schema)).expect("sources");
    let opened = open_or_build(&sources, &kb.generations(), &kb.clock, &mut |_| ());
    let opened = opened.expect("it opens");
    Follower::new(
        locations(kb),
        sources,
        kb.generations(),
        kb.clock.clone(),
        opened,
    )
}

fn public(update: &Update) -> Vec<String> {
    ids(&update.snapshot, Audience::PUBLIC)
}

/// A watcher whose updates a test waits for.
struct Watched {
    updates: Receiver<Update>,
    _watcher: Watcher,
}

fn watch(kb: &Folder) -> Watched {
    let rhythm = Rhythm {
        debounce: Duration::from_millis(20),
        ..Rhythm::default()
    };
    let (send, updates) = channel();
    let watcher = Watcher::start(follower(kb), rhythm, move |update| {
        // The test may be over.
        let _ = send.send(update);
    });
    Watched {
        updates,
        _watcher: watcher.expect("a thread"),
    }
}

impl Watched {
    #[track_caller]
    #[expect(clippy::panic, reason = "a fact that never comes true fails the test")]
    fn until(&self, what: &str, fact: impl Fn(&Update) -> bool) -> Update {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(update) = self.updates.recv_timeout(left) else {
                panic!("never came true: {what}");
            };
            if fact(&update) {
                return update;
            }
        }
    }
}

#[test]
fn a_step_without_news_says_nothing() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    let mut follower = follower(&kb);
    assert!(follower.step().is_some(), "the first says how it stands");
    assert!(follower.step().is_none());
    kb.article("b.md", "乙", "", "文");
    assert_eq!(public(&follower.step().expect("news")), ["a", "b"]);
    assert!(follower.step().is_none() && !follower.must_retry());
}

#[test]
fn f16_a_schema_that_cannot_be_used_leaves_the_former_one_and_says_why() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    let mut follower = follower(&kb);
    follower.step();
    std::fs::write(schema_file(&kb), "[weights]\ntitel = 2.0\n").expect("a file");
    let update = follower.step().expect("news");
    let error = update.status.error.expect("an error");
    assert!(
        error.contains("titel") && error.contains("schema.toml"),
        "{error}"
    );
    assert_eq!(public(&follower.update()), ["a"]);
    kb.article("b.md", "乙", "", "文");
    assert_eq!(
        public(&follower.step().expect("articles go on")),
        ["a", "b"]
    );
    std::fs::write(schema_file(&kb), "[weights]\ntitle = 2.5\n").expect("a file");
    let update = follower.step().expect("news");
    assert_eq!(update.status.error, None);
    assert!((update.sources.schema().weights.title - 2.5).abs() < 0.001);
}

#[test]
fn a_schema_that_changes_terms_makes_a_new_index_and_broken_articles_stay() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "好的文");
    let mut follower = follower(&kb);
    kb.write("a.md", "+++\ntitle = \n+++\n");
    follower.step();
    let before = follower.update().sources.fingerprint().to_owned();
    std::fs::write(schema_file(&kb), "[analysis]\nvariants = false\n").expect("a file");
    let update = follower.step().expect("news");
    assert_ne!(update.sources.fingerprint(), before);
    assert_eq!(update.snapshot.fingerprint(), update.sources.fingerprint());
    assert_eq!(public(&update), ["a"]);
    assert_eq!(update.status.problems.len(), 1);
}

#[test]
fn f27_a_dictionary_that_cannot_be_used_leaves_the_former_one() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    let words = kb.root().with_file_name("words.txt");
    std::fs::write(&words, "小程序\n").expect("a file");
    std::fs::write(
        schema_file(&kb),
        "[lexicon]\ndictionary = [\"words.txt\"]\n",
    )
    .expect("a file");
    let mut follower = follower(&kb);
    assert!(follower.step().is_some_and(|u| u.status.error.is_none()));
    std::fs::write(&words, b"\xff\xfe\xfd").expect("a file");
    let error = follower
        .step()
        .and_then(|u| u.status.error)
        .expect("an error");
    assert!(
        error.contains("words.txt") && error.contains("UTF-8"),
        "{error}"
    );
    let file = std::fs::File::create(&words).expect("a file");
    file.set_len(100 << 20).expect("it grows");
    let error = follower
        .step()
        .and_then(|u| u.status.error)
        .expect("an error");
    assert!(error.contains("words.txt"), "{error}");
    std::fs::write(&words, "小程序\n浙大\n").expect("a file");
    assert_eq!(follower.step().expect("news").status.error, None);
}

#[test]
fn a_word_list_that_is_written_after_the_schema_that_names_it_is_taken() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    let watched = watch(&kb);
    let schema = "[lexicon]\nsynonyms = [\"syn.txt\"]\n";
    std::fs::write(schema_file(&kb), schema).expect("a file");
    watched.until("the list is missing", |u| {
        u.status
            .error
            .as_ref()
            .is_some_and(|e| e.contains("syn.txt"))
    });
    let list = kb.root().with_file_name("syn.txt");
    std::fs::write(&list, "手机, 电话\n").expect("a file");
    watched.until("the list is in use", |u| {
        u.status.error.is_none() && u.sources.schema().lexicon.synonyms == [list.clone()]
    });
}

#[test]
fn a_folder_that_goes_away_keeps_what_was_served_and_comes_back() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    let mut follower = follower(&kb);
    follower.step();
    let away = kb.root().with_extension("away");
    std::fs::rename(kb.root(), &away).expect("renames");
    let update = follower.step().expect("news");
    assert!(update.status.error.is_some() && follower.must_retry());
    assert_eq!(public(&update), ["a"]);
    std::fs::rename(&away, kb.root()).expect("renames");
    assert_eq!(follower.step().expect("news").status.error, None);
}

#[test]
fn f19_a_generation_that_another_process_built_is_picked_up() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    let mut follower = follower(&kb);
    follower.step();
    let sources = follower.update().sources;
    let other = reindex(&sources, &kb.generations(), &kb.clock, &mut |_| ()).expect("it builds");
    let update = follower.step().expect("news");
    assert_eq!(update.snapshot.generation(), other.snapshot.generation());
    assert!(follower.step().is_none());
}

#[test]
fn f19_while_another_process_writes_the_new_index_is_served_from_memory() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    let mut follower = follower(&kb);
    follower.step();
    let lock = kb.generations().lock().expect("free");
    kb.article("b.md", "乙", "", "文");
    let update = follower.step().expect("news");
    assert_eq!(public(&update), ["a", "b"]);
    assert!(update.status.warnings[0].contains(&std::process::id().to_string()));
    assert!(follower.must_retry());
    drop(lock);
    assert!(follower.step().expect("news").status.warnings.is_empty());
    assert_eq!(
        kb.generations().current().as_deref(),
        Some(update.snapshot.generation())
    );
}

#[test]
fn problems_of_untouched_files_are_known_after_a_restart() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "no_such_key = 1", "文");
    kb.article("b.md", "乙", "", "文");
    kb.open();
    let mut follower = follower(&kb);
    let update = follower.step().expect("news");
    assert!(!update.status.problems.is_empty());
    assert!(update.status.problems.iter().all(|p| p.path == "a.md"));
    kb.article("a.md", "甲", "", "文");
    assert!(follower.step().expect("news").status.problems.is_empty());
}

#[test]
fn a_saved_file_is_served_soon_however_the_editor_saves() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    let watched = watch(&kb);
    let title = |title: &'static str| {
        move |u: &Update| {
            u.snapshot
                .view(Audience::PUBLIC)
                .heads()
                .any(|h| h.title == title)
        }
    };
    kb.article("a.md", "写在原处", "", "文");
    watched.until("written in place", title("写在原处"));
    kb.article(".a.md.swp", "不算", "", "文");
    kb.article("a.md.new", "换名而来", "", "文");
    std::fs::rename(kb.root().join("a.md.new"), kb.root().join("a.md")).expect("renames");
    watched.until("written beside and renamed", title("换名而来"));
    std::fs::rename(kb.root().join("a.md"), kb.root().join("a.md~")).expect("renames");
    kb.article("a.md", "旧的改名", "", "文");
    watched.until("the old one renamed, then a new one", title("旧的改名"));
    kb.delete("a.md");
    watched.until("removed", |u| public(u).is_empty());
    kb.article("new/deep/b.md", "新文件夹", "", "文");
    watched.until("in new folders", title("新文件夹"));
}

#[test]
fn f11_s52_thousands_of_files_at_once_are_a_few_builds() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    let watched = watch(&kb);
    for n in 0..2_000 {
        kb.article(&format!("{}/{n}.md", n % 50), &format!("题 {n}"), "", "文");
    }
    let update = watched.until("all are there", |u| u.snapshot.whole().len() == 2_001);
    assert!(update.status.error.is_none());
    std::fs::remove_dir_all(kb.root().join("7")).expect("removed");
    watched.until("some are gone", |u| u.snapshot.whole().len() == 1_961);
}

#[cfg(unix)]
#[test]
fn f12_symlink_loops_and_links_out_are_survived() {
    let kb = Folder::new();
    kb.article("c/a.md", "甲", "", "文");
    std::os::unix::fs::symlink(kb.root(), kb.root().join("c/loop")).expect("a link");
    std::os::unix::fs::symlink("/etc", kb.root().join("c/etc")).expect("a link");
    let watched = watch(&kb);
    kb.article("c/b.md", "乙", "", "文");
    watched.until("found", |u| public(u) == ["c/a", "c/b"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_a_link_may_be_turned_to_another() {
    let kb = Folder::new();
    let release = |name: &str| kb.root().with_file_name(name);
    for (name, title) in [("one", "第一版"), ("two", "第二版")] {
        std::fs::create_dir(release(name)).expect("a folder");
        std::fs::write(release(name).join("a.md"), format!("# {title}\n\n文\n")).expect("a file");
    }
    std::fs::remove_dir(kb.root()).expect("empty");
    std::os::unix::fs::symlink(release("one"), kb.root()).expect("a link");
    let watched = watch(&kb);
    std::os::unix::fs::symlink(release("two"), release("next")).expect("a link");
    std::fs::rename(release("next"), kb.root()).expect("renames");
    let shows = |title: &'static str| {
        move |u: &Update| u.snapshot.whole().heads().any(|h| h.title == title)
    };
    watched.until("the second release", shows("第二版"));
    std::fs::write(release("two").join("a.md"), "# 第三版\n\n文\n").expect("a file");
    watched.until("a change in it", shows("第三版"));
}

#[test]
fn an_article_appears_by_itself_when_its_time_has_come() {
    let kb = Folder::new();
    let soon = jiff::Timestamp::now() + Duration::from_millis(1_500);
    kb.article("a.md", "甲", &format!("publish_at = {soon}"), "文");
    let watched = watch(&kb);
    watched.until("it is shown", |u| public(u) == ["a"]);
    assert!(jiff::Timestamp::now() >= soon);
}

#[test]
fn a_generation_of_another_process_is_served_without_a_restart() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    let watched = watch(&kb);
    let first = watched.until("started", |_| true);
    let other = Generations::new(&kb.data());
    let built = reindex(&first.sources, &other, &kb.clock, &mut |_| ()).expect("it builds");
    let wanted = built.snapshot.generation().to_owned();
    watched.until("picked up", |u| u.snapshot.generation() == wanted);
}

#[test]
fn the_log_says_once_which_article_broke_and_where() {
    let good = "+++\ntitle = \"甲\"\n+++\n文\n";
    let bad = "+++\ntitle = \"甲\"\nstatus = \"archved\"\n+++\n文\n";
    let kb = Kb::new().write("kb/old.md", bad).write("kb/a.md", good);
    kb.command(["reindex"]).output().expect("it runs");
    let server = kb.serve();
    let says = |path: &'static str| {
        move |s: &Server| {
            let log = s.log();
            let line = log.lines().find(|line| line.contains(path))?;
            Some(line.to_owned())
        }
    };
    let line = server.eventually("what was broken before is named", says("old.md"));
    assert!(line.contains("KB012"), "{line}");
    server.kb().put("kb/a.md", bad);
    let line = server.eventually("what breaks is named", says("a.md\""));
    assert!(line.contains("KB012") && line.contains("archved"), "{line}");
    assert!(line.contains("\"line\":3"), "{line}");
    server.kb().put("kb/b.md", bad);
    server.eventually("the next is named", says("b.md"));
    assert_eq!(
        server.log().matches("old.md").count(),
        1,
        "{}",
        server.log()
    );
}
