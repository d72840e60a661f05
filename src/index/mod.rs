//! What can be found? One generation on disk holds, for each audience, an index of exactly what that audience may read.
//!
//! The only rooms that know tantivy. An audience's index never contains a word that the audience may not see, so scores,
//! counts, facets and suggestions cannot betray any.

mod document;
mod generation;
mod schema;
mod snapshot;

pub use document::{Document, Head};
pub use generation::{Contents, Draft, FileRecord, Generations, LoadError, WriteLock};
pub use schema::Zone;
pub use snapshot::{Snapshot, View};
