//! Which articles mean what the reader means, whatever their words are? Similarity of vectors, fused with the ranking by words.
//!
//! Bruch, Gai and Ingber (An analysis of fusion functions for hybrid retrieval, TOIS 2023) found that adding scores keeps
//! more than adding reciprocal ranks, where the scores' scales are known. Ours are: likeness of words adds its cube to the
//! score, likeness of meaning its square, which keeps what is hardly alike (a query in pinyin is hardly like anything) from
//! moving much. `benches/relevance.md` has what else was tried.

use super::found::Found;
use super::rerank::Ranked;
use crate::index::{Nearness, View, Zone};
use std::collections::HashSet;

/// What full likeness of meaning adds to a score.
const LIKENESS: f32 = 5.0;
/// How much less a passage counts than a question: it says many things.
const PASSAGE: f32 = 0.9;
/// How near an article must be to be found by its meaning alone.
const NEAR: f32 = 0.4;
/// The most articles that are found by their meaning alone.
const MAX_NEAR: usize = 20;

/// What a reader means: the vector of his query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meaning<'a> {
    /// What made it; only vectors that were made by the same compare.
    pub fingerprint: &'a str,
    /// The vector, of any length.
    pub numbers: &'a [f32],
}

/// Adds what is known of meaning to what was found by words. Returns whether anything is known.
pub(super) fn fuse(found: &mut Found<'_>, meaning: Meaning<'_>) -> bool {
    let search = &found.readings[0];
    let Some(near) = nearness(search.view, meaning) else {
        return false;
    };
    for (ranked, _) in &mut found.ranked {
        if let Some(near) = near.get(ranked.ordinal as usize) {
            ranked.meaning = likeness(near);
            ranked.score += added(ranked.meaning);
        }
    }
    // Who puts words in quotes means them.
    let is_literal = !search.query.phrases.is_empty() || !search.query.excluded.is_empty();
    if !is_literal && search.query.tags.is_empty() {
        let known: HashSet<u32> = found.ordinals().into_iter().collect();
        let alone = search.admitted(&nearest(&near, &known));
        let by_meaning = |ordinal: u32| by_meaning(ordinal, &near[ordinal as usize]);
        let ranked: Vec<Ranked> = alone.into_iter().map(by_meaning).collect();
        found.add(ranked);
    }
    found.sort();
    true
}

fn nearness(view: &View, meaning: Meaning<'_>) -> Option<Vec<Nearness>> {
    let vectors = view.vectors()?;
    if vectors.fingerprint() != meaning.fingerprint {
        return None;
    }
    vectors.near(meaning.numbers, view.ordinals())
}

/// The nearest articles that are not `known`, the nearest first.
fn nearest(near: &[Nearness], known: &HashSet<u32>) -> Vec<u32> {
    let mut nearest: Vec<(f32, u32)> = (0_u32..)
        .zip(near)
        .map(|(ordinal, near)| (likeness(near), ordinal))
        .filter(|(likeness, ordinal)| *likeness >= NEAR && !known.contains(ordinal))
        .collect();
    nearest.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    nearest.truncate(MAX_NEAR);
    nearest.into_iter().map(|(_, ordinal)| ordinal).collect()
}

/// An article of whose words nothing is known.
fn by_meaning(ordinal: u32, near: &Nearness) -> Ranked {
    let meaning = likeness(near);
    let question = match near.question {
        Some((_, at @ 1..)) => (Zone::Similar, usize::from(at) - 1),
        _ => (Zone::Title, 0),
    };
    Ranked {
        meaning,
        question,
        ..Ranked::by_title(ordinal, added(meaning))
    }
}

/// How alike an article and the query are in what they mean, 0 to 1.
fn likeness(near: &Nearness) -> f32 {
    let question = near.question.map_or(0.0, |(cosine, _)| cosine);
    let passage = near.passage.map_or(0.0, |cosine| PASSAGE * cosine);
    question.max(passage).clamp(0.0, 1.0)
}

/// What likeness of meaning adds to the score.
pub(super) fn added(likeness: f32) -> f32 {
    LIKENESS * likeness.powi(2)
}
