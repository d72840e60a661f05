//! How is a no said? On a page of the desk, in the reader's language.

use super::door::Desk;
use super::frame::{Frame, page_of};
use super::words::refusal_key;
use crate::cases::Refusal;
use crate::error::{Code, Error};
use crate::http::error::Failure;
use crate::http::pages::messages;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct RefusedView<'a> {
    text: &'a str,
}

/// The status that a refusal is answered with.
pub(super) fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict => StatusCode::CONFLICT,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Unauthorized => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// A page that says why not; faults go their own way.
pub(super) fn refused(desk: &Desk, error: Error) -> Result<Response, Failure> {
    let Some(refusal) = Refusal::of(&error) else {
        return Err(error.into());
    };
    let title = messages::text(desk.lang, "desk_refused");
    let view = RefusedView {
        text: messages::text(desk.lang, refusal_key(refusal)),
    };
    let frame = Frame::new(desk, title, "");
    Ok(page_of(
        &desk.state,
        "desk/refused.html",
        desk.lang,
        &frame,
        &view,
        status_of(error.code()),
    )?)
}

/// Back to a page that says why not; what may not be done at all gets a page of its own.
pub(super) fn back(desk: &Desk, to: &str, error: Error) -> Result<Response, Failure> {
    match Refusal::of(&error) {
        None => Err(error.into()),
        Some(Refusal::Role | Refusal::NoCase) => refused(desk, error),
        Some(refusal) => {
            desk.say(
                messages::text(desk.lang, refusal_key(refusal)).to_owned(),
                true,
                &[],
            );
            Ok(Redirect::to(to).into_response())
        }
    }
}
