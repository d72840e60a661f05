//! Was this asked before? A request with a key is done once, however often it is sent.

use crate::error::{Code, Error, Result};
use crate::store::{Claimed, Tx};
use jiff::Timestamp;

/// The longest key, in characters.
const MAX_KEY_CHARS: usize = 128;

/// The name of a request, given by who sends it, with what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    name: String,
    request: String,
}

impl Key {
    /// The key of a request to do `what`, with everything that it says.
    ///
    /// # Errors
    /// When the key is not 8 to 128 printable ASCII characters.
    pub fn new(what: &str, key: &str, request: &[&str]) -> Result<Self> {
        let is_plain = key.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_plain || key.len() < 8 || key.len() > MAX_KEY_CHARS {
            return Err(
                Error::invalid("the idempotency key is not 8 to 128 printable characters").help(
                    "send a new UUID with each new request, and the same one when you repeat it",
                ),
            );
        }
        let mut hasher = blake3::Hasher::new();
        for part in request {
            hasher.update(&u64::try_from(part.len()).unwrap_or_default().to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Ok(Self {
            name: format!("{what}:{}", blake3::hash(key.as_bytes()).to_hex()),
            request: hasher.finalize().to_hex().to_string(),
        })
    }

    /// Claims the key. `Some`: it was done before, with this answer.
    pub(super) async fn claim(&self, tx: &mut Tx, now: Timestamp) -> Result<Option<String>> {
        match tx.claim_key(&self.name, &self.request, now).await? {
            Claimed::New => Ok(None),
            Claimed::Before(answer) => Ok(Some(answer)),
            Claimed::Other => Err(Error::new(
                Code::Conflict,
                "this idempotency key was used for another request",
            )
            .help("send a new key with each new request")),
        }
    }

    /// Keeps the answer, in the same transaction.
    pub(super) async fn answer(&self, tx: &mut Tx, answer: &str) -> Result<()> {
        Ok(tx.answer_key(&self.name, answer).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn keys_are_printable_and_requests_are_told_apart() {
        for bad in [
            "",
            "short",
            "with space",
            "line\nend!",
            "密钥密钥密钥",
            &"x".repeat(129),
        ] {
            assert!(Key::new("case", bad, &[]).is_err(), "{bad:?}");
        }
        let key = |request: &[&str]| Key::new("case", "12345678", request).expect("a key");
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_eq!(key(&["a"]), key(&["a"]));
    }
}
