//! How does `kb/` get into the index, and stay there? By full builds, by changes, and by watching.
//!
//! What is listed is compared with what was indexed; what differs is read and put into a copy of the last generation in
//! memory; that is written beside the last one and made current in one step. A file that cannot be read any more keeps its
//! last good version. This room knows no queries and no pages.

mod build;
mod document;
mod ears;
mod extent;
mod folders;
mod follow;
mod meaning;
mod open;
mod owners;
mod parallel;
mod plan;
mod questions;
mod read;
mod report;
mod saved;
mod scan;
mod settings;
mod sources;
mod status;
mod survey;
mod watch;

pub use extent::{Extent, extent};
pub use follow::Follower;
pub use meaning::embed;
pub use open::{Opened, open_or_build, reindex};
pub use questions::{ListedQuestion, Questions};
pub use report::{MeaningReport, Progress, Report};
pub use sources::Sources;
pub use status::{SyncStatus, Update};
pub use watch::{Rhythm, Watcher};
