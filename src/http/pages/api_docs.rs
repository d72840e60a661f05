//! What can a program ask for? The reference of the API as a page to read and try, in the reader's language as far as it is not
//! the code's own words.

use super::frame::Frame;
use super::reader::Reader;
use super::{messages, templates};
use crate::http::api::docs;
use crate::http::assets;
use crate::http::error::Failure;
use crate::http::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct DocsView {
    style: String,
    reference: docs::Reference,
}

/// `GET /api/v1/docs`
pub(in crate::http) async fn api_docs(
    State(state): State<AppState>,
    reader: Reader,
) -> Result<Response, Failure> {
    let page = DocsView {
        style: assets::address("api-docs.css"),
        reference: docs::reference(&state.settings().limits),
    };
    let mut frame = Frame::new(&state, &reader, messages::text(reader.lang, "api_title"));
    frame.unlisted = true;
    Ok(templates::page("api.html", &frame, &page)?)
}
