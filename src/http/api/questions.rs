//! How do programs use the open forum? `GET /api/v1/questions` and one question, votes, and answers that wait for review.

use super::json::Body;
use super::problems::{Absent, Problems, Writing};
use crate::cases::{Asking, Found, Key, Listing, MAX_ANSWER_CHARS, NewAnswer, Thread, plain_text};
use crate::error::Error;
use crate::http::client::Client;
use crate::http::error::{Failure, InvalidParameter};
use crate::http::extract::{Params, Reading};
use crate::http::state::AppState;
use crate::model::question;
use crate::model::{AnswerId, Email, Lang, PersonName, VisitId};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What can be asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; the handler reads them, all mistakes at once"
)]
pub(crate) struct QuestionsParams {
    /// `newest` (when left out), `open` for those without an answer, or `helpful`.
    #[param(example = "newest")]
    order: Option<String>,
    /// Only questions of this category, and of those within it.
    #[param(example = "account")]
    category: Option<String>,
    /// Which page, from 1.
    #[param(default = 1, minimum = 1)]
    page: Option<usize>,
}

/// A page of questions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Questions {
    /// The questions.
    questions: Vec<Question>,
    /// How many there are in all.
    total: u32,
    /// Which page this is.
    page: u32,
    /// How many pages there are.
    pages: u32,
}

/// A question of the open forum.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Question {
    /// Its number.
    #[schema(example = 42)]
    number: i64,
    /// Its address.
    #[schema(example = "/q/42")]
    url: String,
    /// The question in one line.
    title: String,
    /// More about it, as plain text; may be empty.
    text: String,
    /// Its language.
    #[schema(example = "zh-CN")]
    lang: &'static str,
    /// The path of its category; empty for none.
    category: String,
    /// Labels.
    tags: Vec<String>,
    /// How many answers are shown.
    answers: u32,
    /// Whether one of them was accepted.
    accepted: bool,
    /// How many found it helpful, less those who did not.
    votes: i64,
    /// When it was published, in RFC 3339.
    created_at: String,
    /// When it or its answers last changed.
    updated_at: String,
}

/// A question with its answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionAnswer {
    /// The question.
    question: Question,
    /// Its answers: the accepted one, then the most helpful.
    answers: Vec<Answer>,
}

/// An answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer {
    /// Its id.
    id: String,
    /// `markdown` of the desk, or `text` of a customer.
    #[schema(example = "markdown")]
    format: &'static str,
    /// What was answered.
    text: String,
    /// What its author is called; empty for nobody.
    by: String,
    /// Whether the desk answered.
    official: bool,
    /// Whether it was accepted.
    accepted: bool,
    /// How many found it helpful, less those who did not.
    votes: i64,
    /// When it was written, in RFC 3339.
    created_at: String,
}

/// What a visitor says of a question or an answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VoteRequest {
    /// The id of the visit: it has one vote.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    visit: String,
    /// The answer; the question when left out.
    answer: Option<String>,
    /// `true`, `false`, or `null` to take it back.
    helpful: Option<bool>,
}

/// What there is now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Votes {
    /// How many found it helpful, less those who did not.
    votes: i64,
}

/// An answer for review.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerRequest {
    /// Plain text.
    text: String,
    /// What to call its author in public.
    name: Option<String>,
    /// Where its author hears of it; never shown.
    email: Option<String>,
    /// `zh-CN`, `zh-TW` or `en`: the language of mails.
    lang: Option<String>,
    /// The stamp of `GET /api/v1/cases/form`.
    stamp: Option<String>,
    /// The solution of its task. Without one, lower limits apply.
    altcha: Option<String>,
}

/// An answer that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TakenAnswer {
    /// Its id.
    id: String,
    /// It waits for review.
    #[schema(example = "waiting")]
    state: &'static str,
}

/// List the open forum.
#[utoipa::path(get, path = "/api/v1/questions", tag = "questions", params(QuestionsParams), responses(
    (status = 200, description = "A page of questions", body = Questions),
    Absent, Problems,
))]
pub(crate) async fn questions(
    State(state): State<AppState>,
    reading: Reading,
    mut params: Params,
) -> Result<Response, Failure> {
    let order = params.one("order");
    let category = params.text("category", 300).unwrap_or_default();
    let page = params.number("page", 1, 1..=10_000);
    params.finish()?;
    let listing = match order.as_deref() {
        None => Listing::default(),
        Some(word) => Listing::parse(word)
            .ok_or_else(|| parameter("order", "must be newest, open or helpful"))?,
    };
    let page = u32::try_from(page).unwrap_or(1);
    let found = state
        .cases()?
        .questions(reading.viewer, listing, &category, page)
        .await?;
    Ok(now(Questions {
        questions: found.questions.iter().map(Question::of).collect(),
        total: found.total,
        page: found.page,
        pages: found.pages,
    }))
}

/// Read a question with its answers.
#[utoipa::path(get, path = "/api/v1/questions/{number}", tag = "questions", params(
    ("number" = i64, Path, description = "The question's number", example = 42)
), responses(
    (status = 200, description = "The question", body = QuestionAnswer),
    (status = 410, description = "It was taken back", body = crate::http::error::Problem, content_type = "application/problem+json"),
    Absent, Problems,
))]
pub(crate) async fn question(
    State(state): State<AppState>,
    reading: Reading,
    Path(number): Path<String>,
) -> Result<Response, Failure> {
    let found = state
        .cases()?
        .thread(reading.viewer, number_of(&number)?, None)
        .await?;
    match found {
        Found::Thread(thread) => Ok(now(QuestionAnswer::of(&thread))),
        Found::Gone => {
            let gone = Error::not_found("this question was taken back");
            Err(Failure::with_status(StatusCode::GONE, gone))
        }
    }
}

/// Say what helped.
///
/// A visit has one vote on a question and on each answer: sent again it changes nothing, sent otherwise it replaces the first.
#[utoipa::path(post, path = "/api/v1/questions/{number}/votes", tag = "questions", params(
    ("number" = i64, Path, description = "The question's number", example = 42)
), request_body = VoteRequest, responses(
    (status = 200, description = "The votes that it has now", body = Votes),
    Absent, Problems, Writing,
))]
pub(crate) async fn vote(
    State(state): State<AppState>,
    Client(source): Client,
    reading: Reading,
    Path(number): Path<String>,
    Body(request): Body<VoteRequest>,
) -> Result<Response, Failure> {
    let number = number_of(&number)?;
    let visit =
        VisitId::parse(&request.visit).map_err(|why| parameter("visit", &why.to_string()))?;
    let answer = request.answer.as_deref().map(AnswerId::parse).transpose();
    let answer = answer.map_err(|why| parameter("answer", &why.to_string()))?;
    let votes = state
        .cases()?
        .vote(
            reading.viewer,
            number,
            answer,
            request.helpful,
            (visit, source),
        )
        .await?;
    Ok(now(Votes { votes }))
}

/// Answer a question.
///
/// It is shown once somebody at the desk has read it; who left an address is told. Repeat a request whose answer was lost with the
/// same `Idempotency-Key`: it is one answer.
#[utoipa::path(post, path = "/api/v1/questions/{number}/answers", tag = "questions", params(
    ("number" = i64, Path, description = "The question's number", example = 42),
    ("Idempotency-Key" = Option<String>, Header, description = "A new UUID for each new answer")
), request_body = AnswerRequest, responses(
    (status = 202, description = "It waits for review", body = TakenAnswer),
    Absent, Problems, Writing,
))]
pub(crate) async fn answer(
    State(state): State<AppState>,
    Client(source): Client,
    reading: Reading,
    Path(number): Path<String>,
    headers: HeaderMap,
    Body(request): Body<AnswerRequest>,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let number = number_of(&number)?;
    let stamp = request.stamp.as_deref();
    let stamped = stamp.and_then(|stamp| cases.read_form(stamp).ok());
    let proof = stamped.as_deref().zip(request.altcha.as_deref());
    let proof = proof.and_then(|(form, proof)| cases.prove(form, proof).ok());
    let new = new_answer(&state, number, &request)?;
    let given = headers.get("idempotency-key");
    let key = given
        .map(|key| {
            let key = key.to_str().unwrap_or_default();
            Key::new("api-answer", key, &[&number.to_string(), &new.text])
        })
        .transpose()?;
    let asking = Asking { key, proof, source };
    let id = cases.answer_in_public(new, reading.viewer, asking).await?;
    let taken = TakenAnswer {
        id: id.to_string(),
        state: "waiting",
    };
    let mut response = now(taken);
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

fn new_answer(
    state: &AppState,
    question: i64,
    request: &AnswerRequest,
) -> Result<NewAnswer, Failure> {
    let mut mistakes = Vec::new();
    let mut note = |name: &str, why: String| mistakes.push(invalid(name, &why));
    let text =
        plain_text(&request.text, MAX_ANSWER_CHARS).map_err(|why| note("text", why.to_string()));
    let byline = request.name.as_deref().map(PersonName::parse).transpose();
    let byline = byline.map_err(|why| note("name", why.to_string()));
    let email = request.email.as_deref().map(Email::parse).transpose();
    let email = email.map_err(|why| note("email", format!("is no address: {why}")));
    let lang = request
        .lang
        .as_deref()
        .map(|tag| Lang::parse(tag).ok_or(()));
    let lang = lang
        .transpose()
        .map_err(|()| note("lang", "must be zh-CN, zh-TW or en".to_owned()));
    let (Ok(text), Ok(byline), Ok(email), Ok(lang)) = (text, byline, email, lang) else {
        return Err(Failure::parameters(mistakes));
    };
    Ok(NewAnswer {
        question,
        text,
        byline,
        email,
        lang: lang.unwrap_or(state.settings().site.default_lang),
    })
}

/// Votes and answers change without another index: it is asked for each time.
fn now<T: Serialize>(answer: T) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

fn number_of(text: &str) -> Result<i64, Failure> {
    let number = text.parse().ok().filter(|number: &i64| *number > 0);
    number.ok_or_else(|| Error::not_found("there is no such question").into())
}

fn invalid(name: &str, why: &str) -> InvalidParameter {
    InvalidParameter {
        parameter: name.to_owned(),
        detail: why.to_owned(),
    }
}

fn parameter(name: &str, why: &str) -> Failure {
    Failure::parameters(vec![invalid(name, why)])
}

impl Question {
    fn of(question: &question::Question) -> Self {
        Self {
            number: question.number,
            url: format!("/q/{}", question.number),
            title: question.title.clone(),
            text: question.text.clone(),
            lang: question.lang.tag(),
            category: question.category.clone(),
            tags: question.tags.clone(),
            answers: question.answers,
            accepted: question.accepted.is_some(),
            votes: question.votes,
            created_at: question.created_at.to_string(),
            updated_at: question.updated_at.to_string(),
        }
    }
}

impl QuestionAnswer {
    fn of(thread: &Thread) -> Self {
        let accepted = thread.question.accepted;
        let answer = |answer: &question::Answer| Answer {
            id: answer.id.to_string(),
            format: if answer.is_staffs() {
                "markdown"
            } else {
                "text"
            },
            text: answer.text.clone(),
            by: answer.byline.clone(),
            official: answer.is_staffs(),
            accepted: accepted == Some(answer.id),
            votes: answer.votes,
            created_at: answer.created_at.to_string(),
        };
        Self {
            question: Question::of(&thread.question),
            answers: thread.answers.iter().map(answer).collect(),
        }
    }
}
