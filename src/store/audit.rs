//! Who changed what in the running of it? A list that is only ever added to: triggers of the database refuse everything else, and
//! each deed carries the digest of the one before, so what was changed behind our back shows.

use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::OutboxId;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// How many deeds are read at once when all are verified.
const BATCH: i64 = 1_000;
/// The longest subject and the longest details that are kept, in characters.
const MAX_CHARS: usize = 2_000;

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
    /// More about it, as what was before and after (`role: agent -> admin`); may be empty.
    pub details: String,
}

/// A deed as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// Its number, from 1, without gaps; 0 for one that was written before deeds were numbered.
    pub seq: i64,
    /// What was done.
    pub deed: Deed,
    /// The digest of it and of all before it, in hexadecimal digits.
    pub hash: String,
    prior: String,
}

/// Which deeds are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeedFilter {
    /// From this instant on.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// By exactly this actor.
    pub actor: Option<String>,
    /// Of this action, or of all that begin with it and a point, as in `account`.
    pub action: Option<String>,
    /// About exactly this.
    pub subject: Option<String>,
    /// Before this number, to page on.
    pub before_seq: Option<i64>,
}

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many deeds hold together.
    pub deeds: u64,
    /// The digest of the last: whoever wrote it down elsewhere knows that nothing before it was changed.
    pub last: String,
    /// The number of the first that does not fit, if there is one.
    pub broken_at: Option<i64>,
}

impl Tx {
    /// Notes a deed: it is written at the commit, as the last but one thing of it.
    ///
    /// # Errors
    /// None at present.
    pub async fn note_deed(&mut self, deed: &Deed) -> Result<()> {
        let cut = |text: &str| text.chars().take(MAX_CHARS).collect();
        self.deeds.push(Deed {
            subject: cut(&deed.subject),
            details: cut(&deed.details),
            ..deed.clone()
        });
        Ok(())
    }

    /// Has the guard of the log let go what is older than `until`, in milliseconds since 1970.
    pub(super) async fn permit_removal(&mut self, until: i64) -> Result<()> {
        let text = "INSERT INTO counters (name, value) VALUES ('audit-until', $1) \
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.run(Sql::new(text).bind(until)).await.map(drop)
    }

    /// Removes the deeds before an instant, but never the last one. This is the only way in which deeds go. Returns how many.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn forget_deeds(&mut self, before: Timestamp) -> Result<u64> {
        self.permit_removal(ms(before)).await?;
        let text = "DELETE FROM audit WHERE at < $1 AND seq < (SELECT MAX(seq) FROM audit)";
        let removed = self.run(Sql::new(text).bind(ms(before))).await?;
        self.permit_removal(0).await?;
        Ok(removed)
    }
}

/// Writes deeds with their numbers and digests. Counting first makes writers wait for each other, so each sees the last deed of the
/// one before; done at the end of a transaction, nobody who waits holds what the other needs.
pub(super) async fn write(tx: &mut Tx, deeds: &[Deed]) -> Result<()> {
    if deeds.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(deeds.len()).unwrap_or_default();
    let last = tx.count_up_by("audit", count).await?;
    let before = Sql::new("SELECT hash FROM audit WHERE seq = $1").bind(last - count);
    let before = tx.one(before).await?;
    let mut prior = before
        .map(|row| row.text("hash"))
        .transpose()?
        .unwrap_or_default();
    for (seq, deed) in (last - count + 1..).zip(deeds) {
        let hash = digest(&prior, seq, deed);
        let text = "INSERT INTO audit (id, at, actor, action, subject, details, seq, prior, hash) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let sql = Sql::new(text)
            .bind(OutboxId::generate(deed.at).to_string())
            .bind(ms(deed.at))
            .bind(deed.actor.as_str())
            .bind(deed.action.as_str())
            .bind(deed.subject.as_str())
            .bind(deed.details.as_str())
            .bind(seq)
            .bind(prior)
            .bind(hash.as_str());
        tx.run(sql).await?;
        prior = hash;
    }
    Ok(())
}

/// The digest of a deed and of all before it. Lengths stand before texts, so that no two deeds look alike.
fn digest(prior: &str, seq: i64, deed: &Deed) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seq.to_le_bytes());
    hasher.update(&ms(deed.at).to_le_bytes());
    let texts = [
        prior,
        &deed.actor,
        &deed.action,
        &deed.subject,
        &deed.details,
    ];
    for text in texts {
        hasher.update(&text.len().to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

macro_rules! columns {
    () => {
        "at, actor, action, subject, details, seq, prior, hash"
    };
}

impl Read {
    /// The latest deeds before an instant, the newest first.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn deeds(&mut self, before: Timestamp, limit: u32) -> Result<Vec<Deed>> {
        let filter = DeedFilter {
            until: Some(before),
            ..DeedFilter::default()
        };
        let noted = self.noted_deeds(&filter, limit).await?;
        Ok(noted.into_iter().map(|noted| noted.deed).collect())
    }

    /// The latest deeds that a filter lets through, the newest first, at most `limit`.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn noted_deeds(&mut self, filter: &DeedFilter, limit: u32) -> Result<Vec<Noted>> {
        let mut sql = Sql::new(concat!("SELECT ", columns!(), " FROM audit WHERE at >= "));
        sql.push_value(filter.since.map_or(i64::MIN, ms));
        sql.push(" AND at < ")
            .push_value(filter.until.map_or(i64::MAX, ms));
        if let Some(actor) = &filter.actor {
            sql.push(" AND actor = ").push_value(actor.as_str());
        }
        if let Some(subject) = &filter.subject {
            sql.push(" AND subject = ").push_value(subject.as_str());
        }
        if let Some(action) = &filter.action {
            sql.push(" AND (action = ").push_value(action.as_str());
            let below = action
                .replace('!', "!!")
                .replace('%', "!%")
                .replace('_', "!_");
            sql.push(" OR action LIKE ")
                .push_value(format!("{below}.%"))
                .push(" ESCAPE '!')");
        }
        if let Some(before) = filter.before_seq {
            sql.push(" AND seq < ").push_value(before);
        }
        sql.push(" ORDER BY seq DESC, at DESC, id DESC LIMIT ")
            .push_value(i64::from(limit));
        let rows = self.all(sql).await?;
        rows.iter().map(noted).collect()
    }

    /// How many deeds were ever written.
    async fn deeds_counted(&mut self) -> Result<i64> {
        let row = self
            .one(Sql::new("SELECT value FROM counters WHERE name = 'audit'"))
            .await?;
        row.map_or(Ok(0), |row| row.int("value"))
    }

    /// Looks whether all deeds are as they were written, from the oldest that is kept to the last.
    ///
    /// # Errors
    /// As the database has it. What does not fit is no error.
    pub async fn verify_deeds(&mut self) -> Result<Verified> {
        let mut found = Verified {
            deeds: 0,
            last: String::new(),
            broken_at: None,
        };
        let mut seq = 0;
        loop {
            let text = concat!(
                "SELECT ",
                columns!(),
                " FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2"
            );
            let rows = self.all(Sql::new(text).bind(seq).bind(BATCH)).await?;
            if rows.is_empty() {
                // Whoever takes the newest away leaves the count behind.
                found.broken_at = (seq < self.deeds_counted().await?).then_some(seq + 1);
                return Ok(found);
            }
            for row in &rows {
                let next = noted(row)?;
                // The oldest that is kept may follow on some that were removed when their time was over.
                let follows = found.deeds == 0 || (next.seq == seq + 1 && next.prior == found.last);
                if !follows || digest(&next.prior, next.seq, &next.deed) != next.hash {
                    found.broken_at = Some(next.seq);
                    return Ok(found);
                }
                (seq, found.last) = (next.seq, next.hash);
                found.deeds += 1;
            }
        }
    }
}

fn noted(row: &AnyRow) -> Result<Noted> {
    Ok(Noted {
        seq: row.int("seq")?,
        deed: Deed {
            at: row.time("at")?,
            actor: row.text("actor")?,
            action: row.text("action")?,
            subject: row.text("subject")?,
            details: row.text("details")?,
        },
        hash: row.text("hash")?,
        prior: row.text("prior")?,
    })
}
