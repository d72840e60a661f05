//! Who is that to an identity provider? Accounts by issuer and subject, and who is on the way there and back.

use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::{AccountId, TokenHash};
use jiff::Timestamp;

/// Somebody who was sent to the identity provider and may come back once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// What the provider's token must repeat.
    pub nonce: String,
    /// What proves that the code is taken by who asked for it (PKCE).
    pub verifier: String,
    /// The path to go to afterwards.
    pub next: String,
}

impl Tx {
    /// Keeps who departs, under the hash of the state that comes back.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn depart(
        &mut self,
        state: TokenHash,
        departure: &Departure,
        expires: Timestamp,
    ) -> Result<()> {
        let text = "INSERT INTO departures (state_hash, nonce, verifier, next, expires_at) VALUES ($1, $2, $3, $4, $5)";
        let sql = Sql::new(text)
            .bind(state.hex())
            .bind(departure.nonce.as_str())
            .bind(departure.verifier.as_str())
            .bind(departure.next.as_str())
            .bind(ms(expires));
        self.run(sql).await.map(drop)
    }

    /// Takes who comes back, once: whoever comes with the same state again is nobody.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn come_back(
        &mut self,
        state: TokenHash,
        now: Timestamp,
    ) -> Result<Option<Departure>> {
        let text = "DELETE FROM departures WHERE state_hash = $1 AND expires_at > $2 RETURNING nonce, verifier, next";
        let row = self
            .one(Sql::new(text).bind(state.hex()).bind(ms(now)))
            .await?;
        let read = row.map(|row| {
            Ok(Departure {
                nonce: row.text("nonce")?,
                verifier: row.text("verifier")?,
                next: row.text("next")?,
            })
        });
        read.transpose()
    }

    /// Notes that this subject of an issuer is this account.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn link_identity(
        &mut self,
        issuer: &str,
        subject: &str,
        account: AccountId,
        now: Timestamp,
    ) -> Result<()> {
        let text = "INSERT INTO identities (issuer, subject, account_id, linked_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let sql = Sql::new(text)
            .bind(issuer)
            .bind(subject)
            .bind(account.to_string())
            .bind(ms(now));
        self.run(sql).await.map(drop)
    }
}

impl Read {
    /// The account of a subject.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn identity(&mut self, issuer: &str, subject: &str) -> Result<Option<AccountId>> {
        let sql = Sql::new("SELECT account_id FROM identities WHERE issuer = $1 AND subject = $2");
        let row = self.one(sql.bind(issuer).bind(subject)).await?;
        row.map(|row| row.read("account_id", AccountId::parse))
            .transpose()
    }

    /// Whether an account is known to an issuer already, under any subject.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn is_linked(&mut self, issuer: &str, account: AccountId) -> Result<bool> {
        let sql =
            Sql::new("SELECT COUNT(*) AS n FROM identities WHERE issuer = $1 AND account_id = $2");
        let row = self.one(sql.bind(issuer).bind(account.to_string())).await?;
        Ok(row.map_or(Ok(0), |row| row.int("n"))? > 0)
    }
}
