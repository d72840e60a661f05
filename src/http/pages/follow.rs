//! How does a reader follow a page? By one tap when his address is known to be his, else by a mail that asks whether it is; and how it
//! ends, by one tap too.
//!
//! Whatever address is named, the page says the same, at the same speed: what is done for it is done after the answer.

use super::frame::Frame;
use super::question::number_of;
use super::reader::Reader;
use super::tap::{self, TapView};
use super::{addresses, messages, private, templates};
use crate::cases::{Cases, FollowTap, FormFault, NewFollow, Seen};
use crate::error::{Code, Error};
use crate::http::client::Client;
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading};
use crate::http::followed::seen_article;
use crate::http::form::Form;
use crate::http::lately::soon;
use crate::http::state::AppState;
use crate::http::visitor::Visitor;
use crate::mail::Page;
use crate::model::follow::{Follow, Subject};
use crate::model::{ArticleId, Audience, Email};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::SignedDuration;
use serde::Serialize;

/// What an article's or question's page offers.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FollowView {
    /// The form for an address.
    url: String,
    /// Where one tap goes.
    action: String,
    field: &'static str,
    value: String,
    /// Whether the address is known to be the reader's.
    known: bool,
    following: bool,
}

/// A subject by the field of a form that names it.
#[derive(Debug, Clone)]
pub(super) struct Named {
    field: &'static str,
    value: String,
}

impl Named {
    /// An article.
    pub(super) fn article(id: &ArticleId) -> Self {
        Self {
            field: "article",
            value: id.to_string(),
        }
    }

    /// A question, by its number.
    pub(super) fn question(number: i64) -> Self {
        Self {
            field: "question",
            value: number.to_string(),
        }
    }

    fn link(&self) -> String {
        format!("/follow?{}={}", self.field, addresses::encode(&self.value))
    }

    /// What it is, as this reader sees it.
    async fn found(&self, cases: &Cases, reading: &Reading) -> Result<(Subject, Seen), Failure> {
        let absent = || Error::not_found("there is nothing here to follow");
        if self.field == "question" {
            let number = number_of(&self.value)?;
            let found = cases.question_by_number(reading.viewer, number).await?;
            let question = found.ok_or_else(absent)?;
            let seen = cases.question_seen(question, reading.viewer).await?;
            return Ok((Subject::Question(question), seen.ok_or_else(absent)?));
        }
        let id = ArticleId::parse(&self.value).map_err(|_| absent())?;
        let seen = seen_article(&reading.engine, &id, reading.viewer);
        Ok((Subject::Article(id), seen.ok_or_else(absent)?))
    }
}

/// What a page offers to who reads it; `None` where nothing can be followed.
pub(super) async fn offer(
    state: &AppState,
    reader: &Reader,
    visitor: &Visitor,
    named: Named,
    subject: Option<&Subject>,
) -> Option<FollowView> {
    if !state.settings().follow.enabled {
        return None;
    }
    let email = proved(visitor);
    let following = match (email, subject, state.cases()) {
        (Some(email), Some(subject), Ok(cases)) => {
            let follows = soon(state, cases.followed_by(email))
                .await
                .unwrap_or_default();
            refresh(&cases, email, visitor.audience, &follows);
            let is_this =
                |follow: &Follow| follow.subject == *subject && follow.confirmed_at.is_some();
            follows.iter().any(is_this)
        }
        _ => false,
    };
    Some(FollowView {
        url: reader.link(&named.link()),
        action: reader.link("/follow"),
        known: email.is_some(),
        following,
        field: named.field,
        value: named.value,
    })
}

/// Notes what a follower may read now, where that is not what was known, or was known long ago.
fn refresh(cases: &Cases, email: &Email, audience: Audience, follows: &[Follow]) {
    let now = cases.now();
    let is_old = |follow: &Follow| {
        let age = now.duration_since(follow.known_at);
        follow.audience != audience || age > SignedDuration::from_hours(24)
    };
    if !follows.iter().any(is_old) {
        return;
    }
    let (cases, email) = (cases.clone(), email.clone());
    tokio::spawn(async move {
        if let Err(error) = cases.follower_may_read(&email, audience).await {
            tracing::warn!(%error, "what a follower may read could not be noted");
        }
    });
}

/// The address that is known to be the visitor's.
fn proved(visitor: &Visitor) -> Option<&Email> {
    visitor.customer.as_ref()?.email.as_ref()
}

#[derive(Debug, Default, Serialize)]
struct FollowPage {
    title: String,
    back: String,
    field: &'static str,
    value: String,
    stamp: String,
    email: String,
    fault: Option<&'static str>,
    /// Whether the form was sent.
    sent: bool,
    /// Whether the reader's address is known to be his.
    known: bool,
    action: String,
}

/// `GET /follow?article=…` or `?question=…`
pub(in crate::http) async fn follow(
    State(state): State<AppState>,
    reader: Reader,
    reading: Reading,
    visitor: Visitor,
    params: Params,
) -> Result<Response, Failure> {
    let mut params = params.leniently();
    let named = named(|field| params.one(field))?;
    let (_, seen) = named.found(&state.cases()?, &reading).await?;
    let view = FollowPage {
        known: proved(&visitor).is_some(),
        ..FollowPage::default()
    };
    show(&state, &reader, (&named, &seen), view, StatusCode::OK)
}

fn named(mut given: impl FnMut(&str) -> Option<String>) -> Result<Named, Failure> {
    let found = ["article", "question"]
        .into_iter()
        .find_map(|field| given(field).map(|value| Named { field, value }));
    found.ok_or_else(|| Error::not_found("there is nothing here to follow").into())
}

/// `POST /follow`: `stop` ends it for who is signed in.
pub(in crate::http) async fn send_follow(
    State(state): State<AppState>,
    Client(source): Client,
    reader: Reader,
    reading: Reading,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let given = |field: &str| Some(form.get(field).to_owned()).filter(|value| !value.is_empty());
    let named = named(given)?;
    let (subject, seen) = named.found(&cases, &reading).await?;
    let new = |email: Email, proved: bool| NewFollow {
        email,
        proved,
        lang: reader.lang,
        subject: subject.clone(),
        audience: reading.viewer,
        page: Page {
            title: seen.title.clone(),
            url: cases.public(&seen.path),
        },
        mark: seen.mark.clone(),
    };
    if let Some(email) = proved(&visitor) {
        match form.get("stop") {
            "" => cases.follow_page(new(email.clone(), true)).await?,
            _ => cases.unfollow(email, &subject).await?,
        }
        return Ok(private::see_other(
            &reader.link(&format!("{}#follow", seen.path)),
        ));
    }
    let mut view = FollowPage {
        email: form.get("email").chars().take(300).collect(),
        ..FollowPage::default()
    };
    view.fault = fault(&cases, &form);
    let email = Email::parse(form.get("email"));
    let (Ok(email), None) = (email, view.fault) else {
        view.fault = view.fault.or(Some("ask_email_wrong"));
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show(&state, &reader, (&named, &seen), view, status);
    };
    if cases.count_follow(source).await?.is_some() {
        let busy = Error::new(Code::RateLimited, "too many addresses were named");
        return Err(busy.help("try again in an hour").into());
    }
    let wanted = new(email, false);
    let after = cases.clone();
    tokio::spawn(async move {
        if let Err(error) = after.follow_page(wanted).await {
            tracing::error!(%error, "a follow could not be noted");
        }
    });
    let view = FollowPage {
        sent: true,
        ..FollowPage::default()
    };
    show(&state, &reader, (&named, &seen), view, StatusCode::OK)
}

/// What is wrong with the form, before the address is looked at.
fn fault(cases: &Cases, form: &Form) -> Option<&'static str> {
    if !form.get("website").is_empty() {
        return Some("ask_trap");
    }
    match cases.read_form(form.get("stamp")) {
        Ok(_) => None,
        Err(FormFault::TooSoon) => Some("ask_too_soon"),
        Err(FormFault::Expired | FormFault::Forged) => Some("ask_stale"),
    }
}

fn show(
    state: &AppState,
    reader: &Reader,
    (named, seen): (&Named, &Seen),
    view: FollowPage,
    status: StatusCode,
) -> Result<Response, Failure> {
    let view = FollowPage {
        title: seen.title.clone(),
        back: reader.link(&seen.path),
        field: named.field,
        value: named.value.clone(),
        stamp: state.cases()?.new_form()?.stamp,
        action: reader.link("/follow"),
        ..view
    };
    let mut frame = Frame::new(state, reader, messages::text(reader.lang, "follow_title"));
    frame.unlisted = true;
    let mut response = templates::page("follow.html", &frame, &view)?;
    *response.status_mut() = status;
    private::seal(&mut response);
    Ok(response)
}

/// `GET /follow/{word}/{signed}`: says what a tap will do.
pub(in crate::http) async fn follow_tap(
    State(state): State<AppState>,
    Path((word, signed)): Path<(String, String)>,
    reader: Reader,
) -> Result<Response, Failure> {
    let tap = state.cases()?.read_follow_tap(&word, &signed)?;
    let key = key_of(&tap);
    let text = |suffix: &str| messages::text(reader.lang, &format!("{key}{suffix}")).to_owned();
    let view = TapView {
        title: text(""),
        text: text("_text"),
        button: text("_button"),
        action: reader.link(&format!("/follow/{word}/{signed}")),
        ..TapView::default()
    };
    tap::show(&state, &reader, &view)
}

/// `POST /follow/{word}/{signed}`: does it. Mail programs send it by themselves for `stop` (RFC 8058).
pub(in crate::http) async fn follow_tapped(
    State(state): State<AppState>,
    Path((word, signed)): Path<(String, String)>,
    reader: Reader,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let tap = cases.read_follow_tap(&word, &signed)?;
    let done = cases.follow_tap(&tap).await?;
    let key = match (&tap, done) {
        // Who waited too long, or was erased, follows nothing; who stopped before has stopped.
        (FollowTap::Confirm(_), false) => "follow_gone".to_owned(),
        _ => format!("{}_done", key_of(&tap)),
    };
    let view = TapView {
        title: messages::text(reader.lang, &key).to_owned(),
        text: messages::text(reader.lang, &format!("{key}_text")).to_owned(),
        ..TapView::default()
    };
    tap::show(&state, &reader, &view)
}

fn key_of(tap: &FollowTap) -> &'static str {
    match tap {
        FollowTap::Confirm(_) => "follow_confirm",
        FollowTap::Stop(_) => "follow_stop",
        FollowTap::StopAll(_) => "follow_stop_all",
    }
}
