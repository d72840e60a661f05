//! How do programs ask? `POST /api/v1/cases`, and what a case's secret link opens: reading, writing, attaching, confirming,
//! reopening, rating.

use super::case_answer::{CaseAnswer, OpenedCase};
use super::json::Body;
use super::problems::{Absent, Problems, Writing};
use crate::cases::{Asking, Cases, Entrance, Key, NewCase, Proof, Written, plain_text};
use crate::error::{Code, Error, Result};
use crate::http::client::Client;
use crate::http::error::{Failure, InvalidParameter};
use crate::http::form::Form as Sent;
use crate::http::keys;
use crate::http::pages::{enter, open, read_token};
use crate::http::state::AppState;
use crate::http::visitor::Visitor;
use crate::model::case::{Kind, Rating, Via};
use crate::model::{Email, Lang, PersonName, Slug, VisitId};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

/// A question for people.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskRequest {
    /// Where answers go.
    #[serde(default)]
    #[schema(example = "li.lei@example.com")]
    email: String,
    /// What is asked, as plain text.
    #[schema(example = "忘记密码，手机号也换了，怎么登录？")]
    text: String,
    /// What to call the asker.
    name: Option<String>,
    /// `question` (when left out), `problem`, `complaint` or `suggestion`.
    kind: Option<String>,
    /// The product that it is about.
    product: Option<String>,
    /// `zh-CN`, `zh-TW` or `en`: the language of answers.
    lang: Option<String>,
    /// The id of the visit that it comes from.
    visit: Option<String>,
    /// The stamp of `GET /api/v1/cases/form`.
    stamp: Option<String>,
    /// The solution of its task, as base64 of the JSON of the ALTCHA protocol. Without one, lower limits apply.
    altcha: Option<String>,
}

/// A message to one's case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageRequest {
    /// Plain text.
    text: String,
}

/// Files, and what there is to say about them.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the fields; the handler reads them as they come"
)]
pub(crate) struct AttachForm {
    /// One or several files.
    #[schema(content_media_type = "application/octet-stream")]
    files: Vec<String>,
    /// Plain text; may be left out.
    text: Option<String>,
}

/// Why a case is opened again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReopenRequest {
    /// Plain text; may be left out.
    #[serde(default)]
    text: String,
}

/// How it was.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RatingRequest {
    /// One to five.
    #[schema(minimum = 1, maximum = 5, example = 5)]
    stars: u8,
    /// In words; may be left out.
    #[serde(default)]
    text: String,
}

/// Ask people.
///
/// Repeat a request whose answer was lost with the same `Idempotency-Key`: it opens one case.
#[utoipa::path(post, path = "/api/v1/cases", tag = "cases", params(
    ("Idempotency-Key" = Option<String>, Header, description = "A new UUID for each new question")
), request_body = AskRequest, responses(
    (status = 201, description = "The case, with the link that opens it", body = OpenedCase),
    Problems, Writing,
))]
pub(crate) async fn open_case(
    State(state): State<AppState>,
    Client(source): Client,
    visitor: Visitor,
    headers: HeaderMap,
    Body(mut request): Body<AskRequest>,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    visitor.fill(&mut request.email, &mut request.name);
    let stamped = request
        .stamp
        .as_deref()
        .and_then(|stamp| cases.read_form(stamp).ok());
    let proof = match keys::proof(&visitor)? {
        Some(proof) => Some(proof),
        None => prove(&cases, stamped.as_deref(), request.altcha.as_deref()),
    };
    let new = new_case(&state, &cases, &request)?;
    let new = NewCase {
        tier: visitor.tier_for(&new.email),
        product: new.product.or_else(|| visitor.product_for(&new.email)),
        ..new
    };
    let own = headers
        .contains_key(header::ORIGIN)
        .then_some(stamped)
        .flatten();
    let key = key(
        &headers,
        own.as_deref(),
        "api-case",
        &[new.email.as_str(), &new.text],
    )?;
    let opened = cases.ask(new, Asking { key, proof, source }).await?;
    let answer = OpenedCase::of(&cases, &opened);
    let place = [
        (header::LOCATION, answer.url.clone()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let status = if opened.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, place, Json(answer)).into_response())
}

/// Read a case.
#[utoipa::path(get, path = "/api/v1/cases/{token}", tag = "cases", params(
    ("token" = String, Path, description = "The secret of the case's link")
), responses(
    (status = 200, description = "The case", body = CaseAnswer),
    Absent, Problems,
))]
pub(crate) async fn read_case(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let case = match enter(&cases, &read_token(&token)?, source).await? {
        Entrance::Case(case) => *case,
        Entrance::Moved(other) => {
            let place = [(
                header::LOCATION,
                format!("/api/v1/cases/{}", other.reveal()),
            )];
            return Ok((StatusCode::TEMPORARY_REDIRECT, place).into_response());
        }
    };
    answer(&cases, case).await
}

/// Write to one's case.
#[utoipa::path(post, path = "/api/v1/cases/{token}/messages", tag = "cases", params(
    ("token" = String, Path, description = "The secret of the case's link"),
    ("Idempotency-Key" = Option<String>, Header, description = "A new UUID for each new message")
), request_body = MessageRequest, responses(
    (status = 200, description = "The case", body = CaseAnswer),
    Absent, Problems, Writing,
))]
pub(crate) async fn write_message(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
    headers: HeaderMap,
    Body(request): Body<MessageRequest>,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let case = open(&cases, &read_token(&token)?, source).await?;
    let text = plain_text(&request.text, state.settings().ask.text_chars);
    let text = text.map_err(|fault| parameter("text", &fault.to_string()))?;
    let key = key(
        &headers,
        None,
        "api-message",
        &[&case.id.to_string(), &text],
    )?;
    let written = Written {
        text,
        files: Vec::new(),
        via: Via::Api,
        key,
        source,
    };
    let case = cases.write(case.id, written).await?;
    answer(&cases, case).await
}

/// Attach files to one's case.
///
/// A form (`multipart/form-data`) with fields `files`, and `text` if there is something to say about them.
#[utoipa::path(post, path = "/api/v1/cases/{token}/attachments", tag = "cases", params(
    ("token" = String, Path, description = "The secret of the case's link"),
    ("Idempotency-Key" = Option<String>, Header, description = "A new UUID for each new message")
), request_body(content = AttachForm, content_type = "multipart/form-data"), responses(
    (status = 200, description = "The case", body = CaseAnswer),
    Absent, Problems, Writing,
))]
pub(crate) async fn attach(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
    headers: HeaderMap,
    mut form: Sent,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let case = open(&cases, &read_token(&token)?, source).await?;
    let sent = form.file_bytes();
    if cases.count_upload(source, sent).await?.is_some() {
        let busy = Error::new(Code::RateLimited, "too many files in a day");
        return Err(busy.help("try again tomorrow").into());
    }
    let files = form.files(&state).await?;
    let files = files.map_err(|fault| parameter("files", &fault.to_string()))?;
    if files.is_empty() {
        return Err(parameter("files", "is missing"));
    }
    let text = plain_text(form.get("text"), state.settings().ask.text_chars).unwrap_or_default();
    let key = key(
        &headers,
        None,
        "api-message",
        &[&case.id.to_string(), &text, &sent.to_string()],
    )?;
    let written = Written {
        text,
        files,
        via: Via::Api,
        key,
        source,
    };
    let case = cases.write(case.id, written).await?;
    answer(&cases, case).await
}

/// Say that it is solved.
#[utoipa::path(post, path = "/api/v1/cases/{token}/solved", tag = "cases", params(
    ("token" = String, Path, description = "The secret of the case's link")
), responses(
    (status = 200, description = "The case", body = CaseAnswer),
    Absent, Problems, Writing,
))]
pub(crate) async fn say_solved(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let case = open(&cases, &read_token(&token)?, source).await?;
    let case = cases.confirm(case.id).await?;
    answer(&cases, case).await
}

/// Say that it is not solved after all.
#[utoipa::path(post, path = "/api/v1/cases/{token}/reopen", tag = "cases", params(
    ("token" = String, Path, description = "The secret of the case's link")
), request_body = ReopenRequest, responses(
    (status = 200, description = "The case", body = CaseAnswer),
    Absent, Problems, Writing,
))]
pub(crate) async fn reopen_case(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
    Body(request): Body<ReopenRequest>,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let case = open(&cases, &read_token(&token)?, source).await?;
    let text = plain_text(&request.text, state.settings().ask.text_chars).unwrap_or_default();
    let case = cases.reopen(case.id, &text).await?;
    answer(&cases, case).await
}

/// Say how it was.
#[utoipa::path(post, path = "/api/v1/cases/{token}/rating", tag = "cases", params(
    ("token" = String, Path, description = "The secret of the case's link")
), request_body = RatingRequest, responses(
    (status = 200, description = "The case", body = CaseAnswer),
    Absent, Problems, Writing,
))]
pub(crate) async fn rate_case(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
    Body(request): Body<RatingRequest>,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let case = open(&cases, &read_token(&token)?, source).await?;
    let rating = Rating::new(request.stars).map_err(|why| parameter("stars", &why.to_string()))?;
    let text = plain_text(&request.text, state.settings().ask.text_chars).unwrap_or_default();
    let case = cases.rate(case.id, rating, &text).await?;
    answer(&cases, case).await
}

async fn answer(cases: &Cases, case: crate::model::case::Case) -> Result<Response, Failure> {
    let shown = cases.show(case).await?;
    let kept = [(header::CACHE_CONTROL, "no-store")];
    Ok((kept, Json(CaseAnswer::of(&shown))).into_response())
}

/// What is asked, with all mistakes at once.
fn new_case(state: &AppState, cases: &Cases, request: &AskRequest) -> Result<NewCase, Failure> {
    let mut mistakes = Vec::new();
    let mut note = |name: &str, why: String| {
        mistakes.push(InvalidParameter {
            parameter: name.to_owned(),
            detail: why,
        });
    };
    let email =
        Email::parse(&request.email).map_err(|why| note("email", format!("is no address: {why}")));
    let text = plain_text(&request.text, state.settings().ask.text_chars)
        .map_err(|why| note("text", why.to_string()));
    let name = request
        .name
        .as_deref()
        .map(PersonName::parse)
        .transpose()
        .map_err(|why| note("name", why.to_string()));
    let kind = request
        .kind
        .as_deref()
        .map(Kind::parse)
        .transpose()
        .map_err(|why| note("kind", why.to_string()));
    let product = request
        .product
        .as_deref()
        .map(Slug::parse)
        .transpose()
        .map_err(|why| note("product", why.to_string()));
    let visit = request
        .visit
        .as_deref()
        .map(VisitId::parse)
        .transpose()
        .map_err(|why| note("visit", why.to_string()));
    let lang = request
        .lang
        .as_deref()
        .map(|tag| Lang::parse(tag).ok_or(()))
        .transpose();
    let lang = lang.map_err(|()| note("lang", "must be zh-CN, zh-TW or en".to_owned()));
    let (Ok(email), Ok(text), Ok(name), Ok(kind), Ok(product), Ok(visit), Ok(lang)) =
        (email, text, name, kind, product, visit, lang)
    else {
        return Err(Failure::parameters(mistakes));
    };
    Ok(NewCase {
        email,
        name,
        tier: None,
        lang: lang.unwrap_or(state.settings().site.default_lang),
        text,
        kind: kind.unwrap_or(Kind::Question),
        product,
        category: String::new(),
        via: Via::Api,
        visit: visit.or_else(|| Some(VisitId::generate(cases.now()))),
        steps: Vec::new(),
        files: Vec::new(),
        articles: Vec::new(),
    })
}

fn prove(cases: &Cases, form: Option<&str>, proof: Option<&str>) -> Option<Proof> {
    cases.prove(form?, proof?).ok()
}

/// The key that a program gave, else the one of the form that it filled.
fn key(
    headers: &HeaderMap,
    form: Option<&str>,
    what: &str,
    request: &[&str],
) -> Result<Option<Key>, Failure> {
    let given = headers
        .get("idempotency-key")
        .map(|key| key.to_str().unwrap_or_default());
    match given.or(form) {
        Some(key) => Ok(Some(Key::new(what, key, request)?)),
        None => Ok(None),
    }
}

fn parameter(name: &str, why: &str) -> Failure {
    Failure::parameters(vec![InvalidParameter {
        parameter: name.to_owned(),
        detail: why.to_owned(),
    }])
}

/// For a form on another site: its stamp, its task, and what it can offer.
#[derive(Debug, serde::Serialize, ToSchema)]
pub(crate) struct AskForm {
    /// To be sent back as `stamp`. Good for some hours, and for one question.
    stamp: String,
    /// The task of the ALTCHA protocol (algorithm `SHA-256`), to be solved and sent back as `altcha`; `null` for none.
    challenge: Option<serde_json::Value>,
    /// The longest text, in characters.
    text_chars: usize,
    /// Until when a question that is asked now would be answered, in RFC 3339.
    promised: Option<String>,
    /// The mail address of the customer whose token was sent.
    email: Option<String>,
    /// What he is called.
    name: Option<String>,
}

/// Begin to ask.
#[utoipa::path(get, path = "/api/v1/cases/form", tag = "cases", responses(
    (status = 200, description = "What a form needs", body = AskForm),
    Problems,
))]
pub(crate) async fn ask_form(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let form = cases.new_form()?;
    let task = cases
        .challenge(&form.id)
        .and_then(|task| serde_json::from_str(&task.0).ok());
    let (mut email, mut name) = (String::new(), None);
    visitor.fill(&mut email, &mut name);
    let answer = AskForm {
        email: Some(email).filter(|email| !email.is_empty()),
        name,
        stamp: form.stamp,
        challenge: task,
        text_chars: state.settings().ask.text_chars,
        promised: cases
            .promised(Kind::Question, visitor.tier())
            .map(|at| at.to_string()),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}
