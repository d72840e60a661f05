//! Who does what is to be done once? A lease by name, so that of several servers one does a job, and another when that one dies.

use super::error::Result;
use super::open::Backend;
use super::sql::{Columns, SKEW_MS, Sql, ms};
use super::tx::{Read, Tx};
use jiff::Timestamp;

impl Tx {
    /// Takes or keeps the lease of a job for `lease_ms`. `false`: another holder has it. Commit before the job is begun.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn claim_job(
        &mut self,
        name: &str,
        holder: &str,
        now: Timestamp,
        lease_ms: i64,
    ) -> Result<bool> {
        let text = "INSERT INTO jobs (name, holder, leased_until, finished_at) VALUES ($1, $2, $3, 0) \
                    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, leased_until = excluded.leased_until \
                    WHERE jobs.leased_until <= $4 OR jobs.leased_until > $3 + $5 OR jobs.holder = excluded.holder";
        let sql = Sql::new(text)
            .bind(name)
            .bind(holder)
            .bind(ms(now).saturating_add(lease_ms))
            .bind(ms(now))
            .bind(SKEW_MS);
        Ok(self.run(sql).await? > 0)
    }

    /// Notes that a job is done, and gives its lease back.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn finish_job(&mut self, name: &str, holder: &str, now: Timestamp) -> Result<()> {
        let sql = Sql::new(
            "UPDATE jobs SET leased_until = 0, finished_at = $3 WHERE name = $1 AND holder = $2",
        );
        self.run(sql.bind(name).bind(holder).bind(ms(now)))
            .await
            .map(drop)
    }
}

impl Tx {
    /// Gives the lease of a job back, as when its holder ends: another server need not wait for it to run out.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn give_job_back(&mut self, name: &str, holder: &str) -> Result<()> {
        let sql = Sql::new("UPDATE jobs SET leased_until = 0 WHERE name = $1 AND holder = $2");
        self.run(sql.bind(name).bind(holder)).await.map(drop)
    }
}

impl Read {
    /// What time it is for all servers of this database: the database's own clock where there may be several, else `own`. Leases go
    /// by it, so that a server whose clock is wrong does not take what others hold.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn common_time(&mut self, own: Timestamp) -> Result<Timestamp> {
        if self.backend == Backend::Sqlite {
            return Ok(own);
        }
        let text = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now_ms";
        let row = self.one(Sql::new(text)).await?;
        row.map_or(Ok(own), |row| row.time("now_ms"))
    }

    /// When a job was last done; `None` for never.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn job_finished_at(&mut self, name: &str) -> Result<Option<Timestamp>> {
        let sql =
            Sql::new("SELECT finished_at FROM jobs WHERE name = $1 AND finished_at > 0").bind(name);
        self.one(sql)
            .await?
            .map(|row| row.time("finished_at"))
            .transpose()
    }
}
