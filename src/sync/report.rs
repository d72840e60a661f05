//! What was done? Progress while it runs, and a report when it is over.

use crate::model::Problem;
use std::time::Duration;

/// How far a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The folder is being listed.
    Listing,
    /// This many of the files that have to be read have been read and indexed.
    Reading {
        /// So many are done.
        done: usize,
        /// Of so many.
        total: usize,
    },
    /// All is read; the index is being completed and written.
    Writing,
    /// This many of the texts that had no vector have one.
    Embedding {
        /// So many are done.
        done: usize,
        /// Of so many.
        total: usize,
    },
}

/// What was done so that the index can be searched by meaning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeaningReport {
    /// How many texts were embedded now.
    pub embedded: usize,
    /// How many had been before.
    pub cached: usize,
    /// How many the service refused; they are found by their words alone.
    pub refused: usize,
    /// How many have no vector yet.
    pub lacking: usize,
    /// Why not.
    pub failure: Option<String>,
    /// Why vectors could not be kept beside the index, so that they must be asked for again.
    pub unsaved: Option<String>,
}

/// What a build did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many articles anybody can read now.
    pub articles: usize,
    /// How many files are new.
    pub added: usize,
    /// How many files changed.
    pub changed: usize,
    /// How many files are where they were not, with the contents of one that is gone.
    pub moved: usize,
    /// How many files are gone.
    pub removed: usize,
    /// How many files cannot be read now, and are shown as they were before or not at all.
    pub broken: usize,
    /// How long it took.
    pub took: Duration,
    /// What is wrong with the files that were read, and which of them share an id.
    pub problems: Vec<Problem>,
    /// The paths (relative to `kb/`) of the files that were read or are gone: what was known to be wrong with them is not
    /// known any more.
    pub looked_at: Vec<String>,
    /// What was done for search by meaning; `None` where that is not set up, or was not asked for.
    pub meaning: Option<MeaningReport>,
    /// What an operator should know: why everything was rebuilt, why it could not be saved.
    pub warnings: Vec<String>,
}
