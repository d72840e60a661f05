//! Does an identity provider let in whom it should, and nobody by a trick? A provider of the test's own says what the test wants.

use super::desk::{Office, PASSWORD, Seat, cookies, csrf_of};
use super::harness::{Kb, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use url::Url;

/// The provider's key, and one that it never published.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIP3nhNyw+9O/X6WJUYosHXOxn2sIhu0JHhEHgv/SZsCm\n-----END PRIVATE KEY-----\n";
const PUBLIC: &str = "ohw8cWPWw1W7lYsNqRntFwDOl2vQGpwxb8Fjfdkiz5U";
const OTHER: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIEJRFVbTacU0HTiAOyrUxbGHyzY1lUmKLI3fiOCQVxso\n-----END PRIVATE KEY-----\n";

/// What the provider says next.
#[derive(Clone, Default)]
struct Says {
    claims: Value,
    signed_by: Signed,
    /// The challenge that the code was given for.
    challenge: String,
    /// The code, until it is exchanged.
    code: Option<String>,
    exchanged: usize,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Signed {
    #[default]
    Well,
    ByAnother,
    ByNobody,
    /// With what everybody knows as the key of an HMAC.
    BySecret,
}

struct Provider {
    issuer: String,
    says: Arc<Mutex<Says>>,
}

impl Provider {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let says = Arc::new(Mutex::new(Says::default()));
        let provider = Self {
            issuer: issuer.clone(),
            says: Arc::clone(&says),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &issuer, &says);
            }
        });
        provider
    }

    fn claims(&self, nonce: &str) -> Value {
        let now = jiff::Timestamp::now().as_second();
        json!({
            "iss": self.issuer, "aud": "kb", "sub": "u-1", "iat": now, "exp": now + 300, "nonce": nonce,
            "email": "mei@example.com", "email_verified": true, "name": "王小美", "groups": ["kb-agents"],
        })
    }
}

fn answer(mut stream: TcpStream, issuer: &str, says: &Mutex<Says>) {
    let mut text = Vec::new();
    let mut buffer = [0; 4_096];
    let whole = |text: &[u8]| {
        let text = String::from_utf8_lossy(text).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|l| {
            l.to_ascii_lowercase()
                .strip_prefix("content-length:")
                .map(|n| n.trim().parse::<usize>())
        });
        let length = length.and_then(Result::ok).unwrap_or(0);
        (body.len() >= length).then(|| (head.to_owned(), body.to_owned()))
    };
    let (head, body) = loop {
        if let Some(read) = whole(&text) {
            break read;
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(n) => text.extend_from_slice(&buffer[..n]),
        }
    };
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, answer) = match path {
        "/.well-known/openid-configuration" => (
            200,
            json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/auth"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/jwks"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA", "none", "HS256"],
            }),
        ),
        "/jwks" => (
            200,
            json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": PUBLIC, "kid": "1", "use": "sig", "alg": "EdDSA" }] }),
        ),
        "/token" => token(&body, &mut says.lock().expect("says")),
        _ => (404, json!({})),
    };
    let body = answer.to_string();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
}

/// A code is good once, and for who can show what its challenge was made of.
fn token(body: &str, says: &mut Says) -> (u16, Value) {
    let field = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(body.as_bytes());
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    };
    let verifier = field("code_verifier").unwrap_or_default();
    let proved = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == says.challenge;
    if !proved || says.code.is_none() || field("code") != says.code {
        return (400, json!({ "error": "invalid_grant" }));
    }
    says.code = None;
    says.exchanged += 1;
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some("1".to_owned());
    let key = |pem: &str| EncodingKey::from_ed_pem(pem.as_bytes()).expect("a key");
    let signed =
        |pem: &str| jsonwebtoken::encode(&header, &says.claims, &key(pem)).expect("a token");
    let token = match says.signed_by {
        Signed::Well => signed(KEY),
        Signed::ByAnother => signed(OTHER),
        Signed::ByNobody => {
            let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
            format!(
                "{}.{}.",
                part(json!({ "alg": "none" })),
                part(says.claims.clone())
            )
        }
        Signed::BySecret => {
            let key = EncodingKey::from_secret(PUBLIC.as_bytes());
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), &says.claims, &key)
                .expect("a token")
        }
    };
    (
        200,
        json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token }),
    )
}

fn office(provider: &Provider, more: &str) -> Office {
    let config = format!(
        "[staff.oidc]\nissuer = \"{}\"\nclient_id = \"kb\"\nclient_secret = \"a shared secret of ours\"\nbutton = \"公司账号\"\n{more}",
        provider.issuer
    );
    let kb = Kb::new().article("退款", "x").config(&config);
    Office::over(
        kb,
        &[("mei", "agent", "support"), ("boss", "admin", "support")],
    )
}

/// Somebody who was sent to the provider.
struct Away {
    cookie: String,
    state: String,
    nonce: String,
    challenge: String,
}

fn depart(office: &Office, next: &str) -> Away {
    let left = office
        .server
        .get(&format!("/desk/oidc?next={next}"))
        .status(303);
    let url = Url::parse(left.header("location")).expect("an address");
    let param = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
            .expect(name)
    };
    assert_eq!(param("code_challenge_method"), "S256");
    assert_eq!(param("response_type"), "code");
    let set = left.all_headers("set-cookie");
    assert!(
        set[0].contains("HttpOnly") && set[0].contains("SameSite=Lax"),
        "{set:?}"
    );
    Away {
        cookie: cookies(&left),
        state: param("state"),
        nonce: param("nonce"),
        challenge: param("code_challenge"),
    }
}

/// The provider sends him back, and says this of him.
fn come_back(
    office: &Office,
    provider: &Provider,
    away: &Away,
    claims: Value,
    signed_by: Signed,
) -> Response {
    let mut says = provider.says.lock().expect("says");
    says.claims = claims;
    says.signed_by = signed_by;
    says.challenge.clone_from(&away.challenge);
    says.code = Some("c0de".to_owned());
    drop(says);
    returned(office, away, &away.cookie)
}

fn returned(office: &Office, away: &Away, cookie: &str) -> Response {
    let path = format!("/desk/oidc/return?code=c0de&state={}", away.state);
    office
        .server
        .get_with(&path, &[("cookie", cookie), ("accept", "text/html")])
}

fn enters(answer: &Response) -> bool {
    let set = answer.all_headers("set-cookie");
    set.iter()
        .any(|c| c.starts_with("kb-desk=") && !c.starts_with("kb-desk=;"))
}

#[test]
fn s30_what_the_provider_says_counts_only_as_it_should() {
    let provider = Provider::start();
    let office = office(&provider, "");
    office
        .server
        .get("/desk/sign-in")
        .status(200)
        .has("公司账号")
        .has("/desk/oidc?next=");
    let away = depart(&office, "/desk/me");
    let claims = provider.claims(&away.nonce);
    let entered = come_back(&office, &provider, &away, claims, Signed::Well).status(303);
    assert_eq!(entered.header("location"), "/desk/me");
    assert!(enters(&entered), "{entered:?}");
    // The same return again: the state is used up, and no code is exchanged.
    let before = provider.says.lock().expect("says").exchanged;
    let again = returned(&office, &away, &away.cookie).status(303);
    assert!(!enters(&again) && again.header("location").contains("said=foreign"));
    assert_eq!(provider.says.lock().expect("says").exchanged, before);
    let now = jiff::Timestamp::now().as_second();
    let with = |change: fn(&mut Value, i64)| {
        let away = depart(&office, "/desk");
        let mut claims = provider.claims(&away.nonce);
        change(&mut claims, now);
        come_back(&office, &provider, &away, claims, Signed::Well)
    };
    for (what, change) in [
        (
            "nonce",
            (|c, _| c["nonce"] = json!("another")) as fn(&mut Value, i64),
        ),
        ("no nonce", |c, _| {
            drop(c.as_object_mut().expect("claims").remove("nonce"))
        }),
        ("issuer", |c, _| c["iss"] = json!("https://evil.example")),
        ("audience", |c, _| c["aud"] = json!("other")),
        ("a second audience", |c, _| {
            c["aud"] = json!(["kb", "other"])
        }),
        ("expired", |c, now| c["exp"] = json!(now - 60)),
        ("not verified", |c, _| c["email_verified"] = json!(false)),
        ("no word of it", |c, _| {
            drop(c.as_object_mut().expect("claims").remove("email_verified"))
        }),
        ("no address", |c, _| {
            drop(c.as_object_mut().expect("claims").remove("email"))
        }),
    ] {
        let answer = with(change).status(303);
        assert!(!enters(&answer), "{what}");
        assert!(
            answer.header("location").contains("said=foreign"),
            "{what}: {}",
            answer.header("location")
        );
    }
    for signed_by in [Signed::ByAnother, Signed::ByNobody, Signed::BySecret] {
        let away = depart(&office, "/desk");
        let claims = provider.claims(&away.nonce);
        let answer = come_back(&office, &provider, &away, claims, signed_by).status(303);
        assert!(!enters(&answer) && answer.header("location").contains("said=foreign"));
    }
    let noted =
        office
            .server
            .kb()
            .run(["audit", "--action", "sign_in.refused", "--format", "json"]);
    assert!(noted.code(0).json().as_array().expect("deeds").len() > 10);
}

#[test]
fn s30_only_the_browser_that_left_comes_back_and_only_to_the_desk() {
    let provider = Provider::start();
    let office = office(&provider, "");
    // Another browser, or none that began it; a state that nobody gave out; another issuer in the answer.
    let away = depart(&office, "/desk");
    let other = depart(&office, "/desk");
    for cookie in ["", other.cookie.as_str()] {
        let claims = provider.claims(&away.nonce);
        let mut says = provider.says.lock().expect("says");
        (says.claims, says.code) = (claims, Some("c0de".to_owned()));
        drop(says);
        let answer = returned(&office, &away, cookie).status(303);
        assert!(!enters(&answer), "{cookie}");
    }
    let forged = Away {
        state: "0".repeat(32),
        ..depart(&office, "/desk")
    };
    assert!(!enters(
        &returned(&office, &forged, &forged.cookie).status(303)
    ));
    let path = format!(
        "/desk/oidc/return?code=c0de&state={}&iss=https://evil.example",
        away.state
    );
    let mixed = office
        .server
        .get_with(&path, &[("cookie", &away.cookie)])
        .status(303);
    assert!(!enters(&mixed));
    let denied = office
        .server
        .get("/desk/oidc/return?error=access_denied")
        .status(303);
    assert_eq!(denied.header("location"), "/desk/sign-in?said=foreign");
    // Nowhere but to the desk.
    for next in [
        "https://evil.example/desk",
        "//evil.example",
        "/desk/../../evil",
        "%2F%2Fevil.example",
    ] {
        let away = depart(&office, next);
        let claims = provider.claims(&away.nonce);
        let entered = come_back(&office, &provider, &away, claims, Signed::Well).status(303);
        assert!(entered.header("location").starts_with("/desk"), "{next}");
        assert!(!entered.header("location").contains("//"), "{next}");
    }
}

#[test]
fn a_provider_brings_who_was_invited_and_gives_roles() {
    let provider = Provider::start();
    let office = office(
        &provider,
        "domains = [\"example.com\"]\nroles = [\"kb-agents = agent\", \"kb-bosses = admin\"]\n",
    );
    let come = |change: &dyn Fn(&mut Value)| {
        let away = depart(&office, "/desk");
        let mut claims = provider.claims(&away.nonce);
        change(&mut claims);
        come_back(&office, &provider, &away, claims, Signed::Well).status(303)
    };
    let strange = |answer: &Response| answer.header("location").contains("said=stranger");
    // Nobody invited him; another domain; no group that fits.
    assert!(strange(&come(&|c| {
        c["email"] = json!("neu@example.com");
        c["sub"] = json!("u-2");
    })));
    assert!(strange(&come(&|c| {
        c["email"] = json!("mei@evil.example");
        c["sub"] = json!("u-3");
    })));
    assert!(strange(&come(&|c| c["groups"] = json!(["others"]))));
    let invite = office
        .server
        .kb()
        .run(["user", "invite", "neu@example.com", "--role", "editor"]);
    invite.code(0);
    assert!(enters(&come(&|c| {
        c["email"] = json!("neu@example.com");
        c["sub"] = json!("u-2");
    })));
    let accounts = office.run(office.cases.accounts()).expect("accounts");
    let neu = accounts
        .iter()
        .find(|a| a.email.as_str() == "neu@example.com")
        .expect("an account");
    assert_eq!(neu.role.as_str(), "agent", "the provider says the role");
    // Known by the subject from then on; an address that somebody else has now opens nothing.
    assert!(enters(&come(&|c| c["groups"] = json!(["kb-bosses"]))));
    assert!(strange(&come(&|c| c["sub"] = json!("u-9"))));
    let accounts = office.run(office.cases.accounts()).expect("accounts");
    let mei = accounts
        .iter()
        .find(|a| a.email.as_str() == "mei@example.com")
        .expect("mei");
    assert_eq!(mei.role.as_str(), "admin");
    // Disabled here, no provider opens it; and who has no password gets no link for one.
    office
        .server
        .kb()
        .run(["user", "disable", "mei@example.com"])
        .code(0);
    assert!(strange(&come(&|_| {})));
    let _ = office
        .server
        .send(
            "POST",
            "/desk/forgot",
            &[("sec-fetch-site", "same-origin"), super::desk::FORM],
            "email=neu%40example.com",
        )
        .status(200);
    let links = office
        .server
        .kb()
        .run(["audit", "--action", "password.link"]);
    links.code(0).stdout("nothing was found\n");
}

#[test]
fn a_provider_that_is_silent_leaves_the_password() {
    let provider = Provider {
        issuer: "http://127.0.0.1:9".to_owned(),
        says: Arc::default(),
    };
    let office = office(&provider, "");
    let left = office.server.get("/desk/oidc").status(303);
    assert_eq!(left.header("location"), "/desk/sign-in?said=provider");
    office
        .server
        .get("/desk/sign-in?said=provider")
        .status(200)
        .has("没有响应");
    let entered = office.sign_in("mei@example.com", PASSWORD, "").status(303);
    let cookie = cookies(&entered);
    let page = office
        .server
        .get_with("/desk/me", &[("cookie", &cookie), ("accept", "text/html")]);
    let seat = Seat {
        csrf: csrf_of(&page.status(200).text()),
        cookie,
    };
    office.get(&seat, "/desk").status(200);
}
