//! Which questions of the open forum are found beside the articles? Those that somebody else keeps and lists here.
//!
//! A question is listed and read like a file, under a path that no file can have, so that one plan, one build and one index serve
//! both. This room does not know where questions are kept.

use super::read::Read;
use super::scan::Seen;
use crate::content::Claims;
use crate::error::{Code, Error, Result};
use crate::model::{Article, ArticleId};
use std::fmt::Debug;

/// A published question, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedQuestion {
    /// The id under which it is found.
    pub id: ArticleId,
    /// Another number whenever what is found of it changes.
    pub version: u64,
}

/// Who keeps the questions. Called from the thread that makes indexes; may block.
pub trait Questions: Debug + Send + Sync {
    /// All that are published.
    ///
    /// # Errors
    /// When they cannot be listed now. Those that are indexed stay then.
    fn list(&self) -> Result<Vec<ListedQuestion>>;

    /// One of them, as an article: its title, other wordings, and the answers as Markdown. Its `id` and `path` are those listed.
    /// `None` when it was taken back meanwhile.
    ///
    /// # Errors
    /// When it cannot be read now. What was indexed of it stays then.
    fn read(&self, id: &ArticleId) -> Result<Option<Article>>;
}

/// The id of the question that is listed under this path. Files end in `.md`, questions never do.
pub(super) fn question_at(path: &str) -> Option<ArticleId> {
    let id = ArticleId::parse(path).ok()?;
    (id.question().is_some() && !path.ends_with(".md")).then_some(id)
}

/// The questions as if they were files. `None` when they cannot be listed.
pub(super) fn look(questions: &dyn Questions) -> Option<Vec<Seen>> {
    let listed = questions.list();
    let listed = listed.inspect_err(|why| {
        tracing::warn!(error = %why, "questions cannot be listed; those that are indexed stay");
    });
    Some(listed.ok()?.iter().map(seen).collect())
}

fn seen(listed: &ListedQuestion) -> Seen {
    Seen {
        path: listed.id.to_string(),
        size: 0,
        modified_ns: 0,
        mark: listed.version,
    }
}

/// Reads a question that was listed. One that cannot be read is broken, and stays as it was.
pub(super) fn read(questions: Option<&dyn Questions>, id: &ArticleId, seen: &Seen) -> Read {
    let nobody = || Err(Error::new(Code::Unavailable, "nobody here keeps questions"));
    let found = questions.map_or_else(nobody, |questions| questions.read(id));
    let found = found.inspect_err(|why| {
        tracing::warn!(question = %id, error = %why, "a question cannot be read; it stays as it was");
    });
    Read {
        path: seen.path.clone(),
        size: seen.size,
        modified_ns: seen.modified_ns,
        // Another mark than any that is listed: what failed is tried again with the next listing.
        mark: if found.is_ok() { seen.mark } else { !seen.mark },
        hash: blake3::hash(&seen.mark.to_le_bytes()).to_hex().to_string(),
        understood: found.is_ok(),
        article: found.ok().flatten(),
        claims: Claims::default(),
        problems: Vec::new(),
    }
}
