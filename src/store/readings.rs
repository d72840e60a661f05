//! What did a customer read lately? Each address once, the latest first; nothing of those who do not want it.

use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use jiff::Timestamp;

/// The most that is kept of one holder.
const MAX_KEPT: i64 = 100;

impl Tx {
    /// Notes that a holder read what stands at an address, unless he does not want that.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn note_reading(&mut self, holder: &str, target: &str, now: Timestamp) -> Result<()> {
        let text = "INSERT INTO readings (holder, target, at) SELECT $1, $2, CAST($3 AS BIGINT) \
                    WHERE NOT EXISTS (SELECT 1 FROM unrecorded WHERE unrecorded.holder = $1) \
                    ON CONFLICT (holder, target) DO UPDATE SET at = excluded.at";
        let sql = Sql::new(text).bind(holder).bind(target).bind(ms(now));
        self.run(sql).await?;
        let old = "DELETE FROM readings WHERE holder = $1 AND target NOT IN \
                   (SELECT target FROM readings WHERE holder = $1 ORDER BY at DESC, target LIMIT $2)";
        self.run(Sql::new(old).bind(holder).bind(MAX_KEPT))
            .await
            .map(drop)
    }

    /// Forgets what a holder read. Returns how many addresses.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn forget_readings(&mut self, holder: &str) -> Result<u64> {
        self.run(Sql::new("DELETE FROM readings WHERE holder = $1").bind(holder))
            .await
    }

    /// Whether what a holder reads is noted from now on. What was noted before stays.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn record_readings(
        &mut self,
        holder: &str,
        wanted: bool,
        now: Timestamp,
    ) -> Result<()> {
        let sql = match wanted {
            true => Sql::new("DELETE FROM unrecorded WHERE holder = $1").bind(holder),
            false => Sql::new(
                "INSERT INTO unrecorded (holder, since) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            )
            .bind(holder)
            .bind(ms(now)),
        };
        self.run(sql).await.map(drop)
    }
}

impl Read {
    /// What a holder read, the latest first, at most `limit`: addresses with their times.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn readings(&mut self, holder: &str, limit: u32) -> Result<Vec<(String, Timestamp)>> {
        let text =
            "SELECT target, at FROM readings WHERE holder = $1 ORDER BY at DESC, target LIMIT $2";
        let rows = self
            .all(Sql::new(text).bind(holder).bind(i64::from(limit)))
            .await?;
        rows.iter()
            .map(|row| Ok((row.text("target")?, row.time("at")?)))
            .collect()
    }

    /// Whether what a holder reads is noted.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn records_readings(&mut self, holder: &str) -> Result<bool> {
        let sql = Sql::new("SELECT since FROM unrecorded WHERE holder = $1").bind(holder);
        Ok(self.one(sql).await?.is_none())
    }
}
