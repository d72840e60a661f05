//! What do people see? Pages, complete without scripts.

use super::error::{Asked, Failure};
use super::extract::{Reading, Tail};
use super::state::AppState;
use crate::error::Error;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

/// `GET /`
pub(super) async fn home(_reading: Reading) -> Html<String> {
    Html("kb".to_owned())
}

/// `GET /search?q=…`
pub(super) async fn search(_reading: Reading) -> Html<String> {
    Html("kb".to_owned())
}

/// `GET /c/{*path}`
pub(super) async fn category(
    _reading: Reading,
    Tail(_path): Tail,
) -> Result<Html<String>, Failure> {
    Err(Error::not_found("there is no such category").into())
}

/// `GET /a/{*id}`: the page, or the Markdown when the address ends in `.md`.
pub(super) async fn article(_reading: Reading, Tail(_id): Tail) -> Result<Html<String>, Failure> {
    Err(Error::not_found("there is no such article").into())
}

/// `GET /feed.atom`
pub(super) async fn feed(_reading: Reading) -> Html<String> {
    Html("kb".to_owned())
}

/// `GET /sitemap.xml`
pub(super) async fn sitemap(_reading: Reading) -> Html<String> {
    Html("kb".to_owned())
}

/// `GET /robots.txt`
pub(super) async fn robots() -> &'static str {
    "User-agent: *\n"
}

/// `GET /llms.txt`
pub(super) async fn llms(_reading: Reading) -> &'static str {
    "# kb\n"
}

/// `GET /embed/demo`
pub(super) async fn embed_demo() -> Html<String> {
    Html("kb".to_owned())
}

/// Any other address: where an article has moved to, or 404.
pub(super) async fn elsewhere() -> Failure {
    Error::not_found("there is nothing at this address").into()
}

/// The page for a failure, in the reader's language. The status and the security headers are set by the caller.
pub(super) fn error_page(
    _state: &AppState,
    asked: &Asked<'_>,
    status: StatusCode,
    error: &Error,
) -> Response {
    Html(format!("{} {} ({})", status, error, asked.request_id)).into_response()
}
