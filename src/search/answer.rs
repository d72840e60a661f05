//! Is the first hit probably the answer? A certainty from 0 to 1, to be compared with `ranking.confident`.

use super::rerank::Ranked;

/// How sure one can be of a first hit: 0 not at all, 1 quite.
///
/// A query that is like one of the article's questions is sure by that; one that is not can still have nearly all of its
/// words in one article. Absolute measures, so that they mean the same for every query.
pub(super) fn certainty(first: &Ranked) -> f32 {
    first
        .likeness
        .max((first.words - 0.4) / 1.0)
        .clamp(0.0, 1.0)
}
