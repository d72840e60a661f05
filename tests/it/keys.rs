//! What may a program do that brings a key? What its scopes say, from where they say, as often as they say, until it ends.

use super::desk::Office;
use super::harness::{Kb, Server};
use serde_json::json;

fn kb() -> Kb {
    Kb::new()
        .article("退款", "三天到账")
        .write(
            "kb/内部.md",
            "+++\ntitle = \"内部额度 zebra\"\naudience = \"internal\"\n+++\n暗号 zebra\n",
        )
        .write(
            "kb/客户.md",
            "+++\ntitle = \"客户通道 lemur\"\naudience = \"customer\"\n+++\n暗号 lemur\n",
        )
}

fn serve(config: &str) -> Server {
    let server = kb()
        .config(&format!(
            "[ask]\nproof = 2\nunproved_per_hour = 0\n{config}"
        ))
        .serve();
    server.eventually("the store is open", |s| {
        s.get("/desk/sign-in").is(200).then_some(())
    });
    server
}

fn key(server: &Server, args: &[&str]) -> (String, String) {
    let all = [&["key", "add", "--name", "x"], args].concat();
    let text = server.kb().run(all).code(0).out().trim().to_owned();
    assert!(text.starts_with("kb_") && text.len() == 35, "{text}");
    let list = server
        .kb()
        .run(["key", "list", "--format", "json"])
        .code(0)
        .json();
    assert!(!list.to_string().contains(&text), "the key is shown once");
    let own = list
        .as_array()
        .expect("keys")
        .iter()
        .find(|one| text.starts_with(one["hint"].as_str().expect("a hint")));
    (
        text.clone(),
        own.expect("the key")["id"]
            .as_str()
            .expect("an id")
            .to_owned(),
    )
}

fn titles(server: &Server, query: &str, headers: &[(&str, &str)]) -> Vec<String> {
    let found = server
        .get_with(&format!("/api/v1/search?q={query}"), headers)
        .status(200)
        .json();
    let hits = found["hits"].as_array().expect("hits");
    hits.iter()
        .map(|hit| hit["title"].as_str().expect("a title").to_owned())
        .collect()
}

#[test]
fn a_key_reads_as_far_as_its_scope_says_and_no_cache_keeps_it() {
    let server = serve("");
    let (all, _) = key(&server, &["--scope", "read:internal"]);
    let (customers, id) = key(&server, &["--scope", "read:customer"]);
    let bearer = |key: &str| format!("Bearer {key}");
    let (all, customers) = (bearer(&all), bearer(&customers));
    assert!(titles(&server, "zebra", &[]).is_empty() && titles(&server, "lemur", &[]).is_empty());
    let with = |key: &str, query: &str| titles(&server, query, &[("authorization", key)]).len();
    assert_eq!([with(&all, "zebra"), with(&all, "lemur")], [1, 1]);
    assert_eq!(
        [with(&customers, "zebra"), with(&customers, "lemur")],
        [0, 1]
    );
    let answer = server.get_with("/api/v1/search?q=zebra", &[("authorization", &all)]);
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(answer.header("ratelimit-limit"), "600");
    assert!(answer.header("vary").contains("authorization"));
    // It opens the API and nothing else.
    server
        .get_with("/desk", &[("authorization", &all), ("accept", "text/html")])
        .status(303);
    server
        .get_with(
            "/api/v1/cases/0123456789bcdfghjkmnpqrstvwxyzAB",
            &[("authorization", &all)],
        )
        .status(403);
    server
        .post_json(
            "/api/v1/cases",
            &[("authorization", &all)],
            &json!({ "email": "a@example.com", "text": "x" }),
        )
        .status(403);
    // Ended, it ends at once, and looks like one that never was.
    server.kb().run(["key", "revoke", &id]).code(0);
    let gone = server
        .get_with("/api/v1/search?q=x", &[("authorization", &customers)])
        .status(401);
    assert!(gone.header("www-authenticate").starts_with("Bearer"));
    let never = server
        .get_with(
            "/api/v1/search?q=x",
            &[(
                "authorization",
                "Bearer kb_0123456789bcdfghjkmnpqrstvwxyzAB",
            )],
        )
        .status(401);
    let said = |answer: &super::harness::Response| answer.json()["detail"].clone();
    assert_eq!(said(&gone), said(&never));
    server
        .get_with("/api/v1/search?q=x", &[("x-api-key", "kb_short")])
        .status(401);
    server
        .kb()
        .run(["key", "revoke", &id])
        .code(2)
        .stderr_has("no such key");
    server
        .kb()
        .run(["key", "add", "--name", "x", "--scope", "read:nobody"])
        .code(2)
        .stderr_has("public < customer < internal");
    server
        .kb()
        .run(["key", "add", "--name", "x", "--scope", "admin"])
        .code(2)
        .stderr_has("questions:write");
}

#[test]
fn a_program_with_a_key_opens_cases_without_a_proof_and_is_limited_by_its_key() {
    let server = serve("");
    let (writer, _) = key(
        &server,
        &[
            "--scope",
            "cases:write",
            "--scope",
            "cases:read",
            "--per-minute",
            "5",
        ],
    );
    let writer = format!("Bearer {writer}");
    let body = json!({ "email": "li.lei@example.com", "text": "退款没有到账" });
    let refused = server.post_json("/api/v1/cases", &[], &body).status_code();
    assert_eq!(refused, 429, "without a proof, nobody else");
    let opened = server
        .post_json("/api/v1/cases", &[("authorization", &writer)], &body)
        .status(201)
        .json();
    let url = opened["url"].as_str().expect("a link");
    let token = url.rsplit('/').next().expect("a token");
    server
        .get_with(
            &format!("/api/v1/cases/{token}"),
            &[("authorization", &writer)],
        )
        .status(200);
    server
        .get_with("/api/v1/search?q=x", &[("authorization", &writer)])
        .status(403);
    let answers: Vec<_> = (0..6)
        .map(|_| server.get_with("/api/v1/cases/form", &[("authorization", &writer)]))
        .collect();
    let busy = answers
        .iter()
        .find(|answer| answer.is(429))
        .expect("a limit");
    assert!(
        busy.header("retry-after")
            .parse::<u32>()
            .is_ok_and(|s| (1..=60).contains(&s))
    );
    assert_eq!(busy.header("ratelimit-remaining"), "0");
    // Nobody else is held back by that.
    server.get("/api/v1/search?q=x").status(200);
}

#[test]
fn s25_a_key_for_browsers_is_for_its_sites_alone() {
    let server = serve("");
    let (public, id) = key(
        &server,
        &["--scope", "search", "--origin", "https://www.example.com"],
    );
    let (secret, _) = key(&server, &["--scope", "search"]);
    let ask = |key: &str, origin: &str| {
        let headers = [
            ("x-api-key", key),
            ("origin", origin),
            ("sec-fetch-site", "cross-site"),
        ];
        server.get_with("/api/v1/search?q=退款", &headers)
    };
    let fine = ask(&public, "https://www.example.com").status(200);
    assert_eq!(
        fine.header("access-control-allow-origin"),
        "https://www.example.com"
    );
    for origin in [
        "https://www.example.com.evil.cn",
        "http://www.example.com",
        "null",
        "https://evil.example",
    ] {
        let refused = ask(&public, origin).status(403);
        assert_eq!(
            refused.header("access-control-allow-origin"),
            "",
            "{origin}"
        );
    }
    server
        .get_with("/api/v1/search?q=退款", &[("x-api-key", &public)])
        .status(403);
    ask(&secret, "https://www.example.com").status(403);
    let preflight = |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "x-api-key"),
        ];
        server.send("OPTIONS", "/api/v1/search", &headers, "")
    };
    let allowed = preflight("https://www.example.com").status(204);
    assert!(
        allowed
            .header("access-control-allow-headers")
            .contains("x-api-key")
    );
    preflight("https://evil.example").status(403);
    // The site loads the box as well, and tells of visits; others do not.
    let script = |origin: &str| {
        let answer = server.get_with("/embed/v1/kb-search.js", &[("origin", origin)]);
        answer
            .status(200)
            .header("access-control-allow-origin")
            .to_owned()
    };
    assert_eq!(script("https://www.example.com"), "https://www.example.com");
    assert_eq!(script("https://evil.example"), "");
    let visit = |origin: &str| {
        let headers = [
            ("x-api-key", public.as_str()),
            ("origin", origin),
            ("sec-fetch-site", "cross-site"),
        ];
        let answer = server.post_json("/api/v1/visits", &headers, &json!({}));
        answer.status_code()
    };
    assert_ne!(visit("https://www.example.com"), 403);
    assert_eq!(visit("https://evil.example"), 403);
    server.kb().run(["key", "revoke", &id]).code(0);
    preflight("https://www.example.com").status(403);
    assert_eq!(script("https://www.example.com"), "");
    let wide = [
        "key",
        "add",
        "--name",
        "x",
        "--scope",
        "read:internal",
        "--origin",
        "https://www.example.com",
    ];
    server.kb().run(wide).code(2).stderr_has("search alone");
}

#[test]
fn where_a_key_is_needed_programs_bring_one_and_own_pages_do_not() {
    let server = serve("[api]\nrequire_key = true\n");
    let refused = server.get("/api/v1/search?q=退款").status(401);
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    let said = server.get("/api/v1/openapi.json").status(200).json();
    let ways = said["security"].as_array().expect("ways").clone();
    assert!(ways.len() == 2 && !ways.contains(&json!({})), "{ways:?}");
    server
        .get_with("/api/v1/suggest?q=退", &[("sec-fetch-site", "same-origin")])
        .status(200);
    server.get("/search?q=退款").status(200);
    let (reader, _) = key(&server, &["--scope", "search", "--expires", "1h"]);
    server
        .get_with(
            "/api/v1/search?q=退款",
            &[("authorization", &format!("bearer {reader}"))],
        )
        .status(200);
}

#[test]
fn s28_keys_end_with_what_ends_the_sessions_of_who_made_them() {
    let office = Office::over(
        kb(),
        &[("boss", "admin", "support"), ("ada", "admin", "support")],
    );
    let made = |who: &super::desk::Seat| {
        let fields = [
            ("name", "intranet"),
            ("scope", "read:internal"),
            ("per_minute", "60"),
        ];
        let page = office.post(who, "/desk/keys", &fields).status(200).text();
        let at = page.find(">kb_").expect("the key is shown");
        page[at + 1..at + 36].to_owned()
    };
    let works = |key: &str| {
        let headers = [("x-api-key", key)];
        office
            .server
            .get_with("/api/v1/search?q=zebra", &headers)
            .status_code()
    };
    let ada = office.sit("ada");
    let own = made(&ada);
    office
        .get(&ada, "/desk/keys")
        .lacks(&own)
        .has("intranet")
        .has("read:internal");
    let terminal = office
        .server
        .kb()
        .run(["key", "add", "--name", "cron", "--scope", "search"])
        .code(0)
        .out();
    assert_eq!(works(&own), 200);
    let change = [
        ("present", super::desk::PASSWORD),
        ("new", "七月的雨下在旧码头上"),
    ];
    office.get(&ada, "/desk/me").has("1 个 API 密钥");
    let renewed = office.post(&ada, "/desk/me/password", &change).status(303);
    assert_eq!(works(&own), 401, "a new password");
    // S27: the session goes on under another secret.
    let former = [("cookie", ada.cookie.as_str()), ("accept", "text/html")];
    office.server.get_with("/desk/me", &former).status(303);
    let cookie = super::desk::cookies(&renewed);
    let page = office
        .server
        .get_with("/desk/me", &[("cookie", &cookie), ("accept", "text/html")])
        .status(200);
    let ada = super::desk::Seat {
        csrf: super::desk::csrf_of(&page.text()),
        cookie,
    };
    let second = made(&ada);
    office
        .server
        .kb()
        .run(["user", "change", "ada@example.com", "--role", "agent"])
        .code(0);
    assert_eq!(works(&second), 401, "another role");
    let boss = office.sit("boss");
    let third = made(&boss);
    office
        .server
        .kb()
        .run(["user", "change", "ada@example.com", "--role", "admin"])
        .code(0);
    office
        .server
        .kb()
        .run(["user", "disable", "boss@example.com"])
        .code(0);
    assert_eq!(works(&third), 401, "disabled");
    assert_eq!(works(terminal.trim()), 200, "one of the terminal stays");
}
