//! What did not get out? Mails and web hooks that were given up, or still wait, for those who manage the desk.

use super::door::Desk;
use super::form::Posted;
use super::frame::{Frame, page_of};
use super::refused::{back, refused};
use super::words::{Moment, Words};
use crate::cases::{Act, Refusal, may, receiver};
use crate::http::error::Failure;
use crate::http::pages::messages;
use crate::model::OutboxId;
use crate::model::outbox::{Delivery, Entry};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

const PAGE: &str = "/desk/outbox";

#[derive(Debug, Serialize)]
struct OutboxPage {
    dead: Vec<Row>,
    waiting: Vec<Row>,
    dead_count: u32,
    waiting_count: u32,
}

#[derive(Debug, Serialize)]
struct Row {
    id: String,
    channel: String,
    to: String,
    why: String,
    tried: String,
    at: Moment,
    again: Option<Moment>,
    /// Whether its text is still there.
    whole: bool,
}

/// `GET /desk/outbox`
pub(super) async fn page(desk: Desk) -> Result<Response, Failure> {
    if !may(desk.account.role, Act::ManageOutbox) {
        return refused(&desk, Refusal::Role.into());
    }
    let letters = desk.cases.letters(&desk.account).await?;
    let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
    let count = |delivery: Delivery| {
        let counts = letters.counts.iter();
        counts
            .filter(|count| count.delivery == delivery)
            .map(|count| count.count)
            .sum()
    };
    let rows = |entries: &[Entry]| entries.iter().map(|entry| row(entry, &words)).collect();
    let view = OutboxPage {
        dead: rows(&letters.dead),
        waiting: rows(&letters.waiting),
        dead_count: count(Delivery::Dead),
        waiting_count: count(Delivery::Pending),
    };
    let frame = Frame::new(&desk, messages::text(desk.lang, "desk_outbox"), "");
    Ok(page_of(
        &desk.state,
        "desk/outbox.html",
        desk.lang,
        &frame,
        &view,
        StatusCode::OK,
    )?)
}

fn row(entry: &Entry, words: &Words<'_>) -> Row {
    let channel = format!("desk_outbox_{}", entry.what.channel);
    let tried = entry.attempts.to_string();
    Row {
        id: entry.what.id.to_string(),
        channel: words.text(&channel).to_owned(),
        to: receiver(entry),
        why: entry.last_error.clone(),
        tried: words.fill("desk_outbox_tried", &[("n", &tried)]),
        at: words.moment(entry.what.created_at),
        again: (entry.delivery == Delivery::Pending).then(|| words.moment(entry.what.due_at)),
        whole: !entry.what.payload.is_empty(),
    }
}

/// `POST /desk/outbox/retry`
pub(super) async fn retry_all(Posted { desk, .. }: Posted) -> Result<Response, Failure> {
    retry(&desk, None).await
}

/// `POST /desk/outbox/{id}/retry`
pub(super) async fn retry_one(
    Path(id): Path<String>,
    Posted { desk, .. }: Posted,
) -> Result<Response, Failure> {
    match OutboxId::parse(&id) {
        Ok(id) => retry(&desk, Some(id)).await,
        Err(_) => Ok(Redirect::to(PAGE).into_response()),
    }
}

async fn retry(desk: &Desk, id: Option<OutboxId>) -> Result<Response, Failure> {
    match desk.cases.retry_letters(Some(&desk.account), id).await {
        Ok(count) => {
            let count = count.to_string();
            let said = messages::fill(desk.lang, "desk_outbox_again", &[("n", &count)]);
            desk.say(said, false, &[]);
            Ok(Redirect::to(PAGE).into_response())
        }
        Err(error) => back(desk, PAGE, error),
    }
}
