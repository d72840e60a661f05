//! What does a reader see when something fails? A page in his language that says what to do next.

use super::frame::Frame;
use super::lists::{self, Item};
use super::reader::Reader;
use super::{messages, templates};
use crate::http::error::Asked;
use crate::http::extract::Reading;
use crate::http::state::AppState;
use crate::http::visitor::Visitor;
use crate::search::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde::Serialize;

/// The longest text that is searched for on a page that was not found, in characters.
const SOUGHT_CHARS: usize = 60;

/// How many articles are offered there.
const OFFERED: usize = 5;

#[derive(Debug, Serialize)]
struct FailureView {
    status: u16,
    title: &'static str,
    lines: Vec<String>,
    searchable: bool,
    hits: Vec<Item>,
}

/// The page for a failure. The status and the security headers are set by the caller.
pub(in crate::http) fn error_page(
    state: &AppState,
    asked: &Asked<'_>,
    status: StatusCode,
) -> Response {
    let reader = Reader::of(asked.path, asked.query, asked.headers, state.settings())
        .known_as(asked.visitor.clone());
    let (title, text) = match (status, asked.path.split('/').nth(1)) {
        (StatusCode::NOT_FOUND, Some("case" | "tap")) => ("case_absent_title", "case_absent_text"),
        (StatusCode::SERVICE_UNAVAILABLE, Some("ask" | "case" | "tap")) => {
            ("unavailable_title", "ask_unavailable_text")
        }
        _ => words(status),
    };
    let is_private = ["/case/", "/tap/", "/desk"]
        .iter()
        .any(|room| asked.path.starts_with(room));
    let missing = status == StatusCode::NOT_FOUND && !is_private;
    let sought = if missing {
        words_of(asked.path)
    } else {
        String::new()
    };
    let page = FailureView {
        status: status.as_u16(),
        title: messages::text(reader.lang, title),
        lines: lines(&reader, asked, status, text),
        searchable: !status.is_server_error(),
        hits: offered(state, asked.visitor, &reader, &sought),
    };
    let mut frame = Frame::new(state, &reader, page.title);
    frame.query = sought;
    frame.unlisted = true;
    templates::page("error.html", &frame, &page)
        .unwrap_or_else(|_| messages::text(reader.lang, title).into_response())
}

/// The message keys of the title and the text for a status. What an error itself says is written for programs and their
/// makers, in English.
fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => ("not_found_title", "not_found_text"),
        StatusCode::CONFLICT => ("conflict_title", "conflict_text"),
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => ("forbidden_title", "forbidden_text"),
        StatusCode::TOO_MANY_REQUESTS => ("too_many_title", "too_many_text"),
        StatusCode::SERVICE_UNAVAILABLE => ("unavailable_title", "unavailable_text"),
        StatusCode::METHOD_NOT_ALLOWED => ("bad_request_title", "bad_method_text"),
        StatusCode::URI_TOO_LONG
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => ("bad_request_title", "too_long_text"),
        status if status.is_server_error() => ("internal_title", "internal_text"),
        _ => ("bad_request_title", "bad_request_text"),
    }
}

fn lines(reader: &Reader, asked: &Asked<'_>, status: StatusCode, text: &str) -> Vec<String> {
    let mut lines = vec![messages::text(reader.lang, text).to_owned()];
    if status.is_server_error() {
        lines.push(messages::fill(
            reader.lang,
            "request_id",
            &[("id", asked.request_id)],
        ));
    }
    lines
}

/// The words of an address: `/a/account/forgot-password.html` → `account forgot password`.
fn words_of(path: &str) -> String {
    let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
    let path = ["/a/", "/c/", "/files/"]
        .iter()
        .find_map(|p| path.strip_prefix(p))
        .unwrap_or(&path);
    let endings = [".md", ".html", ".htm", ".php", ".aspx"];
    let path = endings
        .iter()
        .find_map(|ending| path.strip_suffix(ending))
        .unwrap_or(path);
    let words: Vec<&str> = path
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect();
    words.join(" ").chars().take(SOUGHT_CHARS).collect()
}

/// Articles that the address may have meant.
fn offered(state: &AppState, visitor: &Visitor, reader: &Reader, sought: &str) -> Vec<Item> {
    let Some(reading) = Reading::begin(state, visitor).filter(|_| !sought.is_empty()) else {
        return Vec::new();
    };
    let request = Request {
        query: sought.to_owned(),
        viewer: reading.viewer,
        limit: OFFERED,
        ..Request::default()
    };
    let view = reading.view();
    let hits = reading
        .engine
        .search(&request)
        .map(|results| results.hits)
        .unwrap_or_default();
    let heads = hits.iter().filter_map(|hit| view.head(&hit.id));
    heads.map(|head| lists::item(reader, head, false)).collect()
}

#[cfg(test)]
mod tests {
    use super::words_of;

    #[test]
    fn reads_the_words_of_an_address() {
        for (path, words) in [
            ("/a/account/forgot-password", "account forgot password"),
            (
                "/help/%E5%BF%98%E8%AE%B0%E5%AF%86%E7%A0%81.html",
                "help 忘记密码",
            ),
            ("/a/x.md", "x"),
            ("/", ""),
            ("/%ff%00<script>", "script"),
        ] {
            assert_eq!(words_of(path), words, "{path}");
        }
        assert!(words_of(&format!("/{}", "长".repeat(999))).chars().count() <= 60);
    }
}
