//! What does this site look like? Its colours as a style sheet, its icon, its logo.

use super::{colours, messages};
use crate::content;
use crate::error::{Error, Result};
use crate::http::error::Failure;
use crate::http::extract::Params;
use crate::http::media;
use crate::http::state::AppState;
use crate::model::Lang;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::path::Path;

/// The largest logo, in bytes.
const MAX_LOGO_BYTES: u64 = 1024 * 1024;

/// Kinds of call-out, as `content::render` names them.
const CALLOUTS: [&str; 8] = [
    "tip",
    "info",
    "note",
    "important",
    "warning",
    "caution",
    "danger",
    "details",
];

/// For what may be kept for ever, since its address changes with it.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// `GET /assets/site.css`: the site's colours, those of code, and the words that a style sheet adds.
pub(in crate::http) async fn style_sheet(
    State(state): State<AppState>,
    params: Params,
) -> Response {
    let colours = colours::style_sheet(&state.settings().site.colours);
    let css = format!("{colours}{}{}", content::highlight_css(), words());
    let kind = (header::CONTENT_TYPE, "text/css; charset=utf-8");
    match is_current(&state, params) {
        true => ([kind, (header::CACHE_CONTROL, FOR_EVER)], css).into_response(),
        false => ([kind], css).into_response(),
    }
}

/// Whether the address names the present look.
fn is_current(state: &AppState, mut params: Params) -> bool {
    params
        .one("v")
        .is_some_and(|version| version == state.salt())
}

/// What call-outs are called that their author gave no title, by the language of the text around them.
fn words() -> String {
    let mut css = String::new();
    for lang in Lang::ALL {
        for kind in CALLOUTS {
            let title = quoted(messages::text(lang, &format!("callout_{kind}")));
            css.push_str(&format!(
                ":lang({lang}) [data-kind={kind}]>.kb-callout-title:empty::before{{content:{title}}}\n"
            ));
        }
        let words = quoted(messages::text(lang, "too_deep"));
        css.push_str(&format!(
            ":lang({lang}) .kb-too-deep::before{{content:{words}}}\n"
        ));
    }
    css
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `GET /favicon.svg`
pub(in crate::http) async fn icon(State(state): State<AppState>) -> Response {
    let svg = colours::icon(&state.settings().site.colours);
    ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response()
}

/// `GET /assets/logo`: the picture that `kb.toml` names.
pub(in crate::http) async fn logo(State(state): State<AppState>) -> Result<Response, Failure> {
    let file = state.settings().site.logo.clone();
    let file = file.ok_or_else(|| Error::not_found("this site has no logo"))?;
    let kind = media::content_type(&file.to_string_lossy());
    let bytes = state.blocking().run(move || read_logo(&file)).await?;
    Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
}

/// `GET /apple-touch-icon.png`: the logo, if it is a PNG. Telephones ask for it unasked, so they get no page when there is none.
pub(in crate::http) async fn touch_icon(State(state): State<AppState>) -> Response {
    let file = state.settings().site.logo.clone();
    let file = file.filter(|file| media::content_type(&file.to_string_lossy()) == "image/png");
    let bytes = match file {
        Some(file) => state.blocking().run(move || read_logo(&file)).await.ok(),
        None => None,
    };
    match bytes {
        Some(bytes) => ([(header::CONTENT_TYPE, "image/png")], bytes).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

fn read_logo(file: &Path) -> Result<Vec<u8>> {
    let missing = |error| Error::not_found("the logo cannot be read").because(error);
    let size = std::fs::metadata(file).map_err(missing)?.len();
    match size > MAX_LOGO_BYTES {
        true => Err(Error::not_found("the logo is larger than 1 MB")),
        false => std::fs::read(file).map_err(missing),
    }
}
