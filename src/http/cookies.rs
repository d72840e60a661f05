//! What does a browser bring along, and what is it given to keep? Cookies by name; never one that a script can read.

use super::state::AppState;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

/// The value of a cookie.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// Whether browsers reach the site over an encrypted connection.
pub(super) fn is_encrypted(state: &AppState) -> bool {
    let base = state.settings().site.base_url.as_deref();
    base.is_some_and(|url| url.starts_with("https://"))
}

/// Gives a cookie to a browser, with what else is said of it, as in `; SameSite=Lax`.
pub(super) fn set_cookie(
    response: &mut Response,
    state: &AppState,
    name: &str,
    value: &str,
    rest: &str,
) {
    let secure = if is_encrypted(state) { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly{secure}{rest}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
