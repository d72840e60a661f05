//! Which programs may call? Keys, for those who manage them.

use super::deeds::actor_name;
use super::door::{Desk, said};
use super::form::{Fields, Posted};
use super::frame::{Frame, page_of};
use super::refused::{back, status_of};
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
    asked: Asked,
    /// Why no key was made.
    error: Option<&'static str>,
    /// The text of the key that was made just now, which is shown this once.
    made: Option<String>,
}

/// What was typed, for who has to mend it.
#[derive(Debug, Default, Serialize)]
struct Asked {
    name: String,
    origins: String,
    per_minute: String,
    days: String,
}

#[derive(Debug, Serialize)]
struct Choice {
    word: String,
    text: String,
    chosen: bool,
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
    show(&desk, &Fields::default(), None, None).await
}

/// The page, with the key that was made of the form or with why none was.
async fn show(
    desk: &Desk,
    fields: &Fields,
    made: Option<String>,
    refused: Option<(&'static str, StatusCode)>,
) -> Result<Response, Failure> {
    let keys = match desk.cases.keys(Some(&desk.account)).await {
        Ok(keys) => keys,
        Err(error) => return super::refused::refused(desk, error),
    };
    let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
    let view = KeysPage {
        keys: keys.iter().map(|key| row(key, &words)).collect(),
        scopes: scopes(desk, fields),
        asked: Asked {
            name: fields.one("name").to_owned(),
            origins: fields.one("origins").to_owned(),
            per_minute: fields.given("per_minute").map_or_else(
                || desk.state.settings().api.key_per_minute.to_string(),
                str::to_owned,
            ),
            days: fields.one("days").to_owned(),
        },
        error: refused.map(|(why, _)| why),
        made,
    };
    let frame = Frame::new(desk, messages::text(desk.lang, "desk_api_keys"), "");
    Ok(page_of(
        &desk.state,
        "desk/keys.html",
        desk.lang,
        &frame,
        &view,
        refused.map_or(StatusCode::OK, |(_, status)| status),
    )?)
}

/// The scopes that there are here: one to read for each audience beyond the public. Those of a form are chosen, else the first.
fn scopes(desk: &Desk, fields: &Fields) -> Vec<Choice> {
    let text = |key: &str| messages::text(desk.lang, key).to_owned();
    let is_first = fields.given("name").is_none();
    let choice = |scope: Scope, text: String| {
        let word = scope.to_string();
        let chosen = match is_first {
            true => scope == Scope::Search,
            false => fields.all("scope").any(|given| given == word),
        };
        Choice { word, text, chosen }
    };
    let fixed = |scope: Scope, key: &str| choice(scope, text(key));
    let engine = desk.state.engine();
    let names: Vec<String> = engine.map_or_else(Vec::new, |engine| {
        let names = engine.schema().audiences.names().skip(1);
        names.map(str::to_owned).collect()
    });
    let reading = names.into_iter().map(|name| {
        let text = messages::fill(desk.lang, "desk_scope_read", &[("audience", &name)]);
        choice(Scope::Read(name), text)
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
        made_by: actor_name(words.lang, &key.made_by_name),
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
        Ok((_, text)) => show(&desk, &Fields::default(), Some(text), None).await,
        Err(error) => match (Refusal::of(&error), said(desk.lang, &error)) {
            (Some(Refusal::Role), _) | (_, None) => back(&desk, PAGE, error),
            (_, Some(why)) => {
                let refused = Some((why, status_of(error.code())));
                show(&desk, &fields, None, refused).await
            }
        },
    }
}

/// A number of a form; `None` for an empty field.
fn number<T: std::str::FromStr>(fields: &Fields, name: &str) -> Result<Option<T>> {
    match fields.one(name).trim() {
        "" => Ok(None),
        text => Ok(Some(text.parse().map_err(|_| Refusal::KeyLimits)?)),
    }
}

fn new_key(desk: &Desk, fields: &Fields) -> Result<NewKey> {
    let scopes = fields.all("scope").map(Scope::parse);
    let known: Vec<String> = self::scopes(desk, fields)
        .into_iter()
        .map(|c| c.word)
        .collect();
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
    let days: Option<i32> = number(fields, "days")?;
    let after = |days| SignedDuration::from_hours(24 * i64::from(days));
    Ok(NewKey {
        name: fields.one("name").to_owned(),
        scopes,
        origins: origins
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect(),
        per_minute: number(fields, "per_minute")?,
        expires_at: days
            .map(|days| desk.cases.now().checked_add(after(days)))
            .transpose()
            .map_err(|_| Refusal::KeyLimits)?,
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
