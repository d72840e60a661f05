//! Who looks at a case just now, and who writes in it? Known for a short time only, and to all servers.

use super::changes::Topic;
use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::CaseId;
use crate::model::case::Role;
use jiff::Timestamp;

/// Somebody who has a case open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// Who: an account's id, or `requester`.
    pub who: String,
    /// The name that is shown.
    pub name: String,
    /// In which part.
    pub role: Role,
    /// Whether he is writing.
    pub writing: bool,
    /// When he was last heard of.
    pub seen_at: Timestamp,
}

impl Tx {
    /// Notes that somebody has a case open. Others hear of it when he came, or began or ceased to write.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn note_presence(&mut self, case: CaseId, present: &Present) -> Result<()> {
        let before = Sql::new("SELECT writing FROM presence WHERE case_id = $1 AND who = $2");
        let before = self
            .one(before.bind(case.to_string()).bind(present.who.as_str()))
            .await?;
        let before = before.map(|row| row.flag("writing")).transpose()?;
        let text = "INSERT INTO presence (case_id, who, name, role, writing, seen_at) VALUES ($1, $2, $3, $4, $5, $6) \
                    ON CONFLICT (case_id, who) DO UPDATE SET name = excluded.name, role = excluded.role, \
                    writing = excluded.writing, seen_at = excluded.seen_at";
        let sql = Sql::new(text)
            .bind(case.to_string())
            .bind(present.who.as_str())
            .bind(present.name.as_str())
            .bind(present.role.as_str())
            .bind(i64::from(present.writing))
            .bind(ms(present.seen_at));
        self.run(sql).await?;
        if before != Some(present.writing) {
            self.changed(Topic::Presence, case);
        }
        Ok(())
    }

    /// Notes that somebody closed a case's page.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn end_presence(&mut self, case: CaseId, who: &str) -> Result<()> {
        let sql = Sql::new("DELETE FROM presence WHERE case_id = $1 AND who = $2")
            .bind(case.to_string())
            .bind(who);
        if self.run(sql).await? > 0 {
            self.changed(Topic::Presence, case);
        }
        Ok(())
    }
}

impl Read {
    /// Who has been heard of in a case since an instant, by name.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn present(&mut self, case: CaseId, since: Timestamp) -> Result<Vec<Present>> {
        let text = "SELECT who, name, role, writing, seen_at FROM presence WHERE case_id = $1 AND seen_at >= $2 ORDER BY name, who";
        let rows = self
            .all(Sql::new(text).bind(case.to_string()).bind(ms(since)))
            .await?;
        let read = rows.iter().map(|row| {
            Ok(Present {
                who: row.text("who")?,
                name: row.text("name")?,
                role: row.read("role", Role::parse)?,
                writing: row.flag("writing")?,
                seen_at: row.time("seen_at")?,
            })
        });
        read.collect()
    }
}
