//! How does a page hear what changes? By server-sent events, or by asking now and then: both say the same.

use super::act::reads;
use super::case::number_of;
use super::door::Desk;
use super::words::Words;
use crate::cases::{Counts, Heard};
use crate::error::{Code, Error, Result};
use crate::http::error::Failure;
use crate::http::extract::Params;
use crate::model::CaseId;
use crate::model::case::Role;
use axum::Json;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use tokio::time::Instant;

/// How often a silent page is told that the line stands.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// How often it is looked whether the session still is one.
const CHECK_SESSION: Duration = Duration::from_secs(30);

/// What a live page shows.
#[derive(Debug, Serialize)]
struct Pulse {
    /// How many cases wait, by queue.
    counts: BTreeMap<String, u32>,
    /// How many most urgent cases nobody has.
    urgent: u32,
    /// The case of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<CasePulse>,
}

#[derive(Debug, Serialize)]
struct CasePulse {
    events: i64,
    version: i64,
    /// Who else is here, in words.
    here: Vec<String>,
}

fn counts_of(desk: &Desk, counts: &Counts) -> BTreeMap<String, u32> {
    let own = counts
        .by_assignee
        .get(&desk.account.id)
        .copied()
        .unwrap_or(0);
    let plain = [
        ("mine", own),
        ("unassigned", counts.unassigned),
        ("due", counts.late),
        ("open", counts.open),
        ("waiting", counts.waiting),
    ];
    let plain = plain
        .into_iter()
        .map(|(word, count)| (word.to_owned(), count));
    plain
        .chain(
            counts
                .by_group
                .iter()
                .map(|(group, count)| (format!("group:{group}"), *count)),
        )
        .collect()
}

async fn pulse_of(desk: &Desk, case: Option<CaseId>) -> Result<Pulse> {
    let counts = desk.cases.live().counts();
    let case = match case {
        Some(id) => Some(case_pulse(desk, id).await?),
        None => None,
    };
    Ok(Pulse {
        counts: counts_of(desk, &counts),
        urgent: counts.urgent,
        case,
    })
}

async fn case_pulse(desk: &Desk, id: CaseId) -> Result<CasePulse> {
    let (events, version) = desk.cases.pulse(&desk.account, id).await?;
    let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
    let here = desk.cases.others_here(&desk.account, id).await?;
    let here = here.iter().map(|here| {
        let name = if here.role == Role::Requester {
            words.text("desk_customer")
        } else {
            &here.name
        };
        words.fill(
            if here.writing {
                "desk_writes"
            } else {
                "desk_looks"
            },
            &[("name", name)],
        )
    });
    Ok(CasePulse {
        events,
        version,
        here: here.collect(),
    })
}

async fn case_of(desk: &Desk, mut params: Params) -> Result<Option<CaseId>, Failure> {
    let number = params.one("case");
    params.finish()?;
    reads(desk)?;
    match number {
        Some(number) => Ok(Some(
            desk.cases
                .case_at_desk(&desk.account, &number_of(&number)?)
                .await?
                .id,
        )),
        None => Ok(None),
    }
}

/// `GET /desk/pulse?case=…`
pub(super) async fn pulse(desk: Desk, params: Params) -> Result<Response, Failure> {
    let case = case_of(&desk, params).await?;
    Ok(Json(pulse_of(&desk, case).await?).into_response())
}

/// What one live page holds.
struct Page {
    desk: Desk,
    case: Option<CaseId>,
    heard: broadcast::Receiver<Heard>,
    counted: watch::Receiver<Arc<Counts>>,
    checked: Instant,
    fresh: bool,
    ending: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

/// `GET /desk/live?case=…`
pub(super) async fn events(desk: Desk, params: Params) -> Result<Response, Failure> {
    let case = case_of(&desk, params).await?;
    let full = || {
        Error::new(Code::Unavailable, "too many pages are live")
            .help("this page asks now and then instead")
    };
    let place = Arc::clone(desk.state.streams())
        .try_acquire_owned()
        .map_err(|_| full())?;
    let live = desk.cases.live();
    let page = Page {
        case,
        heard: live.listen(),
        counted: live.counted(),
        checked: Instant::now(),
        fresh: true,
        ending: desk.state.ending(),
        _place: place,
        desk,
    };
    let events = stream::unfold(page, |mut page| async move {
        let pulse = page.next().await?;
        Some((Event::default().event("pulse").json_data(pulse), page))
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(events).keep_alive(keep_alive).into_response())
}

impl Page {
    /// The next pulse, when something changed that this page shows; `None` ends it.
    async fn next(&mut self) -> Option<Pulse> {
        if !std::mem::take(&mut self.fresh) {
            while !self.changed().await? {}
        }
        pulse_of(&self.desk, self.case).await.ok()
    }

    /// Waits for a change: whether it is one of this page's. `None`: the session is over, or the program ends.
    async fn changed(&mut self) -> Option<bool> {
        let check = self.checked + CHECK_SESSION;
        tokio::select! {
            heard = self.heard.recv() => match heard {
                Ok(Heard::Case(case) | Heard::Presence(case)) => Some(self.case == Some(case)),
                Ok(Heard::All) | Err(broadcast::error::RecvError::Lagged(_)) => Some(true),
                Ok(Heard::Question | Heard::Account) => self.is_signed_in().await,
                Err(broadcast::error::RecvError::Closed) => None,
            },
            counted = self.counted.changed() => counted.ok().map(|()| true),
            _ = self.ending.changed() => None,
            () = tokio::time::sleep_until(check) => self.is_signed_in().await,
        }
    }

    async fn is_signed_in(&mut self) -> Option<bool> {
        self.checked = Instant::now();
        let present = self
            .desk
            .cases
            .signed_in(&self.desk.token)
            .await
            .ok()
            .flatten()?;
        self.desk.account = present.account;
        Some(false)
    }
}
