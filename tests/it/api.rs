//! The JSON API: what programs get, and what they are told when they ask wrongly.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use kb::clock::Clock;
use kb::config::{Schema, Settings};
use kb::http::{AppState, app};
use kb::search::Engine;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;

/// A server's answer.
struct Answer {
    status: StatusCode,
    body: serde_json::Value,
}

async fn get(address: &str) -> Answer {
    let state = AppState::new(
        Arc::new(Settings::default()),
        Path::new("kb"),
        Clock::System,
    );
    state.publish(Arc::new(Engine::new(
        Arc::default(),
        Arc::new(Schema::default()),
        &kb::text::Analyzer::default(),
    )));
    let request = Request::get(address).body(Body::empty()).expect("request");
    let response = app(state).oneshot(request).await.expect("response");
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("body");
    Answer {
        status,
        body: serde_json::from_slice(&bytes).expect("JSON"),
    }
}

#[tokio::test]
async fn a_search_answers_in_the_documented_shape() {
    let answer = get("/api/v1/search?q=%E9%80%80%E6%AC%BE").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["query"], "退款");
}

#[tokio::test]
async fn every_mistake_in_the_parameters_is_told_at_once() {
    let answer = get("/api/v1/search?q=a&limit=-1&offset=x&lnag=en").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let named: Vec<_> = answer.body["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|e| e["parameter"].clone())
        .collect();
    assert_eq!(named, ["limit", "offset", "lnag"]);
}
