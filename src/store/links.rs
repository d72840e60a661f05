//! Which secret opens which case? Only hashes are kept; a case may have several links, as each sending makes a new one.

use super::error::Result;
use super::sql::{Columns, Sql, ms, ms_or_none};
use super::tx::{Read, Tx};
use crate::model::{CaseId, TokenHash};
use jiff::Timestamp;

impl Tx {
    /// Lets a token open a case.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn add_link(&mut self, case: CaseId, token: TokenHash, now: Timestamp) -> Result<()> {
        let sql = Sql::new(
            "INSERT INTO case_links (token_hash, case_id, created_at) VALUES ($1, $2, $3)",
        )
        .bind(token.hex())
        .bind(case.to_string())
        .bind(ms(now));
        self.run(sql).await.map(drop)
    }

    /// Lets all links of a case end at an instant, as when it was closed; `None`: they do not end, as when it was reopened.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn expire_links(&mut self, case: CaseId, at: Option<Timestamp>) -> Result<()> {
        let sql = Sql::new("UPDATE case_links SET expires_at = $2 WHERE case_id = $1")
            .bind(case.to_string())
            .bind(ms_or_none(at));
        self.run(sql).await.map(drop)
    }

    /// Takes all links of a case away, as when its requester's address changed.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_links(&mut self, case: CaseId) -> Result<()> {
        let sql = Sql::new("DELETE FROM case_links WHERE case_id = $1").bind(case.to_string());
        self.run(sql).await.map(drop)
    }
}

impl Read {
    /// The case that a token opens now.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn case_of_link(
        &mut self,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Option<CaseId>> {
        let text = "SELECT case_id FROM case_links WHERE token_hash = $1 AND (expires_at IS NULL OR expires_at > $2)";
        let row = self
            .one(Sql::new(text).bind(token.hex()).bind(ms(now)))
            .await?;
        row.map(|row| row.read("case_id", CaseId::parse))
            .transpose()
    }
}
