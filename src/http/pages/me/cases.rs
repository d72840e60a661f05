//! Which questions did I ask? All cases of the visitor's own mail address, each with the link to it.

use super::known;
use crate::error::Error;
use crate::http::error::Failure;
use crate::http::pages::reader::Reader;
use crate::http::pages::{addresses, messages, private};
use crate::http::state::AppState;
use crate::http::visitor::Visitor;
use crate::model::case::{Case, State as CaseState};
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;

/// How many that are not over yet stand on other pages.
const UNFINISHED: usize = 3;

/// The section.
#[derive(Debug, Serialize)]
pub(super) struct CasesView {
    cases: Vec<CaseLine>,
    /// Whether there is an address to look for at all.
    has_email: bool,
    ask: String,
}

/// One case in a list.
#[derive(Debug, Serialize)]
pub(in crate::http::pages) struct CaseLine {
    number: String,
    subject: String,
    state: String,
    state_word: &'static str,
    opened: String,
    action: String,
}

/// What is shown to this visitor.
pub(super) async fn section(
    state: &AppState,
    reader: &Reader,
    visitor: &Visitor,
) -> Result<CasesView, Failure> {
    let cases = own(state, visitor).await?;
    Ok(CasesView {
        cases: cases.iter().map(|case| line(state, reader, case)).collect(),
        has_email: visitor.person().is_some(),
        ask: reader.link("/ask"),
    })
}

/// The latest of his cases that are not over yet, for a page that is about something else: none while the store cannot be asked.
pub(in crate::http::pages) async fn unfinished(
    state: &AppState,
    reader: &Reader,
    visitor: &Visitor,
) -> Vec<CaseLine> {
    let cases = own(state, visitor).await.unwrap_or_default();
    let open = cases.iter().filter(|case| case.state != CaseState::Closed);
    open.take(UNFINISHED)
        .map(|case| line(state, reader, case))
        .collect()
}

async fn own(state: &AppState, visitor: &Visitor) -> Result<Vec<Case>, Failure> {
    match visitor.person() {
        Some(person) => Ok(state.cases()?.own_cases(person).await?),
        None => Ok(Vec::new()),
    }
}

fn line(state: &AppState, reader: &Reader, case: &Case) -> CaseLine {
    let number = case.number.to_string();
    let zone = state.settings().service.hours.zone.clone();
    CaseLine {
        subject: case.subject.clone(),
        state: messages::text(reader.lang, &format!("case_state_{}", case.state)).to_owned(),
        state_word: case.state.as_str(),
        opened: case.opened_at.to_zoned(zone).date().to_string(),
        action: reader.link(&format!("/me/cases/{}", addresses::encode(&number))),
        number,
    }
}

/// `POST /me/cases/{number}`: leads to a case by a new link to it.
pub(in crate::http) async fn open(
    State(state): State<AppState>,
    Path(number): Path<String>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let customer = known(&visitor)?;
    let absent = || Error::not_found("there is no such case");
    let person = customer.person.ok_or_else(absent)?;
    let token = state.cases()?.open_own(person, &number).await?;
    let address = reader.link(&format!("/case/{}", token.reveal()));
    Ok(private::see_other(&address))
}
