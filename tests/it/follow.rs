//! Is somebody told of what he wants to hear, and of nothing else? Following through the real binary, and time in this process.

use crate::asking::{attributes, letters_to, page};
use crate::deliver::{House, run};
use crate::harness::{Kb, Server};
use crate::smtp_sink::Received;
use jiff::SignedDuration;
use kb::cases::{Articles, NewFollow, Seen};
use kb::mail::{Letter, News, Page};
use kb::model::follow::Subject;
use kb::model::{ArticleId, Audience, Email, Lang};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const QUICK: &str = "[site]\nbase_url = \"https://help.example.com\"\n[ask]\nmin_seconds = 0\nproof = 0\n[follow]\nsettle_minutes = 0\n\
                     subject_hours = 0\nper_hour = 40\n";

fn site() -> Server {
    let kb = Kb::new()
        .article("refund", "三个工作日到账。")
        .article("invoice", "在订单页申请。")
        .config(QUICK);
    let server = kb.serve();
    server.eventually("questions can be asked", |s| {
        s.get("/ask").is(200).then_some(())
    });
    server
}

fn stamp(server: &Server) -> String {
    let html = page(&server.get("/follow?article=refund").status(200));
    attributes(&html, "main input[name=stamp]", "value").concat()
}

fn follow(server: &Server, email: &str) -> crate::harness::Response {
    let stamp = stamp(server);
    server.post(
        "/follow",
        &[("article", "refund"), ("stamp", &stamp), ("email", email)],
    )
}

/// The path of the first link of a mail that begins so.
fn link(mail: &Received, begins: &str) -> String {
    let (_, text, _) = mail.read();
    let found = text.split_whitespace().find_map(|word| {
        let at = word.find(begins)?;
        Some(word[at..].to_owned())
    });
    found.expect("a link")
}

#[test]
fn somebody_confirms_is_told_and_stops_with_one_tap() {
    let server = site();
    server
        .get("/a/refund")
        .status(200)
        .has("href=\"/follow?article=refund\"");
    follow(&server, "li@example.com")
        .status(200)
        .has("确认邮件");
    let asked = &letters_to(&server, "li@example.com", 1)[0];
    let confirm = link(asked, "/follow/confirm/");
    server.get(&confirm).status(200).has("确认关注");
    let rewrite = |server: &Server, days: u32| {
        let text = format!("+++\ntitle = \"refund\"\n+++\n{days}个工作日到账。\n");
        server.kb().put("kb/refund.md", text);
        server.eventually("the page has changed", |s| {
            let text = s.get("/a/refund").text();
            text.contains(&format!("{days}个工作日")).then_some(())
        });
    };
    // Who only looked at the page follows nothing yet.
    rewrite(&server, 5);
    server.post(&confirm, &[]).status(200).has("已关注");
    let told = letters_to(&server, "li@example.com", 2);
    let (subject, text, _) = told[1].read();
    assert!(subject.contains("refund"), "{subject}");
    assert!(
        text.contains("内容有修改") && !text.contains("5个工作日"),
        "{text}"
    );
    let stop = told[1].header("List-Unsubscribe").to_owned();
    let post = told[1].header("List-Unsubscribe-Post").to_owned();
    assert_eq!(post, "List-Unsubscribe=One-Click");
    let stop = stop.trim_matches(['<', '>']).to_owned();
    let stop = stop
        .strip_prefix("https://help.example.com")
        .expect("an address");
    assert!(link(&told[1], "/follow/stop/").len() > 20);
    // Programs that open links to look at them end nothing.
    server.get(stop).status(200).has("全部取消");
    rewrite(&server, 6);
    let _ = letters_to(&server, "li@example.com", 3);
    // What a mail program sends by itself.
    server
        .post(stop, &[("List-Unsubscribe", "One-Click")])
        .status(200)
        .has("已全部取消");
    server
        .post(stop, &[("List-Unsubscribe", "One-Click")])
        .status(200);
    rewrite(&server, 7);
    follow(&server, "wang@example.com").status(200);
    let _ = letters_to(&server, "wang@example.com", 1);
    assert_eq!(letters_to(&server, "li@example.com", 3).len(), 3);
    let forged = confirm.replace("/follow/confirm/", "/follow/stop/");
    server.get(&forged).status(404);
    server.post("/follow/stop/abc", &[]).status(404);
}

#[test]
fn s23_naming_an_address_to_follow_tells_nothing_about_it() {
    let server = site();
    follow(&server, "li@example.com").status(200);
    let confirm = link(
        &letters_to(&server, "li@example.com", 1)[0],
        "/follow/confirm/",
    );
    server.post(&confirm, &[]).status(200);
    let said = |email: &str| {
        let response = follow(&server, email);
        (response.status_code(), response.text())
    };
    let unknown = said("nobody@example.com");
    assert_eq!(unknown.0, 200);
    for known in ["li@example.com", "LI@example.com", "nobody@example.com"] {
        assert_eq!(said(known), unknown, "{known}");
    }
    // Stopping says the same whether there was anything to stop.
    let _ = letters_to(&server, "nobody@example.com", 1);
    assert_eq!(
        letters_to(&server, "li@example.com", 1).len(),
        1,
        "he follows it already"
    );
    server
        .post(
            "/follow",
            &[("article", "refund"), ("email", "x@example.com")],
        )
        .status(422);
    server
        .post(
            "/follow",
            &[
                ("article", "refund"),
                ("email", "x"),
                ("stamp", &stamp(&server)),
            ],
        )
        .status(422);
    server
        .post(
            "/follow",
            &[
                ("article", "none"),
                ("email", "x@example.com"),
                ("stamp", &stamp(&server)),
            ],
        )
        .status(404);
    server.get("/follow?article=none").status(404);
    server.get("/follow?question=1").status(404);
    server.get("/follow").status(404);
}

#[test]
fn s23_following_is_no_mail_cannon() {
    let server = site();
    let mut answers = Vec::new();
    for i in 0..45 {
        answers.push(follow(&server, &format!("victim{i}@example.com")).status_code());
    }
    assert!(answers[..40].iter().all(|code| *code == 200), "{answers:?}");
    assert!(answers[40..].iter().all(|code| *code == 429), "{answers:?}");
}

type Texts = Arc<Mutex<BTreeMap<String, String>>>;

/// Articles by id, each for its audience and those above: `public` or `customer`, a space, and what is seen.
fn articles(texts: &Texts) -> Articles {
    let texts = Arc::clone(texts);
    Arc::new(move |id, audience| {
        let texts = texts.lock().expect("texts");
        let (who, text) = texts.get(id.as_str())?.split_once(' ')?;
        let rank = u8::from(who == "customer");
        audience.may_read(Audience::from_rank(rank)).then(|| Seen {
            title: id.to_string(),
            path: format!("/a/{id}"),
            mark: format!("text:{text}"),
        })
    })
}

fn article(id: &str) -> Subject {
    Subject::Article(ArticleId::parse(id).expect("an id"))
}

async fn follows(house: &House, email: &str, id: &str, audience: Audience) {
    let new = NewFollow {
        email: Email::parse(email).expect("an address"),
        proved: true,
        lang: Lang::ZhCn,
        subject: article(id),
        audience,
        page: Page {
            title: id.to_owned(),
            url: String::new(),
        },
        mark: "text:1".to_owned(),
    };
    house.cases.follow_page(new).await.expect("noted");
}

async fn tell(house: &House, texts: &Texts) -> u32 {
    let told = house.cases.tell_followers("a", &articles(texts)).await;
    told.expect("told")
}

/// The titles that each letter names, the latest letter first.
async fn letters(house: &House) -> Vec<Vec<String>> {
    let mut read = house.cases.store().read().await.expect("a reader");
    let entries = read.outbox(None, None, 100).await.expect("read");
    let titles = entries.iter().filter_map(|entry| {
        let letter: Letter = serde_json::from_str(&entry.what.payload).ok()?;
        match letter.news {
            News::Changed(changed) => {
                Some(changed.pages.into_iter().map(|page| page.title).collect())
            }
            _ => None,
        }
    });
    titles.collect()
}

#[test]
fn a_change_is_told_when_it_has_settled_many_in_one_letter_each_once_a_day() {
    run(async {
        let house = House::with(|_| {}).await;
        let texts = Texts::default();
        let write = |id: &str, text: &str| {
            let text = format!("public {text}");
            texts.lock().expect("texts").insert(id.to_owned(), text);
        };
        for id in ["a", "b", "c"] {
            write(id, "1");
            follows(&house, "li@example.com", id, Audience::PUBLIC).await;
        }
        follows(&house, "wang@example.com", "a", Audience::PUBLIC).await;
        assert_eq!(tell(&house, &texts).await, 0);
        write("a", "2");
        write("b", "2");
        assert_eq!(
            tell(&house, &texts).await,
            0,
            "it may be changed again at once"
        );
        house.later(9);
        write("a", "3");
        assert_eq!(tell(&house, &texts).await, 0);
        house.later(9);
        // b has settled; a has not.
        assert_eq!(tell(&house, &texts).await, 1);
        assert_eq!(letters(&house).await, [["b"]]);
        house.later(2);
        // Wang hears of a; Li got a letter less than an hour ago.
        assert_eq!(tell(&house, &texts).await, 1);
        write("c", "2");
        house.later(61);
        assert_eq!(tell(&house, &texts).await, 1);
        assert_eq!(letters(&house).await[0], ["a"]);
        house.later(61);
        assert_eq!(tell(&house, &texts).await, 1);
        assert_eq!(letters(&house).await[0], ["c"]);
        // Once a day for each; what is put back in time is not told at all.
        write("a", "4");
        write("b", "9");
        house.later(12 * 60);
        assert_eq!(tell(&house, &texts).await, 0);
        write("b", "2");
        house.later(14 * 60);
        let told = tell(&house, &texts).await;
        assert_eq!(told, 2, "a, to both");
        assert!(
            letters(&house).await[..2]
                .iter()
                .all(|titles| titles == &["a"])
        );
        house.later(24 * 60);
        assert_eq!(tell(&house, &texts).await, 0);
    });
}

#[test]
fn many_changes_are_one_letter() {
    run(async {
        let house = House::with(|settings| settings.follow.settle_minutes = 0).await;
        let texts = Texts::default();
        for i in 0..60 {
            follows(&house, "li@example.com", &format!("a{i}"), Audience::PUBLIC).await;
            let text = "public 2".to_owned();
            texts.lock().expect("texts").insert(format!("a{i}"), text);
        }
        assert_eq!(tell(&house, &texts).await, 1);
        assert_eq!(letters(&house).await[0].len(), 50);
        assert_eq!(tell(&house, &texts).await, 0);
        house.later(61);
        assert_eq!(tell(&house, &texts).await, 1);
        assert_eq!(letters(&house).await[0].len(), 10);
    });
}

#[test]
fn who_may_not_read_it_any_more_hears_nothing() {
    run(async {
        let house = House::with(|settings| settings.follow.settle_minutes = 0).await;
        let texts = Texts::default();
        let customer = Audience::from_rank(1);
        let write = |text: &str| {
            let all = [("secret".to_owned(), text.to_owned())];
            texts.lock().expect("texts").extend(all);
        };
        follows(&house, "li@example.com", "secret", customer).await;
        follows(&house, "gone@example.com", "secret", customer).await;
        follows(&house, "old@example.com", "secret", customer).await;
        // Somebody is a customer no longer.
        let email = |text| Email::parse(text).expect("an address");
        let (gone, li) = (email("gone@example.com"), email("li@example.com"));
        let known = house.cases.follower_may_read(&gone, Audience::PUBLIC);
        known.await.expect("noted");
        let later = |days: i64| {
            let now = house.clock.now();
            house.clock.set(now + SignedDuration::from_hours(24 * days));
        };
        later(80);
        let known = house.cases.follower_may_read(&li, customer);
        known.await.expect("noted");
        later(20);
        write("customer 2");
        assert_eq!(
            tell(&house, &texts).await,
            1,
            "two are not known to be customers"
        );
        house.later(24 * 60 + 1);
        write("public 3");
        assert_eq!(tell(&house, &texts).await, 3);
    });
}

#[test]
fn two_servers_tell_once() {
    run(async {
        let house = House::with(|settings| settings.follow.settle_minutes = 0).await;
        let texts = Texts::default();
        follows(&house, "li@example.com", "a", Audience::PUBLIC).await;
        let text = "public 2".to_owned();
        texts.lock().expect("texts").insert("a".to_owned(), text);
        let looked = articles(&texts);
        let (one, other) = tokio::join!(
            house.cases.tell_followers("one", &looked),
            house.cases.tell_followers("other", &looked)
        );
        assert_eq!(one.expect("told") + other.expect("told"), 1);
    });
}
