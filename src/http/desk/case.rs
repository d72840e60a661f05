//! What does the desk see of one case? Its page, the part of the timeline that is new, and its files.

use super::case_view::{CaseView, Composer, case_view};
use super::door::Desk;
use super::event_view::{EventView, Timeline};
use super::frame::{Frame, page_of};
use super::refused::refused;
use super::side_view::Side;
use super::words::Words;
use crate::cases::{Dossier, Refusal};
use crate::error::{Error, Result};
use crate::http::error::Failure;
use crate::http::extract::Params;
use crate::model::AttachmentId;
use crate::model::case::CaseNumber;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct PageView {
    #[serde(flatten)]
    case: CaseView,
    side: Side,
}

#[derive(Debug, Serialize)]
struct TimelineView {
    events: Vec<EventView>,
}

/// The number in an address.
pub(super) fn number_of(text: &str) -> Result<CaseNumber> {
    CaseNumber::parse(text).map_err(|_| Error::from(Refusal::NoCase))
}

/// `GET /desk/cases/{number}`
pub(super) async fn page(
    desk: Desk,
    Path(number): Path<String>,
    params: Params,
) -> Result<Response, Failure> {
    let mut params = params.leniently();
    let find = params.text("find", 200).unwrap_or_default();
    let shown = match number_of(&number) {
        Ok(number) => show(&desk, &number, Composer::default(), &find, StatusCode::OK).await,
        Err(error) => Err(error),
    };
    match shown {
        Ok(page) => Ok(page),
        Err(error) => refused(&desk, error),
    }
}

/// The page of a case, with what is being written in it.
pub(super) async fn show(
    desk: &Desk,
    number: &CaseNumber,
    composer: Composer,
    find: &str,
    status: StatusCode,
) -> Result<Response> {
    let dossier = desk.cases.dossier(&desk.account, number).await?;
    let draft = match composer.text {
        Some(_) => String::new(),
        None => {
            desk.cases
                .kept_draft(&desk.account, dossier.case.id)
                .await?
        }
    };
    let side = Side::of(desk, &dossier, find).await?;
    let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
    let view = PageView {
        case: case_view(desk, &words, &dossier, composer, draft).await?,
        side,
    };
    let mut frame = Frame::new(desk, &format!("{} {}", number, dossier.case.subject), "");
    frame.case = Some(number.to_string());
    page_of(
        &desk.state,
        "desk/case.html",
        desk.lang,
        &frame,
        &view,
        status,
    )
}

/// What the requester is called.
pub(super) fn requester_name(desk: &Desk, dossier: &Dossier) -> String {
    let person = dossier.requester.as_ref();
    let name = person
        .and_then(|person| person.name.as_ref())
        .map(ToString::to_string);
    let mail = person.map(|person| person.email.to_string());
    name.or(mail).unwrap_or_else(|| {
        crate::http::pages::messages::text(desk.lang, "desk_customer").to_owned()
    })
}

/// `GET /desk/cases/{number}/timeline?after=7`
pub(super) async fn timeline(
    desk: Desk,
    Path(number): Path<String>,
    mut params: Params,
) -> Result<Response, Failure> {
    let after = params.number("after", 0, 0..=1_000_000);
    params.finish()?;
    let after = i64::try_from(after).unwrap_or_default();
    let dossier = desk
        .cases
        .dossier(&desk.account, &number_of(&number)?)
        .await?;
    let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
    let requester = requester_name(&desk, &dossier);
    let shown = Timeline {
        desk: &desk,
        words: &words,
        case: &dossier.case,
        requester: &requester,
        files: &dossier.files,
        fresh_after: Some(after),
    };
    let events = dossier
        .events
        .iter()
        .filter(|event| event.seq > after)
        .map(|event| shown.show(event, None))
        .collect();
    let frame = Frame::new(&desk, "", "");
    Ok(page_of(
        &desk.state,
        "desk/timeline.html",
        desk.lang,
        &frame,
        &TimelineView { events },
        StatusCode::OK,
    )?)
}

/// `GET /desk/cases/{number}/files/{id}`: always to be saved, never shown in a window of ours.
pub(super) async fn file(
    desk: Desk,
    Path((number, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id = AttachmentId::parse(&id).map_err(|_| Error::from(Refusal::NoCase))?;
    let (file, bytes) = desk
        .cases
        .file_at_desk(&desk.account, &number_of(&number)?, id)
        .await?;
    let name = percent_encoding::utf8_percent_encode(
        file.name.as_str(),
        percent_encoding::NON_ALPHANUMERIC,
    );
    let headers = [
        (header::CONTENT_TYPE, file.media_type.clone()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename*=UTF-8''{name}"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'".to_owned(),
        ),
    ];
    Ok((headers, bytes).into_response())
}
