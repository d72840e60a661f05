//! Style sheets, scripts and icons: files of `assets/`, inside the program, at addresses that change with their content.

use super::error::Failure;
use super::extract::Tail;
use crate::error::Error;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "src/http/assets"]
struct Files;

/// Content hashes by path: 12 hex digits of each file's SHA-256.
static HASHES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let hash = |path: &str| Files::get(path).map(|file| hash_of(&file));
    Files::iter()
        .filter_map(|path| Some((path.to_string(), hash(&path)?)))
        .collect()
});

fn hash_of(file: &EmbeddedFile) -> String {
    let bytes = file.metadata.sha256_hash();
    bytes[..6].iter().map(|b| format!("{b:02x}")).collect()
}

/// The address of an asset, with its content's hash, so that it can be kept for ever: `app.css` → `/assets/app.css?v=…`.
pub(super) fn address(path: &str) -> String {
    match HASHES.get(path) {
        Some(hash) => format!("/assets/{path}?v={hash}"),
        None => format!("/assets/{path}"),
    }
}

/// The hash of all assets together.
pub(super) fn fingerprint() -> String {
    HASHES.values().map(String::as_str).collect()
}

/// `GET /assets/{*path}`
pub(super) async fn asset(Tail(path): Tail, headers: HeaderMap) -> Result<Response, Failure> {
    file(&path, &headers)
}

/// `GET /embed/v1/kb-search.js`
pub(super) async fn box_script(headers: HeaderMap) -> Result<Response, Failure> {
    file("embed/kb-search.js", &headers)
}

fn file(path: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let file = Files::get(path).ok_or_else(|| Error::not_found("there is no such file"))?;
    let etag = format!("W/\"{}\"", hash_of(&file));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.contains(&etag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let kind = super::media::content_type(path);
    Ok((
        [(header::CONTENT_TYPE, kind), (header::ETAG, &etag)],
        file.data.into_owned(),
    )
        .into_response())
}
