//! What has changed since? A stream that says when to look again, and the same for who asks from time to time.

use super::case_page::{open, read_token};
use super::case_view::mark;
use super::private;
use crate::cases::{Cases, Heard};
use crate::error::{Code, Error, Result};
use crate::http::client::Client;
use crate::http::error::Failure;
use crate::http::form::Form;
use crate::http::state::AppState;
use crate::http::streams::Place;
use crate::model::CaseId;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, unfold};
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

/// How often something is sent although nothing changed, so that neither end takes the other for gone.
const BEAT: Duration = Duration::from_secs(20);
/// How long changes of one moment are gathered.
const GATHER: Duration = Duration::from_millis(150);
/// How long one stream lasts; the page opens the next by itself.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Where a case stands, for a page that asks whether it is out of date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::http) struct Standing {
    /// Changes with everything that the page shows.
    mark: String,
    /// Where the case stands.
    state: &'static str,
    /// Who of the desk is writing.
    writing: Option<String>,
}

/// `GET /case/{token}/now`: for browsers that cannot keep a stream.
pub(in crate::http) async fn now(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let case = open(&cases, &read_token(&token)?, source).await?;
    let mut response = Json(standing(&cases, case.id).await?).into_response();
    private::seal(&mut response);
    Ok(response)
}

/// `GET /case/{token}/events`: a line for each change.
pub(in crate::http) async fn events(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let case = open(&cases, &read_token(&token)?, source).await?;
    let place = state.followers().enter(case.id).ok_or_else(|| {
        Error::new(Code::Unavailable, "there are too many live pages")
            .help("this page asks from time to time instead")
    })?;
    let live = Live {
        heard: cases.live().listen(),
        ending: state.ending(),
        cases,
        case: case.id,
        known: None,
        until: Instant::now() + LONGEST,
        _place: place,
    };
    let mut response = Sse::new(changes(live)).into_response();
    private::seal(&mut response);
    Ok(response)
}

/// `POST /case/{token}/presence`: the requester has the page open, and writes or not.
pub(in crate::http) async fn presence(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
    form: Form,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let case = open(&cases, &read_token(&token)?, source).await?;
    if cases.limits().visit(source, cases.now()).is_ok() {
        cases
            .requester_is_here(case.id, form.get("writing") == "1")
            .await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    private::seal(&mut response);
    Ok(response)
}

struct Live {
    cases: Cases,
    case: CaseId,
    heard: broadcast::Receiver<Heard>,
    ending: watch::Receiver<bool>,
    known: Option<Standing>,
    until: Instant,
    _place: Place,
}

fn changes(live: Live) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(live, |mut live| async move {
        let event = live.next().await?;
        Some((Ok(event), live))
    })
}

impl Live {
    /// The next line to send; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        let beat = Instant::now() + BEAT;
        loop {
            if *self.ending.borrow() || Instant::now() >= self.until {
                return None;
            }
            let standing = standing(&self.cases, self.case).await.ok();
            if standing.is_some() && standing != self.known {
                self.known.clone_from(&standing);
                return Event::default().event("changed").json_data(&standing).ok();
            }
            loop {
                tokio::select! {
                    heard = self.heard.recv() => match heard {
                        Ok(heard) if !concerns(&heard, self.case) => {}
                        Err(RecvError::Closed) => return None,
                        // Who was too slow looks, whatever it missed.
                        Ok(_) | Err(RecvError::Lagged(_)) => break,
                    },
                    _ = self.ending.changed() => return None,
                    () = tokio::time::sleep_until(beat) => return Some(Event::default().comment("")),
                }
            }
            tokio::time::sleep(GATHER).await;
        }
    }
}

/// Whether it may change what the page of a case shows.
fn concerns(heard: &Heard, case: CaseId) -> bool {
    match heard {
        Heard::Case(id) | Heard::Presence(id) => *id == case,
        Heard::All => true,
        Heard::Question | Heard::Account => false,
    }
}

async fn standing(cases: &Cases, id: CaseId) -> Result<Standing> {
    let shown = cases.glance(id).await?;
    Ok(Standing {
        mark: mark(&shown.case, &shown.present),
        state: shown.case.state.as_str(),
        writing: shown
            .present
            .iter()
            .find(|who| who.writing)
            .map(|who| who.name.clone()),
    })
}
