//! In which words is a promise given, and a mistake told?

use super::ask_form::Fault;
use super::messages::{fill, text};
use super::reader::Reader;
use crate::cases::{Cases, TextFault, UploadFault};
use crate::model::Lang;
use crate::model::case::Kind;

/// Until when a question of this kind would be answered.
pub(super) fn promise(cases: &Cases, reader: &Reader, kind: Kind) -> String {
    let lang = reader.lang;
    let Some(at) = cases.promised(kind, reader.visitor.tier()) else {
        return String::new();
    };
    let when = cases.when(at).for_people(lang);
    fill(lang, "ask_promise", &[("when", &when)])
}

/// The field that is meant (empty for the whole form), and what to do.
pub(super) fn fault(lang: Lang, fault: &Fault) -> (&'static str, String) {
    let plain = |field, key| (field, text(lang, key).to_owned());
    match fault {
        Fault::Email(true) => plain("email", "ask_email_needed"),
        Fault::Email(false) => plain("email", "ask_email_wrong"),
        Fault::Text(TextFault::Empty) => plain("text", "ask_text_needed"),
        Fault::Text(TextFault::TooLong { chars, most }) => {
            let values = [("chars", &*chars.to_string()), ("most", &*most.to_string())];
            ("text", fill(lang, "ask_text_long", &values))
        }
        Fault::Name => plain("name", "ask_name_wrong"),
        Fault::Upload(fault) => ("files", upload(lang, fault)),
        Fault::Trap => plain("website", "ask_trap"),
        Fault::TooSoon => plain("", "ask_too_soon"),
        Fault::Stale => plain("", "ask_stale"),
        Fault::TooMany => plain("", "ask_too_many"),
        Fault::Blocked => plain("", "ask_blocked"),
    }
}

/// What is wrong with a file.
pub(super) fn upload(lang: Lang, fault: &UploadFault) -> String {
    let named =
        |key, name: &crate::model::case::FileName| fill(lang, key, &[("name", name.as_str())]);
    match fault {
        UploadFault::Nameless => text(lang, "file_nameless").to_owned(),
        UploadFault::Empty(name) => named("file_empty", name),
        UploadFault::TooLarge(name, mib) => fill(
            lang,
            "file_large",
            &[("name", name.as_str()), ("mib", &mib.to_string())],
        ),
        UploadFault::Lies(name) => named("file_lies", name),
        UploadFault::Harmful(name) => named("file_harmful", name),
        UploadFault::TooMany(most) => fill(lang, "file_many", &[("n", &most.to_string())]),
        UploadFault::CaseFull(mib) => fill(lang, "file_full", &[("mib", &mib.to_string())]),
        UploadFault::NoRoom => text(lang, "file_no_room").to_owned(),
    }
}
