//! How is a token made? As a company's site makes it; here for trying, with `kb token`.

use super::claims::Written;
use crate::config::Secret;
use crate::error::{Error, Result};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};

/// What a token is to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct New {
    /// How the site calls the customer.
    pub subject: String,
    /// What to call him.
    pub name: Option<String>,
    /// His mail address.
    pub email: Option<String>,
    /// What he may read.
    pub audience: Option<String>,
    /// How important he is.
    pub tier: Option<String>,
    /// What he has.
    pub products: Vec<String>,
    /// Who issues it.
    pub issuer: Option<String>,
    /// For whom it is.
    pub recipient: Option<String>,
    /// Names it: 1 to 200 bytes that no other token has.
    pub id: String,
    /// For how many seconds it is valid.
    pub seconds: u32,
}

/// What a token is signed with.
pub enum SigningKey<'a> {
    /// `HS256` with a secret.
    Hs256(&'a Secret),
    /// `EdDSA` with an Ed25519 private key in PEM form.
    Ed25519(&'a [u8]),
}

/// Makes a token whose header names the key `kid`.
///
/// # Errors
/// `InvalidRequest` when the private key is none.
pub fn sign(new: &New, kid: &str, key: &SigningKey<'_>, now: Timestamp) -> Result<String> {
    let (algorithm, key) = match key {
        SigningKey::Hs256(secret) => (
            Algorithm::HS256,
            EncodingKey::from_secret(secret.reveal().as_bytes()),
        ),
        SigningKey::Ed25519(pem) => (Algorithm::EdDSA, private_key(pem)?),
    };
    let ends = now.saturating_add(SignedDuration::from_secs(i64::from(new.seconds)));
    let claims = Written {
        iss: new.issuer.as_deref(),
        aud: new.recipient.as_deref(),
        sub: &new.subject,
        iat: now.as_second(),
        exp: ends.map_or(i64::MAX, Timestamp::as_second),
        jti: &new.id,
        name: new.name.as_deref(),
        email: new.email.as_deref(),
        audience: new.audience.as_deref(),
        tier: new.tier.as_deref(),
        products: &new.products,
    };
    let header = Header {
        kid: Some(kid.to_owned()),
        ..Header::new(algorithm)
    };
    encode(&header, &claims, &key).map_err(|e| no_key().because(e))
}

fn private_key(pem: &[u8]) -> Result<EncodingKey> {
    EncodingKey::from_ed_pem(pem).map_err(|e| no_key().because(e))
}

fn no_key() -> Error {
    Error::invalid("this is no Ed25519 private key in PEM form")
        .help("make one, as with `openssl genpkey -algorithm ed25519`")
}
