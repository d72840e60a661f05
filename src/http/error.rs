//! How does a failure look from outside? The one place that turns an [`Error`] into a response.
//!
//! Handlers return a [`Failure`]; it travels in the response's extensions up to [`render`], which alone knows the request's id,
//! address and `Accept`: programs get `application/problem+json` (RFC 9457), people a page. The cause goes to the log, never out.

use super::pages;
use super::state::AppState;
use super::visitor::Visitor;
use crate::error::{Code, Error};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Marks a response that says all there is to say, whatever its status: a form that comes back with what is wrong in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole;

/// One parameter that is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct InvalidParameter {
    /// Its name.
    #[schema(example = "limit")]
    pub(super) parameter: String,
    /// What is wrong with it.
    #[schema(example = "must be a whole number from 1 to 50")]
    pub(super) detail: String,
}

/// A problem (RFC 9457), as `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// A name for this kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:kb:problem:bad-request")]
    kind: String,
    /// What kind of problem it is.
    #[schema(example = "Bad Request")]
    title: String,
    /// The HTTP status.
    #[schema(example = 400)]
    status: u16,
    /// What went wrong this time.
    #[schema(example = "`limit` must be a whole number from 1 to 50")]
    detail: String,
    /// The id of the request, to quote when asking for help.
    #[schema(example = "0198c1c5-9f6e-7b41-a6a1-0d5b7f3d3c11")]
    instance: String,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// The parameters that are not acceptable.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<InvalidParameter>,
}

/// An [`Error`] on its way out, with what only HTTP can say about it.
#[derive(Debug)]
pub(super) struct Failure {
    error: Error,
    status: StatusCode,
    parameters: Vec<InvalidParameter>,
    after_s: Option<u64>,
}

impl Failure {
    /// The same, with how many seconds to wait before it is tried again.
    pub(super) fn after(self, seconds: u64) -> Self {
        Self {
            after_s: Some(seconds),
            ..self
        }
    }

    /// A failure with a status that no [`Code`] stands for.
    pub(super) fn with_status(status: StatusCode, error: Error) -> Self {
        Self {
            error,
            status,
            parameters: Vec::new(),
            after_s: None,
        }
    }

    /// A request with parameters that are not acceptable.
    pub(super) fn parameters(parameters: Vec<InvalidParameter>) -> Self {
        let lines: Vec<String> = parameters
            .iter()
            .map(|p| format!("`{}` {}", p.parameter, p.detail))
            .collect();
        let error = Error::invalid(lines.join("; "));
        Self {
            parameters,
            ..Self::from(error)
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::with_status(status_of(error.code()), error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

fn status_of(code: Code) -> StatusCode {
    match code {
        Code::InvalidRequest => StatusCode::BAD_REQUEST,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict => StatusCode::CONFLICT,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Unauthorized => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What is known of a request when its failure is shown.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// Its method.
    pub(super) method: &'a Method,
    /// The path of its address.
    pub(super) path: &'a str,
    /// Its query string.
    pub(super) query: &'a str,
    /// Its headers.
    pub(super) headers: &'a HeaderMap,
    /// Its id.
    pub(super) request_id: &'a str,
    /// Who asked.
    pub(super) visitor: &'a Visitor,
}

/// Fills in the body of a failed response; others pass unchanged.
pub(super) fn render(state: &AppState, asked: &Asked<'_>, mut response: Response) -> Response {
    let Some(failure) = failure_of(&mut response) else {
        return response;
    };
    log(&failure, asked.request_id);
    let mut shown = match wants_page(asked.path, asked.headers) {
        true => pages::error_page(state, asked, failure.status),
        false => problem(&failure, asked.request_id),
    };
    *shown.status_mut() = failure.status;
    shown
        .headers_mut()
        .extend(std::mem::take(response.headers_mut()));
    let usual = match failure.status {
        StatusCode::SERVICE_UNAVAILABLE => Some(5),
        StatusCode::TOO_MANY_REQUESTS => Some(60),
        _ => None,
    };
    if let Some(seconds) = failure.after_s.or(usual) {
        let seconds = HeaderValue::from(seconds);
        shown.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    shown
}

/// A failed response whose page is made already, as that of a form which says what is wrong with it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown;

/// The failure that a response stands for. What the router itself refuses has none yet and gets its words here.
fn failure_of(response: &mut Response) -> Option<Arc<Failure>> {
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    if !failed || response.extensions().get::<Whole>().is_some() {
        return None;
    }
    if response.extensions().get::<Shown>().is_some() {
        return None;
    }
    response.headers_mut().remove(header::CONTENT_TYPE);
    response.headers_mut().remove(header::CONTENT_LENGTH);
    let known = response.extensions_mut().remove::<Arc<Failure>>();
    Some(known.unwrap_or_else(|| Arc::new(Failure::with_status(status, unnamed(status)))))
}

fn unnamed(status: StatusCode) -> Error {
    match status {
        StatusCode::NOT_FOUND => Error::not_found("there is nothing at this address"),
        StatusCode::METHOD_NOT_ALLOWED => {
            Error::invalid("this address can only be read").help("use GET or HEAD")
        }
        status if status.is_client_error() => Error::invalid("the request cannot be answered"),
        _ => Error::new(Code::Internal, "the request failed"),
    }
}

fn log(failure: &Failure, request_id: &str) {
    // Being busy is no fault, and a line for each refusal would be one: the access log has them.
    if failure.error.code() == Code::Unavailable && failure.error.cause().is_none() {
        tracing::debug!(
            request_id,
            message = failure.error.message(),
            "request refused"
        );
    } else if failure.status.is_server_error() {
        let cause = failure.error.cause().map(|cause| format!("{cause:#}"));
        tracing::error!(
            request_id,
            message = failure.error.message(),
            cause,
            "request failed"
        );
    }
}

fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let machine = ["/api/", "/healthz", "/readyz", "/metrics", "/embed/v1/"];
    if machine.iter().any(|prefix| path.starts_with(prefix)) {
        return false;
    }
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_none_or(|accept| {
        accept.contains("text/html") || accept.contains("*/*") || !accept.contains("json")
    })
}

fn problem(failure: &Failure, request_id: &str) -> Response {
    let title = failure.status.canonical_reason().unwrap_or("Error");
    let detail = match failure.error.code() {
        Code::Internal => {
            "something went wrong on our side; quote the request id when you ask about it"
        }
        _ => failure.error.message(),
    };
    let problem = Problem {
        kind: format!(
            "urn:kb:problem:{}",
            title.to_ascii_lowercase().replace(' ', "-")
        ),
        title: title.to_owned(),
        status: failure.status.as_u16(),
        detail: detail.to_owned(),
        instance: request_id.to_owned(),
        help: failure.error.help_text().map(str::to_owned),
        errors: failure.parameters.clone(),
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
}

/// The answer of a handler that panicked.
pub(super) fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    let cause = anyhow::anyhow!("panic: {said}");
    Failure::from(Error::internal("the handler failed", cause)).into_response()
}
