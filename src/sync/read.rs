//! What does a file hold? Its bytes' hash, its article, and what is wrong with it.

use super::folders::is_index;
use super::questions::{self, question_at};
use super::scan::Seen;
use super::sources::Sources;
use crate::content::{Claims, read_article_alone};
use crate::model::{Article, Problem};
use std::path::Path;

/// A file, read.
#[derive(Debug)]
pub(super) struct Read {
    /// Relative to `kb/`.
    pub(super) path: String,
    /// As it was listed: when the file changed since, the next listing shows it.
    pub(super) size: u64,
    /// As it was listed.
    pub(super) modified_ns: i128,
    /// As it was listed.
    pub(super) mark: u64,
    /// Of its bytes.
    pub(super) hash: String,
    /// `None` for `_index.md` and for a file that cannot be understood.
    pub(super) article: Option<Article>,
    /// Whether its front matter could be parsed: then what it said before counts no more.
    pub(super) understood: bool,
    /// What single lines of it say about who sees it, when it could not be parsed.
    pub(super) claims: Claims,
    /// What is wrong with it; for `_index.md` that is said by who reads categories.
    pub(super) problems: Vec<Problem>,
}

/// Reads a file that was listed.
pub(super) fn read(sources: &Sources, seen: &Seen) -> Read {
    if let Some(id) = question_at(&seen.path) {
        return questions::read(sources.questions().map(AsRef::as_ref), &id, seen);
    }
    let limit = sources.schema().limits.article_bytes;
    let hash = hash_of(&sources.root().join(&seen.path), limit);
    let loaded = if is_index(&seen.path) {
        Default::default()
    } else {
        read_article_alone(sources.root(), &seen.path, sources.schema())
    };
    Read {
        path: seen.path.clone(),
        size: seen.size,
        modified_ns: seen.modified_ns,
        mark: seen.mark,
        hash,
        article: loaded.article,
        understood: loaded.understood,
        claims: loaded.claims,
        problems: loaded.problems,
    }
}

/// The BLAKE3 hash of a file in hex; empty for one that cannot be read or is larger than `limit` bytes and never will be.
pub(super) fn hash_of(path: &Path, limit: u64) -> String {
    let small = std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() <= limit);
    let bytes = small.then(|| std::fs::read(path).ok()).flatten();
    bytes.map_or_else(String::new, |bytes| {
        blake3::hash(&bytes).to_hex().to_string()
    })
}
