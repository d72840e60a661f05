//! How does one come in by way of an identity provider? There with a cookie that this browser keeps, and back, once.

use super::door::{Origin, inside, let_in, own_cookie, session_of, set_cookie};
use crate::cases::{Refusal, Returning};
use crate::error::{Code, Error};
use crate::http::error::Failure;
use crate::http::extract::Params;
use crate::http::state::AppState;
use crate::model::Token;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};

/// The cookie that says which browser began it; as short-lived as what the server keeps of it.
const AWAY: &str = "kb-desk-away";
const AWAY_SECONDS: u64 = 600;

/// `GET /desk/oidc`
pub(super) async fn depart(
    State(state): State<AppState>,
    origin: Origin,
    params: Params,
) -> Result<Response, Failure> {
    let mut params = params.leniently();
    let next = params.one("next");
    let cases = state.desk_cases()?;
    if cases.count_departure(origin.source()).await?.is_some() {
        return Err(Error::new(Code::RateLimited, "too many sign-ins were begun").into());
    }
    match cases.depart(inside(next.as_deref())).await {
        Ok(departing) => {
            let mut response = Redirect::to(&departing.url).into_response();
            let rest = format!("; SameSite=Lax; Max-Age={AWAY_SECONDS}");
            set_cookie(&mut response, &state, AWAY, departing.state.reveal(), &rest);
            response.headers_mut().insert(
                header::REFERRER_POLICY,
                HeaderValue::from_static("no-referrer"),
            );
            Ok(response)
        }
        Err(error) => refused(error),
    }
}

/// `GET /desk/oidc/return`
pub(super) async fn come_back(
    State(state): State<AppState>,
    origin: Origin,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mut params = params.leniently();
    let mut one = |name| params.one(name).unwrap_or_default();
    let (given, code, issuer) = (one("state"), one("code"), one("iss"));
    let kept = own_cookie(&headers, &state, AWAY).and_then(|text| Token::parse(&text));
    let former = session_of(&headers, &state);
    let returning = Returning {
        kept: kept.as_ref(),
        state: &given,
        code: &code,
        issuer: &issuer,
    };
    let cases = state.desk_cases()?;
    let back = cases.come_back(returning, origin.place(), former.as_ref());
    let mut response = match back.await {
        Ok((entered, next)) => {
            let mut response = Redirect::to(inside(Some(&next))).into_response();
            let_in(&mut response, &state, &entered);
            response
        }
        Err(error) => refused(error)?,
    };
    set_cookie(&mut response, &state, AWAY, "", "; SameSite=Lax; Max-Age=0");
    Ok(response)
}

/// Back to the sign-in, where a password still opens, with a word of why.
fn refused(error: Error) -> Result<Response, Failure> {
    let word = match Refusal::of(&error) {
        Some(Refusal::Provider) => "provider",
        Some(Refusal::Stranger) => "stranger",
        Some(_) => "foreign",
        None => return Err(error.into()),
    };
    Ok(Redirect::to(&format!("/desk/sign-in?said={word}")).into_response())
}
