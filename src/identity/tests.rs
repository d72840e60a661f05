//! Which tokens are taken? Those of our own keys, for their time, and no others.

use super::{Proved, Verifier};
use crate::config::{Identity, IdentityKey, KeyCheck, Secret};
use crate::identity::{New, Refused, SigningKey, sign};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, crypto, encode};

const OLD: &str = "0123456789abcdef0123456789abcdef-old";
const NEW: &str = "0123456789abcdef0123456789abcdef-new";
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";

fn now() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().expect("an instant")
}

fn public() -> [u8; 32] {
    // RFC 8410, section 10.1.
    let pem = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
    let der = base64::engine::general_purpose::STANDARD
        .decode(pem)
        .expect("base64");
    der[12..].try_into().expect("32 bytes")
}

fn rules() -> Identity {
    let key = |id: &str, check| IdentityKey {
        id: id.to_owned(),
        check,
    };
    Identity {
        keys: vec![
            key("2025", KeyCheck::Hs256(Secret::new(OLD))),
            key("2026", KeyCheck::Hs256(Secret::new(NEW))),
            key("ed", KeyCheck::Ed25519(public())),
        ],
        issuer: Some("https://www.example.com".to_owned()),
        recipient: Some("https://help.example.com".to_owned()),
        ..Identity::default()
    }
}

fn new() -> New {
    New {
        subject: "u-4711".to_owned(),
        name: Some("李雷".to_owned()),
        email: Some("li.lei@example.com".to_owned()),
        tier: Some("gold".to_owned()),
        products: vec!["app".to_owned()],
        issuer: Some("https://www.example.com".to_owned()),
        recipient: Some("https://help.example.com".to_owned()),
        id: "t1".to_owned(),
        seconds: 300,
        ..New::default()
    }
}

fn read_at(token: &str, at: Timestamp) -> Result<Proved, Refused> {
    let gives = |name: &str| matches!(name, "public" | "customer");
    Verifier::new(&rules()).verify(token, at, gives)
}

fn read(token: &str) -> Result<Proved, Refused> {
    read_at(token, now())
}

fn made(new: &New) -> String {
    sign(new, "2026", &SigningKey::Hs256(&Secret::new(NEW)), now()).expect("a token")
}

/// A token with any header and claims, signed with the new secret.
fn raw(head: &str, claims: &str) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(head),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let key = EncodingKey::from_secret(NEW.as_bytes());
    let signature = crypto::sign(signed.as_bytes(), &key, Algorithm::HS256).expect("signed");
    format!("{signed}.{signature}")
}

fn claims(more: &str) -> String {
    let (iat, exp) = (now().as_second(), now().as_second() + 300);
    format!(
        r#"{{"iss":"https://www.example.com","aud":["x","https://help.example.com"],"sub":"u","iat":{iat},"exp":{exp}{more}}}"#
    )
}

const HEAD: &str = r#"{"alg":"HS256","kid":"2026","typ":"JWT"}"#;

#[test]
fn a_good_token_says_who_it_is_by_each_key() {
    let secret = Secret::new(OLD);
    for (kid, key) in [
        ("2025", SigningKey::Hs256(&secret)),
        ("ed", SigningKey::Ed25519(PRIVATE.as_bytes())),
    ] {
        let token = sign(&new(), kid, &key, now()).expect("a token");
        let proved = read(&token).expect(kid);
        assert_eq!(proved.customer.subject.as_str(), "u-4711");
        assert_eq!(proved.customer.audience, "customer");
        assert_eq!(proved.customer.products, ["app"]);
        assert_eq!(proved.customer.tier.expect("a tier").as_str(), "gold");
        assert_eq!(proved.expires_at.as_second(), now().as_second() + 300);
    }
    assert!(read(&raw(HEAD, &claims(""))).is_ok());
}

#[test]
fn what_is_not_signed_by_the_key_that_it_names_is_refused() {
    let good = made(&new());
    let (signed, _) = good.rsplit_once('.').expect("three parts");
    let claims_part = signed.split_once('.').expect("two parts").1;
    let with_head = |head: &str| {
        let head = URL_SAFE_NO_PAD.encode(head);
        format!("{head}.{claims_part}.")
    };
    // The public key as the secret of an HMAC: the classic confusion.
    let confused = encode(
        &Header {
            kid: Some("ed".to_owned()),
            ..Header::new(Algorithm::HS256)
        },
        &serde_json::json!({"sub": "u", "exp": now().as_second() + 60}),
        &EncodingKey::from_secret(&public()),
    )
    .expect("a token");
    let other = sign(&new(), "2025", &SigningKey::Hs256(&Secret::new(NEW)), now());
    for (token, refused) in [
        (with_head(r#"{"alg":"none"}"#), Refused::NoKey),
        (
            with_head(r#"{"alg":"none","kid":"2026"}"#),
            Refused::Algorithm("HS256"),
        ),
        (
            with_head(r#"{"alg":"hs256","kid":"2026"}"#),
            Refused::Algorithm("HS256"),
        ),
        (
            with_head(r#"{"alg":"HS256","kid":"2026"}"#),
            Refused::Signature,
        ),
        (
            with_head(r#"{"alg":"HS256","kid":"2024"}"#),
            Refused::UnknownKey,
        ),
        (confused, Refused::Algorithm("EdDSA")),
        (other.expect("a token"), Refused::Signature),
        (format!("{good}x"), Refused::Signature),
        (
            raw(r#"{"alg":"HS256","kid":"2026","crit":["x"]}"#, &claims("")),
            Refused::Critical,
        ),
        ("a".repeat(5_000), Refused::TooLong),
    ] {
        assert_eq!(read(&token), Err(refused), "{token}");
    }
    let none = Verifier::new(&Identity::default()).verify(&good, now(), |_| true);
    assert_eq!(none, Err(Refused::NoKeys));
}

#[test]
fn what_cannot_be_read_is_refused_as_such() {
    for token in [
        "",
        "a",
        "a.b",
        "a.b.c.d",
        "..",
        "%%.%%.%%",
        &raw("[]", "{}"),
        &raw(HEAD, "{"),
        &raw(HEAD, "{}"),
        &raw(HEAD, &claims(r#","sub":"v""#)),
        &raw(HEAD, &claims(r#","email":"a@b.cn","email":"c@d.cn""#)),
        &raw(r#"{"alg":"none","alg":"HS256","kid":"2026"}"#, &claims("")),
        &raw(HEAD, &claims(r#","name":7"#)),
    ] {
        let refused = read(token).expect_err(token);
        assert!(
            matches!(refused, Refused::Malformed(_)),
            "{token}: {refused}"
        );
    }
}

#[test]
fn a_token_is_valid_in_its_time_alone() {
    let token = made(&new());
    for (seconds, expected) in [
        (-61, Some(Refused::Early)),
        (-59, None),
        (0, None),
        (359, None),
        (360, Some(Refused::Expired)),
        (100_000_000, Some(Refused::Expired)),
    ] {
        let at = now() + SignedDuration::from_secs(seconds);
        assert_eq!(read_at(&token, at).err(), expected, "{seconds}");
    }
    let long = New {
        seconds: 3_601,
        ..new()
    };
    assert_eq!(read(&made(&long)), Err(Refused::TooLongLived(3_600)));
    let ahead = now().as_second() + 120;
    for (more, expected) in [
        (format!(r#","nbf":{ahead}"#), Refused::Early),
        (
            r#","nbf":-1"#.to_owned(),
            Refused::Claim("nbf", "is no time in seconds since 1970".to_owned()),
        ),
        (
            r#","nbf":1e300"#.to_owned(),
            Refused::Claim("nbf", "is no time in seconds since 1970".to_owned()),
        ),
    ] {
        assert_eq!(read(&raw(HEAD, &claims(&more))), Err(expected), "{more}");
    }
    // Without `iat` the end alone must be near.
    let far = now().as_second() + 4_000;
    let text = format!(
        r#"{{"iss":"https://www.example.com","aud":"https://help.example.com","sub":"u","exp":{far}}}"#
    );
    assert_eq!(read(&raw(HEAD, &text)), Err(Refused::TooLongLived(3_600)));
}

#[test]
fn claims_are_for_us_and_within_bounds() {
    let change = |change: fn(&mut New)| {
        let mut changed = new();
        change(&mut changed);
        read(&made(&changed)).expect_err("refused").to_string()
    };
    for (said, expected) in [
        (change(|new| new.issuer = None), "issued by another site"),
        (
            change(|new| new.issuer = Some("https://evil.cn".into())),
            "issued by another site",
        ),
        (
            change(|new| new.recipient = Some("https://other.cn".into())),
            "for another site",
        ),
        (
            change(|new| new.audience = Some("internal".into())),
            "audience cannot be given",
        ),
        (
            change(|new| new.audience = Some("nobody".into())),
            "audience cannot be given",
        ),
        (change(|new| new.subject = " ".into()), "`sub`"),
        (
            change(|new| new.email = Some("a@b\r\nBcc: c@d.e".into())),
            "`email`",
        ),
        (change(|new| new.name = Some("a\nb".into())), "`name`"),
        (change(|new| new.tier = Some("a/b".into())), "`tier`"),
        (
            change(|new| new.products = vec!["x".into(); 21]),
            "`products`",
        ),
        (
            change(|new| new.products = vec!["x\n".into()]),
            "`products`",
        ),
        (change(|new| new.id = String::new()), "`jti`"),
    ] {
        assert!(said.contains(expected), "{said} / {expected}");
    }
}

#[test]
fn each_token_has_a_name_of_its_own() {
    let named = |new: &New| read(&made(new)).expect("good").id;
    let other = New {
        id: "t2".to_owned(),
        ..new()
    };
    assert_eq!(named(&new()), named(&new()));
    assert_ne!(named(&new()), named(&other));
    let without = read(&raw(HEAD, &claims(""))).expect("good").id;
    assert_eq!(without.len(), 64);
}

#[test]
fn a_verifier_says_nothing_of_its_keys() {
    assert_eq!(format!("{:?}", Verifier::new(&rules())), "Verifier(3 keys)");
}
