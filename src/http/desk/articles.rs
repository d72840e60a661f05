//! Which articles help with a reply? Found as staff, and put into a reply only if its requester may read them.

use super::case::number_of;
use super::door::Desk;
use super::form::Posted;
use super::refused::{back, refused};
use crate::cases::{Act, Fillings, Refusal, fill_in, may};
use crate::error::{Code, Error, Result};
use crate::http::address;
use crate::http::error::Failure;
use crate::http::extract::Params;
use crate::http::pages::messages;
use crate::model::{ArticleId, Audience, CannedId};
use crate::search::{Engine, Request};
use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;
use std::sync::Arc;

/// How many articles are offered.
const OFFERED: usize = 6;

/// An article that fits.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ArticleView {
    id: String,
    title: String,
    url: String,
    snippet: String,
    /// Whether the requester may read it.
    open: bool,
}

/// Who asks has no account: he reads what everybody reads.
const REQUESTER: Audience = Audience::PUBLIC;

/// What staff may read: everything.
pub(in crate::http) fn staff(engine: &Engine) -> Audience {
    engine
        .snapshot()
        .audiences()
        .max_by_key(|audience| audience.rank())
        .unwrap_or(Audience::PUBLIC)
}

/// The articles that fit a text best.
pub(super) async fn fitting(desk: &Desk, text: &str) -> Result<Vec<ArticleView>> {
    let Some(engine) = desk.state.engine() else {
        return Ok(Vec::new());
    };
    let query: String = text
        .chars()
        .take(desk.state.settings().limits.query_chars)
        .collect();
    desk.state
        .desk_blocking()
        .run(move || found(&engine, query))
        .await
}

fn found(engine: &Arc<Engine>, query: String) -> Result<Vec<ArticleView>> {
    if query.trim().is_empty() {
        return Ok(Vec::new());
    }
    let viewer = staff(engine);
    let results = engine.search(&Request {
        query,
        viewer,
        limit: OFFERED,
        ..Request::default()
    })?;
    let open = engine.view(REQUESTER);
    let view = |hit: crate::search::Hit| ArticleView {
        url: address::article(&hit.id),
        open: open.head(&hit.id).is_some(),
        snippet: hit
            .snippet_parts
            .iter()
            .map(|part| part.text.as_str())
            .collect(),
        id: hit.id.to_string(),
        title: hit.title,
    };
    Ok(results.hits.into_iter().map(view).collect())
}

/// `GET /desk/articles?q=…`
pub(super) async fn find(desk: Desk, mut params: Params) -> Result<Response, Failure> {
    let query = params.required_text("q", 200);
    params.finish()?;
    crate::http::desk::act::reads(&desk)?;
    Ok(Json(fitting(&desk, &query).await?).into_response())
}

/// What is at an address of a visit: its title, if there is such an article.
pub(super) fn title_of(desk: &Desk, target: &str) -> String {
    let path = percent_encoding::percent_decode_str(target).decode_utf8_lossy();
    let id = path
        .strip_prefix("/a/")
        .or_else(|| path.strip_prefix('/'))
        .unwrap_or(&path);
    let engine = desk.state.engine();
    let title = engine.and_then(|engine| {
        let id = ArticleId::parse(id).ok()?;
        engine
            .view(staff(&engine))
            .head(&id)
            .map(|head| head.title.clone())
    });
    title.unwrap_or_else(|| path.into_owned())
}

#[derive(Debug, Serialize)]
struct Inserted {
    text: String,
}

/// `POST /desk/cases/{number}/insert`: puts an article or a canned answer into what is being written.
pub(super) async fn insert(
    Path(number): Path<String>,
    Posted {
        desk,
        fields,
        by_script,
    }: Posted,
) -> Result<Response, Failure> {
    if !may(desk.account.role, Act::WorkCases) {
        return refused(&desk, Refusal::Role.into());
    }
    let to = format!("/desk/cases/{number}#write");
    let piece = match fields.given("article") {
        Some(id) => article(&desk, id),
        None => canned(&desk, &number, fields.one("canned")).await,
    };
    let piece = match piece {
        Ok(piece) if by_script => return Ok(Json(Inserted { text: piece }).into_response()),
        Ok(piece) => piece,
        Err(error) if by_script => return Err(error.into()),
        Err(error)
            if error.code() == Code::Forbidden && crate::cases::Refusal::of(&error).is_none() =>
        {
            desk.say(error.message().to_owned(), true, &[]);
            return Ok(Redirect::to(&to).into_response());
        }
        Err(error) => return back(&desk, &to, error),
    };
    let case = desk
        .cases
        .case_at_desk(&desk.account, &number_of(&number)?)
        .await?;
    let text = fields.one("text").trim_end();
    let text = if text.is_empty() {
        piece
    } else {
        format!("{text}\n\n{piece}")
    };
    desk.cases.keep_draft(&desk.account, case.id, &text).await?;
    Ok(Redirect::to(&to).into_response())
}

/// The link to an article with its short answer, if the requester may read it.
fn article(desk: &Desk, id: &str) -> Result<String> {
    let absent = || Error::not_found("there is no such article");
    let id = ArticleId::parse(id).map_err(|_| absent())?;
    let engine = desk.state.engine().ok_or_else(absent)?;
    crate::http::desk::act::reads(desk)?;
    let Some(head) = engine.view(REQUESTER).head(&id) else {
        let known = engine.view(staff(&engine)).head(&id).ok_or_else(absent)?;
        let said = messages::fill(
            desk.lang,
            "desk_refused_audience",
            &[("title", &known.title)],
        );
        return Err(Error::new(Code::Forbidden, said));
    };
    let url = desk.cases.public(&address::article(&id));
    let title = head.title.replace(['[', ']'], "");
    let answer = head.answer.replace('\n', " ");
    Ok(match answer.is_empty() {
        true => format!("[{title}]({url})"),
        false => format!("> {answer}\n\n[{title}]({url})"),
    })
}

async fn canned(desk: &Desk, number: &str, id: &str) -> Result<String> {
    let absent = || Error::not_found("there is no such canned answer");
    let id = CannedId::parse(id).map_err(|_| absent())?;
    let canned = desk
        .cases
        .canned()
        .await?
        .into_iter()
        .find(|canned| canned.id == id)
        .ok_or_else(absent)?;
    let dossier = desk
        .cases
        .dossier(&desk.account, &number_of(number)?)
        .await?;
    let requester = super::case::requester_name(desk, &dossier);
    let group = super::queue::group_name(desk, &dossier.case.group);
    let fillings = Fillings {
        name: &requester,
        number,
        subject: &dossier.case.subject,
        agent: desk.account.name.as_str(),
        group: &group,
        product: dossier
            .case
            .product
            .as_ref()
            .map_or("", crate::model::Slug::as_str),
    };
    Ok(fill_in(&canned.text, &fillings))
}
