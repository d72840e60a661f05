//! How does it stand? What is served, and what keeps it from being what the folder says.

use super::sources::Sources;
use crate::index::Snapshot;
use crate::model::Problem;
use std::sync::Arc;

/// What is to be served from now on.
#[derive(Debug, Clone)]
pub struct Update {
    /// The index.
    pub snapshot: Arc<Snapshot>,
    /// What it was made from, and how it is searched: schema and analyzer.
    pub sources: Sources,
    /// How it stands.
    pub status: SyncStatus,
}

/// How the index stands to its sources.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SyncStatus {
    /// What is wrong with the files, in the order of their paths; broken ones are served as they were before.
    pub problems: Vec<Problem>,
    /// Why the index does not follow its sources at the moment: the folder is gone, `schema.toml` is wrong, …
    pub error: Option<String>,
    /// What an operator should know, though everything is served as it should be: the disk is full, events are missed, …
    pub warnings: Vec<String>,
}
