//! What was sent? The fields of a form, by who is signed in, from a page of ours.

use super::door::Desk;
use crate::error::{Code, Error};
use crate::http::error::Failure;
use crate::http::state::AppState;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

/// The most fields of a form.
const MAX_FIELDS: usize = 400;

/// The fields of a form.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `a=1&b=2`.
    pub(super) fn read(body: &[u8]) -> Result<Self, Error> {
        let pairs = url::form_urlencoded::parse(body).take(MAX_FIELDS + 1);
        let pairs: Vec<(String, String)> = pairs
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        if pairs.len() > MAX_FIELDS {
            return Err(Error::invalid(format!(
                "a form has at most {MAX_FIELDS} fields"
            )));
        }
        Ok(Self(pairs))
    }

    /// The first value of a field; empty when it is not there.
    pub(super) fn one(&self, name: &str) -> &str {
        self.given(name).unwrap_or_default()
    }

    /// The first value of a field, if it is there.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A form that somebody who is signed in sent from a page of ours.
pub(super) struct Posted {
    pub(super) desk: Desk,
    pub(super) fields: Fields,
    /// Whether a script sent it, which wants an answer and no page.
    pub(super) by_script: bool,
}

impl FromRequest<AppState> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let refuse = |error: Error| Failure::from(error).into_response();
        let (mut parts, body) = request.into_parts();
        let desk = Desk::from_request_parts(&mut parts, state).await?;
        let accept = parts.headers.get(header::ACCEPT).cloned();
        let bytes = Bytes::from_request(Request::from_parts(parts, body), state).await;
        let bytes =
            bytes.map_err(|_| refuse(Error::new(Code::TooLarge, "the form is too large")))?;
        let fields = Fields::read(&bytes).map_err(refuse)?;
        let matches: bool = fields
            .one("csrf")
            .as_bytes()
            .ct_eq(desk.csrf().as_bytes())
            .into();
        if !matches {
            return Err(refuse(forged()));
        }
        let by_script =
            accept.is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
        Ok(Self {
            desk,
            fields,
            by_script,
        })
    }
}

fn forged() -> Error {
    Error::new(
        Code::Forbidden,
        "this form was not sent by a page of the desk",
    )
    .help("open the page again and send it from there")
}
