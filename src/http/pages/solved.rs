//! Did it help? A tap on a page, with or without scripts: yes is noted with the visit, no leads to the form.

use super::frame::Frame;
use super::reader::Reader;
use super::{addresses, messages, private, templates};
use crate::cases::Step;
use crate::http::address::canonical;
use crate::http::client::Client;
use crate::http::error::Failure;
use crate::http::form::Form;
use crate::http::state::AppState;
use crate::model::VisitId;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

/// The longest address that is noted, in characters.
const MAX_TARGET_CHARS: usize = 300;

#[derive(Debug, Serialize)]
struct SolvedView {
    back: Option<String>,
}

/// `POST /solved`
pub(in crate::http) async fn solved(
    State(state): State<AppState>,
    Client(source): Client,
    reader: Reader,
    form: Form,
) -> Result<Response, Failure> {
    let target: String = form.get("target").chars().take(MAX_TARGET_CHARS).collect();
    let results = target.starts_with("/search?").then(|| target.clone());
    let target = canonical(&target).or(results).unwrap_or_default();
    let visit = VisitId::parse(form.get("v")).ok();
    if form.get("helpful") == "no" {
        return Ok(private::see_other(&reader.link(&ask_address(
            form.get("q"),
            &target,
            visit,
        ))));
    }
    // Readers go on where it cannot be noted, as while the store is away.
    if let (Ok(cases), false) = (state.cases(), target.is_empty())
        && cases.limits().visit(source, cases.now()).is_ok()
    {
        let visit = visit.unwrap_or_else(|| VisitId::generate(cases.now()));
        let noted = cases
            .note_visit(visit, reader.lang, &[Step::Solved(target.clone())])
            .await;
        noted.unwrap_or_else(|error| tracing::warn!(%error, "a visit could not be noted"));
    }
    let back = (!target.is_empty()).then(|| reader.link(&target));
    let mut frame = Frame::new(&state, &reader, messages::text(reader.lang, "solved_title"));
    frame.unlisted = true;
    let mut response = templates::page("solved.html", &frame, &SolvedView { back })?;
    private::seal(&mut response);
    Ok(response)
}

/// The form, with what is known carried along.
pub(super) fn ask_address(query: &str, from: &str, visit: Option<VisitId>) -> String {
    let visit = visit.map_or_else(String::new, |id| id.to_string());
    let fields = [("q", query), ("from", from), ("v", &visit)];
    let filled = fields.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = filled
        .map(|(name, value)| format!("{name}={}", addresses::encode(value)))
        .collect();
    match pairs.is_empty() {
        true => "/ask".to_owned(),
        false => format!("/ask?{}", pairs.join("&")),
    }
}
