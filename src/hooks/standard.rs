//! How does a receiver know that it was us? By the signature of Standard Webhooks (<https://www.standardwebhooks.com>).

use crate::signature::hmac_sha256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use subtle::ConstantTimeEq;

/// The shortest and the longest secret, in bytes: 192 to 512 bits.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that sender and receiver share. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(Vec<u8>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl SigningKey {
    /// Reads `whsec_` and 24 to 64 bytes in base64; the prefix may be missing. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let encoded = text.strip_prefix("whsec_").unwrap_or(text);
        let bytes = STANDARD.decode(encoded).ok()?;
        SECRET_BYTES.contains(&bytes.len()).then_some(Self(bytes))
    }
}

/// The value of `webhook-signature` for a message: `v1,` and the HMAC-SHA256 of id, second and body.
pub fn signature(key: &SigningKey, id: &str, second: i64, body: &str) -> String {
    let head = format!("{id}.{second}.");
    let mac = hmac_sha256(&key.0, &[head.as_bytes(), body.as_bytes()]);
    format!("v1,{}", STANDARD.encode(mac))
}

/// Whether one of the signatures in `header` (several are separated by spaces) is ours. Takes the same time for wrong ones.
pub fn verify(key: &SigningKey, id: &str, second: i64, body: &str, header: &str) -> bool {
    let ours = signature(key, id, second, body);
    header
        .split(' ')
        .any(|theirs| bool::from(theirs.as_bytes().ct_eq(ours.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::{SigningKey, signature, verify};

    /// The vector that the reference libraries of the specification are tested with.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SECOND: i64 = 1_614_265_330;
    const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn agrees_with_the_reference_vector() {
        let key = SigningKey::parse(SECRET).expect("a key");
        assert_eq!(signature(&key, ID, SECOND, BODY), SIGNED);
        assert!(verify(&key, ID, SECOND, BODY, SIGNED));
        let several = format!("v1,AAAA v1a,x {SIGNED}");
        assert!(verify(&key, ID, SECOND, BODY, &several));
        assert_eq!(SigningKey::parse(&SECRET[6..]), Some(key.clone()));
        for (id, second, body, header) in [
            ("msg_other", SECOND, BODY, SIGNED),
            (ID, SECOND + 1, BODY, SIGNED),
            (ID, SECOND, "{}", SIGNED),
            (ID, SECOND, BODY, ""),
            (ID, SECOND, BODY, "v1,"),
            (ID, SECOND, BODY, &SIGNED[..20]),
        ] {
            assert!(
                !verify(&key, id, second, body, header),
                "{id} {second} {header}"
            );
        }
    }

    #[test]
    fn weak_secrets_are_none() {
        for bad in ["", "whsec_", "whsec_c2hvcnQ=", "no base64!", "whsec_***"] {
            assert_eq!(SigningKey::parse(bad), None, "{bad}");
        }
        assert_eq!(
            format!("{:?}", SigningKey::parse(SECRET)),
            "Some(SigningKey(…))"
        );
    }
}
