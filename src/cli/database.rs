//! How does a command reach the database? By the settings, on a runtime of its own.

use super::Outcome;
use super::args::{Backup, Global, Migrate, Restore};
use super::setup::Found;
use super::terminal::Terminal;
use crate::cases::Cases;
use crate::clock::Clock;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::store::{self, Deed, LATEST, Location, Store};
use std::fmt;
use std::future::Future;
use std::io::Write;
use std::sync::Arc;

/// Where the settings say that the database is.
///
/// # Errors
/// When `database.url` is no address.
pub(super) fn location(settings: &Settings) -> Result<Location> {
    match &settings.database.url {
        Some(url) => Ok(Location::parse(url.reveal())?.behind_pooler(settings.database.pooler)),
        None => Ok(Location::within(&settings.data_dir)),
    }
}

/// Waits for `work` on a runtime that lives as long as the command.
///
/// # Errors
/// What `work` ends with, and when the machine gives no threads.
pub(super) fn wait_for<T, E: Into<anyhow::Error>>(
    work: impl Future<Output = Result<T, E>>,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::internal("no thread could be started", e))?;
    runtime.block_on(work).map_err(Into::into)
}

/// `kb backup`
pub(super) fn back_up(
    args: &Backup,
    global: &Global,
    terminal: &Terminal,
) -> anyhow::Result<Outcome> {
    let location = location(&Found::read(global, None).accepted(terminal)?.settings)?;
    present(&location)?;
    let report = wait_for(async {
        let store = Store::open(&location).await.map_err(Error::from)?;
        let report = store.back_up(&args.file, Clock::System.now()).await;
        if let Ok(report) = &report {
            let file = args.file.display().to_string();
            note(&store, "store.backed_up", &file, report.rows).await;
        }
        store.close().await;
        report.map_err(Error::from)
    })?;
    if !terminal.quiet {
        let (rows, bytes, file) = (report.rows, Size(report.bytes), args.file.display());
        writeln!(
            terminal.out(),
            "backed up {location}: {rows} rows, {bytes}, to {file}"
        )?;
    }
    Ok(Outcome::Fine)
}

/// Notes in the audit log what was done to the whole of it. Where the log cannot be written, what was done stays done.
async fn note(store: &Store, action: &str, file: &str, rows: u64) {
    let deed = Deed {
        at: Clock::System.now(),
        actor: "terminal".to_owned(),
        action: action.to_owned(),
        subject: file.to_owned(),
        details: format!("rows: {rows}"),
    };
    let noted = async {
        let mut tx = store.begin().await?;
        tx.note_deed(&deed).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "the audit log could not be written");
    }
}

/// `kb restore`
pub(super) fn restore(
    args: &Restore,
    global: &Global,
    terminal: &Terminal,
) -> anyhow::Result<Outcome> {
    let settings = Found::read(global, None).accepted(terminal)?.settings;
    let location = location(&settings)?;
    let now = Clock::System.now();
    let mut again = 0;
    let report = wait_for(async {
        let report = Store::restore(&location, &args.file, args.force, now).await;
        let report = report.map_err(Error::from)?;
        // Whoever was erased since the backup was made must not come back with it.
        let store = Store::open(&location).await.map_err(Error::from)?;
        let cases = Cases::open(store, Arc::new(settings), Clock::System).await?;
        again = cases.erase_again().await?;
        let file = args.file.display().to_string();
        note(cases.store(), "store.restored", &file, report.rows).await;
        cases.store().close().await;
        Ok::<_, Error>(report)
    })?;
    if !terminal.quiet {
        let (rows, made_at) = (report.rows, report.made_at);
        writeln!(
            terminal.out(),
            "restored {location}: {rows} rows, as of {made_at}"
        )?;
        if again > 0 {
            writeln!(
                terminal.out(),
                "{again} who were erased since then were erased again"
            )?;
        }
        if let Some(kept) = report.kept {
            writeln!(
                terminal.out(),
                "what was there before is now {}",
                kept.display()
            )?;
        }
    }
    Ok(Outcome::Fine)
}

/// `kb migrate`
pub(super) fn migrate(
    args: &Migrate,
    global: &Global,
    terminal: &Terminal,
) -> anyhow::Result<Outcome> {
    let location = location(&Found::read(global, None).accepted(terminal)?.settings)?;
    let steps = wait_for(async { Store::pending(&location).await.map_err(Error::from) })?;
    if steps.from == LATEST {
        say(
            terminal,
            format!("the tables of {location} are up to date: version {LATEST}"),
        )?;
        return Ok(Outcome::Fine);
    }
    let range = format!("from version {} to {LATEST}", steps.from);
    if args.check {
        say(
            terminal,
            format!("the tables of {location} are to be changed {range}"),
        )?;
        return Ok(Outcome::Negative);
    }
    wait_for(async {
        let store = Store::open(&location).await.map_err(Error::from)?;
        store.close().await;
        Ok::<_, Error>(())
    })?;
    say(
        terminal,
        format!("changed the tables of {location} {range}"),
    )?;
    Ok(Outcome::Fine)
}

/// A number of bytes as people say it.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes @ 0..=9_999 => write!(f, "{bytes} bytes"),
            bytes @ 10_000..=9_999_999 => write!(f, "{} kB", bytes / 1_000),
            bytes => write!(f, "{} MB", bytes / 1_000_000),
        }
    }
}

fn say(terminal: &Terminal, text: String) -> anyhow::Result<()> {
    if !terminal.quiet {
        writeln!(terminal.out(), "{text}")?;
    }
    Ok(())
}

/// A backup of a file that nobody made yet is almost always a slip in a path.
fn present(location: &Location) -> Result<()> {
    match location {
        Location::Sqlite(path) if !path.exists() => Err(store::Error::absent(location).into()),
        _ => Ok(()),
    }
}
