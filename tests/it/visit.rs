//! Is a visit noted as it was, bounded, and without a word on who it is?

use crate::asking::{Kept, QUICK, ask, attributes, page, site};
use crate::harness::{Kb, Server};
use serde_json::json;

const VISIT: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

#[test]
fn a_visit_is_what_was_searched_clicked_and_read() {
    let server = site(QUICK);
    let path = format!("/api/v1/visits/{VISIT}");
    let steps = json!({ "lang": "zh-CN", "steps": [
        { "did": "searched", "query": "忘", "results": 9, "confident": false },
        { "did": "searched", "query": "忘记密码", "results": 1, "confident": true },
        { "did": "clicked", "target": "/a/账号/forgot" },
        { "did": "read", "target": "https://evil.example/" },
    ]});
    let noted = server.post_json(&path, &[], &steps).status(204);
    assert_eq!(noted.header("set-cookie"), "");
    let visit = Kept::of(&server).visit(VISIT).expect("noted");
    assert_eq!(visit.last_query(), Some("忘记密码"));
    assert_eq!(
        (visit.searches.len(), visit.readings.len()),
        (1, 1),
        "{visit:?}"
    );
}

#[test]
fn what_is_no_beacon_is_refused_in_words() {
    let server = site(QUICK);
    let path = format!("/api/v1/visits/{VISIT}");
    let _ = server
        .post_json("/api/v1/visits/1", &[], &json!({ "steps": [] }))
        .status(400)
        .has("36 characters");
    let _ = server
        .post_json(&path, &[], &json!({ "steps": [], "ip": "1.2.3.4" }))
        .status(400)
        .has("unknown field");
    let many = vec![json!({ "did": "read", "target": "/a/x" }); 21];
    let _ = server
        .post_json(&path, &[], &json!({ "steps": many }))
        .status(400)
        .has("at most 20");
    let _ = server
        .send("POST", &path, &[("content-type", "text/plain")], "{}")
        .status(415);
    let _ = server.post_json(&path, &[], &json!({ "steps": [{ "did": "searched", "query": "x".repeat(300_000), "results": 0, "confident": false }] })).status(413);
    assert_eq!(Kept::of(&server).visit(VISIT), None);
}

#[test]
fn s24_only_permitted_sites_note_visits_from_elsewhere() {
    let server = site(&format!(
        "{QUICK}[embed]\norigins = [\"https://www.example.com\"]\n"
    ));
    let path = format!("/api/v1/visits/{VISIT}");
    let steps = json!({ "steps": [] });
    let _ = server
        .post_json(&path, &[("origin", "https://evil.example")], &steps)
        .status(403);
    let _ = server
        .post_json(&path, &[("sec-fetch-site", "cross-site")], &steps)
        .status(403);
    let _ = server
        .post_json(
            &path,
            &[
                ("origin", "https://www.example.com"),
                ("sec-fetch-site", "cross-site"),
            ],
            &steps,
        )
        .status(204)
        .has_header("access-control-allow-origin", "https://www.example.com");
    let asked = [
        ("origin", "https://www.example.com"),
        ("access-control-request-method", "POST"),
    ];
    let preflight = server.send("OPTIONS", &path, &asked, "").status(204);
    assert!(
        preflight
            .header("access-control-allow-methods")
            .contains("POST")
    );
}

#[test]
fn the_form_is_filled_from_the_visit_and_the_case_keeps_it() {
    let server = site(QUICK);
    let steps = json!({ "steps": [
        { "did": "searched", "query": "手机号换了收不到验证码", "results": 0, "confident": false },
        { "did": "read", "target": "/a/%E8%B4%A6%E5%8F%B7/forgot" },
    ]});
    let _ = server
        .post_json(&format!("/api/v1/visits/{VISIT}"), &[], &steps)
        .status(204);
    let form = server.get(&format!("/ask?v={VISIT}")).status(200);
    let html = page(&form);
    assert_eq!(
        attributes(&html, "#ask input[name=q]", "value"),
        ["手机号换了收不到验证码"]
    );
    assert_eq!(
        attributes(&html, "#ask input[name=from]", "value"),
        ["/a/%E8%B4%A6%E5%8F%B7/forgot"]
    );
    let form = form
        .has("手机号换了收不到验证码\n</textarea>")
        .has("忘记密码怎么办？");
    let stamp = attributes(&page(&form), "#ask input[name=stamp]", "value").concat();
    let fields = [
        ("stamp", stamp.as_str()),
        ("email", "a@b.cn"),
        ("text", "收不到验证码"),
        ("v", VISIT),
        ("q", "手机号换了收不到验证码"),
        ("from", "/a/%E8%B4%A6%E5%8F%B7/forgot"),
    ];
    let _ = server.post("/ask", &fields).status(303);
    let kept = Kept::of(&server);
    let case = kept.case("a@b.cn");
    let visit = kept.visit(VISIT).expect("the visit");
    assert_eq!(
        (visit.case, case.visit.map(|id| id.to_string())),
        (Some(case.id), Some(VISIT.to_owned()))
    );
    assert_eq!(
        visit.searches.len(),
        1,
        "what scripts noted is not noted twice: {visit:?}"
    );
    assert_eq!(case.category, "账号");
    server
        .kb()
        .run(["case", "show", case.number.as_str()])
        .code(0)
        .stdout_has("searched for \"手机号换了收不到验证码\": nothing found")
        .stdout_has("read /a/");
}

#[test]
fn without_scripts_the_form_alone_carries_what_was_tried() {
    let server = site(QUICK);
    let article = page(&server.get("/a/账号/forgot").status(200));
    let link = attributes(&article, ".ask a", "href").concat();
    let form = page(&server.get(&link).status(200));
    let value =
        |name: &str| attributes(&form, &format!("#ask input[name={name}]"), "value").concat();
    let fields = [
        ("stamp", value("stamp")),
        ("from", value("from")),
        ("v", value("v")),
        ("email", "a@b.cn".into()),
        ("text", "还是不行".into()),
    ];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let _ = server.post("/ask", &fields).status(303);
    let kept = Kept::of(&server);
    let id = kept.case("a@b.cn").visit.expect("a visit").to_string();
    let visit = kept.visit(&id).expect("kept");
    assert_eq!(visit.readings[0].target, "/a/%E8%B4%A6%E5%8F%B7/forgot");
}

#[test]
fn a_tap_says_whether_it_helped_with_and_without_a_visit() {
    let server = site(QUICK);
    let target = "/a/%E8%B4%A6%E5%8F%B7/forgot";
    let _ = server
        .post(
            "/solved",
            &[("target", target), ("helpful", "yes"), ("v", VISIT)],
        )
        .status(200)
        .has("很高兴帮到您")
        .has(target);
    assert!(Kept::of(&server).visit(VISIT).expect("noted").is_solved());
    let _ = server
        .post("/solved", &[("target", target), ("helpful", "yes")])
        .status(200);
    let no = server
        .post(
            "/solved",
            &[("target", target), ("helpful", "no"), ("v", VISIT)],
        )
        .status(303);
    assert_eq!(
        no.header("location"),
        format!("/ask?from=%2Fa%2F%25E8%25B4%25A6%25E5%258F%25B7%2Fforgot&v={VISIT}")
    );
    let evil = server
        .post(
            "/solved",
            &[("target", "https://evil.example/"), ("helpful", "yes")],
        )
        .status(200);
    let _ = evil.lacks("evil.example");
}

#[test]
fn no_address_and_no_cookie_is_kept_of_a_visit() {
    let server = site(&format!(
        "{QUICK}[server]\ntrusted_proxies = [\"127.0.0.1\"]\n"
    ));
    let forwarded = [("x-forwarded-for", "203.0.113.77")];
    let steps = json!({ "steps": [{ "did": "searched", "query": "退款", "results": 1, "confident": true }] });
    let _ = server
        .post_json(&format!("/api/v1/visits/{VISIT}"), &forwarded, &steps)
        .status(204);
    let _ = ask(&server, "a@b.cn", "退款没有到账");
    let holds = |path: &str| {
        let bytes = std::fs::read(server.kb().path(path)).unwrap_or_default();
        bytes.windows(12).any(|window| window == b"203.0.113.77")
    };
    assert!(!holds(".kb/kb.sqlite") && !holds(".kb/kb.sqlite-wal"));
    assert!(!server.log().contains("203.0.113.77"), "{}", server.log());
}

/// What is offered before anything is typed.
fn offered(server: &Server) -> Vec<String> {
    let body = server.get("/api/v1/suggest?q=").status(200).json();
    let found = body["suggestions"].as_array().expect("suggestions").iter();
    found
        .map(|one| one["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn s16_what_is_opened_most_comes_first_once_five_visits_opened_it() {
    let kb = Kb::new().config(QUICK);
    for name in ["a", "b", "c"] {
        kb.put(
            &format!("kb/{name}.md"),
            format!("+++\ntitle = \"问题 {name}\"\npublish_at = 2026-01-01\n+++\n答\n"),
        );
    }
    kb.put(
        "kb/hidden.md",
        "+++\ntitle = \"内部\"\naudience = \"internal\"\n+++\n答\n",
    );
    let server = kb.serve();
    server.eventually("questions can be asked", |s| {
        s.get("/ask").is(200).then_some(())
    });
    let usual = offered(&server);
    let last = usual.last().expect("an article").clone();
    let second = usual[1].clone();
    let visit = |number: usize, target: &str| {
        let path = format!("/api/v1/visits/3f2504e0-4f89-41d3-9a0c-{number:012x}");
        let read = json!({ "steps": [
            { "did": "searched", "query": "我的手机号 13800138000", "results": 1, "confident": true },
            { "did": "clicked", "target": target },
            { "did": "read", "target": target },
        ]});
        let _ = server.post_json(&path, &[], &read).status(204);
    };
    for number in 0..5 {
        visit(number, &format!("/a/{last}"));
        visit(100 + number, "/a/hidden");
        visit(200 + number, "/a/never-was");
    }
    // One visit that opens it over and over, and four visits, are not enough.
    for number in [300, 300, 300, 300, 300, 301, 302, 303] {
        visit(number, &format!("/a/{second}"));
    }
    server.stop();
    let server = kb.serve();
    let found = server.eventually("it is counted", |s| {
        let found = offered(s);
        (found != usual).then_some(found)
    });
    let mut expected = usual;
    expected.pop();
    expected.insert(0, last.clone());
    assert_eq!(found, expected);
    let home = server.get("/").status(200);
    let etag = home.header("etag").to_owned();
    assert!(home.text().contains(&format!("/a/{last}")));
    for address in ["/", "/api/v1/suggest?q=", "/search"] {
        let _ = server.get(address).lacks("13800138000").lacks("内部");
    }
    let again = server.get_with("/", &[("if-none-match", &etag)]);
    assert_eq!(again.status_code(), 304);
}
