//! What of an article is indexed for one audience? What it may see of it, as plain text, with what it links to.

use super::folders::Folders;
use crate::content::{Destination, digest, resolve_link};
use crate::error::Result;
use crate::index::{Document, Draft};
use crate::model::{Article, Audience, Kind};

/// Puts an article into the index of every audience that may read it, and takes it out of the others.
pub(super) fn put(draft: &Draft, article: &Article, folders: &Folders) -> Result<()> {
    let mut made: Option<Document> = None;
    for audience in draft.audiences() {
        let Some(document) = document(article, audience, folders, made.take()) else {
            draft.remove(audience, &article.id)?;
            continue;
        };
        draft.put(audience, &document)?;
        made = Some(document);
    }
    Ok(())
}

/// Takes an article out of all indexes.
pub(super) fn remove(draft: &Draft, id: &crate::model::ArticleId) -> Result<()> {
    draft
        .audiences()
        .try_for_each(|audience| draft.remove(audience, id))
}

/// The article as `audience` may read it; `below` is the same for an audience that may see less, often exactly as much.
fn document(
    article: &Article,
    audience: Audience,
    folders: &Folders,
    below: Option<Document>,
) -> Option<Document> {
    let article = article.seen_by(audience)?;
    if let Some(same) = below.filter(|below| below.article.parts.len() == article.parts.len()) {
        return Some(same);
    }
    let digest = digest(&article.markdown());
    // What a visitor wrote cannot make a file beside the articles public.
    let targets = match article.id.kind() {
        Kind::Article => digest.targets,
        Kind::Question => Vec::new(),
    };
    let mut files: Vec<String> = targets
        .iter()
        .filter_map(|target| file(&article.path, target))
        .collect();
    files.sort_unstable();
    files.dedup();
    Some(Document {
        answer: article.answer.clone().unwrap_or(digest.first_paragraph),
        category_titles: folders.titles(&article.category),
        passages: digest.passages,
        files,
        article,
    })
}

/// The file that a target in the article at `path` leads to, if it is one and no article.
fn file(path: &str, target: &str) -> Option<String> {
    match resolve_link(path, target) {
        Destination::File { path, .. } if !path.ends_with(".md") => Some(path),
        _ => None,
    }
}
