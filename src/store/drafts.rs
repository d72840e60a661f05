//! What is somebody about to answer? One draft a case and account, so that nothing typed is lost.

use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::{AccountId, CaseId};
use jiff::Timestamp;

/// An answer that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What is written so far.
    pub text: String,
    /// When it was last typed on.
    pub updated_at: Timestamp,
}

impl Tx {
    /// Keeps a draft; an empty one is removed.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn save_draft(
        &mut self,
        case: CaseId,
        account: AccountId,
        text: &str,
        now: Timestamp,
    ) -> Result<()> {
        let sql = if text.is_empty() {
            Sql::new("DELETE FROM drafts WHERE case_id = $1 AND account_id = $2")
                .bind(case.to_string())
                .bind(account.to_string())
        } else {
            let text_of_sql = "INSERT INTO drafts (case_id, account_id, body, updated_at) VALUES ($1, $2, $3, $4) \
                    ON CONFLICT (case_id, account_id) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at";
            Sql::new(text_of_sql)
                .bind(case.to_string())
                .bind(account.to_string())
                .bind(text)
                .bind(ms(now))
        };
        self.run(sql).await.map(drop)
    }
}

impl Read {
    /// The draft of an account for a case.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn draft(&mut self, case: CaseId, account: AccountId) -> Result<Option<Draft>> {
        let sql =
            Sql::new("SELECT body, updated_at FROM drafts WHERE case_id = $1 AND account_id = $2");
        let row = self
            .one(sql.bind(case.to_string()).bind(account.to_string()))
            .await?;
        row.map(|row| {
            Ok(Draft {
                text: row.text("body")?,
                updated_at: row.time("updated_at")?,
            })
        })
        .transpose()
    }
}
