//! How is all of it copied, and put back? A backup is one file of SQLite with every row, whichever database it came from and goes
//! to, with the number of rows and a digest of them.

use super::copy::{clear_all, copy_all, digest};
use super::error::{Error, Fault, Result};
use super::location::Location;
use super::migrate::{self, LATEST};
use super::open::{Backend, Patience, Purpose, Store};
use super::sql::{Columns, Sql, ms};
use super::tombstones::Tombstone;
use jiff::Timestamp;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// How many rows.
    pub rows: u64,
    /// How large the file is, in bytes.
    pub bytes: u64,
}

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// How many rows.
    pub rows: u64,
    /// When the backup was made.
    pub made_at: Timestamp,
    /// Where what was there before is kept, for a file that was replaced.
    pub kept: Option<PathBuf>,
}

const NOTE: &str = "CREATE TABLE backup (made_at BIGINT NOT NULL, program TEXT NOT NULL, row_count BIGINT NOT NULL, digest TEXT NOT NULL)";

impl Store {
    /// Writes a backup to `path` while others go on reading and writing: all of it as it is at one instant. An earlier file there
    /// is replaced when the new one is whole, not before.
    ///
    /// # Errors
    /// [`Fault::Full`] and the like; the earlier file is still there then.
    pub async fn back_up(&self, path: &Path, now: Timestamp) -> Result<BackupReport> {
        let part = beside(path, "part");
        let written = self.write_backup(&part, now).await;
        if written.is_err() {
            remove_with_logs(&part);
        }
        let rows = written?;
        let cannot = |e| io_error("the backup", path, e);
        File::open(&part)
            .and_then(|file| file.sync_all())
            .map_err(cannot)?;
        std::fs::rename(&part, path).map_err(cannot)?;
        sync_folder(path).map_err(cannot)?;
        let bytes = std::fs::metadata(path).map_err(cannot)?.len();
        Ok(BackupReport { rows, bytes })
    }

    async fn write_backup(&self, part: &Path, now: Timestamp) -> Result<u64> {
        remove_with_logs(part);
        let location = Location::Sqlite(part.to_owned());
        match self.inner.backend {
            Backend::Sqlite => {
                let source =
                    Self::connect_for(&self.inner.location, Patience::default(), Purpose::Copy)
                        .await?;
                let text = part.to_str().ok_or_else(|| {
                    Error::new(Fault::Unavailable, "the path of the backup is not UTF-8")
                })?;
                super::reach::private_file(part).map_err(|e| io_error("the backup", part, e))?;
                source
                    .read()
                    .await?
                    .run_long(Sql::new("VACUUM INTO $1").bind(text))
                    .await?;
                source.close().await;
            }
            Backend::Postgres => {
                let target =
                    Self::connect_for(&location, Patience::default(), Purpose::Copy).await?;
                migrate::up(&target, now).await?;
                let mut from = self.begin_snapshot().await?;
                let mut to = target.begin().await?;
                clear_all(&mut to).await?;
                copy_all(&mut from, &mut to).await?;
                to.commit().await?;
                from.roll_back().await?;
                target.close().await;
            }
        }
        let copy = Self::connect_for(&location, Patience::default(), Purpose::Copy).await?;
        let (rows, digest) = digest(&mut copy.read().await?).await?;
        let mut tx = copy.begin().await?;
        tx.script(NOTE.to_owned()).await?;
        let note = Sql::new(
            "INSERT INTO backup (made_at, program, row_count, digest) VALUES ($1, $2, $3, $4)",
        )
        .bind(ms(now))
        .bind(env!("CARGO_PKG_VERSION"))
        .bind(i64::try_from(rows).unwrap_or(i64::MAX))
        .bind(digest);
        tx.run(note).await?;
        tx.commit().await?;
        copy.close().await;
        Ok(rows)
    }

    /// Puts a backup in the place of what `location` holds. The backup is read to its last byte first; nothing is changed when it
    /// is damaged or of a newer program. No server may be running on the database.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] or [`Fault::Unknown`] for a backup that cannot be used, [`Fault::Constraint`] when the database holds
    /// something and `force` is not given, [`Fault::Locked`] when somebody uses it.
    pub async fn restore(
        location: &Location,
        backup: &Path,
        force: bool,
        now: Timestamp,
    ) -> Result<RestoreReport> {
        let work = match location {
            Location::Sqlite(path) => beside(path, "restore"),
            Location::Postgres(_) => beside(backup, "restore"),
        };
        remove_with_logs(&work);
        let restored = restore_by(&work, location, backup, force, now).await;
        remove_with_logs(&work);
        restored
    }
}

/// Works on a copy at `work`, which is brought up to date there.
async fn restore_by(
    work: &Path,
    location: &Location,
    backup: &Path,
    force: bool,
    now: Timestamp,
) -> Result<RestoreReport> {
    if let Some(folder) = work
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|e| io_error("the database", work, e))?;
    }
    std::fs::copy(backup, work).map_err(|e| io_error("the backup", backup, e))?;
    let copy = Store::connect_for(
        &Location::Sqlite(work.to_owned()),
        Patience::default(),
        Purpose::Copy,
    )
    .await;
    let copy = copy.map_err(|e| unusable(backup, e))?;
    let (rows, made_at) = check(&copy, backup).await?;
    migrate::up(&copy, now).await?;
    let (secret, stones) = erased_before(location).await;
    let mut tx = copy.begin().await?;
    tx.script("DROP TABLE backup".to_owned()).await?;
    tx.heard_of_erased(secret.as_deref(), &stones, now).await?;
    tx.commit().await?;
    let kept = match location {
        Location::Sqlite(path) => {
            copy.close().await;
            File::open(work)
                .and_then(|file| file.sync_all())
                .map_err(|e| io_error("the database", work, e))?;
            replace_file(path, work, force, now).await?
        }
        Location::Postgres(_) => {
            refill(location, &copy, force, now).await?;
            copy.close().await;
            None
        }
    };
    Ok(RestoreReport {
        rows,
        made_at,
        kept,
    })
}

/// Who was erased from what is about to be replaced, and the secret under which that is written. What cannot be read says nothing:
/// it may be damaged, which is why a backup is restored.
async fn erased_before(location: &Location) -> (Option<String>, Vec<Tombstone>) {
    if matches!(location, Location::Sqlite(path) if !path.exists()) {
        return (None, Vec::new());
    }
    let Ok(old) = Store::connect_for(location, Patience::default(), Purpose::Copy).await else {
        return (None, Vec::new());
    };
    let read = async {
        let mut read = old.read().await?;
        let secret = read.erasing_secret().await?;
        Ok::<_, Error>((secret, read.tombstones(false).await?))
    };
    let read = read.await.unwrap_or_default();
    old.close().await;
    read
}

/// Whether the backup is whole, and known to this program.
async fn check(copy: &Store, backup: &Path) -> Result<(u64, Timestamp)> {
    copy.verify().await.map_err(|e| unusable(backup, e))?;
    let is_backup =
        Sql::new("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'backup'");
    if copy
        .read()
        .await?
        .one(is_backup)
        .await
        .map_err(|e| unusable(backup, e))?
        .is_none()
    {
        let message = format!("{} is no backup of kb", backup.display());
        return Err(Error::new(Fault::Corrupt, message).help("name a file that `kb backup` wrote"));
    }
    let version = migrate::recorded(&mut copy.read().await?).await?;
    let note = Sql::new("SELECT made_at, row_count, digest FROM backup");
    let note = copy
        .read()
        .await?
        .one(note)
        .await?
        .ok_or_else(|| Error::row("no note in a backup"))?;
    // A digest is over the tables of its version; an older program's tables are those of its version only.
    if version == LATEST {
        let (rows, digest) = digest(&mut copy.read().await?)
            .await
            .map_err(|e| unusable(backup, e))?;
        if i64::try_from(rows).ok() != Some(note.int("row_count")?)
            || digest != note.text("digest")?
        {
            let message = format!(
                "the backup {} is damaged: its checksum is another one",
                backup.display()
            );
            return Err(Error::new(Fault::Corrupt, message).help("use another backup"));
        }
    }
    Ok((
        u64::try_from(note.int("row_count")?).unwrap_or_default(),
        note.time("made_at")?,
    ))
}

fn unusable(backup: &Path, cause: Error) -> Error {
    let message = format!("the backup {} cannot be read", backup.display());
    Error::new(cause.fault(), message)
        .help("use another backup")
        .because(cause)
}

/// Puts the file `work` in the place of the database, which is kept under another name when it holds something.
async fn replace_file(
    path: &Path,
    work: &Path,
    force: bool,
    now: Timestamp,
) -> Result<Option<PathBuf>> {
    let cannot = |e| io_error("the database", path, e);
    let mut kept = None;
    if path.exists() {
        match let_go(path).await {
            Ok(rows) if rows > 0 && !force => {
                return Err(occupied(&Location::Sqlite(path.to_owned())));
            }
            Ok(_) => {}
            Err(e) if e.fault() == Fault::Locked => {
                let message = format!("the database {} is in use", path.display());
                return Err(Error::new(Fault::Locked, message)
                    .help("stop kb first, then restore")
                    .because(e));
            }
            Err(_) if !force => return Err(occupied(&Location::Sqlite(path.to_owned()))),
            // It is damaged: that is why it is replaced.
            Err(_) => {}
        }
        let aside = beside(path, &format!("before-restore-{}", now.as_second()));
        for log in ["-wal", "-shm", "-journal"] {
            rename_if_there(&with_end(path, log), &with_end(&aside, log)).map_err(cannot)?;
        }
        std::fs::rename(path, &aside).map_err(cannot)?;
        kept = Some(aside);
    }
    std::fs::rename(work, path).map_err(cannot)?;
    sync_folder(path).map_err(cannot)?;
    Ok(kept)
}

/// Brings a file's log into it. Fails with [`Fault::Locked`] while anybody else has it open. Returns how much it holds.
async fn let_go(path: &Path) -> Result<u64> {
    let location = Location::Sqlite(path.to_owned());
    let old = Store::connect_for(&location, Patience { wait_ms: 200 }, Purpose::Copy).await?;
    let version = migrate::recorded(&mut old.read().await?).await?;
    let rows = if version == 0 {
        0
    } else {
        holdings(&old).await?
    };
    // Leaving WAL needs the file for oneself alone.
    old.read()
        .await?
        .one(Sql::new("PRAGMA journal_mode = DELETE"))
        .await?;
    old.close().await;
    Ok(rows)
}

async fn holdings(store: &Store) -> Result<u64> {
    let text = "SELECT (SELECT COUNT(*) FROM people) + (SELECT COUNT(*) FROM accounts) + (SELECT COUNT(*) FROM questions) \
                + (SELECT COUNT(*) FROM visits) AS n";
    let row = store.read().await?.one(Sql::new(text)).await?;
    let held = row.map(|row| row.int("n")).transpose()?.unwrap_or(0);
    Ok(u64::try_from(held).unwrap_or_default())
}

/// Fills a server's database from a copy, in one transaction.
async fn refill(location: &Location, copy: &Store, force: bool, now: Timestamp) -> Result<()> {
    let target = Store::open_with(location, Patience::default(), now).await?;
    if !force && holdings(&target).await? > 0 {
        return Err(occupied(location));
    }
    let mut to = target.begin_long().await?;
    let mut from = copy.read().await?;
    clear_all(&mut to).await?;
    copy_all(&mut from, &mut to).await?;
    to.commit().await?;
    target.close().await;
    Ok(())
}

fn occupied(location: &Location) -> Error {
    let message = format!("the database {location} is not empty");
    Error::new(Fault::Constraint, message)
        .help("replace all that it holds with --force; a backup of it first does no harm")
}

/// A file beside `path`, with an ending of its own.
fn beside(path: &Path, end: &str) -> PathBuf {
    with_end(path, &format!(".{end}"))
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn remove_with_logs(path: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        // What is not there need not be removed; what cannot be removed is said when it is written.
        let _ = std::fs::remove_file(with_end(path, end));
    }
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Makes a rename durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn io_error(what: &str, path: &Path, cause: io::Error) -> Error {
    let fault = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Fault::Full,
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Fault::ReadOnly,
        _ => Fault::Unavailable,
    };
    let help = if fault == Fault::Full {
        "free some space"
    } else {
        "check the path and its permissions"
    };
    Error::new(fault, format!("{what} {} cannot be used", path.display()))
        .help(help)
        .because(cause)
}
