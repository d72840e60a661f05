//! Do people of the desk come in as they should, and nobody else? Invitations, forgotten passwords, second steps, sessions, and what
//! was noted of it.

use super::desk::{FORM, Office, PASSWORD, Seat, cookies, csrf_of, form};
use super::harness::{Kb, Response, Server};
use kb::cases::{DEEDS, EVENTS};
use kb::store::DeedFilter;
use std::collections::BTreeSet;
use std::path::Path;
use totp_rs::{Algorithm, Builder, Secret, Totp};

const ALL: [(&str, &str, &str); 4] = [
    ("bian", "editor", "support"),
    ("mei", "agent", "support"),
    ("zhuan", "specialist", "experts"),
    ("boss", "admin", "support"),
];

fn post(server: &Server, path: &str, fields: &[(&str, &str)], cookie: &str) -> Response {
    let mut headers = vec![
        FORM,
        ("sec-fetch-site", "same-origin"),
        ("accept", "text/html"),
        ("accept-language", "zh-CN"),
        (
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
        ),
    ];
    if !cookie.is_empty() {
        headers.push(("cookie", cookie));
    }
    server.send("POST", path, &headers, &form(fields))
}

/// The address below `room` in the newest letter to `to`.
fn link(office: &Office, to: &str, room: &str) -> String {
    let find = || {
        let folder = office.server.kb().path(".kb/mail");
        let files = std::fs::read_dir(folder).ok()?;
        let mut paths: Vec<_> = files.filter_map(|f| Some(f.ok()?.path())).collect();
        paths.sort();
        let texts = paths
            .iter()
            .filter_map(|path| std::fs::read_to_string(path).ok());
        let plain = texts.map(|text| text.replace("=\r\n", "").replace("=\n", ""));
        let mut found = plain.filter(|text| text.contains(to) && text.contains(room));
        let text = found.next_back()?;
        let at = text.find(room)?;
        let rest = &text[at..];
        let end = rest[room.len()..]
            .find(|c: char| !c.is_ascii_alphanumeric())
            .map_or(rest.len(), |end| end + room.len());
        Some(rest[..end].to_owned())
    };
    office.server.eventually("a letter with a link", |_| find())
}

fn deeds(office: &Office, action: &str) -> Vec<kb::store::Deed> {
    let filter = DeedFilter {
        action: Some(action.to_owned()),
        ..DeedFilter::default()
    };
    let found = office.run(office.cases.audit(None, &filter, 500));
    let found = found.expect("the log answers");
    found.into_iter().map(|noted| noted.deed).collect()
}

fn seat(office: &Office, answer: &Response) -> Seat {
    let cookie = cookies(answer);
    let page = office
        .server
        .get_with("/desk/me", &[("cookie", &cookie), ("accept", "text/html")])
        .status(200);
    Seat {
        csrf: csrf_of(&page.text()),
        cookie,
    }
}

#[test]
fn an_invitation_opens_an_account_once() {
    let office = Office::of(&[("boss", "admin", "support")]);
    let boss = office.sit("boss");
    let fields = [
        ("email", "xin@example.com"),
        ("name", "小新"),
        ("role", "specialist"),
        ("groups", "support"),
        ("lang", "zh-CN"),
    ];
    office
        .post(&boss, "/desk/accounts/invite", &fields)
        .status(303);
    office
        .get(&boss, "/desk/accounts")
        .has("已邀请，尚未加入")
        .has("xin@example.com");
    let first = link(&office, "xin@example.com", "/desk/invitation/");
    // Sent again, the former link opens nothing.
    let again = [("email", "xin@example.com"), ("do", "again")];
    office
        .post(&boss, "/desk/accounts/invitations", &again)
        .status(303);
    office.server.get(&first).status(404).has("这个链接已失效");
    let second = office.server.eventually("another link", |_| {
        let found = link(&office, "xin@example.com", "/desk/invitation/");
        (found != first).then_some(found)
    });
    let page = office.server.get(&second).status(200);
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    let server = &office.server;
    for (password, said) in [
        ("short", "10 到 200"),
        ("password123!", "很多人用这个密码"),
        ("qwertyuiop", "有规律"),
        ("xin@example.com", "姓名、邮箱或网站名"),
    ] {
        let fields = [("name", "小新"), ("password", password)];
        post(server, &second, &fields, "").status(400).has(said);
    }
    let fields = [("name", "新同事"), ("password", "七月的雨下在旧码头上")];
    let entered = post(server, &second, &fields, "").status(303);
    let xin = seat(&office, &entered);
    office.get(&xin, "/desk/me").has("新同事").has("专家");
    post(server, &second, &fields, "").status(404);
    office.get(&boss, "/desk/accounts").lacks("尚未加入");
    let noted = deeds(&office, "account.added");
    assert!(
        noted[0]
            .details
            .contains("role: specialist; invited by: boss@example.com"),
        "{noted:?}"
    );
    // Who has an account is not invited; who is withdrawn has no way in.
    let taken = office
        .server
        .kb()
        .run(["user", "invite", "xin@example.com"]);
    taken
        .code(2)
        .stderr_has("another account has this mail address");
    office
        .server
        .kb()
        .run(["user", "invite", "gone@example.com", "--role", "agent"])
        .code(0);
    let gone = link(&office, "gone@example.com", "/desk/invitation/");
    let list = office.server.kb().run(["user", "invitations"]);
    list.code(0).stdout_has("gone@example.com");
    let kb = office.server.kb();
    kb.run(["user", "uninvite", "gone@example.com"]).code(0);
    office.server.get(&gone).status(404);
}

#[test]
fn s23_a_forgotten_password_is_answered_alike_and_is_no_mail_cannon() {
    let office = Office::of(&[("mei", "agent", "support")]);
    let server = &office.server;
    let mei = office.sit("mei");
    let ask = |email: &str| post(server, "/desk/forgot", &[("email", email)], "").status(200);
    let (known, unknown) = (ask("mei@example.com"), ask("nobody@example.com"));
    assert_eq!(known.text(), unknown.text());
    assert_eq!(ask("no address").text(), known.text());
    let path = link(&office, "mei@example.com", "/desk/new-password/");
    server.get(&path).status(200).has("设置新密码");
    let common = [("password", "password123!")];
    post(server, &path, &common, "").status(400).has("很多人");
    let set = [("password", "七月的雨下在旧码头上")];
    let done = post(server, &path, &set, "").status(303);
    assert_eq!(done.header("location"), "/desk/sign-in?said=password");
    post(server, &path, &set, "").status(404);
    server.get(&path).status(404);
    // What was open in the name of the account has ended.
    let page = [("cookie", mei.cookie.as_str()), ("accept", "text/html")];
    server.get_with("/desk/me", &page).status(303);
    office.sign_in("mei@example.com", PASSWORD, "").status(401);
    office
        .sign_in("mei@example.com", "七月的雨下在旧码头上", "")
        .status(303);
    // Five letters a day, whoever asks how often.
    for _ in 0..8 {
        let _ = ask("mei@example.com");
    }
    let links = || deeds(&office, "password.link").len();
    server.eventually("five links", |_| (links() == 5).then_some(()));
    let _ = ask("mei@example.com");
    assert_eq!(links(), 5);
}

/// The app on a telephone.
fn app(secret: &str) -> Totp {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).expect("base32");
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_secret(secret)
        .with_account_name("x")
        .build()
        .expect("an app")
}

fn now() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_second()).expect("after 1970")
}

/// Sets a second step up, and returns the app and the codes on paper, with the seat as it is then.
fn set_up(office: &Office, seat: &Seat) -> (Totp, Vec<String>, Seat) {
    let page = office.get(seat, "/desk/second-step").status(200).text();
    let secret = page
        .split("class=\"secret\" translate=\"no\">")
        .nth(1)
        .and_then(|rest| rest.split('<').next());
    let app = app(secret.expect("a secret"));
    let picture = office
        .get(seat, "/desk/second-step/picture.svg")
        .status(200);
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    assert!(!picture.text().contains("style="), "no inline style");
    office
        .post(seat, "/desk/second-step", &[("code", "000000")])
        .status(303);
    let code = app.generate(now()).to_string();
    let done = office
        .post(seat, "/desk/second-step", &[("code", &code)])
        .status(200);
    let text = done.text();
    let codes = text.split("<li><code translate=\"no\">").skip(1);
    let codes: Vec<String> = codes
        .filter_map(|rest| rest.split('<').next())
        .map(str::to_owned)
        .collect();
    assert_eq!(codes.len(), 10, "{text}");
    let cookie = cookies(&done);
    let page = office
        .server
        .get_with("/desk/me", &[("cookie", &cookie), ("accept", "text/html")]);
    let seat = Seat {
        csrf: csrf_of(&page.status(200).text()),
        cookie,
    };
    (app, codes, seat)
}

fn pending(page: &Response) -> String {
    let text = page.text();
    let found = text
        .split("name=\"pending\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    found.expect("the second step is asked for").to_owned()
}

#[test]
fn a_second_step_is_asked_for_and_each_code_is_taken_once() {
    let office = Office::of(&ALL);
    let server = &office.server;
    let mei = office.sit("mei");
    let other = office.sit("mei");
    let (app, codes, mei) = set_up(&office, &mei);
    // S27, S28: the session that did it has a new secret, the others have ended.
    let ended = [("cookie", other.cookie.as_str()), ("accept", "text/html")];
    server.get_with("/desk/me", &ended).status(303);
    let first = office.sign_in("mei@example.com", PASSWORD, "").status(200);
    assert!(first.all_headers("set-cookie").is_empty());
    let pending = pending(&first.has("再验证一步"));
    let step = |code: &str| {
        let fields = [
            ("pending", pending.as_str()),
            ("code", code),
            ("next", "/desk/me"),
        ];
        post(server, "/desk/sign-in/code", &fields, "")
    };
    // The code that set it up was taken then, and is worth nothing now; the next one is.
    let used = app.generate(now()).to_string();
    let next = app.generate(now() + 30).to_string();
    if used != next {
        step(&used).status(401).has("已经用过");
    }
    let entered = step(&next).status(303);
    assert_eq!(entered.header("location"), "/desk/me");
    step(&next).status(401);
    // A code on paper, however it is written, once.
    let paper = codes[0].to_uppercase().replace('-', " ");
    step(&paper).status(303);
    step(&paper).status(401);
    let other_office = "x".repeat(40);
    let fields = [
        ("pending", other_office.as_str()),
        ("code", codes[1].as_str()),
    ];
    let forged = post(server, "/desk/sign-in/code", &fields, "").status(303);
    assert_eq!(forged.header("location"), "/desk/sign-in?said=foreign");
    office.get(&mei, "/desk/me").has("还剩 9 个恢复码");
    // Guessing is slowed down.
    let answers: Vec<u16> = (0..8)
        .map(|i| step(&format!("{i:06}")).status_code())
        .collect();
    assert!(answers.contains(&429), "{answers:?}");
    // Turning it off needs the password; an administrator needs none.
    let wrong = [("password", "not the password")];
    office
        .post(&mei, "/desk/second-step/remove", &wrong)
        .status(303);
    office
        .get(&mei, "/desk/me")
        .has("邮箱或密码不对")
        .has("已开启");
    let right = [("password", PASSWORD)];
    let fresh = office
        .post(&mei, "/desk/second-step/codes", &right)
        .status(200);
    assert!(!fresh.text().contains(&codes[2]));
    let kept = cookies(&fresh);
    let page = server.get_with("/desk/me", &[("cookie", &kept), ("accept", "text/html")]);
    let mei = Seat {
        csrf: csrf_of(&page.status(200).text()),
        cookie: kept,
    };
    office
        .post(&mei, "/desk/second-step/remove", &right)
        .status(303);
    office.sign_in("mei@example.com", PASSWORD, "").status(303);
    let noted: BTreeSet<String> = deeds(&office, "second_step")
        .into_iter()
        .map(|d| d.action)
        .collect();
    assert_eq!(noted.len(), 3, "{noted:?}");
}

#[test]
fn a_role_that_needs_a_second_step_does_nothing_before() {
    let kb = Kb::new()
        .article("退款", "x")
        .config("[staff]\nrequire_totp = [\"admin\"]\n");
    let office = Office::over(
        kb,
        &[("boss", "admin", "support"), ("mei", "agent", "support")],
    );
    let entered = office.sign_in("boss@example.com", PASSWORD, "").status(303);
    let cookie = cookies(&entered);
    let get = |path: &str| {
        let headers = [("cookie", cookie.as_str()), ("accept", "text/html")];
        office.server.get_with(path, &headers)
    };
    for path in [
        "/desk",
        "/desk/me",
        "/desk/accounts",
        "/desk/cases.csv",
        "/desk/live",
    ] {
        let answer = get(path).status(303);
        assert_eq!(answer.header("location"), "/desk/second-step", "{path}");
    }
    let page = get("/desk/second-step").status(200).has("必须开启").text();
    assert!(
        !page.contains("/desk/accounts"),
        "nothing of the desk is shown"
    );
    let boss = Seat {
        csrf: csrf_of(&page),
        cookie: cookie.clone(),
    };
    office
        .post(&boss, "/desk/me", &[("lang", "en")])
        .status(403);
    let (_, _, boss) = set_up(&office, &boss);
    office.get(&boss, "/desk/accounts").status(200);
    office
        .post(&boss, "/desk/second-step/remove", &[("password", PASSWORD)])
        .status(303);
    office.get(&boss, "/desk/me").has("不能关闭");
    let kb = office.server.kb();
    kb.run(["user", "reset-totp", "boss@example.com"]).code(0);
    kb.run(["user", "reset-totp", "boss@example.com"]).code(2);
    office.get(&boss, "/desk/me").status(303);
    let mei = office.sit("mei");
    office.get(&mei, "/desk/me").status(200);
}

#[test]
fn sessions_are_seen_and_ended_by_their_owners_and_by_administrators() {
    let office = Office::of(&ALL);
    let server = &office.server;
    let fields = [("email", "mei@example.com"), ("password", PASSWORD)];
    let first = post(server, "/desk/sign-in", &fields, "").status(303);
    let first = seat(&office, &first);
    let second = office.sit("mei");
    let page = office
        .get(&second, "/desk/me")
        .status(200)
        .has("Firefox, Linux")
        .text();
    assert!(
        !page.contains(&first.cookie["kb-desk=".len()..]),
        "no secret is shown"
    );
    let name = page
        .split("name=\"session\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("another session");
    let end = [("session", name)];
    // Not one's own: a colleague cannot end it.
    let zhuan = office.sit("zhuan");
    office.post(&zhuan, "/desk/me/sessions", &end).status(303);
    office.get(&first, "/desk/me").status(200);
    office.post(&second, "/desk/me/sessions", &end).status(303);
    office.get(&first, "/desk/me").status(303);
    let third = office.sit("mei");
    office.post(&second, "/desk/me/sessions", &[]).status(303);
    office.get(&third, "/desk/me").status(303);
    let boss = office.sit("boss");
    let accounts = office.run(office.cases.accounts()).expect("accounts");
    let mei = accounts
        .iter()
        .find(|a| a.email.as_str() == "mei@example.com");
    let path = format!("/desk/accounts/{}/sessions", mei.expect("mei").id);
    office.get(&zhuan, &path).status(403);
    office.post(&zhuan, &path, &[]).status(403);
    office.get(&boss, &path).status(200).has("最近使用");
    office.post(&boss, &path, &[]).status(303);
    office.get(&second, "/desk/me").status(303);
    assert_eq!(deeds(&office, "sessions.ended").len(), 3);
}

#[test]
fn s58_what_matters_is_noted_and_cannot_be_changed() {
    let office = Office::of(&ALL);
    let boss = office.sit("boss");
    for _ in 0..6 {
        let _ = office.sign_in("mei@example.com", "wrong password", "");
    }
    let kb = office.server.kb();
    kb.run(["user", "change", "mei@example.com", "--role", "specialist"])
        .code(0);
    kb.run(["backup", "x.backup"]).code(0);
    let added = [("name", "=HYPERLINK(1)"), ("scope", "search")];
    office.post(&boss, "/desk/keys", &added).status(200);
    office.get(&boss, "/desk/cases.csv?view=all").status(200);
    for (action, subject, details) in [
        ("account.added", "mei@example.com", "role: agent"),
        (
            "account.changed",
            "mei@example.com",
            "role: agent -> specialist",
        ),
        ("signed_in", "boss@example.com", "way: password"),
        (
            "sign_in.failures",
            "mei@example.com",
            "failures in a row: 5; counted by: both",
        ),
        ("store.backed_up", "x.backup", "rows: "),
        ("key.added", "=HYPERLINK(1)", "scopes: search"),
        ("cases.exported", "all", ""),
    ] {
        let found = deeds(&office, action);
        let fits = found
            .iter()
            .any(|d| d.subject == subject && d.details.contains(details));
        assert!(fits, "{action}: {found:?}");
    }
    for name in ["bian", "zhuan"] {
        let seat = office.sit(name);
        office.get(&seat, "/desk/audit").status(403);
        office.get(&seat, "/desk/audit.csv").status(403);
    }
    office
        .get(&boss, "/desk/audit?action=account")
        .status(200)
        .has("修改了账号")
        .has("<del>客服</del> <span aria-hidden=\"true\">→</span> <ins>专家</ins>")
        .lacks("登录了</b>");
    office
        .get(&boss, "/desk/audit?subject=x.backup&since=2020-01-01")
        .status(200)
        .has("store.backed_up");
    office
        .get(&boss, "/desk/audit?until=2020-01-01")
        .has("没有记录");
    // S11: nothing in the file is a formula.
    let file = office
        .get(&boss, "/desk/audit.csv?action=key")
        .status(200)
        .text();
    assert!(file.contains("\"'=HYPERLINK(1)\""), "{file}");
    let csv = kb
        .run(["audit", "--action", "key", "--format", "csv"])
        .code(0)
        .out();
    assert!(csv.contains("\"'=HYPERLINK(1)\""), "{csv}");
    let json = kb
        .run([
            "audit", "--since", "1d", "--actor", "terminal", "--limit", "0", "--format", "json",
        ])
        .code(0)
        .json();
    assert!(
        json.as_array()
            .expect("a list")
            .iter()
            .all(|deed| deed["actor"] == "terminal")
    );
    kb.run(["audit", "--since", "gestern"])
        .code(2)
        .stderr_has("7d");
    kb.run(["audit", "--verify"])
        .code(0)
        .stdout_has("deeds are as they were written");
}

#[test]
fn what_is_said_after_a_deed_comes_from_whichever_server_answers_and_once() {
    let office = Office::of(&ALL);
    let boss = office.sit("boss");
    let second = office.server.kb().serve();
    let page = |server: &Server, path: &str| {
        let headers = [("cookie", boss.cookie.as_str()), ("accept", "text/html")];
        server.get_with(path, &headers)
    };
    second.eventually("the desk is open there too", |s| {
        page(s, "/desk/me").is(200).then_some(())
    });
    let invited = [
        ("email", "neu@example.com"),
        ("name", "小新"),
        ("role", "agent"),
    ];
    office
        .post(&boss, "/desk/accounts/invite", &invited)
        .status(303);
    // A part of a page that a script fetches says nothing, and keeps what is to be said.
    let part = [
        ("cookie", boss.cookie.as_str()),
        ("accept", "text/html"),
        ("x-kb-part", "1"),
    ];
    second.get_with("/desk/accounts", &part).lacks("邀请已发出");
    page(&second, "/desk/accounts")
        .status(200)
        .has("邀请已发出");
    page(&second, "/desk/accounts").lacks("邀请已发出");
    office.get(&boss, "/desk/accounts").lacks("邀请已发出");
}

/// Somebody who has the database itself: what he says to it, whether it was done, and what it answered.
fn by_hand(kb: &Kb, postgres: Option<&str>, text: &str) -> (bool, String) {
    let mut command = match postgres {
        Some(url) => {
            let mut psql = std::process::Command::new("psql");
            psql.args(["-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", text]);
            psql
        }
        None => {
            let mut python = std::process::Command::new("python3");
            let script = "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nc.executescript(sys.argv[2])\nc.commit()";
            python.args(["-c", script]);
            python.arg(kb.path(".kb/kb.sqlite")).arg(text);
            python
        }
    };
    let done = command.output().expect("a client of the database");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    (done.status.success(), said)
}

/// The log is only added to, whoever asks the database; `removed` takes the guards away as its owner could.
fn deeds_stay(postgres: Option<&str>, all_at_once: &str, removed: &str) {
    let mut kb = Kb::new().article("退款", "x");
    if let Some(url) = postgres {
        kb = kb.config(&format!("[database]\nurl = \"{url}\"\n"));
    }
    for i in 0..3 {
        let email = format!("a{i}@example.com");
        kb.run(["user", "invite", &email]).code(0);
    }
    for text in [
        "UPDATE audit SET actor = 'nobody' WHERE seq = 2",
        "UPDATE audit SET at = 0",
        "DELETE FROM audit WHERE seq = 2",
        "DELETE FROM audit",
        all_at_once,
    ] {
        let (done, said) = by_hand(&kb, postgres, text);
        assert!(!done && said.contains("only added to"), "{text}: {said}");
    }
    kb.run(["audit", "--verify"]).code(0).stdout_has("3 deeds");
    // Whoever takes the guard away first is found out by the digests.
    let change = format!("{removed}; UPDATE audit SET subject = 'b@example.com' WHERE seq = 2;");
    let (done, said) = by_hand(&kb, postgres, &change);
    assert!(done, "{said}");
    kb.run(["audit", "--verify"])
        .code(1)
        .stdout_has("deed 2 is not as it was written");
    // Whoever takes the newest away leaves the count behind.
    let back = "UPDATE audit SET subject = 'a1@example.com' WHERE seq = 2";
    let gate = "UPDATE counters SET value = 9000000000000000 WHERE name = 'audit-until'";
    let gate = format!("INSERT INTO counters (name, value) VALUES ('audit-until', 0); {gate}");
    for (text, answer) in [
        (back.to_owned(), "3 deeds"),
        (
            format!("{gate}; DELETE FROM audit WHERE seq = 3"),
            "deed 3 is not as it was",
        ),
    ] {
        let (done, said) = by_hand(&kb, postgres, &text);
        assert!(done, "{said}");
        let said = kb.run(["audit", "--verify"]).out();
        assert!(said.contains(answer), "{text}: {said}");
    }
}

#[test]
fn s58_sqlite_refuses_to_change_or_remove_a_deed() {
    deeds_stay(
        None,
        "INSERT OR REPLACE INTO audit SELECT * FROM audit",
        "DROP TRIGGER audit_unchanged",
    );
}

#[test]
fn s58_postgres_refuses_to_change_or_remove_a_deed() {
    let url = crate::postgres::database();
    deeds_stay(
        Some(&url),
        "TRUNCATE audit",
        "DROP TRIGGER audit_kept ON audit",
    );
}

/// What is between quotes in a source, where it looks like a deed.
fn deeds_in(source: &str) -> Vec<&str> {
    let families: Vec<&str> = DEEDS
        .iter()
        .filter_map(|deed| deed.split_once('.'))
        .map(|d| d.0)
        .collect();
    let is_deed = |text: &&str| {
        let word = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        text.split_once('.')
            .is_some_and(|(family, rest)| families.contains(&family) && word(rest))
    };
    source
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(is_deed)
        .collect()
}

#[test]
fn s58_every_deed_is_one_of_the_list_and_in_the_manual() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut noted = BTreeSet::new();
    let mut folders = vec![root.join("src/cases"), root.join("src/cli")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a room") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("deeds.rs") {
                let text = std::fs::read_to_string(&path).expect("a source");
                noted.extend(deeds_in(&text).into_iter().map(str::to_owned));
            }
        }
    }
    let listed: BTreeSet<String> = DEEDS
        .iter()
        .filter(|deed| deed.contains('.'))
        .map(|deed| (*deed).to_owned())
        .collect();
    // What hooks are told of looks the same, and is no deed.
    noted.retain(|deed| listed.contains(deed) || !EVENTS.contains(&deed.as_str()));
    assert_eq!(noted, listed);
    let manual = root.join("kb/operations/audit-log.md");
    let manual = std::fs::read_to_string(manual).expect("the manual");
    for deed in DEEDS {
        assert!(
            manual.contains(&format!("`{deed}`")),
            "{deed} is not in the manual"
        );
    }
}
