//! What is kept of me, and how does it go? Counted, taken along as a file, and erased, for who just showed that it is he.

use super::known;
use crate::cases::Erased;
use crate::error::Error;
use crate::http::error::Failure;
use crate::http::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::reader::Reader;
use crate::http::pages::sign_in::{address_for, forget};
use crate::http::pages::{messages, private, templates};
use crate::http::state::AppState;
use crate::http::trail;
use crate::http::visitor::{Visitor, session};
use crate::model::Customer;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Value, json};

/// How long after signing in somebody counts as just proved, in minutes.
const FRESH_MINUTES: i64 = 15;

/// The kinds of things that are counted, by their names in the document and in the catalogue.
const KINDS: [&str; 6] = [
    "cases",
    "questions",
    "answers",
    "follows",
    "recently_read",
    "points",
];

/// The section.
#[derive(Debug, Serialize)]
pub(super) struct DataView {
    kept: Vec<Kept>,
    export: String,
    erase: String,
}

#[derive(Debug, Serialize)]
struct Kept {
    name: String,
    count: u64,
}

/// What is shown to this visitor.
pub(super) async fn section(
    state: &AppState,
    reader: &Reader,
    visitor: &Visitor,
) -> Result<DataView, Failure> {
    let document = document(state, &*known(visitor)?).await?;
    let count = |kind: &str| match &document[kind] {
        Value::Array(all) => u64::try_from(all.len()).unwrap_or(u64::MAX),
        other => other["total"].as_u64().unwrap_or(0),
    };
    let kept = KINDS.map(|kind| Kept {
        name: messages::text(reader.lang, &format!("data_{kind}")).to_owned(),
        count: count(kind),
    });
    Ok(DataView {
        kept: kept.into_iter().filter(|kept| kept.count > 0).collect(),
        export: reader.link("/me/export"),
        erase: reader.link("/me/erase"),
    })
}

/// Everything that is kept, with what the session knows.
async fn document(state: &AppState, customer: &Customer) -> Result<Value, Failure> {
    let cases = state.cases()?;
    let found = match &customer.email {
        Some(email) => cases.person_document(email).await?,
        None => None,
    };
    let mut document = found.unwrap_or_else(|| json!({"format": "kb person 1"}));
    if customer.person.is_none() {
        let read = cases.readings(&trail::holder(customer), 100).await?;
        document["recently_read"] = read
            .iter()
            .map(|id| json!({"page": id.to_string()}))
            .collect();
    }
    document["signed_in_as"] = json!({
        "subject": customer.subject.as_str(),
        "name": customer.name.as_ref().map(ToString::to_string),
        "email": customer.email.as_ref().map(ToString::to_string),
        "audience": customer.audience,
        "tier": customer.tier.as_ref().map(|tier| tier.as_str().to_owned()),
        "products": customer.products,
    });
    Ok(document)
}

/// `POST /me/export`: everything as a file.
pub(in crate::http) async fn export(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let customer = known(&visitor)?;
    let document = document(&state, &customer).await?;
    if let Some(email) = &customer.email {
        state.cases()?.note_handed_out(email, "himself").await?;
    }
    let text = serde_json::to_string_pretty(&document)
        .map_err(|e| Error::internal("the data cannot be written", e))?;
    let head = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"my-data.json\""),
        ),
    ];
    let mut response = (head, text).into_response();
    private::seal(&mut response);
    Ok(response)
}

#[derive(Debug, Serialize)]
struct EraseView {
    action: String,
    back: String,
    word: String,
    wrong: bool,
    /// Where to sign in again, for who did not do so just now.
    prove: Option<String>,
    done: bool,
}

/// `GET /me/erase`
pub(in crate::http) async fn erase_form(
    State(state): State<AppState>,
    reader: Reader,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    known(&visitor)?;
    let view = erase_view(&state, &reader, &headers).await?;
    show(&state, &reader, &view, StatusCode::OK)
}

/// `POST /me/erase`: the word must be typed, by who signed in just now.
pub(in crate::http) async fn erase(
    State(state): State<AppState>,
    reader: Reader,
    visitor: Visitor,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let customer = known(&visitor)?;
    let mut view = erase_view(&state, &reader, &headers).await?;
    view.wrong = form.get("word").trim().to_lowercase() != view.word;
    if view.prove.is_some() || view.wrong {
        return show(&state, &reader, &view, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let erased = forget_all(&state, &customer).await?;
    if let Some(session) = session(&state, &headers) {
        state.cases()?.sign_customer_out(&session).await?;
    }
    if erased.public {
        state.forget_texts();
    }
    view.done = true;
    let mut response = show(&state, &reader, &view, StatusCode::OK)?;
    forget(&mut response, &state);
    Ok(response)
}

async fn forget_all(state: &AppState, customer: &Customer) -> Result<Erased, Failure> {
    let cases = state.cases()?;
    cases
        .forget_readings(&trail::holder(customer), true)
        .await?;
    Ok(match &customer.email {
        Some(email) => cases.erase(email, "himself").await?,
        None => Erased::default(),
    })
}

async fn erase_view(
    state: &AppState,
    reader: &Reader,
    headers: &HeaderMap,
) -> Result<EraseView, Failure> {
    let cases = state.cases()?;
    let since = match session(state, headers) {
        Some(session) => cases.customer_since(&session).await?,
        None => None,
    };
    let fresh = SignedDuration::from_mins(FRESH_MINUTES);
    let is_fresh = since.is_some_and(|since| cases.now().duration_since(since) <= fresh);
    Ok(EraseView {
        action: reader.link("/me/erase"),
        back: reader.link("/me"),
        word: messages::text(reader.lang, "erase_word").to_owned(),
        wrong: false,
        prove: (!is_fresh).then(|| reader.link(&address_for("/me/erase"))),
        done: false,
    })
}

fn show(
    state: &AppState,
    reader: &Reader,
    view: &EraseView,
    status: StatusCode,
) -> Result<Response, Failure> {
    let mut frame = Frame::new(state, reader, messages::text(reader.lang, "erase_title"));
    frame.unlisted = true;
    let mut response = templates::page("me/erase.html", &frame, view)?;
    *response.status_mut() = status;
    private::seal(&mut response);
    Ok(response)
}
