//! Which articles answer this? `GET /api/v1/search`.

use super::filters::{self, FilterParams};
use super::parts::Part;
use super::problems::Problems;
use crate::config::RequestLimits;
use crate::http::address;
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading};
use crate::http::meaning::{self, Outcome};
use crate::http::metrics::Surface;
use crate::http::state::AppState;
use crate::model;
use crate::search::{self, Request};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Instant;
use utoipa::{IntoParams, ToSchema};

/// What can be asked.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `parse` reads them, all mistakes at once"
)]
pub(crate) struct SearchParams {
    /// What to look for: words, `"a phrase"`, `-not this`. At most 800 characters, of which the first 200 count.
    #[param(example = "忘记密码", max_length = 800)]
    q: String,
    /// How many hits to return.
    #[param(default = 10, minimum = 1, maximum = 50)]
    limit: Option<usize>,
    /// How many hits to pass over.
    #[param(default = 0, minimum = 0, maximum = 1000)]
    offset: Option<usize>,
    /// `1`: each hit says why it was found.
    #[param(default = 0, minimum = 0, maximum = 1)]
    explain: Option<u8>,
}

/// The answer to a search.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchAnswer {
    /// The query as it was searched for.
    #[schema(example = "忘记密码")]
    query: String,
    /// How many articles match.
    total: usize,
    /// How long it took, in microseconds.
    took_us: u64,
    /// Whether the first hit is probably the answer. If not, lead with `escalate`.
    confident: bool,
    /// The first hit's short answer, when it is probably the one.
    answer: Option<ShortAnswer>,
    /// The hits, the best first.
    hits: Vec<Hit>,
    /// Another spelling that finds more.
    did_you_mean: Option<String>,
    /// Whether search was by meaning too, beside words; only where `embeddings.url` is set in kb.toml.
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<Outcome>,
    /// How many hits have each value, by facet.
    facets: BTreeMap<String, Vec<FacetCount>>,
    /// Where to ask a person.
    escalate: Escalate,
}

/// A short answer. Plain text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShortAnswer {
    /// The article that it is from.
    id: String,
    /// That article's title.
    title: String,
    /// The answer.
    text: String,
    /// That article's address.
    url: String,
}

/// An article that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hit {
    /// Its id.
    id: String,
    /// What it is.
    kind: Kind,
    /// Its address.
    url: String,
    /// Its title.
    title: String,
    /// The titles of its categories, from the outermost.
    category: Vec<String>,
    /// How well it matches; comparable within one answer only.
    score: f32,
    /// The title in stretches.
    title_parts: Vec<Part>,
    /// The passage that matches best, in stretches.
    snippet_parts: Vec<Part>,
    /// The heading above that passage.
    #[serde(skip_serializing_if = "Option::is_none")]
    heading: Option<Place>,
    /// The similar question that matches better than the title.
    #[serde(skip_serializing_if = "Option::is_none")]
    similar: Option<String>,
    /// Whether it comes first because its author pinned it to this query.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pinned: bool,
    /// Whether it is so near to the query that it may be offered to somebody who did not ask for a list, as beside a form.
    near: bool,
    /// Why it was found, the weightiest first; with `explain=1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<Contribution>>,
}

/// What kind of thing was found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// An article.
    Article,
    /// A question of the open forum.
    Question,
}

/// A place within an article: a heading.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Place {
    /// Its text.
    text: String,
    /// The address of that place.
    url: String,
}

/// How many hits have a value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FacetCount {
    /// The value to filter by.
    value: String,
    /// What to show for it.
    label: String,
    /// How many.
    count: usize,
}

/// Where to ask a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Escalate {
    /// The form for it, filled with the query.
    #[schema(example = "/ask?q=%E5%BF%98%E8%AE%B0%E5%AF%86%E7%A0%81")]
    url: String,
}

/// One thing that added to a score.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Contribution {
    /// The term of the query, or a feature of the ranking.
    term: String,
    /// The fields that it matched in.
    fields: Vec<String>,
    /// What it added.
    score: f32,
}

/// Search the help centre.
///
/// Lead with `escalate` when `confident` is false: the best hit is probably not the answer then.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", params(SearchParams, FilterParams), responses(
    (status = 200, description = "The hits, best first", body = SearchAnswer),
    Problems,
))]
pub(crate) async fn search(
    State(state): State<AppState>,
    reading: Reading,
    params: Params,
) -> Result<Response, Failure> {
    let limits = &state.settings().limits;
    let request = parse(params, &reading, limits)?;
    let begun = Instant::now();
    let meant = state.meanings().of(&request.query, state.metrics()).await;
    let asked = state.blocking().run(move || {
        let results = meant.search(&reading.engine, &request)?;
        Ok((meant.outcome(&results), results))
    });
    let (meaning, results) = asked.await?;
    let took = begun.elapsed();
    state.metrics().searched(Surface::Api, &results, took);
    let mut answer = SearchAnswer::from(results);
    answer.took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    answer.escalate = Escalate {
        url: address::ask(&answer.query),
    };
    answer.meaning = meaning;
    Ok(meaning::kept(meaning, Json(answer)))
}

/// Reads a search from the parameters of a request.
fn parse(
    mut params: Params,
    reading: &Reading,
    limits: &RequestLimits,
) -> Result<Request, Failure> {
    let request = Request {
        query: params.required_text("q", limits.query_chars * 4),
        viewer: reading.viewer,
        own: reading.products.to_vec(),
        limit: params.number("limit", 10.min(limits.page_hits), 1..=limits.page_hits),
        offset: params.number("offset", 0, 0..=limits.max_offset),
        explain: params.flag("explain"),
        filter: filters::read(&mut params, reading.engine.schema()),
    };
    params.finish()?;
    Ok(request)
}

impl From<search::Results> for SearchAnswer {
    fn from(results: search::Results) -> Self {
        let facets = results.facets.into_iter();
        Self {
            query: results.query,
            total: results.total,
            took_us: 0,
            confident: results.confident,
            answer: results.answer.map(ShortAnswer::from),
            hits: results.hits.into_iter().map(Hit::from).collect(),
            did_you_mean: results.did_you_mean,
            meaning: None,
            facets: facets
                .map(|(name, counts)| (name, counts.into_iter().map(FacetCount::from).collect()))
                .collect(),
            escalate: Escalate {
                url: address::ask(""),
            },
        }
    }
}

impl From<search::DirectAnswer> for ShortAnswer {
    fn from(answer: search::DirectAnswer) -> Self {
        Self {
            url: address::article(&answer.id),
            id: answer.id.to_string(),
            title: answer.title,
            text: answer.text,
        }
    }
}

impl From<search::Hit> for Hit {
    fn from(hit: search::Hit) -> Self {
        let url = address::article(&hit.id);
        let heading = hit.heading.map(|(text, anchor)| Place {
            text,
            url: format!("{url}#{anchor}"),
        });
        Self {
            id: hit.id.to_string(),
            kind: match hit.kind {
                model::Kind::Article => Kind::Article,
                model::Kind::Question => Kind::Question,
            },
            title: hit.title,
            category: hit.category,
            score: hit.score,
            title_parts: Part::all(hit.title_parts),
            snippet_parts: Part::all(hit.snippet_parts),
            similar: hit.similar,
            pinned: hit.pinned,
            near: hit.near,
            explanation: hit.explanation.map(|e| {
                e.contributions
                    .into_iter()
                    .map(Contribution::from)
                    .collect()
            }),
            heading,
            url,
        }
    }
}

impl From<search::FacetCount> for FacetCount {
    fn from(count: search::FacetCount) -> Self {
        Self {
            value: count.value,
            label: count.label,
            count: count.count,
        }
    }
}

impl From<search::Contribution> for Contribution {
    fn from(contribution: search::Contribution) -> Self {
        Self {
            term: contribution.term,
            fields: contribution.fields,
            score: contribution.score,
        }
    }
}
