//! Who was erased? Hashes of addresses under a key of this installation, with the time. Nothing else of them is left.

use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use jiff::Timestamp;

/// The name of the secret under which addresses are hashed.
pub const ERASED: &str = "erased";

/// Somebody who was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The hash of the address.
    pub hash: String,
    /// When; what was written under that address later is not meant.
    pub erased_at: Timestamp,
}

impl Tx {
    /// Notes that somebody was erased; of two times the later one stays. `applied`: whether that was done here, and not only
    /// heard of, so that it is still to be done.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn add_tombstone(&mut self, stone: &Tombstone, applied: bool) -> Result<()> {
        let text = "INSERT INTO tombstones (hash, erased_at, applied) VALUES ($1, $2, $3) ON CONFLICT (hash) DO UPDATE SET \
                    erased_at = excluded.erased_at, applied = excluded.applied WHERE tombstones.erased_at < excluded.erased_at";
        let sql = Sql::new(text)
            .bind(stone.hash.as_str())
            .bind(ms(stone.erased_at))
            .bind(i64::from(applied));
        self.run(sql).await.map(drop)
    }

    /// Takes over who was erased elsewhere, to be erased here too, if that was written under the same secret, or here is none yet.
    pub(super) async fn heard_of_erased(
        &mut self,
        secret: Option<&str>,
        stones: &[Tombstone],
        now: Timestamp,
    ) -> Result<()> {
        let Some(secret) = secret else { return Ok(()) };
        let own = "INSERT INTO secrets (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
        let own = Sql::new(own).bind(ERASED).bind(secret).bind(ms(now));
        self.run(own).await?;
        if self.erasing_secret().await?.as_deref() != Some(secret) {
            return Ok(());
        }
        for stone in stones {
            self.add_tombstone(stone, false).await?;
        }
        Ok(())
    }

    /// Notes that all that was heard of is done.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn tombstones_applied(&mut self) -> Result<()> {
        let sql = Sql::new("UPDATE tombstones SET applied = 1 WHERE applied = 0");
        self.run(sql).await.map(drop)
    }
}

impl Read {
    /// The secret under which addresses are hashed, if there is one yet.
    pub(super) async fn erasing_secret(&mut self) -> Result<Option<String>> {
        let sql = Sql::new("SELECT value FROM secrets WHERE name = $1").bind(ERASED);
        self.one(sql)
            .await?
            .map(|row| row.text("value"))
            .transpose()
    }

    /// Everybody who was erased, in the order of their hashes; `pending`: only those of whom this was only heard.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn tombstones(&mut self, pending: bool) -> Result<Vec<Tombstone>> {
        let text = match pending {
            true => "SELECT hash, erased_at FROM tombstones WHERE applied = 0 ORDER BY hash",
            false => "SELECT hash, erased_at FROM tombstones ORDER BY hash",
        };
        let rows = self.all(Sql::new(text)).await?;
        let read = rows.iter().map(|row| {
            Ok(Tombstone {
                hash: row.text("hash")?,
                erased_at: row.time("erased_at")?,
            })
        });
        read.collect()
    }

    /// When the address of a hash was erased.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn erased_at(&mut self, hash: &str) -> Result<Option<Timestamp>> {
        let sql = Sql::new("SELECT erased_at FROM tombstones WHERE hash = $1").bind(hash);
        self.one(sql)
            .await?
            .map(|row| row.time("erased_at"))
            .transpose()
    }
}
