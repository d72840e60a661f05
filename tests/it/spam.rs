//! Are people let through, and machines not?

use crate::asking::{Kept, QUICK, ask, attributes, page, site, stamp, texts};
use crate::harness::Server;
use altcha::{Challenge, Payload, SolveChallengeOptions, solve_challenge};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

const PROVED: &str = "[ask]\nmin_seconds = 0\nproof = 1\nunproved_per_hour = 1\n";

/// A form with its task done.
fn proved(server: &Server) -> (String, String) {
    let html = page(&server.get("/ask").status(200));
    let stamp = attributes(&html, "#ask input[name=stamp]", "value").concat();
    let challenge = attributes(&html, "#ask input[name=altcha]", "data-challenge").concat();
    (stamp, solved(&challenge))
}

fn solved(challenge: &str) -> String {
    let challenge: Challenge = serde_json::from_str(challenge).expect("a task");
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge))
        .expect("solvable")
        .expect("in time");
    STANDARD.encode(
        serde_json::to_vec(&Payload {
            challenge,
            solution,
        })
        .expect("JSON"),
    )
}

fn send(server: &Server, stamp: &str, proof: &str, text: &str) -> u16 {
    server
        .post(
            "/ask",
            &[
                ("stamp", stamp),
                ("altcha", proof),
                ("email", "a@b.cn"),
                ("text", text),
            ],
        )
        .status_code()
}

#[test]
fn s49_a_proof_opens_the_way_once_and_for_its_form() {
    let server = site(PROVED);
    let (stamp, proof) = proved(&server);
    assert_eq!(send(&server, &stamp, &proof, "第一个"), 303);
    assert_eq!(
        send(&server, &stamp, "", "没有证明"),
        409,
        "the form was used"
    );
    let (other, _) = proved(&server);
    assert_eq!(
        send(&server, &other, "", "没有证明的"),
        303,
        "one an hour goes without"
    );
    let (third, _) = proved(&server);
    for stolen in ["", proof.as_str(), "e30=", "%%%", &"A".repeat(9_000)] {
        assert_eq!(send(&server, &third, stolen, "又一个"), 429, "{stolen:.20}");
    }
    let (fourth, proof) = proved(&server);
    assert_eq!(send(&server, &fourth, &proof, "有证明"), 303);
}

#[test]
fn the_api_takes_a_proof_of_its_own_form() {
    let server = site("[ask]\nmin_seconds = 0\nproof = 1\nunproved_per_hour = 0\n");
    let form = server
        .get("/api/v1/cases/form")
        .status(200)
        .has_header("cache-control", "no-store")
        .json();
    let proof = solved(&form["challenge"].to_string());
    let bare = json!({ "email": "a@b.cn", "text": "x" });
    let _ = server.post_json("/api/v1/cases", &[], &bare).status(429);
    let ask = json!({ "email": "a@b.cn", "text": "x", "stamp": form["stamp"], "altcha": proof });
    let _ = server.post_json("/api/v1/cases", &[], &ask).status(201);
    let _ = server.post_json("/api/v1/cases", &[], &ask).status(409);
}

#[test]
fn a_field_that_people_do_not_see_is_a_trap() {
    let server = site(QUICK);
    let stamp = stamp(&server);
    let filled = [
        ("stamp", stamp.as_str()),
        ("email", "a@b.cn"),
        ("text", "便宜"),
        ("website", "http://spam.example"),
    ];
    let answer = server.post("/ask", &filled).status(422);
    assert!(texts(&page(&answer), "#faults").concat().contains("请留空"));
    let html = page(&server.get("/ask"));
    assert_eq!(attributes(&html, ".trap", "aria-hidden"), ["true"]);
    assert_eq!(attributes(&html, "#website", "tabindex"), ["-1"]);
    assert!(Kept::of(&server).cases("a@b.cn").is_empty());
}

#[test]
fn a_form_that_is_not_ours_too_quick_or_too_old_comes_back_as_it_was() {
    let server = site("[ask]\nmin_seconds = 60\nproof = 0\n");
    let stamp = stamp(&server);
    for (stamp, code, said) in [
        (stamp.as_str(), 422, "太快"),
        ("", 409, "再按一次"),
        ("a.b.c", 409, "再按一次"),
    ] {
        let answer = server.post(
            "/ask",
            &[
                ("stamp", stamp),
                ("email", "a@b.cn"),
                ("text", "我的问题在这里"),
            ],
        );
        let answer = answer.status(code).has(said).has("我的问题在这里");
        assert_ne!(
            attributes(&page(&answer), "#ask input[name=stamp]", "value"),
            [stamp],
            "with a stamp of its own"
        );
    }
}

#[test]
fn s48_an_address_has_its_share_of_an_hour() {
    let server = site(&format!(
        "{QUICK}per_address_hour = 2\n[server]\ntrusted_proxies = [\"127.0.0.1\"]\n"
    ));
    let from = |address: &str| {
        let ask = json!({ "email": "a@b.cn", "text": "x" });
        server
            .post_json("/api/v1/cases", &[("x-forwarded-for", address)], &ask)
            .status_code()
    };
    assert_eq!(
        [
            from("203.0.113.9"),
            from("203.0.113.9"),
            from("203.0.113.9")
        ],
        [201, 201, 429]
    );
    assert_eq!(
        from("6.6.6.6, 203.0.113.9"),
        429,
        "what the client writes itself counts for nothing"
    );
    assert_eq!(
        [
            from("2001:db8::1"),
            from("2001:db8::2"),
            from("2001:db8::3")
        ],
        [201, 201, 429]
    );
}

#[test]
fn a_mail_address_has_its_share_of_a_day() {
    let server = site(&format!(
        "{QUICK}per_mail_day = 2\n[server]\ntrusted_proxies = [\"127.0.0.1\"]\n"
    ));
    let from = |i: u32, email: &str| {
        let address = format!("203.0.113.{i}");
        let ask = json!({ "email": email, "text": "x" });
        server
            .post_json("/api/v1/cases", &[("x-forwarded-for", &address)], &ask)
            .status_code()
    };
    assert_eq!(
        [
            from(1, "a@b.cn"),
            from(2, "A@B.cn"),
            from(3, "a@b.cn"),
            from(4, "c@b.cn")
        ],
        [201, 201, 429, 201]
    );
}

#[test]
fn s24_another_sites_form_opens_nothing() {
    let server = site(QUICK);
    let stamp = stamp(&server);
    let body = format!("stamp={stamp}&email=a@b.cn&text=x");
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", "null"), ("cookie", "desk=x")],
    ] {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        let _ = server.send("POST", "/ask", &all, &body).status(403);
    }
    let path = ask(&server, "c@b.cn", "退款没有到账");
    let _ = server
        .send(
            "POST",
            &format!("{path}/confirm"),
            &[("sec-fetch-site", "cross-site")],
            "",
        )
        .status(403);
    let kept = Kept::of(&server);
    assert!(kept.cases("a@b.cn").is_empty() && kept.case("c@b.cn").closed_at.is_none());
}
