//! Who gets in at the desk, who may do what, and what happens to what other sites send?

use super::desk::{FORM, Office, PASSWORD, Seat, cookies, csrf_of, form};
use super::harness::Kb;

const ALL: [(&str, &str, &str); 4] = [
    ("bian", "editor", "support"),
    ("mei", "agent", "support"),
    ("zhuan", "specialist", "experts"),
    ("boss", "admin", "support"),
];

#[test]
fn pages_of_the_desk_lead_to_the_sign_in_and_are_kept_by_nobody() {
    let office = Office::of(&[("mei", "agent", "support")]);
    let page = office
        .server
        .get_with("/desk?view=due", &[("accept", "text/html")])
        .status(303);
    assert_eq!(
        page.header("location"),
        "/desk/sign-in?next=%2Fdesk%3Fview%3Ddue"
    );
    office
        .server
        .get_with("/desk/pulse", &[("accept", "application/json")])
        .status(401);
    let mei = office.sit("mei");
    for path in ["/desk", "/desk/me", "/desk/canned"] {
        let page = office.get(&mei, path).status(200);
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert!(page.header("x-robots-tag").contains("noindex"), "{path}");
    }
    for absent in [
        "/desk/cases/KB-2611-9999",
        "/desk/cases/x",
        "/desk/cases/'%20OR%201=1",
    ] {
        office.get(&mei, absent).status(404);
    }
}

#[test]
fn s23_an_unknown_address_and_a_wrong_password_are_answered_alike() {
    let office = Office::of(&[("mei", "agent", "support")]);
    let wrong = office
        .sign_in("mei@example.com", "not the password", "")
        .status(401)
        .text();
    let unknown = office
        .sign_in("nobody@example.com", "not the password", "")
        .status(401)
        .text();
    assert_eq!(wrong.replace("mei@", "nobody@"), unknown);
    office.sign_in("no address\r\nBcc: x", "x", "").status(401);
    office.sign_in("", "", "").status(401);
    let hostile = office
        .sign_in("\"><script>alert(1)</script>", "x", "")
        .status(401)
        .text();
    assert!(!hostile.contains("<script>alert"));
}

#[test]
fn s27_a_session_is_new_at_each_sign_in_and_ends_on_the_server() {
    let office = Office::of(&[("mei", "agent", "support")]);
    let planted = "kb-desk=0123456789bcdfghjkmnpqrstvwxyzAB";
    let first = office
        .sign_in("mei@example.com", PASSWORD, planted)
        .status(303);
    let set = first.all_headers("set-cookie");
    let session = set
        .iter()
        .find(|cookie| cookie.starts_with("kb-desk="))
        .expect("a session");
    assert!(
        session.contains("HttpOnly")
            && session.contains("SameSite=Lax")
            && session.contains("Path=/"),
        "{session}"
    );
    assert!(
        !session.starts_with(planted),
        "a planted cookie is no session"
    );
    let cookie = cookies(&first);
    let second = office
        .sign_in("mei@example.com", PASSWORD, &cookie)
        .status(303);
    let again = cookies(&second);
    let get = |cookie: &str| {
        office
            .server
            .get_with("/desk/me", &[("cookie", cookie), ("accept", "text/html")])
    };
    get(&cookie).status(303);
    let page = get(&again).status(200).text();
    let seat = Seat {
        csrf: csrf_of(&page),
        cookie: again.clone(),
    };
    office.post(&seat, "/desk/sign-out", &[]).status(303);
    get(&again).status(303);
}

#[test]
fn s27_over_https_the_cookie_is_bound_to_the_host() {
    let kb = Kb::new()
        .article("退款", "x")
        .config("[site]\nbase_url = \"https://help.example.com\"\n");
    let office = Office::over(kb, &[("mei", "agent", "support")]);
    let answer = office.sign_in("mei@example.com", PASSWORD, "").status(303);
    let set = answer.all_headers("set-cookie");
    let session = set
        .iter()
        .find(|cookie| cookie.starts_with("__Host-"))
        .expect("a session");
    assert!(
        session.contains("; Secure") && !session.contains("Domain"),
        "{session}"
    );
}

#[test]
fn s28_a_new_password_another_role_and_disabling_end_sessions_at_once() {
    let office = Office::of(&ALL);
    let boss = office.sit("boss");
    let id = |name: &str| {
        let page = office.get(&boss, "/desk/accounts").status(200).text();
        let card = page
            .split("<li class=\"card-box")
            .skip(1)
            .find(|card| card.contains(&format!("{name}@example.com")))
            .expect("an account")
            .to_owned();
        let path = card
            .split("action=\"/desk/accounts/")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        path.expect("an id").to_owned()
    };
    for change in [
        &[("password", "another long password")][..],
        &[
            ("role", "specialist"),
            ("groups", "support"),
            ("on_duty", "1"),
        ],
        &[("do", "disable")],
    ] {
        let mei = office
            .sign_in(
                "mei@example.com",
                if change[0].0 == "password" {
                    PASSWORD
                } else {
                    "another long password"
                },
                "",
            )
            .status(303);
        let cookie = cookies(&mei);
        let get = || {
            office
                .server
                .get_with("/desk/me", &[("cookie", &cookie), ("accept", "text/html")])
        };
        get().status(200);
        office
            .post(&boss, &format!("/desk/accounts/{}", id("mei")), change)
            .status(303);
        get().status(303);
    }
    office
        .sign_in("mei@example.com", "another long password", "")
        .status(401);
    office.get(&boss, "/desk/accounts").status(200);
    office
        .post(
            &boss,
            &format!("/desk/accounts/{}", id("boss")),
            &[("do", "disable")],
        )
        .status(303);
    office
        .get(&boss, "/desk/accounts")
        .status(200)
        .has("至少要保留一位管理员");
    let kb = office.server.kb();
    kb.run(["user", "disable", "zhuan@example.com"]).code(0);
    kb.run(["user", "list"]).code(0).stdout_has("disabled");
}

#[test]
fn s29_guessing_is_slowed_down_and_locks_nobody_out() {
    let office = Office::of(&[("mei", "agent", "support")]);
    let known = cookies(&office.sign_in("mei@example.com", PASSWORD, "").status(303));
    let answers: Vec<u16> = (0..7)
        .map(|_| {
            office
                .sign_in("mei@example.com", "wrong password", "")
                .status_code()
        })
        .collect();
    assert_eq!(answers[0], 401);
    assert!(answers.contains(&429), "{answers:?}");
    // Another account is not slowed down by that.
    office
        .sign_in("other@example.com", "wrong password", "")
        .status(401);
    // Nobody who is in is thrown out.
    office
        .server
        .get_with("/desk/me", &[("cookie", &known), ("accept", "text/html")])
        .status(200);
}

#[test]
fn s24_what_another_site_sends_does_nothing() {
    let office = Office::of(&ALL);
    let number = office.case("li@example.cn", "登录不了");
    let boss = office.sit("boss");
    let routes = [
        "answer", "change", "escalate", "merge", "draft", "here", "insert",
    ]
    .map(|what| format!("/desk/cases/{number}/{what}"));
    let others = [
        "/desk/bulk",
        "/desk/undo",
        "/desk/canned",
        "/desk/accounts",
        "/desk/me",
        "/desk/me/password",
        "/desk/sign-out",
    ];
    let all: Vec<&str> = routes.iter().map(String::as_str).chain(others).collect();
    let marked = form(&[
        ("csrf", &boss.csrf),
        ("how", "reply"),
        ("text", "x"),
        ("seen", "9"),
    ]);
    let bare = form(&[("how", "reply"), ("text", "x"), ("seen", "9")]);
    for path in all {
        for (why, headers, body) in [
            (
                "from another site",
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://evil.example"),
                ][..],
                &marked,
            ),
            (
                "with another origin",
                &[("origin", "https://evil.example")],
                &marked,
            ),
            (
                "as plain text",
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("content-type", "text/plain"),
                ],
                &marked,
            ),
            (
                "without the mark",
                &[("sec-fetch-site", "same-origin")],
                &bare,
            ),
        ] {
            let mut sent = vec![
                FORM,
                ("cookie", boss.cookie.as_str()),
                ("connection", "close"),
            ];
            sent.retain(|(name, _)| headers.iter().all(|(own, _)| own != name));
            sent.extend(headers);
            let status = office.server.send("POST", path, &sent, body).status_code();
            assert_eq!(status, 403, "{path} {why}");
        }
    }
    assert_eq!(office.read(&number).events, 1);
    office.get(&boss, "/desk/me").status(200);
}

#[test]
fn each_role_may_do_what_is_its_own_and_is_told_so_in_words() {
    let office = Office::of(&ALL);
    let number = office.case("li@example.cn", "登录不了");
    let seats = ["bian", "mei", "zhuan", "boss"].map(|name| office.sit(name));
    let case = format!("/desk/cases/{number}");
    for (path, allowed) in [
        ("/desk", [false, true, true, true]),
        (case.as_str(), [false, true, true, true]),
        ("/desk/cases.csv?view=all", [false, true, true, true]),
        ("/desk/pulse", [false, true, true, true]),
        ("/desk/canned", [false, true, true, true]),
        ("/desk/accounts", [false, false, false, true]),
        ("/desk/me", [true, true, true, true]),
    ] {
        for (seat, allowed) in seats.iter().zip(allowed) {
            office
                .get(seat, path)
                .status(if allowed { 200 } else { 403 });
        }
    }
    office.get(&seats[0], "/desk").has("没有这项权限");
    for (path, fields, allowed) in [
        (
            "answer",
            &[("how", "note"), ("text", "x"), ("seen", "99")][..],
            [false, true, true, true],
        ),
        ("change", &[("priority", "P2")], [false, true, true, true]),
        ("draft", &[("text", "x")], [false, true, true, true]),
    ] {
        for (seat, allowed) in seats.iter().zip(allowed) {
            let status = office
                .post(seat, &format!("{case}/{path}"), fields)
                .status_code();
            assert_eq!(status < 400, allowed, "{path}: {status}");
        }
    }
}

#[test]
fn accounts_are_made_at_the_terminal_with_a_password_that_no_option_shows() {
    let kb = Kb::new().article("退款", "x");
    kb.run(["user", "add", "a@example.com", "--name", "A"])
        .code(2)
        .stderr_has("10 to 200 characters");
    kb.run(["user", "add", "not an address", "--name", "A"])
        .code(2)
        .stderr_has("@");
    kb.run([
        "user",
        "add",
        "a@example.com",
        "--name",
        "A",
        "--role",
        "king",
    ])
    .code(2)
    .stderr_has("editor, agent, specialist, admin");
    kb.run([
        "user",
        "add",
        "a@example.com",
        "--name",
        "A",
        "--password",
        "x",
    ])
    .code(2);
    kb.run(["user", "list"])
        .code(0)
        .stdout_has("no accounts yet");
    kb.run(["user", "passwd", "a@example.com"])
        .code(2)
        .stderr_has("no such account");
    let list = kb.run(["user", "list", "--format", "json"]).code(0);
    assert_eq!(list.json(), serde_json::json!([]));
}

#[test]
fn only_who_manages_sees_what_did_not_get_out_and_sends_it_again() {
    let office = Office::of(&ALL);
    let number = office.case("li.lei@example.com", "退款没有到账");
    let case = office.read(&number);
    office.run(async {
        let mut tx = office.cases.store().begin().await.expect("a transaction");
        let entry = tx.outbox_of(case.id).await.expect("read").remove(0);
        let now = jiff::Timestamp::now();
        // Whatever became of it meanwhile: it is dead, and whole.
        let again = kb::model::outbox::Outgoing {
            id: kb::model::OutboxId::generate(now),
            dedup: "again:li.lei@example.com".to_owned(),
            payload: "{}".to_owned(),
            due_at: now + jiff::SignedDuration::from_hours(1),
            ..entry.what
        };
        let _ = tx.send(&again).await.expect("kept");
        tx.mark_failed(again.id, "550 <b>no</b> such user", None, now)
            .await
            .expect("dead");
        tx.commit().await.expect("durable");
    });
    for name in ["bian", "mei", "zhuan"] {
        let seat = office.sit(name);
        office.get(&seat, "/desk/outbox").status(403);
        office.post(&seat, "/desk/outbox/retry", &[]).status(403);
    }
    let boss = office.sit("boss");
    let page = office.get(&boss, "/desk/outbox").status(200).text();
    assert!(
        page.contains("550 &lt;b&gt;no&lt;/b&gt; such user"),
        "{page}"
    );
    assert!(page.contains("li.lei@example.com") && page.contains("未送达（1）"));
    let sent = office.post(&boss, "/desk/outbox/retry", &[]).status(303);
    assert_eq!(sent.header("location"), "/desk/outbox");
    office
        .get(&boss, "/desk/outbox")
        .status(200)
        .has("将重新发送 1 条");
}
