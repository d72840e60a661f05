//! How does an index come to be served? The current generation, brought up to date; or everything anew when there is none
//! that can be used.

use super::build::{Built, Start, build};
use super::meaning::{embed, with_known};
use super::report::{Progress, Report};
use super::sources::Sources;
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::index::{Generations, LoadError, Snapshot};
use std::sync::Arc;
use std::time::Instant;

/// An index that is up to date.
#[derive(Debug)]
pub struct Opened {
    /// What can be served.
    pub snapshot: Arc<Snapshot>,
    /// Whether it is on the disk; if not, a warning in the report says why.
    pub saved: bool,
    /// What was done for it.
    pub report: Report,
}

/// Builds everything anew and makes it the current generation. Articles whose files cannot be read stay as they were.
///
/// # Errors
/// `NotFound` without a folder of articles, `Conflict` when another process is writing, `Forbidden` or `Unavailable` when
/// the disk cannot be written. In each case the former generation stays current.
pub fn reindex(
    sources: &Sources,
    generations: &Generations,
    clock: &Clock,
    progress: &mut dyn FnMut(Progress),
) -> Result<Opened> {
    let lock = generations.lock()?;
    let before = generations.load_foreign().ok();
    let mut built = build_anew(sources, generations, clock, before.as_ref(), progress)?;
    // Whoever takes this over while the rest is asked for can search by meaning as before.
    if let Some(filler) = sources.filler()
        && let Some(known) = with_known(filler, generations, &built.snapshot)?
    {
        built.snapshot = known;
    }
    generations.save(&lock, &built.snapshot)?;
    generations.prune(&lock);
    drop(lock);
    let opened = Opened {
        snapshot: Arc::new(built.snapshot),
        saved: true,
        report: built.report,
    };
    embed(sources, generations, opened, progress)
}

/// Loads the current generation and brings it up to date; builds it if there is none or it cannot be used. When the disk
/// cannot be written, what was built is served from memory, with a warning.
///
/// # Errors
/// `NotFound` without a folder of articles; `Internal` when the engine fails.
pub fn open_or_build(
    sources: &Sources,
    generations: &Generations,
    clock: &Clock,
    progress: &mut dyn FnMut(Progress),
) -> Result<Opened> {
    let began = Instant::now();
    let mut opened = match generations.load(sources.fingerprint(), None) {
        Ok(snapshot) => bring_up(sources, generations, clock, Arc::new(snapshot), progress)?,
        Err(why) => {
            let before = generations.load_foreign().ok();
            let built = build_anew(sources, generations, clock, before.as_ref(), progress)?;
            let mut opened = keep(generations, built);
            opened.report.warnings.extend(reason(&why));
            opened
        }
    };
    opened.report.took = began.elapsed();
    Ok(opened)
}

/// Brings a generation up to date. What was built is in [`Opened`] even when it could not be written.
pub(super) fn bring_up(
    sources: &Sources,
    generations: &Generations,
    clock: &Clock,
    snapshot: Arc<Snapshot>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Opened> {
    let start = Start {
        sources,
        generations,
        now: clock.now(),
        base: Some(&snapshot),
        last_good: Some(&snapshot),
    };
    if let Some(built) = build(start, progress)? {
        return Ok(keep(generations, built));
    }
    let report = Report {
        articles: snapshot.whole().len(),
        broken: snapshot
            .contents()
            .files
            .values()
            .filter(|f| f.broken)
            .count(),
        ..Report::default()
    };
    Ok(Opened {
        snapshot,
        saved: true,
        report,
    })
}

/// Builds everything anew, in memory.
pub(super) fn build_anew(
    sources: &Sources,
    generations: &Generations,
    clock: &Clock,
    last_good: Option<&Snapshot>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Built> {
    let start = Start {
        sources,
        generations,
        now: clock.now(),
        base: None,
        last_good,
    };
    let nothing = || Error::internal("the index was not built", anyhow::anyhow!("nothing built"));
    build(start, progress)?.ok_or_else(nothing)
}

/// Writes what was built; a failure becomes a warning.
pub(super) fn keep(generations: &Generations, built: Built) -> Opened {
    let mut report = built.report;
    let saved = save(generations, &built.snapshot);
    if let Err(why) = &saved {
        report.warnings.push(unsaved(why));
    }
    Opened {
        snapshot: Arc::new(built.snapshot),
        saved: saved.is_ok(),
        report,
    }
}

/// Writes a generation and removes older ones.
pub(super) fn save(generations: &Generations, snapshot: &Snapshot) -> Result<()> {
    let lock = generations.lock()?;
    generations.save(&lock, snapshot)?;
    generations.prune(&lock);
    Ok(())
}

pub(super) fn unsaved(why: &Error) -> String {
    let rest = match why.code() {
        Code::Conflict => "this index is in memory only, until that is over",
        _ => "this index is in memory only, and will be built again at the next start",
    };
    format!("{why}; {rest}")
}

fn reason(why: &LoadError) -> Option<String> {
    match why {
        LoadError::Missing => None,
        LoadError::Foreign => Some(
            "the index was built by another schema or another version of kb: it was rebuilt"
                .to_owned(),
        ),
        LoadError::Corrupt(what) => Some(format!("the index was damaged ({what}): it was rebuilt")),
    }
}
