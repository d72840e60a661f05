//! Where is it? The addresses of this site: what stands in a page starts with `/`, what leaves the site with the base address.

use crate::config::Settings;
use crate::model::{ArticleId, CategoryPath};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What must be encoded in a segment of a path or a value of a query: all but what RFC 3986 leaves unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// `text` as a segment of a path or a value of a query.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// `path` with each of its segments encoded.
pub(super) fn encode_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}

/// The page of an article.
pub(super) fn article(id: &ArticleId) -> String {
    format!("/a/{}", encode_path(id.as_str()))
}

/// The page of a category; that of the root lists everything.
pub(super) fn category(path: &CategoryPath) -> String {
    match path.is_root() {
        true => "/c".to_owned(),
        false => format!("/c/{}", encode_path(path.as_str())),
    }
}

/// The page of results for `query`.
pub(super) fn search(query: &str) -> String {
    format!("/search?q={}", encode(query))
}

/// The site's public address, without a slash at the end. Never taken from a request.
pub(super) fn base(settings: &Settings) -> String {
    let listen = || format!("http://{}", settings.server.listen);
    settings.site.base_url.clone().unwrap_or_else(listen)
}

/// The public address of `address` (which starts with `/`).
pub(super) fn public(settings: &Settings, address: &str) -> String {
    base(settings) + address
}

#[cfg(test)]
mod tests {
    use super::{article, category, search};
    use crate::model::{ArticleId, CategoryPath};

    #[test]
    fn encodes_every_segment() {
        let id = ArticleId::parse("发票/a b&c'd").expect("an id");
        assert_eq!(article(&id), "/a/%E5%8F%91%E7%A5%A8/a%20b%26c%27d");
        assert_eq!(category(&CategoryPath::new("a/b")), "/c/a/b");
        assert_eq!(category(&CategoryPath::default()), "/c");
        assert_eq!(search("a&b=c #1"), "/search?q=a%26b%3Dc%20%231");
    }
}
