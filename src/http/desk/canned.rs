//! Which answers are kept? A page to read them for all who answer, to write them for who may.

use super::door::Desk;
use super::form::Posted;
use super::frame::{Frame, page_of};
use super::queue::{Option_, group_name};
use super::refused::{back, refused};
use crate::cases::{Act, CannedEdit, Refusal, may};
use crate::http::error::Failure;
use crate::http::extract::Params;
use crate::http::pages::messages;
use crate::model::{CannedId, Lang, Slug};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct CannedPage {
    answers: Vec<Kept>,
    edited: Kept,
    writable: bool,
    langs: Vec<Option_>,
    groups: Vec<Option_>,
}

#[derive(Debug, Clone, Default, Serialize)]
struct Kept {
    id: String,
    title: String,
    text: String,
    lang: String,
    group: String,
    group_name: String,
}

/// `GET /desk/canned`
pub(super) async fn page(desk: Desk, params: Params) -> Result<Response, Failure> {
    if !may(desk.account.role, Act::ReadCases) {
        return refused(&desk, Refusal::Role.into());
    }
    let edit = params.leniently().one("edit").unwrap_or_default();
    let all = desk.cases.canned().await?;
    let answers: Vec<Kept> = all
        .iter()
        .map(|canned| Kept {
            id: canned.id.to_string(),
            title: canned.title.clone(),
            text: canned.text.clone(),
            lang: canned.lang.tag().to_owned(),
            group: canned
                .group
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            group_name: canned
                .group
                .as_ref()
                .map(|group| group_name(&desk, group))
                .unwrap_or_default(),
        })
        .collect();
    let edited = answers
        .iter()
        .find(|kept| kept.id == edit)
        .cloned()
        .unwrap_or_else(|| Kept {
            lang: desk.lang.tag().to_owned(),
            ..Kept::default()
        });
    let groups = desk.cases.groups().await?;
    let view = CannedPage {
        writable: may(desk.account.role, Act::WriteCanned),
        langs: Lang::ALL
            .iter()
            .map(|lang| Option_::new(lang, lang, lang.tag() == edited.lang))
            .collect(),
        groups: groups
            .iter()
            .map(|group| {
                Option_::new(
                    group,
                    group_name(&desk, group),
                    group.as_str() == edited.group,
                )
            })
            .collect(),
        answers,
        edited,
    };
    let frame = Frame::new(&desk, messages::text(desk.lang, "desk_canned"), "");
    Ok(page_of(
        &desk.state,
        "desk/canned.html",
        desk.lang,
        &frame,
        &view,
        StatusCode::OK,
    )?)
}

/// `POST /desk/canned`
pub(super) async fn save(Posted { desk, fields, .. }: Posted) -> Result<Response, Failure> {
    let edit = CannedEdit {
        id: CannedId::parse(fields.one("id")).ok(),
        title: fields.one("title").to_owned(),
        text: fields.one("text").to_owned(),
        lang: Lang::parse(fields.one("lang")).unwrap_or(desk.lang),
        group: Slug::parse(fields.one("group")).ok(),
    };
    done(
        &desk,
        desk.cases.save_canned(&desk.account, edit).await.map(drop),
    )
}

/// `POST /desk/canned/{id}/remove`
pub(super) async fn remove(
    Path(id): Path<String>,
    Posted { desk, .. }: Posted,
) -> Result<Response, Failure> {
    let Ok(id) = CannedId::parse(&id) else {
        return Ok(Redirect::to("/desk/canned").into_response());
    };
    done(&desk, desk.cases.remove_canned(&desk.account, id).await)
}

fn done(desk: &Desk, done: crate::error::Result<()>) -> Result<Response, Failure> {
    match done {
        Ok(()) => {
            desk.say(
                messages::text(desk.lang, "desk_saved").to_owned(),
                false,
                &[],
            );
            Ok(Redirect::to("/desk/canned").into_response())
        }
        Err(error) => back(desk, "/desk/canned", error),
    }
}
