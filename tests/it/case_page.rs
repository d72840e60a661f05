//! Does a link open its case and nothing else, and can its holder do what he may?

use crate::asking::{Kept, QUICK, ask, attributes, letters_to, page, site, stamp, texts};
use kb::clock::Clock;
use kb::model::case::{Rating, State};
use kb::signature::Signer;
use serde_json::json;

fn token(path: &str) -> &str {
    path.rsplit('/').next().expect("a token")
}

#[test]
fn one_writes_confirms_reopens_and_rates() {
    let server = site(QUICK);
    let path = ask(&server, "a@b.cn", "退款没有到账");
    let stamp = stamp(&server);
    let message = [
        ("stamp", stamp.as_str()),
        ("text", "订单号是 <b>42</b>\n谢谢"),
    ];
    for _ in 0..2 {
        let _ = server
            .post(&format!("{path}/messages"), &message)
            .status(303);
    }
    let html = page(&server.get(&path).status(200));
    assert_eq!(
        texts(&html, ".said-by-own"),
        ["退款没有到账", "订单号是 <b>42</b>\n谢谢"],
        "sent twice, it is there once"
    );
    let _ = server.post(&format!("{path}/confirm"), &[]).status(303);
    let kept = Kept::of(&server);
    assert_eq!(kept.case("a@b.cn").state, State::Closed);
    let late = server
        .post(&format!("{path}/messages"), &[("text", "还有一句")])
        .status(422);
    let _ = late.has("不能再发送消息").has("还有一句");
    let _ = server
        .post(&format!("{path}/rating"), &[("stars", "6")])
        .status(400);
    let _ = server
        .post(
            &format!("{path}/rating"),
            &[("stars", "4"), ("text", "不错")],
        )
        .status(303);
    assert_eq!(kept.case("a@b.cn").rating, Rating::new(4).ok());
    let _ = server
        .post(&format!("{path}/reopen"), &[("text", "又坏了")])
        .status(303);
    let reopened = server.get(&path).status(200).has("又坏了");
    assert!(
        texts(&page(&reopened), ".state")
            .concat()
            .contains("处理中")
    );
    let _ = server
        .post(&format!("{path}/rating"), &[("stars", "1")])
        .status(409);
}

#[test]
fn the_api_does_the_same() {
    let server = site(QUICK);
    let opened = server
        .post_json(
            "/api/v1/cases",
            &[],
            &json!({ "email": "a@b.cn", "text": "退款" }),
        )
        .status(201)
        .json();
    let path = format!(
        "/api/v1/cases/{}",
        opened["token"].as_str().expect("a token")
    );
    let case = server.get(&path).status(200).json();
    assert_eq!(
        (&case["state"], &case["timeline"][0]["text"]),
        (&json!("new"), &json!("退款"))
    );
    let written = server
        .post_json(&format!("{path}/messages"), &[], &json!({ "text": "还有" }))
        .status(200)
        .json();
    assert_eq!(written["timeline"].as_array().map(Vec::len), Some(2));
    let _ = server
        .post_json(&format!("{path}/messages"), &[], &json!({ "text": " " }))
        .status(400);
    let _ = server
        .post_json(
            &format!("{path}/messages"),
            &[],
            &json!({ "text": "x", "by": "agent" }),
        )
        .status(400);
    let solved = server
        .send("POST", &format!("{path}/solved"), &[], "")
        .status(200)
        .json();
    assert_eq!(solved["state"], "closed");
    let _ = server
        .post_json(&format!("{path}/messages"), &[], &json!({ "text": "x" }))
        .status(409);
    let rated = server
        .post_json(&format!("{path}/rating"), &[], &json!({ "stars": 5 }))
        .status(200)
        .json();
    assert_eq!(rated["rating"], 5);
    let reopened = server
        .post_json(&format!("{path}/reopen"), &[], &json!({}))
        .status(200)
        .json();
    assert_eq!(reopened["state"], "open");
}

#[test]
fn s21_only_the_whole_secret_opens_a_case() {
    let server = site(QUICK);
    let path = ask(&server, "a@b.cn", "退款没有到账");
    let case = Kept::of(&server).case("a@b.cn");
    let right = token(&path);
    let wrong = format!(
        "{}{}",
        &right[..31],
        if right.ends_with('0') { '1' } else { '0' }
    );
    let (number, id) = (case.number.to_string(), case.id.to_string());
    let upper = right.to_uppercase();
    let mut answers = Vec::new();
    for guess in [
        wrong.as_str(),
        &right[..31],
        &number,
        &id,
        "1",
        "../x",
        "%00",
    ] {
        let answer = server.get(&format!("/case/{guess}")).status(404);
        assert!(!answer.text().contains("退款没有到账"));
        answers.push(texts(&page(&answer), "main h1"));
        let _ = server.get(&format!("/api/v1/cases/{guess}")).status(404);
    }
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "{answers:?}"
    );
    assert!(upper == right || server.get(&format!("/case/{upper}")).is(404));
    assert!(
        !server.log().contains(right),
        "secrets are masked in the log"
    );
}

#[test]
fn s21_guessing_is_ended() {
    let server = site(&format!(
        "{QUICK}[server]\ntrusted_proxies = [\"127.0.0.1\"]\n"
    ));
    let from = |address: &str, i: u32| {
        let guess = format!("/case/{i:032}");
        server
            .get_with(&guess, &[("x-forwarded-for", address)])
            .status_code()
    };
    let codes: Vec<u16> = (0..80).map(|i| from("203.0.113.9", i)).collect();
    assert!(codes[0] == 404 && codes[79] == 429, "{codes:?}");
    assert_eq!(from("203.0.113.10", 1), 404);
}

#[test]
fn s22_s23_links_are_sent_again_and_nobody_learns_who_asked() {
    let server = site(QUICK);
    let _ = ask(&server, "a@b.cn", "退款没有到账");
    let known = server
        .post("/case/resend", &[("email", "A@b.cn")])
        .status(200);
    let unknown = server
        .post("/case/resend", &[("email", "nobody@b.cn")])
        .status(200);
    assert_eq!(known.text(), unknown.text());
    assert_eq!(known.header("set-cookie"), unknown.header("set-cookie"));
    let _ = server.post("/case/resend", &[("email", "a@")]).status(422);
    let kept = Kept::of(&server);
    let links = || {
        kept.read(async |read| {
            let all = read.outbox(None, None, 100).await.expect("read");
            all.into_iter()
                .filter(|entry| entry.what.dedup.starts_with("resend:"))
                .collect::<Vec<_>>()
        })
    };
    let sent = server.eventually("the link is sent", |_| {
        Some(links()).filter(|found| !found.is_empty())
    });
    assert_eq!(sent.len(), 1, "{sent:?}");
    let mails = letters_to(&server, "a@b.cn", 2);
    let (_, text, _) = mails[1].read();
    assert!(text.contains("/case/"), "{text}");
    for _ in 0..8 {
        let _ = server
            .post("/case/resend", &[("email", "a@b.cn")])
            .status(200);
    }
    server.eventually("further ones are passed over", |_| {
        (links().len() == 5).then_some(())
    });
}

#[test]
fn a_tap_in_a_mail_does_nothing_until_the_button_is_pressed() {
    let server = site(QUICK);
    let path = ask(&server, "a@b.cn", "退款没有到账");
    let kept = Kept::of(&server);
    let case = kept.case("a@b.cn");
    let _ = server.post(&format!("{path}/confirm"), &[]).status(303);
    let taps = taps(&server, &case.id.to_string());
    for _ in 0..3 {
        let asked = server
            .get(&taps.rate)
            .status(200)
            .has("5 星")
            .has_header("cache-control", "no-store");
        assert_eq!(attributes(&page(&asked), "main form", "method"), ["post"]);
    }
    assert_eq!(
        kept.case("a@b.cn").rating,
        None,
        "a program that opens links rates nothing"
    );
    let _ = server.post(&taps.rate, &[]).status(200).has("谢谢");
    assert_eq!(kept.case("a@b.cn").rating, Rating::new(5).ok());
    let _ = server.post(&taps.reopen, &[]).status(200);
    assert_eq!(kept.case("a@b.cn").state, State::Open);
    let _ = server.post(&taps.confirm, &[]).status(200);
    let _ = server.post(&taps.confirm, &[]).status(200);
    assert_eq!(kept.case("a@b.cn").state, State::Closed);
    let mut forged = taps.rate.clone();
    forged.pop();
    let _ = server.get(&forged).status(404);
    let _ = server
        .post(&taps.rate.replace("/rate/", "/confirm/"), &[])
        .status(404);
    let _ = server.get(&taps.old).status(404);
}

struct Taps {
    rate: String,
    confirm: String,
    reopen: String,
    old: String,
}

/// The taps of a case, signed with the secret of the store as mails have them.
fn taps(server: &crate::harness::Server, case: &str) -> Taps {
    use kb::signature::Purpose;
    use kb::store::{Location, Store};
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let secret = runtime.block_on(async {
        let store = Store::open(&Location::within(&server.kb().path(".kb")))
            .await
            .expect("the store");
        let mut tx = store.begin().await.expect("begins");
        let secret = tx
            .secret("links", Clock::System.now())
            .await
            .expect("a secret");
        tx.commit().await.expect("ends");
        secret
    });
    let key: Vec<u8> = (0..32)
        .map(|i| u8::from_str_radix(&secret[2 * i..2 * i + 2], 16).expect("hex"))
        .collect();
    let signer = Signer::new(key.try_into().expect("32 bytes"));
    let old = jiff::Timestamp::UNIX_EPOCH;
    let link = |word: &str, purpose, payload: &str, until| {
        format!("/tap/{word}/{}", signer.link(purpose, payload, until))
    };
    Taps {
        rate: link("rate", Purpose::Rate, &format!("{case}:5"), None),
        confirm: link("confirm", Purpose::Confirm, case, None),
        reopen: link("reopen", Purpose::Reopen, case, None),
        old: link("reopen", Purpose::Reopen, case, Some(old)),
    }
}

#[test]
fn the_page_is_told_of_changes_and_ends_with_the_server() {
    let server = site(QUICK);
    let path = ask(&server, "a@b.cn", "退款没有到账");
    let before = server.get(&format!("{path}/now")).status(200).json();
    let address = server.url().trim_start_matches("http://").to_owned();
    let request = format!(
        "GET {path}/events HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n"
    );
    let stream = std::thread::spawn(move || {
        use std::io::{BufRead, BufReader, Write};
        let mut stream = std::net::TcpStream::connect(address).expect("connects");
        stream.write_all(request.as_bytes()).expect("sends");
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        lines
            .filter(|line| line.starts_with("data:"))
            .take(2)
            .collect::<Vec<_>>()
    });
    server.eventually("the stream is open", |s| {
        s.get("/metrics")
            .text()
            .contains("kb_live_pages 1")
            .then_some(())
    });
    let _ = server
        .post(&format!("{path}/messages"), &[("text", "还有")])
        .status(303);
    let heard = stream.join().expect("two lines");
    assert!(heard.len() == 2 && heard[0] != heard[1], "{heard:?}");
    assert_ne!(
        server.get(&format!("{path}/now")).json()["mark"],
        before["mark"]
    );
    server.eventually("the place is given back", |s| {
        s.get("/metrics")
            .text()
            .contains("kb_live_pages 0")
            .then_some(())
    });
    let (code, _) = server.stop();
    assert_eq!(code, Some(0));
}
