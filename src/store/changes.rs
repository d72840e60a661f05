//! What has changed since? A numbered list of changes, in the order in which they became durable, for live pages and the index.

use super::error::Result;
use super::sql::{Columns, Sql};
use super::tx::{Read, Tx};
use crate::model::words;

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A case or its timeline; the subject is its id.
    Case,
    /// A question, one of its answers, or their votes; the subject is its id.
    Question,
    /// Who looks at a case or writes in it; the subject is the case's id.
    Presence,
    /// An account, or who is on duty; the subject is its id.
    Account,
}

words!(Topic, "topic": Case = "case", Question = "question", Presence = "presence", Account = "account");

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its number: later changes have greater ones, without exception.
    pub seq: i64,
    /// What has changed.
    pub topic: Topic,
    /// Which one, by its id.
    pub subject: String,
}

/// Writes changes down, as the last thing of a transaction. Returns the number of the last, or 0.
///
/// All writers count one row, so numbers follow the order of commits: who has read up to `n` has missed nothing below it.
pub(super) async fn note(tx: &mut Tx, changes: &[(Topic, String)]) -> Result<i64> {
    if changes.is_empty() {
        return Ok(0);
    }
    let count = i64::try_from(changes.len()).unwrap_or_default();
    let last = tx.count_up_by("changes", count).await?;
    for (seq, (topic, subject)) in (last - count + 1..).zip(changes) {
        let sql = Sql::new("INSERT INTO changes (seq, topic, subject) VALUES ($1, $2, $3)");
        tx.run(sql.bind(seq).bind(topic.as_str()).bind(subject.as_str()))
            .await?;
    }
    Ok(last)
}

impl Read {
    /// The number of the last change; 0 when there was none.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn last_change(&mut self) -> Result<i64> {
        let row = self
            .one(Sql::new(
                "SELECT value FROM counters WHERE name = 'changes'",
            ))
            .await?;
        Ok(row.map(|row| row.int("value")).transpose()?.unwrap_or(0))
    }

    /// The changes after `seq`, at most `limit`. `None` when some of them are forgotten already: then everything may have
    /// changed, and [`Self::last_change`], asked for before all is read anew, says where to go on.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn changes_after(&mut self, seq: i64, limit: u32) -> Result<Option<Vec<Change>>> {
        let text = "SELECT seq, topic, subject FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2";
        let rows = self
            .all(Sql::new(text).bind(seq).bind(i64::from(limit)))
            .await?;
        let read = rows.iter().map(|row| {
            Ok(Change {
                seq: row.int("seq")?,
                topic: row.read("topic", Topic::parse)?,
                subject: row.text("subject")?,
            })
        });
        let changes: Vec<Change> = read.collect::<Result<_>>()?;
        let kept = self
            .one(Sql::new("SELECT MIN(seq) AS first FROM changes"))
            .await?;
        let first = kept
            .map(|row| row.int_or_none("first"))
            .transpose()?
            .flatten();
        let missed = first.is_some_and(|first| first > seq + 1);
        Ok((!missed).then_some(changes))
    }
}
