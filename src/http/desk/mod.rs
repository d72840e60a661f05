//! How do people at the desk work? Sign-in, queues, one case with all that is known of it, and what keeps these pages live.
//!
//! Every page is complete without scripts: forms that post, and a redirect behind. [`entrance`], [`letters`] and [`oidc`] let people in,
//! [`door`] knows them again, [`form`] reads what they send and refuses what another site sent, [`frame`] is what all pages share. Nothing here is kept by
//! browsers or shown to search engines. What may be done is decided in [`crate::cases`], never here.

mod accounts;
mod act;
mod articles;
mod audit;
mod bulk;
mod canned;
mod case;
mod case_view;
mod csv;
mod deeds;
mod door;
mod entrance;
mod event_view;
mod flash;
mod form;
mod frame;
mod keys;
mod letters;
mod live;
mod me;
mod oidc;
mod outbox;
mod publish;
mod questions;
mod queue;
mod refused;
mod second_step;
mod sessions;
mod side_view;
mod words;

pub(super) use articles::staff;
pub(super) use door::colleague;

use super::state::AppState;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{from_fn, map_response};
use axum::response::Response;
use axum::routing::{get, post};

/// Everything below `/desk`.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk", get(queue::page))
        .route("/desk/sign-in", get(entrance::form).post(entrance::sign_in))
        .route("/desk/sign-in/code", post(entrance::code))
        .route("/desk/sign-out", post(entrance::sign_out))
        .route("/desk/oidc", get(oidc::depart))
        .route("/desk/oidc/return", get(oidc::come_back))
        .route(
            "/desk/forgot",
            get(letters::forgot).post(letters::send_link),
        )
        .route(
            "/desk/invitation/{link}",
            get(letters::invitation).post(letters::accept),
        )
        .route(
            "/desk/new-password/{link}",
            get(letters::new_password).post(letters::set_password),
        )
        .route("/desk/cases.csv", get(csv::cases))
        .route("/desk/bulk", post(bulk::change))
        .route("/desk/undo", post(bulk::undo))
        .route("/desk/live", get(live::events))
        .route("/desk/pulse", get(live::pulse))
        .route("/desk/articles", get(articles::find))
        .route("/desk/canned", get(canned::page).post(canned::save))
        .route("/desk/canned/{id}/remove", post(canned::remove))
        .route("/desk/accounts", get(accounts::page).post(accounts::add))
        .route("/desk/accounts/invite", post(accounts::invite))
        .route("/desk/accounts/invitations", post(accounts::invitation))
        .route("/desk/accounts/{id}", post(accounts::change))
        .route(
            "/desk/accounts/{id}/sessions",
            get(sessions::page).post(sessions::end_of),
        )
        .route(
            "/desk/accounts/{id}/second-step",
            post(sessions::reset_second_step),
        )
        .route("/desk/keys", get(keys::page).post(keys::add))
        .route("/desk/keys/{id}/revoke", post(keys::revoke))
        .route("/desk/audit", get(audit::page))
        .route("/desk/audit.csv", get(audit::export))
        .route("/desk/outbox", get(outbox::page))
        .route("/desk/outbox/retry", post(outbox::retry_all))
        .route("/desk/outbox/{id}/retry", post(outbox::retry_one))
        .route("/desk/me", get(me::page).post(me::change))
        .route("/desk/me/password", post(me::password))
        .route("/desk/me/sessions", post(sessions::end_own))
        .route(
            "/desk/second-step",
            get(second_step::page).post(second_step::confirm),
        )
        .route("/desk/second-step/picture.svg", get(second_step::picture))
        .route("/desk/second-step/codes", post(second_step::new_codes))
        .route("/desk/second-step/remove", post(second_step::remove))
        .route("/desk/questions", get(questions::page))
        .route(
            "/desk/questions/{number}",
            get(questions::question).post(questions::change),
        )
        .route("/desk/questions/answers/{id}", post(questions::decide))
        .route("/desk/cases/{number}", get(case::page))
        .route("/desk/cases/{number}/timeline", get(case::timeline))
        .route("/desk/cases/{number}/answer", post(act::answer))
        .route("/desk/cases/{number}/change", post(act::change))
        .route("/desk/cases/{number}/escalate", post(act::escalate))
        .route("/desk/cases/{number}/merge", post(act::merge))
        .route("/desk/cases/{number}/draft", post(act::draft))
        .route("/desk/cases/{number}/here", post(act::here))
        .route(
            "/desk/cases/{number}/publish",
            get(publish::page).post(publish::publish),
        )
        .route("/desk/cases/{number}/insert", post(articles::insert))
        .route("/desk/cases/{number}/files/{id}", get(case::file))
        .layer(from_fn(flash::keep))
        .layer(map_response(private))
}

/// What is confidential is neither kept nor listed, and its address is told to nobody.
async fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("same-origin"));
    let robots = HeaderName::from_static("x-robots-tag");
    headers.insert(robots, HeaderValue::from_static("noindex, nofollow"));
    response
}
