//! What stands in the forum, and what waits to be shown there? Answers to review, questions to answer, show or take back.

use super::door::Desk;
use super::form::Posted;
use super::frame::{Frame, page_of};
use super::refused::{back, refused};
use super::words::{Moment, Words};
use crate::cases::{Refusal, Verdict, Waiting, personal};
use crate::error::{Error, Result};
use crate::http::error::Failure;
use crate::http::extract::Params;
use crate::http::pages::{AnswerWords, messages};
use crate::model::AnswerId;
use crate::model::question::{Answer, Question, Shown};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct ListView {
    waiting: Vec<WaitingView>,
    questions: Vec<RowView>,
    open: bool,
}

#[derive(Debug, Serialize)]
struct WaitingView {
    id: String,
    text: String,
    by: String,
    email: String,
    at: Moment,
    question: RowView,
    personal: Vec<FindingView>,
}

/// What is replaced unless it is kept.
#[derive(Debug, Serialize)]
struct FindingView {
    key: String,
    text: String,
    mark: &'static str,
}

#[derive(Debug, Serialize)]
struct RowView {
    number: i64,
    title: String,
    url: String,
    shown: &'static str,
    state: String,
    answers: u32,
    votes: i64,
    at: Moment,
}

#[derive(Debug, Serialize)]
struct QuestionView {
    #[serde(flatten)]
    row: RowView,
    text: String,
    public: Option<String>,
    all: Vec<AnswerView>,
}

#[derive(Debug, Serialize)]
struct AnswerView {
    id: String,
    #[serde(flatten)]
    words: AnswerWords,
    shown: &'static str,
    state: String,
    accepted: bool,
    votes: i64,
    at: Moment,
}

/// `GET /desk/questions?open=1`
pub(super) async fn page(desk: Desk, params: Params) -> Result<Response, Failure> {
    let open = params.has("open", "1");
    let read = async {
        let waiting = desk.cases.to_review(&desk.account).await?;
        let questions = desk.cases.all_questions(&desk.account, open).await?;
        Ok::<_, Error>((waiting, questions))
    };
    let (waiting, questions) = match read.await {
        Ok(found) => found,
        Err(error) => return refused(&desk, error),
    };
    let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
    let view = ListView {
        waiting: waiting
            .iter()
            .map(|one| waiting_view(&words, one))
            .collect(),
        questions: questions.iter().map(|one| row(&words, one)).collect(),
        open,
    };
    let frame = Frame::new(&desk, messages::text(desk.lang, "review_title"), "");
    let name = "desk/questions.html";
    Ok(page_of(
        &desk.state,
        name,
        desk.lang,
        &frame,
        &view,
        StatusCode::OK,
    )?)
}

fn waiting_view(words: &Words<'_>, waiting: &Waiting) -> WaitingView {
    let person = waiting.person.as_ref();
    WaitingView {
        id: waiting.answer.id.to_string(),
        text: waiting.answer.text.clone(),
        by: waiting.answer.byline.clone(),
        email: person.map_or_else(String::new, |person| person.email.to_string()),
        at: words.moment(waiting.answer.created_at),
        question: row(words, &waiting.question),
        personal: personal(&waiting.answer.text)
            .into_iter()
            .map(|finding| FindingView {
                key: finding.key(),
                mark: finding.sort.mark(waiting.question.lang),
                text: finding.text,
            })
            .collect(),
    }
}

fn row(words: &Words<'_>, question: &Question) -> RowView {
    RowView {
        number: question.number,
        title: question.title.clone(),
        url: format!("/desk/questions/{}", question.number),
        shown: question.shown.as_str(),
        state: words
            .text(&format!("review_state_{}", question.shown))
            .to_owned(),
        answers: question.answers,
        votes: question.votes,
        at: words.moment(question.updated_at),
    }
}

/// `GET /desk/questions/{number}`
pub(super) async fn question(desk: Desk, Path(number): Path<String>) -> Result<Response, Failure> {
    let read = async {
        let number = number_of(&number)?;
        desk.cases.question_at_desk(&desk.account, number).await
    };
    let (question, answers) = match read.await {
        Ok(found) => found,
        Err(error) => return refused(&desk, error),
    };
    let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
    let answer = |answer: &Answer| answer_view(&words, &question, answer);
    let view = QuestionView {
        row: row(&words, &question),
        text: question.text.clone(),
        public: (question.shown == Shown::Published).then(|| format!("/q/{}", question.number)),
        all: answers.iter().map(answer).collect(),
    };
    let frame = Frame::new(&desk, &question.title, "");
    let name = "desk/question.html";
    Ok(page_of(
        &desk.state,
        name,
        desk.lang,
        &frame,
        &view,
        StatusCode::OK,
    )?)
}

fn answer_view(words: &Words<'_>, question: &Question, answer: &Answer) -> AnswerView {
    AnswerView {
        id: answer.id.to_string(),
        words: AnswerWords::of(answer, words.lang),
        shown: answer.shown.as_str(),
        state: words
            .text(&format!("review_state_{}", answer.shown))
            .to_owned(),
        accepted: question.accepted == Some(answer.id),
        votes: answer.votes,
        at: words.moment(answer.created_at),
    }
}

fn number_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Refusal::NoQuestion.into())
}

fn answer_of(text: &str) -> Result<AnswerId> {
    AnswerId::parse(text).map_err(|_| Refusal::NoQuestion.into())
}

/// `POST /desk/questions/answers/{id}`: `do` is `approve`, `refuse`, `show`, `hide` or `accept`.
pub(super) async fn decide(
    Path(id): Path<String>,
    Posted { desk, fields, .. }: Posted,
) -> Result<Response, Failure> {
    let by = &desk.account;
    let done = async {
        let id = answer_of(&id)?;
        match fields.one("do") {
            "approve" => {
                let kept = fields.all("keep").map(str::to_owned).collect();
                let verdict = Verdict::Approve(&kept);
                desk.cases.review(by, id, verdict).await.map(drop)
            }
            "refuse" => {
                let verdict = Verdict::Refuse(fields.one("reason"));
                desk.cases.review(by, id, verdict).await.map(drop)
            }
            "show" => desk.cases.show_answer(by, id, true).await,
            "hide" => desk.cases.show_answer(by, id, false).await,
            "accept" => desk.cases.accept_at_desk(by, id).await,
            _ => Err(Error::invalid(
                "`do` is approve, refuse, show, hide or accept",
            )),
        }
    };
    let key = match fields.one("do") {
        "approve" => "review_approved",
        "refuse" => "review_refused",
        _ => "desk_saved",
    };
    let done = done.await;
    after(&desk, place(fields.one("number")), done, key)
}

/// `POST /desk/questions/{number}`: `do` is `answer`, `show` or `hide`.
pub(super) async fn change(
    Path(number): Path<String>,
    Posted { desk, fields, .. }: Posted,
) -> Result<Response, Failure> {
    let by = &desk.account;
    let done = async {
        let number = number_of(&number)?;
        match fields.one("do") {
            "answer" => {
                let text = fields.one("text");
                desk.cases.answer_as_desk(by, number, text).await.map(drop)
            }
            "show" => desk.cases.show_question(by, number, true).await.map(drop),
            "hide" => desk.cases.show_question(by, number, false).await.map(drop),
            _ => Err(Error::invalid("`do` is answer, show or hide")),
        }
    };
    let done = done.await;
    after(&desk, place(&number), done, "desk_saved")
}

/// The page of a question of a form, else the list.
fn place(number: &str) -> String {
    match number.parse::<i64>() {
        Ok(number) => format!("/desk/questions/{number}"),
        Err(_) => "/desk/questions".to_owned(),
    }
}

fn after(desk: &Desk, to: String, done: Result<()>, key: &str) -> Result<Response, Failure> {
    match done {
        Ok(()) => {
            desk.say(messages::text(desk.lang, key).to_owned(), false, &[]);
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => back(desk, &to, error),
    }
}
