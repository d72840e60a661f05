//! Is it a program that we know? Keys of the API: what each permits, to whom it may be shown, and how often it may ask.
//!
//! A key comes as `Authorization: Bearer kb_…` or, beside a customer's token, as `X-Api-Key`. It permits what its scopes say and
//! nothing else, also where no key is needed. One for browsers counts only for the sites that it names, and may search; one for
//! programs is never taken from a page of another site, where everybody could read it.

use super::error::Failure;
use super::lately::{Said, soon};
use super::origin;
use super::state::AppState;
use super::visitor::Visitor;
use crate::cases::{KEY_PREFIX, Proof};
use crate::error::{Code, Error};
use crate::model::api_key::{ApiKey, Scope};
use crate::model::{ApiKeyId, Audience};
use crate::search::Engine;
use crate::store::Store;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The header for a key beside a customer's token.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// What is below here is for programs.
const API: &str = "/api/v1/";
/// What pages of other sites load: scripts of those that a key names, too, since nothing else would call with it.
const BOX: &str = "/embed/v1/";
/// What describes the API needs no key.
const FREE: [&str; 2] = ["/api/v1/openapi.json", "/api/v1/docs"];
const MINUTE_MS: i64 = 60_000;
/// The most keys that are counted; beyond, those that are over soonest are forgotten.
const MAX_COUNTED: usize = 10_000;
/// Which part of a key's minute a server takes at once from what all servers share: so few requests cost the database anything.
const SHARES: u32 = 20;

/// A key that was taken, and what is left to it.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    /// The key.
    pub(super) key: Arc<ApiKey>,
    /// How many more requests it has at this moment.
    left: u32,
    /// In how many seconds it may go on, where it may not.
    retry_after_s: Option<u64>,
}

/// How often each key was used lately: here, and, where several servers share a database, of what they share.
#[derive(Debug, Default)]
pub(super) struct Rates {
    used: Mutex<HashMap<ApiKeyId, Used>>,
}

/// How often a key was used lately. Instants are in milliseconds.
#[derive(Debug, Default, Clone, Copy)]
struct Used {
    /// When all that was counted here is forgotten.
    until: i64,
    /// How many requests were taken from what all servers share and not used yet, and until when they may be.
    ours: (u32, i64),
    /// Until when all servers together have used everything.
    closed: i64,
}

impl Rates {
    /// Counts a request. A bucket that leaks evenly over a minute: what is left, or in how many seconds there is room again.
    fn count(&self, key: &ApiKey, now: Timestamp) -> Result<u32, u64> {
        let now_ms = now.as_millisecond();
        let share_ms = (MINUTE_MS / i64::from(key.per_minute)).max(1);
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_COUNTED {
            all.retain(|_, used| used.until > now_ms);
        }
        let used = all.entry(key.id).or_default();
        let full = used.until.clamp(now_ms, now_ms + MINUTE_MS);
        let closed_ms = used.closed.min(now_ms + MINUTE_MS) - now_ms;
        let over_ms = (full + share_ms - now_ms - MINUTE_MS).max(closed_ms);
        if over_ms > 0 {
            return Err(seconds(over_ms));
        }
        used.until = full + share_ms;
        let left = (now_ms + MINUTE_MS - full - share_ms) / share_ms;
        Ok(u32::try_from(left).unwrap_or(0).min(key.per_minute))
    }

    /// Uses one of the requests that were taken from what all servers share, if there is one.
    fn use_ours(&self, key: &ApiKey, now: Timestamp) -> bool {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let used = all.entry(key.id).or_default();
        let (left, until) = used.ours;
        let still = left > 0 && (0..=MINUTE_MS).contains(&(until - now.as_millisecond()));
        used.ours.0 = if still { left - 1 } else { 0 };
        still
    }

    /// So many more requests were taken from what all servers share.
    fn took(&self, key: &ApiKey, requests: u32, now: Timestamp) {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let used = all.entry(key.id).or_default();
        used.ours = (
            used.ours.0.saturating_add(requests),
            now.as_millisecond() + MINUTE_MS,
        );
    }

    /// All servers together have used everything for so long.
    fn close(&self, key: &ApiKey, over_ms: i64, now: Timestamp) {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(key.id).or_default().closed = now.as_millisecond() + over_ms;
    }
}

fn seconds(over_ms: i64) -> u64 {
    u64::try_from(over_ms / 1_000 + 1).unwrap_or(1)
}

/// Counts a request by a key, here and with all servers: what is left, or in how many seconds there is room again.
async fn count(state: &AppState, key: &ApiKey) -> Result<u32, u64> {
    let (rates, now) = (state.rates(), state.clock().now());
    let left = rates.count(key, now)?;
    let Ok(cases) = state.cases() else {
        return Ok(left);
    };
    if !cases.shares_limits() || rates.use_ours(key, now) {
        return Ok(left);
    }
    let some = (key.per_minute / SHARES).max(1);
    for requests in [some, 1] {
        match soon(state, cases.count_key(key, requests)).await {
            Ok(None) => {
                rates.took(key, requests - 1, now);
                return Ok(left);
            }
            Ok(Some(over_ms)) if requests == 1 => {
                rates.close(key, over_ms, now);
                return Err(seconds(over_ms));
            }
            Ok(Some(_)) => {}
            // While the database is away each server counts for itself.
            Err(_) => return Ok(left),
        }
    }
    Ok(left)
}

/// Who asks, with the key that he brings, and why he is refused if he is.
pub(super) async fn gate(
    state: &AppState,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    mut visitor: Visitor,
) -> (Visitor, Option<Failure>) {
    if path.starts_with(BOX) && headers.contains_key(header::ORIGIN) {
        visitor.is_site_of_key = is_site_of_key(state, headers).await;
    }
    if !path.starts_with(API) {
        return (visitor, None);
    }
    if *method == Method::OPTIONS {
        visitor.is_site_of_key = is_site_of_key(state, headers).await;
        return (visitor, None);
    }
    let Some(text) = given(headers) else {
        let refused = missing(state, path, headers, &visitor);
        return (visitor, refused);
    };
    visitor.is_private = true;
    let reads = matches!(*method, Method::GET | Method::HEAD)
        && scope_of(method, path) == Some(Scope::Search);
    let key = match taken(state, text, headers, reads).await {
        Ok(key) => key,
        Err(failure) => return (visitor, Some(failure)),
    };
    let counted = count(state, &key).await;
    visitor.key = Some(Pass {
        left: counted.unwrap_or(0),
        retry_after_s: counted.err(),
        key: Arc::clone(&key),
    });
    if counted.is_err() {
        let error = Error::new(Code::RateLimited, "this key asks too often");
        let help = "wait as long as Retry-After says, or give the key a higher limit";
        return (visitor, Some(error.help(help).into()));
    }
    if !is_free(path) && !scope_of(method, path).is_some_and(|scope| key.permits(&scope)) {
        let error = Error::new(Code::Forbidden, "this key does not permit that");
        let help = "its scopes are shown at the desk and by `kb key list`";
        return (visitor, Some(error.help(help).into()));
    }
    let engine = state.engine();
    let reads = engine.map_or(Audience::PUBLIC, |engine| audience_of(&engine, &key));
    visitor.audience = visitor.audience.max(reads);
    (visitor, None)
}

/// The key that a request brings.
fn given(headers: &HeaderMap) -> Option<&str> {
    let own = headers.get(API_KEY).and_then(|value| value.to_str().ok());
    let bearer = || {
        let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = text.split_once(' ')?;
        let token = token.trim();
        let is_key = scheme.eq_ignore_ascii_case("bearer") && token.starts_with(KEY_PREFIX);
        is_key.then_some(token)
    };
    own.or_else(bearer)
}

/// The live key of a text, where it may be used. Programs and sites that only read are known for a while without the database.
async fn taken(
    state: &AppState,
    text: &str,
    headers: &HeaderMap,
    reads: bool,
) -> Result<Arc<ApiKey>, Failure> {
    let text = text.trim();
    let asked = async { Ok(state.cases()?.key_of(text).await?.map(Arc::new)) };
    let said = state.lately().keys.ask(state, text, reads, asked).await?;
    let key = said.map(|(Said::Now(key) | Said::Lately(key))| key);
    let Some(key) = key.filter(|key| key.is_live(state.clock().now())) else {
        let error = Error::new(
            Code::Unauthorized,
            "this key is not known, has expired or was revoked",
        );
        return Err(error.help("`kb key add` makes one").into());
    };
    let from = headers.get(header::ORIGIN);
    let from = from.map(|origin| origin.to_str().unwrap_or("?"));
    let is_named = |origin: &str| key.origins.iter().any(|own| own == origin);
    let refused = match (key.is_publishable(), from) {
        (true, Some(origin)) if !is_named(origin) => "this key is for other sites",
        (true, None) => "this key is for browsers on the sites that it names",
        (false, Some(origin)) if !origin::is_same(state, headers, origin) => {
            "this key is for programs: on a page everybody can read it"
        }
        _ => return Ok(key),
    };
    let error = Error::new(Code::Forbidden, refused);
    Err(error
        .help("make a key with the origins of that site")
        .into())
}

/// Why who brings no key is refused, where keys are needed: pages of this site and customers whom their company's site names
/// need none.
fn missing(
    state: &AppState,
    path: &str,
    headers: &HeaderMap,
    visitor: &Visitor,
) -> Option<Failure> {
    let needed = state.settings().api.require_key && !is_free(path);
    let own_page = || {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        text("sec-fetch-site") == Some("same-origin")
            || text(header::ORIGIN.as_str())
                .is_some_and(|from| origin::is_same(state, headers, from))
    };
    if !needed || visitor.customer.is_some() || own_page() {
        return None;
    }
    let error = Error::new(
        Code::Unauthorized,
        "the API of this help centre needs a key",
    );
    Some(error.help("send it as `Authorization: Bearer kb_…`").into())
}

fn is_free(path: &str) -> bool {
    FREE.contains(&path)
}

async fn is_site_of_key(state: &AppState, headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|o| o.to_str().ok());
    let is_listed = |origin: &str| state.settings().embed.origins.iter().any(|o| o == origin);
    match (origin.filter(|origin| !is_listed(origin)), state.cases()) {
        (Some(origin), Ok(cases)) => cases.is_origin_of_key(origin).await.unwrap_or(false),
        _ => false,
    }
}

/// A program whose key lets it write needs no proof of work.
pub(super) fn proof(visitor: &Visitor) -> Result<Option<Proof>, Error> {
    let key = visitor.key.as_ref().map(|pass| &pass.key);
    let key = key.filter(|key| key.permits(&Scope::CasesWrite));
    key.map(|key| Ok(Proof::by_key(key, &Store::new_token()?)))
        .transpose()
}

/// What a request needs. `None` for what no key permits: a new address is closed to keys until it stands here.
pub(super) fn scope_of(method: &Method, path: &str) -> Option<Scope> {
    let rest = path.strip_prefix(API)?;
    let mut segments = rest.split('/');
    let room = segments.next()?;
    let reads = matches!(*method, Method::GET | Method::HEAD);
    match (room, reads) {
        ("search" | "suggest" | "articles" | "categories" | "questions", true) => {
            Some(Scope::Search)
        }
        ("visits", _) => Some(Scope::Search),
        ("cases", true) if segments.next() == Some("form") => Some(Scope::CasesWrite),
        ("cases", true) => Some(Scope::CasesRead),
        ("cases", false) => Some(Scope::CasesWrite),
        ("questions", false) => Some(Scope::QuestionsWrite),
        _ => None,
    }
}

/// The widest audience of `schema.toml` that the key may read for.
fn audience_of(engine: &Engine, key: &ApiKey) -> Audience {
    let audiences = &engine.schema().audiences;
    let read = key.reads().filter_map(|name| audiences.get(name));
    read.max().unwrap_or(Audience::PUBLIC)
}

/// Says on an answer what is left to the key, and, where one is missing, how to bring it.
pub(super) fn describe(visitor: &Visitor, path: &str, response: &mut Response) {
    let status = response.status();
    let headers = response.headers_mut();
    let mut say = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    if status == StatusCode::UNAUTHORIZED && path.starts_with(API) {
        say("www-authenticate", "Bearer realm=\"kb\"");
    }
    let Some(pass) = &visitor.key else {
        return;
    };
    say("ratelimit-limit", &pass.key.per_minute.to_string());
    say("ratelimit-remaining", &pass.left.to_string());
    if let Some(seconds) = pass.retry_after_s {
        say("retry-after", &seconds.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::{FREE, Rates, scope_of};
    use crate::http::router::openapi;
    use crate::model::ApiKeyId;
    use crate::model::api_key::{ApiKey, Scope};
    use axum::http::Method;
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn every_operation_of_the_api_needs_a_scope() {
        let document = openapi();
        let mut seen = 0;
        for (path, item) in &document.paths.paths {
            if FREE.contains(&path.as_str()) {
                continue;
            }
            for (method, there) in [
                (Method::GET, item.get.is_some()),
                (Method::POST, item.post.is_some()),
            ] {
                if there {
                    seen += 1;
                    assert!(scope_of(&method, path).is_some(), "{method} {path}");
                }
            }
            let others = [&item.put, &item.delete, &item.patch];
            assert!(others.iter().all(|other| other.is_none()), "{path}");
        }
        assert!(seen > 12, "{seen}");
        let scope = |path| scope_of(&Method::POST, path);
        assert_eq!(scope("/api/v1/cases"), Some(Scope::CasesWrite));
        assert_eq!(scope("/api/v1/search"), None);
        assert_eq!(scope("/api/v1/new"), None);
    }

    #[test]
    fn a_key_has_its_share_of_a_minute_and_gets_it_back() {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        let key = ApiKey {
            id: ApiKeyId::generate(now),
            hint: String::new(),
            name: String::new(),
            scopes: vec![Scope::Search],
            origins: Vec::new(),
            per_minute: 3,
            made_by: None,
            made_by_name: String::new(),
            created_at: now,
            expires_at: None,
            used_at: None,
            revoked_at: None,
        };
        let rates = Rates::default();
        let after = |s| rates.count(&key, now + SignedDuration::from_secs(s));
        assert_eq!([after(0), after(0), after(0)], [Ok(2), Ok(1), Ok(0)]);
        assert!(matches!(after(0), Err(1..=21)));
        assert_eq!(after(21), Ok(0));
        // Of what all servers share, some is taken at once, and all of it may be used up elsewhere.
        let at = |s| now + SignedDuration::from_secs(s);
        assert!(!rates.use_ours(&key, at(30)));
        rates.took(&key, 1, at(30));
        assert_eq!([30, 31].map(|s| rates.use_ours(&key, at(s))), [true, false]);
        rates.took(&key, 1, at(30));
        assert!(!rates.use_ours(&key, at(91)), "it is over");
        rates.close(&key, 1_500, at(200));
        assert_eq!([after(200), after(202)], [Err(2), Ok(2)]);
        assert_eq!(
            after(-3_600).map(drop),
            after(0).map(drop),
            "a clock set back"
        );
    }
}
