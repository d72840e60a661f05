//! Which programs may call? Keys by the hash of their secret; ended ones stay, so that the list says what there was.

use super::error::Result;
use super::sql::{Columns, Sql, as_is, list, ms, ms_or_none, parse_list};
use super::tx::{Read, Tx};
use crate::model::api_key::{ApiKey, Scope};
use crate::model::{AccountId, ApiKeyId, TokenHash};
use jiff::Timestamp;
use sqlx::any::AnyRow;

macro_rules! columns {
    () => {
        "id, hint, name, scopes, origins, per_minute, made_by, made_by_name, created_at, expires_at, used_at, revoked_at"
    };
}

impl Tx {
    /// Keeps a new key.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn add_api_key(&mut self, key: &ApiKey, token: TokenHash) -> Result<()> {
        let text = "INSERT INTO api_keys (id, key_hash, hint, name, scopes, origins, per_minute, made_by, made_by_name, created_at, expires_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let sql = Sql::new(text)
            .bind(key.id.to_string())
            .bind(token.hex())
            .bind(key.hint.as_str())
            .bind(key.name.as_str())
            .bind(list(&key.scopes))
            .bind(list(&key.origins))
            .bind(i64::from(key.per_minute))
            .bind(key.made_by.map(|id| id.to_string()))
            .bind(key.made_by_name.as_str())
            .bind(ms(key.created_at))
            .bind(ms_or_none(key.expires_at));
        self.run(sql).await.map(drop)
    }

    /// Ends a key. `false`: there is none, or it has ended before.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn revoke_api_key(&mut self, id: ApiKeyId, now: Timestamp) -> Result<bool> {
        let text = "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        let sql = Sql::new(text).bind(id.to_string()).bind(ms(now));
        Ok(self.run(sql).await? > 0)
    }

    /// Ends all keys of an account. Returns how many.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn revoke_api_keys_of(&mut self, account: AccountId, now: Timestamp) -> Result<u64> {
        let text = "UPDATE api_keys SET revoked_at = $2 WHERE made_by = $1 AND revoked_at IS NULL";
        let sql = Sql::new(text).bind(account.to_string()).bind(ms(now));
        self.run(sql).await
    }

    /// Notes that a key is in use. Do so now and then, not with every request.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn touch_api_key(&mut self, id: ApiKeyId, now: Timestamp) -> Result<()> {
        let sql = Sql::new("UPDATE api_keys SET used_at = $2 WHERE id = $1");
        self.run(sql.bind(id.to_string()).bind(ms(now)))
            .await
            .map(drop)
    }
}

impl Read {
    /// The key of a secret, live or ended.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn api_key(&mut self, token: TokenHash) -> Result<Option<ApiKey>> {
        let text = concat!("SELECT ", columns!(), " FROM api_keys WHERE key_hash = $1");
        let row = self.one(Sql::new(text).bind(token.hex())).await?;
        row.map(|row| key(&row)).transpose()
    }

    /// All keys, live ones first, the newest first; at most 500.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn api_keys(&mut self) -> Result<Vec<ApiKey>> {
        let text = concat!(
            "SELECT ",
            columns!(),
            " FROM api_keys ORDER BY CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, created_at DESC, id LIMIT 500"
        );
        let rows = self.all(Sql::new(text)).await?;
        rows.iter().map(key).collect()
    }
}

fn key(row: &AnyRow) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.read("id", ApiKeyId::parse)?,
        hint: row.text("hint")?,
        name: row.text("name")?,
        scopes: parse_list(&row.text("scopes")?, Scope::parse)?,
        origins: parse_list(&row.text("origins")?, as_is)?,
        per_minute: row.count("per_minute")?,
        made_by: row.read_or_none("made_by", AccountId::parse)?,
        made_by_name: row.text("made_by_name")?,
        created_at: row.time("created_at")?,
        expires_at: row.time_or_none("expires_at")?,
        used_at: row.time_or_none("used_at")?,
        revoked_at: row.time_or_none("revoked_at")?,
    })
}
