//! Can somebody see, take with him and end what is kept of him? Exported, erased, kept no longer than said, over both databases.

use crate::asking::letters;
use crate::desk::Office;
use crate::harness::Kb;
use crate::me::{post, signed_in_as};
use crate::store::{email, in_both};
use jiff::{SignedDuration, Timestamp};
use kb::cases::{
    Answer, Asking, Cases, FollowTap, How, NewAccount, NewCase, NewFollow, Source, Step,
    Timekeeper, Upload, Written,
};
use kb::clock::Clock;
use kb::config::{Settings, Uploads};
use kb::mail::Page;
use kb::model::account::{Account, Role};
use kb::model::case::{Case, Kind, Reach, State, Via};
use kb::model::follow::Subject;
use kb::model::question::{Author, Question, Shown};
use kb::model::reward::{Grant, Holder, Reason};
use kb::model::{
    AnswerId, ArticleId, Audience, CaseId, Lang, PersonName, QuestionId, Slug, VisitId,
};
use kb::store::{Location, Store};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const LI: &str = "Li.Lei1984@example.com";
/// What must not be found any more; file contents and searches among it.
const HIS: [&str; 8] = [
    "li.lei1984",
    "韩梅梅",
    "13800138000",
    "TB20261122889",
    "文三路478号",
    "发票截图",
    "secret-bytes-of-the-file",
    "我的私人搜索",
];
const TEXT: &str = "退款一直没到账。我叫韩梅梅，电话13800138000，订单号TB20261122889，寄到浙江省杭州市西湖区文三路478号。";

fn house(store: Store, folder: &Path) -> (Cases, Clock) {
    house_with(store, folder, |_| {})
}

fn start() -> Timestamp {
    "2026-11-22T02:00:00Z".parse().expect("an instant")
}

/// Waits for nothing but what it is given.
async fn open(store: Store, folder: &Path, change: impl FnOnce(&mut Settings)) -> (Cases, Clock) {
    let clock = Clock::fixed(start());
    let mut settings = Settings {
        data_dir: folder.to_owned(),
        ..Settings::default()
    };
    settings.ask.proof = 0;
    change(&mut settings);
    let cases = Cases::open(store, Arc::new(settings), clock.clone()).await;
    (cases.expect("cases open"), clock)
}

fn house_with(store: Store, folder: &Path, change: impl FnOnce(&mut Settings)) -> (Cases, Clock) {
    futures(open(store, folder, change))
}

/// A future that is ready whenever its database is: run on the runtime that is here.
fn futures<T>(work: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(work))
}

fn later(clock: &Clock, days: i64) {
    clock.set(clock.now() + SignedDuration::from_hours(24 * days));
}

async fn agent(cases: &Cases) -> Account {
    let new = NewAccount {
        email: email("mei@example.com"),
        name: PersonName::parse("客服小王").expect("a name"),
        role: Role::Agent,
        groups: vec![Slug::parse("support").expect("a name")],
        lang: Lang::ZhCn,
        on_duty: true,
    };
    let made = cases.add_account(None, new, "a long password 42").await;
    made.expect("an account")
}

async fn ask(cases: &Cases, address: &str, text: &str) -> Case {
    let file = Upload::inspect(
        "发票截图-韩梅梅.txt",
        b"secret-bytes-of-the-file".to_vec(),
        &Uploads::default(),
    );
    let new = NewCase {
        tier: None,
        email: email(address),
        name: PersonName::parse("韩梅梅").ok(),
        lang: Lang::ZhCn,
        text: text.to_owned(),
        kind: Kind::Problem,
        product: None,
        category: String::new(),
        via: Via::Page,
        visit: Some(VisitId::generate(cases.now())),
        steps: vec![
            Step::Searched {
                query: "我的私人搜索".to_owned(),
                results: 0,
                confident: false,
            },
            Step::Read("/q/1".to_owned()),
        ],
        files: vec![file.expect("a file")],
        articles: Vec::new(),
    };
    let asking = Asking {
        key: None,
        proof: None,
        source: Source::OWN,
    };
    cases.ask(new, asking).await.expect("a case").case
}

/// A person of whom everything is kept that can be, and somebody else.
async fn life(cases: &Cases) -> (Case, Question) {
    let mei = agent(cases).await;
    let case = ask(cases, LI, TEXT).await;
    let now = cases.now();
    let mut tx = cases.store().begin().await.expect("a transaction");
    let wang = email("wang@example.com");
    let other = tx.person_for(&wang, None, Lang::ZhCn, now).await;
    assert_ne!(other.expect("a person").id, case.requester);
    tx.commit().await.expect("durable");
    let reply = "您好，韩梅梅：我们会打 13800138000 联系您，或写信到 Li.Lei1984@example.com。";
    for (how, text) in [(How::Reply, reply), (How::Note, "客户 li.lei1984 很着急")] {
        let seen = cases.case(case.id).await.expect("the case").events;
        let answer = Answer {
            case: case.id,
            seen,
            how,
            text,
        };
        let _ = cases.answer(&mei, answer).await.expect("answered");
    }
    let written = Written {
        text: "谢谢，韩梅梅".to_owned(),
        files: Vec::new(),
        via: Via::Page,
        key: None,
        source: Source::OWN,
    };
    let _ = cases.write(case.id, written).await.expect("written");
    let question = in_public(cases, &case).await;
    for subject in [
        Subject::Article(ArticleId::parse("refund").expect("an id")),
        Subject::Question(question.id),
    ] {
        cases
            .follow_page(follow(subject, false))
            .await
            .expect("noted");
    }
    (case, question)
}

async fn in_public(cases: &Cases, case: &Case) -> Question {
    let now = cases.now();
    let mut tx = cases.store().begin().await.expect("a transaction");
    let mut question = Question {
        id: QuestionId::generate(now),
        number: 0,
        shown: Shown::Published,
        audience: Audience::PUBLIC,
        title: "退款要多久？".to_owned(),
        text: "我是韩梅梅，等了五天。".to_owned(),
        lang: Lang::ZhCn,
        category: String::new(),
        tags: Vec::new(),
        products: Vec::new(),
        wordings: vec!["韩梅梅 退款".to_owned()],
        asker: Some(case.requester),
        byline: "韩梅梅".to_owned(),
        case: Some(case.id),
        accepted: None,
        answers: 0,
        votes: 0,
        created_at: now,
        updated_at: now,
        published_at: Some(now),
        version: 0,
    };
    tx.save_question(&mut question).await.expect("kept");
    let answer = kb::model::question::Answer {
        id: AnswerId::generate(now),
        question: question.id,
        shown: Shown::Published,
        author: Author::Customer(Some(case.requester)),
        byline: "韩梅梅".to_owned(),
        text: "三天。有问题打13800138000找韩梅梅。".to_owned(),
        votes: 0,
        created_at: now,
        updated_at: now,
    };
    tx.save_answer(&answer).await.expect("kept");
    let grant = Grant {
        holder: Holder::Person(case.requester),
        reason: Reason::Asked,
        subject: question.id.to_string(),
        points: 10,
        at: now,
    };
    assert!(tx.grant(&grant).await.expect("granted"));
    tx.note_reading(&case.requester.to_string(), "/a/我的私人搜索", now)
        .await
        .expect("noted");
    tx.commit().await.expect("durable");
    question
}

fn follow(subject: Subject, proved: bool) -> NewFollow {
    NewFollow {
        email: email(LI),
        proved,
        lang: Lang::ZhCn,
        subject,
        audience: Audience::PUBLIC,
        page: Page {
            title: "退款".to_owned(),
            url: "https://help.example.com/a/refund".to_owned(),
        },
        mark: "text:1".to_owned(),
    }
}

/// Which words are in the bytes of a file, in whatever case.
fn found_in(path: &Path) -> Vec<&'static str> {
    let Ok(bytes) = std::fs::read(path) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&bytes).to_lowercase();
    let raw: Vec<u8> = bytes.iter().map(u8::to_ascii_lowercase).collect();
    let is_there = |word: &&str| {
        text.contains(&word.to_lowercase())
            || raw.windows(word.len()).any(|at| at == word.as_bytes())
    };
    HIS.into_iter().filter(is_there).collect()
}

/// Every word that is anywhere in the files below a folder.
fn found_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(found_below(&path));
        } else {
            let words = found_in(&path).into_iter();
            found.extend(words.map(|word| format!("{word} in {}", path.display())));
        }
    }
    found
}

/// All rows of a database, as a file.
async fn copy_of(store: &Store, folder: &Path, name: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    store.back_up(&path, start()).await.expect("a copy");
    path
}

/// Whether the desk's search finds a case.
async fn is_found(cases: &Cases, words: &str, case: CaseId) -> bool {
    let terms = kb::cases::terms_of(cases.analyzer(), words);
    let mut read = cases.store().read().await.expect("a reader");
    let found = read.find_cases(&terms, &Default::default(), 9).await;
    found
        .expect("found")
        .iter()
        .any(|found| found.case.id == case)
}

#[test]
fn s53_after_somebody_was_erased_only_his_tombstone_is_left() {
    in_both(|store| async move {
        let folder = TempDir::new().expect("a folder");
        let (cases, _) = house(store.clone(), folder.path());
        let (case, question) = life(&cases).await;
        let before = copy_of(&store, folder.path(), "before").await;
        assert_eq!(
            found_in(&before).len(),
            HIS.len(),
            "{:?}",
            found_in(&before)
        );
        let planned = cases.would_erase(&email(LI)).await.expect("planned");
        let same = copy_of(&store, folder.path(), "same").await;
        assert_eq!(
            found_in(&same).len(),
            HIS.len(),
            "a dry run changes nothing"
        );

        let erased = cases.erase(&email(LI), "terminal").await.expect("erased");
        assert_eq!(erased.counts, planned.counts);
        assert!(erased.known && erased.public, "{erased:?}");
        let after = copy_of(&store, folder.path(), "after").await;
        assert_eq!(found_in(&after), Vec::<&str>::new());
        if let Location::Sqlite(path) = store.location() {
            for end in ["", "-wal", "-shm"] {
                let mut name = path.clone().into_os_string();
                name.push(end);
                assert_eq!(found_in(Path::new(&name)), Vec::<&str>::new(), "{name:?}");
            }
        }

        let mut read = store.read().await.expect("a reader");
        let left = read
            .case(case.id)
            .await
            .expect("read")
            .expect("the case stays");
        assert_eq!((left.state, left.visit), (State::Closed, None));
        assert_eq!(left.number, case.number);
        let events = read
            .events(case.id, 0, Reach::Internal)
            .await
            .expect("read");
        let opened = events[0].what.text().expect("a text").to_owned();
        assert!(
            opened.starts_with("退款一直没到账。") && opened.contains("【电话】"),
            "{opened}"
        );
        let stays = read
            .question(question.id)
            .await
            .expect("read")
            .expect("it stays");
        assert_eq!((stays.asker, stays.byline.as_str()), (None, ""));
        assert_eq!(stays.title, "退款要多久？");
        let answers = read.answers(question.id, None).await.expect("read");
        assert_eq!(answers[0].author, Author::Customer(None));
        drop(read);
        assert!(!is_found(&cases, "13800138000", case.id).await);
        assert!(is_found(&cases, "退款一直没到账", case.id).await);
        let mut read = store.read().await.expect("a reader");
        let stones = read.tombstones(false).await.expect("read");
        assert_eq!(stones.len(), 1);
        assert_eq!(stones[0].hash, cases.address_hash(&email(LI)));
        let deeds = read.deeds(Timestamp::MAX, 9).await.expect("read");
        let deed = deeds.iter().find(|deed| deed.action == "person.erased");
        assert_eq!(deed.expect("it is noted").subject, stones[0].hash);
        assert!(
            read.person_by_email(&email("wang@example.com"))
                .await
                .expect("read")
                .is_some()
        );
        drop(read);

        let again = cases.erase(&email(LI), "terminal").await.expect("again");
        assert!(!again.known && again.before.is_some() && again.counts.is_empty());
        let new = ask(&cases, LI, "我又来了，这次是发票").await;
        assert_ne!(
            new.requester, case.requester,
            "who comes again is somebody new"
        );
    });
}

#[test]
fn s53_what_a_backup_brings_back_is_erased_again() {
    in_both(|store| async move {
        let folder = TempDir::new().expect("a folder");
        let (cases, _) = house(store.clone(), folder.path());
        let (case, _) = life(&cases).await;
        let backup = copy_of(&store, folder.path(), "backup").await;
        let _ = cases.erase(&email(LI), "terminal").await.expect("erased");
        let location = store.location().clone();
        store.close().await;
        let restored = Store::restore(&location, &backup, true, start()).await;
        let _ = restored.expect("restored");
        let store = Store::open(&location).await.expect("open");
        let (cases, _) = open(store.clone(), folder.path(), |_| {}).await;
        let mut read = store.read().await.expect("a reader");
        assert!(
            read.person_by_email(&email(LI))
                .await
                .expect("read")
                .is_some()
        );
        drop(read);
        assert_eq!(cases.erase_again().await.expect("again"), 1);
        assert_eq!(cases.erase_again().await.expect("nothing to do"), 0);
        let after = copy_of(&store, folder.path(), "after").await;
        assert_eq!(found_in(&after), Vec::<&str>::new());
        let left = cases.case(case.id).await.expect("the case stays");
        assert_eq!(left.state, State::Closed);
        store.close().await;
    });
}

#[test]
fn tombstones_of_another_place_erase_here_too_and_spare_who_came_later() {
    in_both(|store| async move {
        let folder = TempDir::new().expect("a folder");
        let (cases, clock) = house(store.clone(), folder.path());
        let _ = life(&cases).await;
        let stone = |at| kb::store::Tombstone {
            hash: cases.address_hash(&email(LI)),
            erased_at: at,
        };
        let earlier = start() - SignedDuration::from_hours(1);
        let none = cases.erase_those(&[stone(earlier)]).await.expect("heard");
        assert_eq!(none, 0, "he came after that");
        later(&clock, 1);
        let one = cases
            .erase_those(&[stone(clock.now())])
            .await
            .expect("heard");
        assert_eq!(one, 1);
        let after = copy_of(&store, folder.path(), "after").await;
        assert_eq!(found_in(&after), Vec::<&str>::new());
    });
}

#[test]
fn an_export_has_everything_that_he_may_see() {
    in_both(|store| async move {
        let folder = TempDir::new().expect("a folder");
        let (cases, _) = house(store.clone(), folder.path());
        let _ = life(&cases).await;
        let document = cases.person_document(&email(LI)).await.expect("read");
        let document = document.expect("something is kept");
        let text = document.to_string();
        for word in [
            "韩梅梅",
            "13800138000",
            "发票截图",
            "我的私人搜索",
            "我们会打",
        ] {
            assert!(text.contains(word), "{word} in {text}");
        }
        for hidden in ["很着急", "wang@example.com"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
        assert_eq!(document["record"]["name"], "韩梅梅");
        assert_eq!(document["points"]["total"], 10);
        assert_eq!(document["questions"][0]["title"], "退款要多久？");
        assert_eq!(document["answers"].as_array().map(Vec::len), Some(1));
        assert_eq!(document["follows"].as_array().map(Vec::len), Some(2));
        assert_eq!(document["recently_read"][0]["page"], "/a/我的私人搜索");
        assert_eq!(
            document["cases"][0]["visit"]["searches"][0]["query"],
            "我的私人搜索"
        );
        let mut files = Vec::new();
        let take = |file| {
            files.push(file);
            Ok(())
        };
        assert_eq!(cases.person_files(&email(LI), take).await.expect("read"), 1);
        assert_eq!(files[0].bytes, b"secret-bytes-of-the-file");
        let named = document["cases"][0]["files"][0]["file"].as_str();
        assert_eq!(named, Some(files[0].path.as_str()));
        let nobody = cases.person_document(&email("nobody@example.com")).await;
        assert_eq!(nobody.expect("read"), None);
    });
}

#[test]
fn old_cases_forget_who_asked_and_nothing_says_that_two_were_ones() {
    in_both(|store| async move {
        let folder = TempDir::new().expect("a folder");
        let (cases, clock) = house_with(store.clone(), folder.path(), |settings| {
            settings.retention.case_days = 100;
        });
        let first = ask(&cases, LI, TEXT).await;
        let second = ask(&cases, LI, TEXT).await;
        let open = ask(&cases, LI, "第三个问题还没有解决").await;
        for case in [&first, &second] {
            let _ = cases.confirm(case.id).await.expect("closed");
        }
        let mut keeper = Timekeeper::new().expect("a keeper");
        later(&clock, 99);
        let done = cases.pass_time(&mut keeper).await.expect("done");
        assert_eq!(done.anonymised, 0);
        later(&clock, 2);
        let due = cases.retention_due().await.expect("read");
        let due = due.iter().find(|due| due.what == "cases").expect("cases");
        assert_eq!((due.days, due.due), (100, 2));
        let done = cases.pass_time(&mut keeper).await.expect("done");
        assert_eq!(done.anonymised, 2);
        let [first, second, open] = [first.id, second.id, open.id]
            .map(|id| futures(cases.case(id)).expect("the case stays"));
        assert_ne!(first.requester, second.requester);
        assert_ne!(first.requester, open.requester);
        let mut read = store.read().await.expect("a reader");
        let person = read
            .person(open.requester)
            .await
            .expect("read")
            .expect("he stays");
        assert_eq!(person.email, email(LI));
        let events = read
            .events(first.id, 0, Reach::Internal)
            .await
            .expect("read");
        let texts: String = events
            .iter()
            .filter_map(|event| event.what.text())
            .collect();
        assert!(!HIS.iter().any(|word| texts.contains(word)), "{texts}");
        assert_eq!(
            read.attachments(first.id, Reach::Internal)
                .await
                .expect("read"),
            []
        );
        drop(read);
        later(&clock, 1);
        let done = cases.pass_time(&mut keeper).await.expect("done");
        assert_eq!(done.anonymised, 0);
        // When the last one is closed and old, nothing is left of him.
        let _ = cases.confirm(open.id).await.expect("closed");
        later(&clock, 101);
        let done = cases.pass_time(&mut keeper).await.expect("done");
        assert_eq!(done.anonymised, 1);
        let after = copy_of(&store, folder.path(), "after").await;
        assert_eq!(found_in(&after), Vec::<&str>::new());
    });
}

#[test]
fn a_follow_that_is_not_proved_is_told_of_nothing_and_forgotten() {
    in_both(|store| async move {
        let folder = TempDir::new().expect("a folder");
        let (cases, clock) = house(store.clone(), folder.path());
        let article = Subject::Article(ArticleId::parse("refund").expect("an id"));
        for _ in 0..20 {
            cases
                .follow_page(follow(article.clone(), false))
                .await
                .expect("noted");
        }
        let mut read = store.read().await.expect("a reader");
        let asked = read.outbox(None, None, 100).await.expect("read").len();
        assert_eq!(asked, 5, "nobody's mailbox is filled");
        drop(read);
        let follows = cases.followed_by(&email(LI)).await.expect("read");
        assert_eq!((follows.len(), follows[0].confirmed_at), (1, None));
        later(&clock, 4);
        let mut keeper = Timekeeper::new().expect("a keeper");
        let _ = cases.pass_time(&mut keeper).await.expect("done");
        assert_eq!(cases.followed_by(&email(LI)).await.expect("read"), []);
        let gone = FollowTap::Confirm(follows[0].id);
        assert!(!cases.follow_tap(&gone).await.expect("nothing"));
    });
}

#[test]
fn s53_no_file_of_a_site_names_who_was_erased() {
    let kb = Kb::new()
        .article("如何申请退款", "在订单页点“申请退款”。")
        .config("[ask]\nmin_seconds = 0\nproof = 0\n");
    let office = Office::over(kb.clone(), &[]);
    let case = office.run(async {
        let (case, _) = life(&office.cases).await;
        case
    });
    let query = "/api/v1/search?q=退款要多久";
    office.server.eventually("the question is found", |s| {
        s.get(query).text().contains("q/1").then_some(())
    });
    office.server.eventually("its letters are written", |s| {
        let mails = letters(s.kb());
        (mails.len() >= 4).then_some(())
    });
    let data = kb.path(".kb");
    let words: Vec<String> = found_below(&data);
    let index = words.iter().any(|word| word.contains("/index/"));
    let mails = words.iter().any(|word| word.contains("/mail/"));
    assert!(index && mails, "{words:?}");
    let Office { server, cases, .. } = office;
    drop(cases);
    kb.run(["person", "show", LI])
        .code(0)
        .stdout_has(&case.number.to_string());
    let export = kb
        .run(["person", "export", LI, "--files", "out"])
        .code(0)
        .json();
    assert_eq!(export["cases"].as_array().map(Vec::len), Some(1));
    let file = export["cases"][0]["files"][0]["file"]
        .as_str()
        .expect("a path");
    assert_eq!(kb.read(&format!("out/{file}")), "secret-bytes-of-the-file");
    kb.run(["person", "erase", LI]).code(2).stderr_has("--yes");
    kb.run(["person", "erase", LI, "--dry-run"])
        .code(0)
        .stdout_has("would erase");
    assert!(!found_below(&data).is_empty());
    kb.run(["person", "erase", LI, "--yes"])
        .code(0)
        .stdout_has("cases");
    server.eventually("it is found without what was his", |s| {
        let text = s.get(query).text();
        (text.contains("q/1") && !text.contains("韩梅梅")).then_some(())
    });
    server.get("/q/1").status(200).lacks("韩梅梅");
    server.eventually("no file names him", |_| {
        found_below(&data).is_empty().then_some(())
    });
    let (_, log) = server.stop();
    assert!(!HIS.iter().any(|word| log.contains(word)), "{log}");
    assert_eq!(found_below(&data), Vec::<String>::new());
    kb.run(["backup", "after.backup"]).code(0);
    assert_eq!(found_in(&kb.path("after.backup")), Vec::<&str>::new());
    kb.run(["person", "show", LI])
        .code(2)
        .stderr_has("nothing is kept");
    kb.run(["person", "erase", LI, "--yes"])
        .code(0)
        .stdout_has("nothing is left");
    let stones = kb.run(["person", "erased"]).code(0).out();
    assert_eq!(stones.lines().count(), 1);
    kb.put("stones.txt", &stones);
    kb.run(["person", "erased", "--again", "stones.txt"])
        .code(0);
    kb.run(["person", "retention"])
        .code(0)
        .stdout_has("visits")
        .stdout_has("1095 days");
}

#[test]
fn s53_who_erases_himself_is_in_no_file_of_the_running_server() {
    let kb = Kb::new()
        .article("如何申请退款", "在订单页点“申请退款”。")
        .config("[ask]\nmin_seconds = 0\nproof = 0\n");
    let office = Office::over(kb.clone(), &[]);
    let _ = office.run(life(&office.cases));
    office.server.eventually("the question is found", |s| {
        let found = s.get("/api/v1/search?q=退款要多久").text();
        found.contains("q/1").then_some(())
    });
    let cookie = signed_in_as(LI, &office.server, 1, ("public", &[]));
    let erased = post(&office.server, &cookie, "/me/erase", &[("word", "删除")]);
    drop(erased.status(200).has("已删除"));
    let data = kb.path(".kb");
    office.server.eventually("no file names him", |_| {
        found_below(&data).is_empty().then_some(())
    });
    let found = office.server.get("/api/v1/search?q=退款要多久").text();
    assert!(found.contains("q/1"), "the question stays: {found}");
}

#[test]
fn a_restored_backup_is_cleaned_by_the_command() {
    let kb = Kb::new().article("如何申请退款", "在订单页点“申请退款”。");
    let office = Office::over(kb.clone(), &[]);
    let _ = office.run(life(&office.cases));
    drop(office);
    kb.run(["backup", "old.backup"]).code(0);
    kb.run(["person", "erase", LI, "--yes"]).code(0);
    kb.run(["restore", "old.backup", "--force"])
        .code(0)
        .stdout_has("1 who were erased since then were erased again");
    assert_eq!(found_in(&kb.path(".kb/kb.sqlite")), Vec::<&str>::new());
    kb.run(["person", "show", LI]).code(2);
}
