//! What happens to every request? It gets an id and one engine to read from; its answer gets headers, a line in the log and
//! its place in the figures; a failure gets its words.

use super::error::{Asked, Failure, render};
use super::extract::Reading;
use super::leftover::Leftover;
use super::state::AppState;
use super::throttle::Class;
use super::visitor::{self, Visitor};
use super::{access_log, cache, client, cors, headers, keys, origin, pages};
use crate::cases::Source;
use crate::config::Settings;
use crate::error::{Code, Error};
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use std::time::{Duration, Instant};
use tracing::Instrument;

/// The header that carries the request's id, in and out.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest address that is read, in bytes.
const MAX_ADDRESS_BYTES: usize = 16 * 1024;

/// The most that names and values of headers may take together, in bytes.
const MAX_HEADER_BYTES: usize = 32 * 1024;

/// The largest body of a request without files, in bytes.
pub(super) const MAX_FIELDS_BYTES: u64 = 256 * 1024;

/// The most that a refused request may still send, in bytes.
const MAX_PASSED_OVER_BYTES: u64 = 256 * 1024 * 1024;

/// How long a request with files may take, in milliseconds: phones are slow.
const UPLOAD_MS: u64 = 300_000;

/// The middleware around all routes.
pub(super) async fn boundary(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let (method, uri, headers) = head_of(&request);
    let request_id = request_id(&headers);
    let (visitor, stranger) = who(&state, &method, uri.path(), &headers).await;
    let asked = Asked {
        method: &method,
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        request_id: &request_id,
        visitor: &visitor,
    };
    let route = request.extensions().get::<MatchedPath>().cloned();
    let reading = Reading::begin(&state, &visitor);
    if let Some(reading) = &reading {
        request.extensions_mut().insert(reading.clone());
    }
    request.extensions_mut().insert(visitor.clone());
    let source = client::source_of(&state, request.extensions(), &headers);
    let known = || cache::unchanged(&state, &asked, reading.as_ref());
    let response = match refusal(&state, &asked, &uri)
        .or_else(|| too_much(&state, &asked, source))
        .or(stranger)
    {
        Some(failure) => {
            pass_over(request.into_body(), &state).await;
            failure.into_response()
        }
        None => match known() {
            Some(unchanged) => unchanged,
            None => answer(&state, &asked, request, next).await,
        },
    };
    let mut response = render(&state, &asked, response);
    cache::describe(&state, &asked, reading.as_ref(), &mut response);
    headers::secure(&state, &asked, &mut response);
    cors::permit(&state, &asked, &mut response);
    keys::describe(&visitor, asked.path, &mut response);
    if visitor.is_over && !response.headers().contains_key(header::SET_COOKIE) {
        pages::forget(&mut response, &state);
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    if state.is_draining() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let took = begun.elapsed();
    state
        .metrics()
        .answered(route, &method, response.status(), took);
    access_log::write(&asked, route, response.status(), took);
    response
}

/// Why a network that reads too much is refused, if it does.
fn too_much(state: &AppState, asked: &Asked<'_>, source: Source) -> Option<Failure> {
    if !matches!(*asked.method, Method::GET | Method::HEAD) {
        return None;
    }
    let class = Class::of(asked.path)?;
    let limits = &state.settings().limits;
    let busy = state
        .throttle()
        .admit(class, source, limits, state.clock().now());
    let busy = busy.err()?;
    state.metrics().limited(class.as_str());
    let error = Error::new(
        Code::RateLimited,
        "too much was read from this network in a minute",
    );
    let error = error.help(format!("try again in {} seconds", busy.retry_after_s));
    Some(Failure::from(error).after(busy.retry_after_s))
}

/// Who asks; one whose token is not taken is nobody, and is told why.
async fn who(
    state: &AppState,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> (Visitor, Option<Failure>) {
    let served = state.served();
    let engine = served.as_ref().map(|served| &*served.engine);
    match visitor::of(state, method, path, headers, engine).await {
        Ok(visitor) => keys::gate(state, method, path, headers, visitor).await,
        Err(failure) => (Visitor::default(), Some(failure)),
    }
}

fn head_of(request: &Request) -> (Method, Uri, HeaderMap) {
    (
        request.method().clone(),
        request.uri().clone(),
        request.headers().clone(),
    )
}

async fn answer(state: &AppState, asked: &Asked<'_>, mut request: Request, next: Next) -> Response {
    let (body, left) = Leftover::of(std::mem::take(request.body_mut()));
    *request.body_mut() = body;
    if let Some(preflight) = cors::preflight(state, asked) {
        return preflight;
    }
    let usual_ms = state.settings().server.request_timeout_ms;
    let has_files = is_multipart(asked.headers);
    let limit = Duration::from_millis(if has_files {
        UPLOAD_MS.max(usual_ms)
    } else {
        usual_ms
    });
    let span = tracing::info_span!("request", request_id = asked.request_id);
    let answered = tokio::time::timeout(limit, next.run(request).instrument(span)).await;
    let Ok(answered) = answered else {
        let error = Error::new(Code::Unavailable, "the answer took too long");
        return Failure::from(error).into_response();
    };
    if let Some(rest) = left.and_then(|left| left.take()) {
        pass_over(rest, state).await;
    }
    answered
}

/// Why a request is refused before any handler sees it, if it is.
fn refusal(state: &AppState, asked: &Asked<'_>, uri: &Uri) -> Option<Failure> {
    let most = most_bytes(state, asked);
    let header_bytes: usize = asked
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    let (status, why) = if uri.path_and_query().map_or(0, |p| p.as_str().len()) > MAX_ADDRESS_BYTES
    {
        let why = format!("the address is longer than {MAX_ADDRESS_BYTES} bytes");
        (StatusCode::URI_TOO_LONG, why)
    } else if header_bytes > MAX_HEADER_BYTES {
        let why = format!("the headers are longer than {MAX_HEADER_BYTES} bytes");
        (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why)
    } else if body_bytes(asked.headers) > most {
        let why = format!("what was sent is larger than {most} bytes");
        (StatusCode::PAYLOAD_TOO_LARGE, why)
    } else if let Some(error) = origin::refusal(state, asked) {
        return Some(error.into());
    } else if asked.path.starts_with("/api/") && !takes_json(asked.headers) {
        let why = "this address answers in application/json only".to_owned();
        (StatusCode::NOT_ACCEPTABLE, why)
    } else {
        return None;
    };
    Some(Failure::with_status(status, Error::invalid(why)))
}

/// The largest body that this request may have.
pub(super) fn most_bytes(state: &AppState, asked: &Asked<'_>) -> u64 {
    match is_multipart(asked.headers) {
        true => upload_bytes(state.settings()),
        false => MAX_FIELDS_BYTES,
    }
}

/// The largest body of a form with files: all of them, and what else it says.
pub(super) fn upload_bytes(settings: &Settings) -> u64 {
    let files = u64::try_from(settings.uploads.files).unwrap_or(1);
    MAX_FIELDS_BYTES + files * (settings.uploads.file_mib << 20)
}

/// Reads what a refused request still sends, within limits: a browser that is answered before it has sent everything shows that
/// the connection broke, and not the answer.
async fn pass_over(body: Body, state: &AppState) {
    let limit = Duration::from_millis(state.settings().server.request_timeout_ms);
    let mut chunks = body.into_data_stream();
    let mut left = MAX_PASSED_OVER_BYTES;
    let read = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            left = left.saturating_sub(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if left == 0 {
                return;
            }
        }
    };
    // What comes later is cut off.
    let _ = tokio::time::timeout(limit, read).await;
}

fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"))
}

fn body_bytes(headers: &HeaderMap) -> u64 {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

fn takes_json(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter().peekable();
    let takes = |value: &HeaderValue| {
        let value = value.to_str().unwrap_or("*/*");
        ["*/*", "application/*", "json", "text/html"]
            .iter()
            .any(|kind| value.contains(kind))
    };
    accepted.peek().is_none() || accepted.any(takes)
}

/// The id that a proxy gave, if it is short and plain; else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        (8..=64).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    match given.filter(plain) {
        Some(id) => id.to_owned(),
        None => uuid::Uuid::now_v7().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Clock;
    use crate::config::Settings;
    use crate::error::{Error, Result};
    use crate::http::error::Failure;
    use crate::http::router::around;
    use crate::http::state::AppState;
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::extract::State;
    use axum::http::{Request, Response, StatusCode};
    use axum::routing::get;
    use std::path::Path;
    use std::sync::Arc;
    use tower::ServiceExt;

    #[expect(
        clippy::panic,
        reason = "what a fault in a handler does is what is tested"
    )]
    async fn faulty() -> &'static str {
        panic!("the secret is in /etc/kb")
    }

    #[expect(
        clippy::panic,
        reason = "what a fault in a handler does is what is tested"
    )]
    async fn faulty_work(State(state): State<AppState>) -> Result<String, Failure> {
        let work = || -> Result<String> { panic!("the secret is in /etc/kb") };
        Ok(state.blocking().run(work).await?)
    }

    async fn broken() -> Failure {
        let cause = anyhow::anyhow!("select secret from /etc/kb");
        Error::internal("table secret is missing", cause).into()
    }

    fn site() -> Router {
        let mut settings = Settings::default();
        settings.server.request_timeout_ms = 50;
        let state = AppState::new(Arc::new(settings), Path::new("kb"), Clock::System);
        let routes = Router::new()
            .route("/api/panic", get(faulty))
            .route("/api/work", get(faulty_work))
            .route("/api/broken", get(broken))
            .route("/api/stuck", get(std::future::pending::<String>))
            .route("/page/panic", get(faulty));
        around(routes, state)
    }

    async fn ask(site: &Router, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let answer: Response<Body> = site.clone().oneshot(request).await.expect("an answer");
        let status = answer.status();
        let id = answer.headers()["x-request-id"]
            .to_str()
            .expect("an id")
            .to_owned();
        let body = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(body.contains(&id), "{path} names its id: {body}");
        (status, body)
    }

    #[tokio::test]
    async fn s54_a_fault_is_answered_without_its_cause_and_the_next_request_is_served() {
        let site = site();
        for path in [
            "/api/panic",
            "/api/work",
            "/api/broken",
            "/page/panic",
            "/api/panic",
        ] {
            let (status, body) = ask(&site, path).await;
            assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
            for word in ["secret", "/etc", "panic", "src/", env!("CARGO_PKG_VERSION")] {
                assert!(
                    !body.replace("/page/panic", "").contains(word),
                    "{path} shows {word}: {body}"
                );
            }
        }
    }

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_given_up() {
        let (status, body) = ask(&site(), "/api/stuck").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("too long"), "{body}");
    }
}
