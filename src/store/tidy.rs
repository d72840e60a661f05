//! What need not be kept any longer? Everything that is bounded by time and that nobody will ask for again.

use super::error::Result;
use super::open::Store;
use super::sql::{Sql, ms};
use jiff::Timestamp;

/// How many changes are kept for servers that have not heard of them yet.
const KEPT_CHANGES: i64 = 10_000;

/// What is removed, and how old it is then, in hours.
const OLD: &[(&str, i64)] = &[
    ("DELETE FROM sessions WHERE expires_at <= $1", 0),
    ("DELETE FROM customer_sessions WHERE expires_at <= $1", 0),
    ("DELETE FROM sign_in_codes WHERE expires_at <= $1", 0),
    ("DELETE FROM presence WHERE seen_at <= $1", 1),
    ("DELETE FROM throttle WHERE failed_at <= $1", 24),
    ("DELETE FROM idempotency WHERE created_at <= $1", 24 * 7),
    ("DELETE FROM seen WHERE at <= $1", 24 * 60),
    ("DELETE FROM case_links WHERE expires_at <= $1", 24),
    ("DELETE FROM openings WHERE day * 86400000 <= $1", 24 * 60),
    (
        "DELETE FROM outbox WHERE delivery = 'sent' AND done_at <= $1",
        24 * 60,
    ),
];

impl Store {
    /// Removes what has expired: sessions, links, keys of requests, who was present, mails that were sent two months ago, and
    /// visits without a case that are older than `visit_days`. Returns how many rows. Each kind in a transaction of its own.
    ///
    /// # Errors
    /// As the database has it; what was removed before stays removed.
    pub async fn tidy(&self, now: Timestamp, visit_days: u32) -> Result<u64> {
        let before = |hours: i64| ms(now).saturating_sub(hours.saturating_mul(3_600_000));
        let mut removed = 0;
        for (text, hours) in OLD {
            removed += self.remove(Sql::new(text).bind(before(*hours))).await?;
        }
        let visits = Sql::new("DELETE FROM visits WHERE case_id IS NULL AND seen_at <= $1");
        removed += self
            .remove(visits.bind(before(24 * i64::from(visit_days))))
            .await?;
        let last = self.read().await?.last_change().await?;
        let changes = Sql::new("DELETE FROM changes WHERE seq <= $1").bind(last - KEPT_CHANGES);
        Ok(removed + self.remove(changes).await?)
    }

    async fn remove(&self, sql: Sql) -> Result<u64> {
        let mut tx = self.begin().await?;
        let removed = tx.run(sql).await?;
        tx.commit().await?;
        Ok(removed)
    }
}
