//! Where is what? The addresses of articles, categories and files.

use crate::model::{ArticleId, CategoryPath, Kind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

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

/// The one spelling of the address of an article or question, whether its path came encoded or not and whatever follows it; `None`
/// for every other address.
pub(super) fn canonical(address: &str) -> Option<String> {
    id_of(address).map(|id| article(&id))
}

/// The article or question of an address, however it is spelt; `None` for every other address.
pub(super) fn id_of(address: &str) -> Option<ArticleId> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = path
        .strip_prefix("/a/")
        .or_else(|| path.strip_prefix('/').filter(|rest| rest.starts_with("q/")))?;
    let path = percent_decode_str(path).decode_utf8().ok()?;
    ArticleId::parse(&path).ok()
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

/// The form in which people are asked, filled with what was searched for.
pub(super) fn ask(query: &str) -> String {
    match query.is_empty() {
        true => "/ask".to_owned(),
        false => format!("/ask?q={}", utf8_percent_encode(query, SEGMENT)),
    }
}
