//! What did an article say before its file broke? The last good version is in the index.

use super::sources::Sources;
use crate::error::Result;
use crate::index::Snapshot;
use crate::model::{Article, Audience, Audiences};

/// The article that was last read from the file at `path`, if it is still in the index.
///
/// An index that knew other audiences gives it only if all that the article names are still there.
pub(super) fn last_good(
    snapshot: Option<&Snapshot>,
    path: &str,
    sources: &Sources,
) -> Result<Option<Article>> {
    let Some(snapshot) = snapshot else {
        return Ok(None);
    };
    let Some(head) = snapshot.whole().head_at(path) else {
        return Ok(None);
    };
    let article = snapshot.whole().article(&head.id)?;
    let names = &snapshot.contents().audiences;
    Ok(article.and_then(|article| translate(article, names, &sources.schema().audiences)))
}

fn translate(mut article: Article, names: &[String], audiences: &Audiences) -> Option<Article> {
    let now = |audience: Audience| audiences.get(names.get(audience.rank())?);
    article.audience = now(article.audience)?;
    for part in &mut article.parts {
        part.audience = now(part.audience)?;
    }
    Some(article)
}
