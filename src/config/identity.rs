//! Who says who a visitor is? `[identity]` of `kb.toml`: the keys that the company's site signs tokens with, how far a token may
//! open the knowledge base, and what a customer may read who proved his mail address.

use super::outward_file::secret;
use super::reader::{Complaint, Reader, Verdict};
use super::rules::{self, optional, within};
use super::settings_file::{any, from_folder};
use super::{Code, Schema, Secret, Settings};
use crate::model::{Email, Problem};
use base64::Engine;
use std::path::{Path, PathBuf};

/// The most keys at once.
const MAX_KEYS: usize = 20;
/// The shortest secret, in bytes: as long as what HMAC-SHA256 makes of it.
const MIN_SECRET_BYTES: usize = 32;
/// What stands before the 32 bytes of a public Ed25519 key (RFC 8410).
const ED25519_HEAD: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Who says who a visitor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The keys that tokens are signed with; several while they are exchanged. Empty: no token is taken.
    pub keys: Vec<IdentityKey>,
    /// What tokens must name as `iss`; `None`: anything.
    pub issuer: Option<String>,
    /// What tokens must name as `aud`; `None`: anything.
    pub recipient: Option<String>,
    /// How far the clocks of both sites may differ, in seconds.
    pub skew_seconds: u32,
    /// The longest life of a token, in seconds.
    pub longest_seconds: u32,
    /// The audience of a customer whose token names none, and of the mail addresses listed as customers.
    pub audience: String,
    /// The highest audience that a token can give.
    pub max_audience: String,
    /// How long a customer stays signed in, in hours.
    pub session_hours: u32,
    /// How long without being used, in hours.
    pub idle_hours: u32,
    /// Whether customers may prove a mail address by a code that is mailed to it.
    pub email: bool,
    /// The audience of who proved any mail address.
    pub email_audience: String,
    /// Mail addresses, and domains as in `@example.com`, whose people are customers once they proved theirs.
    pub email_customers: Vec<String>,
}

/// A key of the company's site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityKey {
    /// What tokens name as `kid`.
    pub id: String,
    /// What verifies them.
    pub check: KeyCheck,
}

/// What verifies a token, and thereby by which algorithm alone it may be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyCheck {
    /// `HS256`: a secret that both sites know.
    Hs256(Secret),
    /// `EdDSA`: the public half of an Ed25519 key.
    Ed25519([u8; 32]),
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            issuer: None,
            recipient: None,
            skew_seconds: 60,
            longest_seconds: 3_600,
            audience: "customer".to_owned(),
            max_audience: "customer".to_owned(),
            session_hours: 7 * 24,
            idle_hours: 24,
            email: false,
            email_audience: "public".to_owned(),
            email_customers: Vec::new(),
        }
    }
}

impl Identity {
    /// The name of the audience of who proved this mail address.
    pub fn audience_of(&self, email: &Email) -> &str {
        let (key, domain) = (email.key(), format!("@{}", email.domain()));
        let lists = |listed: &String| {
            let listed = listed.to_lowercase();
            listed == key || listed == domain
        };
        match self.email_customers.iter().any(lists) {
            true => &self.audience,
            false => &self.email_audience,
        }
    }

    /// Whether anybody can be known at all.
    pub fn is_used(&self) -> bool {
        self.email || !self.keys.is_empty()
    }
}

/// Reads `[identity]`. Mailed codes are on where mail is sent, unless said otherwise.
pub(super) fn read(reader: &mut Reader<'_>, folder: &Path, sends_mail: bool) -> Identity {
    let default = Identity::default();
    let text = |reader: &mut Reader<'_>, name: &str| -> Option<String> {
        reader.get(&format!("identity.{name}"), None, |text| {
            optional(text, |text: &String| rules::short(text))
        })
    };
    let number = |reader: &mut Reader<'_>, name: &str, default: u32, least: u32, most: u32| {
        reader.get(&format!("identity.{name}"), default, |n| {
            within(n, least, most)
        })
    };
    let audience = |reader: &mut Reader<'_>, name: &str, default: String| {
        reader.get(&format!("identity.{name}"), default, |text: &String| {
            rules::short(text)
        })
    };
    Identity {
        issuer: text(reader, "issuer"),
        recipient: text(reader, "recipient"),
        skew_seconds: number(reader, "skew_seconds", default.skew_seconds, 0, 600),
        longest_seconds: number(
            reader,
            "longest_seconds",
            default.longest_seconds,
            10,
            86_400,
        ),
        audience: audience(reader, "audience", default.audience),
        max_audience: audience(reader, "max_audience", default.max_audience),
        session_hours: number(reader, "session_hours", default.session_hours, 1, 8_760),
        idle_hours: number(reader, "idle_hours", default.idle_hours, 1, 8_760),
        email: reader
            .get("identity.email", None::<bool>, any)
            .unwrap_or(sends_mail),
        email_audience: audience(reader, "email_audience", default.email_audience),
        email_customers: reader.list("identity.email_customers", Vec::new(), |text| {
            listed_customer(text)
        }),
        keys: keys(reader, folder),
    }
}

fn listed_customer(text: &String) -> Verdict {
    let address = match text.strip_prefix('@') {
        Some(domain) => format!("a@{domain}"),
        None => text.clone(),
    };
    Email::parse(&address).map(drop).map_err(|_| {
        let message = format!("`{text}` is neither a mail address nor a domain");
        Complaint::new(
            message,
            "write it as in \"li.lei@example.com\" or \"@example.com\"",
        )
    })
}

/// `[[identity.keys]]`
fn keys(reader: &mut Reader<'_>, folder: &Path) -> Vec<IdentityKey> {
    let count = reader.tables("identity.keys").min(MAX_KEYS);
    let mut keys: Vec<IdentityKey> = Vec::new();
    for i in 0..count {
        let key = |name: &str| format!("identity.keys.{i}.{name}");
        let id: String = reader.get(&key("id"), String::new(), |id: &String| key_id(id));
        let alg: String = reader.get(&key("alg"), "HS256".to_owned(), |alg: &String| {
            algorithm(alg)
        });
        let secret = secret(reader, &key("secret"), folder);
        let file: Option<PathBuf> = reader.get(&key("public_key_file"), None, any);
        if id.is_empty() {
            complain_once(
                reader,
                &key("id"),
                "this key has no id",
                "give it one, as in id = \"2026-11\"",
            );
            continue;
        }
        if keys.iter().any(|other| other.id == id) {
            let message = format!("there are two keys with the id `{id}`");
            reader.complain(&key("id"), Complaint::new(message, "give each its own"));
        }
        let check = match alg.as_str() {
            "EdDSA" => {
                file.and_then(|file| public_key(reader, &key("public_key_file"), file, folder))
            }
            _ => secret.and_then(|secret| long_enough(reader, &key("secret"), secret)),
        };
        match check {
            Some(check) => keys.push(IdentityKey { id, check }),
            None if alg == "EdDSA" && !reader.is_written(&key("public_key_file")) => complain_once(
                reader,
                &key("id"),
                "this key has no public_key_file",
                "name the PEM file of an Ed25519 public key",
            ),
            None if alg != "EdDSA"
                && !reader.is_written(&key("secret"))
                && !reader.is_written(&key("secret_file")) =>
            {
                complain_once(
                    reader,
                    &key("id"),
                    "this key has no secret",
                    "name a file with at least 32 random characters as secret_file",
                );
            }
            None => {}
        }
    }
    keys
}

fn complain_once(reader: &mut Reader<'_>, key: &str, message: &str, help: &str) {
    reader.complain_about(&[key], Complaint::new(message, help));
}

fn key_id(id: &str) -> Verdict {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if (1..=64).contains(&id.len()) && id.chars().all(plain) {
        return Ok(());
    }
    Err(Complaint::new(
        format!("`{id}` is no id of a key"),
        "use 1 to 64 letters, digits, `-`, `_` and `.`",
    ))
}

fn algorithm(alg: &str) -> Verdict {
    if matches!(alg, "HS256" | "EdDSA") {
        return Ok(());
    }
    Err(Complaint::new(
        format!("`{alg}` is no algorithm for tokens here"),
        "use \"HS256\" with a secret, or \"EdDSA\" with a public key",
    ))
}

fn long_enough(reader: &mut Reader<'_>, key: &str, secret: Secret) -> Option<KeyCheck> {
    if secret.reveal().len() >= MIN_SECRET_BYTES {
        return Some(KeyCheck::Hs256(secret));
    }
    let message = format!("the secret has fewer than {MIN_SECRET_BYTES} characters");
    let help = "make one, as with `openssl rand -hex 32`";
    reader.complain_of_secret(key, Complaint::new(message, help));
    None
}

fn public_key(
    reader: &mut Reader<'_>,
    key: &str,
    written: PathBuf,
    folder: &Path,
) -> Option<KeyCheck> {
    let path = from_folder(reader, key, written, folder);
    let read = std::fs::read_to_string(&path);
    let found = read.as_deref().map(ed25519);
    if let Ok(Some(found)) = found {
        return Some(KeyCheck::Ed25519(found));
    }
    let shown = path.display();
    let (message, help) = match read {
        Err(e) => (
            format!("{shown} cannot be read: {e}"),
            "paths start at the folder of this settings file",
        ),
        Ok(text) if text.contains("PRIVATE KEY") => (
            format!("{shown} is a private key"),
            "that stays with the site that signs; here belongs what `openssl pkey -pubout` makes of it",
        ),
        Ok(_) => (
            format!("{shown} is no Ed25519 public key in PEM form"),
            "make one, as with `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout`",
        ),
    };
    reader.complain(key, Complaint::new(message, help));
    None
}

/// The 32 bytes of a public key in PEM form.
fn ed25519(pem: &str) -> Option<[u8; 32]> {
    let body = pem.split_once("-----BEGIN PUBLIC KEY-----")?.1;
    let body = body.split_once("-----END PUBLIC KEY-----")?.0;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    let der = base64::engine::general_purpose::STANDARD
        .decode(body)
        .ok()?;
    der.strip_prefix(&ED25519_HEAD)?.try_into().ok()
}

/// What is wrong between both files: audiences that `kb.toml` names and `schema.toml` does not.
pub fn unknown_audiences(settings: &Settings, schema: &Schema) -> Vec<Problem> {
    let identity = &settings.identity;
    let mut named = Vec::new();
    if !identity.keys.is_empty() || !identity.email_customers.is_empty() {
        named.push(("identity.audience", &identity.audience));
        named.push(("identity.max_audience", &identity.max_audience));
    }
    if identity.email && identity.email_audience != Identity::default().email_audience {
        named.push(("identity.email_audience", &identity.email_audience));
    }
    named.retain(|(_, name)| schema.audiences.get(name).is_none());
    let problem = |(key, name): (&str, &String)| {
        let message = format!("{key} is `{name}`, which is no audience of schema.toml");
        let found = super::file::problem("kb.toml", None, Code::Value, message);
        let help = format!("use one of: {}", schema.audiences);
        Problem {
            help: Some(help),
            ..found
        }
    };
    named.into_iter().map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::{Identity, ed25519};
    use crate::model::Email;

    #[test]
    fn customers_are_listed_by_address_or_domain() {
        let identity = Identity {
            email_customers: vec!["@Example.com".to_owned(), "li.lei@mail.cn".to_owned()],
            ..Identity::default()
        };
        for (email, audience) in [
            ("a@example.com", "customer"),
            ("A@EXAMPLE.COM", "customer"),
            ("a@sub.example.com", "public"),
            ("a@notexample.com", "public"),
            ("Li.Lei@mail.cn", "customer"),
            ("lei@mail.cn", "public"),
        ] {
            let parsed = Email::parse(email).expect(email);
            assert_eq!(identity.audience_of(&parsed), audience, "{email}");
        }
    }

    #[test]
    fn a_public_key_is_32_bytes_behind_their_head() {
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
        assert!(ed25519(pem).is_some());
        for bad in [
            "",
            "MCowBQYDK2VwAyEA",
            &pem.replace("MCow", "MCox"),
            &pem.replace('=', ""),
        ] {
            assert_eq!(ed25519(bad), None);
        }
    }
}
