//! Was this asked before? Keys of requests with their answers, and names of things seen once, as of mails.

use super::error::{Error, Result};
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use jiff::Timestamp;

/// Whether a request is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// It is new: do it, and give its answer to [`Tx::answer_key`] in the same transaction.
    New,
    /// It was done before, with this answer.
    Before(String),
    /// The key was used for another request.
    Other,
}

impl Tx {
    /// Claims a key for a request. `name` holds whose key it is, `request_hash` says what is asked. One who claims the same key at
    /// the same time waits until this transaction ends.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn claim_key(
        &mut self,
        name: &str,
        request_hash: &str,
        now: Timestamp,
    ) -> Result<Claimed> {
        let insert = "INSERT INTO idempotency (name, request_hash, response, created_at) VALUES ($1, $2, '', $3) ON CONFLICT DO NOTHING";
        if self
            .run(Sql::new(insert).bind(name).bind(request_hash).bind(ms(now)))
            .await?
            > 0
        {
            return Ok(Claimed::New);
        }
        let row = self
            .one(
                Sql::new("SELECT request_hash, response FROM idempotency WHERE name = $1")
                    .bind(name),
            )
            .await?;
        let row = row.ok_or_else(|| Error::row("no key after it was claimed"))?;
        if row.text("request_hash")? == request_hash {
            Ok(Claimed::Before(row.text("response")?))
        } else {
            Ok(Claimed::Other)
        }
    }

    /// Keeps the answer to the request that claimed a key.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn answer_key(&mut self, name: &str, response: &str) -> Result<()> {
        let sql = Sql::new("UPDATE idempotency SET response = $2 WHERE name = $1")
            .bind(name)
            .bind(response);
        self.run(sql).await.map(drop)
    }

    /// Notes that something was seen, as `mail:<hash of Message-ID>` or `altcha:<hash>`. `false`: it was seen before.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn see_once(&mut self, name: &str, now: Timestamp) -> Result<bool> {
        let sql = Sql::new("INSERT INTO seen (name, at) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        Ok(self.run(sql.bind(name).bind(ms(now))).await? > 0)
    }
}

impl Read {
    /// Whether something was seen.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn was_seen(&mut self, name: &str) -> Result<bool> {
        Ok(self
            .one(Sql::new("SELECT name FROM seen WHERE name = $1").bind(name))
            .await?
            .is_some())
    }
}
