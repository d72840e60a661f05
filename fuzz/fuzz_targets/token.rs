//! Is anybody taken for a customer without our key? Tokens that nobody signed, and claims that somebody with the key signed.
#![no_main]

use jiff::Timestamp;
use kb::config::{Identity, IdentityKey, KeyCheck, Secret};
use kb::identity::Verifier;
use kb::signature::hmac_sha256;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const KEY: &str = "a key of thirty-two bytes and more";

static RULES: LazyLock<Identity> = LazyLock::new(|| Identity {
    keys: vec![IdentityKey {
        id: "k".to_owned(),
        check: KeyCheck::Hs256(Secret::new(KEY)),
    }],
    ..Identity::default()
});
static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::new(&RULES));

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |n: u32| char::from(DIGITS[n as usize & 63]);
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let digits = [bits >> 18, bits >> 12, bits >> 6, bits].map(digit);
        text.extend(&digits[..chunk.len() + 1]);
    }
    text
}

fuzz_target!(|input: &str| {
    let now = Timestamp::from_second(1_800_000_000).expect("an instant");
    let gives = |name: &str| ["public", "customer"].contains(&name);
    assert!(
        VERIFIER.verify(input, now, gives).is_err(),
        "a token that nobody signed"
    );
    // The first line is the head, the rest what is claimed.
    let (head, claims) = input
        .split_once('\n')
        .unwrap_or((r#"{"alg":"HS256"}"#, input));
    let signed = format!("{}.{}", base64(head.as_bytes()), base64(claims.as_bytes()));
    let signature = base64(&hmac_sha256(KEY.as_bytes(), &[signed.as_bytes()]));
    if let Ok(proved) = VERIFIER.verify(&format!("{signed}.{signature}"), now, gives) {
        assert!(head.contains("HS256"), "{head}");
        assert!(gives(&proved.customer.audience));
        let skew = i64::from(RULES.skew_seconds);
        let longest = i64::from(RULES.longest_seconds);
        let left = proved.expires_at.as_second() - now.as_second();
        assert!(
            left > -skew - 1 && left <= longest + skew,
            "{left} seconds are left"
        );
        // Nothing of it may be changed.
        let mut changed = signed.clone().into_bytes();
        let at = claims.len() % changed.len();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("ASCII");
        assert!(
            VERIFIER
                .verify(&format!("{changed}.{signature}"), now, gives)
                .is_err()
        );
    }
});
