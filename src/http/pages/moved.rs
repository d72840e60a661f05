//! Where has it gone? Former addresses of articles lead to the present ones; everything else is not found.

use super::addresses;
use super::reader::Reader;
use crate::error::{Error, Result};
use crate::http::error::Failure;
use crate::http::extract::Reading;
use crate::index::View;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;

/// Any address without a route: a former one, or nothing.
pub(in crate::http) async fn elsewhere(
    reader: Reader,
    reading: Reading,
    uri: Uri,
) -> Result<Response, Failure> {
    let path = percent_decode_str(uri.path())
        .decode_utf8_lossy()
        .into_owned();
    let view = reading.view();
    Ok(redirect(&reader, view, &path)?)
}

/// Leads from a former address (percent-decoded, starting with `/`) to the present one, for good.
///
/// # Errors
/// `NotFound`, in the same words for what is hidden from the viewer as for what is not there; `Unavailable` while nobody can say
/// who he is.
pub(super) fn redirect(reader: &Reader, view: &View, path: &str) -> Result<Response> {
    let (page, ending) = match path.strip_suffix(".md") {
        Some(page) => (page, ".md"),
        None => (path, ""),
    };
    let trimmed = page.trim_end_matches('/');
    let head = view.moved(path).map(|head| (head, ""));
    let head = head.or_else(|| view.moved(trimmed).map(|head| (head, ending)));
    let Some((head, ending)) = head else {
        reader.visitor.is_known()?;
        return Err(Error::not_found("there is nothing at this address"));
    };
    let target = reader.link(&format!("{}{ending}", addresses::article(&head.id)));
    permanently(&target)
}

/// A redirect to `target`, for good.
pub(super) fn permanently(target: &str) -> Result<Response> {
    let location = HeaderValue::from_str(target);
    let location =
        location.map_err(|error| Error::internal("a redirect could not be written", error))?;
    Ok((
        StatusCode::MOVED_PERMANENTLY,
        [(header::LOCATION, location)],
    )
        .into_response())
}
