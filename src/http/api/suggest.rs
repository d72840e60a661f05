//! What might the reader be typing? `GET /api/v1/suggest`: titles only, no bodies.

use super::parts::Part;
use super::problems::Problems;
use crate::http::address;
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading};
use crate::http::state::AppState;
use crate::search;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// The most suggestions that are given.
const MAX_SUGGESTIONS: usize = 20;

/// What can be asked.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; the handler reads them, all mistakes at once"
)]
pub(crate) struct SuggestParams {
    /// What has been typed so far; empty for what is asked most.
    #[param(example = "忘记", max_length = 800)]
    q: String,
    /// How many suggestions to return.
    #[param(default = 8, minimum = 1, maximum = 20)]
    limit: Option<usize>,
}

/// What might be meant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Suggestions {
    /// What was typed.
    #[schema(example = "忘记")]
    query: String,
    /// Articles, the best first.
    suggestions: Vec<Suggestion>,
}

/// An article that might be meant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Suggestion {
    /// Its id.
    #[schema(example = "account/forgot-password")]
    id: String,
    /// Its address.
    #[schema(example = "/a/account/forgot-password")]
    url: String,
    /// Its title.
    title: String,
    /// The title in stretches.
    title_parts: Vec<Part>,
    /// The titles of its categories, from the outermost.
    category: Vec<String>,
}

/// How many times the number that is asked for is looked at to find what is about the reader's products.
const LOOKED_AT: usize = 8;

/// Complete what is being typed.
#[utoipa::path(get, path = "/api/v1/suggest", tag = "search", params(SuggestParams), responses(
    (status = 200, description = "Titles, best first", body = Suggestions),
    Problems,
))]
pub(crate) async fn suggest(
    State(state): State<AppState>,
    reading: Reading,
    mut params: Params,
) -> Result<Json<Suggestions>, Failure> {
    let query = params.required_text("q", state.settings().limits.query_chars * 4);
    let limit = params.number("limit", 8, 1..=MAX_SUGGESTIONS);
    params.finish()?;
    let typed = query.clone();
    let asked = move || match typed.trim().is_empty() {
        true => Ok(asked_most(&reading, limit)),
        false => reading.engine.suggest(reading.viewer, &typed, limit),
    };
    let found = state.blocking().run(asked).await?;
    let suggestions = found.into_iter().map(Suggestion::from).collect();
    Ok(Json(Suggestions { query, suggestions }))
}

/// What is asked most; what is about the reader's own products before what is not.
fn asked_most(reading: &Reading, limit: usize) -> Vec<search::Suggestion> {
    let most = match reading.products.is_empty() {
        true => limit,
        false => limit * LOOKED_AT,
    };
    let engine = &reading.engine;
    let mut found = engine.asked_most(reading.viewer, reading.opened.ids(), most);
    let is_own = |found: &search::Suggestion| {
        let head = reading.view().head(&found.id);
        head.is_some_and(|head| head.is_about(&reading.products))
    };
    found.sort_by_key(|found| !is_own(found));
    found.truncate(limit);
    found
}

impl From<search::Suggestion> for Suggestion {
    fn from(suggestion: search::Suggestion) -> Self {
        Self {
            url: address::article(&suggestion.id),
            id: suggestion.id.to_string(),
            title: suggestion.title,
            title_parts: Part::all(suggestion.title_parts),
            category: suggestion.category,
        }
    }
}
