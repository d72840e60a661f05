//! How often has it gone wrong, or been done? Failures by a name, as of a sign-in by address and by account, and buckets that leak;
//! the caller decides what follows.

use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use jiff::Timestamp;

impl Tx {
    /// Notes a failure, and returns how many there were in a row. After `forget_ms` without one, counting begins anew.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn note_failure(
        &mut self,
        name: &str,
        now: Timestamp,
        forget_ms: i64,
    ) -> Result<u32> {
        let text = "INSERT INTO throttle (name, failures, failed_at) VALUES ($1, 1, $2) ON CONFLICT (name) DO UPDATE SET \
                    failures = CASE WHEN throttle.failed_at < $3 THEN 1 ELSE throttle.failures + 1 END, failed_at = $2 \
                    RETURNING failures";
        let sql = Sql::new(text)
            .bind(name)
            .bind(ms(now))
            .bind(ms(now).saturating_sub(forget_ms));
        self.one(sql)
            .await?
            .map_or(Ok(1), |row| row.count("failures"))
    }

    /// Puts `share_ms` into the bucket of a name, which holds `period_ms` and loses a millisecond of it each millisecond. `Some`: there
    /// is no room, it runs over by so many milliseconds, and nothing was put in.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn fill_bucket(
        &mut self,
        name: &str,
        now: Timestamp,
        share_ms: i64,
        period_ms: i64,
    ) -> Result<Option<i64>> {
        // When it is empty again. Fuller than full it is only after the clock was set back: that must lock nobody out.
        let text = "INSERT INTO throttle (name, failures, failed_at) VALUES ($1, 0, $2 + $3) ON CONFLICT (name) DO UPDATE SET \
                    failed_at = $3 + CASE WHEN throttle.failed_at < $2 OR throttle.failed_at > $2 + $4 THEN $2 ELSE throttle.failed_at END \
                    WHERE throttle.failed_at + $3 <= $2 + $4 OR throttle.failed_at < $2 OR throttle.failed_at > $2 + $4";
        let sql = Sql::new(text)
            .bind(name)
            .bind(ms(now))
            .bind(share_ms)
            .bind(period_ms);
        if share_ms > period_ms {
            return Ok(Some(share_ms - period_ms));
        }
        if self.run(sql).await? > 0 {
            return Ok(None);
        }
        let full = self.failures(name).await?;
        let until = full.map_or(ms(now), |(_, until)| ms(until));
        Ok(Some(until + share_ms - period_ms - ms(now)))
    }

    /// Forgets the failures of a name, as after a success.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn forget_failures(&mut self, name: &str) -> Result<()> {
        self.run(Sql::new("DELETE FROM throttle WHERE name = $1").bind(name))
            .await
            .map(drop)
    }
}

impl Read {
    /// How many failures in a row, and when the last one was.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn failures(&mut self, name: &str) -> Result<Option<(u32, Timestamp)>> {
        let row = self
            .one(Sql::new("SELECT failures, failed_at FROM throttle WHERE name = $1").bind(name))
            .await?;
        row.map(|row| Ok((row.count("failures")?, row.time("failed_at")?)))
            .transpose()
    }
}
