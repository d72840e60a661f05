//! Which questions did I ask? All cases of the visitor's own mail address, each with the link to it.

use super::known;
use crate::error::Error;
use crate::http::error::Failure;
use crate::http::pages::reader::Reader;
use crate::http::pages::{addresses, messages, private};
use crate::http::state::AppState;
use crate::http::visitor::Visitor;
use crate::model::case::Case;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;

/// The section.
#[derive(Debug, Serialize)]
pub(super) struct CasesView {
    cases: Vec<CaseLine>,
    /// Whether there is an address to look for at all.
    has_email: bool,
    ask: String,
}

#[derive(Debug, Serialize)]
struct CaseLine {
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
    let cases = match visitor.person() {
        Some(person) => state.cases()?.own_cases(person).await?,
        None => Vec::new(),
    };
    let zone = &state.settings().service.hours.zone;
    let line = |case: &Case| {
        let number = case.number.to_string();
        CaseLine {
            subject: case.subject.clone(),
            state: messages::text(reader.lang, &format!("case_state_{}", case.state)).to_owned(),
            state_word: case.state.as_str(),
            opened: case.opened_at.to_zoned(zone.clone()).date().to_string(),
            action: reader.link(&format!("/me/cases/{}", addresses::encode(&number))),
            number,
        }
    };
    Ok(CasesView {
        cases: cases.iter().map(line).collect(),
        has_email: visitor.person().is_some(),
        ask: reader.link("/ask"),
    })
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
