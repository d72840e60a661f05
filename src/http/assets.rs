//! Style sheets, scripts and icons: files of `assets/`, inside the program, at addresses that change with their content.

use super::embed;
use super::error::Failure;
use super::extract::{Params, Tail};
use super::media::content_type;
use crate::error::Error;
use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// For an address that names the content: it never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// For an address that does not.
const SHORTLY: &str = "public, max-age=300, stale-while-revalidate=86400";

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
pub(super) async fn asset(Tail(path): Tail, params: Params) -> Result<Response, Failure> {
    let file = Files::get(&path).ok_or_else(absent)?;
    let current = params.has("v", &hash_of(&file));
    Ok(send(&path, file, if current { FOR_EVER } else { SHORTLY }))
}

/// `GET /embed/v1/kb-search.js`
pub(super) async fn box_script() -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            content_type("kb-search.js").to_owned(),
        ),
        (header::ETAG, format!("W/\"{}\"", embed::fingerprint())),
        (header::CACHE_CONTROL, SHORTLY.to_owned()),
    ];
    (headers, embed::script()).into_response()
}

/// `GET /embed/v1/kb-ask.js`
pub(super) async fn box_ask_script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type("kb-ask.js").to_owned()),
        (header::CACHE_CONTROL, SHORTLY.to_owned()),
    ];
    (headers, embed::later()).into_response()
}

fn absent() -> Error {
    Error::not_found("there is no such file")
}

fn send(path: &str, file: EmbeddedFile, policy: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type(path).to_owned()),
        (header::ETAG, format!("W/\"{}\"", hash_of(&file))),
        (header::CACHE_CONTROL, policy.to_owned()),
    ];
    let body = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    (headers, body).into_response()
}
