//! May it be kept, and is it still the same? `Cache-Control`, `ETag`, `Vary`, `304`.
//!
//! All that is answered with 200 follows from the program, its settings, the index and the address, so these make the
//! `ETag`. Handlers whose answer follows from something else (a file's bytes) set their own; headers they set are kept.
//! Only an answer that would be 200 can become 304: what has vanished for the reader is 404, whatever he remembers.

use super::error::Asked;
use super::extract::Reading;
use super::state::AppState;
use crate::config::Settings;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

/// For answers that everybody may share: kept a minute, then shown once more while the new one is fetched.
const SHARED: HeaderValue =
    HeaderValue::from_static("public, max-age=60, stale-while-revalidate=600");

/// What pages depend on beside their address.
const VARY_PAGE: &str = "accept-encoding, accept-language";

/// What everything else depends on.
const VARY_OTHER: &str = "accept-encoding";

/// What the API depends on: a script that brings a token must not be given what was kept without.
const VARY_API: &str = "accept-encoding, authorization, x-api-key";

/// For what was answered to somebody who may be known: no cache keeps it, his own neither.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

/// For what holds for this moment only.
const NEVER: HeaderValue = HeaderValue::from_static("no-store");

/// What distinguishes the answers of this program with these settings. The version alone would not tell two builds of it
/// apart, so the program's own file counts too, where the system shows it.
pub(super) fn salt(settings: &Settings, templates: &str) -> String {
    let program = std::fs::metadata("/proc/self/exe");
    let program = program.map(|file| (file.len(), file.modified().ok())).ok();
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.update(format!("{settings:?} {program:?}").as_bytes());
    hasher.update(super::assets::fingerprint().as_bytes());
    hasher.update(templates.as_bytes());
    hasher.finalize().to_hex()[..16].to_owned()
}

/// The answer `304` to who has this article already, found without making its page: a tag names the index, the viewer and the
/// address, so what was sent with it once is what would be sent now.
pub(super) fn unchanged(
    state: &AppState,
    asked: &Asked<'_>,
    reading: Option<&Reading>,
) -> Option<Response> {
    let reads = matches!(*asked.method, Method::GET | Method::HEAD);
    if !reads
        || asked.visitor.is_private
        || !asked.path.starts_with("/a/")
        || !asked.headers.contains_key(header::IF_NONE_MATCH)
    {
        return None;
    }
    // Pages follow the reader's language, Markdown does not.
    [VARY_PAGE, VARY_OTHER].into_iter().find_map(|by| {
        let mut response = Response::new(Body::empty());
        set(&mut response, header::VARY, by);
        let tag = etag(state, asked, reading, &response);
        set(&mut response, header::ETAG, &tag);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        names(asked.headers, &tag).then_some(response)
    })
}

/// Says how long an answer may be kept, and turns it into 304 when the client has it already.
pub(super) fn describe(
    state: &AppState,
    asked: &Asked<'_>,
    reading: Option<&Reading>,
    response: &mut Response,
) {
    vary(asked, response);
    let status = response.status();
    let kept = status.is_success() || status.is_redirection();
    let policy = response.headers().get(header::CACHE_CONTROL).cloned();
    let policy = policy.unwrap_or(if kept { SHARED } else { NEVER });
    let policy = match asked.visitor.is_private && policy != NEVER {
        true => PRIVATE,
        false => policy,
    };
    let storable = policy != NEVER && policy != PRIVATE;
    response.headers_mut().insert(header::CACHE_CONTROL, policy);
    if status != StatusCode::OK || !storable || !matches!(*asked.method, Method::GET | Method::HEAD)
    {
        return;
    }
    if !response.headers().contains_key(header::ETAG) {
        set(
            response,
            header::ETAG,
            &etag(state, asked, reading, response),
        );
    }
    if knows(asked.headers, response.headers().get(header::ETAG)) {
        forget_body(response);
    }
}

fn vary(asked: &Asked<'_>, response: &mut Response) {
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let by = match is_page {
        true => VARY_PAGE,
        false if asked.path.starts_with("/api/") => VARY_API,
        false => VARY_OTHER,
    };
    if !response.headers().contains_key(header::VARY) {
        set(response, header::VARY, by);
    }
}

fn etag(
    state: &AppState,
    asked: &Asked<'_>,
    reading: Option<&Reading>,
    response: &Response,
) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(state.salt().as_bytes());
    add(reading.map_or("", |reading| &*reading.since).as_bytes());
    add(&[reading.map_or(0, |reading| {
        u8::try_from(reading.viewer.rank()).unwrap_or(u8::MAX)
    })]);
    add(&reading.map_or_else(Vec::new, |reading| reading.opened.mark(reading.view())));
    add(asked.path.as_bytes());
    add(asked.query.as_bytes());
    for by in response.headers().get_all(header::VARY) {
        if by
            .as_bytes()
            .windows(15)
            .any(|name| name.eq_ignore_ascii_case(b"accept-language"))
        {
            add(asked
                .headers
                .get(header::ACCEPT_LANGUAGE)
                .map_or(b"", |value| value.as_bytes()));
        }
    }
    format!("W/\"{}\"", &hasher.finalize().to_hex()[..24])
}

/// Whether the client has the answer with this tag (RFC 9110, weak comparison).
fn knows(headers: &HeaderMap, etag: Option<&HeaderValue>) -> bool {
    let Some(etag) = etag.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    names(headers, etag) || tags(headers).any(|tag| tag == "*")
}

/// Whether the client names this very tag.
fn names(headers: &HeaderMap, etag: &str) -> bool {
    let plain = |tag: &str| tag.trim_start_matches("W/").to_owned();
    tags(headers).any(|tag| plain(tag) == plain(etag))
}

fn tags(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok());
    known.flat_map(|tags| tags.split(',')).map(str::trim)
}

fn forget_body(response: &mut Response) {
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.body_mut() = Body::empty();
    for name in [
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::CONTENT_DISPOSITION,
    ] {
        response.headers_mut().remove(name);
    }
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::knows;
    use axum::http::{HeaderMap, HeaderValue, header};

    #[test]
    fn a_tag_is_known_in_any_list_weak_or_strong_and_by_a_star() {
        let etag = HeaderValue::from_static("W/\"a1\"");
        for (known, expected) in [
            ("W/\"a1\"", true),
            ("\"a1\"", true),
            ("\"b\", W/\"a1\"", true),
            ("*", true),
            ("\"a\"", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(known));
            assert_eq!(knows(&headers, Some(&etag)), expected, "{known}");
        }
    }
}
