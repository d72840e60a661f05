//! What can be found? One generation on disk holds, for each audience, an index of exactly what that audience may read.
//!
//! The only rooms that know tantivy. An audience's index never contains a word that the audience may not see, so scores,
//! counts, facets and suggestions cannot betray any.

mod categories;
mod checksums;
mod disk;
mod document;
mod draft;
mod generation;
mod heads;
mod lock;
mod manifest;
mod memory;
mod merge;
mod postings;
mod record;
mod schema;
mod signature;
mod snapshot;
mod term_lists;
mod vectors;
mod view;

pub use document::{Document, Head};
pub use draft::Draft;
pub use generation::{Contents, FileRecord, Generations, LoadError};
pub use lock::WriteLock;
pub use postings::Posting;
pub use schema::Zone;
pub use signature::Signature;
pub use snapshot::Snapshot;
pub use term_lists::TermLists;
pub use vectors::{ArticleVectors, MAX_VECTORS, Nearness, Place, Vectors};
pub use view::View;

/// What of the program shapes an index, for [`crate::config::Schema::fingerprint`]: an index of other versions is rebuilt.
pub fn versions() -> String {
    let (records, terms) = (manifest::FORMAT, schema::TERMS_VERSION);
    format!(
        "records {records}, terms {terms}, {}",
        tantivy::version_string()
    )
}
