//! Which index is being served? Generations: complete, immutable, numbered folders, of which `CURRENT` names one.

use super::{Document, Snapshot};
use crate::error::{Error, Result};
use crate::model::{ArticleId, Audience, Category};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is known of a file that was indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Its size in bytes.
    pub size: u64,
    /// Its modification time in nanoseconds since 1970.
    pub modified_ns: i128,
    /// The BLAKE3 hash of its bytes, in hex.
    pub hash: String,
    /// The article that it holds; `None` for `_index.md` and for a file without a readable article.
    pub id: Option<ArticleId>,
    /// The highest audience of the article; its views reach up to here.
    pub highest_audience: Audience,
    /// Whether the last reading failed, so that an earlier version is being served (or none).
    pub broken: bool,
    /// The next instant at which the article appears or disappears by itself.
    pub next_change: Option<Timestamp>,
}

/// What a generation was made from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// Every Markdown file, by path relative to `kb/`.
    pub files: BTreeMap<String, FileRecord>,
    /// All categories.
    pub categories: Vec<Category>,
}

/// The generations of one data directory.
#[derive(Debug, Clone)]
pub struct Generations {
    root: PathBuf,
}

/// Why there is no usable current generation.
#[derive(Debug)]
pub enum LoadError {
    /// None has been built.
    Missing,
    /// It was built by another schema or another version of the program.
    Foreign,
    /// Its files are damaged; the text says how.
    Corrupt(String),
}

/// The right to write generations; at most one process has it. Given back when dropped.
#[derive(Debug)]
pub struct WriteLock {
    _file: std::fs::File,
}

/// A generation that is being written; dropped without [`Draft::publish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Draft {}

impl Generations {
    /// The generations below `data_dir`. Nothing is touched.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            root: data_dir.join("index"),
        }
    }

    /// The name of the current generation, as `CURRENT` says.
    pub fn current(&self) -> Option<String> {
        std::fs::read_to_string(self.root.join("CURRENT"))
            .ok()
            .map(|name| name.trim().to_owned())
    }

    /// Loads and verifies the current generation, if `fingerprint` is the one it was built with. Segments that `previous`
    /// holds already are not read again.
    pub fn load(
        &self,
        _fingerprint: &str,
        _previous: Option<&Snapshot>,
    ) -> Result<Snapshot, LoadError> {
        Err(LoadError::Missing)
    }

    /// Takes the right to write.
    ///
    /// # Errors
    /// `Conflict` when another process has it; the message names it.
    pub fn lock(&self) -> Result<WriteLock> {
        Err(Error::invalid("not yet"))
    }

    /// Begins a generation: empty, or (`base`) as a copy of the current one.
    pub fn begin(
        &self,
        _lock: &WriteLock,
        _fingerprint: &str,
        _base: Option<&Snapshot>,
    ) -> Result<Draft> {
        Err(Error::invalid("not yet"))
    }

    /// Removes generations that are neither current nor in use by a running process.
    pub fn prune(&self, _lock: &WriteLock) {}
}

impl Draft {
    /// Adds an article to the index of `audience`, in place of one with the same id.
    pub fn put(&mut self, _audience: Audience, _document: &Document) -> Result<()> {
        Ok(())
    }

    /// Removes an article from the index of `audience`.
    pub fn remove(&mut self, _audience: Audience, _id: &ArticleId) -> Result<()> {
        Ok(())
    }

    /// Makes it durable and current, and returns its name. A crash at any instant before leaves the former one current.
    pub fn publish(self, _contents: &Contents) -> Result<String> {
        Err(Error::invalid("not yet"))
    }
}
