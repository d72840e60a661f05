//! How are many cases changed at once? From a list, with a way back.

use super::door::Desk;
use super::form::{Fields, Posted};
use super::refused::back;
use crate::cases::{Bulk, Change, Inverse, MAX_AT_ONCE, Refusal};
use crate::error::{Error, Result};
use crate::http::error::Failure;
use crate::http::pages::messages;
use crate::model::case::Priority;
use crate::model::{AccountId, CaseId, Slug};
use axum::response::{IntoResponse, Redirect, Response};

/// `POST /desk/bulk`
pub(super) async fn change(Posted { desk, fields, .. }: Posted) -> Result<Response, Failure> {
    let to = back_to(&fields);
    let cases: Vec<CaseId> = fields
        .all("case")
        .filter_map(|id| CaseId::parse(id).ok())
        .take(MAX_AT_ONCE + 1)
        .collect();
    let done = match wanted(&fields, &desk) {
        Ok(_) if cases.is_empty() => Err(Refusal::NoCase.into()),
        Ok(change) => desk.cases.change_many(&desk.account, &cases, &change).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(bulk) => {
            say(&desk, "desk_bulk_done", &bulk, &bulk.done);
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) if Refusal::of(&error) == Some(Refusal::NoCase) => {
            desk.say(
                messages::text(desk.lang, "desk_bulk_none").to_owned(),
                true,
                &[],
            );
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => back(&desk, &to, error),
    }
}

/// `POST /desk/undo`
pub(super) async fn undo(Posted { desk, fields, .. }: Posted) -> Result<Response, Failure> {
    let to = back_to(&fields);
    let inverses: Vec<Inverse> = fields.all("undo").filter_map(Inverse::parse).collect();
    match desk.cases.undo(&desk.account, &inverses).await {
        Ok(bulk) => {
            say(&desk, "desk_undone", &bulk, &[]);
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => back(&desk, &to, error),
    }
}

fn wanted(fields: &Fields, desk: &Desk) -> Result<Change> {
    Ok(match fields.one("do") {
        "take" => Change::Assign(Some(desk.account.id)),
        "assign" if fields.one("assignee") == "none" => Change::Assign(None),
        "assign" => Change::Assign(Some(
            AccountId::parse(fields.one("assignee")).map_err(|_| Refusal::NoAccount)?,
        )),
        "tag" => Change::Tag(Slug::parse(fields.one("tag")).map_err(|_| Refusal::Tags)?),
        "priority" => {
            Change::Priority(Priority::parse(fields.one("priority")).map_err(|_| Refusal::Empty)?)
        }
        "solve" => Change::Solve,
        "close" => Change::Close,
        _ => return Err(Error::invalid("nothing is to be done")),
    })
}

fn say(desk: &Desk, key: &str, bulk: &Bulk, undo: &[Inverse]) {
    let mut text = messages::fill(desk.lang, key, &[("n", &bulk.done.len().to_string())]);
    if !bulk.refused.is_empty() {
        let numbers: Vec<&str> = bulk
            .refused
            .iter()
            .take(5)
            .map(|(number, _)| number.as_str())
            .collect();
        let values = [
            ("n", bulk.refused.len().to_string()),
            ("numbers", numbers.join("、")),
        ];
        let values: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        text += &messages::fill(desk.lang, "desk_bulk_refused", &values);
    }
    desk.say(text, bulk.done.is_empty(), undo);
}

/// Where the list is that the form was sent from.
fn back_to(fields: &Fields) -> String {
    let here = fields.one("here");
    let fine = here.starts_with("/desk?") && here.bytes().all(|byte| byte.is_ascii_graphic());
    if fine {
        here.to_owned()
    } else {
        "/desk".to_owned()
    }
}
