//! Is anything taken for ours that we did not sign? Links, reply addresses and tags, in any bytes and with what we did sign changed.
#![no_main]

use jiff::Timestamp;
use kb::signature::{Purpose, Signer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let signer = Signer::new([7; 32]);
    let now = Timestamp::UNIX_EPOCH;
    assert!(
        signer.read_link(Purpose::Form, text, now).is_err(),
        "a link that nobody signed"
    );
    assert!(
        !signer.is_tag(Purpose::Reply, "case", text),
        "a tag that nobody signed"
    );
    if text.len() > 500 {
        return;
    }
    let link = signer.link(Purpose::Confirm, text, None);
    assert_eq!(
        signer.read_link(Purpose::Confirm, &link, now).as_deref(),
        Ok(text)
    );
    assert!(
        signer.read_link(Purpose::Reopen, &link, now).is_err(),
        "for another purpose"
    );
    assert!(
        Signer::new([8; 32])
            .read_link(Purpose::Confirm, &link, now)
            .is_err(),
        "of another key"
    );
    let expired = signer.link(Purpose::Confirm, text, Some(now));
    assert!(
        signer.read_link(Purpose::Confirm, &expired, now).is_err(),
        "when its time is over"
    );
    // One character changed to another letter.
    let at = text.len() % link.len();
    let other = if link.as_bytes()[at] == b'A' {
        'B'
    } else {
        'A'
    };
    let changed: String = link
        .char_indices()
        .map(|(i, c)| if i == at { other } else { c })
        .collect();
    match signer.read_link(Purpose::Confirm, &changed, now) {
        // The last letter of base64 has bits that say nothing.
        Ok(same) => assert_eq!(same, text),
        Err(_) => {}
    }
    assert!(signer.is_tag(Purpose::Reply, text, &signer.tag(Purpose::Reply, text)));
});
