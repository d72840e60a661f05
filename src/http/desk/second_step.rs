//! How is a second step set up? With an app that reads a picture of squares, a first code, and ten codes on paper.

use super::door::Desk;
use super::form::Posted;
use super::frame::{Frame, page_of};
use super::refused::back;
use crate::cases::Refusal;
use crate::error::{Error, Result};
use crate::http::error::Failure;
use crate::http::pages::messages;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Serialize;

const PAGE: &str = "/desk/second-step";

#[derive(Debug, Default, Serialize)]
struct StepPage {
    /// The secret to be typed, while it is being set up.
    secret: Option<String>,
    /// The same as an address, for apps on the same device.
    url: String,
    /// Codes that are shown this once.
    codes: Vec<String>,
    left: u32,
    /// Whether the role needs it.
    required: bool,
}

/// `GET /desk/second-step`
pub(super) async fn page(desk: Desk) -> Result<Response, Failure> {
    let step = desk.cases.second_step(desk.account.id).await?;
    let mut view = StepPage {
        left: step.codes_left,
        ..StepPage::default()
    };
    if !step.on {
        let setup = desk.cases.set_up_second_step(&desk.account).await?;
        view.secret = Some(setup.secret);
        view.url = setup.url;
    }
    show(&desk, view)
}

fn show(desk: &Desk, mut view: StepPage) -> Result<Response, Failure> {
    view.required = desk.cases.requires_second_step(&desk.account);
    let frame = Frame::new(desk, messages::text(desk.lang, "desk_second_step"), "");
    Ok(page_of(
        &desk.state,
        "desk/second_step.html",
        desk.lang,
        &frame,
        &view,
        StatusCode::OK,
    )?)
}

/// `GET /desk/second-step/picture.svg`
pub(super) async fn picture(desk: Desk) -> Result<Response, Failure> {
    let setup = desk.cases.set_up_second_step(&desk.account).await;
    let setup = setup.map_err(|error| match Refusal::of(&error) {
        Some(_) => Error::not_found("there is nothing to be set up"),
        None => error,
    })?;
    let code = QrCode::new(setup.url.as_bytes())
        .map_err(|e| Error::internal("the picture cannot be drawn", e))?;
    let drawn = code
        .render::<svg::Color<'_>>()
        .min_dimensions(220, 220)
        .quiet_zone(true)
        .build();
    let kind = [(header::CONTENT_TYPE, "image/svg+xml")];
    Ok((kind, drawn).into_response())
}

/// `POST /desk/second-step`
pub(super) async fn confirm(
    Posted {
        mut desk, fields, ..
    }: Posted,
) -> Result<Response, Failure> {
    let code = fields.one("code");
    let confirmed = desk
        .cases
        .confirm_second_step(&desk.account, code, &desk.token);
    match confirmed.await {
        Ok(codes) => show_codes(&mut desk, codes).await,
        Err(error) => back(&desk, PAGE, error),
    }
}

/// `POST /desk/second-step/codes`
pub(super) async fn new_codes(
    Posted {
        mut desk, fields, ..
    }: Posted,
) -> Result<Response, Failure> {
    let password = fields.one("password");
    match desk.cases.new_recovery_codes(&desk.account, password).await {
        Ok(codes) => show_codes(&mut desk, codes).await,
        Err(error) => back(&desk, PAGE, error),
    }
}

/// The codes stand on the answer itself and nowhere else, so there is no redirect. The session gets a new secret.
async fn show_codes(desk: &mut Desk, codes: Vec<String>) -> Result<Response, Failure> {
    let mut renewed = ().into_response();
    desk.renew(&mut renewed).await?;
    let view = StepPage {
        left: u32::try_from(codes.len()).unwrap_or_default(),
        codes,
        ..StepPage::default()
    };
    let mut response = show(desk, view)?;
    let cookies = renewed.headers().get_all(header::SET_COOKIE);
    for cookie in cookies {
        response
            .headers_mut()
            .append(header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

/// `POST /desk/second-step/remove`
pub(super) async fn remove(Posted { desk, fields, .. }: Posted) -> Result<Response, Failure> {
    let password = fields.one("password");
    match desk.cases.remove_second_step(&desk.account, password).await {
        Ok(()) => {
            let text = messages::text(desk.lang, "desk_second_step_removed");
            desk.say(text.to_owned(), false, &[]);
            Ok(axum::response::Redirect::to("/desk/me").into_response())
        }
        Err(error) => back(&desk, PAGE, error),
    }
}
