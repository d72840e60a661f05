//! How does one work oneself? On duty or not, in which language, signed in where and how.

use super::door::Desk;
use super::form::Posted;
use super::frame::{Frame, page_of};
use super::queue::Option_;
use super::refused::back;
use super::sessions;
use crate::cases::{Act, may};
use crate::http::error::Failure;
use crate::http::pages::messages;
use crate::model::Lang;
use crate::model::account::Way;
use crate::model::reward::Holder;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

const PAGE: &str = "/desk/me";

#[derive(Debug, Serialize)]
struct MePage {
    langs: Vec<Option_>,
    groups: String,
    points: u64,
    /// How many keys of programs end with the password.
    keys: usize,
    sessions: Vec<sessions::Row>,
    others: bool,
    second_step: bool,
    codes_left: u32,
    required: bool,
    /// Whether a password is what one signs in with.
    by_provider: bool,
}

/// `GET /desk/me`
pub(super) async fn page(desk: Desk) -> Result<Response, Failure> {
    let points = desk
        .cases
        .store()
        .read()
        .await
        .map_err(crate::error::Error::from)?
        .points(Holder::Account(desk.account.id))
        .await;
    let step = desk.cases.second_step(desk.account.id).await?;
    let sessions = sessions::rows(&desk, desk.account.id).await?;
    let view = MePage {
        keys: own_keys(&desk).await?,
        others: sessions.len() > 1,
        sessions,
        second_step: step.on,
        codes_left: step.codes_left,
        required: desk.cases.requires_second_step(&desk.account),
        by_provider: desk.way == Way::Provider,
        langs: Option_::languages(desk.lang),
        groups: desk
            .account
            .groups
            .iter()
            .map(|group| super::queue::group_name(&desk, group))
            .collect::<Vec<_>>()
            .join("、"),
        points: points.map_err(crate::error::Error::from)?,
    };
    let frame = Frame::new(&desk, messages::text(desk.lang, "desk_me"), "");
    Ok(page_of(
        &desk.state,
        "desk/me.html",
        desk.lang,
        &frame,
        &view,
        StatusCode::OK,
    )?)
}

async fn own_keys(desk: &Desk) -> Result<usize, Failure> {
    if !may(desk.account.role, Act::ManageKeys) {
        return Ok(0);
    }
    let keys = desk.cases.keys(Some(&desk.account)).await?;
    let (own, now) = (Some(desk.account.id), desk.cases.now());
    let own = keys
        .iter()
        .filter(|key| key.made_by == own && key.is_live(now));
    Ok(own.count())
}

/// `POST /desk/me`
pub(super) async fn change(Posted { desk, fields, .. }: Posted) -> Result<Response, Failure> {
    let lang = Lang::parse(fields.one("lang"));
    let on_duty = fields.given("on_duty").map(|word| word == "1");
    desk.cases.change_own(&desk.account, on_duty, lang).await?;
    let to = if lang.is_some() { PAGE } else { "/desk" };
    Ok(Redirect::to(to).into_response())
}

/// `POST /desk/me/password`
pub(super) async fn password(
    Posted {
        mut desk, fields, ..
    }: Posted,
) -> Result<Response, Failure> {
    let (present, new) = (fields.one("present"), fields.one("new"));
    match desk
        .cases
        .change_own_password(&desk.account, present, new, desk.token.hash())
        .await
    {
        Ok(()) => {
            desk.say(
                messages::text(desk.lang, "desk_password_changed").to_owned(),
                false,
                &[],
            );
            let mut response = Redirect::to(PAGE).into_response();
            desk.renew(&mut response).await?;
            Ok(response)
        }
        Err(error) => back(&desk, PAGE, error),
    }
}
