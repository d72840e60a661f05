//! Who has how many points, and for what? Nothing is granted twice.

use super::error::{Error, Result};
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::reward::{Grant, Holder, Reason};
use crate::model::{AccountId, PersonId};

impl Tx {
    /// Grants points. `false`: they were granted before, and nothing was added.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn grant(&mut self, grant: &Grant) -> Result<bool> {
        let text = "INSERT INTO ledger (holder, reason, subject, points, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let sql = Sql::new(text)
            .bind(key(grant.holder))
            .bind(grant.reason.as_str())
            .bind(grant.subject.as_str())
            .bind(i64::from(grant.points))
            .bind(ms(grant.at));
        Ok(self.run(sql).await? > 0)
    }
}

impl Read {
    /// All points of a holder.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn points(&mut self, holder: Holder) -> Result<u64> {
        let text =
            "SELECT CAST(COALESCE(SUM(points), 0) AS BIGINT) AS n FROM ledger WHERE holder = $1";
        let row = self.one(Sql::new(text).bind(key(holder))).await?;
        let sum = row.map(|row| row.int("n")).transpose()?.unwrap_or(0);
        Ok(u64::try_from(sum).unwrap_or_default())
    }

    /// The latest grants of a holder, at most `limit`, the newest first.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn grants(&mut self, holder: Holder, limit: u32) -> Result<Vec<Grant>> {
        let text = "SELECT holder, reason, subject, points, at FROM ledger WHERE holder = $1 ORDER BY at DESC, subject LIMIT $2";
        let rows = self
            .all(Sql::new(text).bind(key(holder)).bind(i64::from(limit)))
            .await?;
        let read = rows.iter().map(|row| {
            Ok(Grant {
                holder: row.read("holder", read_key)?,
                reason: row.read("reason", Reason::parse)?,
                subject: row.text("subject")?,
                points: row.count("points")?,
                at: row.time("at")?,
            })
        });
        read.collect()
    }
}

fn key(holder: Holder) -> String {
    match holder {
        Holder::Person(id) => format!("person:{id}"),
        Holder::Account(id) => format!("account:{id}"),
    }
}

fn read_key(text: &str) -> Result<Holder> {
    let person = text.strip_prefix("person:").map(PersonId::parse);
    let account = text.strip_prefix("account:").map(AccountId::parse);
    match (person, account) {
        (Some(Ok(id)), _) => Ok(Holder::Person(id)),
        (_, Some(Ok(id))) => Ok(Holder::Account(id)),
        _ => Err(Error::row("points of nobody")),
    }
}
