//! What do the links of letters open? A first account, or a new password; each once.

use super::door::{Origin, let_in, said, session_of};
use super::form::Fields;
use super::frame::{Bare, page_of};
use super::refused::status_of;
use crate::cases::Refusal;
use crate::error::{Code, Error, Result};
use crate::http::error::Failure;
use crate::http::pages::messages;
use crate::http::pages::reader::Reader;
use crate::http::state::AppState;
use crate::model::{Email, PersonName, Token};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

/// A page with one form, for who is not signed in.
#[derive(Debug, Default, Serialize)]
struct LetterView<'a> {
    /// `invitation`, `new_password`, `forgot`, `gone` or `sent`.
    kind: &'a str,
    /// What the page says first.
    lead: String,
    action: &'a str,
    email: &'a str,
    name: &'a str,
    error: Option<&'a str>,
}

fn show(
    state: &AppState,
    reader: &Reader,
    mut view: LetterView<'_>,
    status: StatusCode,
) -> Result<Response, Failure> {
    let text = |key: String| messages::text(reader.lang, &key).to_owned();
    view.lead = text(format!("desk_letter_{}_lead", view.kind));
    let frame = Bare::new(state, reader, &text(format!("desk_letter_{}", view.kind)));
    let mut response = page_of(
        state,
        "desk/letter.html",
        reader.lang,
        &frame,
        &view,
        status,
    )?;
    // The address of this page opens something: it is told to nobody.
    response.headers_mut().insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    Ok(response)
}

/// The page for a link that opens nothing, whatever is wrong with it. Who tries many has to wait.
async fn gone(state: &AppState, reader: &Reader, origin: &Origin) -> Result<Response, Failure> {
    let cases = state.desk_cases()?;
    if cases.count_guess(origin.source()).await?.is_some() {
        return Err(Error::new(Code::RateLimited, "too many links were tried").into());
    }
    let view = LetterView {
        kind: "gone",
        ..LetterView::default()
    };
    show(state, reader, view, StatusCode::NOT_FOUND)
}

fn is_gone(error: &Error) -> bool {
    Refusal::of(error) == Some(Refusal::LinkGone)
}

/// What a link says; what is no secret opens as little as one that has ended.
fn read(link: &str) -> Result<Token> {
    Token::parse(link).ok_or_else(|| Refusal::LinkGone.into())
}

/// `GET /desk/invitation/{link}`
pub(super) async fn invitation(
    State(state): State<AppState>,
    reader: Reader,
    origin: Origin,
    Path(link): Path<String>,
) -> Result<Response, Failure> {
    let found = async { state.desk_cases()?.invitation(&read(&link)?).await }.await;
    match found {
        Ok(invitation) => {
            let view = LetterView {
                kind: "invitation",
                action: &format!("/desk/invitation/{link}"),
                email: invitation.email.as_str(),
                name: invitation.name.as_str(),
                error: None,
                ..LetterView::default()
            };
            show(&state, &reader, view, StatusCode::OK)
        }
        Err(error) if is_gone(&error) => gone(&state, &reader, &origin).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /desk/invitation/{link}`
pub(super) async fn accept(
    State(state): State<AppState>,
    reader: Reader,
    origin: Origin,
    Path(link): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let fields = Fields::read(&body)?;
    let former = session_of(&headers, &state);
    let cases = state.desk_cases()?;
    let accepted = async {
        let name =
            PersonName::parse(fields.one("name")).map_err(|_| Error::from(Refusal::Empty))?;
        let token = read(&link)?;
        let password = fields.one("password");
        cases
            .accept_invitation(&token, name, password, origin.place(), former.as_ref())
            .await
    };
    match accepted.await {
        Ok(entered) => {
            let mut response = Redirect::to("/desk").into_response();
            let_in(&mut response, &state, &entered);
            Ok(response)
        }
        Err(error) if is_gone(&error) => gone(&state, &reader, &origin).await,
        Err(error) => {
            let (Some(why), Ok(known)) = (
                said(reader.lang, &error),
                cases.invitation(&read(&link)?).await,
            ) else {
                return Err(error.into());
            };
            let view = LetterView {
                kind: "invitation",
                action: &format!("/desk/invitation/{link}"),
                email: known.email.as_str(),
                name: fields.one("name"),
                error: Some(why),
                ..LetterView::default()
            };
            show(&state, &reader, view, status_of(error.code()))
        }
    }
}

/// `GET /desk/forgot`
pub(super) async fn forgot(
    State(state): State<AppState>,
    reader: Reader,
) -> Result<Response, Failure> {
    let view = LetterView {
        kind: "forgot",
        action: "/desk/forgot",
        ..LetterView::default()
    };
    show(&state, &reader, view, StatusCode::OK)
}

/// `POST /desk/forgot`: what is done for the address is done after the answer, so that neither words nor time tell of it.
pub(super) async fn send_link(
    State(state): State<AppState>,
    reader: Reader,
    origin: Origin,
    body: Bytes,
) -> Result<Response, Failure> {
    let fields = Fields::read(&body)?;
    let cases = state.desk_cases()?;
    if let Some(busy) = cases.count_forgot(origin.source()).await? {
        let error = Error::new(Code::RateLimited, "too many links were asked for");
        let error = error.help("try again later, or ask an administrator");
        let mut response = Failure::from(error).into_response();
        if let Ok(value) = HeaderValue::from_str(&busy.retry_after_s.to_string()) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        return Ok(response);
    }
    // What is no address is answered as any other: there is nothing to be learned here.
    if let Ok(email) = Email::parse(fields.one("email")) {
        tokio::spawn(async move {
            if let Err(error) = cases.forgot_password(&email).await {
                tracing::error!(%error, "a link for a new password could not be sent");
            }
        });
    }
    let view = LetterView {
        kind: "sent",
        ..LetterView::default()
    };
    show(&state, &reader, view, StatusCode::OK)
}

/// `GET /desk/new-password/{link}`
pub(super) async fn new_password(
    State(state): State<AppState>,
    reader: Reader,
    origin: Origin,
    Path(link): Path<String>,
) -> Result<Response, Failure> {
    ask_password(&state, &reader, &origin, &link, None).await
}

async fn ask_password(
    state: &AppState,
    reader: &Reader,
    origin: &Origin,
    link: &str,
    refused: Option<(&str, StatusCode)>,
) -> Result<Response, Failure> {
    let found = async { state.desk_cases()?.password_link(&read(link)?).await }.await;
    match found {
        Ok(account) => {
            let view = LetterView {
                kind: "new_password",
                action: &format!("/desk/new-password/{link}"),
                email: account.email.as_str(),
                name: "",
                error: refused.map(|(why, _)| why),
                ..LetterView::default()
            };
            let status = refused.map_or(StatusCode::OK, |(_, status)| status);
            show(state, reader, view, status)
        }
        Err(error) if is_gone(&error) => gone(state, reader, origin).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /desk/new-password/{link}`
pub(super) async fn set_password(
    State(state): State<AppState>,
    reader: Reader,
    origin: Origin,
    Path(link): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let fields = Fields::read(&body)?;
    let cases = state.desk_cases()?;
    let set = async {
        cases
            .reset_password(&read(&link)?, fields.one("password"))
            .await
    };
    match set.await {
        Ok(()) => Ok(Redirect::to("/desk/sign-in?said=password").into_response()),
        Err(error) if is_gone(&error) => gone(&state, &reader, &origin).await,
        Err(error) => match said(reader.lang, &error) {
            None => Err(error.into()),
            Some(why) => {
                let refused = Some((why, status_of(error.code())));
                ask_password(&state, &reader, &origin, &link, refused).await
            }
        },
    }
}
