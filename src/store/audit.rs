//! Who changed what in the running of it? A list that is only ever added to.

use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::OutboxId;
use jiff::Timestamp;

/// Something that was done to the running of the desk, as an account that was made or an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// Who: an account's address, or `terminal`.
    pub actor: String,
    /// What, as in `account.disabled`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// More about it, as what was before and after; may be empty.
    pub details: String,
}

impl Tx {
    /// Writes a deed down.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn note_deed(&mut self, deed: &Deed) -> Result<()> {
        let text = "INSERT INTO audit (id, at, actor, action, subject, details) VALUES ($1, $2, $3, $4, $5, $6)";
        let sql = Sql::new(text)
            .bind(OutboxId::generate(deed.at).to_string())
            .bind(ms(deed.at))
            .bind(deed.actor.as_str())
            .bind(deed.action.as_str())
            .bind(deed.subject.as_str())
            .bind(deed.details.as_str());
        self.run(sql).await.map(drop)
    }
}

impl Read {
    /// The latest deeds before an instant, the newest first.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn deeds(&mut self, before: Timestamp, limit: u32) -> Result<Vec<Deed>> {
        let text = "SELECT at, actor, action, subject, details FROM audit WHERE at < $1 ORDER BY at DESC, id DESC LIMIT $2";
        let rows = self
            .all(Sql::new(text).bind(ms(before)).bind(i64::from(limit)))
            .await?;
        let read = rows.iter().map(|row| {
            Ok(Deed {
                at: row.time("at")?,
                actor: row.text("actor")?,
                action: row.text("action")?,
                subject: row.text("subject")?,
                details: row.text("details")?,
            })
        });
        read.collect()
    }
}
