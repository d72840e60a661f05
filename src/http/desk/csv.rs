//! How does a list leave the desk? As a file for spreadsheets, in which nothing that a customer wrote becomes a formula.

use super::door::Desk;
use super::queue::Asked;
use super::refused::refused;
use crate::cases::{Act, Listed, Refusal, may};
use crate::error::Result;
use crate::http::error::Failure;
use crate::http::extract::Params;
use crate::model::account::Account;
use crate::text::csv_line;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

/// How many rows are read at once.
const BATCH: u32 = 200;
/// How many rows a file has at most.
const MAX_ROWS: usize = 100_000;

const HEAD: [&str; 16] = [
    "number",
    "state",
    "priority",
    "kind",
    "subject",
    "requester",
    "mail",
    "tier",
    "product",
    "group",
    "assignee",
    "tags",
    "opened_at",
    "answered_at",
    "solved_at",
    "rating",
];

/// `GET /desk/cases.csv`
pub(super) async fn cases(desk: Desk, params: Params) -> Result<Response, Failure> {
    if !may(desk.account.role, Act::Export) {
        return refused(&desk, Refusal::Role.into());
    }
    let asked = Asked::read(params);
    desk.cases
        .note_export(&desk.account, &asked.queue.word())
        .await?;
    let accounts = desk.cases.live().accounts();
    // The mark tells spreadsheets that this is UTF-8.
    let head = format!("\u{feff}{}", csv_line(HEAD.map(str::to_owned)));
    let begin = (
        desk,
        Some(asked.request(BATCH)),
        0_usize,
        accounts,
        Some(head),
    );
    let stream = futures_util::stream::try_unfold(
        begin,
        |(desk, request, rows, accounts, head)| async move {
            if let Some(head) = head {
                return Ok(Some((head, (desk, request, rows, accounts, None))));
            }
            let Some(request) = request.filter(|_| rows < MAX_ROWS) else {
                return Ok(None);
            };
            let (found, next) = desk.cases.queue(&desk.account, &request).await?;
            let lines: String = found
                .iter()
                .map(|listed| csv_line(fields(listed, &accounts)))
                .collect();
            let rows = rows + found.len();
            let following = next.map(|after| crate::cases::QueueRequest {
                after: Some(after),
                ..request
            });
            Ok::<_, crate::error::Error>(Some((lines, (desk, following, rows, accounts, None))))
        },
    );
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"cases.csv\"",
        ),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

fn fields(listed: &Listed, accounts: &[Account]) -> [String; 16] {
    let (case, person) = (&listed.case, listed.requester.as_ref());
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let name = case
        .assignee
        .and_then(|id| accounts.iter().find(|account| account.id == id));
    let tags: Vec<&str> = case.tags.iter().map(crate::model::Slug::as_str).collect();
    [
        case.number.to_string(),
        case.state.to_string(),
        case.priority.to_string(),
        case.kind.to_string(),
        case.subject.clone(),
        person
            .and_then(|p| p.name.as_ref())
            .map(ToString::to_string)
            .unwrap_or_default(),
        person.map(|p| p.email.to_string()).unwrap_or_default(),
        person
            .map(|p| p.tier.as_str().to_owned())
            .unwrap_or_default(),
        case.product
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        case.group.to_string(),
        name.map(|account| account.name.to_string())
            .unwrap_or_default(),
        tags.join(" "),
        case.opened_at.to_string(),
        time(case.answered_at),
        time(case.solved_at),
        case.rating
            .map(|rating| rating.stars().to_string())
            .unwrap_or_default(),
    ]
}
