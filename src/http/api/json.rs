//! What does the body say? JSON, read strictly: a key that nobody knows is a mistake and no wish.

use crate::error::{Code, Error};
use crate::http::boundary::MAX_FIELDS_BYTES;
use crate::http::error::Failure;
use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

/// A body that is JSON. A beacon may call itself text, since browsers send no other kind without asking first.
pub(in crate::http) struct Body<T>(pub(in crate::http) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let (head, body) = request.into_parts();
        if !is_json(&head.headers) {
            let error =
                Error::invalid("the body must be JSON").help("send content-type: application/json");
            return Err(Failure::with_status(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                error,
            ));
        }
        let most = usize::try_from(MAX_FIELDS_BYTES).unwrap_or(usize::MAX);
        let too_large = || {
            Error::new(
                Code::TooLarge,
                format!("the body is larger than {most} bytes"),
            )
        };
        let bytes = to_bytes(body, most).await.map_err(|_| too_large())?;
        // A struct could also be read from a list of its values, where no key has to be known.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Error::invalid("the body must be a JSON object").into());
        }
        let read = serde_json::from_slice(&bytes);
        Ok(Self(read.map_err(|error| {
            Error::invalid(format!("the body cannot be read: {error}"))
        })?))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}
