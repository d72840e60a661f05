//! What could the reader be typing? Titles and similar questions with the typed text anywhere in them; then what a search for it
//! finds.

use super::engine::Engine;
use super::rerank::by_id;
use super::results::{Suggestion, TextPart};
use super::snippet::mark;
use crate::error::Result;
use crate::index::{Head, View};
use crate::model::{ArticleId, Audience};
use crate::text::{Kind, Marker};
use std::collections::HashSet;

/// Titles to offer for what has been typed so far.
pub(super) fn suggest(
    engine: &Engine,
    viewer: Audience,
    typed: &str,
    limit: usize,
) -> Result<Vec<Suggestion>> {
    let view = engine.view(viewer);
    let lookup = engine.lookup(viewer);
    if typed.trim().is_empty() {
        return Ok(asked_most(engine, viewer, &[], limit));
    }
    let mut ordinals = lookup.titles.matching(typed, limit);
    if ordinals.len() < limit {
        ordinals.extend(searched(engine, viewer, typed, limit)?);
    }
    let marker = marker(engine, typed);
    let mut seen = HashSet::new();
    let heads = ordinals
        .into_iter()
        .filter(|o| seen.insert(*o))
        .filter_map(|o| view.head_by_ordinal(o));
    Ok(heads
        .take(limit)
        .map(|head| suggestion(view, head, Some(&marker)))
        .collect())
}

/// What to offer before anything is typed: what visitors open most, then what editors put first.
pub(super) fn asked_most(
    engine: &Engine,
    viewer: Audience,
    opened: &[ArticleId],
    limit: usize,
) -> Vec<Suggestion> {
    let (view, lookup) = (engine.view(viewer), engine.lookup(viewer));
    let opened = opened.iter().filter_map(|id| view.ordinal_of(id));
    let mut seen = HashSet::new();
    let ordinals = opened.chain(lookup.starters.iter().copied());
    let heads = ordinals
        .filter(|ordinal| seen.insert(*ordinal))
        .filter_map(|ordinal| view.head_by_ordinal(ordinal));
    heads
        .take(limit)
        .map(|head| suggestion(view, head, None))
        .collect()
}

/// What a search for the typed text finds first, for texts that no question has as they stand.
fn searched(engine: &Engine, viewer: Audience, typed: &str, limit: usize) -> Result<Vec<u32>> {
    let query = engine.query(typed);
    let matches = engine
        .sums()
        .score(engine.view(viewer), &query.terms, engine.schema(), None)?;
    let best = matches
        .candidates
        .iter()
        .map(|c| c.coverage)
        .fold(0.0, f32::max);
    let mut good: Vec<_> = matches
        .candidates
        .iter()
        .filter(|c| c.coverage >= 0.6 * best)
        .copied()
        .collect();
    let view = engine.view(viewer);
    good.sort_by(|a, b| {
        let by_id = || by_id(view, a.ordinal, b.ordinal);
        b.score.total_cmp(&a.score).then_with(by_id)
    });
    Ok(good.into_iter().take(limit).map(|c| c.ordinal).collect())
}

fn marker(engine: &Engine, typed: &str) -> Marker {
    let analysis = engine.analyzer().analyze(typed);
    let terms = analysis
        .terms
        .iter()
        .filter(|term| term.kind != Kind::Compound);
    Marker::new(
        terms.map(|term| (analysis.text(term), term.kind, 1.0)),
        engine.analyzer(),
    )
}

fn suggestion(view: &View, head: &Head, marker: Option<&Marker>) -> Suggestion {
    let unmarked = || {
        vec![TextPart {
            text: head.title.clone(),
            hit: false,
        }]
    };
    let lineage = head.category.lineage();
    let titles = lineage.iter().map(|path| {
        view.category(path)
            .map_or(path.as_str(), |c| c.title.as_str())
    });
    Suggestion {
        id: head.id.clone(),
        title: head.title.clone(),
        title_parts: marker.map_or_else(unmarked, |marker| mark(marker, &head.title)),
        category: titles.map(str::to_owned).collect(),
    }
}
