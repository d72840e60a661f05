//! What did I read, and what next? Pages of one's own, with a switch that ends the noting.

use super::known;
use crate::http::error::Failure;
use crate::http::extract::Reading;
use crate::http::form::Form;
use crate::http::pages::for_you::ForYou;
use crate::http::pages::private;
use crate::http::pages::reader::Reader;
use crate::http::state::AppState;
use crate::http::trail;
use crate::http::visitor::Visitor;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

/// The section.
#[derive(Debug, Serialize)]
pub(super) struct ReadingView {
    lists: ForYou,
    /// Whether what is read is noted.
    on: bool,
    action: String,
}

/// What is shown to this visitor.
pub(super) async fn section(
    state: &AppState,
    reader: &Reader,
    (visitor, reading): (&Visitor, &Reading),
) -> Result<ReadingView, Failure> {
    let holder = trail::holder(&*known(visitor)?);
    let on = state.cases()?.records_readings(&holder).await?;
    let read = trail::read_by(state, visitor).await;
    let (reader_, reading_) = (reader.clone(), reading.clone());
    let work = move || ForYou::of(&reader_, &reading_, &read);
    Ok(ReadingView {
        lists: state.blocking().run(work).await?,
        on,
        action: reader.link("/me/reading"),
    })
}

/// `POST /me/reading`: `do` is `clear`, `off` or `on`.
pub(in crate::http) async fn change(
    State(state): State<AppState>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let holder = trail::holder(&*known(&visitor)?);
    let cases = state.cases()?;
    let keep_on = match form.get("do") {
        "off" => false,
        "on" => true,
        _ => cases.records_readings(&holder).await?,
    };
    cases.forget_readings(&holder, keep_on).await?;
    Ok(private::see_other(&reader.link("/me#me-reading")))
}
