//! How is the database reached? One writer and a few readers of SQLite, or a pool of PostgreSQL's connections; transactions and
//! reads start here.

use super::crowd::{Crowd, Place};
use super::error::{Error, Fault, RESTORE, Result};
use super::location::Location;
use super::migrate;
use super::reach::{Reach, prepare_file};
use super::sql::Sql;
use super::tx::{Link, Read, Tx};
use crate::model::Token;
use jiff::Timestamp;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The longest that one statement may take, in seconds. PostgreSQL is told the same.
pub(super) const STATEMENT_SECONDS: u64 = 30;

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
    /// Whether visitors use it, who have so many places and no more.
    crowded: bool,
}

pub(super) struct Inner {
    pub(super) location: Location,
    pub(super) backend: Backend,
    reach: Arc<Reach>,
    heard: watch::Sender<i64>,
    crowd: Crowd,
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
        Self::connect(location, patience).await?.ready(now).await
    }

    /// Like [`Self::open`], for who is going to write into it for long: whether it is damaged is looked at before anything is
    /// written. That reads a file of SQLite once.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub async fn open_whole(location: &Location) -> Result<Self> {
        let store = Self::connect(location, Patience::default()).await?;
        store.verify().await?;
        store.ready(Timestamp::now()).await
    }

    async fn ready(self, now: Timestamp) -> Result<Self> {
        migrate::up(&self, now).await?;
        let last = self.read().await?.last_change().await?;
        self.inner.heard.send_replace(last);
        Ok(self)
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
        let backend = match location {
            Location::Sqlite(path) => {
                prepare_file(path)?;
                Backend::Sqlite
            }
            Location::Postgres(_) => Backend::Postgres,
        };
        let reach = Reach::open(location, backend, patience, purpose).await?;
        let (heard, _) = watch::channel(0);
        Ok(Self {
            inner: Arc::new(Inner {
                location: location.clone(),
                backend,
                reach: Arc::new(reach),
                heard,
                crowd: Crowd::default(),
            }),
            crowded: false,
        })
    }

    /// The same store for visitors: only so many of them wait for it at once, and all others are refused with
    /// [`Fault::Unavailable`] before they wait.
    #[must_use]
    pub fn for_visitors(&self) -> Self {
        Self {
            crowded: true,
            ..self.clone()
        }
    }

    /// A connection for reading. Each statement sees what was committed before it.
    ///
    /// # Errors
    /// [`Fault::Locked`] and [`Fault::Unavailable`].
    pub async fn read(&self) -> Result<Read> {
        let inner = &self.inner;
        let place = self.crowded.then(|| inner.crowd.read()).transpose()?;
        // Behind a pooler only a transaction stays on one connection, and a statement takes two steps.
        let link = match inner.location.has_pooler() {
            true => Link::Transaction(inner.reach.begin(&self.opening("BEGIN READ ONLY")).await?),
            false => Link::Connection(inner.reach.acquire().await?),
        };
        Ok(self.reading(link, place.flatten()))
    }

    fn reading(&self, link: Link, place: Place) -> Read {
        Read {
            link,
            _place: place,
            backend: self.inner.backend,
            keeps_statements: !self.inner.location.has_pooler(),
        }
    }

    /// How a transaction begins. Behind a pooler it brings its limits along, since connections have none of ours.
    fn opening(&self, statement: &str) -> String {
        match self.inner.location.has_pooler() {
            true => format!("{statement}; {}", self.inner.reach.limits("SET LOCAL")),
            false => statement.to_owned(),
        }
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
        let inner = &self.inner;
        let place = self.crowded.then(|| inner.crowd.write()).transpose()?;
        let transaction = inner.reach.begin(&self.opening(statement)).await?;
        Ok(Tx {
            read: self.reading(Link::Transaction(transaction), place.flatten()),
            changes: Vec::new(),
            deeds: Vec::new(),
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

    /// Whether other servers may use the same database.
    pub fn is_shared(&self) -> bool {
        self.inner.backend == Backend::Postgres
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
        use super::sql::Columns;
        // Not within the limit of other statements: gigabytes take a while.
        let mut read = self.read().await?;
        let row = read.stream(Sql::new(question))?.next().await?;
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

    /// Brings SQLite's log into its file, and empties it; as much of it as nobody is reading from.
    pub(super) async fn checkpoint(&self) -> Result<()> {
        let sql = Sql::new("PRAGMA wal_checkpoint(TRUNCATE)");
        // A reader may: it changes no data.
        self.read().await?.one(sql).await.map(drop)
    }

    /// Closes all connections, when the last of them is given back.
    pub async fn close(&self) {
        self.inner.reach.close().await;
    }
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
