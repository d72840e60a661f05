//! Where is somebody signed in? His own sessions, and, for those who manage accounts, others'.

use super::door::Desk;
use super::form::Posted;
use super::frame::{Frame, page_of};
use super::refused::{back, refused};
use super::words::{Moment, Words};
use crate::cases::{OwnSession, Refusal};
use crate::error::Result;
use crate::http::error::Failure;
use crate::http::pages::messages;
use crate::model::AccountId;
use crate::model::account::Way;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

/// A session as a page shows it.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    name: String,
    own: bool,
    browser: String,
    network: String,
    way: String,
    begun: Moment,
    seen: Moment,
}

#[derive(Debug, Serialize)]
struct SessionsPage {
    id: String,
    name: String,
    email: String,
    sessions: Vec<Row>,
    second_step: bool,
}

/// The sessions of an account, in the reader's language.
pub(super) async fn rows(desk: &Desk, account: AccountId) -> Result<Vec<Row>> {
    let own = Some(desk.token.hash());
    let sessions = desk.cases.sessions(Some(&desk.account), account, own);
    let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
    Ok(sessions
        .await?
        .into_iter()
        .map(|s| row(s, &words))
        .collect())
}

fn row(one: OwnSession, words: &Words<'_>) -> Row {
    let unknown = words.text("desk_session_unknown").to_owned();
    Row {
        name: one.name,
        own: one.own,
        browser: match one.session.browser {
            browser if browser.is_empty() => unknown,
            browser => browser,
        },
        network: one.session.network,
        way: words
            .text(match one.session.way {
                Way::Password => "desk_way_password",
                Way::TwoSteps => "desk_way_two_steps",
                Way::Provider => "desk_way_provider",
            })
            .to_owned(),
        begun: words.moment(one.session.created_at),
        seen: words.moment(one.session.seen_at),
    }
}

/// `POST /desk/me/sessions`: ends one of one's own, or all but the one that asks.
pub(super) async fn end_own(Posted { desk, fields, .. }: Posted) -> Result<Response, Failure> {
    let name = fields.given("session");
    let (own, kept) = (desk.account.id, Some(desk.token.hash()));
    end(&desk, own, name, kept, "/desk/me").await
}

/// `GET /desk/accounts/{id}/sessions`
pub(super) async fn page(Path(id): Path<String>, desk: Desk) -> Result<Response, Failure> {
    let Ok(id) = AccountId::parse(&id) else {
        return refused(&desk, Refusal::NoAccount.into());
    };
    let sessions = match rows(&desk, id).await {
        Ok(sessions) => sessions,
        Err(error) => return refused(&desk, error),
    };
    let accounts = desk.cases.accounts().await?;
    let Some(account) = accounts.into_iter().find(|account| account.id == id) else {
        return refused(&desk, Refusal::NoAccount.into());
    };
    let view = SessionsPage {
        id: id.to_string(),
        name: account.name.to_string(),
        email: account.email.to_string(),
        sessions,
        second_step: desk.cases.second_step(id).await?.on,
    };
    let frame = Frame::new(&desk, messages::text(desk.lang, "desk_sessions"), "");
    Ok(page_of(
        &desk.state,
        "desk/sessions.html",
        desk.lang,
        &frame,
        &view,
        StatusCode::OK,
    )?)
}

/// `POST /desk/accounts/{id}/sessions`
pub(super) async fn end_of(
    Path(id): Path<String>,
    Posted { desk, fields, .. }: Posted,
) -> Result<Response, Failure> {
    let Ok(id) = AccountId::parse(&id) else {
        return refused(&desk, Refusal::NoAccount.into());
    };
    let kept = (id == desk.account.id).then(|| desk.token.hash());
    let to = format!("/desk/accounts/{id}/sessions");
    end(&desk, id, fields.given("session"), kept, &to).await
}

async fn end(
    desk: &Desk,
    account: AccountId,
    name: Option<&str>,
    kept: Option<crate::model::TokenHash>,
    to: &str,
) -> Result<Response, Failure> {
    let by = Some(&desk.account);
    match desk.cases.end_sessions(by, account, name, kept).await {
        Ok(ended) => {
            let count = ended.to_string();
            let text = messages::fill(desk.lang, "desk_sessions_ended", &[("n", &count)]);
            desk.say(text, false, &[]);
            Ok(Redirect::to(to).into_response())
        }
        Err(error) => back(desk, to, error),
    }
}

/// `POST /desk/accounts/{id}/second-step`: removes a second step whose owner has lost it.
pub(super) async fn reset_second_step(
    Path(id): Path<String>,
    Posted { desk, .. }: Posted,
) -> Result<Response, Failure> {
    let Ok(id) = AccountId::parse(&id) else {
        return refused(&desk, Refusal::NoAccount.into());
    };
    let to = format!("/desk/accounts/{id}/sessions");
    match desk.cases.reset_second_step(Some(&desk.account), id).await {
        Ok(_) => {
            let text = messages::text(desk.lang, "desk_second_step_reset_done");
            desk.say(text.to_owned(), false, &[]);
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => back(&desk, &to, error),
    }
}
