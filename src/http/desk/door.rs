//! Who comes in? Signing in and out, and knowing by a cookie who is there already.

use super::form::{self, Fields};
use super::frame::{Bare, page_of};
use super::words::refusal_key;
use crate::cases::{Attempt, Cases, Refusal};
use crate::error::Error;
use crate::http::client::Client;
use crate::http::error::Failure;
use crate::http::pages::messages;
use crate::http::pages::reader::Reader;
use crate::http::state::AppState;
use crate::model::account::Account;
use crate::model::{Lang, Token};
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};

/// How long a browser is remembered as one that signed in before, in seconds.
const MARK_SECONDS: u64 = 180 * 24 * 3_600;

/// Somebody who is signed in.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) cases: Cases,
    pub(super) account: Account,
    pub(super) token: Token,
    pub(super) lang: Lang,
    pub(super) state: AppState,
    /// Whether only a part of a page is asked for, on which nothing is said.
    pub(super) is_part: bool,
}

impl FromRequestParts<AppState> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        match Self::of(&parts.headers, state).await {
            Ok(Some(desk)) => Ok(desk),
            Ok(None) => Err(outside(parts)),
            Err(error) => Err(Failure::from(error).into_response()),
        }
    }
}

impl Desk {
    async fn of(headers: &HeaderMap, state: &AppState) -> Result<Option<Self>, Error> {
        let cases = state.cases()?;
        let Some(token) = cookie(headers, name(state)).and_then(|text| Token::parse(&text)) else {
            return Ok(None);
        };
        let account = cases.signed_in(&token).await?;
        Ok(account.map(|account| Self {
            lang: account.lang,
            cases,
            account,
            token,
            state: state.clone(),
            is_part: headers.contains_key(PART),
        }))
    }

    /// What the forms of this session carry, and no other site can know.
    pub(super) fn csrf(&self) -> String {
        let key = blake3::derive_key("kb desk forms", self.token.reveal().as_bytes());
        blake3::Hash::from_bytes(key).to_hex()[..32].to_owned()
    }

    /// What the memory of this process keeps for the session is kept under.
    pub(super) fn key(&self) -> String {
        self.token.hash().hex()
    }
}

/// What the colleague is called whose session a browser brings along; the outer `None` when it brings none, the inner one when
/// that ended.
pub(in crate::http) async fn colleague(
    headers: &HeaderMap,
    state: &AppState,
) -> Option<Result<Option<String>, Error>> {
    cookie(headers, name(state))?;
    let desk = Desk::of(headers, state).await;
    Some(desk.map(|desk| desk.map(|desk| desk.account.name.to_string())))
}

/// The answer to who is not signed in: pages lead to the sign-in, everything else is refused.
fn outside(parts: &Parts) -> Response {
    let wants_page = parts
        .headers
        .get(header::ACCEPT)
        .is_none_or(|accept| accept.as_bytes().starts_with(b"text/html"));
    if parts.method == Method::GET && wants_page {
        let to = parts
            .uri
            .path_and_query()
            .map_or("/desk", |address| address.as_str());
        let to = percent_encoding::utf8_percent_encode(to, percent_encoding::NON_ALPHANUMERIC);
        return Redirect::to(&format!("/desk/sign-in?next={to}")).into_response();
    }
    let error = Error::new(crate::error::Code::Unauthorized, "sign in first");
    Failure::from(error).into_response()
}

/// The cookie's name: bound to this very host where the connection is encrypted.
fn name(state: &AppState) -> &'static str {
    match is_encrypted(state) {
        true => "__Host-kb-desk",
        false => "kb-desk",
    }
}

/// What a script sends that renews a part of a page.
const PART: &str = "x-kb-part";

const MARK: &str = "kb-desk-known";

fn is_encrypted(state: &AppState) -> bool {
    state
        .settings()
        .site
        .base_url
        .as_deref()
        .is_some_and(|url| url.starts_with("https://"))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
}

fn set_cookie(response: &mut Response, state: &AppState, name: &str, value: &str, rest: &str) {
    let secure = if is_encrypted(state) { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly{secure}{rest}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Where to go after the sign-in.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Next {
    next: Option<String>,
}

/// An address of the desk; anything else is the desk itself.
fn inside(next: Option<&str>) -> &str {
    let fine = |to: &&str| {
        (*to == "/desk" || to.starts_with("/desk/") || to.starts_with("/desk?"))
            && !to.starts_with("/desk/sign-")
            && to.len() < 2_000
            && to
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    next.filter(fine).unwrap_or("/desk")
}

#[derive(Debug, Serialize)]
struct SignInView<'a> {
    next: &'a str,
    email: &'a str,
    error: Option<&'a str>,
}

/// `GET /desk/sign-in`
pub(super) async fn form(
    State(state): State<AppState>,
    reader: Reader,
    Query(next): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let next = inside(next.next.as_deref());
    if Desk::of(&headers, &state).await?.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    show(
        &state,
        &reader,
        SignInView {
            next,
            email: "",
            error: None,
        },
        StatusCode::OK,
    )
}

fn show(
    state: &AppState,
    reader: &Reader,
    view: SignInView<'_>,
    status: StatusCode,
) -> Result<Response, Failure> {
    let frame = Bare::new(state, reader, messages::text(reader.lang, "desk_sign_in"));
    Ok(page_of(
        state,
        "desk/sign_in.html",
        reader.lang,
        &frame,
        &view,
        status,
    )?)
}

/// `POST /desk/sign-in`
pub(super) async fn sign_in(
    State(state): State<AppState>,
    Client(from): Client,
    reader: Reader,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let fields = Fields::read(&body)?;
    let (email, next) = (fields.one("email"), inside(Some(fields.one("next"))));
    let mark = cookie(&headers, MARK);
    let former = cookie(&headers, name(&state)).and_then(|text| Token::parse(&text));
    let attempt = Attempt {
        email,
        password: fields.one("password"),
        from,
        mark: mark.as_deref(),
    };
    match state.cases()?.sign_in(attempt, former.as_ref()).await {
        Ok(entered) => {
            let mut response = Redirect::to(next).into_response();
            set_cookie(
                &mut response,
                &state,
                name(&state),
                entered.token.reveal(),
                "; SameSite=Lax",
            );
            let rest = format!("; SameSite=Strict; Max-Age={MARK_SECONDS}");
            set_cookie(&mut response, &state, MARK, &entered.mark, &rest);
            Ok(response)
        }
        Err(error) => {
            let Some(refusal) = Refusal::of(&error) else {
                return Err(error.into());
            };
            let status = if refusal == Refusal::Throttled {
                StatusCode::TOO_MANY_REQUESTS
            } else {
                StatusCode::UNAUTHORIZED
            };
            let said = messages::text(reader.lang, refusal_key(refusal));
            show(
                &state,
                &reader,
                SignInView {
                    next,
                    email,
                    error: Some(said),
                },
                status,
            )
        }
    }
}

/// `POST /desk/sign-out`
pub(super) async fn sign_out(
    State(state): State<AppState>,
    posted: form::Posted,
) -> Result<Response, Failure> {
    posted.desk.cases.sign_out(&posted.desk.token).await?;
    let mut response = Redirect::to("/desk/sign-in").into_response();
    set_cookie(
        &mut response,
        &state,
        name(&state),
        "",
        "; SameSite=Lax; Max-Age=0",
    );
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn the_sign_in_leads_to_the_desk_and_nowhere_else() {
        for (next, to) in [
            ("/desk/cases/KB-2611-0042", "/desk/cases/KB-2611-0042"),
            ("/desk?view=mine", "/desk?view=mine"),
            ("/desk", "/desk"),
            ("//evil.cn", "/desk"),
            ("https://evil.cn/desk", "/desk"),
            ("/deskevil", "/desk"),
            ("/desk/\\evil", "/desk"),
            ("/desk/sign-out", "/desk"),
            ("/desk/a\r\nb", "/desk"),
            ("", "/desk"),
        ] {
            assert_eq!(inside(Some(next)), to, "{next}");
        }
    }
}
