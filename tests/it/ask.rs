//! Does a question become one case, whatever is typed and however often it is sent?

use crate::asking::{Kept, QUICK, ask, attributes, letters_to, page, site, stamp, texts};
use kb::model::case::{Kind, Priority, State};
use serde_json::json;

#[test]
fn two_fields_are_enough_and_the_asker_is_told_by_page_and_mail() {
    let server = site(QUICK);
    let path = ask(
        &server,
        "li.lei@example.com",
        "忘记密码了，收不到验证码。怎么登录？",
    );
    let shown = server.get(&path).status(200);
    let shown = shown
        .has_header("cache-control", "no-store")
        .has_header("referrer-policy", "no-referrer");
    assert!(shown.header("x-robots-tag").contains("noindex"));
    let html = page(&shown);
    assert_eq!(texts(&html, "h1"), ["忘记密码了，收不到验证码。"]);
    assert!(
        shown.text().contains("li***@example.com") && !shown.text().contains("li.lei@example.com")
    );
    let kept = Kept::of(&server);
    let case = kept.case("li.lei@example.com");
    assert_eq!(
        (case.state, case.kind, case.priority),
        (State::New, Kind::Question, Priority::P3)
    );
    assert!(case.number.as_str().starts_with("KB-") && case.due.first_answer.is_some());
    let mails = letters_to(&server, "li.lei@example.com", 1);
    assert_eq!((mails.len(), kept.outbox(case.id).len()), (1, 1));
    let (subject, letter, _) = mails[0].read();
    assert!(subject.contains(case.number.as_str()), "{subject}");
    assert!(
        letter.contains("/case/") && letter.contains("忘记密码怎么办"),
        "{letter}"
    );
    assert!(
        !letter.contains(path.rsplit('/').next().expect("a token")),
        "each mail has a link of its own"
    );
}

#[test]
fn the_form_says_what_is_promised_and_offers_what_may_answer() {
    let server = site(QUICK);
    let html = page(&server.get("/ask?q=忘记密码了收不到短信怎么办").status(200));
    assert!(texts(&html, "#promise").concat().contains("第一次答复"));
    assert!(
        texts(&html, "#offers a")
            .concat()
            .contains("忘记密码怎么办？")
    );
    assert_eq!(
        attributes(&html, "#offers button", "value"),
        ["/a/%E8%B4%A6%E5%8F%B7/forgot"]
    );
    let html = page(
        &server
            .get("/ask?q=昨天在门店里买的电饭煲坏了怎么换")
            .status(200),
    );
    assert!(
        texts(&html, "#offers a").is_empty(),
        "what only shares a few words is not pressed on anybody"
    );
    for (lang, word) in [("zh-TW", "幫我問"), ("en", "Ask us")] {
        let _ = server.get(&format!("/ask?hl={lang}")).status(200).has(word);
    }
}

#[test]
fn every_page_leads_to_people_in_one_click() {
    let server = site(QUICK);
    for path in [
        "/",
        "/search?q=密码",
        "/search?q=zzzz",
        "/a/账号/forgot",
        "/c/账号",
        "/no/such/page",
    ] {
        let html = page(&server.get(path));
        let links = attributes(&html, "main a", "href");
        assert!(
            links.iter().any(|link| link.starts_with("/ask")),
            "{path}: {links:?}"
        );
    }
}

#[test]
fn what_is_wrong_is_said_and_what_was_typed_is_kept() {
    let server = site(QUICK);
    let stamp = stamp(&server);
    let long = "长".repeat(10_001);
    for (email, text, said) in [
        ("", "问题", "请填写邮箱"),
        ("a@", "问题", "好像不对"),
        ("a@b.cn\r\nBcc: all@example.com", "问题", "好像不对"),
        ("a@b.cn", "", "请写下您的问题"),
        ("a@b.cn", "\0\u{1b}\r\n", "请写下您的问题"),
        ("a@b.cn", &long, "10001 个字"),
    ] {
        let answer = server
            .post(
                "/ask",
                &[
                    ("stamp", &stamp),
                    ("email", email),
                    ("text", text),
                    ("name", "韩梅梅"),
                ],
            )
            .status(422);
        let html = page(&answer);
        assert!(
            texts(&html, "#faults").concat().contains(said),
            "{said}: {:?}",
            texts(&html, "#faults")
        );
        assert_eq!(attributes(&html, "#name", "value"), ["韩梅梅"]);
        assert_eq!(
            texts(&html, "#text").concat().trim().chars().count(),
            text.trim_matches(|c: char| c.is_control()).chars().count()
        );
    }
    assert!(Kept::of(&server).cases("a@b.cn").is_empty());
}

#[test]
fn a_megabyte_is_refused_before_anything_is_done_with_it() {
    let server = site(QUICK);
    let text = "x".repeat(1 << 20);
    let _ = server
        .post("/ask", &[("email", "a@b.cn"), ("text", &text)])
        .status(413);
    let _ = server
        .post_json(
            "/api/v1/cases",
            &[],
            &json!({ "email": "a@b.cn", "text": text }),
        )
        .status(413);
    let _ = server.get("/ask").status(200);
}

#[test]
fn what_a_visitor_types_is_text_everywhere() {
    let server = site(QUICK);
    let evil = "<script>alert(1)</script>\n\"><img src=x onerror=alert(1)> {{7*7}} [x](javascript:alert(1))";
    let path = ask(&server, "a@b.cn", evil);
    let html = page(&server.get(&path).status(200));
    assert!(
        attributes(
            &html,
            "main img, main script, main a[href^='javascript']",
            "src"
        )
        .is_empty()
    );
    assert!(texts(&html, ".said-by-own").concat().contains(evil));
    let query = server
        .get("/ask?q=%3Cscript%3Ealert(1)%3C/script%3E%0d%0aSet-Cookie:%20a=b")
        .status(200);
    assert_eq!(query.header("set-cookie"), "");
    let _ = query.lacks("<script>alert");
    let log = server.log();
    assert!(
        !log.contains("onerror"),
        "what is asked is not logged: {log}"
    );
    let lines = log.lines().map(serde_json::from_str::<serde_json::Value>);
    assert!(
        lines.into_iter().all(|line| line.is_ok()),
        "a line is a line: {log}"
    );
}

#[test]
fn sent_twice_it_is_one_case_and_both_answers_lead_to_it() {
    let server = site(QUICK);
    let stamp = stamp(&server);
    let fields = [
        ("stamp", stamp.as_str()),
        ("email", "a@b.cn"),
        ("text", "退款没有到账"),
    ];
    let [first, second] = [0, 1].map(|_| {
        server
            .post("/ask", &fields)
            .status(303)
            .header("location")
            .to_owned()
    });
    let kept = Kept::of(&server);
    let case = kept.case("a@b.cn");
    for place in [first, second] {
        let _ = server.get(&place).status(200).has(case.number.as_str());
    }
    assert_eq!(kept.outbox(case.id).len(), 1, "one acknowledgement");
    let other = [
        ("stamp", stamp.as_str()),
        ("email", "a@b.cn"),
        ("text", "另一个问题"),
    ];
    let _ = server
        .post("/ask", &other)
        .status(409)
        .has("另一个问题")
        .has("再按一次");
}

#[test]
fn the_api_opens_one_case_a_key_and_tells_all_mistakes_at_once() {
    let server = site(QUICK);
    let ask =
        json!({ "email": "a@b.cn", "text": "退款没有到账", "kind": "complaint", "lang": "en" });
    let key = [("idempotency-key", "0b9d1a3c-1111-4222-8333-444455556666")];
    let first = server.post_json("/api/v1/cases", &key, &ask).status(201);
    let again = server.post_json("/api/v1/cases", &key, &ask).status(200);
    assert_eq!(first.json()["number"], again.json()["number"]);
    assert_eq!(
        first.header("location"),
        first.json()["url"].as_str().expect("an address")
    );
    assert_eq!(Kept::of(&server).case("a@b.cn").priority, Priority::P2);
    let other = json!({ "email": "a@b.cn", "text": "别的" });
    let _ = server.post_json("/api/v1/cases", &key, &other).status(409);
    let _ = server
        .post_json("/api/v1/cases", &[("idempotency-key", "x")], &other)
        .status(400);
    let wrong = json!({ "email": "a", "text": "", "kind": "rant", "visit": "1", "lang": "fr", "product": "<>", "name": "a\nb" });
    let problem = server
        .post_json("/api/v1/cases", &[], &wrong)
        .status(400)
        .json();
    assert_eq!(
        problem["errors"].as_array().map(Vec::len),
        Some(7),
        "{problem:#}"
    );
    assert_eq!(problem["type"], "urn:kb:problem:bad-request");
}

#[test]
fn s17_s18_a_body_sets_nothing_that_is_the_desks() {
    let server = site(QUICK);
    for key in [
        "role",
        "state",
        "priority",
        "assignee",
        "group",
        "created_at",
        "merged_into",
        "tags",
        "number",
        "id",
    ] {
        let body = json!({ "email": "a@b.cn", "text": "x", key: "P1" });
        let _ = server
            .post_json("/api/v1/cases", &[], &body)
            .status(400)
            .has("unknown field");
    }
    assert!(Kept::of(&server).cases("a@b.cn").is_empty());
}

#[test]
fn s45_json_that_explodes_lies_or_says_things_twice_is_refused() {
    let server = site(QUICK);
    let deep = "[".repeat(100_000);
    let long = "x".repeat(300_000);
    for (body, status) in [
        (format!("{{\"email\":{deep}"), 400),
        (deep.clone(), 400),
        (format!("{}1", "{\"a\":".repeat(40_000)), 400),
        (r#"["a@b.cn", "x"]"#.to_owned(), 400),
        ("null".to_owned(), 400),
        (String::new(), 400),
        (
            r#"{"email":"a@b.cn","email":"c@d.cn","text":"x"}"#.to_owned(),
            400,
        ),
        (r#"{"email":"a@b.cn","text":1e400}"#.to_owned(), 400),
        (r#"{"email":"a@b.cn","text":"\ud800"}"#.to_owned(), 400),
        (r#"{"email":"a@b.cn","text":"x"} {}"#.to_owned(), 400),
        (format!(r#"{{"email":"a@b.cn","text":"{long}"}}"#), 413),
    ] {
        let begun = std::time::Instant::now();
        let _ = server
            .send(
                "POST",
                "/api/v1/cases",
                &[("content-type", "application/json")],
                &body,
            )
            .status(status);
        assert!(begun.elapsed().as_secs() < 5, "{}", body.len());
    }
    assert!(Kept::of(&server).cases("a@b.cn").is_empty());
}

#[test]
fn what_is_most_urgent_pages_the_group() {
    let config = format!(
        "{QUICK}[groups.billing]\nwords = [\"盗刷\"]\ntitle = \"账务组\"\npage = [\"duty@example.com\"]\n"
    );
    let server = site(&config);
    let path = ask(&server, "a@b.cn", "信用卡被盗刷了！");
    let kept = Kept::of(&server);
    let case = kept.case("a@b.cn");
    assert_eq!(
        (case.priority, case.group.as_str()),
        (Priority::P1, "billing")
    );
    let paged = letters_to(&server, "duty@example.com", 1);
    assert_eq!(paged.len(), 1, "{paged:?}");
    let (subject, text, _) = paged[0].read();
    assert!(
        subject.contains("P1") && text.contains("信用卡被盗刷了"),
        "{subject} {text}"
    );
    let _ = server.get(&path).has("账务组");
}

#[test]
fn searching_goes_on_while_nothing_can_be_kept() {
    let kb = crate::harness::Kb::new()
        .article("退款", "三天")
        .config("[database]\nurl = \"postgres://127.0.0.1:1/none\"\n");
    let server = kb.serve();
    let _ = server.get("/search?q=退款").status(200);
    let _ = server.get("/readyz").status(200);
    let _ = server.get("/ask").status(503).has("暂时不能接收问题");
    let _ = server
        .post_json(
            "/api/v1/cases",
            &[],
            &json!({ "email": "a@b.cn", "text": "x" }),
        )
        .status(503);
    let _ = server.get("/metrics").has("kb_questions_open 0");
}
