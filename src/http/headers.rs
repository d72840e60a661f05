//! What may a browser do with an answer? Security headers on every response; a handler that sets one of its own keeps it.

use super::error::Asked;
use super::state::AppState;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// For pages: everything from here, pictures from anywhere safe, no inline script or style, no frames around them.
const PAGE_POLICY: &str = "default-src 'self'; img-src 'self' data: https:; media-src 'self' https:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// For answers that are no pages: nothing at all.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Headers that are the same on all answers.
const ALWAYS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Adds the headers that the response has not set itself.
pub(super) fn secure(state: &AppState, asked: &Asked<'_>, response: &mut Response) {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = match is_page {
        true if asked.path == "/embed/demo" => demo_policy(state),
        true => PAGE_POLICY.to_owned(),
        false => DATA_POLICY.to_owned(),
    };
    add(response, "content-security-policy", &policy);
    for (name, value) in ALWAYS {
        add(response, name, value);
    }
    let base_url = state.settings().site.base_url.as_deref();
    if base_url.is_some_and(|url| url.starts_with("https://")) {
        add(response, "strict-transport-security", "max-age=31536000");
    }
}

/// The demo page may be framed by the sites that may embed the box.
fn demo_policy(state: &AppState) -> String {
    let origins = state.settings().embed.origins.join(" ");
    let framed = format!("frame-ancestors 'self' {origins}");
    PAGE_POLICY.replace("frame-ancestors 'none'", framed.trim_end())
}

fn add(response: &mut Response, name: &'static str, value: &str) {
    let Ok(value) = HeaderValue::from_str(value) else {
        return;
    };
    response
        .headers_mut()
        .entry(HeaderName::from_static(name))
        .or_insert(value);
}
