//! What comes next? Numbers without gaps, and secrets that are made once and then stay.

use super::error::{Error, Result};
use super::open::random;
use super::sql::{Columns, Sql, ms};
use super::tx::Tx;
use jiff::Timestamp;

impl Tx {
    /// The next number of a series, from 1. Others who count the same series wait until this transaction ends.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn count_up(&mut self, name: &str) -> Result<i64> {
        self.count_up_by(name, 1).await
    }

    /// Moves a series on by `by` numbers, and returns the last of them.
    pub(super) async fn count_up_by(&mut self, name: &str, by: i64) -> Result<i64> {
        let text = "INSERT INTO counters (name, value) VALUES ($1, $2) \
                    ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value RETURNING value";
        let row = self.one(Sql::new(text).bind(name).bind(by)).await?;
        row.map_or_else(
            || Err(Error::row("no number after it was counted")),
            |row| row.int("value"),
        )
    }

    /// The secret of this installation for a purpose, as in `"signed-link"`: 64 hexadecimal digits of 256 random bits, made when
    /// it is first asked for. For keys of HMACs; all servers of one database have the same.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn secret(&mut self, purpose: &str, now: Timestamp) -> Result<String> {
        let fresh: String = random::<32>()?
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let insert = "INSERT INTO secrets (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
        self.run(Sql::new(insert).bind(purpose).bind(fresh).bind(ms(now)))
            .await?;
        let row = self
            .one(Sql::new("SELECT value FROM secrets WHERE name = $1").bind(purpose))
            .await?;
        row.map_or_else(
            || Err(Error::row("no secret after it was made")),
            |row| row.text("value"),
        )
    }
}
