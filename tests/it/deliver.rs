//! Does what is told get out, once, whatever happens on the way? Against mail servers and receivers that refuse, hang and go away,
//! and a program that is killed.

use crate::asking::{Kept, QUICK, ask, site};
use crate::harness::Server;
use crate::hooks::{Receiver, answer};
use crate::smtp_sink::{Mode, Sink};
use jiff::{SignedDuration, Timestamp};
use kb::cases::{Asking, Cases, NewCase, Source, Ways};
use kb::clock::Clock;
use kb::config::Settings;
use kb::model::case::{Case, Kind, Via};
use kb::model::outbox::{Channel, Delivery};
use kb::model::{Email, Lang};
use kb::store::{Location, Store};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn mailing(sink: &Sink) -> String {
    format!(
        "{QUICK}[site]\nbase_url = \"https://help.example.com\"\n[mail]\nfrom = \"help@example.com\"\nsmtp_url = \"{}\"\n",
        sink.url()
    )
}

/// The figure of `/metrics` with this name and labels.
fn figure(server: &Server, name: &str) -> Option<u64> {
    let text = server.get("/metrics").text();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line?.parse().ok()
}

#[test]
fn a_letter_arrives_and_what_it_told_is_forgotten() {
    let sink = Sink::start(Mode::Accept);
    let server = site(&mailing(&sink));
    let _ = ask(&server, "li.lei@example.com", "退款没有到账");
    let mails = sink.wait_for(1);
    assert_eq!(mails[0].to, ["li.lei@example.com"]);
    let (subject, text, html) = mails[0].read();
    assert!(subject.contains("退款没有到账"), "{subject}");
    let link = text.split_whitespace().find(|word| word.contains("/case/"));
    let link = link.expect("a link").to_owned();
    assert!(html.contains(&link), "{html}");
    let path = link.split_once("/case/").expect("a path").1.to_owned();
    let _ = server.get(&format!("/case/{path}")).status(200);
    let kept = Kept::of(&server);
    let case = kept.case("li.lei@example.com");
    let entry = server.eventually("it is marked as sent", |_| {
        let entry = kept.outbox(case.id).into_iter().next()?;
        (entry.delivery == Delivery::Sent).then_some(entry)
    });
    assert_eq!((entry.what.payload.as_str(), entry.attempts), ("", 1));
    let sent = "kb_outbox_attempts_total{channel=\"mail\",outcome=\"sent\"}";
    assert_eq!(figure(&server, sent), Some(1));
    let (code, _) = server.stop();
    assert_eq!((code, sink.received().len()), (Some(0), 1));
}

#[test]
fn f17_what_is_refused_for_good_is_dead_and_others_hear_of_it() {
    let sink = Sink::start(Mode::Unknown("gone@example.com".to_owned()));
    let hook = Receiver::answering(&answer("204 No Content", "", ""));
    let config = format!(
        "{}[[hooks]]\nname = \"crm\"\nurl = \"{}\"\nsecret = \"{SECRET}\"\nallow_private = true\nevents = [\"mail.dead\"]\n",
        mailing(&sink),
        hook.url()
    );
    let server = site(&config);
    let _ = ask(&server, "gone@example.com", "退款没有到账");
    let _ = ask(&server, "here@example.com", "退款没有到账");
    assert_eq!(sink.wait_for(1)[0].to, ["here@example.com"]);
    let told = server.eventually("the hook hears of it", |_| {
        hook.requests.lock().expect("requests").first().cloned()
    });
    let told: serde_json::Value = serde_json::from_str(&told.body).expect("JSON");
    assert_eq!(told["type"], "mail.dead");
    assert_eq!(told["data"]["to"], "gone@example.com");
    let kept = Kept::of(&server);
    let dead = kept.outbox(kept.case("gone@example.com").id);
    assert!(
        dead[0].delivery == Delivery::Dead && dead[0].last_error.contains("no such user"),
        "{dead:?}"
    );
    server.eventually("it is counted", |server| {
        let dead = figure(
            server,
            "kb_outbox_entries{channel=\"mail\",delivery=\"dead\"}",
        );
        (dead == Some(1)).then_some(())
    });
}

#[test]
fn a_hook_that_hangs_or_leads_inside_holds_up_nobody() {
    let hanging = Receiver::serving(|_| std::thread::park_timeout(Duration::from_secs(60)));
    let inside = Receiver::answering(&answer("200 OK", "", ""));
    let redirect = format!("Location: {}\r\n", inside.url());
    let redirecting = Receiver::answering(&answer("302 Found", &redirect, ""));
    let fine = Receiver::answering(&answer("200 OK", "", ""));
    let hook = |name: &str, receiver: &Receiver| {
        format!(
            "[[hooks]]\nname = \"{name}\"\nurl = \"{}\"\nsecret = \"{SECRET}\"\nallow_private = true\n",
            receiver.url()
        )
    };
    let config = [
        QUICK.to_owned(),
        hook("hanging", &hanging),
        hook("redirecting", &redirecting),
        hook("fine", &fine),
    ];
    let server = site(&config.concat());
    for i in 0..5 {
        let _ = ask(&server, &format!("a{i}@b.cn"), "退款没有到账");
    }
    server.eventually("the one that works has all of them", |_| {
        (fine.requests.lock().expect("requests").len() == 5).then_some(())
    });
    server.eventually("a redirect is the end", |_| {
        let dead = figure(
            &server,
            "kb_outbox_attempts_total{channel=\"hook\",outcome=\"dead\"}",
        );
        (dead == Some(5)).then_some(())
    });
    assert_eq!(inside.connections(), 0, "nobody was led inside");
    let first = fine.requests.lock().expect("requests")[0].clone();
    let told: serde_json::Value = serde_json::from_str(&first.body).expect("JSON");
    assert_eq!(told["type"], "case.opened");
    assert_eq!(told["data"]["case"]["state"], "new");
}

#[test]
fn f22_a_slow_server_gets_what_was_begun_when_the_program_ends() {
    let sink = Sink::start(Mode::Slow(Duration::from_millis(400)));
    let server = site(&mailing(&sink));
    let _ = ask(&server, "a@b.cn", "退款没有到账");
    server.eventually("it is being sent", |_| {
        (sink.connections() > 0).then_some(())
    });
    let kb = server.kb().clone();
    let (code, log) = server.stop();
    assert_eq!((code, sink.received().len()), (Some(0), 1), "{log}");
    let again = kb.serve();
    let kept = Kept::of(&again);
    let entry = kept.outbox(kept.case("a@b.cn").id).remove(0);
    assert_eq!((entry.delivery, entry.attempts), (Delivery::Sent, 1));
}

/// Cases in this process, with a clock that can be moved.
pub(crate) struct House {
    pub(crate) cases: Cases,
    pub(crate) clock: Clock,
    _folder: TempDir,
}

fn start() -> Timestamp {
    "2026-11-22T02:00:00Z".parse().expect("a time")
}

impl House {
    pub(crate) async fn with(settings: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Clock::fixed(start());
        let mut made = Settings::default();
        made.mail.from = Email::parse("help@example.com").ok();
        settings(&mut made);
        let store = Store::open(&Location::within(folder.path()))
            .await
            .expect("a store");
        let cases = Cases::open(store, Arc::new(made), clock.clone()).await;
        Self {
            cases: cases.expect("cases"),
            clock,
            _folder: folder,
        }
    }

    pub(crate) fn ways(&self) -> Arc<Ways> {
        let signer = self.cases.signer().clone();
        let ways = Ways::of(self.cases.settings(), "https://help.example.com", signer);
        Arc::new(ways.expect("ways"))
    }

    pub(crate) async fn ask(&self, email: &str) -> Case {
        let new = NewCase {
            tier: None,
            email: Email::parse(email).expect("an address"),
            name: None,
            lang: Lang::ZhCn,
            text: "退款没有到账".to_owned(),
            kind: Kind::Question,
            product: None,
            category: String::new(),
            via: Via::Page,
            visit: None,
            steps: Vec::new(),
            files: Vec::new(),
            articles: Vec::new(),
        };
        let asking = Asking {
            key: None,
            proof: None,
            source: Source::OWN,
        };
        self.cases.ask(new, asking).await.expect("a case").case
    }

    pub(crate) fn later(&self, minutes: i64) {
        let now = self.clock.now() + SignedDuration::from_mins(minutes);
        self.clock.set(now);
    }
}

pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work)
}

#[test]
fn f17_greylisted_for_hours_it_arrives_in_the_end() {
    let sink = Sink::start(Mode::Later);
    run(async {
        let house = House::with(|settings| settings.mail.smtp_url = Some(sink.url())).await;
        let _ = house.ask("a@b.cn").await;
        let ways = house.ways();
        for minutes in [0, 2, 3, 6, 17, 33] {
            house.later(minutes);
            let tried = house.cases.deliver_due(Channel::Mail, &ways).await;
            assert_eq!(tried.expect("tried"), 1, "after {minutes} minutes");
            let early = house.cases.deliver_due(Channel::Mail, &ways).await;
            assert_eq!(early.expect("tried"), 0, "not before its time");
        }
        sink.set(Mode::Accept);
        house.later(66);
        let tried = house.cases.deliver_due(Channel::Mail, &ways).await;
        assert_eq!((tried.expect("tried"), sink.received().len()), (1, 1));
    });
}

#[test]
fn f17_a_server_that_is_down_for_days_makes_dead_letters_that_can_be_sent_again() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = port.local_addr().expect("an address");
    drop(port);
    run(async {
        let url = format!("smtp://{address}");
        let house = House::with(|settings| settings.mail.smtp_url = Some(url)).await;
        let _ = house.ask("a@b.cn").await;
        let ways = house.ways();
        let mut attempts = 0;
        for _ in 0..24 * 5 {
            attempts += house
                .cases
                .deliver_due(Channel::Mail, &ways)
                .await
                .expect("tried");
            house.later(60);
        }
        assert_eq!(attempts, 13, "tried for days, and not for ever");
        let mut read = house.cases.store().read().await.expect("a reader");
        let dead = read.outbox(Some(Delivery::Dead), None, 9).await;
        let dead = dead.expect("read");
        assert!(dead[0].last_error.contains("connecting"), "{dead:?}");
        assert!(!dead[0].what.payload.is_empty(), "it can be sent again");
        drop(read);
        let mut tx = house.cases.store().begin().await.expect("a transaction");
        tx.revive(None, house.clock.now()).await.expect("revived");
        tx.commit().await.expect("durable");
        let tried = house.cases.deliver_due(Channel::Mail, &ways).await;
        assert_eq!(tried.expect("tried"), 1);
    });
}

#[test]
fn f17_when_the_mail_server_is_back_nothing_waits_until_tomorrow() {
    let sink = Sink::start(Mode::Closed);
    run(async {
        let house = House::with(|settings| settings.mail.smtp_url = Some(sink.url())).await;
        for i in 0..3 {
            let _ = house.ask(&format!("a{i}@b.cn")).await;
        }
        let ways = house.ways();
        for _ in 0..48 {
            let _ = house.cases.deliver_due(Channel::Mail, &ways).await;
            house.later(60);
        }
        let tried = house.cases.deliver_due(Channel::Mail, &ways).await;
        assert_eq!(tried.expect("tried"), 0, "they wait for hours");
        sink.set(Mode::Accept);
        let _ = house.ask("new@b.cn").await;
        let _ = house.cases.deliver_due(Channel::Mail, &ways).await;
        assert_eq!(
            sink.received().len(),
            4,
            "the first that leaves opens the way"
        );
    });
}

#[test]
fn f17_mails_of_one_case_to_one_person_leave_in_order() {
    let sink = Sink::start(Mode::Later);
    run(async {
        let house = House::with(|settings| settings.mail.smtp_url = Some(sink.url())).await;
        let _ = house.ask("a@b.cn").await;
        let _ = house.ask("c@d.cn").await;
        let ways = house.ways();
        let mut read = house.cases.store().read().await.expect("a reader");
        let email = Email::parse("a@b.cn").expect("an address");
        let person = read.person_by_email(&email).await.expect("read");
        let person = person.expect("somebody");
        let case = read.cases_of(person.id, 1).await.expect("read").remove(0);
        drop(read);
        house.later(1);
        let _ = house.cases.confirm(case.id).await.expect("closed");
        let mut tx = house.cases.store().begin().await.expect("a transaction");
        let news = kb::cases::News::Reopened {
            by_requester: false,
        };
        house.cases.tell(&mut tx, &case, news).await.expect("told");
        tx.commit().await.expect("durable");
        let tried = house.cases.deliver_due(Channel::Mail, &ways).await;
        assert_eq!(tried.expect("tried"), 2, "the first of each");
        sink.set(Mode::Accept);
        house.later(2);
        let _ = house.cases.deliver_due(Channel::Mail, &ways).await;
        let _ = house.cases.deliver_due(Channel::Mail, &ways).await;
        let mails = sink.received();
        let subjects: Vec<String> = mails
            .iter()
            .filter(|mail| mail.to == ["a@b.cn"])
            .map(|mail| mail.read().0)
            .collect();
        assert!(
            subjects.len() == 2 && subjects[0].contains("已收到"),
            "{subjects:?}"
        );
    });
}
