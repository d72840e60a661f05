//! What does a tap in a mail lead to? A page that says what it will do, with one button that does it: programs that open links
//! to look at them change nothing.

use super::frame::Frame;
use super::reader::Reader;
use super::{messages, private, templates};
use crate::cases::TapKind;
use crate::error::Code;
use crate::http::error::Failure;
use crate::http::state::AppState;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;

/// What a tap will do, or did.
#[derive(Debug, Default, Serialize)]
pub(super) struct TapView {
    pub(super) title: String,
    pub(super) text: String,
    /// What the button says; empty once it is done.
    pub(super) button: String,
    pub(super) action: String,
    pub(super) stars: u8,
}

/// `GET /tap/{word}/{signed}`
pub(in crate::http) async fn tap(
    State(state): State<AppState>,
    Path((word, signed)): Path<(String, String)>,
    reader: Reader,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let tap = cases.read_tap(&word, &signed)?;
    let case = cases.case(tap.case).await?;
    let (key, stars) = key_of(tap.kind);
    let text = |suffix: &str| {
        let values = [("number", case.number.as_str()), ("n", &*stars.to_string())];
        messages::fill(reader.lang, &format!("tap_{key}{suffix}"), &values)
    };
    let view = TapView {
        title: text(""),
        text: text("_text"),
        button: text("_button"),
        action: reader.link(&format!("/tap/{word}/{signed}")),
        stars,
    };
    show(&state, &reader, &view)
}

/// `POST /tap/{word}/{signed}`
pub(in crate::http) async fn tapped(
    State(state): State<AppState>,
    Path((word, signed)): Path<(String, String)>,
    reader: Reader,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let tap = cases.read_tap(&word, &signed)?;
    let (key, stars) = key_of(tap.kind);
    let key = match cases.tap(tap).await {
        Ok(_) => format!("tap_{key}_done"),
        Err(error) if error.code() == Code::Conflict => "tap_late".to_owned(),
        Err(error) => return Err(error.into()),
    };
    let view = TapView {
        title: messages::text(reader.lang, &key).to_owned(),
        text: messages::text(reader.lang, "tap_after").to_owned(),
        stars,
        ..TapView::default()
    };
    show(&state, &reader, &view)
}

fn key_of(kind: TapKind) -> (&'static str, u8) {
    match kind {
        TapKind::Confirm => ("confirm", 0),
        TapKind::Reopen => ("reopen", 0),
        TapKind::Rate(rating) => ("rate", rating.stars()),
    }
}

/// The page of a tap.
pub(super) fn show(state: &AppState, reader: &Reader, view: &TapView) -> Result<Response, Failure> {
    let mut frame = Frame::new(state, reader, &view.title);
    frame.unlisted = true;
    let mut response = templates::page("tap.html", &frame, view)?;
    private::seal(&mut response);
    Ok(response)
}
