//! Who is told when what changes? One row an address and subject, which counts when its address was proved.

use super::case_rows::lang;
use super::error::{Error, Result};
use super::sql::{Columns, Sql, ms, ms_or_none};
use super::tx::{Read, Tx};
use crate::model::follow::{Follow, Subject};
use crate::model::{Audience, Email, FollowId};
use jiff::Timestamp;
use sqlx::any::AnyRow;

macro_rules! follow_columns {
    () => {
        "id, email, address, lang, subject, audience, known_at, created_at, confirmed_at, mark, told_at, fresh, fresh_at"
    };
}

impl Tx {
    /// Adds a follow. `false`: this address follows it already, proved or not, and nothing was changed.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn add_follow(&mut self, follow: &Follow) -> Result<bool> {
        let text = "INSERT INTO follows (id, email, email_key, address, lang, subject, audience, known_at, created_at, confirmed_at, \
                    mark, told_at, fresh, fresh_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', NULL) ON CONFLICT DO NOTHING";
        let sql = Sql::new(text)
            .bind(follow.id.to_string())
            .bind(follow.email.as_str())
            .bind(follow.email.key())
            .bind(follow.address.as_str())
            .bind(follow.lang.tag())
            .bind(follow.subject.to_string())
            .bind(rank(follow.audience))
            .bind(ms(follow.known_at))
            .bind(ms(follow.created_at))
            .bind(ms_or_none(follow.confirmed_at))
            .bind(follow.mark.as_str())
            .bind(ms_or_none(follow.told_at));
        Ok(self.run(sql).await? > 0)
    }

    /// Writes down how a follow stands: whether it was proved, what its follower was told, and what is to be told.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn save_follow(&mut self, follow: &Follow) -> Result<bool> {
        let text = "UPDATE follows SET lang = $2, audience = $3, confirmed_at = $4, mark = $5, told_at = $6, fresh = $7, fresh_at = $8, \
                    created_at = $9, known_at = $10 WHERE id = $1";
        let sql = Sql::new(text)
            .bind(follow.id.to_string())
            .bind(follow.lang.tag())
            .bind(rank(follow.audience))
            .bind(ms_or_none(follow.confirmed_at))
            .bind(follow.mark.as_str())
            .bind(ms_or_none(follow.told_at))
            .bind(follow.fresh.as_str())
            .bind(ms_or_none(follow.fresh_at))
            .bind(ms(follow.created_at))
            .bind(ms(follow.known_at));
        Ok(self.run(sql).await? > 0)
    }

    /// Notes what a follower may read from now on, in all that he follows.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn follower_may_read(
        &mut self,
        address: &str,
        audience: Audience,
        now: Timestamp,
    ) -> Result<()> {
        let sql = Sql::new("UPDATE follows SET audience = $2, known_at = $3 WHERE address = $1")
            .bind(address)
            .bind(rank(audience))
            .bind(ms(now));
        self.run(sql).await.map(drop)
    }

    /// Ends a follow.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_follow(&mut self, id: FollowId) -> Result<u64> {
        let sql = Sql::new("DELETE FROM follows WHERE id = $1").bind(id.to_string());
        self.run(sql).await
    }

    /// Ends all follows of an address, by its hash. Returns how many.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_follows(&mut self, address: &str) -> Result<u64> {
        let sql = Sql::new("DELETE FROM follows WHERE address = $1").bind(address);
        self.run(sql).await
    }
}

impl Read {
    /// A follow.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn follow(&mut self, id: FollowId) -> Result<Option<Follow>> {
        let text = concat!("SELECT ", follow_columns!(), " FROM follows WHERE id = $1");
        let row = self.one(Sql::new(text).bind(id.to_string())).await?;
        row.as_ref().map(read_follow).transpose()
    }

    /// The follow of an address and a subject.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn follow_of(&mut self, email: &Email, subject: &Subject) -> Result<Option<Follow>> {
        let text = concat!(
            "SELECT ",
            follow_columns!(),
            " FROM follows WHERE email_key = $1 AND subject = $2"
        );
        let sql = Sql::new(text).bind(email.key()).bind(subject.to_string());
        let row = self.one(sql).await?;
        row.as_ref().map(read_follow).transpose()
    }

    /// All follows of an address, by its hash, the latest first; at most 500.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn follows_of(&mut self, address: &str) -> Result<Vec<Follow>> {
        let text = concat!(
            "SELECT ",
            follow_columns!(),
            " FROM follows WHERE address = $1 ORDER BY created_at DESC, id LIMIT 500"
        );
        self.all(Sql::new(text).bind(address))
            .await?
            .iter()
            .map(read_follow)
            .collect()
    }

    /// Proved follows behind an address and id, those of one address together; at most `limit`.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn follows_after(
        &mut self,
        (address, id): (&str, &str),
        limit: u32,
    ) -> Result<Vec<Follow>> {
        let text = concat!(
            "SELECT ",
            follow_columns!(),
            " FROM follows WHERE confirmed_at IS NOT NULL AND (address > $1 OR address = $1 AND id > $2) \
             ORDER BY address, id LIMIT $3"
        );
        let sql = Sql::new(text).bind(address).bind(id).bind(i64::from(limit));
        self.all(sql).await?.iter().map(read_follow).collect()
    }
}

fn rank(audience: Audience) -> i64 {
    i64::try_from(audience.rank()).unwrap_or(i64::MAX)
}

fn read_follow(row: &AnyRow) -> Result<Follow> {
    let audience = u8::try_from(row.int("audience")?).map_err(Error::row)?;
    Ok(Follow {
        id: row.read("id", FollowId::parse)?,
        email: row.read("email", Email::parse)?,
        address: row.text("address")?,
        lang: row.read("lang", lang)?,
        subject: row.read("subject", Subject::parse)?,
        audience: Audience::from_rank(audience),
        known_at: row.time("known_at")?,
        created_at: row.time("created_at")?,
        confirmed_at: row.time_or_none("confirmed_at")?,
        mark: row.text("mark")?,
        told_at: row.time_or_none("told_at")?,
        fresh: row.text("fresh")?,
        fresh_at: row.time_or_none("fresh_at")?,
    })
}
