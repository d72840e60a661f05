//! Are several servers one help centre? Real processes on one PostgreSQL, each with its own index of the same articles, behind HAProxy,
//! through PgBouncer, over a primary and its standby.

use crate::database::Askers;
use crate::harness::{Kb, Server};
use crate::help_centre::{
    CALM, Kept, acknowledged, ask, ask_once, asked, beside, finds, finds_question, key_of, open,
    over,
};
use crate::postgres::{self, Cluster, as_nobody_special, free_port};
use crate::smtp_sink::{Mode, Sink};
use crate::tools::{any, figure, get, needs, request, until};
use kb::model::case::{Reach, What};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(40);

/// A program beside, ended when dropped.
struct Beside {
    child: Child,
    folder: TempDir,
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// HAProxy before these servers, as `kb/operations/several-servers.md` says. Returns its address.
fn haproxy(servers: &[&Server]) -> (Beside, String) {
    let program = needs("haproxy", "haproxy");
    let port = free_port();
    let mut config = format!(
        "global\n  maxconn 500\ndefaults\n  mode http\n  timeout connect 2s\n  timeout client 30s\n  timeout server 30s\n  retries 3\n  option redispatch 1\n  \
         retry-on conn-failure empty-response\nfrontend help\n  bind 127.0.0.1:{port}\n  default_backend kb\nbackend kb\n  balance roundrobin\n  \
         http-request disable-l7-retry unless METH_GET\n  option httpchk GET /readyz\n  http-check expect status 200\n  default-server inter 200ms fall 1 rise 1\n"
    );
    for (n, server) in servers.iter().enumerate() {
        let address = server.url().replace("http://", "");
        config.push_str(&format!("  server kb{n} {address} check\n"));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("haproxy.cfg");
    std::fs::write(&file, config).expect("written");
    let child = Command::new(program)
        .args(["-db", "-f"])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("haproxy starts");
    let base = format!("http://127.0.0.1:{port}");
    until("haproxy passes on", SOON, || finds(&base).then_some(()));
    (Beside { child, folder }, base)
}

/// PgBouncer in transaction mode before a database, with fewer connections than there are who want one.
struct Bouncer {
    beside: Beside,
    port: u16,
}

impl Bouncer {
    fn before(url: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("kb-bouncer")
            .tempdir_in("/tmp")
            .expect("a folder");
        let port = free_port();
        let (server, name) = url.rsplit_once('/').expect("a database");
        let place = server.rsplit('@').next().expect("a host");
        let (host, db_port) = place.split_once(':').unwrap_or((place, "5432"));
        let config = format!(
            "[databases]\nkb = host={host} port={db_port} dbname={name} user=kb\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nignore_startup_parameters = extra_float_digits\n\
             server_login_retry = 1\nlogfile = {}/log\n",
            folder.path().display()
        );
        std::fs::write(folder.path().join("pgbouncer.ini"), config).expect("written");
        // It refuses to be run by root.
        let _ = Command::new("chown")
            .arg("-R")
            .arg("postgres")
            .arg(folder.path())
            .status();
        let child = Self::start(folder.path());
        let bouncer = Self {
            beside: Beside { child, folder },
            port,
        };
        until("it listens", SOON, || {
            std::net::TcpStream::connect(("127.0.0.1", port)).ok()
        });
        bouncer
    }

    fn start(folder: &Path) -> Child {
        let program = needs("pgbouncer", "pgbouncer");
        let mut command = as_nobody_special(&program);
        command
            .arg("-q")
            .arg(folder.join("pgbouncer.ini"))
            .current_dir("/");
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer starts")
    }

    fn url(&self) -> String {
        format!("postgres://kb@127.0.0.1:{}/kb", self.port)
    }

    /// Ended at once, and started again.
    fn restart(&mut self) {
        // `runuser` passes the signal on.
        let pid = self.beside.child.id().to_string();
        let _ = Command::new("kill").args(["-s", "TERM", &pid]).status();
        self.beside.child.wait().expect("over");
        until("its port is free", SOON, || {
            std::net::TcpListener::bind(("127.0.0.1", self.port)).ok()
        });
        self.beside.child = Self::start(self.beside.folder.path());
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let pid = self.beside.child.id().to_string();
        let _ = Command::new("kill").args(["-s", "TERM", &pid]).status();
        let _ = self.beside.child.wait();
    }
}

/// Makes an account of the desk.
pub(crate) fn user(kb: &Kb, name: &str) {
    let email = format!("{name}@example.com");
    let add = [
        "user", "add", &email, "--name", name, "--role", "agent", "--group", "support",
    ];
    let mut child = kb
        .command(add)
        .stdin(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("its input");
    writeln!(input, "a long enough password").expect("taken");
    drop(input);
    assert!(child.wait().expect("over").success());
}

/// Signs in as Mei.
pub(crate) fn sign_in(server: &Server, password: &str) -> crate::harness::Response {
    let body = format!("email=mei%40example.com&password={password}&next=%2Fdesk");
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    server.send("POST", "/desk/sign-in", &headers, &body)
}

#[test]
fn f18_two_servers_are_one_help_centre() {
    // Slow enough that each server looks several times while the other is sending: without leases both would send the same.
    let sink = Sink::start(Mode::Slow(Duration::from_millis(300)));
    let url = postgres::database();
    let config = format!(
        "[mail]\nfrom = \"help@example.com\"\nsmtp_url = \"{}\"\n",
        sink.url()
    );
    let first = over(&url, &config);
    let (a, b) = (open(&first), open(&beside(&first, &url)));
    let kept = Kept::at(&url);
    // A published question is found on both within five seconds.
    let began = Instant::now();
    kept.publish("两台服务器都找得到");
    for server in [&a, &b] {
        until("it is found", SOON, || {
            finds_question(&server.url(), "两台服务器都找得到").then_some(())
        });
    }
    let found = began.elapsed();
    assert!(found < Duration::from_secs(5), "{found:?}");
    // What is due is done once, and each is told once, whichever server took the question.
    let mut told = BTreeMap::new();
    for n in 0..30 {
        let who = format!("n{n}@example.com");
        let base = if n % 2 == 0 { a.url() } else { b.url() };
        told.insert(who.clone(), ask(&base, &who));
    }
    let who = "again@example.com";
    let number = ask(&a.url(), who);
    assert_eq!(
        ask(&b.url(), who),
        number,
        "the same key is the same case on both"
    );
    told.insert(who.to_owned(), number);
    let mails = sink.wait_for(told.len());
    let late: Vec<_> = kept.cases().into_iter().take(5).collect();
    for case in &late {
        kept.run(async {
            let mut tx = kept.store.begin().await.expect("a transaction");
            let mut case = tx
                .case_for_update(case.id)
                .await
                .expect("read")
                .expect("there");
            let long_ago = case.opened_at - jiff::SignedDuration::from_hours(1);
            case.due.first_answer = Some(long_ago);
            tx.save_case(&mut case, Vec::new()).await.expect("kept");
            tx.commit().await.expect("durable");
        });
    }
    let lates = |kept: &Kept| {
        let count = |id| {
            kept.run(async {
                let mut read = kept.store.read().await.expect("a reader");
                let events = read.events(id, 0, Reach::Internal).await.expect("read");
                events
                    .iter()
                    .filter(|event| matches!(event.what, What::Late { .. }))
                    .count()
            })
        };
        late.iter().map(|case| count(case.id)).collect::<Vec<_>>()
    };
    until("what is late is noted", SOON, || {
        lates(&kept).iter().all(|n| *n > 0).then_some(())
    });
    // Both have looked again by then.
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(lates(&kept), [1; 5], "by one of them, once");
    let confirmations = sink
        .received()
        .iter()
        .filter(|mail| mail.to.concat().contains("@example.com"))
        .count();
    assert!(mails.len() <= confirmations);
    let mut ids: Vec<String> = sink
        .received()
        .iter()
        .map(|mail| mail.header("Message-ID"))
        .collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "no mail is sent twice");
    kept.hold_to(&told);
    figure(
        "11",
        &format!(
            "published question found on both after {found:?}; {all} mails of two servers, 0 doubled; 5 late cases noted once"
        ),
    );
}

#[test]
fn f18_sessions_limits_and_live_pages_are_those_of_all_servers() {
    let url = postgres::database();
    let config = "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n";
    let first = Kb::new()
        .article("怎么申请退款", "在订单页点“申请退款”。")
        .config(&format!(
            "[ask]\nmin_seconds = 0\nproof = 0\nper_address_hour = 6\n{config}"
        ))
        .env("KB_DATABASE_URL", &url);
    let (a, b) = (open(&first), open(&beside(&first, &url)));
    user(&first, "mei");
    let answer = sign_in(&a, "a+long+enough+password").status(303);
    let cookie: Vec<&str> = answer
        .all_headers("set-cookie")
        .iter()
        .filter_map(|c| c.split(';').next())
        .collect();
    let cookie = cookie.join("; ");
    let me = |server: &Server| {
        server.get_with("/desk/me", &[("cookie", &cookie), ("accept", "text/html")])
    };
    let _ = me(&a).status(200);
    let _ = me(&b).status(200);
    // A live page on one hears of a question that was asked on the other.
    let headers = format!(
        "GET /desk/live HTTP/1.1\r\nhost: kb\r\ncookie: {cookie}\r\naccept: text/event-stream\r\n\r\n"
    );
    let mut live =
        std::net::TcpStream::connect(b.url().replace("http://", "")).expect("it accepts");
    live.write_all(headers.as_bytes()).expect("sent");
    live.set_read_timeout(Some(Duration::from_millis(200)))
        .expect("a limit");
    // Six questions of one address in an hour, on whichever server.
    let ask_from = |server: &Server, n: u32| {
        let body = serde_json::json!({ "email": format!("n{n}@example.com"), "text": format!("退款没有到账 {n}") });
        let headers = [
            ("content-type", "application/json"),
            ("x-forwarded-for", "192.0.2.7"),
        ];
        let path = format!("{}/api/v1/cases", server.url());
        request("POST", &path, &headers, &body.to_string(), SOON)
            .expect("an answer")
            .status
    };
    let taken: Vec<u16> = (0..10)
        .map(|n| ask_from(if n % 2 == 0 { &a } else { &b }, n))
        .collect();
    assert_eq!(
        taken.iter().filter(|status| **status == 201).count(),
        6,
        "{taken:?}"
    );
    assert!(taken[6..].iter().all(|status| *status == 429), "{taken:?}");
    let mut heard = String::new();
    until("the live page hears of it", SOON, || {
        let mut bytes = [0; 4096];
        if let Ok(read) = std::io::Read::read(&mut live, &mut bytes) {
            heard.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        heard.contains("event:").then_some(())
    });
    // Who tries passwords on one server has tried them on the other.
    let statuses: Vec<u16> = (0..12)
        .map(|n| sign_in(if n % 2 == 0 { &a } else { &b }, "wrong").status_code())
        .collect();
    assert!(
        statuses[..4].iter().all(|s| *s != 429) && statuses.contains(&429),
        "{statuses:?}"
    );
    // Signed out on one is signed out on both.
    let page = me(&b).text();
    let csrf = page
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a mark");
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    let _ = b
        .send("POST", "/desk/sign-out", &headers, &format!("csrf={csrf}"))
        .status(303);
    assert!(!me(&a).is(200), "the session has ended everywhere");
}

/// What is read without the database, and the forum's list, which is not.
const PAGES: [&str; 4] = [
    "/",
    "/search?q=%E9%80%80%E6%AC%BE",
    "/api/v1/search?q=%E9%80%80%E6%AC%BE",
    "/questions",
];
const READING: &[&str] = PAGES.split_at(3).0;

/// Reads without a pause; collects what is not answered as it should be.
struct Load {
    over: Arc<AtomicBool>,
    threads: Vec<std::thread::JoinHandle<Vec<String>>>,
    reads: Arc<AtomicU32>,
}

impl Load {
    fn on(base: &str, paths: &'static [&'static str]) -> Self {
        let (over, reads) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU32::new(0)),
        );
        let threads = (0..3).map(|_| {
            let (over, reads, base) = (Arc::clone(&over), Arc::clone(&reads), base.to_owned());
            std::thread::spawn(move || {
                let mut lost = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let path = paths[usize::try_from(any(paths.len() as u64)).unwrap_or(0)];
                    match get(&format!("{base}{path}")) {
                        Ok(answer) if answer.status == 200 => {
                            reads.fetch_add(1, Ordering::Relaxed);
                        }
                        Ok(answer) => lost.push(format!("{path}: {}", answer.status)),
                        Err(why) => lost.push(format!("{path}: {why}")),
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
                lost
            })
        });
        Self {
            threads: threads.collect(),
            over,
            reads,
        }
    }

    fn end(self) -> (u32, Vec<String>) {
        self.over.store(true, Ordering::Relaxed);
        let lost = self
            .threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a reader"))
            .collect();
        (self.reads.load(Ordering::Relaxed), lost)
    }
}

#[test]
fn f22_one_server_is_stopped_and_one_is_killed_behind_a_proxy_and_no_request_is_lost() {
    let url = postgres::database();
    let first = over(&url, "[server]\ndrain_ms = 1500\n");
    let second = beside(&first, &url);
    // Started again it must be where the proxy looks for it.
    let (port_a, port_b) = (free_port(), free_port());
    let serve = |kb: &Kb, port: u16| {
        let listen = format!("127.0.0.1:{port}");
        let server = Server::start(kb.clone(), kb.command(["serve", "--listen", &listen]));
        server.eventually("questions can be asked", |s| {
            s.get("/ask").is(200).then_some(())
        });
        server
    };
    let (a, b) = (serve(&first, port_a), serve(&second, port_b));
    let (_proxy, base) = haproxy(&[&a, &b]);
    let (load, askers) = (
        Load::on(&base, &PAGES),
        Askers::start("p", &[base.clone(), base.clone()]),
    );
    askers.more(5);
    // Told to end: the proxy sees it before it does.
    let (code, log) = a.stop();
    assert_eq!(code, Some(0), "{log}");
    askers.more(5);
    let (reads, lost) = load.end();
    assert_eq!(lost, [] as [String; 0], "of {reads} while one was stopped");
    let (mut told, refused) = askers.end();
    assert!(refused.is_empty(), "{refused:?} while one was stopped");
    // Killed: reading goes on elsewhere at once; who asks asks again with the same key and has one case.
    let a = serve(&first, port_a);
    let (load, askers) = (
        Load::on(&base, &PAGES),
        Askers::start("k", &[base.clone(), base.clone()]),
    );
    askers.more(5);
    b.signal("KILL");
    askers.more(10);
    let (more_reads, lost) = load.end();
    assert_eq!(
        lost,
        [] as [String; 0],
        "of {more_reads} while one was killed"
    );
    let (also_told, refused) = askers.end();
    assert!(
        refused.values().sum::<u32>() <= 4,
        "{refused:?} while one was killed"
    );
    told.extend(also_told);
    Kept::at(&url).hold_to(&told);
    drop((a, b));
    figure(
        "F22/11",
        &format!(
            "{} reads and {} questions through HAProxy: one server stopped (0 lost), one killed (0 reads lost, {refused:?} asked again, 0 doubled)",
            reads + more_reads,
            told.len()
        ),
    );
}

#[test]
fn f22_told_to_end_it_says_so_first_and_takes_requests_until_the_proxy_has_noticed() {
    let kb = Kb::new()
        .article("退款", "三天")
        .config(&format!("{CALM}[server]\ndrain_ms = 1500\n"));
    let server = kb.serve();
    server.signal("TERM");
    let began = Instant::now();
    server.eventually("it is not ready any more", |s| {
        s.get("/readyz").is(503).then_some(())
    });
    assert!(began.elapsed() < Duration::from_secs(1));
    let answer = server.get("/search?q=退款").status(200);
    assert_eq!(
        answer.header("connection"),
        "close",
        "the next request goes elsewhere"
    );
    let (code, log) = server.stop();
    assert!(code == Some(0) || log.contains("twice"), "{log}");
}

#[test]
fn f18_through_a_pooler_that_gives_each_transaction_another_connection_all_works() {
    let url = postgres::database();
    let mut bouncer = Bouncer::before(&url);
    let first = over(&bouncer.url(), "[database]\npooler = true\n");
    let (a, b) = (open(&first), open(&beside(&first, &bouncer.url())));
    user(&first, "mei");
    assert_eq!(sign_in(&a, "a+long+enough+password").status_code(), 303);
    let kept = Kept::at(&url);
    let askers = Askers::start("b", &[a.url(), b.url(), a.url(), b.url(), a.url(), b.url()]);
    let load = (Load::on(&a.url(), READING), Load::on(&b.url(), READING));
    askers.more(40);
    kept.publish("经过连接池也找得到");
    for server in [&a, &b] {
        until("it is found", SOON, || {
            finds_question(&server.url(), "经过连接池也找得到").then_some(())
        });
    }
    let (reads, lost) = load.0.end();
    assert_eq!(
        (lost, load.1.end().1),
        (Vec::new(), Vec::new()),
        "of {reads}"
    );
    // It is restarted under load: who asks meanwhile comes back.
    bouncer.restart();
    askers.more(20);
    let (told, refused) = askers.end();
    assert!(refused.keys().all(|why| why == "503"), "{refused:?}");
    assert!(!a.log().contains("prepared statement"), "{}", a.log());
    kept.hold_to(&told);
    figure(
        "11",
        &format!(
            "PgBouncer, 3 connections for 2 servers: {} questions, {refused:?} told to come back when it was restarted, 0 lost",
            told.len()
        ),
    );
}

#[test]
fn f18_a_pooler_that_the_settings_do_not_know_of_is_named() {
    let url = postgres::database();
    let bouncer = Bouncer::before(&url);
    let first = over(&bouncer.url(), "");
    let (a, b) = (first.serve(), beside(&first, &bouncer.url()).serve());
    until("it says what to set", SOON, || {
        let _ = ask_once(&a.url(), "a@example.com", "key-of-a", SOON);
        let _ = ask_once(&b.url(), "b@example.com", "key-of-b", SOON);
        let logs = a.log() + &b.log();
        (logs.contains("pooler")).then_some(())
    });
    assert!(finds(&a.url()) && finds(&b.url()));
}

#[test]
fn f18_when_the_primary_dies_the_standby_is_used_and_nothing_acknowledged_is_lost() {
    let primary = Cluster::start();
    let url = primary.database("kb");
    let standby = primary.follower();
    // What is acknowledged is on both.
    primary.sql(
        "postgres",
        "ALTER SYSTEM SET synchronous_standby_names = '*'",
    );
    primary.sql("postgres", "SELECT pg_reload_conf()");
    until("it follows", SOON, || {
        (primary.sql(
            "postgres",
            "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'",
        ) == "1")
            .then_some(())
    });
    let hosts = format!("127.0.0.1:{},127.0.0.1:{}", standby.port(), primary.port());
    let both = url.replace(&format!("127.0.0.1:{}", primary.port()), &hosts);
    let first = over(&both, "");
    let (a, b) = (open(&first), open(&beside(&first, &both)));
    let (load, askers) = (
        Load::on(&a.url(), READING),
        Askers::start("o", &[a.url(), b.url(), a.url(), b.url()]),
    );
    askers.more(10);
    primary.down();
    std::thread::sleep(Duration::from_secs(2));
    standby.promote();
    // Nobody follows it yet, so it must not wait for anybody.
    standby.sql("postgres", "ALTER SYSTEM RESET synchronous_standby_names");
    standby.sql("postgres", "SELECT pg_reload_conf()");
    let began = Instant::now();
    askers.more(10);
    let healed = began.elapsed();
    let (told, refused) = askers.end();
    let (reads, lost) = load.end();
    assert_eq!(lost, [] as [String; 0], "of {reads} reads");
    assert!(refused.keys().all(|why| why == "503"), "{refused:?}");
    let kept = Kept::at(&format!("{}/kb", standby.url()));
    kept.hold_to(&told);
    kept.publish("切换以后发布的");
    for server in [&a, &b] {
        until("it is found", SOON, || {
            finds_question(&server.url(), "切换以后发布的").then_some(())
        });
    }
    figure(
        "F18/11",
        &format!(
            "failover: ten more questions {healed:?} after the promotion, {} acknowledged, {refused:?} told to come back, 0 lost, 0 of {reads} reads failed",
            told.len()
        ),
    );
}

#[test]
fn f20_an_older_program_goes_on_while_a_newer_one_changes_the_tables_and_is_refused_at_its_next_start()
 {
    let cluster = Cluster::start();
    let url = cluster.database("kb");
    let first = over(&url, "");
    first
        .run(["migrate", "--check"])
        .code(1)
        .stdout_has("are to be changed");
    let a = open(&first);
    first
        .run(["migrate", "--check"])
        .code(0)
        .stdout_has("are up to date");
    // A newer program has added what the older one does not know: a column with a default, and its note.
    cluster.sql("kb", "ALTER TABLE cases ADD COLUMN later TEXT NOT NULL DEFAULT ''; INSERT INTO migrations VALUES (99, 'later', 'x', 0)");
    let mut told = BTreeMap::new();
    for n in 0..3 {
        let who = format!("n{n}@example.com");
        told.insert(
            who.clone(),
            asked(&a.url(), &who, SOON).expect("it goes on"),
        );
    }
    first
        .run(["migrate", "--check"])
        .code(2)
        .stderr_has("made by a newer kb")
        .stderr_has("help:");
    let again = beside(&first, &url).serve();
    again.eventually("it says why", |s| {
        s.log().contains("made by a newer kb").then_some(())
    });
    assert!(finds(&again.url()), "and search goes on");
    let answer = ask_once(
        &again.url(),
        "x@example.com",
        &key_of("x@example.com"),
        SOON,
    )
    .expect("an answer");
    assert!(
        acknowledged(&answer).is_none() && answer.status == 503,
        "{answer:?}"
    );
    cluster.sql("kb", "DELETE FROM migrations WHERE version = 99");
    Kept::at(&url).hold_to(&told);
}
