//! Is it alive, does it serve, how does it do? `/healthz`, `/readyz`, `/metrics`.

use super::error::Failure;
use super::extract::Reading;
use axum::Json;
use axum::response::IntoResponse;
use serde::Serialize;

/// `GET /healthz`: the process answers.
pub(super) async fn healthz() -> impl IntoResponse {
    "ok\n"
}

/// What is being served.
#[derive(Debug, Serialize)]
pub(super) struct Readiness {
    status: &'static str,
    generation: String,
    articles: usize,
}

/// `GET /readyz`: an index is being served; 503 until then.
pub(super) async fn readyz(reading: Reading) -> Result<Json<Readiness>, Failure> {
    Ok(Json(Readiness {
        status: "ready",
        generation: reading.engine.snapshot().generation().to_owned(),
        articles: reading.engine.view(reading.viewer).len(),
    }))
}
