//! Who is there already? Knowing somebody again by a cookie, and the cookies that sign-in gives.

use super::flash::Notices;
use super::words::refusal_key;
use crate::cases::{Cases, Place, SignedIn};
use crate::error::{Code, Error};
use crate::http::client::Client;
use crate::http::cookies::{self, cookie, is_encrypted};
use crate::http::error::Failure;
use crate::http::lately::Said;
use crate::http::pages::messages;
use crate::http::state::AppState;
use crate::model::account::{Account, Way};
use crate::model::{Lang, Token};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use std::convert::Infallible;

/// How long a browser is remembered as one that signed in before, in seconds.
const MARK_SECONDS: u64 = 180 * 24 * 3_600;
/// The longest name of a browser that is looked at, in bytes.
const MAX_AGENT_BYTES: usize = 512;

/// Somebody who is signed in.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) cases: Cases,
    pub(super) account: Account,
    pub(super) token: Token,
    pub(super) lang: Lang,
    pub(super) state: AppState,
    /// How the session began.
    pub(super) way: Way,
    /// Whether a second step is to be set up before anything else.
    confined: bool,
    /// Whether only a part of a page is asked for, on which nothing is said.
    pub(super) is_part: bool,
    /// What this page says once, and the next one.
    pub(super) notices: Notices,
}

impl FromRequestParts<AppState> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let notices = parts.extensions.get::<Notices>().cloned();
        match Self::with(&parts.headers, state, notices.unwrap_or_default()).await {
            Ok(Some(desk)) if desk.confined && !is_open_to_confined(parts.uri.path()) => {
                Err(confined(parts))
            }
            Ok(Some(desk)) => Ok(desk),
            Ok(None) => Err(outside(parts)),
            Err(error) => Err(Failure::from(error).into_response()),
        }
    }
}

impl Desk {
    pub(super) async fn of(headers: &HeaderMap, state: &AppState) -> Result<Option<Self>, Error> {
        Self::with(headers, state, Notices::default()).await
    }

    async fn with(
        headers: &HeaderMap,
        state: &AppState,
        notices: Notices,
    ) -> Result<Option<Self>, Error> {
        let cases = state.desk_cases()?;
        let Some(token) = session_of(headers, state) else {
            return Ok(None);
        };
        let Some(present) = cases.signed_in(&token).await? else {
            return Ok(None);
        };
        notices.begin(&cases, &token, &present.said);
        Ok(Some(Self {
            lang: present.account.lang,
            cases,
            account: present.account,
            token,
            state: state.clone(),
            way: present.way,
            confined: present.needs_second_step,
            is_part: headers.contains_key(PART),
            notices,
        }))
    }

    /// Whether a second step is to be set up before anything else.
    pub(super) fn is_confined(&self) -> bool {
        self.confined
    }

    /// What the forms of this session carry, and no other site can know.
    pub(super) fn csrf(&self) -> String {
        let key = blake3::derive_key("kb desk forms", self.token.reveal().as_bytes());
        blake3::Hash::from_bytes(key).to_hex()[..32].to_owned()
    }

    /// Gives the session a new secret, as after a change of rights or of passwords. What is to be said moves along.
    pub(super) async fn renew(&mut self, response: &mut Response) -> Result<(), Error> {
        self.token = self.cases.renew_session(&self.token).await?;
        self.notices.renewed(&self.token);
        set_session(response, &self.state, &self.token);
        Ok(())
    }
}

/// Where who has to set up a second step may go: to where that is done, and out.
fn is_open_to_confined(path: &str) -> bool {
    path == "/desk/sign-out"
        || path == "/desk/second-step"
        || path.starts_with("/desk/second-step/")
}

/// The answer to who has to set up a second step first.
fn confined(parts: &Parts) -> Response {
    if wants_page(parts) {
        return Redirect::to("/desk/second-step").into_response();
    }
    let error = Error::new(
        Code::Forbidden,
        "set up the second step of signing in first",
    );
    Failure::from(error).into_response()
}

/// What the colleague is called whose session a browser brings along; the outer `None` when it brings none, the inner one when
/// that ended. Who only `reads` is known for a while without the database; the desk itself asks it each time.
pub(in crate::http) async fn colleague(
    headers: &HeaderMap,
    state: &AppState,
    reads: bool,
) -> Option<Result<Option<String>, Error>> {
    let session = cookie(headers, &name(state, SESSION))?;
    let asked = async {
        let desk = Desk::of(headers, state).await?;
        // Who has to set up a second step is nobody until he did.
        let desk = desk.filter(|desk| !desk.confined);
        Ok(desk.map(|desk| desk.account.name.to_string()))
    };
    let known = &state.lately().colleagues;
    let said = known.ask(state, session, reads, asked).await;
    Some(said.map(|said| said.map(|(Said::Now(name) | Said::Lately(name))| name)))
}

/// The answer to who is not signed in: pages lead to the sign-in, everything else is refused.
fn outside(parts: &Parts) -> Response {
    if wants_page(parts) {
        let to = parts
            .uri
            .path_and_query()
            .map_or("/desk", |address| address.as_str());
        let to = percent_encoding::utf8_percent_encode(to, percent_encoding::NON_ALPHANUMERIC);
        return Redirect::to(&format!("/desk/sign-in?next={to}")).into_response();
    }
    let error = Error::new(Code::Unauthorized, "sign in first");
    Failure::from(error).into_response()
}

fn wants_page(parts: &Parts) -> bool {
    let accept = parts.headers.get(header::ACCEPT);
    let html = accept.is_none_or(|accept| accept.as_bytes().starts_with(b"text/html"));
    parts.method == Method::GET && html
}

/// Where a request comes from, as a sign-in wants to know it.
pub(super) struct Origin {
    from: crate::cases::Source,
    browser: String,
}

impl Origin {
    pub(super) fn place(&self) -> Place<'_> {
        Place {
            from: self.from,
            browser: &self.browser,
        }
    }

    pub(super) fn source(&self) -> crate::cases::Source {
        self.from
    }
}

impl FromRequestParts<AppState> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let Client(from) = Client::from_request_parts(parts, state).await?;
        let agent = parts.headers.get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or("");
        let browser = agent.get(..MAX_AGENT_BYTES).unwrap_or(agent).to_owned();
        Ok(Self { from, browser })
    }
}

/// The session that a request names, live or not.
pub(super) fn session_of(headers: &HeaderMap, state: &AppState) -> Option<Token> {
    cookie(headers, &name(state, SESSION)).and_then(Token::parse)
}

/// The mark of a browser that signed in before.
pub(super) fn mark_of(headers: &HeaderMap, state: &AppState) -> Option<String> {
    own_cookie(headers, state, MARK)
}

/// Gives a browser what a sign-in gave.
pub(super) fn let_in(response: &mut Response, state: &AppState, entered: &SignedIn) {
    set_session(response, state, &entered.token);
    let rest = format!("; SameSite=Strict; Max-Age={MARK_SECONDS}");
    set_cookie(response, state, MARK, &entered.mark, &rest);
}

/// Takes the session away from a browser.
pub(super) fn let_out(response: &mut Response, state: &AppState) {
    set_cookie(response, state, SESSION, "", "; SameSite=Lax; Max-Age=0");
}

fn set_session(response: &mut Response, state: &AppState, token: &Token) {
    set_cookie(response, state, SESSION, token.reveal(), "; SameSite=Lax");
}

/// What a script sends that renews a part of a page.
const PART: &str = "x-kb-part";

const SESSION: &str = "kb-desk";
const MARK: &str = "kb-desk-known";

/// A cookie's name: bound to this very host where the connection is encrypted.
fn name(state: &AppState, plain: &str) -> String {
    match is_encrypted(state) {
        true => format!("__Host-{plain}"),
        false => plain.to_owned(),
    }
}

/// A cookie of the desk.
pub(super) fn own_cookie(headers: &HeaderMap, state: &AppState, plain: &str) -> Option<String> {
    cookie(headers, &name(state, plain)).map(str::to_owned)
}

/// Sets a cookie of the desk.
pub(super) fn set_cookie(
    response: &mut Response,
    state: &AppState,
    plain: &str,
    value: &str,
    rest: &str,
) {
    cookies::set_cookie(response, state, &name(state, plain), value, rest);
}

/// A path of the desk; anything else is the desk itself.
pub(super) fn inside(next: Option<&str>) -> &str {
    let fine = |to: &&str| {
        (*to == "/desk" || to.starts_with("/desk/") || to.starts_with("/desk?"))
            && !to.starts_with("/desk/sign-")
            && !to.starts_with("/desk/oidc")
            && !to.contains("//")
            && to.len() < 2_000
            && to
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    next.filter(fine).unwrap_or("/desk")
}

/// Why not, in the reader's language; `None` for a fault, which is said otherwise.
pub(super) fn said(lang: Lang, error: &Error) -> Option<&'static str> {
    let refusal = crate::cases::Refusal::of(error)?;
    Some(messages::text(lang, refusal_key(refusal)))
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn s30_the_sign_in_leads_to_the_desk_and_nowhere_else() {
        for (next, to) in [
            ("/desk/cases/KB-2611-0042", "/desk/cases/KB-2611-0042"),
            ("/desk?view=mine", "/desk?view=mine"),
            ("/desk", "/desk"),
            ("//evil.cn", "/desk"),
            ("https://evil.cn/desk", "/desk"),
            ("/deskevil", "/desk"),
            ("/desk/\\evil", "/desk"),
            ("/desk/sign-out", "/desk"),
            ("/desk/oidc/return?code=1", "/desk"),
            ("/desk//evil.cn", "/desk"),
            ("/desk/a\r\nb", "/desk"),
            ("", "/desk"),
        ] {
            assert_eq!(inside(Some(next)), to, "{next}");
        }
    }
}
