//! Who is asking? Resolved once for each request, before its handler: a token of the company's site, a customer's session, a
//! colleague of the desk, or nobody in particular. What he may read follows from it, and nothing else decides that.
//!
//! A token comes as `Authorization: Bearer` and counts on the API. Cookies count where the browser says that this site's own page
//! asks, or that a person opened the page; never for scripts of other sites, listed or not. A request that brings any of these is
//! private from then on, also where it turns out to be nobody's: a cache may keep only what was asked for by nobody.

use super::cookies::{cookie, is_encrypted};
use super::error::Failure;
use super::keys::Pass;
use super::lately::Said;
use super::state::AppState;
use super::{desk, origin};
use crate::error::{Code, Error};
use crate::model::{Audience, Customer, Email, PersonId, Slug, Tier, Token};
use crate::search::Engine;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// The cookie of a colleague who looks at the pages as somebody of a lower audience does: its place in the list.
pub(super) const SEE_AS: &str = "kb-see-as";

/// How long a page waits to know who reads it: a database that hangs is not to make everything slow for those who are signed in.
const PATIENCE: Duration = Duration::from_secs(2);

/// Addresses that are the same for everybody, or that know by themselves who asks.
const FIXED: [&str; 12] = [
    "/assets/",
    "/embed/",
    "/favicon.",
    "/apple-touch-icon",
    "/robots.txt",
    "/opensearch.xml",
    "/healthz",
    "/readyz",
    "/metrics",
    "/desk",
    "/api/v1/openapi.json",
    "/api/v1/docs",
];

/// What is somebody's own, or leads there: the database is asked who it is, each time.
const OWN: [&str; 5] = ["/me", "/case", "/ask", "/follow", "/sign-"];

/// Who asks. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Visitor {
    /// What he may read.
    pub(super) audience: Audience,
    /// The customer, if it is one who is known.
    pub(super) customer: Option<Arc<Customer>>,
    /// The colleague, if one is signed in at the desk.
    pub(super) staff: Option<Colleague>,
    /// Whether the answer is for this one alone.
    pub(super) is_private: bool,
    /// Whether the browser keeps a session that ended.
    pub(super) is_over: bool,
    /// Whether the browser brings a session that nobody can be asked about just now.
    pub(super) is_unsure: bool,
    /// The key of the program that asks, if it brings one.
    pub(super) key: Option<Pass>,
    /// Whether some key names the site whose browser asks whether it may call.
    pub(super) is_site_of_key: bool,
}

/// Somebody of the desk who reads the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Colleague {
    /// What he is called.
    pub(super) name: String,
    /// As whom he wants to see the pages, if not as himself.
    pub(super) sees_as: Option<Audience>,
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

impl Visitor {
    /// The person of the customer's mail address, where one is kept.
    pub(super) fn person(&self) -> Option<PersonId> {
        self.customer.as_ref().and_then(|customer| customer.person)
    }

    /// What the customer has: articles about it come first.
    pub(super) fn products(&self) -> &[String] {
        self.customer
            .as_ref()
            .map_or(&[], |customer| customer.products.as_slice())
    }

    /// How important a customer he is, where that is known.
    pub(super) fn tier(&self) -> Option<&Tier> {
        self.customer.as_ref()?.tier.as_ref()
    }

    /// Fills in his address and his name where nothing else is said.
    pub(super) fn fill(&self, email: &mut String, name: &mut Option<String>) {
        let Some(customer) = &self.customer else {
            return;
        };
        if let (true, Some(own)) = (email.is_empty(), &customer.email) {
            *email = own.to_string();
            *name = name
                .take()
                .or(customer.name.as_ref().map(ToString::to_string));
        }
    }

    /// How important a customer he is who writes from this address, where the company's site says so.
    pub(super) fn tier_for(&self, email: &Email) -> Option<Tier> {
        let customer = self.customer.as_ref()?;
        customer.tier.clone().filter(|_| customer.has_email(email))
    }

    /// What a question from this address is about, where he who asks has one product alone and names none.
    pub(super) fn product_for(&self, email: &Email) -> Option<Slug> {
        let customer = self.customer.as_ref()?;
        match customer.products.as_slice() {
            [only] if customer.has_email(email) => Slug::parse(only).ok(),
            _ => None,
        }
    }

    /// Why what may be this visitor's own is not shown to him, while the store cannot say who he is.
    pub(super) fn is_known(&self) -> Result<(), Error> {
        match self.is_unsure {
            false => Ok(()),
            true => {
                let error = Error::new(Code::Unavailable, "who you are cannot be asked just now");
                Err(error.help("you are still signed in: try again in a minute"))
            }
        }
    }

    fn unknown() -> Self {
        Self {
            is_private: true,
            ..Self::default()
        }
    }

    fn unsure() -> Self {
        Self {
            is_unsure: true,
            ..Self::unknown()
        }
    }
}

/// Finds out who asks.
///
/// # Errors
/// `Unauthorized` for a token that is not taken, with why. A session that ended makes nobody in particular; so does a store that
/// cannot be asked, but of those who read and were known a moment ago.
pub(super) async fn of(
    state: &AppState,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    engine: Option<&Engine>,
) -> Result<Visitor, Failure> {
    if FIXED.iter().any(|fixed| path.starts_with(fixed)) {
        return Ok(Visitor::default());
    }
    let is_api = path.starts_with("/api/");
    if is_api && let Some(token) = bearer(headers) {
        return by_token(state, token, engine).map_err(Failure::from);
    }
    if is_api && !is_own_script(state, headers) {
        return Ok(Visitor::default());
    }
    let reads = matches!(*method, Method::GET | Method::HEAD)
        && !OWN.iter().any(|own| path.starts_with(own));
    let known = tokio::time::timeout(PATIENCE, by_cookie(state, headers, engine, reads));
    Ok(known.await.unwrap_or_else(|_| Visitor::unsure()))
}

/// The token of the company's site. Other words behind `Bearer` are not for us: they have no dots.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    let is_token = scheme.eq_ignore_ascii_case("bearer") && token.contains('.');
    is_token.then(|| token.trim())
}

fn by_token(state: &AppState, token: &str, engine: Option<&Engine>) -> Result<Visitor, Error> {
    let max = &state.settings().identity.max_audience;
    let now = state.clock().now();
    let proved = match engine {
        Some(engine) => state
            .verifier()
            .verify(token, now, |name| gives(engine, max, name))?,
        None => {
            return Err(Error::new(
                Code::Unavailable,
                "the index is still being built",
            ));
        }
    };
    Ok(Visitor {
        audience: engine.map_or(Audience::PUBLIC, |engine| {
            audience_of(engine, &proved.customer)
        }),
        customer: Some(Arc::new(proved.customer)),
        ..Visitor::unknown()
    })
}

/// Whether the audience `name` is there and not above `max`.
pub(super) fn gives(engine: &Engine, max: &str, name: &str) -> bool {
    let audiences = &engine.schema().audiences;
    let max = audiences.get(max).unwrap_or(Audience::PUBLIC);
    audiences
        .get(name)
        .is_some_and(|audience| max.may_read(audience))
}

/// What a customer may read: nothing but what is public, where his audience is not known any more.
fn audience_of(engine: &Engine, customer: &Customer) -> Audience {
    let known = engine.schema().audiences.get(&customer.audience);
    known.unwrap_or(Audience::PUBLIC)
}

/// Whether a page of this site asks, or a person who typed the address.
fn is_own_script(state: &AppState, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(from)) => origin::is_same(state, headers, from),
        (None, None) => true,
    }
}

/// Whose session it is: a colleague's goes before a customer's.
async fn by_cookie(
    state: &AppState,
    headers: &HeaderMap,
    engine: Option<&Engine>,
    reads: bool,
) -> Visitor {
    let session = cookie(headers, cookie_name(state));
    let staff = desk::colleague(headers, state, reads).await;
    if staff.is_none() && session.is_none() {
        return Visitor::default();
    }
    if let Some(Ok(Some(name))) = staff {
        let own = engine.map_or(Audience::PUBLIC, desk::staff);
        let sees_as = cookie(headers, SEE_AS).map(|rank| {
            let rank = rank.parse().map(Audience::from_rank);
            rank.unwrap_or(Audience::PUBLIC).min(own)
        });
        return Visitor {
            audience: sees_as.unwrap_or(own),
            staff: Some(Colleague { name, sees_as }),
            ..Visitor::unknown()
        };
    }
    let Some(session) = session else {
        return match staff {
            Some(Err(_)) => Visitor::unsure(),
            _ => Visitor::unknown(),
        };
    };
    let Ok(customer) = customer_of(state, session, reads).await else {
        return Visitor::unsure();
    };
    Visitor {
        audience: match (&customer, engine) {
            (Some(customer), Some(engine)) => audience_of(engine, customer),
            _ => Audience::PUBLIC,
        },
        is_over: customer.is_none(),
        customer,
        ..Visitor::unknown()
    }
}

/// The customer of a session. What is his own is not opened by what is only remembered of him.
async fn customer_of(
    state: &AppState,
    session: &str,
    reads: bool,
) -> Result<Option<Arc<Customer>>, Error> {
    let Some(token) = Token::parse(session) else {
        return Ok(None);
    };
    let asked = async { Ok(state.cases()?.customer(&token).await?.map(Arc::new)) };
    let known = &state.lately().customers;
    Ok(known
        .ask(state, session, reads, asked)
        .await?
        .map(|said| match said {
            Said::Now(customer) => customer,
            Said::Lately(customer) => Arc::new(Customer {
                person: None,
                ..Customer::clone(&customer)
            }),
        }))
}

/// The name of the cookie of a customer's session: bound to this very host where the connection is encrypted.
pub(super) fn cookie_name(state: &AppState) -> &'static str {
    match is_encrypted(state) {
        true => "__Host-kb-visitor",
        false => "kb-visitor",
    }
}

/// The session that a browser brings along, whether it is one or not.
pub(super) fn session(state: &AppState, headers: &HeaderMap) -> Option<Token> {
    cookie(headers, cookie_name(state)).and_then(Token::parse)
}
