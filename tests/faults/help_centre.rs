//! Who asks, and what was kept? A help centre over a database, people who ask it again when an answer is lost, and a look at what
//! became of their questions.

use crate::harness::{Kb, Server};
use crate::questions::question;
use crate::tools::{Answer, get, request};
use jiff::Timestamp;
use kb::model::Email;
use kb::model::case::Case;
use kb::store::{CaseOrder, Location, Store};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Nobody is limited.
pub(crate) const CALM: &str = "[ask]\nmin_seconds = 0\nproof = 0\nper_hour = 1000000\nper_mail_day = 1000\nunproved_per_hour = 1000000\n";

/// A folder with two articles and these settings.
pub(crate) fn help_centre(more: &str) -> Kb {
    Kb::new()
        .article("怎么申请退款", "在订单页点“申请退款”，三个工作日内到账。")
        .article("忘记密码怎么办", "在登录页点“忘记密码”。")
        .config(&format!("{CALM}{more}"))
}

/// The same over a database of PostgreSQL.
pub(crate) fn over(url: &str, more: &str) -> Kb {
    help_centre(more).env("KB_DATABASE_URL", url)
}

/// Another server of the same articles and settings, with a data directory of its own.
pub(crate) fn beside(first: &Kb, url: &str) -> Kb {
    let second = Kb::bare().env("KB_DATABASE_URL", url);
    std::os::unix::fs::symlink(first.path("kb"), second.path("kb")).expect("a link");
    std::os::unix::fs::symlink(first.path("kb.toml"), second.path("kb.toml")).expect("a link");
    second
}

/// Starts it, and waits until questions are taken.
#[track_caller]
pub(crate) fn open(kb: &Kb) -> Server {
    let server = kb.serve();
    server.eventually("questions can be asked", |s| {
        s.get("/ask").is(200).then_some(())
    });
    server
}

/// Asks once, under a key.
pub(crate) fn ask_once(
    base: &str,
    who: &str,
    key: &str,
    patience: Duration,
) -> Result<Answer, String> {
    let body = serde_json::json!({ "email": who, "text": format!("退款没有到账，我是 {who}") });
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    request(
        "POST",
        &format!("{base}/api/v1/cases"),
        &headers,
        &body.to_string(),
        patience,
    )
}

/// Asks, and again with the same key until it is acknowledged. Returns the number of the case.
#[track_caller]
pub(crate) fn ask(base: &str, who: &str) -> String {
    asked(base, who, Duration::from_secs(60)).expect("it was acknowledged in the end")
}

/// The same; `None` when the time is over.
pub(crate) fn asked(base: &str, who: &str, patience: Duration) -> Option<String> {
    let began = Instant::now();
    let mut last = String::new();
    while began.elapsed() < patience {
        let answer = ask_once(base, who, &key_of(who), Duration::from_secs(15));
        if let Some(number) = answer.as_ref().ok().and_then(acknowledged) {
            return Some(number);
        }
        last = answer.map_or_else(|why| why, |answer| answer.body);
        std::thread::sleep(Duration::from_millis(50));
    }
    crate::tools::figure("refused", &format!("{who}: {last}"));
    None
}

pub(crate) fn key_of(who: &str) -> String {
    format!("key-of-{who}")
}

/// The number of the case that an answer acknowledges.
pub(crate) fn acknowledged(answer: &Answer) -> Option<String> {
    let taken = matches!(answer.status, 200 | 201);
    let number = answer.json()["number"].as_str().map(str::to_owned);
    number.filter(|_| taken)
}

/// Whether a search finds the article on refunds.
pub(crate) fn finds(base: &str) -> bool {
    let answer = get(&format!("{base}/api/v1/search?q=%E9%80%80%E6%AC%BE"));
    answer.is_ok_and(|answer| answer.status == 200 && answer.body.contains("怎么申请退款"))
}

/// What a database holds, read beside its servers.
pub(crate) struct Kept {
    runtime: tokio::runtime::Runtime,
    pub(crate) store: Store,
}

impl Kept {
    #[track_caller]
    pub(crate) fn of(location: &Location) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let store = runtime
            .block_on(Store::open(location))
            .expect("the store opens");
        Self { runtime, store }
    }

    #[track_caller]
    pub(crate) fn within(kb: &Kb) -> Self {
        Self::of(&Location::within(&kb.path(".kb")))
    }

    #[track_caller]
    pub(crate) fn at(url: &str) -> Self {
        Self::of(&Location::parse(url).expect("an address"))
    }

    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// All cases.
    pub(crate) fn cases(&self) -> Vec<Case> {
        self.run(async {
            let mut read = self.store.read().await.expect("a reader");
            let (mut all, mut next) = (Vec::new(), None);
            loop {
                let page = read
                    .cases(&Default::default(), CaseOrder::Oldest, next.as_ref(), 200)
                    .await
                    .expect("read");
                all.extend(page.cases);
                next = page.next;
                if next.is_none() {
                    return all;
                }
            }
        })
    }

    /// Everybody who was acknowledged has the case that he was told of, and nobody has two (I1). The database is whole (I3).
    #[track_caller]
    pub(crate) fn hold_to(&self, told: &BTreeMap<String, String>) {
        let cases = self.cases();
        let mut by_number: BTreeMap<String, usize> = BTreeMap::new();
        let mut by_text: BTreeMap<kb::model::PersonId, usize> = BTreeMap::new();
        for case in &cases {
            *by_number.entry(case.number.to_string()).or_default() += 1;
            *by_text.entry(case.requester).or_default() += 1;
        }
        for (who, number) in told {
            assert_eq!(
                by_number.get(number),
                Some(&1),
                "{number} of {who} was acknowledged"
            );
            let email = Email::parse(who).expect("an address");
            let own = self.run(async {
                let mut read = self.store.read().await.expect("a reader");
                let person = read
                    .person_by_email(&email)
                    .await
                    .expect("read")
                    .expect("known");
                read.cases_of(person.id, 10).await.expect("read").len()
            });
            assert_eq!(own, 1, "{who} asked once");
        }
        assert!(by_text.values().all(|count| *count == 1), "nobody has two");
        self.run(self.store.verify())
            .expect("the database is whole");
    }

    /// Publishes a question, as the desk does.
    pub(crate) fn publish(&self, title: &str) {
        let mut question = question(title, "换了一台也一样。", Timestamp::now());
        self.run(async {
            let mut tx = self.store.begin().await.expect("a transaction");
            tx.save_question(&mut question).await.expect("kept");
            tx.commit().await.expect("committed");
        });
    }
}

/// Whether a search finds a question of the forum with this title.
pub(crate) fn finds_question(base: &str, title: &str) -> bool {
    let query: String = url::form_urlencoded::byte_serialize(title.as_bytes()).collect();
    let answer = get(&format!("{base}/api/v1/search?q={query}"));
    answer.is_ok_and(|answer| answer.json()["hits"][0]["title"] == title)
}
