//! How is my case? The page that a secret link opens, and what can be done on it.

use super::case_view::CaseView;
use super::frame::Frame;
use super::reader::Reader;
use super::{ask_words, messages, private, templates};
use crate::cases::{Cases, Entrance, Key, TextFault, Written, plain_text};
use crate::error::{Code, Error};
use crate::http::client::Client;
use crate::http::error::Failure;
use crate::http::extract::Params;
use crate::http::form::Form;
use crate::http::state::AppState;
use crate::model::Token;
use crate::model::case::{Case, Rating, Via};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

/// A message that comes back with what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) fault: Option<String>,
}

/// `GET /case/{token}`
pub(in crate::http) async fn case(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
    reader: Reader,
    params: Params,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let token = read_token(&token)?;
    match enter(&cases, &token, source).await? {
        Entrance::Moved(other) => Ok(private::see_other(
            &reader.link(&format!("/case/{}", other.reveal())),
        )),
        Entrance::Case(case) => {
            let done = done_of(&params, &reader);
            page(
                &state,
                &reader,
                &cases,
                *case,
                &token,
                (Draft::default(), done, StatusCode::OK),
            )
            .await
        }
    }
}

/// `POST /case/{token}/messages`
pub(in crate::http) async fn write(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
    reader: Reader,
    mut form: Form,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let token = read_token(&token)?;
    let case = open(&cases, &token, source).await?;
    let typed = form.get("text").to_owned();
    let text = match plain_text(&typed, state.settings().ask.text_chars) {
        Err(TextFault::Empty) if form.has_files() => Ok(String::new()),
        other => other
            .map_err(|fault| ask_words::fault(reader.lang, &super::ask_form::Fault::Text(fault)).1),
    };
    let key = cases.read_form(form.get("stamp")).ok();
    let busy = cases.count_upload(source, form.file_bytes()).await?;
    let files = form.files(&state).await?;
    let files = files.map_err(|fault| ask_words::upload(reader.lang, &fault));
    let files = files.and_then(|files| match busy {
        None => Ok(files),
        Some(_) => Err(messages::text(reader.lang, "file_no_room").to_owned()),
    });
    let said = text.and_then(|text| files.map(|files| (text, files)));
    let written = match said {
        Ok((text, files)) => {
            let key = key
                .map(|id| Key::new("message", &id, &[&case.id.to_string(), &text]))
                .transpose()?;
            let written = Written {
                text,
                files,
                via: Via::Page,
                key,
                source,
            };
            cases
                .write(case.id, written)
                .await
                .map_err(|error| refused(&reader, error))
        }
        Err(fault) => Err(Ok(fault)),
    };
    match written {
        Ok(_) => Ok(back(&reader, &token, "written")),
        Err(fault) => {
            let draft = Draft {
                text: typed,
                fault: Some(fault?),
            };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let case = cases.case(case.id).await?;
            page(&state, &reader, &cases, case, &token, (draft, None, status)).await
        }
    }
}

/// `POST /case/{token}/confirm`
pub(in crate::http) async fn confirm(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
    reader: Reader,
) -> Result<Response, Failure> {
    let (cases, token) = (state.cases()?, read_token(&token)?);
    let case = open(&cases, &token, source).await?;
    cases.confirm(case.id).await?;
    Ok(back(&reader, &token, "confirmed"))
}

/// `POST /case/{token}/reopen`
pub(in crate::http) async fn reopen(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
    reader: Reader,
    form: Form,
) -> Result<Response, Failure> {
    let (cases, token) = (state.cases()?, read_token(&token)?);
    let case = open(&cases, &token, source).await?;
    let why = optional_text(&state, form.get("text"))?;
    cases.reopen(case.id, &why).await?;
    Ok(back(&reader, &token, "reopened"))
}

/// `POST /case/{token}/rating`
pub(in crate::http) async fn rate(
    State(state): State<AppState>,
    Client(source): Client,
    Path(token): Path<String>,
    reader: Reader,
    form: Form,
) -> Result<Response, Failure> {
    let (cases, token) = (state.cases()?, read_token(&token)?);
    let case = open(&cases, &token, source).await?;
    let stars = form
        .get("stars")
        .parse()
        .ok()
        .and_then(|stars| Rating::new(stars).ok());
    let Some(rating) = stars else {
        return Err(Error::invalid("`stars` is 1 to 5").into());
    };
    let text = optional_text(&state, form.get("text"))?;
    cases.rate(case.id, rating, &text).await?;
    Ok(back(&reader, &token, "rated"))
}

/// The token of an address. What is none opens nothing, like any other that is wrong.
pub(in crate::http) fn read_token(text: &str) -> Result<Token, Failure> {
    Token::parse(text).ok_or_else(|| Failure::from(absent()))
}

/// What a token opens; wrong ones are counted, so that nobody tries many.
pub(in crate::http) async fn enter(
    cases: &Cases,
    token: &Token,
    source: crate::cases::Source,
) -> Result<Entrance, Failure> {
    let entered = cases.enter(token).await;
    if let Err(error) = &entered
        && error.code() == Code::NotFound
        && cases.count_guess(source).await?.is_some()
    {
        return Err(Error::new(Code::RateLimited, "too many wrong links")
            .help("try again in an hour")
            .into());
    }
    Ok(entered?)
}

/// The case of a token, where something is to be done to it.
pub(in crate::http) async fn open(
    cases: &Cases,
    token: &Token,
    source: crate::cases::Source,
) -> Result<Case, Failure> {
    match enter(cases, token, source).await? {
        Entrance::Case(case) => Ok(*case),
        Entrance::Moved(_) => Err(Error::new(Code::Conflict, "this case goes on in another")
            .help("open your link anew")
            .into()),
    }
}

/// A text that may be left out, cut where it is too long.
fn optional_text(state: &AppState, text: &str) -> Result<String, Failure> {
    match plain_text(text, state.settings().ask.text_chars) {
        Ok(text) => Ok(text),
        Err(TextFault::Empty) => Ok(String::new()),
        Err(long) => Err(Error::invalid(long.to_string()).into()),
    }
}

async fn page(
    state: &AppState,
    reader: &Reader,
    cases: &Cases,
    case: Case,
    token: &Token,
    (draft, done, status): (Draft, Option<String>, StatusCode),
) -> Result<Response, Failure> {
    let shown = cases.show(case).await?;
    let stamp = cases.new_form()?.stamp;
    let view = CaseView::new(state, reader, cases, &shown, token, (draft, done, stamp));
    let mut frame = Frame::new(
        state,
        reader,
        &format!("{} {}", shown.case.number, shown.case.subject),
    );
    frame.unlisted = true;
    let mut response = templates::page("case.html", &frame, &view)?;
    *response.status_mut() = status;
    private::seal(&mut response);
    Ok(response)
}

fn back(reader: &Reader, token: &Token, done: &str) -> Response {
    private::see_other(&reader.link(&format!("/case/{}?done={done}", token.reveal())))
}

/// What was just done, in words of the page.
fn done_of(params: &Params, reader: &Reader) -> Option<String> {
    let known = ["written", "confirmed", "reopened", "rated"];
    let done = known.iter().find(|word| params.has("done", word));
    let key = match (done, params.has("new", "1")) {
        (Some(word), _) => format!("case_done_{word}"),
        (None, true) => "case_done_opened".to_owned(),
        (None, false) => return None,
    };
    Some(messages::text(reader.lang, &key).to_owned())
}

/// What can be said above the form; the rest is a failure.
fn refused(reader: &Reader, error: Error) -> Result<String, Failure> {
    let key = match error.code() {
        Code::Conflict => "case_takes_no_messages",
        Code::TooLarge => "file_no_room",
        Code::RateLimited => "ask_too_many",
        _ => return Err(error.into()),
    };
    Ok(messages::text(reader.lang, key).to_owned())
}

fn absent() -> Error {
    Error::not_found("this link opens no case").help("have it sent again: /case/resend")
}
