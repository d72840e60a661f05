//! Where does a page lead? What stands in a page starts with `/`; what leaves the site starts with its public address.

use crate::config::Settings;
use crate::http::address;
use crate::model::{ArticleId, CategoryPath};

/// The page that lists everything.
pub(super) const ALL: &str = "/c";

/// `text` as a value of a query.
pub(super) fn encode(text: &str) -> String {
    text.split('/')
        .map(address::encode_path)
        .collect::<Vec<_>>()
        .join("%2F")
}

/// The page of an article.
pub(super) fn article(id: &ArticleId) -> String {
    address::article(id)
}

/// The page of a category; that of the root lists everything.
pub(super) fn category(path: &CategoryPath) -> String {
    match path.is_root() {
        true => ALL.to_owned(),
        false => address::category(path),
    }
}

/// The page of results for `query`.
pub(super) fn search(query: &str) -> String {
    format!("/search?q={}", encode(query))
}

/// The public address of `address` (which starts with `/`). Its host is the configured one, never that of a request.
pub(super) fn public(settings: &Settings, address: &str) -> String {
    let base = settings.site.base_url.as_deref();
    match base {
        Some(base) => format!("{}{address}", base.trim_end_matches('/')),
        None => format!("http://{}{address}", settings.server.listen),
    }
}

#[cfg(test)]
mod tests {
    use super::{category, public, search};
    use crate::config::Settings;
    use crate::model::CategoryPath;

    #[test]
    fn encodes_what_would_end_a_value() {
        assert_eq!(search("a/b&c=d #1"), "/search?q=a%2Fb%26c%3Dd%20%231");
        assert_eq!(category(&CategoryPath::new("a/b c")), "/c/a/b%20c");
        assert_eq!(category(&CategoryPath::default()), "/c");
    }

    #[test]
    fn a_public_address_starts_with_the_configured_one() {
        let mut settings = Settings::default();
        assert_eq!(public(&settings, "/a/x"), "http://127.0.0.1:8080/a/x");
        settings.site.base_url = Some("https://help.example.com".to_owned());
        assert_eq!(public(&settings, "/a/x"), "https://help.example.com/a/x");
    }
}
