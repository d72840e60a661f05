//! What was asked, and what helped? The page of one question, its votes, and the form for those who know an answer.

use super::ask_words;
use super::follow::{self, FollowView, Named};
use super::forum::{absent, fresh};
use super::frame::Frame;
use super::question_view::{Draft, QuestionView};
use super::reader::Reader;
use super::{article, json_ld, messages, private, question_ld, templates};
use crate::cases::{
    Asking, Cases, FormFault, Found, Key, MAX_ANSWER_CHARS, NewAnswer, Thread, plain_text,
    question_id,
};
use crate::error::{Code, Error};
use crate::http::client::Client;
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading};
use crate::http::form::Form;
use crate::http::lately::soon;
use crate::http::state::AppState;
use crate::http::trail;
use crate::http::visitor::Visitor;
use crate::model::follow::Subject;
use crate::model::question::Question;
use crate::model::{AnswerId, Email, PersonName, VisitId};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

/// `GET /q/{number}`
pub(in crate::http) async fn question(
    State(state): State<AppState>,
    Path(number): Path<String>,
    reader: Reader,
    reading: Reading,
    visitor: Visitor,
    params: Params,
) -> Result<Response, Failure> {
    let done = ["answered", "voted"]
        .into_iter()
        .find(|word| params.has("done", word));
    let visit = params
        .leniently()
        .one("v")
        .and_then(|id| VisitId::parse(&id).ok());
    let thread = match soon(&state, find(&state, &reading, &number, visit)).await {
        Ok(found) => in_public(found)?,
        Err(error) if error.code() == Code::Unavailable => {
            return kept(state, reader, reading, &number, error).await;
        }
        Err(error) => return Err(absent(error)),
    };
    let draft = Draft {
        done: done
            .map(|word| messages::text(reader.lang, &format!("forum_done_{word}")).to_owned()),
        follow: offer(&state, &reader, &visitor, &thread.question).await,
        ..Draft::default()
    };
    page(
        &state,
        &reader,
        &reading,
        (&thread, visit),
        draft,
        StatusCode::OK,
    )
}

/// The question as the index has it, while the database is away.
async fn kept(
    state: AppState,
    reader: Reader,
    reading: Reading,
    number: &str,
    why: Error,
) -> Result<Response, Failure> {
    let id = question_id(number_of(number)?)?;
    let pages = state.clone();
    let work = move || article::of_question(&pages, &reader, &reading, &id);
    let mut response = state.blocking().run(work).await?.ok_or(why)?;
    fresh(&mut response);
    Ok(response)
}

/// How the question is followed; that it was read is noted.
async fn offer(
    state: &AppState,
    reader: &Reader,
    visitor: &Visitor,
    question: &Question,
) -> Option<FollowView> {
    if let Ok(id) = question_id(question.number) {
        trail::note(state, visitor, &id);
    }
    let named = Named::question(question.number);
    let subject = Subject::Question(question.id);
    follow::offer(state, reader, visitor, named, Some(&subject)).await
}

/// `POST /q/{number}/vote`: `answer` names one, or nothing for the question; `helpful` is `yes`, `no`, or nothing to take it back.
pub(in crate::http) async fn vote(
    State(state): State<AppState>,
    Client(source): Client,
    Path(number): Path<String>,
    reader: Reader,
    reading: Reading,
    form: Form,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let number = number_of(&number)?;
    let visit = VisitId::parse(form.get("v")).unwrap_or_else(|_| VisitId::generate(cases.now()));
    let answer = match form.get("answer") {
        "" => None,
        id => Some(AnswerId::parse(id).map_err(|_| Error::not_found("there is no such answer"))?),
    };
    let helpful = match form.get("helpful") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    cases
        .vote(reading.viewer, number, answer, helpful, (visit, source))
        .await
        .map_err(absent)?;
    let place = answer.map_or_else(String::new, |id| format!("#a-{id}"));
    let address = format!("/q/{number}?done=voted&v={visit}{place}");
    Ok(private::see_other(&reader.link(&address)))
}

/// `POST /q/{number}/answers`: an answer that waits for review; a form that cannot be taken comes back as it was.
pub(in crate::http) async fn answer(
    State(state): State<AppState>,
    Client(source): Client,
    Path(number): Path<String>,
    reader: Reader,
    reading: Reading,
    form: Form,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let visit = VisitId::parse(form.get("v")).ok();
    let found = find(&state, &reading, &number, visit).await;
    let thread = in_public(found.map_err(absent)?)?;
    let mut draft = Draft::of(&form);
    let stamped = stamp_of(&cases, &reader, &form, &mut draft);
    let new = new_answer(&thread, &reader, &mut draft);
    if let (Some(stamp), Some(new)) = (stamped, new) {
        let key = Some(Key::new("answer", &stamp, &[&number, &new.text])?);
        let proof = cases.prove(&stamp, form.get("altcha")).ok();
        let asking = Asking { key, proof, source };
        match cases.answer_in_public(new, reading.viewer, asking).await {
            Ok(_) => {
                let address = format!("/q/{}?done=answered#answer", thread.question.number);
                return Ok(private::see_other(&reader.link(&address)));
            }
            Err(error) => draft.faults.push(refused(&reader, error)?),
        }
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    page(&state, &reader, &reading, (&thread, visit), draft, status)
}

pub(super) fn number_of(text: &str) -> Result<i64, Failure> {
    Ok(number_in(text)?)
}

fn number_in(text: &str) -> Result<i64, Error> {
    let number = text
        .parse()
        .ok()
        .filter(|number: &i64| *number > 0 && number.to_string() == text);
    number.ok_or_else(|| Error::not_found("there is no such question"))
}

/// The question of a number.
async fn find(
    state: &AppState,
    reading: &Reading,
    number: &str,
    visit: Option<VisitId>,
) -> Result<Found, Error> {
    let number = number_in(number)?;
    state.cases()?.thread(reading.viewer, number, visit).await
}

/// One that was taken back is gone for good.
fn in_public(found: Found) -> Result<Thread, Failure> {
    match found {
        Found::Thread(thread) => Ok(*thread),
        Found::Gone => {
            let gone = Error::not_found("this question was taken back");
            Err(Failure::with_status(StatusCode::GONE, gone))
        }
    }
}

fn page(
    state: &AppState,
    reader: &Reader,
    reading: &Reading,
    (thread, visit): (&Thread, Option<VisitId>),
    draft: Draft,
    status: StatusCode,
) -> Result<Response, Failure> {
    let view = QuestionView::new(state, reader, reading, thread, visit, draft)?;
    let question = &thread.question;
    let mut frame = Frame::new(state, reader, &question.title);
    let address = format!("/q/{}", question.number);
    let settings = state.settings();
    frame = frame.of_article(settings, &address, question.lang, question.updated_at);
    frame.markdown = None;
    frame.description = view.description();
    frame.unlisted = status != StatusCode::OK;
    frame.json_ld = json_ld::graph(&[
        json_ld::breadcrumbs(settings, view.crumbs(), &question.title),
        question_ld::page(settings, thread),
    ]);
    let mut response = templates::page("question.html", &frame, &view)?;
    *response.status_mut() = status;
    fresh(&mut response);
    if status != StatusCode::OK {
        private::seal(&mut response);
    }
    Ok(response)
}

/// The id of the form, if it is one of ours that a person filled.
fn stamp_of(cases: &Cases, reader: &Reader, form: &Form, draft: &mut Draft) -> Option<String> {
    let text = |key: &str| messages::text(reader.lang, key).to_owned();
    if !form.get("website").is_empty() {
        draft.faults.push(text("ask_trap"));
        return None;
    }
    match cases.read_form(form.get("stamp")) {
        Ok(id) => Some(id),
        Err(FormFault::TooSoon) => {
            draft.faults.push(text("ask_too_soon"));
            None
        }
        Err(FormFault::Expired | FormFault::Forged) => {
            draft.faults.push(text("ask_stale"));
            None
        }
    }
}

fn new_answer(thread: &Thread, reader: &Reader, draft: &mut Draft) -> Option<NewAnswer> {
    let text = plain_text(&draft.text, MAX_ANSWER_CHARS);
    let fault = |fault| ask_words::fault(reader.lang, &fault).1;
    use super::ask_form::Fault;
    let email = match draft.email.trim() {
        "" => Ok(None),
        mail => Email::parse(mail)
            .map(Some)
            .map_err(|_| fault(Fault::Email(false))),
    };
    let byline = match draft.name.trim() {
        "" => Ok(None),
        name => PersonName::parse(name)
            .map(Some)
            .map_err(|_| fault(Fault::Name)),
    };
    let text = text.map_err(|why| fault(Fault::Text(why)));
    draft.faults.extend(text.as_ref().err().cloned());
    draft.faults.extend(email.as_ref().err().cloned());
    draft.faults.extend(byline.as_ref().err().cloned());
    Some(NewAnswer {
        question: thread.question.number,
        text: text.ok()?,
        byline: byline.ok()?,
        email: email.ok()?,
        lang: reader.lang,
    })
    .filter(|_| draft.faults.is_empty())
}

/// What the reader can do something about is shown above the form; the rest is a failure.
fn refused(reader: &Reader, error: Error) -> Result<String, Failure> {
    let key = match error.code() {
        Code::RateLimited => "ask_too_many",
        Code::Conflict => "ask_stale",
        Code::Forbidden => "forum_no_answers",
        _ => return Err(absent(error)),
    };
    Ok(messages::text(reader.lang, key).to_owned())
}
