//! What does a token say? Its header and its claims, read strictly: a key that stands twice is refused.

use super::Refused;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The longest token, in bytes.
const MAX_BYTES: usize = 4_096;

/// What stands before the claims. Other keys are passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) alg: String,
    pub(super) kid: Option<String>,
    pub(super) crit: Option<serde_json::Value>,
}

/// For whom: one or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Recipients {
    One(String),
    Many(Vec<String>),
}

impl Recipients {
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

/// What is claimed, as it is read. Claims that nobody here knows are passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: Option<String>,
    pub(super) aud: Option<Recipients>,
    pub(super) sub: String,
    pub(super) exp: f64,
    pub(super) iat: Option<f64>,
    pub(super) nbf: Option<f64>,
    pub(super) jti: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) tier: Option<String>,
    #[serde(default)]
    pub(super) products: Vec<String>,
}

/// What is claimed, as it is written.
#[derive(Debug, Serialize)]
pub(super) struct Written<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aud: Option<&'a str>,
    pub(super) sub: &'a str,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) jti: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) audience: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tier: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) products: &'a [String],
}

/// A token in its parts.
#[derive(Debug)]
pub(super) struct Parts<'t> {
    pub(super) head: Head,
    pub(super) claims: &'t str,
    pub(super) signed: &'t str,
    pub(super) signature: &'t str,
}

/// Takes a token apart. Its claims are read only once the signature was found right.
pub(super) fn parts(token: &str) -> Result<Parts<'_>, Refused> {
    if token.len() > MAX_BYTES {
        return Err(Refused::TooLong);
    }
    let three = || Refused::Malformed("it has not three parts with dots between".to_owned());
    let (signed, signature) = token.rsplit_once('.').ok_or_else(three)?;
    let (head, claims) = signed.split_once('.').ok_or_else(three)?;
    if claims.contains('.') {
        return Err(three());
    }
    Ok(Parts {
        head: read("header", head)?,
        claims,
        signed,
        signature,
    })
}

/// Reads base64 of JSON.
pub(super) fn read<T: serde::de::DeserializeOwned>(what: &str, part: &str) -> Result<T, Refused> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| Refused::Malformed(format!("its {what} is no base64url")))?;
    serde_json::from_slice(&bytes)
        .map_err(|why| Refused::Malformed(format!("its {what} cannot be read: {why}")))
}
