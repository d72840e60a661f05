//! What need not be kept any longer? Everything that is bounded by time and that nobody will ask for again.

use super::error::Result;
use super::open::Store;
use super::sql::{Sql, ms};
use jiff::Timestamp;

/// How many changes are kept for servers that have not heard of them yet.
const KEPT_CHANGES: i64 = 10_000;
/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 3_600_000;

/// What is removed, and how old it is then, in hours.
const OLD: &[(&str, i64)] = &[
    ("DELETE FROM sessions WHERE expires_at <= $1", 0),
    ("DELETE FROM customer_sessions WHERE expires_at <= $1", 0),
    ("DELETE FROM sign_in_codes WHERE expires_at <= $1", 0),
    ("DELETE FROM invitations WHERE expires_at <= $1", 24 * 30),
    ("DELETE FROM password_links WHERE expires_at <= $1", 0),
    ("DELETE FROM departures WHERE expires_at <= $1", 0),
    ("DELETE FROM presence WHERE seen_at <= $1", 1),
    ("DELETE FROM throttle WHERE failed_at <= $1", 24),
    ("DELETE FROM idempotency WHERE created_at <= $1", 24 * 7),
    ("DELETE FROM seen WHERE at <= $1", 24 * 60),
    ("DELETE FROM case_links WHERE expires_at <= $1", 24),
    ("DELETE FROM openings WHERE day * 86400000 <= $1", 24 * 60),
];

/// For how many days things are kept that a site decides about; 0: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tidy {
    /// Visits without a case, since their last step.
    pub visits: u32,
    /// What was noted of a mail or hook that was sent.
    pub sent: u32,
    /// What signed-in customers read.
    pub readings: u32,
    /// Follows whose address was never proved.
    pub unconfirmed: u32,
    /// Entries of the audit log.
    pub audit: u32,
}

impl Tidy {
    /// Each kind with its statements, of which `$1` is the instant before which things are old, and its days.
    fn kinds(self) -> [(&'static str, &'static str, &'static str, u32); 5] {
        [
            (
                "visits",
                "DELETE FROM visits WHERE case_id IS NULL AND seen_at <= $1",
                "SELECT COUNT(*) AS n FROM visits WHERE case_id IS NULL AND seen_at <= $1",
                self.visits,
            ),
            (
                "sent",
                "DELETE FROM outbox WHERE delivery = 'sent' AND done_at <= $1",
                "SELECT COUNT(*) AS n FROM outbox WHERE delivery = 'sent' AND done_at <= $1",
                self.sent,
            ),
            (
                "readings",
                "DELETE FROM readings WHERE at <= $1",
                "SELECT COUNT(*) AS n FROM readings WHERE at <= $1",
                self.readings,
            ),
            (
                "unconfirmed",
                "DELETE FROM follows WHERE confirmed_at IS NULL AND created_at <= $1",
                "SELECT COUNT(*) AS n FROM follows WHERE confirmed_at IS NULL AND created_at <= $1",
                self.unconfirmed,
            ),
            (
                "audit",
                "DELETE FROM audit WHERE at < $1",
                "SELECT COUNT(*) AS n FROM audit WHERE at < $1",
                self.audit,
            ),
        ]
    }
}

impl Store {
    /// Removes what has expired: sessions, links, keys of requests, who was present, and what the site keeps for so many days.
    /// Returns how many rows. Each kind in a transaction of its own.
    ///
    /// # Errors
    /// As the database has it; what was removed before stays removed.
    pub async fn tidy(&self, now: Timestamp, keep: Tidy) -> Result<u64> {
        let before = |hours: i64| ms(now).saturating_sub(hours.saturating_mul(3_600_000));
        let mut removed = 0;
        for (text, hours) in OLD {
            removed += self.remove(Sql::new(text).bind(before(*hours))).await?;
        }
        for (name, text, _, days) in keep.kinds() {
            // The audit log lets nothing go but by `Tx::forget_deeds`.
            if days > 0 && name != "audit" {
                let at = ms(now).saturating_sub(DAY_MS.saturating_mul(i64::from(days)));
                removed += self.remove(Sql::new(text).bind(at)).await?;
            }
        }
        let last = self.read().await?.last_change().await?;
        let changes = Sql::new("DELETE FROM changes WHERE seq <= $1").bind(last - KEPT_CHANGES);
        Ok(removed + self.remove(changes).await?)
    }

    /// How many rows of each kind [`Self::tidy`] would remove now, of those that the site decides about.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn untidy(&self, now: Timestamp, keep: Tidy) -> Result<Vec<(&'static str, u32)>> {
        use super::sql::Columns;
        let mut read = self.read().await?;
        let mut counts = Vec::new();
        for (name, _, text, days) in keep.kinds() {
            let at = ms(now).saturating_sub(DAY_MS.saturating_mul(i64::from(days)));
            let row = match days {
                0 => None,
                _ => read.one(Sql::new(text).bind(at)).await?,
            };
            let count = row.map(|row| row.count("n")).transpose()?;
            counts.push((name, count.unwrap_or(0)));
        }
        Ok(counts)
    }

    async fn remove(&self, sql: Sql) -> Result<u64> {
        let mut tx = self.begin().await?;
        let removed = tx.run(sql).await?;
        tx.commit().await?;
        Ok(removed)
    }
}
