//! Where is my link? Sent again to the address that asked: the page says the same whether there is a case or not.

use super::frame::Frame;
use super::reader::Reader;
use super::{messages, private, templates};
use crate::error::{Code, Error};
use crate::http::client::Client;
use crate::http::error::Failure;
use crate::http::form::Form;
use crate::http::state::AppState;
use crate::model::Email;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

#[derive(Debug, Default, Serialize)]
struct ResendView {
    email: String,
    fault: Option<&'static str>,
    sent: bool,
    action: String,
}

/// `GET /case/resend`
pub(in crate::http) async fn resend(
    State(state): State<AppState>,
    reader: Reader,
) -> Result<Response, Failure> {
    show(&state, &reader, ResendView::default(), StatusCode::OK)
}

/// `POST /case/resend`: what is done for the address is done after the answer, so that neither words nor time tell of it.
pub(in crate::http) async fn send_again(
    State(state): State<AppState>,
    Client(source): Client,
    reader: Reader,
    form: Form,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    if cases.count_resend(source).await?.is_some() {
        let busy = Error::new(Code::RateLimited, "too many links were asked for");
        return Err(busy.help("try again in an hour").into());
    }
    let typed = form.get("email");
    let Ok(email) = Email::parse(typed) else {
        let view = ResendView {
            email: typed.chars().take(300).collect(),
            fault: Some("ask_email_wrong"),
            ..ResendView::default()
        };
        return show(&state, &reader, view, StatusCode::UNPROCESSABLE_ENTITY);
    };
    tokio::spawn(async move {
        if let Err(error) = cases.resend(&email).await {
            tracing::error!(%error, "links could not be sent again");
        }
    });
    let view = ResendView {
        sent: true,
        ..ResendView::default()
    };
    show(&state, &reader, view, StatusCode::OK)
}

fn show(
    state: &AppState,
    reader: &Reader,
    mut view: ResendView,
    status: StatusCode,
) -> Result<Response, Failure> {
    view.action = reader.link("/case/resend");
    let mut frame = Frame::new(state, reader, messages::text(reader.lang, "resend_title"));
    frame.unlisted = true;
    let mut response = templates::page("resend.html", &frame, &view)?;
    *response.status_mut() = status;
    private::seal(&mut response);
    Ok(response)
}
