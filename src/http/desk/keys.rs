//! Which programs may call? Keys, for those who manage them.

use super::door::Desk;
use super::form::{Fields, Posted};
use super::frame::{Frame, page_of};
use super::refused::{back, refused};
use super::words::{Moment, Words};
use crate::cases::{KEY_PREFIX, NewKey, Refusal};
use crate::error::Result;
use crate::http::error::Failure;
use crate::http::pages::messages;
use crate::model::ApiKeyId;
use crate::model::api_key::{ApiKey, Scope};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::SignedDuration;
use serde::Serialize;

const PAGE: &str = "/desk/keys";

#[derive(Debug, Serialize)]
struct KeysPage {
    keys: Vec<Row>,
    scopes: Vec<Choice>,
    per_minute: u32,
    /// The text of the key that was made just now, which is shown this once.
    made: Option<String>,
}

#[derive(Debug, Serialize)]
struct Choice {
    word: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct Row {
    id: String,
    hint: String,
    name: String,
    scopes: String,
    origins: String,
    per_minute: u32,
    made_by: String,
    made: Moment,
    expires: Option<Moment>,
    used: Option<Moment>,
    live: bool,
}

/// `GET /desk/keys`
pub(super) async fn page(desk: Desk) -> Result<Response, Failure> {
    show(&desk, None).await
}

async fn show(desk: &Desk, made: Option<String>) -> Result<Response, Failure> {
    let keys = match desk.cases.keys(Some(&desk.account)).await {
        Ok(keys) => keys,
        Err(error) => return refused(desk, error),
    };
    let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
    let view = KeysPage {
        keys: keys.iter().map(|key| row(key, &words)).collect(),
        scopes: scopes(desk),
        per_minute: desk.state.settings().api.key_per_minute,
        made,
    };
    let frame = Frame::new(desk, messages::text(desk.lang, "desk_api_keys"), "");
    Ok(page_of(
        &desk.state,
        "desk/keys.html",
        desk.lang,
        &frame,
        &view,
        StatusCode::OK,
    )?)
}

/// The scopes that there are here: one to read for each audience beyond the public.
fn scopes(desk: &Desk) -> Vec<Choice> {
    let text = |key: &str| messages::text(desk.lang, key).to_owned();
    let fixed = |scope: Scope, key: &str| Choice {
        word: scope.to_string(),
        text: text(key),
    };
    let engine = desk.state.engine();
    let names: Vec<String> = engine.map_or_else(Vec::new, |engine| {
        let names = engine.schema().audiences.names().skip(1);
        names.map(str::to_owned).collect()
    });
    let reading = names.into_iter().map(|name| Choice {
        text: messages::fill(desk.lang, "desk_scope_read", &[("audience", &name)]),
        word: Scope::Read(name).to_string(),
    });
    let first = std::iter::once(fixed(Scope::Search, "desk_scope_search"));
    let rest = [
        fixed(Scope::CasesRead, "desk_scope_cases_read"),
        fixed(Scope::CasesWrite, "desk_scope_cases_write"),
        fixed(Scope::QuestionsWrite, "desk_scope_questions_write"),
    ];
    first.chain(reading).chain(rest).collect()
}

fn row(key: &ApiKey, words: &Words<'_>) -> Row {
    let scopes: Vec<String> = key.scopes.iter().map(ToString::to_string).collect();
    Row {
        id: key.id.to_string(),
        hint: format!("{KEY_PREFIX}{}…", key.hint),
        name: key.name.clone(),
        scopes: scopes.join(", "),
        origins: key.origins.join(", "),
        per_minute: key.per_minute,
        made_by: key.made_by_name.clone(),
        made: words.moment(key.created_at),
        expires: key.expires_at.map(|at| words.moment(at)),
        used: key.used_at.map(|at| words.moment(at)),
        live: key.is_live(words.now),
    }
}

/// `POST /desk/keys`: the new key stands on the answer itself and nowhere else, so there is no redirect.
pub(super) async fn add(Posted { desk, fields, .. }: Posted) -> Result<Response, Failure> {
    let made = async {
        let new = new_key(&desk, &fields)?;
        desk.cases.add_key(Some(&desk.account), new).await
    };
    match made.await {
        Ok((_, text)) => show(&desk, Some(text)).await,
        Err(error) => back(&desk, PAGE, error),
    }
}

fn new_key(desk: &Desk, fields: &Fields) -> Result<NewKey> {
    let scopes = fields.all("scope").map(Scope::parse);
    let known: Vec<String> = self::scopes(desk).into_iter().map(|c| c.word).collect();
    let scopes: Vec<Scope> = scopes
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| Refusal::Scopes)?;
    if scopes
        .iter()
        .any(|scope| !known.contains(&scope.to_string()))
    {
        return Err(Refusal::Scopes.into());
    }
    let origins = fields.one("origins").split([',', '，', ' ', '\n', '\r']);
    let days: Option<i64> = fields.one("days").trim().parse().ok();
    let days = days.filter(|days| (1..=3_650).contains(days));
    Ok(NewKey {
        name: fields.one("name").to_owned(),
        scopes,
        origins: origins
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect(),
        per_minute: fields.one("per_minute").trim().parse().ok(),
        expires_at: days.map(|days| desk.cases.now() + SignedDuration::from_hours(24 * days)),
    })
}

/// `POST /desk/keys/{id}/revoke`
pub(super) async fn revoke(
    Path(id): Path<String>,
    Posted { desk, .. }: Posted,
) -> Result<Response, Failure> {
    let revoked = async {
        let id = ApiKeyId::parse(&id).map_err(|_| Refusal::NoKey)?;
        desk.cases.revoke_key(Some(&desk.account), id).await
    };
    match revoked.await {
        Ok(()) => {
            let text = messages::text(desk.lang, "desk_key_revoked").to_owned();
            desk.say(text, false, &[]);
            Ok(Redirect::to(PAGE).into_response())
        }
        Err(error) => back(&desk, PAGE, error),
    }
}
