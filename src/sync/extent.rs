//! How much is there to be indexed? Said before it is begun, to compare it with what the machine has.

use super::scan::scan;
use crate::error::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Markdown files.
    pub files: u64,
    /// Their sizes together, in bytes.
    pub bytes: u64,
}

/// Lists the files below `root`, a folder of articles; none is opened.
///
/// # Errors
/// `NotFound` without a folder of articles.
pub fn extent(root: &Path) -> Result<Extent> {
    let files = scan(root, &BTreeMap::new())?.files;
    Ok(Extent {
        files: u64::try_from(files.len()).unwrap_or(u64::MAX),
        bytes: files.iter().map(|file| file.size).sum(),
    })
}
