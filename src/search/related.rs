//! What to read next? What the author names, then what shares the rarest words, from the same place first.

use super::engine::Engine;
use crate::error::Result;
use crate::index::Head;
use crate::model::{ArticleId, Audience};
use std::collections::HashSet;

/// How many characters of similar questions are compared beside the title.
const COMPARED_CHARS: usize = 60;
/// What standing in the same category multiplies a score by.
const SAME_CATEGORY: f32 = 1.3;
/// The most relatives that are looked at.
const MAX_ALIKE: usize = 50;
/// Below this share of the best score an article is no relative.
const SHARE_OF_BEST: f32 = 0.25;

/// Articles to read after `id`, at most `limit`, all of which `viewer` may read.
pub(super) fn related<'a>(
    engine: &'a Engine,
    viewer: Audience,
    id: &ArticleId,
    limit: usize,
) -> Result<Vec<&'a Head>> {
    let view = engine.view(viewer);
    let Some(head) = view.head(id) else {
        return Ok(Vec::new());
    };
    let mut seen: HashSet<&ArticleId> = HashSet::from([&head.id]);
    let mut out: Vec<&Head> = Vec::new();
    for named in head.related.iter().filter_map(|id| view.head(id)) {
        if seen.insert(&named.id) {
            out.push(named);
        }
    }
    if out.len() < limit {
        for like in alike(engine, viewer, head)? {
            if seen.insert(&like.id) {
                out.push(like);
            }
        }
    }
    out.truncate(limit);
    Ok(out)
}

/// Other articles that match this one's title, tags and similar questions, the best first.
fn alike<'a>(engine: &'a Engine, viewer: Audience, head: &Head) -> Result<Vec<&'a Head>> {
    let view = engine.view(viewer);
    let similar: String = head
        .similar
        .join(" ")
        .chars()
        .take(COMPARED_CHARS)
        .collect();
    let text = format!("{} {} {similar}", head.title, head.tags.join(" "));
    let query = engine.query(&text.replace(['"', '“', '”', '「', '」'], " "));
    let matches = engine
        .sums()
        .score(view, &query.terms, engine.schema(), None)?;
    let scored = matches.candidates.iter().filter_map(|candidate| {
        let other = view.head_by_ordinal(candidate.ordinal)?;
        let is_other = other.id != head.id && other.lang == head.lang;
        let near = if other.category == head.category {
            SAME_CATEGORY
        } else {
            1.0
        };
        is_other.then_some((candidate.score * near, other))
    });
    let mut scored: Vec<(f32, &Head)> = scored.collect();
    let best = scored.iter().map(|(score, _)| *score).fold(0.0, f32::max);
    scored.retain(|(score, _)| *score >= SHARE_OF_BEST * best);
    let order =
        |a: &(f32, &Head), b: &(f32, &Head)| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id));
    if scored.len() > MAX_ALIKE {
        scored.select_nth_unstable_by(MAX_ALIKE, order);
        scored.truncate(MAX_ALIKE);
    }
    scored.sort_by(order);
    Ok(scored.into_iter().map(|(_, head)| head).collect())
}
