//! Which vectors does an index lack, and how does it get them? What is known goes into the next generation; the rest is
//! asked for meanwhile. Words never wait for meaning: a change is published first, its vectors follow.

mod survey;
mod texts;
mod worker;

pub(super) use survey::survey;
pub(super) use worker::Worker;

use super::open::{Opened, save};
use super::report::{MeaningReport, Progress};
use super::sources::Sources;
use crate::embed::{Filled, Filler};
use crate::error::Result;
use crate::index::{Generations, Snapshot};
use std::sync::Arc;

/// The same state with every vector that is known, if it lacks any of them.
///
/// # Errors
/// `Internal` when the engine fails.
pub(super) fn with_known(
    filler: &Filler,
    generations: &Generations,
    snapshot: &Snapshot,
) -> Result<Option<Snapshot>> {
    let found = survey(filler, snapshot)?;
    if !found.has_news {
        return Ok(None);
    }
    let made_by = filler.settings().fingerprint();
    let next = generations.with_vectors(snapshot, &made_by, &found.views)?;
    Ok(Some(next))
}

/// Has all texts of an index embedded that are not yet, and makes the generation with their vectors the current one. What
/// fails is in the report: the index stays as good as it was.
///
/// # Errors
/// `Internal` when the engine fails; as [`super::reindex`] when the index cannot be written.
pub fn embed(
    sources: &Sources,
    generations: &Generations,
    mut opened: Opened,
    progress: &mut dyn FnMut(Progress),
) -> Result<Opened> {
    let Some(filler) = sources.filler() else {
        return Ok(opened);
    };
    let mut report = MeaningReport::default();
    let mut first = None;
    let last = loop {
        let found = survey(filler, &opened.snapshot)?;
        let total = *first.get_or_insert_with(|| {
            filler.figures().cached(found.known);
            report.cached = found.known;
            found.lacking
        });
        if found.missing.is_empty() || report.failure.is_some() {
            break found;
        }
        let done = report.embedded + report.refused;
        let mut show = |more| {
            progress(Progress::Embedding {
                done: done + more,
                total: total.max(done + more),
            })
        };
        show(0);
        report.add(filler.fill(&found.missing, &mut show, &|| false));
    };
    report.lacking = last.lacking;
    if last.has_news {
        let made_by = filler.settings().fingerprint();
        let next = generations.with_vectors(&opened.snapshot, &made_by, &last.views)?;
        let saved = save(generations, &next);
        opened.saved &= saved.is_ok();
        opened.snapshot = Arc::new(next);
        saved?;
    }
    filler.rest();
    opened.report.meaning = Some(report);
    Ok(opened)
}

impl MeaningReport {
    fn add(&mut self, filled: Filled) {
        self.embedded += filled.embedded;
        self.refused += filled.refused;
        self.failure = filled.failure;
        if filled.unsaved.is_some() {
            self.unsaved = filled.unsaved;
        }
    }
}
