//! Did this site's own page send it? Every request that changes something is asked, in one place.
//!
//! What a browser says of itself decides: `Sec-Fetch-Site`, else `Origin`. Programs say neither; they may go on where no cookie
//! speaks for a person. Other sites may use the API, and nothing else, if `embed.origins` or the key that they bring names them; no cookie counts
//! there.

use super::error::Asked;
use super::state::AppState;
use crate::error::{Code, Error};
use axum::http::{HeaderMap, Method, header};
use url::Url;

/// Why a request that changes something is refused; `None` when it is not.
pub(super) fn refusal(state: &AppState, asked: &Asked<'_>) -> Option<Error> {
    if matches!(*asked.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return None;
    }
    let is_api = asked.path.starts_with("/api/");
    let permitted = is_api && (is_listed(state, asked.headers) || is_of_key(asked));
    (!permitted && !is_own(state, asked.headers)).then(|| {
        Error::new(Code::Forbidden, "this was not sent by a page of this site").help(
            "open the page anew and send it from there; other sites are named in embed.origins",
        )
    })
}

fn is_own(state: &AppState, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some("same-origin"), _) => true,
        // Typed or opened by the person himself: no other site had a hand in it.
        (Some("none"), None) => true,
        (Some(_), _) => false,
        // A page that sends no referrer names no origin either, on sites without https. No cookie: nothing to abuse.
        (None, None | Some("null")) => !headers.contains_key(header::COOKIE),
        (None, Some(origin)) => is_same(state, headers, origin),
    }
}

/// Whether an origin is this site, by the address that the settings name or by the one that was asked.
pub(super) fn is_same(state: &AppState, headers: &HeaderMap, origin: &str) -> bool {
    let base = state.settings().site.base_url.as_deref();
    let base = base.and_then(|url| Url::parse(url).ok());
    if let Some(base) = base {
        if base.origin().ascii_serialization() == origin {
            return true;
        }
        // Whoever sits in between writes the pages of the same host that are not encrypted.
        let claimed = Url::parse(origin).ok();
        let plain = |url: Url| url.scheme() == "http" && url.host() == base.host();
        if base.scheme() == "https" && claimed.is_some_and(plain) {
            return false;
        }
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let asked = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && asked == host
}

fn is_listed(state: &AppState, headers: &HeaderMap) -> bool {
    let origin = headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    let listed = &state.settings().embed.origins;
    origin.is_some_and(|origin| listed.iter().any(|listed| listed == origin))
}

/// Whether the request brings a key for browsers that names its site.
fn is_of_key(asked: &Asked<'_>) -> bool {
    let origin = asked.headers.get(header::ORIGIN);
    let origin = origin.and_then(|origin| origin.to_str().ok());
    let own = asked.visitor.key.as_ref().map(|pass| &pass.key.origins);
    own.is_some_and(|own| own.iter().any(|own| Some(own.as_str()) == origin))
}

#[cfg(test)]
mod tests {
    use super::refusal;
    use crate::clock::Clock;
    use crate::config::Settings;
    use crate::http::error::Asked;
    use crate::http::state::AppState;
    use crate::http::visitor::Visitor;
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
    use std::path::Path;
    use std::sync::Arc;

    fn refused(path: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let mut settings = Settings::default();
        settings.site.base_url = Some("https://help.example.com".to_owned());
        settings.embed.origins = vec!["https://www.example.com".to_owned()];
        let state = AppState::new(Arc::new(settings), Path::new("kb"), Clock::System);
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        let asked = Asked {
            method: &Method::POST,
            path,
            query: "",
            headers: &headers,
            request_id: "",
            visitor: &Visitor::default(),
        };
        refusal(&state, &asked).is_some()
    }

    #[test]
    fn s24_what_another_site_sends_is_refused() {
        for (path, headers, expected) in [
            ("/ask", &[("sec-fetch-site", "same-origin")][..], false),
            ("/ask", &[("sec-fetch-site", "cross-site")], true),
            ("/ask", &[("sec-fetch-site", "same-site")], true),
            ("/ask", &[("origin", "https://help.example.com")], false),
            (
                "/ask",
                &[
                    ("origin", "http://10.0.0.1:8080"),
                    ("host", "10.0.0.1:8080"),
                ],
                false,
            ),
            (
                "/ask",
                &[
                    ("origin", "https://evil.example"),
                    ("host", "help.example.com"),
                ],
                true,
            ),
            (
                "/ask",
                &[("origin", "https://help.example.com.evil.cn")],
                true,
            ),
            ("/ask", &[("origin", "https://www.example.com")], true),
            (
                "/ask",
                &[
                    ("origin", "http://help.example.com"),
                    ("host", "help.example.com"),
                ],
                true,
            ),
            ("/ask", &[], false),
            ("/ask", &[("origin", "null")], false),
            ("/ask", &[("origin", "null"), ("cookie", "a=b")], true),
            ("/desk", &[("cookie", "a=b")], true),
            (
                "/api/v1/cases",
                &[
                    ("origin", "https://www.example.com"),
                    ("sec-fetch-site", "cross-site"),
                ],
                false,
            ),
            ("/api/v1/cases", &[("origin", "https://evil.example")], true),
        ] {
            assert_eq!(refused(path, headers), expected, "{path} {headers:?}");
        }
    }
}
