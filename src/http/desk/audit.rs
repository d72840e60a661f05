//! Who did what? The audit log with what narrows it, and as a file, for those who may read it.

use super::deeds::{NAMELESS, Row, actor_name, families, family_name, row};
use super::door::Desk;
use super::frame::{Frame, page_of};
use super::queue::Option_;
use super::refused::refused;
use super::words::Words;
use crate::cases::MAX_DEEDS;
use crate::error::Result;
use crate::http::error::Failure;
use crate::http::extract::Params;
use crate::http::pages::messages;
use crate::store::{DeedFilter, Noted};
use crate::text::csv_line;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

/// How many deeds a page has.
const SHOWN: u32 = 100;
/// The most deeds of a file.
const MAX_ROWS: u32 = 1_000_000;

#[derive(Debug, Serialize)]
struct AuditPage {
    deeds: Vec<Row>,
    asked: Asked,
    kinds: Vec<Option_>,
    /// Who may be asked for, to choose from.
    actors: Vec<Option_>,
    older: Option<String>,
    export: String,
}

/// What was asked for, as it was typed.
#[derive(Debug, Clone, Default, Serialize)]
struct Asked {
    actor: String,
    action: String,
    subject: String,
    since: String,
    until: String,
}

impl Asked {
    fn read(params: &mut Params) -> Self {
        let mut one = |name| params.one(name).unwrap_or_default().trim().to_owned();
        Self {
            actor: one("actor"),
            action: one("action"),
            subject: one("subject"),
            since: one("since"),
            until: one("until"),
        }
    }

    /// Days are those of the office; the last one is included.
    fn filter(&self, zone: &TimeZone, before_seq: Option<i64>) -> DeedFilter {
        let day = |text: &str| text.parse::<Date>().ok();
        let begin = |date: Date| -> Option<Timestamp> {
            Some(date.to_zoned(zone.clone()).ok()?.timestamp())
        };
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        DeedFilter {
            since: day(&self.since).and_then(begin),
            until: day(&self.until)
                .and_then(|date| date.checked_add(1.day()).ok())
                .and_then(begin),
            actor: given(&self.actor),
            action: given(&self.action),
            subject: given(&self.subject),
            before_seq,
        }
    }

    fn query(&self) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("actor", &self.actor),
            ("action", &self.action),
            ("subject", &self.subject),
            ("since", &self.since),
            ("until", &self.until),
        ] {
            if !value.is_empty() {
                pairs.append_pair(name, value);
            }
        }
        pairs.finish()
    }
}

/// `GET /desk/audit`
pub(super) async fn page(desk: Desk, params: Params) -> Result<Response, Failure> {
    let mut params = params.leniently();
    let asked = Asked::read(&mut params);
    let before = params.one("before").and_then(|text| text.parse().ok());
    let zone = desk.state.settings().service.hours.zone.clone();
    let filter = asked.filter(&zone, before);
    let found = desk.cases.audit(Some(&desk.account), &filter, SHOWN).await;
    let found = match found {
        Ok(found) => found,
        Err(error) => return refused(&desk, error),
    };
    let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
    let last = found.last().filter(|_| found.len() >= SHOWN as usize);
    let view = AuditPage {
        older: last.map(|last| format!("/desk/audit?{}&before={}", asked.query(), last.seq)),
        deeds: found.into_iter().map(|noted| row(noted, &words)).collect(),
        kinds: families()
            .into_iter()
            .map(|family| {
                let name = family_name(desk.lang, family);
                Option_::new(family, name, asked.action == family)
            })
            .collect(),
        actors: actors(&desk).await?,
        export: format!("/desk/audit.csv?{}", asked.query()),
        asked,
    };
    let frame = Frame::new(&desk, messages::text(desk.lang, "desk_audit"), "");
    Ok(page_of(
        &desk.state,
        "desk/audit.html",
        desk.lang,
        &frame,
        &view,
        StatusCode::OK,
    )?)
}

/// Accounts by name, and those who have none.
async fn actors(desk: &Desk) -> Result<Vec<Option_>> {
    let accounts = desk.cases.accounts().await?;
    let people = accounts
        .iter()
        .map(|account| Option_::new(&account.email, &account.name, false));
    let others = NAMELESS.map(|actor| Option_::new(actor, actor_name(desk.lang, actor), false));
    Ok(people.chain(others).collect())
}

/// `GET /desk/audit.csv`
pub(super) async fn export(desk: Desk, params: Params) -> Result<Response, Failure> {
    if let Err(error) = desk.cases.note_audit_export(Some(&desk.account)).await {
        return refused(&desk, error);
    }
    let mut params = params.leniently();
    let zone = desk.state.settings().service.hours.zone.clone();
    let filter = Asked::read(&mut params).filter(&zone, None);
    let titles = ["seq", "at", "actor", "action", "subject", "details", "hash"];
    // The mark tells spreadsheets that this is UTF-8.
    let head = format!("\u{feff}{}", csv_line(titles.map(str::to_owned)));
    let begin = (desk, Some(filter), 0_u32, Some(head));
    let stream = futures_util::stream::try_unfold(begin, |(desk, filter, rows, head)| async move {
        if let Some(head) = head {
            return Ok(Some((head, (desk, filter, rows, None))));
        }
        let Some(filter) = filter.filter(|_| rows < MAX_ROWS) else {
            return Ok(None);
        };
        let found = desk
            .cases
            .audit(Some(&desk.account), &filter, MAX_DEEDS)
            .await?;
        let lines: String = found.iter().map(|noted| csv_line(fields(noted))).collect();
        let last = found.last().map(|noted| noted.seq);
        // Those from before deeds were numbered come last, and together.
        let whole = found.len() >= MAX_DEEDS as usize && last != Some(0);
        let following = whole.then_some(DeedFilter {
            before_seq: last,
            ..filter
        });
        let rows = rows.saturating_add(MAX_DEEDS);
        Ok::<_, crate::error::Error>(Some((lines, (desk, following, rows, None))))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"audit.csv\"",
        ),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

fn fields(noted: &Noted) -> [String; 7] {
    [
        noted.seq.to_string(),
        noted.deed.at.to_string(),
        noted.deed.actor.clone(),
        noted.deed.action.clone(),
        noted.deed.subject.clone(),
        noted.deed.details.clone(),
        noted.hash.clone(),
    ]
}
