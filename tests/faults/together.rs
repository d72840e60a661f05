//! Does every server know at once what was done on another? What has ended has ended everywhere, and what is limited is limited for all
//! servers together: real processes on one PostgreSQL, asked in turn.

use crate::harness::{Kb, Response, Server};
use crate::help_centre::{Kept, beside, open};
use crate::postgres::{self, Cluster};
use crate::several::{sign_in, user};
use crate::tools::{Answer, figure, request};
use jiff::{SignedDuration, Timestamp};
use kb::model::question::{Answer as Answered, Author, Shown};
use kb::model::{AnswerId, Customer, Email, Lang, PersonName, Subject, VisitId};
use kb::store::{CustomerSession, Store};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(40);
const PASSWORD: &str = "a+long+enough+password";
/// Where strangers are, as a proxy says.
const NETWORK: &str = "198.51.100.7";

/// Two servers of one help centre, behind a proxy that is believed.
struct Two {
    first: Kb,
    a: Server,
    b: Server,
    kept: Kept,
}

impl Two {
    fn with(more: &str) -> Self {
        Self::over(&postgres::database(), more)
    }

    fn over(url: &str, more: &str) -> Self {
        let config = format!(
            "[ask]\nmin_seconds = 0\nproof = 0\nper_address_hour = 100000\nper_hour = 100000\nunproved_per_hour = 100000\n\
             [server]\ntrusted_proxies = [\"127.0.0.1\"]\n{more}"
        );
        let first = Kb::new()
            .article("怎么申请退款", "在订单页点“申请退款”。")
            .write(
                "kb/vip.md",
                "+++\ntitle = \"专线电话\"\naudience = \"customer\"\n+++\n请拨打 4001。\n",
            )
            .config(&config)
            .env("KB_DATABASE_URL", url);
        let (a, b) = (open(&first), open(&beside(&first, url)));
        let kept = Kept::at(url);
        Self { first, a, b, kept }
    }

    /// One server and the other in turn.
    fn turn(&self, n: usize) -> &Server {
        if n.is_multiple_of(2) {
            &self.a
        } else {
            &self.b
        }
    }

    /// How often something is taken that is done by one network on both servers in turn, until it is refused twice in a row: as
    /// often as is permitted, and not twice as often.
    #[track_caller]
    fn taken(&self, what: &str, limit: usize, done: impl Fn(&Server, usize) -> u16) {
        let statuses: Vec<u16> = (0..limit + 6).map(|n| done(self.turn(n), n)).collect();
        let taken = statuses.iter().filter(|status| **status != 429).count();
        // A bucket gives something back while this goes on.
        assert!((limit..=limit + 2).contains(&taken), "{what}: {statuses:?}");
        assert!(
            statuses[..limit].iter().all(|s| *s != 429),
            "{what}: {statuses:?}"
        );
        figure(
            "11",
            &format!("{what}: {taken} taken by two servers, of {limit} an hour"),
        );
    }
}

/// A form that a stranger sends through the proxy.
fn form(server: &Server, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-forwarded-for", NETWORK),
    ];
    let url = format!("{}{path}", server.url());
    request("POST", &url, &headers, &body, SOON).expect("an answer")
}

/// What a form of a page carries so that it is known again.
fn stamp(server: &Server, path: &str) -> String {
    let page = server.get(path).status(200).text();
    let after = page.split("name=\"stamp\" value=\"").nth(1);
    let value = after.and_then(|rest| rest.split('"').next());
    value.expect("a stamp").to_owned()
}

fn cookie(answer: &Response) -> String {
    let cookies = answer.all_headers("set-cookie");
    let pairs: Vec<&str> = cookies.iter().filter_map(|c| c.split(';').next()).collect();
    pairs.join("; ")
}

fn desk(server: &Server, cookie: &str) -> Response {
    server.get_with("/desk/me", &[("cookie", cookie), ("accept", "text/html")])
}

fn by_key(server: &Server, key: &str) -> Response {
    let bearer = format!("Bearer {key}");
    server.get_with("/api/v1/search?q=电话", &[("authorization", &bearer)])
}

/// The text and the id of a new key.
fn new_key(kb: &Kb, more: &[&str]) -> (String, String) {
    let add = [&["key", "add", "--name", "till"], more].concat();
    let text = kb.run(add).code(0).out().trim().to_owned();
    let all = kb.run(["key", "list", "--format", "json"]).code(0).json();
    let own = all.as_array().expect("keys").iter().find(|one| {
        let hint = one["hint"].as_str().expect("a hint");
        text.starts_with(hint)
    });
    let id = own.expect("the key")["id"].as_str().expect("an id");
    (text, id.to_owned())
}

#[test]
fn s48_whoever_costs_people_mails_or_disks_has_one_share_of_all_servers() {
    let two = Two::with(
        "[uploads]\naddress_day_mib = 1\n[follow]\nper_hour = 1000\n[identity]\nemail = true\n",
    );
    two.kept.publish("换货要多久");
    two.taken("links sent again", 10, |server, n| {
        form(
            server,
            "/case/resend",
            &[("email", &format!("r{n}@example.com"))],
        )
        .status
    });
    two.taken("codes mailed", 20, |server, n| {
        form(
            server,
            "/sign-in",
            &[("email", &format!("c{n}@example.com"))],
        )
        .status
    });
    two.taken("forgotten passwords", 10, |server, n| {
        form(
            server,
            "/desk/forgot",
            &[("email", &format!("f{n}@example.com"))],
        )
        .status
    });
    let path = "/follow?article=%E6%80%8E%E4%B9%88%E7%94%B3%E8%AF%B7%E9%80%80%E6%AC%BE";
    two.taken("asked whether they follow", 10, |server, n| {
        let fields = [
            ("article", "怎么申请退款"),
            ("stamp", &stamp(server, path)),
            ("email", &format!("w{n}@example.com")),
        ];
        form(server, "/follow", &fields).status
    });
    two.taken("wrong links", 60, |server, _| {
        let token = Store::new_token().expect("a token");
        let url = format!("{}/case/{}", server.url(), token.reveal());
        let answer = request("GET", &url, &[("x-forwarded-for", NETWORK)], "", SOON);
        answer.expect("an answer").status
    });
    let number = two.kept.run(async {
        let mut read = two.kept.store.read().await.expect("a reader");
        read.published_marks(0, 1).await.expect("read")[0].number
    });
    two.taken("votes", 120, |server, _| {
        let visit = VisitId::generate(Timestamp::now()).to_string();
        let body = serde_json::json!({ "visit": visit, "helpful": true }).to_string();
        let url = format!("{}/api/v1/questions/{number}/votes", server.url());
        let headers = [
            ("content-type", "application/json"),
            ("x-forwarded-for", NETWORK),
        ];
        request("POST", &url, &headers, &body, SOON)
            .expect("an answer")
            .status
    });
    // A megabyte in a day, by files of a quarter.
    two.taken("files", 4, |server, n| {
        let part = |name: &str, value: &str| {
            format!("--kbtest\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let file = format!(
            "--kbtest\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a{n}.log\"\r\nContent-Type: text/plain\r\n\r\n{}\r\n--kbtest--\r\n",
            "2026-11-22 08:00:00 timeout\n".repeat(9_200)
        );
        let body = part("stamp", &stamp(server, "/ask"))
            + &part("email", &format!("u{n}@example.com"))
            + &part("text", "有日志")
            + &file;
        let headers = [
            ("content-type", "multipart/form-data; boundary=kbtest"),
            ("x-forwarded-for", NETWORK),
        ];
        let url = format!("{}/ask", server.url());
        let answer = request("POST", &url, &headers, &body, SOON).expect("an answer");
        // Too much comes back as the form, with a word of it.
        if answer.status == 422 { 429 } else { answer.status }
    });
}

#[test]
fn s48_a_key_has_its_requests_of_a_minute_once_for_all_servers() {
    let two = Two::with("");
    let (key, _) = new_key(&two.first, &["--scope", "search", "--per-minute", "40"]);
    let began = Timestamp::now();
    let statuses: Vec<u16> = (0..120)
        .map(|n| by_key(two.turn(n), &key).status_code())
        .collect();
    let seconds = Timestamp::now().duration_since(began).as_secs_f64();
    let taken = statuses.iter().filter(|status| **status == 200).count();
    // What was full at first, what came back meanwhile, and what each server had taken and not used yet.
    let most = 40 + (seconds * 40.0 / 60.0) as usize + 2 * 2;
    assert!(
        (40..=most).contains(&taken),
        "{taken} of {most} in {seconds} s: {statuses:?}"
    );
    assert!(
        statuses.iter().all(|s| matches!(s, 200 | 429)),
        "{statuses:?}"
    );
    figure(
        "11",
        &format!("a key of 40 a minute on two servers: {taken} of 120 taken in {seconds:.1} s"),
    );
}

#[test]
fn f18_what_ended_on_one_server_has_ended_on_all() {
    let two = Two::with("");
    user(&two.first, "mei");
    // A session that is ended on one server, from another session.
    let lost = cookie(&sign_in(&two.a, PASSWORD).status(303));
    let own = cookie(&sign_in(&two.b, PASSWORD).status(303));
    let _ = (
        desk(&two.a, &lost).status(200),
        desk(&two.b, &lost).status(200),
    );
    // Read with it on both, so that both know whose it is.
    for server in [&two.a, &two.b] {
        let _ = server.get_with("/a/vip", &[("cookie", &lost)]).status(200);
    }
    let page = desk(&two.a, &own).status(200).text();
    let csrf = page
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a mark");
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("cookie", own.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    let ended = two.a.send(
        "POST",
        "/desk/me/sessions",
        &headers,
        &format!("csrf={csrf}"),
    );
    assert!(ended.is(303), "{}", ended.text());
    for server in [&two.b, &two.a] {
        assert!(!desk(server, &lost).is(200), "that session has ended");
        let _ = server.get_with("/a/vip", &[("cookie", &lost)]).status(404);
        let _ = desk(server, &own).status(200);
    }
    // A key that is revoked.
    let (key, id) = new_key(
        &two.first,
        &["--scope", "search", "--scope", "read:customer"],
    );
    for server in [&two.a, &two.b] {
        assert_eq!(by_key(server, &key).status(200).json()["total"], 1);
    }
    two.first.run(["key", "revoke", &id]).code(0);
    for server in [&two.b, &two.a] {
        let _ = by_key(server, &key).status(401);
    }
    // An account that is disabled.
    two.first
        .run(["user", "disable", "mei@example.com"])
        .code(0);
    for server in [&two.a, &two.b] {
        assert!(
            !desk(server, &own).is(200),
            "so has that of who was disabled"
        );
    }
}

/// A customer who signed in just now, and answered a question in public; his cookie.
fn known(two: &Two, question: &str) -> String {
    two.kept.publish(question);
    let email = Email::parse("li.lei@example.com").expect("an address");
    let name = PersonName::parse("李雷雷").expect("a name");
    let now = Timestamp::now();
    two.kept.run(async {
        let mut tx = two.kept.store.begin().await.expect("a transaction");
        let person = tx.person_for(&email, Some(&name), Lang::ZhCn, now).await;
        let person = person.expect("a person").id;
        let number = tx.published_marks(0, 1).await.expect("read")[0].number;
        let question = tx.question_by_number(number).await.expect("read");
        let answer = Answered {
            id: AnswerId::generate(now),
            question: question.expect("the question").id,
            shown: Shown::Published,
            author: Author::Customer(Some(person)),
            byline: name.to_string(),
            text: "我等了三天".to_owned(),
            votes: 0,
            created_at: now,
            updated_at: now,
        };
        tx.save_answer(&answer).await.expect("kept");
        let session = CustomerSession {
            customer: Customer {
                person: Some(person),
                subject: Subject::parse("u-1").expect("a subject"),
                name: Some(name),
                email: Some(email),
                audience: "customer".to_owned(),
                tier: None,
                products: Vec::new(),
            },
            created_at: now,
            seen_at: now,
            expires_at: now + SignedDuration::from_hours(1),
        };
        let token = Store::new_token().expect("a token");
        let added = tx.add_customer_session(token.hash(), &session).await;
        added.expect("kept");
        tx.commit().await.expect("durable");
        format!("kb-visitor={}", token.reveal())
    })
}

#[test]
fn s53_who_erases_himself_on_one_server_is_gone_from_all_at_once() {
    let two = Two::with("");
    let li = known(&two, "换货要多久");
    let as_li = |server: &Server, path: &str| {
        server.get_with(path, &[("cookie", &li), ("sec-fetch-site", "none")])
    };
    for server in [&two.a, &two.b] {
        let _ = as_li(server, "/a/vip").status(200);
        server.eventually("what he read is listed", |s| {
            let home = as_li(s, "/").status(200).text();
            (home.contains("专线电话") && home.contains("李雷雷")).then_some(())
        });
        assert!(server.get("/q/1").status(200).text().contains("李雷雷"));
    }
    let headers = [
        ("cookie", li.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let word = url::form_urlencoded::byte_serialize("删除".as_bytes()).collect::<String>();
    let done = two
        .a
        .send("POST", "/me/erase", &headers, &format!("word={word}"));
    assert!(done.is(200), "{}", done.text());
    for server in [&two.b, &two.a] {
        let _ = as_li(server, "/me").status(303);
        let _ = as_li(server, "/a/vip").status(404);
        let home = as_li(server, "/").status(200).text();
        assert!(
            !home.contains("李雷雷") && !home.contains("专线电话"),
            "{home}"
        );
        assert!(!server.get("/q/1").status(200).text().contains("李雷雷"));
        let found = server.get("/api/v1/search?q=李雷雷").status(200).json();
        assert_eq!(found["total"], 0, "{found}");
    }
    // And so is the row that had his address.
    assert!(two.kept.run(async {
        let mut read = two.kept.store.read().await.expect("a reader");
        let email = Email::parse("li.lei@example.com").expect("an address");
        read.person_by_email(&email).await.expect("read").is_none()
    }));
}

#[test]
fn f18_while_the_database_is_away_whoever_was_signed_in_reads_what_he_may() {
    let cluster = Cluster::start();
    let two = Two::over(&cluster.database("kb"), "");
    user(&two.first, "mei");
    let mei = cookie(&sign_in(&two.a, PASSWORD).status(303));
    let li = known(&two, "换货要多久");
    let (key, _) = new_key(
        &two.first,
        &["--scope", "search", "--scope", "read:customer"],
    );
    let bearer = format!("Bearer {key}");
    let path = "/api/v1/search?q=电话";
    // Who reads, where, and what it opens.
    let ways: [(&str, &str, &str); 7] = [
        ("cookie", &mei, "/a/vip"),
        ("cookie", &mei, "/search?q=电话"),
        ("cookie", &li, "/a/vip"),
        ("cookie", &li, "/"),
        ("cookie", &li, "/search?q=电话"),
        ("authorization", &bearer, path),
        ("authorization", &bearer, "/api/v1/articles/vip"),
    ];
    let read = |header: &str, value: &str, path: &str| {
        let headers = [(header, value), ("sec-fetch-site", "none")];
        two.a.get_with(path, &headers)
    };
    for (header, value, path) in ways {
        let _ = read(header, value, path).status(200);
    }
    two.a.eventually("the question is indexed", |s| {
        s.get("/api/v1/search?q=换货")
            .text()
            .contains("换货要多久")
            .then_some(())
    });
    for hangs in [true, false] {
        match hangs {
            true => cluster.signal("STOP"),
            false => cluster.down(),
        }
        // From the first moment on, also before the server knows.
        for round in 0..2 {
            for (header, value, path) in ways {
                let began = Instant::now();
                let answer = read(header, value, path).status(200);
                assert_eq!(
                    answer.header("cache-control"),
                    "private, no-store",
                    "{path}"
                );
                let is_his = path == "/" || answer.text().contains("专线电话");
                assert!(is_his, "{path} by {header}: {}", answer.text());
                let took = began.elapsed();
                assert!(took < Duration::from_secs(4), "{path} took {took:?}");
            }
            let asked = two.a.get("/q/1").status(200);
            let text = asked.text();
            assert!(
                text.contains("我等了三天") && text.contains("换货要多久"),
                "{text}"
            );
            assert_eq!(asked.header("cache-control"), "no-store");
            if round == 0 {
                two.a.eventually("it knows that the database is away", |s| {
                    (s.get("/readyz").json()["database"] == "away").then_some(())
                });
            }
        }
        // What is one's own needs the database, and says so; nobody else is let in.
        assert!(!read("cookie", &li, "/me").is(200));
        assert!(desk(&two.a, &mei).is(503));
        let _ = two.a.get("/a/vip").status(404);
        let nobody = "kb-visitor=00000000000000000000000000000000";
        assert!(!read("cookie", nobody, "/a/vip").is(200));
        let _ = by_key(&two.a, "kb_00000000000000000000000000000000").status(503);
        match hangs {
            true => cluster.signal("CONT"),
            false => cluster.up(),
        }
        two.a.eventually("it is back", |s| {
            (s.get("/readyz").json()["database"] == "reached").then_some(())
        });
        let _ = read("cookie", &li, "/me").status(200);
    }
}
