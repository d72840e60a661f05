//! How is the database reached? One writer and a few readers of SQLite, or a pool of PostgreSQL's connections; transactions and
//! reads start here.

use super::error::{Error, Fault, RESTORE, Result};
use super::location::Location;
use super::migrate;
use super::sql::Sql;
use super::tx::{Link, Read, Tx};
use crate::model::Token;
use jiff::Timestamp;
use sqlx::any::{Any, AnyPoolOptions};
use sqlx::{Connection, Database, Executor, Pool};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How many connections read a file of SQLite.
const READERS: u32 = 4;
/// How many connections a server of PostgreSQL gets.
const CONNECTIONS: u32 = 12;
/// The longest that one statement may take, in seconds. PostgreSQL is told the same.
const STATEMENT_SECONDS: u64 = 30;

/// What a pool of connections is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reading and writing while others do.
    Serve,
    /// Making or reading a copy: a file without a log beside it, when it is a file of ours alone.
    Copy,
}

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backend {
    Sqlite,
    Postgres,
}

/// How long others are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a lock that another process or transaction holds, and for a connection, in milliseconds.
    pub wait_ms: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self { wait_ms: 5_000 }
    }
}

/// The store. Cloning it is cheap.
#[derive(Clone)]
pub struct Store {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) location: Location,
    pub(super) backend: Backend,
    writer: Pool<Any>,
    readers: Pool<Any>,
    heard: watch::Sender<i64>,
}

impl Store {
    /// Opens the database, makes it where there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when it cannot be reached, [`Fault::Corrupt`] when it is damaged, [`Fault::Unknown`] when a newer
    /// program made it. Nothing is ever deleted.
    pub async fn open(location: &Location) -> Result<Self> {
        Self::open_with(location, Patience::default(), Timestamp::now()).await
    }

    /// Like [`Self::open`], with a patience of one's own; `now` is noted with new tables.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub async fn open_with(
        location: &Location,
        patience: Patience,
        now: Timestamp,
    ) -> Result<Self> {
        let store = Self::connect(location, patience).await?;
        migrate::up(&store, now).await?;
        let last = store.read().await?.last_change().await?;
        store.inner.heard.send_replace(last);
        Ok(store)
    }

    /// Connects, and leaves the tables as they are.
    pub(super) async fn connect(location: &Location, patience: Patience) -> Result<Self> {
        Self::connect_for(location, patience, Purpose::Serve).await
    }

    /// Like [`Self::connect`], for a purpose.
    pub(super) async fn connect_for(
        location: &Location,
        patience: Patience,
        purpose: Purpose,
    ) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let address = location.address()?;
        let (backend, writers) = match location {
            Location::Sqlite(path) => {
                prepare_file(path)?;
                (Backend::Sqlite, 1)
            }
            Location::Postgres(_) => (Backend::Postgres, CONNECTIONS),
        };
        let cannot = |e: sqlx::Error| unreachable(location, e);
        let as_writer = match purpose {
            Purpose::Serve => "PRAGMA journal_mode = WAL",
            Purpose::Copy => "PRAGMA locking_mode = NORMAL",
        };
        // A pool would try again for a while, and then say no more than that it did.
        try_once(&address, &settings(backend, as_writer, patience.wait_ms))
            .await
            .map_err(cannot)?;
        let writer = pool(backend, writers, patience, as_writer);
        let writer = writer.connect(&address).await.map_err(cannot)?;
        let readers = match (backend, purpose) {
            (Backend::Sqlite, Purpose::Serve) => {
                pool(backend, READERS, patience, "PRAGMA query_only = ON")
                    .connect_lazy(&address)
                    .map_err(cannot)?
            }
            _ => writer.clone(),
        };
        let (heard, _) = watch::channel(0);
        Ok(Self {
            inner: Arc::new(Inner {
                location: location.clone(),
                backend,
                writer,
                readers,
                heard,
            }),
        })
    }

    /// A connection for reading. Each statement sees what was committed before it.
    ///
    /// # Errors
    /// [`Fault::Locked`] and [`Fault::Unavailable`].
    pub async fn read(&self) -> Result<Read> {
        let connection = self.inner.readers.acquire().await;
        let connection = connection.map_err(|e| self.inner.failed(e))?;
        Ok(Read {
            link: Link::Connection(connection),
            backend: self.inner.backend,
        })
    }

    /// Begins a transaction. Keep it short, and wait for nothing but the database in it: SQLite has one writer.
    ///
    /// # Errors
    /// [`Fault::Locked`] and [`Fault::Unavailable`].
    pub async fn begin(&self) -> Result<Tx> {
        self.begin_by(match self.inner.backend {
            Backend::Sqlite => "BEGIN IMMEDIATE",
            Backend::Postgres => "BEGIN",
        })
        .await
    }

    async fn begin_by(&self, statement: &'static str) -> Result<Tx> {
        let transaction = within_limit(self.inner.writer.begin_with(statement)).await;
        let transaction = transaction.map_err(|e| self.inner.failed(e))?;
        Ok(Tx {
            read: Read {
                link: Link::Transaction(transaction),
                backend: self.inner.backend,
            },
            changes: Vec::new(),
            store: self.clone(),
        })
    }

    /// A transaction of PostgreSQL that sees one instant however long it takes.
    pub(super) async fn begin_snapshot(&self) -> Result<Tx> {
        let begun = self
            .begin_by("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await?;
        begun.without_limits().await
    }

    /// A transaction that may take long.
    pub(super) async fn begin_long(&self) -> Result<Tx> {
        self.begin().await?.without_limits().await
    }

    /// Where the database is.
    pub fn location(&self) -> &Location {
        &self.inner.location
    }

    /// The number of the last change that this process has committed or [`Self::tell`] was told of. Wakes who waits for it; other
    /// servers' changes are found by asking [`Read::changes_after`] now and then.
    pub fn heard(&self) -> watch::Receiver<i64> {
        self.inner.heard.subscribe()
    }

    /// Wakes all who wait for changes up to `seq`, as when another server's were found.
    pub fn tell(&self, seq: i64) {
        self.inner.heard.send_if_modified(|last| {
            let newer = seq > *last;
            *last = seq.max(*last);
            newer
        });
    }

    /// A new secret of 160 random bits.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn new_token() -> Result<Token> {
        random::<20>().map(Token::from_random)
    }

    /// Looks whether the database is damaged: every page of a file of SQLite; for PostgreSQL, whether it answers.
    ///
    /// # Errors
    /// [`Fault::Corrupt`], with the command that restores a backup.
    pub async fn verify(&self) -> Result<()> {
        let question = match self.inner.backend {
            Backend::Sqlite => "PRAGMA quick_check(1)",
            Backend::Postgres => "SELECT 'ok' AS quick_check",
        };
        let row = self.read().await?.one(Sql::new(question)).await?;
        use super::sql::Columns;
        let found = row.map(|row| row.text("quick_check")).transpose()?;
        match found.as_deref() {
            Some("ok") => Ok(()),
            other => {
                let message = format!(
                    "the database {} is damaged: {}",
                    self.inner.location,
                    other.unwrap_or("no answer")
                );
                Err(Error::new(Fault::Corrupt, message).help(RESTORE))
            }
        }
    }

    /// Closes all connections, when the last of them is given back.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }
}

impl Inner {
    fn failed(&self, cause: sqlx::Error) -> Error {
        match (cause, self.backend) {
            (sqlx::Error::PoolTimedOut, Backend::Postgres) => {
                let message = format!("the database {} does not answer", self.location);
                Error::new(Fault::Unavailable, message)
                    .help("kb goes on by itself when it is back")
                    .because(sqlx::Error::PoolTimedOut)
            }
            (cause, _) => cause.into(),
        }
    }
}

fn pool(backend: Backend, most: u32, patience: Patience, role: &'static str) -> AnyPoolOptions {
    let wait_ms = patience.wait_ms;
    AnyPoolOptions::new()
        .max_connections(most)
        // A writer waits for the one before it, which may wait for another process.
        .acquire_timeout(Duration::from_millis(wait_ms.saturating_mul(2)))
        // SQLite ends a transaction by itself when the disk is full; then the driver believes it is still in one.
        .before_acquire(|connection, _| {
            let usable = !connection.is_in_transaction();
            Box::pin(async move { Ok(usable) })
        })
        .after_connect(move |connection, _| {
            Box::pin(async move {
                for statement in settings(backend, role, wait_ms) {
                    connection.execute(sqlx::AssertSqlSafe(statement)).await?;
                }
                Ok(())
            })
        })
}

async fn try_once(address: &str, settings: &[String]) -> Result<(), sqlx::Error> {
    within_limit(async {
        let mut connection = <Any as Database>::Connection::connect(address).await?;
        for statement in settings {
            connection
                .execute(sqlx::AssertSqlSafe(statement.as_str()))
                .await?;
        }
        connection.close().await
    })
    .await
}

fn settings(backend: Backend, role: &'static str, wait_ms: u64) -> Vec<String> {
    match backend {
        Backend::Sqlite => vec![
            format!("PRAGMA busy_timeout = {wait_ms}"),
            "PRAGMA foreign_keys = ON".to_owned(),
            "PRAGMA synchronous = FULL".to_owned(),
            "PRAGMA temp_store = MEMORY".to_owned(),
            "PRAGMA cache_size = -16000".to_owned(),
            role.to_owned(),
        ],
        Backend::Postgres => vec![
            format!("SET lock_timeout = {wait_ms}"),
            format!("SET statement_timeout = '{STATEMENT_SECONDS}s'"),
            "SET idle_in_transaction_session_timeout = '60s'".to_owned(),
        ],
    }
}

/// Makes the file and its folder, readable for this user alone: it holds what people wrote in confidence.
fn prepare_file(path: &Path) -> Result<()> {
    let cannot = |e: std::io::Error| {
        let message = format!("the database {} cannot be made", path.display());
        let fault = match e.kind() {
            std::io::ErrorKind::StorageFull => Fault::Full,
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                Fault::ReadOnly
            }
            _ => Fault::Unavailable,
        };
        Error::new(fault, message)
            .because(e)
            .help("make its folder writable, or name another with data_dir or database.url")
    };
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(cannot)?;
    }
    private_file(path).map_err(cannot)
}

/// Makes an empty file that this user alone may read.
pub(super) fn private_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn unreachable(location: &Location, cause: sqlx::Error) -> Error {
    let failure = Error::from(cause);
    let why = match failure.fault() {
        Fault::Corrupt => "is damaged, or is no database",
        Fault::Locked if matches!(location, Location::Sqlite(_)) => "is held by another process",
        _ => "cannot be opened",
    };
    let fault = match (failure.fault(), location) {
        (Fault::Internal | Fault::Locked, Location::Postgres(_)) => Fault::Unavailable,
        (fault, _) => fault,
    };
    let help = match (fault, location) {
        (Fault::Corrupt, _) => RESTORE,
        (_, Location::Postgres(_)) => "is the server running, and is database.url right?",
        _ => "is the path right, and may this user write there?",
    };
    Error::new(fault, format!("the database {location} {why}"))
        .help(help)
        .because(failure)
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| {
        Error::new(Fault::Internal, "this machine gives no random numbers")
            .because(anyhow::anyhow!("{e}"))
    })?;
    Ok(bytes)
}

/// Waits for a statement, but not forever.
pub(super) async fn within_limit<T>(
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let limit = Duration::from_secs(STATEMENT_SECONDS);
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
    }
}
