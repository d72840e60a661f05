//! What is done to a case? Each form of its page: answering, changing, escalating, merging, and what keeps a draft.

use super::case::{number_of, show};
use super::case_view::Composer;
use super::door::Desk;
use super::form::{Fields, Posted};
use super::refused::{back, refused, status_of};
use super::words::refusal_key;
use crate::cases::{Act, Answer, Change, How, Refusal, Sent, may};
use crate::error::{Error, Result};
use crate::http::error::Failure;
use crate::http::pages::messages;
use crate::model::case::{Case, CaseNumber, Kind, Priority};
use crate::model::{AccountId, Slug};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

/// Lets pass who may read cases.
pub(super) fn reads(desk: &Desk) -> Result<()> {
    match may(desk.account.role, Act::ReadCases) {
        true => Ok(()),
        false => Err(Refusal::Role.into()),
    }
}

fn page_of(number: &CaseNumber) -> String {
    format!("/desk/cases/{number}")
}

/// `POST /desk/cases/{number}/answer`
pub(super) async fn answer(
    Path(number): Path<String>,
    Posted { desk, fields, .. }: Posted,
) -> Result<Response, Failure> {
    match send(&desk, &number, &fields).await {
        Ok(response) => Ok(response),
        Err(error) => refused(&desk, error),
    }
}

async fn send(desk: &Desk, number: &str, fields: &Fields) -> Result<Response> {
    let number = number_of(number)?;
    let how = match fields.one("how") {
        "note" => How::Note,
        "ask_back" => How::AskBack,
        "solve" => How::Solve,
        _ => How::Reply,
    };
    let case = desk.cases.case_at_desk(&desk.account, &number).await?;
    let seen = fields.one("seen").parse().unwrap_or(0);
    let text = fields.one("text");
    let sent = desk
        .cases
        .answer(
            &desk.account,
            Answer {
                case: case.id,
                seen,
                how,
                text,
            },
        )
        .await;
    let kept = Composer {
        text: Some(text.to_owned()),
        note: how == How::Note,
        ..Composer::default()
    };
    match sent {
        Ok(Sent::Done(_)) => {
            let key = match how {
                How::Note => "desk_noted",
                How::Solve => "desk_solved",
                How::Reply | How::AskBack => "desk_sent",
            };
            desk.say(messages::text(desk.lang, key).to_owned(), false, &[]);
            Ok(Redirect::to(&format!("{}#latest", page_of(&number))).into_response())
        }
        Ok(Sent::Stale(_)) => {
            if reads(desk).is_ok() {
                desk.cases.keep_draft(&desk.account, case.id, text).await?;
            }
            let composer = Composer {
                stale_after: Some(seen),
                ..kept
            };
            show(desk, &number, composer, "", StatusCode::CONFLICT).await
        }
        Err(error) => match Refusal::of(&error) {
            None | Some(Refusal::Role | Refusal::NoCase) => Err(error),
            Some(refusal) => {
                let said = messages::text(desk.lang, refusal_key(refusal)).to_owned();
                let status = status_of(error.code());
                show(
                    desk,
                    &number,
                    Composer {
                        error: Some(said),
                        ..kept
                    },
                    "",
                    status,
                )
                .await
            }
        },
    }
}

/// `POST /desk/cases/{number}/change`
pub(super) async fn change(
    Path(number): Path<String>,
    Posted { desk, fields, .. }: Posted,
) -> Result<Response, Failure> {
    let changed = change_all(&desk, &number, &fields).await;
    after(&desk, &number, changed, "desk_saved")
}

async fn change_all(desk: &Desk, number: &str, fields: &Fields) -> Result<CaseNumber> {
    let number = number_of(number)?;
    let mut case = desk.cases.case_at_desk(&desk.account, &number).await?;
    let asked = changes(desk, &case, fields)?;
    for change in asked {
        case = desk
            .cases
            .change(&desk.account, case.id, &change, None)
            .await?;
    }
    Ok(number)
}

/// What a form wants to be different. Fields that it does not have, or that are as they are, change nothing.
fn changes(desk: &Desk, case: &Case, fields: &Fields) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    if let Some(group) = fields.given("group") {
        let group = Slug::parse(group).map_err(|_| Refusal::NoGroup)?;
        changes.extend((group != case.group).then_some(Change::Group(group)));
    }
    if let Some(account) = fields.given("assignee") {
        let to = match account {
            "" | "none" => None,
            "me" => Some(desk.account.id),
            id => Some(AccountId::parse(id).map_err(|_| Refusal::NoAccount)?),
        };
        changes.extend((to != case.assignee).then_some(Change::Assign(to)));
    }
    if let Some(priority) = fields.given("priority") {
        changes.push(Change::Priority(
            Priority::parse(priority).map_err(|_| Refusal::State)?,
        ));
    }
    if let Some(kind) = fields.given("kind") {
        changes.push(Change::Kind(Kind::parse(kind).map_err(|_| Refusal::State)?));
    }
    if let Some(tags) = fields.given("tags") {
        let names = tags
            .split([',', '，', '、'])
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let tags: Vec<Slug> = names
            .map(Slug::parse)
            .collect::<Result<_, _>>()
            .map_err(|_| Refusal::Tags)?;
        changes.push(Change::Tags(tags));
    }
    if let Some(product) = fields.given("product") {
        let product = match product.trim() {
            "" => None,
            name => Some(Slug::parse(name).map_err(|_| Refusal::Tags)?),
        };
        changes.push(Change::Product(product));
    }
    match fields.one("do") {
        "solve" => changes.push(Change::Solve),
        "close" => changes.push(Change::Close),
        "reopen" => changes.push(Change::Reopen),
        _ => {}
    }
    Ok(changes)
}

/// `POST /desk/cases/{number}/escalate`
pub(super) async fn escalate(
    Path(number): Path<String>,
    Posted { desk, fields, .. }: Posted,
) -> Result<Response, Failure> {
    let escalated = async {
        let parsed = number_of(&number)?;
        let case = desk.cases.case_at_desk(&desk.account, &parsed).await?;
        let to = Slug::parse(fields.one("group")).ok();
        desk.cases
            .escalate(&desk.account, case.id, to, fields.one("reason"))
            .await?;
        Ok(parsed)
    };
    let escalated = escalated.await;
    after(&desk, &number, escalated, "desk_escalated")
}

/// `POST /desk/cases/{number}/merge`
pub(super) async fn merge(
    Path(number): Path<String>,
    Posted { desk, fields, .. }: Posted,
) -> Result<Response, Failure> {
    let merged = async {
        let from = desk
            .cases
            .case_at_desk(&desk.account, &number_of(&number)?)
            .await?;
        let into = desk
            .cases
            .case_at_desk(&desk.account, &number_of(fields.one("into"))?)
            .await?;
        desk.cases.merge(&desk.account, from.id, into.id).await?;
        Ok(into.number)
    };
    let merged = merged.await;
    after(&desk, &number, merged, "desk_merged")
}

/// To the page of the case, with what came of it.
fn after(
    desk: &Desk,
    number: &str,
    done: Result<CaseNumber>,
    key: &str,
) -> Result<Response, Failure> {
    match done {
        Ok(number) => {
            desk.say(messages::text(desk.lang, key).to_owned(), false, &[]);
            Ok(Redirect::to(&page_of(&number)).into_response())
        }
        Err(error) => {
            let Ok(number) = number_of(number) else {
                return refused(desk, Error::from(Refusal::NoCase));
            };
            back(desk, &page_of(&number), error)
        }
    }
}

/// `POST /desk/cases/{number}/draft`
pub(super) async fn draft(
    Path(number): Path<String>,
    Posted { desk, fields, .. }: Posted,
) -> Result<Response, Failure> {
    let case = desk
        .cases
        .case_at_desk(&desk.account, &number_of(&number)?)
        .await?;
    desk.cases
        .keep_draft(&desk.account, case.id, fields.one("text"))
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /desk/cases/{number}/here`
pub(super) async fn here(
    Path(number): Path<String>,
    Posted { desk, fields, .. }: Posted,
) -> Result<Response, Failure> {
    let case = desk
        .cases
        .case_at_desk(&desk.account, &number_of(&number)?)
        .await?;
    match fields.one("gone") {
        "1" => desk.cases.leave(&desk.account, case.id).await?,
        _ => {
            desk.cases
                .be_here(&desk.account, case.id, fields.one("writing") == "1")
                .await?
        }
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
