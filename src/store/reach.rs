//! Over which connections is the database reached? One writer and a few readers of a file, or a pool of a server's connections.
//! When nothing comes through them any more, the next of its hosts is tried, or the same on new connections.
//!
//! A server that was cut off without a word leaves connections that wait for minutes, and a pool is full of them soon. So whoever
//! gets none in time has somebody look: the first host that takes writes gets a new pool, and the old one is left to end by itself.

use super::error::{Error, Fault, RESTORE, Result};
use super::location::Location;
use super::open::{Backend, Patience, Purpose, STATEMENT_SECONDS, within_limit};
use arc_swap::ArcSwap;
use sqlx::any::{Any, AnyPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::{Connection, Database, Executor, Pool, Transaction};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many connections read a file of SQLite.
const READERS: u32 = 4;
/// How many connections a server of PostgreSQL gets.
const CONNECTIONS: u32 = 12;
/// How long one host is tried when it is looked for one that answers.
const LOOK: Duration = Duration::from_secs(3);
/// How long a connection that lay idle may take to show that it still leads anywhere.
const ECHO: Duration = Duration::from_secs(2);
/// How long an old pool's connections are waited for.
const FAREWELL: Duration = Duration::from_secs(60);

type Link = <Any as Database>::Connection;

/// The connections.
pub(super) struct Reach {
    location: Location,
    backend: Backend,
    patience: Patience,
    purpose: Purpose,
    /// One for each host.
    addresses: Vec<String>,
    /// Which of them is used.
    used: AtomicUsize,
    pools: ArcSwap<Pools>,
    began: Instant,
    /// When a connection was given out last, in milliseconds since the beginning.
    answered_ms: AtomicU64,
    looking: AtomicBool,
}

struct Pools {
    writer: Pool<Any>,
    readers: Pool<Any>,
}

impl Reach {
    /// Connects to the first host that takes writes.
    pub(super) async fn open(
        location: &Location,
        backend: Backend,
        patience: Patience,
        purpose: Purpose,
    ) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let addresses = location.addresses()?;
        let how = How::of(location, backend, patience, purpose, addresses.len());
        // A pool would try again for a while, and then say no more than that it did.
        let mut tried = Err(sqlx::Error::PoolClosed);
        let mut used = 0;
        for (place, address) in addresses.iter().enumerate() {
            tried = how.try_first(address).await;
            used = place;
            if tried.is_ok() {
                break;
            }
        }
        tried.map_err(|e| unreachable(location, e))?;
        let pools = how.pools(addresses.get(used).map_or("", String::as_str));
        Ok(Self {
            location: location.clone(),
            backend,
            patience,
            purpose,
            pools: ArcSwap::from_pointee(pools.map_err(|e| unreachable(location, e))?),
            addresses,
            used: AtomicUsize::new(used),
            began: Instant::now(),
            answered_ms: AtomicU64::new(0),
            looking: AtomicBool::new(false),
        })
    }

    /// A connection for reading.
    pub(super) async fn acquire(self: &Arc<Self>) -> Result<PoolConnection<Any>> {
        let pools = self.pools.load_full();
        let connection = pools.readers.acquire().await;
        self.noted(connection)
    }

    /// Begins a transaction by these statements.
    pub(super) async fn begin(
        self: &Arc<Self>,
        statement: &str,
    ) -> Result<Transaction<'static, Any>> {
        let pools = self.pools.load_full();
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        let begun = within_limit(pools.writer.begin_with(statement)).await;
        self.noted(begun)
    }

    fn noted<T>(self: &Arc<Self>, outcome: Result<T, sqlx::Error>) -> Result<T> {
        match outcome {
            Ok(got) => {
                self.answered_ms.store(self.now_ms(), Ordering::Relaxed);
                Ok(got)
            }
            Err(cause) => {
                let failure = self.failed(cause);
                if self.backend == Backend::Postgres && failure.fault() == Fault::Unavailable {
                    self.look_around();
                }
                Err(failure)
            }
        }
    }

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

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Has somebody look for a host that answers, unless somebody does.
    fn look_around(self: &Arc<Self>) {
        if !self.looking.swap(true, Ordering::Relaxed) {
            let reach = Arc::clone(self);
            tokio::spawn(async move {
                reach.look().await;
                reach.looking.store(false, Ordering::Relaxed);
            });
        }
    }

    async fn look(&self) {
        let (used, count) = (self.used.load(Ordering::Relaxed), self.addresses.len());
        let how = How::of(
            &self.location,
            self.backend,
            self.patience,
            self.purpose,
            count,
        );
        for place in (0..count).map(|step| (used + step) % count) {
            let Some(address) = self.addresses.get(place) else {
                continue;
            };
            let tried = tokio::time::timeout(LOOK, how.try_once(address)).await;
            if !matches!(tried, Ok(Ok(()))) {
                continue;
            }
            // A pool that is merely busy gives out connections all the time.
            let silent = self
                .now_ms()
                .saturating_sub(self.answered_ms.load(Ordering::Relaxed));
            if place != used || silent > self.patience.wait_ms {
                self.move_to(place, how.pools(address));
            }
            return;
        }
    }

    fn move_to(&self, place: usize, pools: Result<Pools, sqlx::Error>) {
        let Ok(pools) = pools else {
            return;
        };
        tracing::warn!(host = place + 1, of = self.addresses.len(), database = %self.location,
            "the database is reached over new connections");
        self.used.store(place, Ordering::Relaxed);
        self.answered_ms.store(self.now_ms(), Ordering::Relaxed);
        let old = self.pools.swap(Arc::new(pools));
        tokio::spawn(async move {
            // Those that wait for a dead host end when the system gives them up.
            let _ = tokio::time::timeout(FAREWELL, old.close()).await;
        });
    }

    /// What is set for connections, or for a transaction, as statements.
    pub(super) fn limits(&self, set: &str) -> String {
        limits(set, self.patience.wait_ms)
    }

    /// Closes all connections, when the last of them is given back.
    pub(super) async fn close(&self) {
        self.pools.load_full().close().await;
    }
}

impl Pools {
    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// How connections are made.
#[derive(Clone)]
struct How {
    backend: Backend,
    purpose: Purpose,
    wait_ms: u64,
    pooler: bool,
    /// Whether one of several hosts is to be taken only when it takes writes.
    choosy: bool,
}

impl How {
    fn of(
        location: &Location,
        backend: Backend,
        patience: Patience,
        purpose: Purpose,
        hosts: usize,
    ) -> Self {
        Self {
            backend,
            purpose,
            wait_ms: patience.wait_ms,
            pooler: location.has_pooler(),
            choosy: backend == Backend::Postgres && hosts > 1,
        }
    }

    fn pools(&self, address: &str) -> Result<Pools, sqlx::Error> {
        let (most, role) = match (self.backend, self.purpose) {
            (Backend::Postgres, _) => (CONNECTIONS, ""),
            (Backend::Sqlite, Purpose::Serve) => (1, "PRAGMA journal_mode = WAL"),
            (Backend::Sqlite, Purpose::Copy) => (1, "PRAGMA locking_mode = NORMAL"),
        };
        let writer = self.pool(most, role).connect_lazy(address)?;
        let readers = match (self.backend, self.purpose) {
            (Backend::Sqlite, Purpose::Serve) => self
                .pool(READERS, "PRAGMA query_only = ON")
                .connect_lazy(address)?,
            _ => writer.clone(),
        };
        Ok(Pools { writer, readers })
    }

    fn pool(&self, most: u32, role: &'static str) -> AnyPoolOptions {
        let how = self.clone();
        let patience_ms = match self.backend {
            // A writer waits for the one before it, which may wait for another process.
            Backend::Sqlite => self.wait_ms.saturating_mul(2),
            // Less than a request may take, so that who waits is told why.
            Backend::Postgres => self.wait_ms.saturating_mul(3) / 2,
        };
        let is_remote = self.backend == Backend::Postgres;
        AnyPoolOptions::new()
            .max_connections(most)
            .acquire_timeout(Duration::from_millis(patience_ms))
            .test_before_acquire(!is_remote)
            .before_acquire(move |connection, _| {
                Box::pin(async move {
                    // SQLite ends a transaction by itself when the disk is full; then the driver believes it is still in one.
                    if connection.is_in_transaction() {
                        return Ok(false);
                    }
                    let alive = !is_remote
                        || matches!(
                            tokio::time::timeout(ECHO, connection.ping()).await,
                            Ok(Ok(()))
                        );
                    Ok(alive)
                })
            })
            .after_connect(move |connection, _| {
                let how = how.clone();
                Box::pin(async move { how.settle(connection, role).await })
            })
    }

    /// Of several hosts one that hangs is not waited for long: the next may answer.
    async fn try_first(&self, address: &str) -> Result<(), sqlx::Error> {
        let tried = within_limit(self.try_once(address));
        match self.choosy {
            true => tokio::time::timeout(LOOK, tried)
                .await
                .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))),
            false => tried.await,
        }
    }

    async fn try_once(&self, address: &str) -> Result<(), sqlx::Error> {
        let mut connection = Link::connect(address).await?;
        let role = match (self.backend, self.purpose) {
            (Backend::Sqlite, Purpose::Serve) => "PRAGMA journal_mode = WAL",
            (Backend::Sqlite, Purpose::Copy) => "PRAGMA locking_mode = NORMAL",
            (Backend::Postgres, _) => "",
        };
        self.settle(&mut connection, role).await?;
        connection.close().await
    }

    /// Tells a new connection how it is used.
    async fn settle(&self, connection: &mut Link, role: &str) -> Result<(), sqlx::Error> {
        match self.backend {
            Backend::Sqlite => {
                for statement in pragmas(role, self.wait_ms) {
                    connection.execute(sqlx::AssertSqlSafe(statement)).await?;
                }
                Ok(())
            }
            Backend::Postgres if self.choosy => {
                self.limit(connection).await?;
                let standby = "SELECT 1 FROM pg_catalog.pg_settings WHERE name = 'transaction_read_only' AND setting = 'on'";
                match sqlx::raw_sql(standby).fetch_optional(connection).await? {
                    None => Ok(()),
                    Some(_) => Err(sqlx::Error::Protocol(
                        "this host takes no writes".to_owned(),
                    )),
                }
            }
            Backend::Postgres => self.limit(connection).await,
        }
    }

    async fn limit(&self, connection: &mut Link) -> Result<(), sqlx::Error> {
        // Behind a pooler it would be said to a connection that others use next.
        if !self.pooler {
            let text = limits("SET", self.wait_ms);
            connection.execute(sqlx::AssertSqlSafe(text)).await?;
        }
        Ok(())
    }
}

fn limits(set: &str, wait_ms: u64) -> String {
    format!(
        "{set} lock_timeout = {wait_ms}; {set} statement_timeout = '{STATEMENT_SECONDS}s'; \
         {set} idle_in_transaction_session_timeout = '60s'"
    )
}

fn pragmas(role: &str, wait_ms: u64) -> Vec<String> {
    vec![
        format!("PRAGMA busy_timeout = {wait_ms}"),
        "PRAGMA foreign_keys = ON".to_owned(),
        "PRAGMA synchronous = FULL".to_owned(),
        "PRAGMA temp_store = MEMORY".to_owned(),
        // What is deleted is overwritten: whoever was erased must not be found in the bytes of the file.
        "PRAGMA secure_delete = ON".to_owned(),
        // 4 MB for each of five connections: more would only repeat what the system keeps of the file anyway.
        "PRAGMA cache_size = -4000".to_owned(),
        role.to_owned(),
    ]
}

/// Makes the file and its folder, readable for this user alone: it holds what people wrote in confidence.
pub(super) fn prepare_file(path: &Path) -> Result<()> {
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
        crate::private::make_folder(folder).map_err(cannot)?;
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
