//! What do programs get? JSON, described by a document that is made from these handlers and their types.

pub(super) mod search;

use axum::Json;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(info(title = "kb", description = "Search and read the help centre."))]
struct Description;

/// What the document says beside the operations.
pub(super) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// `GET /api/v1/openapi.json`
pub(super) async fn openapi_document() -> Json<utoipa::openapi::OpenApi> {
    Json(super::router::openapi())
}
