//! What is still to be sent? Written with the change that it tells of, leased by one sender at a time, never forgotten.

use super::error::Result;
use super::open::Backend;
use super::sql::{Columns, SKEW_MS, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::outbox::{Channel, Delivery, Entry, Outgoing};
use crate::model::{CaseId, OutboxId};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// The longest error that is kept, in characters.
const MAX_ERROR_CHARS: usize = 500;

/// The furthest ahead that an attempt is planned, in milliseconds: the longest pause is a day and some hours.
const FURTHEST_MS: i64 = 3 * 86_400_000;

macro_rules! outbox_columns {
    () => {
        "id, channel, dedup, case_id, lane, payload, delivery, attempts, last_error, created_at, due_at, done_at"
    };
}

/// How many entries of a channel are in a state, for `/metrics` and the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxCount {
    /// How they leave.
    pub channel: Channel,
    /// What has become of them.
    pub delivery: Delivery,
    /// How many.
    pub count: u32,
    /// When the oldest was made.
    pub oldest: Timestamp,
}

impl Tx {
    /// Puts something into the outbox. `false`: something with the same `dedup` is or was there, and nothing was added.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn send(&mut self, what: &Outgoing) -> Result<bool> {
        let text = "INSERT INTO outbox (id, channel, dedup, case_id, lane, payload, delivery, attempts, last_error, created_at, due_at, leased_until) \
                    VALUES ($1, $2, $3, $4, $5, $6, 'pending', 0, '', $7, $8, 0) ON CONFLICT (dedup) DO NOTHING";
        let sql = Sql::new(text)
            .bind(what.id.to_string())
            .bind(what.channel.as_str())
            .bind(what.dedup.as_str())
            .bind(what.case.map(|case| case.to_string()))
            .bind(what.lane.as_str())
            .bind(what.payload.as_str())
            .bind(ms(what.created_at))
            .bind(ms(what.due_at));
        Ok(self.run(sql).await? > 0)
    }

    /// Leases what is due to this sender, or would be later than anything is planned (the clock was set back since), at most `limit` entries, the earliest first, of each lane only the first. An entry whose
    /// sender dies is leased again after `lease_ms`. Commit before anything is sent. `attempts` counts this one already.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn claim_outbox(
        &mut self,
        channel: Channel,
        now: Timestamp,
        lease_ms: i64,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        let mut sql = Sql::new(
            "UPDATE outbox SET leased_until = $1, attempts = attempts + 1 WHERE id IN (SELECT id FROM outbox AS o WHERE \
             o.delivery = 'pending' AND o.channel = $2 AND (o.due_at <= $3 OR o.due_at > $5) AND (o.leased_until <= $3 OR o.leased_until > $1 + $6) AND (o.lane = '' OR NOT EXISTS \
             (SELECT 1 FROM outbox AS e WHERE e.lane = o.lane AND e.delivery = 'pending' AND e.channel = o.channel AND \
             (e.created_at < o.created_at OR e.created_at = o.created_at AND e.id < o.id))) ORDER BY o.due_at, o.id LIMIT $4",
        )
        .bind(ms(now).saturating_add(lease_ms))
        .bind(channel.as_str())
        .bind(ms(now))
        .bind(i64::from(limit))
        .bind(ms(now).saturating_add(FURTHEST_MS))
        .bind(SKEW_MS);
        if self.backend == Backend::Postgres {
            sql.push(" FOR UPDATE SKIP LOCKED");
        }
        sql.push(concat!(") RETURNING ", outbox_columns!()));
        let rows = self.all(sql).await?;
        let mut entries: Vec<Entry> = rows.iter().map(read_entry).collect::<Result<_>>()?;
        entries.sort_by_key(|entry| (entry.what.due_at, entry.what.id));
        Ok(entries)
    }

    /// Keeps the lease of an entry that is still being sent.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn keep_lease(&mut self, id: OutboxId, now: Timestamp, lease_ms: i64) -> Result<()> {
        let sql =
            Sql::new("UPDATE outbox SET leased_until = $2 WHERE id = $1 AND delivery = 'pending'");
        let until = ms(now).saturating_add(lease_ms);
        self.run(sql.bind(id.to_string()).bind(until))
            .await
            .map(drop)
    }

    /// Gives an entry back that was leased and not tried: it is due at an instant, and no attempt is counted.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn put_back(&mut self, id: OutboxId, due_at: Timestamp) -> Result<()> {
        let text = "UPDATE outbox SET leased_until = 0, due_at = $2, attempts = attempts - 1 \
                    WHERE id = $1 AND delivery = 'pending' AND attempts > 0";
        self.run(Sql::new(text).bind(id.to_string()).bind(ms(due_at)))
            .await
            .map(drop)
    }

    /// Notes that an entry was taken by its receiver. What it said is forgotten: it may have held a secret link.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn mark_sent(&mut self, id: OutboxId, now: Timestamp) -> Result<()> {
        let sql = Sql::new(
            "UPDATE outbox SET delivery = 'sent', done_at = $2, leased_until = 0, last_error = '', payload = '' WHERE id = $1",
        );
        self.run(sql.bind(id.to_string()).bind(ms(now)))
            .await
            .map(drop)
    }

    /// Notes that an attempt failed: to be tried again at an instant, or dead with `None`.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn mark_failed(
        &mut self,
        id: OutboxId,
        error: &str,
        again_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<()> {
        let (delivery, done_at) = match again_at {
            Some(_) => (Delivery::Pending, None),
            None => (Delivery::Dead, Some(ms(now))),
        };
        let text = "UPDATE outbox SET delivery = $2, due_at = $3, done_at = $4, last_error = $5, leased_until = 0 \
                    WHERE id = $1 AND delivery = 'pending'";
        let sql = Sql::new(text)
            .bind(id.to_string())
            .bind(delivery.as_str())
            .bind(ms(again_at.unwrap_or(now)))
            .bind(done_at)
            .bind(one_line(error));
        self.run(sql).await.map(drop)
    }

    /// Makes due at once what waits since its way out was closed, and not since its receiver refused it: mails whose last error
    /// begins with `error`, a plain word. Returns how many.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn hasten(&mut self, channel: Channel, error: &str, now: Timestamp) -> Result<u64> {
        let text = "UPDATE outbox SET due_at = $2 WHERE delivery = 'pending' AND channel = $1 AND due_at > $2 \
                    AND leased_until <= $2 AND last_error LIKE $3";
        let sql = Sql::new(text)
            .bind(channel.as_str())
            .bind(ms(now))
            .bind(format!("{error}%"));
        self.run(sql).await
    }

    /// Notes that a mail which was sent came back: it is dead. `false` when there is none that was sent.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn mark_returned(&mut self, id: OutboxId, why: &str, now: Timestamp) -> Result<bool> {
        let text = "UPDATE outbox SET delivery = 'dead', done_at = $2, last_error = $3 WHERE id = $1 AND delivery = 'sent'";
        let sql = Sql::new(text)
            .bind(id.to_string())
            .bind(ms(now))
            .bind(one_line(why));
        Ok(self.run(sql).await? > 0)
    }

    /// Tries dead entries again from the beginning: one, or all of them. Returns how many. Those that came back after they were
    /// sent are forgotten but for their key, and cannot be tried.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn revive(&mut self, id: Option<OutboxId>, now: Timestamp) -> Result<u64> {
        let mut sql = Sql::new("UPDATE outbox SET delivery = 'pending', attempts = 0, due_at = $1, done_at = NULL WHERE delivery = 'dead' AND payload <> ''")
            .bind(ms(now));
        if let Some(id) = id {
            sql.push(" AND id = ").push_value(id.to_string());
        }
        self.run(sql).await
    }
}

impl Read {
    /// The latest entries, of one state if that is given, made before an instant if that is given; the newest first.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn outbox(
        &mut self,
        delivery: Option<Delivery>,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        let mut sql = Sql::new(concat!(
            "SELECT ",
            outbox_columns!(),
            " FROM outbox WHERE 1 = 1"
        ));
        if let Some(delivery) = delivery {
            sql.push(" AND delivery = ").push_value(delivery.as_str());
        }
        if let Some(before) = before {
            sql.push(" AND created_at < ").push_value(ms(before));
        }
        sql.push(" ORDER BY created_at DESC, id DESC LIMIT ")
            .push_value(i64::from(limit));
        self.all(sql).await?.iter().map(read_entry).collect()
    }

    /// What was or is to be sent about a case, the earliest first; at most 500.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn outbox_of(&mut self, case: CaseId) -> Result<Vec<Entry>> {
        let sql = Sql::new(concat!(
            "SELECT ",
            outbox_columns!(),
            " FROM outbox WHERE case_id = $1 ORDER BY created_at, id LIMIT 500"
        ));
        self.all(sql.bind(case.to_string()))
            .await?
            .iter()
            .map(read_entry)
            .collect()
    }

    /// An entry.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn outbox_entry(&mut self, id: OutboxId) -> Result<Option<Entry>> {
        let sql = Sql::new(concat!(
            "SELECT ",
            outbox_columns!(),
            " FROM outbox WHERE id = $1"
        ));
        let row = self.one(sql.bind(id.to_string())).await?;
        row.as_ref().map(read_entry).transpose()
    }

    /// How many entries wait or are dead, by channel, and since when.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn outbox_backlog(&mut self) -> Result<Vec<OutboxCount>> {
        let text = "SELECT channel, delivery, COUNT(*) AS n, MIN(created_at) AS oldest FROM outbox \
                    WHERE delivery IN ('pending', 'dead') GROUP BY channel, delivery ORDER BY channel, delivery";
        self.all(Sql::new(text))
            .await?
            .iter()
            .map(read_count)
            .collect()
    }

    /// How many entries are in which state.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn outbox_counts(&mut self) -> Result<Vec<OutboxCount>> {
        let text = "SELECT channel, delivery, COUNT(*) AS n, MIN(created_at) AS oldest FROM outbox \
                    GROUP BY channel, delivery ORDER BY channel, delivery";
        let rows = self.all(Sql::new(text)).await?;
        rows.iter().map(read_count).collect()
    }

    /// When the next entry of a channel is due; `None` when nothing waits.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn next_due(
        &mut self,
        channel: Channel,
        now: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let text = "SELECT MIN(CASE WHEN due_at > $2 THEN 0 WHEN leased_until > $3 THEN 0 WHEN leased_until > due_at THEN leased_until \
                    ELSE due_at END) AS next FROM outbox WHERE delivery = 'pending' AND channel = $1";
        let sql = Sql::new(text)
            .bind(channel.as_str())
            .bind(ms(now).saturating_add(FURTHEST_MS))
            .bind(ms(now).saturating_add(SKEW_MS));
        let row = self.one(sql).await?;
        Ok(row
            .map(|row| row.time_or_none("next"))
            .transpose()?
            .flatten())
    }
}

/// A reason as it is kept.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_ERROR_CHARS)
        .collect()
}

fn read_count(row: &AnyRow) -> Result<OutboxCount> {
    Ok(OutboxCount {
        channel: row.read("channel", Channel::parse)?,
        delivery: row.read("delivery", Delivery::parse)?,
        count: row.count("n")?,
        oldest: row.time("oldest")?,
    })
}

fn read_entry(row: &AnyRow) -> Result<Entry> {
    Ok(Entry {
        what: Outgoing {
            id: row.read("id", OutboxId::parse)?,
            channel: row.read("channel", Channel::parse)?,
            dedup: row.text("dedup")?,
            case: row.read_or_none("case_id", CaseId::parse)?,
            lane: row.text("lane")?,
            payload: row.text("payload")?,
            created_at: row.time("created_at")?,
            due_at: row.time("due_at")?,
        },
        delivery: row.read("delivery", Delivery::parse)?,
        attempts: row.count("attempts")?,
        last_error: row.text("last_error")?,
        done_at: row.time_or_none("done_at")?,
    })
}
