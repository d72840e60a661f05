//! How is a secret kept that is needed again as it was? Sealed: unreadable without the key, and bound to what it belongs to.
//!
//! Encrypt, then authenticate, both by HMAC-SHA256 as a function that looks random to who lacks the key: a counter gives the stream
//! that hides, the whole gives the tag. What is sealed for one subject opens for no other.

use super::{Signer, hmac_sha256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

/// Bytes of what makes each sealing another one.
const NONCE_BYTES: usize = 16;
/// Bytes of the tag.
const TAG_BYTES: usize = 16;

impl Signer {
    /// Seals `secret` for `subject` with `nonce`, 16 bytes that are never used again, and with `extra`, a key that is kept elsewhere.
    pub fn seal(
        &self,
        subject: &str,
        secret: &[u8],
        nonce: [u8; NONCE_BYTES],
        extra: &[u8],
    ) -> String {
        let (hide, prove) = self.keys(extra);
        let hidden = stream(&hide, &nonce, secret);
        let tag = tag(&prove, subject, &nonce, &hidden);
        let parts = [&nonce[..], &hidden, &tag[..TAG_BYTES]];
        URL_SAFE_NO_PAD.encode(parts.concat())
    }

    /// What was sealed for `subject`; `None` when it was sealed by another key, for something else, or has been changed.
    pub fn unseal(&self, subject: &str, sealed: &str, extra: &[u8]) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, rest) = bytes.split_at_checked(NONCE_BYTES)?;
        let (hidden, theirs) = rest.split_at_checked(rest.len().checked_sub(TAG_BYTES)?)?;
        let (hide, prove) = self.keys(extra);
        let ours = tag(&prove, subject, nonce, hidden);
        bool::from(ours[..TAG_BYTES].ct_eq(theirs)).then(|| stream(&hide, nonce, hidden))
    }

    /// One key to hide with and one to prove with.
    fn keys(&self, extra: &[u8]) -> ([u8; 32], [u8; 32]) {
        let key = |what: &[u8]| hmac_sha256(&self.key, &[b"seal\0", what, b"\0", extra]);
        (key(b"hide"), key(b"prove"))
    }
}

/// `text` hidden, or what was hidden shown: the same both ways.
fn stream(key: &[u8; 32], nonce: &[u8], text: &[u8]) -> Vec<u8> {
    let blocks = text.chunks(32).zip(0_u64..);
    blocks
        .flat_map(|(chunk, count)| {
            let block = hmac_sha256(key, &[nonce, &count.to_be_bytes()]);
            let mixed: Vec<u8> = chunk.iter().zip(block).map(|(a, b)| a ^ b).collect();
            mixed
        })
        .collect()
}

fn tag(key: &[u8; 32], subject: &str, nonce: &[u8], hidden: &[u8]) -> [u8; 32] {
    let length = u64::try_from(subject.len()).unwrap_or(u64::MAX);
    hmac_sha256(
        key,
        &[&length.to_be_bytes(), subject.as_bytes(), nonce, hidden],
    )
}

#[cfg(test)]
mod tests {
    use super::Signer;

    #[test]
    fn what_is_sealed_opens_for_its_subject_with_both_keys_only() {
        let signer = Signer::new([7; 32]);
        let secret: Vec<u8> = (0..100).collect();
        let sealed = signer.seal("a", &secret, [1; 16], b"elsewhere");
        assert_eq!(signer.unseal("a", &sealed, b"elsewhere"), Some(secret));
        assert_eq!(signer.unseal("b", &sealed, b"elsewhere"), None);
        assert_eq!(signer.unseal("a", &sealed, b""), None);
        assert_eq!(
            Signer::new([8; 32]).unseal("a", &sealed, b"elsewhere"),
            None
        );
        for i in 0..sealed.len() {
            let mut changed = sealed.clone();
            let other = if &sealed[i..=i] == "A" { "B" } else { "A" };
            changed.replace_range(i..=i, other);
            let opened = signer.unseal("a", &changed, b"elsewhere");
            // The last letter carries bits that mean nothing; a changed one is refused or the same.
            assert!(opened.is_none(), "{i}");
        }
        for short in ["", "AAAA", "!", &"A".repeat(40)] {
            assert_eq!(signer.unseal("a", short, b""), None, "{short}");
        }
    }
}
