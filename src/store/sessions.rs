//! Who is signed in? Sessions by the hash of their secret.

use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::account::Session;
use crate::model::{AccountId, TokenHash};
use jiff::Timestamp;

impl Tx {
    /// Begins a session.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn add_session(&mut self, token: TokenHash, session: &Session) -> Result<()> {
        let text = "INSERT INTO sessions (token_hash, account_id, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
        let sql = Sql::new(text)
            .bind(token.hex())
            .bind(session.account.to_string())
            .bind(ms(session.created_at))
            .bind(ms(session.seen_at))
            .bind(ms(session.expires_at));
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

impl Read {
    /// The session of a secret, unless it has expired by now.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn session(&mut self, token: TokenHash, now: Timestamp) -> Result<Option<Session>> {
        let text = "SELECT account_id, created_at, seen_at, expires_at FROM sessions WHERE token_hash = $1 AND expires_at > $2";
        let row = self
            .one(Sql::new(text).bind(token.hex()).bind(ms(now)))
            .await?;
        let read = row.map(|row| {
            Ok(Session {
                account: row.read("account_id", AccountId::parse)?,
                created_at: row.time("created_at")?,
                seen_at: row.time("seen_at")?,
                expires_at: row.time("expires_at")?,
            })
        });
        read.transpose()
    }
}
