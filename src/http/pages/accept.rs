//! Which answer helped? Its asker says so, on a page that the secret link of his case opens.

use super::answer_words::AnswerWords;
use super::case_page::{open, read_token};
use super::forum::absent;
use super::frame::Frame;
use super::reader::Reader;
use super::{messages, private, templates};
use crate::error::Error;
use crate::http::client::Client;
use crate::http::error::Failure;
use crate::http::form::Form;
use crate::http::state::AppState;
use crate::model::AnswerId;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct AcceptView {
    back: String,
    action: String,
    question: String,
    title: String,
    answers: Vec<AnswerView>,
}

#[derive(Debug, Serialize)]
struct AnswerView {
    id: String,
    #[serde(flatten)]
    words: AnswerWords,
    accepted: bool,
}

/// `GET /case/{token}/answers`
pub(in crate::http) async fn answers(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
    reader: Reader,
) -> Result<Response, Failure> {
    let (cases, token) = (state.cases()?, read_token(&token)?);
    let case = open(&cases, &token, source).await?;
    let thread = cases.thread_of_case(case.id).await.map_err(absent)?;
    let accepted = thread.question.accepted;
    let view = |answer: &crate::model::question::Answer| AnswerView {
        id: answer.id.to_string(),
        words: AnswerWords::of(answer, reader.lang),
        accepted: accepted == Some(answer.id),
    };
    let own = format!("/case/{}", token.reveal());
    let view = AcceptView {
        back: reader.link(&own),
        action: reader.link(&format!("{own}/answers")),
        question: reader.link(&format!("/q/{}", thread.question.number)),
        title: thread.question.title.clone(),
        answers: thread.answers.iter().map(view).collect(),
    };
    let mut frame = Frame::new(&state, &reader, messages::text(reader.lang, "accept_title"));
    frame.unlisted = true;
    let mut response = templates::page("accept.html", &frame, &view)?;
    private::seal(&mut response);
    Ok(response)
}

/// `POST /case/{token}/answers`
pub(in crate::http) async fn accept(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
    reader: Reader,
    form: Form,
) -> Result<Response, Failure> {
    let (cases, token) = (state.cases()?, read_token(&token)?);
    let case = open(&cases, &token, source).await?;
    let id = AnswerId::parse(form.get("answer"));
    let id = id.map_err(|_| Error::not_found("there is no such answer"))?;
    cases.accept_by_asker(case.id, id).await.map_err(absent)?;
    let address = format!("/case/{}/answers", token.reveal());
    Ok(private::see_other(&reader.link(&address)))
}
