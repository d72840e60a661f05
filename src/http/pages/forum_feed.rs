//! What is new in the forum? `/questions/feed.xml`, as Atom.

use super::forum::absent;
use super::messages;
use super::{addresses, frame, xml::escape};
use crate::cases::Listing;
use crate::config::Settings;
use crate::http::error::Failure;
use crate::http::extract::Reading;
use crate::http::state::AppState;
use crate::model::question::Question;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

/// `GET /questions/feed.xml`: the newest questions.
pub(in crate::http) async fn feed(
    State(state): State<AppState>,
    reading: Reading,
) -> Result<Response, Failure> {
    let found = state
        .cases()?
        .questions(reading.viewer, Listing::Newest, "", 1)
        .await
        .map_err(absent)?;
    let text = write(state.settings(), &found.questions);
    // It follows from the questions and not from the index.
    let tag = format!("\"{}\"", &blake3::hash(text.as_bytes()).to_hex()[..32]);
    let mut response = text.into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("application/atom+xml; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

fn write(settings: &Settings, questions: &[Question]) -> String {
    let lang = settings.site.default_lang;
    let site = frame::site_name(settings, lang);
    let title = messages::fill(lang, "forum_feed_title", &[("site", &site)]);
    let updated = questions.iter().map(|q| q.updated_at).max();
    let updated = updated.unwrap_or(Timestamp::UNIX_EPOCH);
    let entries: String = questions.iter().map(|q| entry(settings, q)).collect();
    let home = escape(&addresses::public(settings, "/questions"));
    let own = escape(&addresses::public(settings, "/questions/feed.xml"));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{lang}\">\n\
         <id>{home}</id>\n<title>{}</title>\n<updated>{updated:.0}</updated>\n<author><name>{}</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"{home}\"/>\n{entries}</feed>\n",
        escape(&title),
        escape(&site),
    )
}

fn entry(settings: &Settings, question: &Question) -> String {
    let address = escape(&addresses::public(
        settings,
        &format!("/q/{}", question.number),
    ));
    format!(
        "<entry xml:lang=\"{}\">\n<id>{address}</id>\n<title>{}</title>\n<published>{:.0}</published>\n<updated>{:.0}</updated>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{address}\"/>\n<summary>{}</summary>\n</entry>\n",
        question.lang,
        escape(&question.title),
        question.created_at,
        question.updated_at,
        escape(&question.text),
    )
}
