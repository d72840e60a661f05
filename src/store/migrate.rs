//! Are the tables those that this program knows? Changes of the tables in order, each applied once and written down.

use super::error::{Error, Fault, Result};
use super::location::Location;
use super::open::{Backend, Patience, Store};
use super::sql::{Columns, Sql, ms};
use super::tx::Read;
use jiff::Timestamp;

/// Every change of the tables, in order. A released one is never edited: its checksum is kept with the database.
const MIGRATIONS: &[(&str, &str)] = &[
    ("begin", include_str!("migrations/0001_begin.sql")),
    ("wordings", include_str!("migrations/0002_wordings.sql")),
    ("customers", include_str!("migrations/0003_customers.sql")),
    ("person", include_str!("migrations/0004_person.sql")),
    ("staff", include_str!("migrations/0005_staff.sql")),
    ("openings", include_str!("migrations/0006_openings.sql")),
    ("notices", include_str!("migrations/0007_notices.sql")),
];

/// The version of the tables that this program knows.
pub const LATEST: i64 = MIGRATIONS.len() as i64;

/// The number of PostgreSQL's lock that all programs take before they change tables.
const LOCK: i64 = 0x6b62_6d69_6772;

/// What was or is to be done to the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// The version before; 0 for an empty database.
    pub from: i64,
    /// The version after.
    pub to: i64,
}

impl Store {
    /// The version of the tables of a database, without a change to it.
    ///
    /// # Errors
    /// As for [`Store::open`].
    pub async fn pending(location: &Location) -> Result<Applied> {
        if matches!(location, Location::Sqlite(path) if !path.exists()) {
            return Ok(Applied {
                from: 0,
                to: LATEST,
            });
        }
        let store = Self::connect(location, Patience::default()).await?;
        let from = recorded(&mut store.read().await?).await?;
        store.close().await;
        Ok(Applied { from, to: LATEST })
    }
}

/// Brings the tables up to date. Of several programs that begin at once, one does it and the others wait.
pub(super) async fn up(store: &Store, now: Timestamp) -> Result<Applied> {
    let from = recorded(&mut store.read().await?).await?;
    if from == LATEST {
        return Ok(Applied { from, to: from });
    }
    let mut tx = store.begin().await?;
    if tx.backend == Backend::Postgres {
        tx.one(Sql::new("SELECT pg_advisory_xact_lock($1)").bind(LOCK))
            .await?;
    }
    let from = recorded(&mut tx).await?;
    if from == 0 {
        tx.script(TABLE.to_owned()).await?;
    }
    for version in from + 1..=LATEST {
        let Some((name, text)) = migration(version) else {
            break;
        };
        let script = dialect(text, tx.backend);
        tx.script(script).await?;
        let note =
            "INSERT INTO migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";
        let note = Sql::new(note)
            .bind(version)
            .bind(name)
            .bind(checksum(text))
            .bind(ms(now));
        tx.run(note).await?;
    }
    tx.commit().await?;
    Ok(Applied { from, to: LATEST })
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (version BIGINT NOT NULL PRIMARY KEY, \
                     name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)";

fn migration(version: i64) -> Option<&'static (&'static str, &'static str)> {
    MIGRATIONS.get(usize::try_from(version - 1).ok()?)
}

fn checksum(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// The version of the tables, after a look at whether this program knows how they came to be.
pub(super) async fn recorded(read: &mut Read) -> Result<i64> {
    let is_there = match read.backend {
        Backend::Sqlite => {
            "SELECT COUNT(*) AS n FROM sqlite_master WHERE type = 'table' AND name = 'migrations'"
        }
        Backend::Postgres => {
            "SELECT COUNT(*) AS n FROM pg_catalog.pg_tables WHERE tablename = 'migrations' AND schemaname = current_schema()"
        }
    };
    let found = read.one(Sql::new(is_there)).await?;
    if found.map(|row| row.int("n")).transpose()?.unwrap_or(0) == 0 {
        return Ok(0);
    }
    let rows = Sql::new("SELECT version, name, checksum FROM migrations ORDER BY version");
    let mut last = 0;
    for row in read.all(rows).await? {
        let version = row.int("version")?;
        let Some((name, text)) = migration(version) else {
            let message = format!(
                "the database was made by a newer kb: its tables are of version {version}, this kb knows {LATEST}"
            );
            return Err(Error::new(Fault::Unknown, message)
                .help("install that kb again, or restore a backup that this one made"));
        };
        if row.text("checksum")? != checksum(text) {
            let message = format!(
                "the tables of the database were not made by this program: step {version} ({name}) is another one"
            );
            return Err(Error::new(Fault::Unknown, message)
                .help("use the kb that made them, or another database"));
        }
        last = version;
    }
    Ok(last)
}

/// The script in the words of one database.
pub(super) fn dialect(text: &str, backend: Backend) -> String {
    let text = own_lines(text, backend);
    match backend {
        Backend::Sqlite => text.replace("/* SQLITE: WITHOUT ROWID */", "WITHOUT ROWID"),
        Backend::Postgres => text.replace(" BLOB", " BYTEA"),
    }
}

/// The script without the lines between `-- ONLY …` and the next mark that are for the other database.
fn own_lines(text: &str, backend: Backend) -> String {
    let mut kept = true;
    let mut own = String::with_capacity(text.len());
    for line in text.lines() {
        match line {
            "-- ONLY SQLITE" => kept = backend == Backend::Sqlite,
            "-- ONLY POSTGRES" => kept = backend == Backend::Postgres,
            "-- END ONLY" => kept = true,
            _ if kept => own.extend([line, "\n"]),
            _ => {}
        }
    }
    own
}
