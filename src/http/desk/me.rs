//! How does one work oneself? On duty or not, in which language, with which password.

use super::door::Desk;
use super::form::Posted;
use super::frame::{Frame, page_of};
use super::queue::Option_;
use super::refused::back;
use crate::http::error::Failure;
use crate::http::pages::messages;
use crate::model::Lang;
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
}

/// `GET /desk/me`
pub(super) async fn page(desk: Desk) -> Result<Response, Failure> {
    let names = [
        (Lang::ZhCn, "简体中文"),
        (Lang::ZhTw, "繁體中文"),
        (Lang::En, "English"),
    ];
    let points = desk
        .cases
        .store()
        .read()
        .await
        .map_err(crate::error::Error::from)?
        .points(Holder::Account(desk.account.id))
        .await;
    let view = MePage {
        langs: names
            .map(|(lang, name)| Option_::new(lang, name, lang == desk.lang))
            .into(),
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

/// `POST /desk/me`
pub(super) async fn change(Posted { desk, fields, .. }: Posted) -> Result<Response, Failure> {
    let lang = Lang::parse(fields.one("lang"));
    let on_duty = fields.given("on_duty").map(|word| word == "1");
    desk.cases.change_own(&desk.account, on_duty, lang).await?;
    let to = if lang.is_some() { PAGE } else { "/desk" };
    Ok(Redirect::to(to).into_response())
}

/// `POST /desk/me/password`
pub(super) async fn password(Posted { desk, fields, .. }: Posted) -> Result<Response, Failure> {
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
            Ok(Redirect::to(PAGE).into_response())
        }
        Err(error) => back(&desk, PAGE, error),
    }
}
