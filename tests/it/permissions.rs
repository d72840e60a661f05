//! Who may what, at every address of the desk? The routes are read from the source, so a new one fails here until it is listed.

use super::desk::{FORM, Office, form};
use std::collections::BTreeMap;

const ALL: [(&str, &str, &str); 4] = [
    ("bian", "editor", "support"),
    ("mei", "agent", "support"),
    ("zhuan", "specialist", "experts"),
    ("boss", "admin", "support"),
];
/// Whose account is looked at and changed.
const OTHER: (&str, &str, &str) = ("other", "agent", "support");

/// Who may: editor, agent, specialist, admin.
type May = [bool; 4];
const ALL_OF_THEM: May = [true, true, true, true];
const ANSWERING: May = [false, true, true, true];
const MANAGING: May = [false, false, false, true];

/// What a route is for.
#[derive(Clone, Copy, PartialEq, Debug)]
enum For {
    /// For who is not signed in: a status below 500, whoever asks.
    Door,
    /// For these roles.
    These(May),
}

fn expected() -> BTreeMap<(&'static str, &'static str), For> {
    let (all, answering, managing) = (
        For::These(ALL_OF_THEM),
        For::These(ANSWERING),
        For::These(MANAGING),
    );
    BTreeMap::from([
        (("GET", "/desk"), answering),
        (("GET", "/desk/sign-in"), For::Door),
        (("POST", "/desk/sign-in"), For::Door),
        (("POST", "/desk/sign-in/code"), For::Door),
        (("GET", "/desk/oidc"), For::Door),
        (("GET", "/desk/oidc/return"), For::Door),
        (("GET", "/desk/forgot"), For::Door),
        (("POST", "/desk/forgot"), For::Door),
        (("GET", "/desk/invitation/{link}"), For::Door),
        (("POST", "/desk/invitation/{link}"), For::Door),
        (("GET", "/desk/new-password/{link}"), For::Door),
        (("POST", "/desk/new-password/{link}"), For::Door),
        (("POST", "/desk/sign-out"), all),
        (("GET", "/desk/cases.csv"), answering),
        (("POST", "/desk/bulk"), answering),
        (("POST", "/desk/undo"), answering),
        (("GET", "/desk/live"), answering),
        (("GET", "/desk/pulse"), answering),
        (("GET", "/desk/articles"), answering),
        (("GET", "/desk/canned"), answering),
        (("POST", "/desk/canned"), managing),
        (("POST", "/desk/canned/{id}/remove"), managing),
        (("GET", "/desk/accounts"), managing),
        (("POST", "/desk/accounts"), managing),
        (("POST", "/desk/accounts/invite"), managing),
        (("POST", "/desk/accounts/invitations"), managing),
        (("POST", "/desk/accounts/{id}"), managing),
        (("GET", "/desk/accounts/{id}/sessions"), managing),
        (("POST", "/desk/accounts/{id}/sessions"), managing),
        (("POST", "/desk/accounts/{id}/second-step"), managing),
        (("GET", "/desk/keys"), managing),
        (("POST", "/desk/keys"), managing),
        (("POST", "/desk/keys/{id}/revoke"), managing),
        (("GET", "/desk/audit"), managing),
        (("GET", "/desk/audit.csv"), managing),
        (("GET", "/desk/outbox"), managing),
        (("POST", "/desk/outbox/retry"), managing),
        (("POST", "/desk/outbox/{id}/retry"), managing),
        (("GET", "/desk/me"), all),
        (("POST", "/desk/me"), all),
        (("POST", "/desk/me/password"), all),
        (("POST", "/desk/me/sessions"), all),
        (("GET", "/desk/second-step"), all),
        (("POST", "/desk/second-step"), all),
        (("GET", "/desk/second-step/picture.svg"), all),
        (("POST", "/desk/second-step/codes"), all),
        (("POST", "/desk/second-step/remove"), all),
        (("GET", "/desk/questions"), all),
        (("GET", "/desk/questions/{number}"), all),
        (("POST", "/desk/questions/{number}"), all),
        (("POST", "/desk/questions/answers/{id}"), all),
        (("GET", "/desk/cases/{number}"), answering),
        (("GET", "/desk/cases/{number}/timeline"), answering),
        (("POST", "/desk/cases/{number}/answer"), answering),
        (("POST", "/desk/cases/{number}/change"), answering),
        (("POST", "/desk/cases/{number}/escalate"), answering),
        (("POST", "/desk/cases/{number}/merge"), answering),
        (("POST", "/desk/cases/{number}/draft"), answering),
        (("POST", "/desk/cases/{number}/here"), answering),
        (("GET", "/desk/cases/{number}/publish"), answering),
        (("POST", "/desk/cases/{number}/publish"), answering),
        (("POST", "/desk/cases/{number}/insert"), answering),
        (("GET", "/desk/cases/{number}/files/{id}"), answering),
    ])
}

/// All routes of the desk, as `src/http/desk/mod.rs` has them.
fn routes() -> Vec<(&'static str, String)> {
    let source = include_str!("../../src/http/desk/mod.rs");
    let mut found = Vec::new();
    for part in source.split(".route(").skip(1) {
        let path = part.split('"').nth(1).expect("a path");
        let end = part.find("\n        .").unwrap_or(part.len());
        for (method, word) in [
            ("GET", "get("),
            ("POST", "post("),
            ("PUT", "put("),
            ("DELETE", "delete("),
        ] {
            if part[..end].contains(word) {
                found.push((method, path.to_owned()));
            }
        }
    }
    assert!(found.len() > 55, "{found:?}");
    found
}

/// Fields with which each form does, or would do, something.
fn fields(path: &str, id: &str) -> Vec<(String, String)> {
    let known: &[(&str, &str)] = match path {
        "/desk/bulk" => &[("do", "tag"), ("tag", "x")],
        "/desk/canned" => &[("title", "t"), ("text", "x"), ("lang", "zh-CN")],
        "/desk/accounts" => &[
            ("email", "x@example.com"),
            ("name", "X"),
            ("role", "agent"),
            ("password", "七月的雨下在旧码头上"),
        ],
        "/desk/accounts/invite" => &[("email", "y@example.com"), ("name", "Y"), ("role", "agent")],
        "/desk/accounts/invitations" => &[("email", "nobody@example.com"), ("do", "again")],
        "/desk/keys" => &[("name", "k"), ("scope", "search")],
        "/desk/me" => &[("lang", "zh-CN")],
        "/desk/cases/{number}/answer" => &[("how", "note"), ("text", "x"), ("seen", "99")],
        "/desk/cases/{number}/change" => &[("priority", "P2")],
        "/desk/cases/{number}/draft" => &[("text", "x")],
        _ => &[],
    };
    let mut all: Vec<(String, String)> = known
        .iter()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect();
    if path == "/desk/bulk" {
        all.push(("case".to_owned(), id.to_owned()));
    }
    all
}

#[test]
fn every_address_of_the_desk_is_open_to_its_roles_and_to_no_others() {
    let office = Office::of(&[ALL.as_slice(), &[OTHER]].concat());
    let number = office.case("li@example.cn", "登录不了");
    let case = office.read(&number);
    let accounts = office.run(office.cases.accounts()).expect("accounts");
    let other = accounts
        .iter()
        .find(|a| a.email.as_str() == "other@example.com")
        .expect("other")
        .id;
    let expected = expected();
    let routes = routes();
    let missing: Vec<_> = routes
        .iter()
        .filter(|(m, p)| !expected.contains_key(&(*m, p.as_str())))
        .collect();
    assert!(missing.is_empty(), "say who may: {missing:?}");
    assert_eq!(routes.len(), expected.len(), "some listed routes are gone");
    let real = |path: &str| {
        let id = if path.contains("accounts/{id}") {
            other.to_string()
        } else {
            "01890a5d-ac96-774b-bcce-b302099a8057".to_owned()
        };
        let path = path.replace("/desk/articles", "/desk/articles?q=退款");
        path.replace(
            "{number}",
            if path.contains("cases/") {
                &number
            } else {
                "999"
            },
        )
        .replace("{id}", &id)
        .replace("{link}", "0123456789bcdfghjkmnpqrstvwxyzAB")
    };
    let seats = ["bian", "mei", "zhuan", "boss"].map(|name| office.sit(name));
    let mut wrong = Vec::new();
    // What ends the seats comes last.
    let last = |path: &str| path == "/desk/sign-out";
    let (ends, others): (Vec<_>, Vec<_>) = expected.iter().partition(|((_, path), _)| last(path));
    for ((method, path), open) in others.into_iter().chain(ends) {
        let address = real(path);
        // Nobody in particular.
        let headers = [
            FORM,
            ("accept", "text/html"),
            ("sec-fetch-site", "same-origin"),
            ("connection", "close"),
        ];
        let status = office
            .server
            .send(
                method,
                &address,
                &headers,
                if *method == "GET" { "" } else { "a=b" },
            )
            .status_code();
        let fine = match open {
            For::Door => status < 500 && status != 403,
            For::These(_) if *method == "GET" => status == 303,
            For::These(_) => status == 401,
        };
        if !fine {
            wrong.push(format!("{method} {path} by nobody: {status}"));
        }
        let For::These(may) = open else { continue };
        for ((seat, may), (name, ..)) in seats.iter().zip(may).zip(ALL) {
            if *path == "/desk/live" && *may {
                continue; // It never ends.
            }
            let status = if *method == "GET" {
                office.get(seat, &address).status_code()
            } else {
                let own = fields(path, &case.id.to_string());
                let own: Vec<(&str, &str)> =
                    own.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                office.post(seat, &address, &own).status_code()
            };
            if (status == 403) == *may || status >= 500 {
                wrong.push(format!("{method} {path} by {name}: {status}, may: {may}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn s24_no_form_of_the_desk_is_taken_from_another_site() {
    let office = Office::of(&ALL);
    let boss = office.sit("boss");
    let marked = form(&[("csrf", &boss.csrf), ("text", "x")]);
    for (_, path) in routes().into_iter().filter(|(method, _)| *method == "POST") {
        let address = path.replace(['{', '}'], "");
        for headers in [
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://evil.example"),
            ][..],
            &[("origin", "https://evil.example")],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "null")],
        ] {
            let mut sent = vec![
                FORM,
                ("cookie", boss.cookie.as_str()),
                ("connection", "close"),
            ];
            sent.extend(headers);
            let status = office
                .server
                .send("POST", &address, &sent, &marked)
                .status_code();
            assert_eq!(status, 403, "{path} {headers:?}");
        }
    }
    office.get(&boss, "/desk/me").status(200);
}
