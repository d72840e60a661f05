//! Who is signed in? Sessions by the hash of their secret.

use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::account::{Session, Way};
use crate::model::{AccountId, TokenHash};
use jiff::Timestamp;
use sqlx::any::AnyRow;

impl Tx {
    /// Begins a session.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn add_session(&mut self, token: TokenHash, session: &Session) -> Result<()> {
        let text = "INSERT INTO sessions (token_hash, account_id, created_at, seen_at, expires_at, browser, network, way, said) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let sql = Sql::new(text)
            .bind(token.hex())
            .bind(session.account.to_string())
            .bind(ms(session.created_at))
            .bind(ms(session.seen_at))
            .bind(ms(session.expires_at))
            .bind(session.browser.as_str())
            .bind(session.network.as_str())
            .bind(session.way.as_str())
            .bind(session.said.as_str());
        self.run(sql).await.map(drop)
    }

    /// Notes that a session is in use. Do so now and then, not with every request.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn touch_session(&mut self, token: TokenHash, now: Timestamp) -> Result<()> {
        let sql = Sql::new("UPDATE sessions SET seen_at = $2 WHERE token_hash = $1")
            .bind(token.hex())
            .bind(ms(now));
        self.run(sql).await.map(drop)
    }

    /// Keeps what the next page is to say to a session; empty for nothing.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn say_to(&mut self, token: TokenHash, said: &str) -> Result<()> {
        let sql = Sql::new("UPDATE sessions SET said = $2 WHERE token_hash = $1")
            .bind(token.hex())
            .bind(said);
        self.run(sql).await.map(drop)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn end_session(&mut self, token: TokenHash) -> Result<()> {
        let sql = Sql::new("DELETE FROM sessions WHERE token_hash = $1").bind(token.hex());
        self.run(sql).await.map(drop)
    }

    /// Ends all sessions of an account but one, as after its password, role or state changed.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn end_sessions_of(
        &mut self,
        account: AccountId,
        but: Option<TokenHash>,
    ) -> Result<u64> {
        let kept = but.map(TokenHash::hex).unwrap_or_default();
        let sql = Sql::new("DELETE FROM sessions WHERE account_id = $1 AND token_hash <> $2");
        self.run(sql.bind(account.to_string()).bind(kept)).await
    }
}

macro_rules! columns {
    () => {
        "token_hash, account_id, created_at, seen_at, expires_at, browser, network, way, said"
    };
}

impl Tx {
    /// Ends the session of an account that this names; `false`: it has none of that name.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn end_named_session(&mut self, account: AccountId, name: &str) -> Result<bool> {
        let all = self.sessions_of(account).await?;
        let Some((hash, _)) = all.into_iter().find(|(hash, _)| session_name(hash) == name) else {
            return Ok(false);
        };
        let sql = Sql::new("DELETE FROM sessions WHERE token_hash = $1 AND account_id = $2");
        let ended = self.run(sql.bind(hash).bind(account.to_string())).await?;
        Ok(ended > 0)
    }
}

/// What names a session to people: the beginning of what is kept of its secret, which opens nothing.
pub fn session_name(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}

impl Read {
    /// The session of a secret, unless it has expired by now.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn session(&mut self, token: TokenHash, now: Timestamp) -> Result<Option<Session>> {
        let text = concat!(
            "SELECT ",
            columns!(),
            " FROM sessions WHERE token_hash = $1 AND expires_at > $2"
        );
        let row = self
            .one(Sql::new(text).bind(token.hex()).bind(ms(now)))
            .await?;
        row.map(|row| session(&row)).transpose()
    }

    /// All sessions of an account with the hash of each, the one used last first; at most 200.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn sessions_of(&mut self, account: AccountId) -> Result<Vec<(String, Session)>> {
        let text = concat!(
            "SELECT ",
            columns!(),
            " FROM sessions WHERE account_id = $1 ORDER BY seen_at DESC, token_hash LIMIT 200"
        );
        let rows = self.all(Sql::new(text).bind(account.to_string())).await?;
        rows.iter()
            .map(|row| Ok((row.text("token_hash")?, session(row)?)))
            .collect()
    }
}

fn session(row: &AnyRow) -> Result<Session> {
    Ok(Session {
        account: row.read("account_id", AccountId::parse)?,
        created_at: row.time("created_at")?,
        seen_at: row.time("seen_at")?,
        expires_at: row.time("expires_at")?,
        browser: row.text("browser")?,
        network: row.text("network")?,
        way: row.read("way", Way::parse)?,
        said: row.text("said")?,
    })
}
