//! How does the box look on a company's page? A page that embeds it as theirs would.

use super::frame::Frame;
use super::reader::Reader;
use super::{addresses, messages, templates};
use crate::http::error::Failure;
use crate::http::state::AppState;
use crate::http::{assets, embed};
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct DemoView {
    /// The address of the box's script, as another site would write it.
    script: String,
    /// The address of the page of results, likewise.
    results: String,
    /// What makes sure that it is this script: `sha384-…`.
    integrity: String,
    /// The address of this help centre's own stylesheet for the demonstration and its script.
    style: String,
    /// See `style`.
    playground: String,
}

/// `GET /embed/demo`
pub(in crate::http) async fn embed_demo(
    State(state): State<AppState>,
    reader: Reader,
) -> Result<Response, Failure> {
    let page = DemoView {
        script: addresses::public(state.settings(), "/embed/v1/kb-search.js"),
        results: addresses::public(state.settings(), "/search"),
        integrity: embed::integrity(),
        style: assets::address("embed/demo.css"),
        playground: assets::address("embed/demo.js"),
    };
    let mut frame = Frame::new(&state, &reader, messages::text(reader.lang, "demo_title"));
    frame.unlisted = true;
    Ok(templates::page("demo.html", &frame, &page)?)
}
