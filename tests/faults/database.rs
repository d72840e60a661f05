//! What if PostgreSQL goes away, hangs, is full, takes no writes, or is hard to reach? People search and read meanwhile, are told to
//! come back where they would write, and nothing is lost or done twice when it is back.

use crate::harness::Server;
use crate::help_centre::{
    Kept, acknowledged, ask, ask_once, asked, finds, finds_question, key_of, open, over,
};
use crate::postgres::Cluster;
use crate::proxy::{Proxy, Weather};
use crate::smtp_sink::{Mode, Sink};
use crate::tools::{figure, get, is_long, until};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(40);

fn mailing(sink: &Sink) -> String {
    format!(
        "[mail]\nfrom = \"help@example.com\"\nsmtp_url = \"{}\"\n",
        sink.url()
    )
}

/// People who ask one after the other, each again until he is told, while something goes wrong.
pub(crate) struct Askers {
    over: Arc<AtomicBool>,
    threads: Vec<std::thread::JoinHandle<()>>,
    told: Arc<Mutex<BTreeMap<String, String>>>,
    refused: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Askers {
    pub(crate) fn start(name: &str, bases: &[String]) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let told = Arc::new(Mutex::new(BTreeMap::new()));
        let refused: Arc<Mutex<BTreeMap<String, u32>>> = Arc::default();
        let threads = bases.iter().enumerate().map(|(place, base)| {
            let (over, told, refused) =
                (Arc::clone(&over), Arc::clone(&told), Arc::clone(&refused));
            let (base, name) = (base.clone(), name.to_owned());
            std::thread::spawn(move || {
                for n in 0.. {
                    let who = format!("{name}{place}n{n}@example.com");
                    let began = Instant::now();
                    // Whoever began to ask goes on until he is told; the last one too.
                    while began.elapsed() < Duration::from_secs(120) {
                        let answer = ask_once(&base, &who, &key_of(&who), Duration::from_secs(20));
                        if let Some(number) = answer.as_ref().ok().and_then(acknowledged) {
                            told.lock().expect("told").insert(who, number);
                            break;
                        }
                        let why = answer.map_or_else(|e| e, |a| a.status.to_string());
                        *refused.lock().expect("refused").entry(why).or_default() += 1;
                        std::thread::sleep(Duration::from_millis(100));
                    }
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(30));
                }
            })
        });
        let threads = threads.collect();
        Self {
            over,
            threads,
            told,
            refused,
        }
    }

    /// How many have been told so far.
    pub(crate) fn count(&self) -> usize {
        self.told.lock().expect("told").len()
    }

    /// Waits until so many more have been told.
    #[track_caller]
    pub(crate) fn more(&self, count: usize) {
        let from = self.count();
        until("they are told", Duration::from_secs(90), || {
            (self.count() >= from + count).then_some(())
        });
    }

    /// Ends; returns who was told what, and what others were told instead, and how often.
    pub(crate) fn end(self) -> (BTreeMap<String, String>, BTreeMap<String, u32>) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("an asker");
        }
        let told = std::mem::take(&mut *self.told.lock().expect("told"));
        let refused = std::mem::take(&mut *self.refused.lock().expect("refused"));
        (told, refused)
    }
}

/// While the database is away: searching and reading go on quickly, and who would write is told to come back.
#[track_caller]
fn goes_on_without(server: &Server) {
    let mut slowest = Duration::ZERO;
    for path in [
        "/",
        "/search?q=%E9%80%80%E6%AC%BE",
        "/a/%E6%80%8E%E4%B9%88%E7%94%B3%E8%AF%B7%E9%80%80%E6%AC%BE",
        "/api/v1/search?q=%E9%80%80%E6%AC%BE",
        "/readyz",
        "/healthz",
    ] {
        let began = Instant::now();
        let answer = get(&format!("{}{path}", server.url())).expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        slowest = slowest.max(began.elapsed());
    }
    assert!(
        slowest < Duration::from_secs(3),
        "reading waits for nothing: {slowest:?}"
    );
    let answer = ask_once(
        &server.url(),
        "never@example.com",
        "key-of-never",
        Duration::from_secs(30),
    );
    let answer = answer.expect("an answer, and no silence");
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
}

fn says_away(server: &Server) {
    server.eventually("it says that the database is away, and is ready", |s| {
        let ready = s.get("/readyz");
        (ready.is(200) && ready.json()["database"] == "away").then_some(())
    });
    server.eventually("the figures say so", |s| {
        s.get("/metrics")
            .text()
            .contains("kb_questions_open 0")
            .then_some(())
    });
}

#[test]
fn f18_while_the_database_is_restarted_people_read_and_afterwards_all_goes_on() {
    let sink = Sink::start(Mode::Accept);
    let cluster = Cluster::start();
    let url = cluster.database("kb");
    let server = open(&over(&url, &mailing(&sink)));
    let mut told = BTreeMap::new();
    told.insert(
        "a@example.com".to_owned(),
        ask(&server.url(), "a@example.com"),
    );
    cluster.down();
    goes_on_without(&server);
    says_away(&server);
    server
        .kb()
        .put("kb/new.md", "# 数据库不在也能改文章\n\n文\n");
    server.eventually("a changed article is served", |s| {
        s.get("/api/v1/articles/new").is(200).then_some(())
    });
    cluster.up();
    let began = Instant::now();
    told.insert(
        "b@example.com".to_owned(),
        asked(&server.url(), "b@example.com", SOON).expect("it is back"),
    );
    let healed = began.elapsed();
    let kept = Kept::at(&url);
    kept.publish("数据库回来以后发布的");
    until("what was published meanwhile is found", SOON, || {
        finds_question(&server.url(), "数据库回来以后发布的").then_some(())
    });
    let mails = sink.wait_for(told.len());
    assert_eq!(mails.len(), told.len(), "each is told once");
    kept.hold_to(&told);
    figure(
        "F18",
        &format!("restart: questions are taken {healed:?} after it is back"),
    );
}

#[test]
fn f18_while_the_database_is_away_who_was_not_known_lately_reads_what_is_public_and_is_told_why() {
    let cluster = Cluster::start();
    let url = cluster.database("kb");
    let settings = "[[identity.keys]]\nid = \"1\"\nsecret = \"0123456789abcdef0123456789abcdef\"\n";
    let kb = over(&url, settings).write(
        "kb/line.md",
        "+++\ntitle = \"专线电话\"\naudience = \"customer\"\n+++\n请拨打 4001。\n",
    );
    let server = open(&kb);
    let token = |sub| {
        kb.run(["token", "--sub", sub, "--name", "李雷"])
            .code(0)
            .out()
    };
    let entered = |sub| {
        let address = format!("/sign-in?token={}", token(sub).trim());
        let answer = server.get(&address).status(303);
        let cookie = answer.header("set-cookie").split(';').next();
        cookie.unwrap_or_default().to_owned()
    };
    // The second has a session with which nothing was read yet.
    let (cookie, unread) = (entered("u-1"), entered("u-3"));
    let by = |cookie: &str, path: &str| server.get_with(path, &[("cookie", cookie)]);
    let known = |path: &str| by(&cookie, path);
    let said = "暂时认不出您";
    let public = ["/", "/search?q=退款", "/a/怎么申请退款"];
    let kept_by_nobody = |cookie: &str, path: &str| {
        let answer = by(cookie, path).status(200);
        let answer = answer.has_header("cache-control", "private, no-store");
        assert_eq!(answer.header("etag"), "", "{path}");
        answer
    };
    let kept_by_all = |path: &str| {
        let answer = server.get(path).status(200).lacks(said).lacks("李雷");
        assert!(
            answer.header("cache-control").starts_with("public"),
            "{path}"
        );
        assert_ne!(answer.header("etag"), "", "{path}");
    };
    for path in public {
        drop(kept_by_nobody(&cookie, path).has("李雷").lacks(said));
    }
    known("/a/line").status(200).has("4001");
    cluster.down();
    for path in public {
        let began = Instant::now();
        drop(kept_by_nobody(&unread, path).has(said).lacks("李雷"));
        let waited = began.elapsed();
        assert!(
            waited < Duration::from_secs(5),
            "{path} waits for {waited:?}"
        );
        kept_by_all(path);
    }
    // What may be his own is not shown, is not said to be absent, and signs nobody out.
    for path in ["/me", "/a/line", "/a/nowhere"] {
        let answer = by(&unread, path).status(503);
        assert_ne!(answer.header("retry-after"), "", "{path}");
        assert_eq!(answer.header("set-cookie"), "", "{path}");
    }
    server.get("/a/line").status(404);
    let own = [
        ("cookie", unread.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    server.send("POST", "/me/export", &own, "").status(503);
    server
        .get(&format!("/sign-in?token={}", token("u-2").trim()))
        .status(503);
    // A token of the site needs no database.
    let bearer = format!("Bearer {}", token("u-1").trim());
    server
        .get_with("/api/v1/articles/line", &[("authorization", &bearer)])
        .status(200)
        .has_header("cache-control", "private, no-store");
    cluster.up();
    server.eventually("he is known again", |s| {
        let me = s.get_with("/me", &[("cookie", &unread)]);
        me.is(200).then_some(())
    });
    known("/a/line").status(200).has("4001");
}

#[test]
fn f18_while_the_database_hangs_nobody_waits_for_ever_and_what_was_begun_is_done_once() {
    let cluster = Cluster::start();
    let url = cluster.database("kb");
    let server = open(&over(&url, ""));
    let askers = Askers::start("h", &[server.url(), server.url(), server.url()]);
    askers.more(6);
    cluster.signal("STOP");
    let paused = Instant::now();
    goes_on_without(&server);
    says_away(&server);
    let length = Duration::from_secs(if is_long() { 30 } else { 12 });
    while paused.elapsed() < length {
        assert!(finds(&server.url()), "search goes on");
        std::thread::sleep(Duration::from_millis(500));
    }
    cluster.signal("CONT");
    let began = Instant::now();
    askers.more(4);
    let healed = began.elapsed();
    let (told, refused) = askers.end();
    assert!(refused.keys().all(|why| why == "503"), "{refused:?}");
    Kept::at(&url).hold_to(&told);
    figure(
        "F18",
        &format!(
            "pause of {length:?}: {} told, {refused:?} told to come back, 0 lost, 0 doubled, goes on after {healed:?}",
            told.len()
        ),
    );
}

#[test]
fn f18_with_too_few_connections_people_wait_or_come_back_and_nothing_fails_otherwise() {
    let cluster = Cluster::start();
    let owner = cluster.database("kb");
    cluster.sql("kb", "CREATE ROLE few LOGIN CONNECTION LIMIT 3; ALTER DATABASE kb OWNER TO few; GRANT ALL ON SCHEMA public TO few");
    let url = owner.replace("//kb@", "//few@");
    let server = open(&over(&url, ""));
    let askers = Askers::start("f", &vec![server.url(); 8]);
    askers.more(30);
    assert!(finds(&server.url()));
    let (told, refused) = askers.end();
    assert!(refused.keys().all(|why| why == "503"), "{refused:?}");
    drop(server);
    Kept::at(&owner).hold_to(&told);
}

#[test]
fn f18_a_database_that_takes_no_writes_is_read_and_heals_when_it_does() {
    let cluster = Cluster::start();
    let url = cluster.database("kb");
    let server = open(&over(&url, ""));
    let mut told = BTreeMap::new();
    told.insert(
        "a@example.com".to_owned(),
        ask(&server.url(), "a@example.com"),
    );
    let end_all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'kb' AND pid <> pg_backend_pid()";
    cluster.sql(
        "postgres",
        "ALTER DATABASE kb SET default_transaction_read_only = on",
    );
    cluster.sql("postgres", end_all);
    goes_on_without(&server);
    cluster.sql(
        "postgres",
        "ALTER DATABASE kb RESET default_transaction_read_only",
    );
    cluster.sql("postgres", end_all);
    told.insert(
        "b@example.com".to_owned(),
        asked(&server.url(), "b@example.com", SOON).expect("it takes writes"),
    );
    Kept::at(&url).hold_to(&told);
}

#[test]
fn f21_behind_a_slow_and_lossy_network_all_goes_on_and_cut_off_it_says_so() {
    let cluster = Cluster::start();
    let url = cluster.database("kb");
    let proxy = Proxy::to(cluster.port());
    let through = url.replace(
        &format!(":{}/", cluster.port()),
        &format!(":{}/", proxy.port()),
    );
    let server = open(&over(&through, ""));
    let kept = Kept::at(&url);
    let mut told = BTreeMap::new();
    // 20 ms each way, and one of twenty packets lost: asking takes a second or two and works.
    proxy.weather(Weather::Slow(20));
    told.insert(
        "a@example.com".to_owned(),
        asked(&server.url(), "a@example.com", SOON).expect("slowly"),
    );
    // Half a second: whoever asks may be told to come back; nobody waits for ever, and reading is as quick as ever.
    proxy.weather(Weather::Slow(500));
    let began = Instant::now();
    let answer = ask_once(
        &server.url(),
        "b@example.com",
        &key_of("b@example.com"),
        Duration::from_secs(40),
    );
    let answer = answer.expect("an answer");
    assert!(matches!(answer.status, 201 | 503), "{}", answer.status);
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
    for _ in 0..10 {
        let began = Instant::now();
        assert!(finds(&server.url()));
        assert!(began.elapsed() < Duration::from_secs(2));
    }
    // Cut without a word, and then with one.
    for weather in [Weather::Hangs, Weather::Cut] {
        proxy.weather(weather);
        goes_on_without(&server);
        says_away(&server);
        let title = format!("断网时发布的 {weather:?}");
        kept.publish(&title);
        assert!(!finds_question(&server.url(), &title), "it cannot know yet");
        proxy.weather(Weather::Fine);
        until("what was published meanwhile is found", SOON, || {
            finds_question(&server.url(), &title).then_some(())
        });
        let who = format!("{weather:?}@example.com").to_lowercase();
        told.insert(
            who.clone(),
            asked(&server.url(), &who, SOON).expect("it is back"),
        );
    }
    told.insert(
        "b@example.com".to_owned(),
        asked(&server.url(), "b@example.com", SOON).expect("in the end"),
    );
    kept.hold_to(&told);
    server.eventually("it says that it is reached again", |s| {
        let figures = s.get("/metrics").text();
        figures.contains("kb_questions_open 1").then_some(())
    });
}
