//! Is every mail read or refused, within its limits? Any bytes, as `kb mail-in` gets them.
#![no_main]

use kb::mail::{Limits, read};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits {
    bytes: 64 * 1024,
    parts: 20,
    depth: 5,
    text_chars: 1_000,
    attachments: 3,
    attachment_bytes: 4 * 1024,
};

fn is_one_line(text: &str) -> bool {
    !text.contains(['\r', '\n', '\0'])
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(mail) = read(bytes, &LIMITS) else {
        return;
    };
    assert!(mail.from.is_some(), "somebody sent it");
    assert!(
        is_one_line(&mail.subject) && mail.subject.chars().count() <= 300,
        "{:?}",
        mail.subject
    );
    assert!(
        is_one_line(&mail.from_name) && mail.from_name.chars().count() <= 100,
        "{:?}",
        mail.from_name
    );
    // Folding puts at most a line end beside what was written.
    let shown = mail.text.chars().count() + mail.quoted.chars().count();
    assert!(shown <= LIMITS.text_chars + 2, "{shown} characters");
    assert!(mail.attachments.len() <= LIMITS.attachments);
    let size: usize = mail.attachments.iter().map(|file| file.bytes.len()).sum();
    assert!(size <= LIMITS.attachment_bytes);
    assert!(mail.left_out.len() <= 50);
});
