//! What is nobody else's business? Pages that no cache keeps, no crawler lists, and no other site learns the address of.

use crate::http::error::Whole;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Marks a response as private, and as whole.
pub(in crate::http) fn seal(response: &mut Response) {
    response.extensions_mut().insert(Whole);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    let robots = HeaderName::from_static("x-robots-tag");
    headers.insert(robots, HeaderValue::from_static("noindex, nofollow"));
}

/// Leads a form that was sent to the page that shows what came of it.
pub(in crate::http) fn see_other(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::from_str(address) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    seal(&mut response);
    response
}
