//! Is it alive, does it serve, how does it do? `/healthz`, `/readyz`, `/metrics`.

use super::client;
use super::error::Failure;
use super::extract::Reading;
use super::state::AppState;
use crate::error::{Code, Error};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use subtle::ConstantTimeEq;

/// For answers that hold for this moment only.
const NO_STORE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-store");

/// Marks a request that came in by `metrics.listen`.
#[derive(Debug, Clone, Copy)]
pub(super) struct FiguresDoor;

/// `GET /healthz`: the process answers.
pub(super) async fn healthz() -> impl IntoResponse {
    ([NO_STORE], "ok\n")
}

/// What is being served.
#[derive(Debug, Serialize)]
pub(super) struct Readiness {
    status: &'static str,
    generation: String,
    articles: usize,
    /// `reached` or `away`: while it is away people search and read, and nobody can ask.
    database: &'static str,
    problems: Problems,
}

/// How many problems were found while files were read.
#[derive(Debug, Serialize)]
pub(super) struct Problems {
    errors: usize,
    warnings: usize,
}

/// `GET /readyz`: an index is being served; 503 until then, and again when the process is about to end. Problems in articles do
/// not make it unready, as the last good version of each is served; nor does a database that is away, as all servers share it
/// and searching and reading go on.
pub(super) async fn readyz(
    State(state): State<AppState>,
    reading: Reading,
) -> Result<impl IntoResponse, Failure> {
    if state.is_draining() {
        return Err(Error::new(Code::Unavailable, "this server is about to end").into());
    }
    let problems = state.problems();
    let readiness = Readiness {
        status: "ready",
        generation: reading.engine.snapshot().generation().to_owned(),
        articles: reading.view().len(),
        database: match state.reaches_database() {
            true => "reached",
            false => "away",
        },
        problems: Problems {
            errors: problems.errors,
            warnings: problems.warnings,
        },
    };
    Ok(([NO_STORE], Json(readiness)))
}

/// `GET /metrics`: for whom `[metrics]` of `kb.toml` names; for all others there is nothing here.
pub(super) async fn metrics(
    State(state): State<AppState>,
    request: Request,
) -> Result<impl IntoResponse, Failure> {
    if !may_see_figures(&state, &request) {
        return Err(Error::not_found("there is nothing at this address").into());
    }
    let kind = (
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    );
    Ok(([NO_STORE, kind], state.metrics().text(&state)))
}

fn may_see_figures(state: &AppState, request: &Request) -> bool {
    let rules = &state.settings().metrics;
    if let Some(token) = &rules.token {
        let given = request.headers().get(header::AUTHORIZATION);
        let given = given.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        return given.is_some_and(|given| given.ct_eq(token.reveal().as_bytes()).into())
            && (rules.listen.is_none() || request.extensions().get::<FiguresDoor>().is_some());
    }
    match rules.listen {
        Some(_) => request.extensions().get::<FiguresDoor>().is_some(),
        None => client::is_from_here(request.extensions(), request.headers()),
    }
}
