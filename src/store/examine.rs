//! How is the database? Looked at from outside, with nothing made, changed or repaired.

use super::error::Result;
use super::location::Location;
use super::migrate::{LATEST, recorded};
use super::open::{Backend, Patience, Store};
use super::sql::{Columns, Sql};
use jiff::Timestamp;

/// What was found in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The version of its tables; 0 when there are none yet.
    pub version: i64,
    /// The version that this program knows. An older one is brought up to date at the next start.
    pub latest: i64,
    /// What time it is there; `None` for a file, which has no clock of its own.
    pub their_time: Option<Timestamp>,
}

impl Store {
    /// Looks at a database: whether it can be reached, which version its tables have, whether any page of it is damaged. `None` when
    /// there is no file yet; none is made.
    ///
    /// # Errors
    /// As for [`Store::open`] and [`Store::verify`].
    pub async fn examine(location: &Location) -> Result<Option<Examined>> {
        if matches!(location, Location::Sqlite(path) if !path.exists()) {
            return Ok(None);
        }
        let store = Self::connect(location, Patience::default()).await?;
        let found = store.look().await;
        store.close().await;
        found.map(Some)
    }

    async fn look(&self) -> Result<Examined> {
        self.verify().await?;
        let mut read = self.read().await?;
        let version = recorded(&mut read).await?;
        let their_time = match self.inner.backend {
            Backend::Sqlite => None,
            Backend::Postgres => {
                let now =
                    "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now_ms";
                let row = read.one(Sql::new(now)).await?;
                let now_ms = row.map(|row| row.int("now_ms")).transpose()?;
                now_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok())
            }
        };
        Ok(Examined {
            version,
            latest: LATEST,
            their_time,
        })
    }
}
