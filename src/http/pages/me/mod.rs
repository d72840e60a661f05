//! What is mine? The page of a visitor who is known: a section a file, each with its template in `templates/me/`.

mod cases;
mod data;
mod follows;
mod reading;

pub(in crate::http) use cases::open as open_own_case;
pub(super) use cases::{CaseLine, unfinished};
pub(in crate::http) use data::{erase, erase_form, export};
pub(in crate::http) use follows::stop as stop_following;
pub(in crate::http) use reading::change as change_reading;

use super::frame::Frame;
use super::reader::Reader;
use super::sign_in::address_for;
use super::{messages, private, templates};
use crate::error::{Code, Error};
use crate::http::error::Failure;
use crate::http::extract::Reading;
use crate::http::state::AppState;
use crate::http::visitor::Visitor;
use crate::model::Customer;
use axum::extract::State;
use axum::response::Response;
use cases::CasesView;
use data::DataView;
use follows::FollowsView;
use reading::ReadingView;
use serde::Serialize;
use std::sync::Arc;

/// The page. Each section is a field of its own.
#[derive(Debug, Serialize)]
struct MeView {
    greeting: String,
    email: Option<String>,
    products: Vec<String>,
    sign_out: String,
    cases: CasesView,
    reading: ReadingView,
    follows: FollowsView,
    data: DataView,
}

/// `GET /me`
pub(in crate::http) async fn me(
    State(state): State<AppState>,
    reader: Reader,
    visitor: Visitor,
    reading: Reading,
) -> Result<Response, Failure> {
    visitor.is_known()?;
    let Some(customer) = &visitor.customer else {
        return Ok(private::see_other(&reader.link(&address_for("/me"))));
    };
    let view = MeView {
        greeting: greeting(&reader, customer),
        email: customer.email.as_ref().map(ToString::to_string),
        products: customer.products.clone(),
        sign_out: reader.link("/sign-out"),
        cases: cases::section(&state, &reader, &visitor).await?,
        reading: reading::section(&state, &reader, (&visitor, &reading)).await?,
        follows: follows::section(&state, &reader, (&visitor, &reading)).await?,
        data: data::section(&state, &reader, &visitor).await?,
    };
    let mut frame = Frame::new(&state, &reader, messages::text(reader.lang, "me_title"));
    frame.unlisted = true;
    let mut response = templates::page("me.html", &frame, &view)?;
    private::seal(&mut response);
    Ok(response)
}

/// Who is known, for what only he may do.
///
/// # Errors
/// `Unauthorized` for nobody in particular; `Unavailable` while nobody can say who he is.
pub(super) fn known(visitor: &Visitor) -> Result<Arc<Customer>, Failure> {
    visitor.is_known()?;
    let customer = visitor.customer.clone();
    customer.ok_or_else(|| Error::new(Code::Unauthorized, "sign in first").into())
}

/// What a customer is greeted with: by his name, and by no address.
pub(super) fn greeting(reader: &Reader, customer: &Customer) -> String {
    match &customer.name {
        Some(name) => messages::fill(reader.lang, "me_hello", &[("name", name.as_str())]),
        None => messages::text(reader.lang, "me_hello_plain").to_owned(),
    }
}
