//! Which other sites may call? Those that `embed.origins` or a key for browsers names, exactly: an origin is compared as a whole, so neither a
//! longer name, nor another scheme or port, nor `null` passes. Nothing here takes credentials.

use super::error::{Asked, Failure};
use super::state::AppState;
use crate::error::{Code, Error};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What a script of another site may send along.
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "accept, authorization, content-type, x-api-key, idempotency-key, if-none-match, x-request-id",
);

/// What it may read of an answer beside the body.
const RESPONSE_HEADERS: HeaderValue = HeaderValue::from_static(
    "etag, ratelimit-limit, ratelimit-remaining, retry-after, x-request-id",
);

/// Whether other sites may call this address at all.
fn is_shared(path: &str) -> bool {
    path.starts_with("/api/v1/") || path.starts_with("/embed/v1/")
}

fn permitted<'a>(state: &AppState, asked: &Asked<'a>) -> Option<&'a HeaderValue> {
    let origin = asked.headers.get(header::ORIGIN)?;
    let listed = |origin: &str| {
        state
            .settings()
            .embed
            .origins
            .iter()
            .any(|listed| listed == origin)
    };
    let visitor = asked.visitor;
    let of_key = |origin: &str| match &visitor.key {
        Some(pass) => pass.key.origins.iter().any(|own| own == origin),
        None => visitor.is_site_of_key,
    };
    let known = |origin: &str| listed(origin) || of_key(origin);
    origin.to_str().is_ok_and(known).then_some(origin)
}

/// The answer to a browser that asks before it calls; `None` when this is no such question.
pub(super) fn preflight(state: &AppState, asked: &Asked<'_>) -> Option<Response> {
    let asks = asked
        .headers
        .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if *asked.method != Method::OPTIONS || !asks || !is_shared(asked.path) {
        return None;
    }
    if permitted(state, asked).is_none() {
        let error = Error::new(Code::Forbidden, "this site may not call the help centre")
            .help("its operator can add the site to `embed.origins` in kb.toml");
        return Some(Failure::from(error).into_response());
    }
    let answers = [
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, HEAD, POST"),
        ),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
        (
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("86400"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Some((StatusCode::NO_CONTENT, answers).into_response())
}

/// Lets a script of a permitted site read the answer.
pub(super) fn permit(state: &AppState, asked: &Asked<'_>, response: &mut Response) {
    if !is_shared(asked.path) {
        return;
    }
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = permitted(state, asked) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
        headers.insert(
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        );
    }
}
