//! Which file came with my case? Sent only to who opens that case, as something to save; pictures that were opened once may be shown.

use super::case_page::{open, read_token};
use super::{addresses, private};
use crate::error::Error;
use crate::http::client::Client;
use crate::http::error::Failure;
use crate::http::state::AppState;
use crate::model::AttachmentId;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// Nothing in the file may run or load anything, wherever it is opened.
const POLICY: &str = "sandbox; default-src 'none'";

/// `GET /case/{token}/files/{id}/{name}`. The name is for the browser; the id alone decides.
pub(in crate::http) async fn file(
    State(state): State<AppState>,
    Client(source): Client,
    Path((token, id, _)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let case = open(&cases, &read_token(&token)?, source).await?;
    let id = AttachmentId::parse(&id).map_err(|_| Error::not_found("there is no such file"))?;
    let (file, bytes, shown) = cases.requesters_file(case.id, id).await?;
    Ok(send(file.name.as_str(), &file.media_type, bytes, shown))
}

/// A file as an answer: shown where it stands, or offered for saving.
pub(in crate::http) fn send(name: &str, media_type: &str, bytes: Vec<u8>, shown: bool) -> Response {
    let kind = if shown {
        media_type
    } else {
        "application/octet-stream"
    };
    let how = if shown { "inline" } else { "attachment" };
    // RFC 6266: the encoded name alone, so no character of it can end the header.
    let disposition = format!("{how}; filename*=UTF-8''{}", addresses::encode(name));
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    for (header, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(header, value);
        }
    }
    private::seal(&mut response);
    response
}
