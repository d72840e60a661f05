//! Which programs may call, and what? Keys that are shown once, bound to scopes, and ended at once.

use super::deeds::Facts;
use super::permissions::{Act, allow};
use super::{Cases, Refusal};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::api_key::{ApiKey, Scope};
use crate::model::{ApiKeyId, Token};
use crate::store::Store;
use jiff::{SignedDuration, Timestamp};
use url::Url;

/// What every key begins with: who finds one in a file knows what it opens, and so do scanners.
pub const KEY_PREFIX: &str = "kb_";
/// How many letters of a key people see again.
const HINT_LETTERS: usize = 4;
/// The longest name of a key, in characters.
const MAX_NAME_CHARS: usize = 80;
/// The longest time of a key, in days, and the most requests a minute.
const MAX_DAYS: i64 = 3_650;
const MAX_PER_MINUTE: u32 = 1_000_000;
/// The most sites of a key.
const MAX_ORIGINS: usize = 20;
/// How often it is noted that a key is used, in hours.
const TOUCH_HOURS: i64 = 1;

/// What a key is made of.
#[derive(Debug, Clone, Default)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What it permits.
    pub scopes: Vec<Scope>,
    /// The sites whose browsers may use it; empty for programs.
    pub origins: Vec<String>,
    /// How many requests a minute; `None`: as `api.key_per_minute` says.
    pub per_minute: Option<u32>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

impl Cases {
    /// Makes a key. Its text is returned this once; only its hash is kept. `by`: `None` for the terminal, whose keys belong to nobody
    /// and end only when somebody ends them.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::KeyName`], [`Refusal::Scopes`], [`Refusal::KeyLimits`], [`Refusal::Origins`].
    pub async fn add_key(&self, by: Option<&Account>, new: NewKey) -> Result<(ApiKey, String)> {
        permit(by)?;
        let now = self.now();
        let name = new.name.trim().to_owned();
        let named = (1..=MAX_NAME_CHARS).contains(&name.chars().count())
            && !name.chars().any(char::is_control);
        if !named {
            return Err(Refusal::KeyName.into());
        }
        let mut scopes = new.scopes;
        scopes.sort();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(Refusal::Scopes.into());
        }
        let per_minute = new.per_minute.unwrap_or(self.settings().api.key_per_minute);
        let longest = now + SignedDuration::from_hours(24 * MAX_DAYS);
        let lasts = new.expires_at.is_none_or(|at| now < at && at <= longest);
        if !lasts || !(1..=MAX_PER_MINUTE).contains(&per_minute) {
            return Err(Refusal::KeyLimits.into());
        }
        let public = new.origins.is_empty() || scopes == [Scope::Search];
        if !public || new.origins.len() > MAX_ORIGINS || !new.origins.iter().all(|o| is_origin(o)) {
            return Err(Refusal::Origins.into());
        }
        let token = Store::new_token()?;
        let key = ApiKey {
            id: ApiKeyId::generate(now),
            hint: token.reveal()[..HINT_LETTERS].to_owned(),
            name,
            scopes,
            origins: new.origins,
            per_minute,
            made_by: by.map(|by| by.id),
            made_by_name: super::audit::actor(by),
            created_at: now,
            expires_at: new.expires_at,
            used_at: None,
            revoked_at: None,
        };
        let mut tx = self.store().begin().await?;
        tx.add_api_key(&key, token.hash()).await?;
        self.note(&mut tx, by, "key.added", &key.name, &described(&key))
            .await?;
        tx.commit().await?;
        Ok((key, format!("{KEY_PREFIX}{}", token.reveal())))
    }

    /// All keys, live ones first. `by`: `None` for the terminal.
    ///
    /// # Errors
    /// [`Refusal::Role`].
    pub async fn keys(&self, by: Option<&Account>) -> Result<Vec<ApiKey>> {
        permit(by)?;
        Ok(self.store().read().await?.api_keys().await?)
    }

    /// Ends a key, at once and everywhere.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoKey`].
    pub async fn revoke_key(&self, by: Option<&Account>, id: ApiKeyId) -> Result<()> {
        permit(by)?;
        let mut tx = self.store().begin().await?;
        let all = tx.api_keys().await?;
        let key = all.iter().find(|key| key.id == id).ok_or(Refusal::NoKey)?;
        if !tx.revoke_api_key(id, self.now()).await? {
            return Err(Refusal::NoKey.into());
        }
        self.note(&mut tx, by, "key.revoked", &key.name, &described(key))
            .await?;
        Ok(tx.commit().await?)
    }

    /// The live key of a text; `None` whatever is wrong with it. That it is used is noted by the hour.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn key_of(&self, text: &str) -> Result<Option<ApiKey>> {
        let now = self.now();
        let Some(token) = text.strip_prefix(KEY_PREFIX).and_then(Token::parse) else {
            return Ok(None);
        };
        let found = self.store().read().await?.api_key(token.hash()).await?;
        let Some(key) = found.filter(|key| key.is_live(now)) else {
            return Ok(None);
        };
        let over = SignedDuration::from_hours(TOUCH_HOURS);
        if key.used_at.is_none_or(|at| now.duration_since(at) >= over) {
            let mut tx = self.store().begin().await?;
            tx.touch_api_key(key.id, on_the_hour(now)).await?;
            tx.commit().await?;
        }
        Ok(Some(key))
    }

    /// Whether any live key names this site: then its browsers may ask before they call.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn is_origin_of_key(&self, origin: &str) -> Result<bool> {
        let now = self.now();
        let all = self.store().read().await?.api_keys().await?;
        Ok(all
            .iter()
            .any(|key| key.is_live(now) && key.origins.iter().any(|own| own == origin)))
    }
}

fn permit(by: Option<&Account>) -> Result<()> {
    by.map_or(Ok(()), |by| allow(by, Act::ManageKeys))
}

fn described(key: &ApiKey) -> String {
    let scopes: Vec<String> = key.scopes.iter().map(ToString::to_string).collect();
    let mut told = Facts::default()
        .with("key", format_args!("{KEY_PREFIX}{}…", key.hint))
        .with("scopes", scopes.join(", "))
        .with("per minute", key.per_minute);
    if key.is_publishable() {
        told = told.with("origins", key.origins.join(", "));
    }
    if let Some(at) = key.expires_at {
        told = told.with("until", at);
    }
    told.joined()
}

fn is_origin(text: &str) -> bool {
    let url = Url::parse(text).ok();
    url.is_some_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
    })
}

fn on_the_hour(now: Timestamp) -> Timestamp {
    let hour = now.as_second().div_euclid(3_600) * 3_600;
    Timestamp::from_second(hour).unwrap_or(now)
}
