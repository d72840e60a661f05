//! How does one come in? By a password, then by a code where there is a second step; and out again.

use super::door::{Desk, Origin, inside, let_in, let_out, mark_of, said, session_of};
use super::form::{self, Fields};
use super::frame::{Bare, page_of};
use super::refused::status_of;
use crate::cases::{Attempt, Refusal, SignInStep};
use crate::http::error::Failure;
use crate::http::pages::messages;
use crate::http::pages::reader::Reader;
use crate::http::state::AppState;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};

/// Where to go after the sign-in, and what is to be said before it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Next {
    next: Option<String>,
    said: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct SignInView<'a> {
    next: &'a str,
    email: &'a str,
    error: Option<&'a str>,
    said: Option<&'a str>,
    /// What the button of the identity provider says, where there is one.
    provider: Option<String>,
}

#[derive(Debug, Serialize)]
struct CodeView<'a> {
    next: &'a str,
    pending: &'a str,
    error: Option<&'a str>,
}

/// `GET /desk/sign-in`
pub(super) async fn form(
    State(state): State<AppState>,
    reader: Reader,
    Query(next): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let to = inside(next.next.as_deref());
    if Desk::of(&headers, &state).await?.is_some() {
        return Ok(Redirect::to(to).into_response());
    }
    let known = ["password", "provider", "stranger", "foreign", "sent"];
    let said = next.said.filter(|word| known.contains(&word.as_str()));
    let said = said.map(|word| format!("desk_said_{word}"));
    let text = |key: &str| messages::text(reader.lang, key).to_owned();
    let said = said.map(|key| text(&key));
    let view = SignInView {
        next: to,
        said: said.as_deref(),
        ..SignInView::default()
    };
    show(&state, &reader, view, StatusCode::OK)
}

/// The sign-in, with a message.
fn show(
    state: &AppState,
    reader: &Reader,
    mut view: SignInView<'_>,
    status: StatusCode,
) -> Result<Response, Failure> {
    let oidc = state.settings().staff.oidc.as_ref();
    let usual = messages::text(reader.lang, "desk_provider");
    let button = oidc.map(|oidc| match oidc.button.as_str() {
        "" => usual.to_owned(),
        own => own.to_owned(),
    });
    view.provider = button;
    let frame = Bare::new(state, reader, messages::text(reader.lang, "desk_sign_in"));
    Ok(page_of(
        state,
        "desk/sign_in.html",
        reader.lang,
        &frame,
        &view,
        status,
    )?)
}

/// `POST /desk/sign-in`
pub(super) async fn sign_in(
    State(state): State<AppState>,
    origin: Origin,
    reader: Reader,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let fields = Fields::read(&body)?;
    let (email, next) = (fields.one("email"), inside(Some(fields.one("next"))));
    let mark = mark_of(&headers, &state);
    let former = session_of(&headers, &state);
    let attempt = Attempt {
        email,
        password: fields.one("password"),
        place: origin.place(),
        mark: mark.as_deref(),
    };
    match state.desk_cases()?.sign_in(attempt, former.as_ref()).await {
        Ok(SignInStep::In(entered)) => {
            let mut response = Redirect::to(next).into_response();
            let_in(&mut response, &state, &entered);
            Ok(response)
        }
        Ok(SignInStep::Second(pending)) => ask_code(&state, &reader, &pending, next, None),
        Err(error) => {
            let Some(why) = said(reader.lang, &error) else {
                return Err(error.into());
            };
            let view = SignInView {
                next,
                email,
                error: Some(why),
                ..SignInView::default()
            };
            show(&state, &reader, view, status_of(error.code()))
        }
    }
}

/// The page on which the code is asked for.
fn ask_code(
    state: &AppState,
    reader: &Reader,
    pending: &str,
    next: &str,
    refused: Option<(&str, StatusCode)>,
) -> Result<Response, Failure> {
    let title = messages::text(reader.lang, "desk_code_title");
    let view = CodeView {
        next,
        pending,
        error: refused.map(|(why, _)| why),
    };
    let status = refused.map_or(StatusCode::OK, |(_, status)| status);
    let frame = Bare::new(state, reader, title);
    Ok(page_of(
        state,
        "desk/sign_in_code.html",
        reader.lang,
        &frame,
        &view,
        status,
    )?)
}

/// `POST /desk/sign-in/code`
pub(super) async fn code(
    State(state): State<AppState>,
    origin: Origin,
    reader: Reader,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let fields = Fields::read(&body)?;
    let next = inside(Some(fields.one("next")));
    let (pending, code) = (fields.one("pending"), fields.one("code"));
    let former = session_of(&headers, &state);
    let cases = state.desk_cases()?;
    let taken = cases.take_second_step(pending, code, origin.place(), former.as_ref());
    match taken.await {
        Ok(entered) => {
            let mut response = Redirect::to(next).into_response();
            let_in(&mut response, &state, &entered);
            Ok(response)
        }
        // The first step was too long ago: it begins anew.
        Err(error) if Refusal::of(&error) == Some(Refusal::Foreign) => {
            Ok(Redirect::to("/desk/sign-in?said=foreign").into_response())
        }
        Err(error) => match said(reader.lang, &error) {
            None => Err(error.into()),
            Some(why) => {
                let refused = Some((why, status_of(error.code())));
                ask_code(&state, &reader, pending, next, refused)
            }
        },
    }
}

/// `POST /desk/sign-out`
pub(super) async fn sign_out(
    State(state): State<AppState>,
    posted: form::Posted,
) -> Result<Response, Failure> {
    let desk = posted.desk;
    desk.cases.sign_out(&desk.account, &desk.token).await?;
    let mut response = Redirect::to("/desk/sign-in").into_response();
    let_out(&mut response, &state);
    Ok(response)
}
