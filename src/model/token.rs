//! What opens a case, a session, a link? A secret of 160 random bits that is shown once; only its hash is ever kept.

use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// Letters of the written form: no vowels to spell words with, nothing that looks like another.
const LETTERS: &[u8; 32] = b"0123456789bcdfghjkmnpqrstvwxyzAB";
/// How many letters: 160 bits, five a letter.
const LENGTH: usize = 32;

/// A secret that opens something. It is never logged: its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// What is kept of a [`Token`]: its SHA-256.
#[derive(Debug, Clone, Copy)]
pub struct TokenHash([u8; 32]);

impl Token {
    /// The token with these random bytes; `crate::store::Store::new_token` finds them.
    pub fn from_random(bytes: [u8; 20]) -> Self {
        let mut text = String::with_capacity(LENGTH);
        for chunk in bytes.chunks(5) {
            let bits = chunk
                .iter()
                .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
            for i in (0..8).rev() {
                let at = usize::try_from(bits >> (i * 5) & 31).unwrap_or_default();
                text.push(char::from(LETTERS[at]));
            }
        }
        Self(text)
    }

    /// Reads the written form: 32 letters. `None` for anything else, without saying what is wrong with it.
    pub fn parse(text: &str) -> Option<Self> {
        let known = text.bytes().all(|byte| LETTERS.contains(&byte));
        (text.len() == LENGTH && known).then(|| Self(text.to_owned()))
    }

    /// The written form, for the one place where it is shown.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl TokenHash {
    /// The hash in 64 hexadecimal digits, as it is kept.
    pub fn hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Takes the same time whatever the hashes are.
impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn is_written_in_32_letters_and_never_shown() {
        let token = Token::from_random([7; 20]);
        assert_eq!(token.reveal().len(), 32);
        assert_eq!(Token::parse(token.reveal()), Some(token.clone()));
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert!(!token.hash().hex().contains(token.reveal()));
        assert_eq!(token.hash(), token.clone().hash());
        assert_ne!(token.hash(), Token::from_random([8; 20]).hash());
    }

    #[test]
    fn every_byte_counts() {
        for i in 0..20 {
            let mut bytes = [0; 20];
            bytes[i] = 1;
            assert_ne!(
                Token::from_random(bytes),
                Token::from_random([0; 20]),
                "byte {i}"
            );
        }
    }

    #[test]
    fn anything_else_is_no_token() {
        for bad in [
            "",
            "abc",
            &"e".repeat(32),
            &"0".repeat(33),
            &"０".repeat(32),
            "' OR 1=1 --",
        ] {
            assert_eq!(Token::parse(bad), None, "{bad}");
        }
    }
}
