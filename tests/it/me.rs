//! What does a customer find on his own page? What he read and follows, what is kept of him, and the way out of it.

use crate::asking::{Kept, QUICK, ask};
use crate::harness::{Kb, Response, Server};
use jiff::{SignedDuration, Timestamp};
use kb::model::{Customer, Email, Lang, PersonName, Subject};
use kb::store::{CustomerSession, Location, Store};

const LI: &str = "li.lei@example.com";

/// A customer who signed in so many minutes ago: his cookie.
fn signed_in(server: &Server, minutes: i64, audience: &str, products: &[&str]) -> String {
    signed_in_as(LI, server, minutes, (audience, products))
}

/// The same of an address.
pub(crate) fn signed_in_as(
    address: &str,
    server: &Server,
    minutes: i64,
    (audience, products): (&str, &[&str]),
) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let location = Location::within(&server.kb().path(".kb"));
        let store = Store::open(&location).await.expect("the store opens");
        let now = Timestamp::now();
        let email = Email::parse(address).expect("an address");
        let name = PersonName::parse("李雷").expect("a name");
        let mut tx = store.begin().await.expect("a transaction");
        let person = tx.person_for(&email, Some(&name), Lang::ZhCn, now).await;
        let session = CustomerSession {
            customer: Customer {
                person: Some(person.expect("a person").id),
                subject: Subject::parse("u-1").expect("a subject"),
                name: Some(name),
                email: Some(email),
                audience: audience.to_owned(),
                tier: None,
                products: products.iter().map(|&product| product.to_owned()).collect(),
            },
            created_at: now - SignedDuration::from_mins(minutes),
            seen_at: now,
            expires_at: now + SignedDuration::from_hours(1),
        };
        let token = Store::new_token().expect("a token");
        let added = tx.add_customer_session(token.hash(), &session).await;
        added.expect("kept");
        tx.commit().await.expect("durable");
        store.close().await;
        format!("kb-visitor={}", token.reveal())
    })
}

fn site() -> Server {
    let kb = Kb::new()
        .write(
            "kb/退款/apply.md",
            "+++\ntitle = \"怎么申请退款\"\nrelated = [\"退款/time\"]\n+++\n在订单页点退款。\n",
        )
        .write("kb/退款/time.md", "+++\ntitle = \"退款要多久\"\n+++\n三天。\n")
        .write(
            "kb/打印/red.md",
            "+++\ntitle = \"打印机红灯\"\nproducts = [\"printer\"]\n+++\n长按电源键。\n",
        )
        .write(
            "kb/打印/secret.md",
            "+++\ntitle = \"打印机维修密码\"\nproducts = [\"printer\"]\naudience = \"customer\"\n+++\n1234。\n",
        )
        .config(QUICK);
    let server = kb.serve();
    server.eventually("questions can be asked", |s| {
        s.get("/ask").is(200).then_some(())
    });
    server
}

fn get(server: &Server, cookie: &str, path: &str) -> Response {
    server.get_with(path, &[("cookie", cookie), ("sec-fetch-site", "none")])
}

pub(crate) fn post(server: &Server, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Response {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let headers = [
        ("cookie", cookie),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    server.send("POST", path, &headers, &body)
}

#[test]
fn what_was_read_is_listed_leads_on_and_can_be_ended() {
    let server = site();
    let cookie = signed_in(&server, 60, "public", &["printer"]);
    get(&server, &cookie, "/a/退款/apply").status(200);
    let home = server.eventually("it is listed", |s| {
        let home = get(s, &cookie, "/").status(200);
        home.text().contains("id=\"recent\"").then_some(home)
    });
    let home = home
        .has("因为您看过“怎么申请退款”")
        .has("因为您使用 printer");
    home.has("打印机红灯").lacks("打印机维修密码");
    server
        .get("/")
        .status(200)
        .lacks("因为您看过")
        .has("id=\"recently-read\"");
    let me = get(&server, &cookie, "/me").status(200);
    me.has("最近看过")
        .has("怎么申请退款")
        .has("因为您使用 printer");
    post(&server, &cookie, "/me/reading", &[("do", "clear")]).status(303);
    get(&server, &cookie, "/me")
        .status(200)
        .lacks("怎么申请退款</a>");
    post(&server, &cookie, "/me/reading", &[("do", "off")]).status(303);
    get(&server, &cookie, "/a/退款/time").status(200);
    get(&server, &cookie, "/me").status(200).has("已停止记录");
    post(&server, &cookie, "/me/reading", &[("do", "on")]).status(303);
    get(&server, &cookie, "/a/退款/time").status(200);
    server.eventually("it is noted again", |s| {
        let me = get(s, &cookie, "/me").text();
        me.contains("退款要多久").then_some(())
    });
    // A customer's own articles are recommended to customers.
    let customer = signed_in(&server, 60, "customer", &["printer"]);
    get(&server, &customer, "/me")
        .status(200)
        .has("打印机维修密码");
}

#[test]
fn one_tap_follows_and_my_page_lists_and_ends_it() {
    let server = site();
    let cookie = signed_in(&server, 60, "customer", &[]);
    let secret = "/a/打印/secret";
    get(&server, &cookie, secret)
        .status(200)
        .has("name=\"article\" value=\"打印/secret\"");
    post(&server, &cookie, "/follow", &[("article", "打印/secret")])
        .status(303)
        .has_header("location", "/a/%E6%89%93%E5%8D%B0/secret#follow");
    get(&server, &cookie, secret).status(200).has("您已关注");
    get(&server, &cookie, "/me")
        .status(200)
        .has("我的关注")
        .has("打印机维修密码");
    let subject = [("subject", "article:打印/secret")];
    post(&server, &cookie, "/me/follows", &subject).status(303);
    get(&server, &cookie, "/me").status(200).lacks("我的关注");
    // Nobody follows what he may not read, and what he may not read has no name.
    server.get("/follow?article=打印/secret").status(404);
    post(&server, &cookie, "/follow", &[("article", "打印/secret")]).status(303);
    let public = signed_in(&server, 60, "public", &[]);
    get(&server, &public, "/me")
        .status(200)
        .lacks("维修密码")
        .has("您现在看不到的页面");
}

#[test]
fn everything_can_be_taken_along_and_erased_by_who_proved_it_is_he() {
    let server = site();
    let case = ask(&server, LI, "我是李雷，电话13800138000，退款没到账");
    let old = signed_in(&server, 60, "public", &[]);
    get(&server, &old, "/me")
        .status(200)
        .has("我的数据")
        .has("下载我的数据");
    let export = post(&server, &old, "/me/export", &[]).status(200);
    assert!(
        export
            .header("content-disposition")
            .contains("my-data.json")
    );
    assert_eq!(export.header("cache-control"), "no-store");
    let data = export.json();
    assert_eq!(data["signed_in_as"]["subject"], "u-1");
    let asked = &data["cases"][0]["timeline"][0]["text"];
    assert!(
        asked
            .as_str()
            .is_some_and(|text| text.contains("13800138000")),
        "{data}"
    );
    // Somebody at a machine that was left open does not erase anything.
    get(&server, &old, "/me/erase")
        .status(200)
        .has("重新登录")
        .lacks("name=\"word\"");
    post(&server, &old, "/me/erase", &[("word", "删除")]).status(422);
    let fresh = signed_in(&server, 5, "public", &[]);
    get(&server, &fresh, "/me/erase")
        .status(200)
        .has("name=\"word\"");
    post(&server, &fresh, "/me/erase", &[("word", "好")])
        .status(422)
        .has("aria-invalid");
    let kept = Kept::of(&server);
    assert_eq!(kept.cases(LI).len(), 1);
    let done = post(&server, &fresh, "/me/erase", &[("word", "删除")]).status(200);
    assert!(
        done.header("set-cookie").contains("Max-Age=0"),
        "{}",
        done.header("set-cookie")
    );
    done.has("已删除");
    assert_eq!(kept.cases(LI).len(), 0);
    for cookie in [&fresh, &old] {
        get(&server, cookie, "/me").status(303);
    }
    server.get(&case).status(404);
    server.get("/me/erase").status(401);
    server.post("/me/erase", &[("word", "删除")]).status(401);
    server.post("/me/export", &[]).status(401);
}

#[test]
fn s24_another_site_erases_and_takes_nothing() {
    let server = site();
    let cookie = signed_in(&server, 1, "public", &[]);
    for path in [
        "/me/erase",
        "/me/export",
        "/me/reading",
        "/me/follows",
        "/follow",
    ] {
        let headers = [
            ("cookie", cookie.as_str()),
            ("sec-fetch-site", "cross-site"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        server
            .send("POST", path, &headers, "word=删除&do=off")
            .status(403);
    }
}
