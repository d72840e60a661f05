//! Where is what? The addresses of articles, categories and files.

use crate::config::Settings;
use crate::model::{ArticleId, CategoryPath, Kind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is encoded within one segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The address of an article, `/a/account/forgot-password`, or of a question, `/q/0193…`.
pub(super) fn article(id: &ArticleId) -> String {
    let id_path = encode_path(id.as_str());
    match id.kind() {
        Kind::Article => format!("/a/{id_path}"),
        Kind::Question => format!("/{id_path}"),
    }
}

/// The address of a category; the home page for the root.
pub(super) fn category(path: &CategoryPath) -> String {
    match path.is_root() {
        true => "/".to_owned(),
        false => format!("/c/{}", encode_path(path.as_str())),
    }
}

/// The address of a file beside an article, by its path below `kb/`.
pub(super) fn file(path: &str) -> String {
    format!("/files/{}", encode_path(path))
}

/// Percent-encodes each segment of a path.
pub(super) fn encode_path(path: &str) -> String {
    let encoded: Vec<String> = path
        .split('/')
        .map(|segment| utf8_percent_encode(segment, SEGMENT).to_string())
        .collect();
    encoded.join("/")
}

/// Where readers turn who found no answer, as an address: `mailto:` is put before a mail address.
pub(super) fn contact(settings: &Settings) -> Option<String> {
    let contact = settings.site.contact.as_deref()?;
    let is_address = ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .any(|scheme| contact.starts_with(scheme));
    Some(match is_address {
        true => contact.to_owned(),
        false => format!("mailto:{contact}"),
    })
}
