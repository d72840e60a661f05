//! What does this site look like? Its colours as a style sheet, its icon, its logo.

use super::colours;
use crate::error::{Error, Result};
use crate::http::error::Failure;
use crate::http::media;
use crate::http::state::AppState;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::path::Path;

/// The largest logo, in bytes.
const MAX_LOGO_BYTES: u64 = 1024 * 1024;

/// `GET /assets/site.css`
pub(in crate::http) async fn style_sheet(State(state): State<AppState>) -> Response {
    let css = colours::style_sheet(&state.settings().site.colours);
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], css).into_response()
}

/// `GET /favicon.svg`
pub(in crate::http) async fn icon(State(state): State<AppState>) -> Response {
    let svg = colours::icon(&state.settings().site.colours);
    ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response()
}

/// `GET /assets/logo`: the picture that `kb.toml` names.
pub(in crate::http) async fn logo(State(state): State<AppState>) -> Result<Response, Failure> {
    let file = state.settings().site.logo.clone();
    let file = file.ok_or_else(|| Error::not_found("this site has no logo"))?;
    let kind = media::content_type(&file.to_string_lossy());
    let bytes = state.blocking().run(move || read_logo(&file)).await?;
    Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
}

fn read_logo(file: &Path) -> Result<Vec<u8>> {
    let missing = |error| Error::not_found("the logo cannot be read").because(error);
    let size = std::fs::metadata(file).map_err(missing)?.len();
    match size > MAX_LOGO_BYTES {
        true => Err(Error::not_found("the logo is larger than 1 MB")),
        false => std::fs::read(file).map_err(missing),
    }
}
