//! What may somebody want to read next? What is related to what he read lately, and what is about the products that he has; each with
//! the reason that is told him.

use super::engine::Engine;
use crate::error::Result;
use crate::index::Head;
use crate::model::{ArticleId, Audience};
use std::collections::HashSet;

/// How many of the pages that were read last are looked at.
const LATEST: usize = 5;
/// How many relatives of each are looked at.
const RELATIVES: usize = 4;

/// Why something is recommended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because<'a> {
    /// It is related to what was read.
    Read(&'a Head),
    /// It is about a product that he has.
    Product(&'a str),
}

/// Articles for somebody who read `read` lately, the latest first, and has `products`: none of what he read, nothing that `viewer`
/// may not read, at most `limit`.
///
/// # Errors
/// When the index cannot be read.
pub fn recommend<'a>(
    engine: &'a Engine,
    viewer: Audience,
    read: &[ArticleId],
    products: &'a [String],
    limit: usize,
) -> Result<Vec<(&'a Head, Because<'a>)>> {
    let view = engine.view(viewer);
    let mut named: HashSet<&ArticleId> = read.iter().collect();
    let mut lists: Vec<Vec<(&Head, Because<'_>)>> = Vec::new();
    for head in read.iter().take(LATEST).filter_map(|id| view.head(id)) {
        let related = engine.related(viewer, &head.id, RELATIVES)?;
        let because = Because::Read(head);
        lists.push(related.into_iter().map(|other| (other, because)).collect());
    }
    for product in products {
        let about = |head: &&Head| head.products.contains(product);
        let mut heads: Vec<&Head> = view.heads().filter(about).collect();
        heads.sort_by(|a, b| b.updated.cmp(&a.updated).then_with(|| a.id.cmp(&b.id)));
        let because = Because::Product(product);
        lists.push(heads.into_iter().map(|head| (head, because)).collect());
    }
    // One of each list in turn, so that no reason takes all places.
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    let in_turn = (0..longest).flat_map(|i| lists.iter().filter_map(move |list| list.get(i)));
    let mut out = Vec::new();
    for (head, because) in in_turn {
        if out.len() < limit && named.insert(&head.id) {
            out.push((*head, *because));
        }
    }
    Ok(out)
}
