//! Who asks when nothing answered? The form that comes filled from the visit, and what happens when it is sent.

use super::ask_form::{AskView, Carried, Fault, Filled};
use super::frame::Frame;
use super::private;
use super::reader::Reader;
use super::templates;
use crate::cases::{Asking, Cases, FormFault, Key, NewCase, Proof, UploadFault, plain_text};
use crate::error::{Code, Error};
use crate::http::client::Client;
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading};
use crate::http::form::Form;
use crate::http::state::AppState;
use crate::model::case::{Kind, Via};
use crate::model::{Email, PersonName, Slug, VisitId};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// `GET /ask?q=…&from=…&v=…`: the form, filled from what is known of the visit.
pub(in crate::http) async fn ask(
    State(state): State<AppState>,
    reader: Reader,
    reading: Reading,
    params: Params,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let carried = Carried::from_address(params, &cases).await?;
    let filled = Filled::of(&carried).known(&reader.visitor, &reading);
    form_page(
        &state,
        &reader,
        &reading,
        &cases,
        (carried, filled),
        StatusCode::OK,
    )
    .await
}

/// `POST /ask`: opens the case and leads to it; a form that cannot be taken comes back as it was, with what is wrong.
pub(in crate::http) async fn send(
    State(state): State<AppState>,
    Client(source): Client,
    reader: Reader,
    reading: Reading,
    mut form: Form,
) -> Result<Response, Failure> {
    let cases = state.cases()?;
    let carried = Carried::from_form(&form);
    let mut filled = Filled::from_form(&form);
    let had_files = form.has_files();
    let stamped = check_stamp(&cases, &form, &mut filled);
    let proof = prove(&cases, &form, stamped.as_deref());
    let busy = cases.count_upload(source, form.file_bytes()).await?;
    let files = form.files(&state).await?;
    let files = files.map_err(Fault::Upload).and_then(|files| match busy {
        None => Ok(files),
        Some(_) => Err(Fault::Upload(UploadFault::NoRoom)),
    });
    if let Err(fault) = &files {
        filled.faults.push(fault.clone());
    }
    let new = new_case(&state, &reader, &reading, &carried, &mut filled);
    if let (Some(form_id), Some(mut new), Ok(files)) = (stamped, new, files)
        && filled.faults.is_empty()
    {
        new.files = files;
        let request = [new.email.as_str(), &new.text];
        let key = Some(Key::new("case", &form_id, &request)?);
        match cases.ask(new, Asking { key, proof, source }).await {
            Ok(opened) => {
                let address = reader.link(&format!("/case/{}?new=1", opened.token.reveal()));
                return Ok(private::see_other(&address));
            }
            Err(error) => filled.faults.push(refused(error)?),
        }
    }
    filled.files_lost = had_files;
    let status = filled.status();
    form_page(&state, &reader, &reading, &cases, (carried, filled), status).await
}

/// The page with the form, with a stamp and a task of its own.
async fn form_page(
    state: &AppState,
    reader: &Reader,
    reading: &Reading,
    cases: &Cases,
    (carried, filled): (Carried, Filled),
    status: StatusCode,
) -> Result<Response, Failure> {
    let stamped = cases.new_form()?;
    let (pages, reader, reading, cases) = (
        state.clone(),
        reader.clone(),
        reading.clone(),
        cases.clone(),
    );
    let work = move || {
        let view = AskView::new(&pages, &reader, &reading, &cases, carried, filled, stamped)?;
        let mut frame = Frame::new(&pages, &reader, view.heading());
        frame.unlisted = true;
        templates::page("ask.html", &frame, &view)
    };
    let mut response = state.blocking().run(work).await?;
    *response.status_mut() = status;
    private::seal(&mut response);
    if status == StatusCode::TOO_MANY_REQUESTS {
        let wait = header::HeaderValue::from_static("600");
        response.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    Ok(response.into_response())
}

/// The id of the form, if it is one of ours that a person filled.
fn check_stamp(cases: &Cases, form: &Form, filled: &mut Filled) -> Option<String> {
    if !form.get("website").is_empty() {
        filled.faults.push(Fault::Trap);
    }
    match cases.read_form(form.get("stamp")) {
        Ok(id) => Some(id),
        Err(FormFault::TooSoon) => {
            filled.faults.push(Fault::TooSoon);
            None
        }
        Err(FormFault::Expired | FormFault::Forged) => {
            filled.faults.push(Fault::Stale);
            None
        }
    }
}

/// The proof of work, if there is a good one. Without one the form is taken all the same, within lower limits.
fn prove(cases: &Cases, form: &Form, id: Option<&str>) -> Option<Proof> {
    cases.prove(id?, form.get("altcha")).ok()
}

/// What is asked, once every field is acceptable; else what is wrong is noted.
fn new_case(
    state: &AppState,
    reader: &Reader,
    reading: &Reading,
    carried: &Carried,
    filled: &mut Filled,
) -> Option<NewCase> {
    let email =
        Email::parse(&filled.email).map_err(|_| Fault::Email(filled.email.trim().is_empty()));
    let text = plain_text(&filled.text, state.settings().ask.text_chars).map_err(Fault::Text);
    let name = match filled.name.trim() {
        "" => Ok(None),
        name => PersonName::parse(name).map(Some).map_err(|_| Fault::Name),
    };
    let mut keep = |fault: Option<Fault>| filled.faults.extend(fault);
    keep(email.as_ref().err().cloned());
    keep(text.as_ref().err().cloned());
    keep(name.as_ref().err().cloned());
    let (email, text, name) = (email.ok()?, text.ok()?, name.ok()?);
    let visit = carried
        .visit
        .unwrap_or_else(|| VisitId::generate(state.clock().now()));
    Some(NewCase {
        articles: carried.articles(state, reading, &text),
        category: carried.category(reading),
        tier: reader.visitor.tier_for(&email),
        email,
        name,
        lang: reader.lang,
        kind: Kind::parse(&filled.kind).unwrap_or(Kind::Question),
        product: Slug::parse(&filled.product).ok(),
        via: Via::Page,
        visit: Some(visit),
        steps: carried.steps(),
        text,
        files: Vec::new(),
    })
}

/// What the reader can do something about is shown above the form; the rest is a failure.
fn refused(error: Error) -> Result<Fault, Failure> {
    match error.code() {
        Code::RateLimited => Ok(Fault::TooMany),
        Code::Conflict => Ok(Fault::Stale),
        Code::TooLarge => Ok(Fault::Upload(UploadFault::NoRoom)),
        Code::Forbidden => Ok(Fault::Blocked),
        _ => Err(error.into()),
    }
}
