//! What does the reader mean? Asked of the service that kb.toml names, for a moment only: then the answer is by words alone.

use super::metrics::Metrics;
use crate::config::Settings;
use crate::embed::{Asked, Asker, Figures};
use crate::error::Result;
use crate::search::{Engine, Meaning, Request, Results};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use std::time::Instant;
use utoipa::ToSchema;

/// What queries mean, where there is a service that says it.
#[derive(Debug)]
pub(super) struct Meanings {
    asker: Option<Asker>,
    is_set: bool,
    query_chars: usize,
    figures: Arc<Figures>,
}

/// What is known of what a query means.
#[derive(Debug, Clone)]
pub(super) struct Meant {
    asked: Option<Asked>,
    made_by: String,
}

/// Whether what the query means was compared with what the articles mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It was.
    Used,
    /// What the query means was not known in time (`embeddings.deadline_ms`): the answer is by words alone.
    Late,
    /// The service that says it does not work at the moment: the answer is by words alone.
    Unavailable,
    /// What the articles mean is not known yet: the answer is by words alone.
    NotReady,
}

impl Meanings {
    /// Asks as `settings` say, and counts in `figures`.
    pub(super) fn new(settings: &Settings, figures: Arc<Figures>) -> Self {
        let is_set = settings.embeddings.url.is_some();
        let asker = is_set.then(|| Asker::new(&settings.embeddings, Arc::clone(&figures)));
        let asker = asker.transpose().unwrap_or_else(|why| {
            tracing::error!(why, "queries cannot be embedded: search is by words alone");
            None
        });
        Self {
            asker,
            is_set,
            query_chars: settings.limits.query_chars,
            figures,
        }
    }

    /// What has been counted.
    pub(super) fn figures(&self) -> Option<&Figures> {
        self.is_set.then_some(&*self.figures)
    }

    /// What a query means, if that can be said at once.
    pub(super) async fn of(&self, query: &str, metrics: &Metrics) -> Meant {
        let nothing = Meant {
            asked: self.is_set.then_some(Asked::Unavailable),
            made_by: String::new(),
        };
        let Some(asker) = &self.asker else {
            return nothing;
        };
        let query: String = query.trim().chars().take(self.query_chars).collect();
        if query.is_empty() {
            return Meant {
                asked: None,
                ..nothing
            };
        }
        let begun = Instant::now();
        let asked = asker.ask(&query).await;
        metrics.asked_for_meaning(begun.elapsed());
        Meant {
            asked: Some(asked),
            made_by: asker.fingerprint().to_owned(),
        }
    }
}

impl Meant {
    /// Searches by it, as far as it is known.
    pub(super) fn search(&self, engine: &Engine, request: &Request) -> Result<Results> {
        let meaning = match &self.asked {
            Some(Asked::Vector(numbers)) => Some(Meaning {
                fingerprint: &self.made_by,
                numbers,
            }),
            _ => None,
        };
        engine.search_by_meaning(request, meaning)
    }

    /// What came of it; `None` where there is no service.
    pub(super) fn outcome(&self, results: &Results) -> Option<Outcome> {
        Some(match self.asked.as_ref()? {
            Asked::Vector(_) if results.by_meaning => Outcome::Used,
            Asked::Vector(_) => Outcome::NotReady,
            Asked::Late => Outcome::Late,
            Asked::Unavailable => Outcome::Unavailable,
        })
    }
}

/// An answer to a search. One that should have been by meaning too is for this moment only: the next may be better.
pub(super) fn kept(outcome: Option<Outcome>, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    if outcome.is_some_and(|outcome| outcome != Outcome::Used) {
        let never = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, never);
    }
    response
}
