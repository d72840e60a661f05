//! Did we write this ourselves? Signs short texts that leave the house in links and addresses, and knows them again.
//!
//! A signature is an HMAC-SHA256 over what it is for, the text and its expiry, so a link to confirm cannot be used to rate,
//! and nobody can make one. It hides nothing: what is signed can be read by whoever holds it.

mod seal;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use std::fmt;
use subtle::ConstantTimeEq;

/// Bytes of a link's signature: 128 bits.
const LINK_BYTES: usize = 16;
/// Bytes of a tag, as in addresses whose length is limited: 80 bits.
const TAG_BYTES: usize = 10;
/// The longest link that is looked at, in bytes.
const MAX_LINK_BYTES: usize = 1_024;
/// Digits of tags: they survive when a mail server changes upper into lower case.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What a signature is for. One for one purpose is worth nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Replies by mail reach their case.
    Reply,
    /// A tap in a mail: my problem is solved.
    Confirm,
    /// A tap in a mail: it is not.
    Reopen,
    /// A tap in a mail: one to five stars.
    Rate,
    /// A tap in a mail: yes, tell me when this changes.
    Follow,
    /// A tap in a mail, or its program's own button: no more of these.
    Unsubscribe,
    /// A sign-in by mail.
    SignIn,
    /// The second step of a sign-in whose first is done.
    SecondStep,
    /// A form that was given out.
    Form,
    /// What somebody is counted under.
    Limit,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Confirm => "confirm",
            Self::Reopen => "reopen",
            Self::Rate => "rate",
            Self::Follow => "follow",
            Self::Unsubscribe => "unsubscribe",
            Self::SignIn => "sign-in",
            Self::SecondStep => "second-step",
            Self::Form => "form",
            Self::Limit => "limit",
        }
    }
}

/// Why a link is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    /// We never wrote it, or not for this purpose.
    Forged,
    /// We did, and its time is over.
    Expired,
}

impl fmt::Display for Unsigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forged => "this link is not one of ours",
            Self::Expired => "this link has expired",
        })
    }
}

impl std::error::Error for Unsigned {}

/// Signs with one secret key. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Signer {
    key: [u8; 32],
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

impl Signer {
    /// A signer with this secret of 256 random bits. Another secret makes all links and addresses that were given out invalid.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// `payload` signed for `purpose`, as letters, digits, `-`, `_` and `.` that can stand in an address of the web.
    /// `None` for `expires`: valid for ever. Precise to the second.
    pub fn link(&self, purpose: Purpose, payload: &str, expires: Option<Timestamp>) -> String {
        let until = expires.map_or_else(String::new, |at| at.as_second().to_string());
        let signature = self.sign(purpose, payload, &until);
        format!(
            "{}.{until}.{}",
            URL_SAFE_NO_PAD.encode(payload),
            URL_SAFE_NO_PAD.encode(&signature[..LINK_BYTES])
        )
    }

    /// The payload of a link that was made for `purpose`.
    ///
    /// # Errors
    /// [`Unsigned`]: whether it was forged or has only expired.
    pub fn read_link(
        &self,
        purpose: Purpose,
        link: &str,
        now: Timestamp,
    ) -> Result<String, Unsigned> {
        let (payload, until, theirs) = parts(link).ok_or(Unsigned::Forged)?;
        let ours = self.sign(purpose, &payload, &until);
        if !bool::from(ours[..LINK_BYTES].ct_eq(&theirs)) {
            return Err(Unsigned::Forged);
        }
        match until.parse::<i64>() {
            Ok(second) if second <= now.as_second() => Err(Unsigned::Expired),
            _ => Ok(payload),
        }
    }

    /// A signature of `payload` in 16 lower-case letters and digits (80 bits), which never expires.
    pub fn tag(&self, purpose: Purpose, payload: &str) -> String {
        base32(&self.sign(purpose, payload, "tag")[..TAG_BYTES])
    }

    /// Whether `tag` is the one of `payload`, in upper or lower case.
    pub fn is_tag(&self, purpose: Purpose, payload: &str, tag: &str) -> bool {
        let theirs = tag.to_ascii_lowercase();
        self.tag(purpose, payload)
            .as_bytes()
            .ct_eq(theirs.as_bytes())
            .into()
    }

    fn sign(&self, purpose: Purpose, payload: &str, until: &str) -> [u8; 32] {
        // Purpose and expiry hold no zero byte, so no two triples make the same input.
        let parts = [purpose.name(), "\0", until, "\0", payload];
        hmac_sha256(&self.key, &parts.map(str::as_bytes))
    }
}

fn parts(link: &str) -> Option<(String, String, Vec<u8>)> {
    if link.len() > MAX_LINK_BYTES {
        return None;
    }
    let mut fields = link.split('.');
    let (payload, until, signature) = (fields.next()?, fields.next()?, fields.next()?);
    let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    fields
        .next()
        .is_none()
        .then(|| (payload, until.to_owned(), signature))
}

/// The HMAC-SHA256 of `parts` one after the other.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Bytes as digits of 5 bits each; their number is a multiple of 5.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 5 * 8);
    for chunk in bytes.chunks_exact(5) {
        let bits = chunk
            .iter()
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        for i in (0..8).rev() {
            let digit = usize::try_from(bits >> (i * 5) & 31).unwrap_or_default();
            text.push(char::from(DIGITS[digit]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Purpose, Signer, Unsigned, hmac_sha256};
    use jiff::Timestamp;
    use proptest::prelude::{any, proptest};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a second")
    }

    #[test]
    fn hmac_agrees_with_rfc_4231() {
        let mac = hmac_sha256(b"Jefe", &[b"what do ya ", b"want for nothing?"]);
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn links_serve_one_purpose_until_they_expire() {
        let signer = Signer::new([7; 32]);
        let link = signer.link(Purpose::Rate, "案件:5", Some(at(100)));
        let read = |purpose, second| signer.read_link(purpose, &link, at(second));
        assert_eq!(read(Purpose::Rate, 99), Ok("案件:5".to_owned()));
        assert_eq!(read(Purpose::Rate, 100), Err(Unsigned::Expired));
        assert_eq!(read(Purpose::Confirm, 99), Err(Unsigned::Forged));
        let other = Signer::new([8; 32]);
        assert_eq!(
            other.read_link(Purpose::Rate, &link, at(0)),
            Err(Unsigned::Forged)
        );
        let later = link.replace(".100.", ".900.");
        assert_eq!(
            signer.read_link(Purpose::Rate, &later, at(0)),
            Err(Unsigned::Forged)
        );
        let eternal = link.replace(".100.", "..");
        assert_eq!(
            signer.read_link(Purpose::Rate, &eternal, at(0)),
            Err(Unsigned::Forged)
        );
        assert_eq!(format!("{signer:?}"), "Signer(…)");
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let signer = Signer::new([1; 32]);
        let link = signer.link(Purpose::Confirm, "a", None);
        for i in 0..link.len() {
            for to in ["A", "B", "."] {
                let mut changed = link.clone();
                changed.replace_range(i..=i, to);
                let taken = signer.read_link(Purpose::Confirm, &changed, at(0)).is_ok();
                assert!(changed == link || !taken, "{changed}");
            }
        }
    }

    #[test]
    fn tags_survive_upper_case() {
        let signer = Signer::new([7; 32]);
        let tag = signer.tag(Purpose::Reply, "x");
        assert_eq!(tag.len(), 16);
        assert!(signer.is_tag(Purpose::Reply, "x", &tag.to_uppercase()));
        assert!(!signer.is_tag(Purpose::Reply, "y", &tag));
        assert!(!signer.is_tag(Purpose::Reply, "x", ""));
    }

    proptest! {
        #[test]
        fn no_text_is_taken_and_no_payload_is_lost(text in ".*", payload in ".{0,200}", key in any::<[u8; 32]>()) {
            let signer = Signer::new(key);
            assert_eq!(signer.read_link(Purpose::Rate, &text, at(0)), Err(Unsigned::Forged));
            let link = signer.link(Purpose::Rate, &payload, None);
            assert_eq!(signer.read_link(Purpose::Rate, &link, at(0)), Ok(payload));
        }
    }
}
