//! Which pictures and files stand beside the articles? `GET /files/{*path}`, for those that an article in the viewer's view
//! shows or links to. They are sent in pieces, never run: no script in them, an SVG's least of all, has any right.

use super::error::Failure;
use super::extract::{Reading, Tail};
use super::media::{content_type, is_played, is_shown, is_text};
use super::state::AppState;
use crate::error::{Error, Result};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// How much is read at a time, in bytes.
const PIECE_BYTES: u64 = 256 * 1024;

/// A file that may be sent.
#[derive(Debug)]
struct Found {
    file: File,
    bytes: u64,
    etag: String,
}

/// `GET /files/{*path}`
pub(super) async fn file(
    State(state): State<AppState>,
    reading: Reading,
    Tail(path): Tail,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if !reading.view().has_file(&path) {
        return Err(absent().into());
    }
    let (kb, below) = (state.kb().to_owned(), path.clone());
    let found = state.blocking().run(move || open(&kb, &below)).await?;
    let range = match requested_range(&headers, &found) {
        Ok(range) => range,
        Err(error) => return Ok(beyond(error, &found)),
    };
    let mut response = pieces(&state, &found, range.unwrap_or((0, found.bytes)))?.into_response();
    describe(&mut response, &path, &found, range);
    Ok(response)
}

fn absent() -> Error {
    Error::not_found("there is no such file")
}

/// Opens a file below `kb`, if it is one and no link leads out.
fn open(kb: &Path, path: &str) -> Result<Found> {
    let root = kb.canonicalize().map_err(|error| absent().because(error))?;
    let place = root
        .join(path)
        .canonicalize()
        .map_err(|error| absent().because(error))?;
    if !place.starts_with(&root) || !place.is_file() {
        return Err(absent());
    }
    let file = File::open(&place).map_err(|error| absent().because(error))?;
    let metadata = file.metadata().map_err(|error| absent().because(error))?;
    let modified = metadata
        .modified()
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let weak = if is_text(content_type(path)) {
        "W/"
    } else {
        ""
    };
    let etag = format!(
        "{weak}\"{:x}-{:x}\"",
        metadata.len(),
        modified.unwrap_or_default().as_nanos()
    );
    Ok(Found {
        file,
        bytes: metadata.len(),
        etag,
    })
}

/// The bytes that are asked for, as `(first, end)`; `None` for all. Only a single range is known; others get the whole file.
fn requested_range(headers: &HeaderMap, found: &Found) -> Result<Option<(u64, u64)>> {
    let bytes = found.bytes;
    let held = headers.get(header::IF_RANGE);
    if held.is_some_and(|held| held.as_bytes() != found.etag.as_bytes()) {
        return Ok(None);
    }
    let asked = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let Some((first, last)) = asked.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
    else {
        return Ok(None);
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.saturating_add(1).min(bytes)),
        (Ok(first), Err(_)) if last.is_empty() => (first, bytes),
        (Err(_), Ok(count)) if first.is_empty() => (bytes.saturating_sub(count), bytes),
        _ => return Ok(None),
    };
    if range.0 >= range.1 {
        return Err(Error::invalid(format!("the file has only {bytes} bytes")));
    }
    Ok(Some(range))
}

/// Says that nothing of the file is in the range, and how long the file is.
fn beyond(error: Error, found: &Found) -> Response {
    let failure = Failure::with_status(StatusCode::RANGE_NOT_SATISFIABLE, error);
    let mut response = failure.into_response();
    let length = format!("bytes */{}", found.bytes);
    set(&mut response, header::CONTENT_RANGE, &length);
    response
}

/// The body: read piece by piece as the client takes it, so that a large file never stands in memory.
fn pieces(state: &AppState, found: &Found, (first, end): (u64, u64)) -> Result<Body> {
    let file = found
        .file
        .try_clone()
        .map_err(|error| absent().because(error))?;
    let blocking = state.blocking().clone();
    let next = move |(mut file, at): (File, u64)| {
        let blocking = blocking.clone();
        async move {
            if at >= end {
                return Ok::<_, Error>(None);
            }
            let read = blocking.run(move || {
                let piece = read_piece(&mut file, at, (end - at).min(PIECE_BYTES))
                    .map_err(|error| Error::internal("a file cannot be read", error))?;
                Ok((piece, file))
            });
            let (piece, file) = read.await?;
            let after = at + piece.len() as u64;
            Ok(Some((piece, (file, after))))
        }
    };
    Ok(Body::from_stream(stream::try_unfold((file, first), next)))
}

fn read_piece(file: &mut File, at: u64, bytes: u64) -> std::io::Result<Bytes> {
    file.seek(SeekFrom::Start(at))?;
    let mut piece = vec![0; usize::try_from(bytes).unwrap_or_default()];
    file.read_exact(&mut piece)?;
    Ok(piece.into())
}

fn describe(response: &mut Response, path: &str, found: &Found, range: Option<(u64, u64)>) {
    let (first, end) = range.unwrap_or((0, found.bytes));
    if range.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let range = format!("bytes {first}-{}/{}", end - 1, found.bytes);
        set(response, header::CONTENT_RANGE, &range);
    }
    set(response, header::CONTENT_LENGTH, &(end - first).to_string());
    set(response, header::CONTENT_TYPE, content_type(path));
    set(response, header::ETAG, &found.etag);
    set(response, header::ACCEPT_RANGES, "bytes");
    let policy = match is_played(path) {
        true => "default-src 'none'; media-src 'self'; frame-ancestors 'none'",
        false => "sandbox; default-src 'none'",
    };
    set(response, header::CONTENT_SECURITY_POLICY, policy);
    if !is_shown(path) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
        set(
            response,
            header::CONTENT_DISPOSITION,
            &format!("attachment; filename*=UTF-8''{name}"),
        );
    }
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
