//! How does a visitor become known? By a link of the company's site, once, or by a code that is mailed to him; and how he leaves.

use super::frame::Frame;
use super::lists::Link;
use super::reader::Reader;
use super::{addresses, messages, private, templates};
use crate::cases::CODE_MINUTES;
use crate::error::{Code, Error};
use crate::http::client::Client;
use crate::http::cookies::set_cookie;
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading};
use crate::http::form::Form;
use crate::http::state::AppState;
use crate::http::visitor::{SEE_AS, cookie_name, gives, session};
use crate::identity::{Proved, Refused};
use crate::model::{Customer, Email, Token};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use percent_encoding::{CONTROLS, utf8_percent_encode};
use serde::Serialize;
use std::sync::Arc;

/// The longest address that a sign-in leads back to, in bytes.
const MAX_TO_BYTES: usize = 2_000;

/// Has browsers forget pages that they kept for somebody else.
const CLEAR: HeaderName = HeaderName::from_static("clear-site-data");

#[derive(Debug, Default, Serialize)]
struct SignInView {
    email: String,
    to: String,
    /// The secret of the attempt, once a code is on its way.
    flow: Option<String>,
    fault: Option<&'static str>,
    minutes: u32,
    /// Whether an address can be proved here.
    by_email: bool,
    /// Why a link was not taken.
    refused: bool,
    /// Where who is signed in goes on, should his link not be taken.
    go_on: Option<Link>,
    /// Who is signed in, where a link is another customer's.
    switch: Option<SwitchView>,
    action: String,
    code_action: String,
    /// The page for another address, which leads back to the same place.
    elsewhere: String,
}

/// One customer is signed in, and a link is another's.
#[derive(Debug, Serialize)]
struct SwitchView {
    from: String,
    into: String,
    token: String,
    action: String,
    stay: String,
}

/// `GET /sign-in?token=…&to=…`: signs in by a link of the company's site. Without a token, the page for a mail address.
pub(in crate::http) async fn sign_in(
    State(state): State<AppState>,
    method: Method,
    reader: Reader,
    reading: Reading,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mut params = params.leniently();
    let to = own_path(&params.one("to").unwrap_or_default());
    // Programs that only look whether an address is there must not use the link up.
    let Some(token) = params.one("token").filter(|_| method == Method::GET) else {
        let view = SignInView {
            to,
            ..SignInView::default()
        };
        return show(&state, &reader, view, StatusCode::OK);
    };
    let proved = match prove(&state, &reading, &token) {
        Ok(proved) => proved,
        Err(why) => return refused(&state, &reader, &why, &to),
    };
    match switch(&reader, &token, &proved, &to) {
        Some(view) => show(&state, &reader, view, StatusCode::OK),
        None => take(&state, (&reader, &headers), proved, &to).await,
    }
}

/// `POST /sign-in/link`: takes a link of another customer than the one who is signed in, who was asked.
pub(in crate::http) async fn take_link(
    State(state): State<AppState>,
    reader: Reader,
    reading: Reading,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let to = own_path(form.get("to"));
    match prove(&state, &reading, form.get("token")) {
        Ok(proved) => take(&state, (&reader, &headers), proved, &to).await,
        Err(why) => refused(&state, &reader, &why, &to),
    }
}

/// Of whom a link is.
fn prove(state: &AppState, reading: &Reading, token: &str) -> Result<Proved, Refused> {
    let max = &state.settings().identity.max_audience;
    let known = |name: &str| gives(&reading.engine, max, name);
    state.verifier().verify(token, state.clock().now(), known)
}

/// Whether it is his own link who is signed in.
fn is_same(reader: &Reader, proved: &Proved) -> bool {
    let present = reader.visitor.customer.as_ref();
    present.is_some_and(|present| present.subject == proved.customer.subject)
}

/// What asks somebody who is signed in as another customer: else any page could put its own in his place, unnoticed.
fn switch(reader: &Reader, token: &str, proved: &Proved, to: &str) -> Option<SignInView> {
    let present = reader.visitor.customer.as_ref();
    let present = present.filter(|_| !is_same(reader, proved))?;
    Some(SignInView {
        switch: Some(SwitchView {
            from: name_of(reader, present),
            into: name_of(reader, &proved.customer),
            token: token.to_owned(),
            action: reader.link("/sign-in/link"),
            stay: reader.link(to),
        }),
        to: to.to_owned(),
        ..SignInView::default()
    })
}

/// Signs in whose link it is.
async fn take(
    state: &AppState,
    (reader, headers): (&Reader, &HeaderMap),
    proved: Proved,
    to: &str,
) -> Result<Response, Failure> {
    let (is_same, former) = (is_same(reader, &proved), session(state, headers));
    let cases = state.cases()?;
    let entered = cases.enter_by_link(proved, reader.lang, former.as_ref());
    match entered.await? {
        Some(token) => Ok(enter(state, reader, &token, to)),
        // Whoever opens his link twice is where it leads already.
        None if is_same => Ok(private::see_other(&reader.link(to))),
        None => refused(state, reader, &Refused::Used, to),
    }
}

/// Says that a link cannot be used, and only to the operator why.
fn refused(
    state: &AppState,
    reader: &Reader,
    why: &Refused,
    to: &str,
) -> Result<Response, Failure> {
    tracing::info!(%why, "a sign-in link was not taken");
    let go_on = |present: &Arc<Customer>| Link {
        title: name_of(reader, present),
        url: reader.link(to),
    };
    let view = SignInView {
        refused: true,
        go_on: reader.visitor.customer.as_ref().map(go_on),
        to: to.to_owned(),
        ..SignInView::default()
    };
    show(state, reader, view, StatusCode::UNAUTHORIZED)
}

/// What a customer is called, where one is to be told from another.
fn name_of(reader: &Reader, customer: &Customer) -> String {
    let plain = || messages::text(reader.lang, "sign_in_somebody");
    customer.shown_name().unwrap_or_else(plain).to_owned()
}

/// `POST /sign-in`: mails a code. The page says the same whether anybody knows the address.
pub(in crate::http) async fn mail_code(
    State(state): State<AppState>,
    Client(source): Client,
    reader: Reader,
    form: Form,
) -> Result<Response, Failure> {
    offered(&state)?;
    let cases = state.cases()?;
    let typed = form.get("email");
    let mut view = SignInView {
        to: own_path(form.get("to")),
        email: typed.chars().take(300).collect(),
        ..SignInView::default()
    };
    let Ok(email) = Email::parse(typed) else {
        view.fault = Some("ask_email_wrong");
        return show(&state, &reader, view, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let flow = cases.mail_code(&email, reader.lang, source).await?;
    view.email = email.to_string();
    view.flow = Some(flow.reveal().to_owned());
    show(&state, &reader, view, StatusCode::OK)
}

/// `POST /sign-in/code`
pub(in crate::http) async fn enter_code(
    State(state): State<AppState>,
    Client(source): Client,
    reader: Reader,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    offered(&state)?;
    let cases = state.cases()?;
    let to = own_path(form.get("to"));
    let former = session(&state, &headers);
    let entered = match Token::parse(form.get("flow")) {
        Some(flow) => {
            cases
                .enter_by_code(&flow, form.get("code"), reader.lang, former.as_ref())
                .await?
        }
        None => None,
    };
    if let Some(token) = entered {
        return Ok(enter(&state, &reader, &token, &to));
    }
    if cases.count_guess(source).await?.is_some() {
        let busy = Error::new(Code::RateLimited, "too many wrong codes");
        return Err(busy.help("try again in an hour").into());
    }
    let view = SignInView {
        to,
        email: form.get("email").chars().take(300).collect(),
        flow: Token::parse(form.get("flow")).map(|flow| flow.reveal().to_owned()),
        fault: Some("sign_in_code_wrong"),
        ..SignInView::default()
    };
    show(&state, &reader, view, StatusCode::UNPROCESSABLE_ENTITY)
}

/// `POST /sign-out`
pub(in crate::http) async fn sign_out(
    State(state): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if let Some(token) = session(&state, &headers) {
        state.cases()?.sign_customer_out(&token).await?;
    }
    let mut response = private::see_other(&reader.link("/"));
    forget(&mut response, &state);
    Ok(response)
}

/// `POST /see-as`: a colleague looks at the pages as somebody of an audience does (by its place in the list), or as himself again.
pub(in crate::http) async fn see_as(
    State(state): State<AppState>,
    reader: Reader,
    form: Form,
) -> Result<Response, Failure> {
    let mut response = private::see_other(&reader.link(&own_path(form.get("to"))));
    let (value, rest) = match form.get("as").parse::<u8>() {
        Ok(rank) => (rank.to_string(), "; SameSite=Lax"),
        Err(_) => (String::new(), "; SameSite=Lax; Max-Age=0"),
    };
    set_cookie(&mut response, &state, SEE_AS, &value, rest);
    clear(&mut response);
    Ok(response)
}

/// Takes a session that ended from a browser.
pub(in crate::http) fn forget(response: &mut Response, state: &AppState) {
    let rest = "; SameSite=Lax; Max-Age=0";
    set_cookie(response, state, cookie_name(state), "", rest);
    clear(response);
}

/// Gives the session to the browser and leads on.
fn enter(state: &AppState, reader: &Reader, token: &Token, to: &str) -> Response {
    let mut response = private::see_other(&reader.link(to));
    let seconds = u64::from(state.settings().identity.session_hours) * 3_600;
    let rest = format!("; SameSite=Lax; Max-Age={seconds}");
    set_cookie(
        &mut response,
        state,
        cookie_name(state),
        token.reveal(),
        &rest,
    );
    clear(&mut response);
    response
}

/// Pages that this browser kept while it was nobody's are shown to a known visitor no more, nor his to nobody.
fn clear(response: &mut Response) {
    response
        .headers_mut()
        .insert(CLEAR, HeaderValue::from_static("\"cache\""));
}

fn offered(state: &AppState) -> Result<(), Failure> {
    match state.settings().identity.email {
        true => Ok(()),
        false => Err(Error::not_found("there is nothing at this address").into()),
    }
}

fn show(
    state: &AppState,
    reader: &Reader,
    view: SignInView,
    status: StatusCode,
) -> Result<Response, Failure> {
    let view = SignInView {
        action: reader.link("/sign-in"),
        code_action: reader.link("/sign-in/code"),
        elsewhere: reader.link(&address_for(&view.to)),
        by_email: state.settings().identity.email,
        minutes: CODE_MINUTES,
        ..view
    };
    let mut frame = Frame::new(state, reader, messages::text(reader.lang, "sign_in_title"));
    frame.unlisted = true;
    let mut response = templates::page("sign_in.html", &frame, &view)?;
    *response.status_mut() = status;
    private::seal(&mut response);
    Ok(response)
}

/// A path of this site, as it stands in an address; for anything else that of the page of the signed in.
pub(super) fn own_path(to: &str) -> String {
    let fine = to.starts_with('/')
        && !to.starts_with("//")
        && to.len() < MAX_TO_BYTES
        && !to
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
        && !["/sign-in", "/sign-out", "/see-as"]
            .iter()
            .any(|room| to.starts_with(room));
    let to = if fine { to } else { "/me" };
    utf8_percent_encode(to, CONTROLS).to_string()
}

/// The address of the sign-in that leads back to `here`.
pub(super) fn address_for(here: &str) -> String {
    format!("/sign-in?to={}", addresses::encode(here))
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn s30_a_sign_in_leads_to_this_site_and_nowhere_else() {
        for (to, leads) in [
            (
                "/a/account/forgot-password?hl=en#x",
                "/a/account/forgot-password?hl=en#x",
            ),
            ("/", "/"),
            ("", "/me"),
            ("https://evil.cn", "/me"),
            ("//evil.cn", "/me"),
            ("/\\evil.cn", "/me"),
            ("\\/evil.cn", "/me"),
            ("/a\r\nSet-Cookie: x=1", "/me"),
            ("/\t/evil.cn", "/me"),
            ("javascript:alert(1)", "/me"),
            ("/忘记", "/%E5%BF%98%E8%AE%B0"),
            ("/%E5%BF%98", "/%E5%BF%98"),
            ("/a b", "/me"),
            ("/\u{2028}/evil.cn", "/me"),
            ("/sign-in?token=x", "/me"),
        ] {
            assert_eq!(own_path(to), leads, "{to}");
        }
    }
}
