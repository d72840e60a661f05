//! Is the first hit probably the answer? A certainty from 0 to 1, to be compared with `ranking.confident`.

use super::rerank::Ranked;

/// What [`certainty`] is divided by, so that 0.5 is where three of four right first hits are called sure.
const SCALE: f32 = 1.7;
/// An article with less of the query's content than this is the less sure for it.
const ENOUGH: f32 = 0.5;

/// How sure one can be of the first hit, beside the `second`: 0 not at all, 1 quite.
///
/// A query that is nearly one of the article's questions is sure by that. Else it is how many of its words, by weight, stand
/// in one article, how much of its content that is, and how far the next article is behind: measured on questions with and
/// without an answer, the three together tell them apart better than any.
pub(super) fn certainty(first: &Ranked, second: Option<&Ranked>) -> f32 {
    let behind = second.map_or(0.0, |second| second.score);
    let margin = (first.score - behind) / first.score.max(f32::MIN_POSITIVE);
    let content = (first.covered / ENOUGH).min(1.0);
    let by_words = (first.words + 0.5 * margin) * content / SCALE;
    by_words.max(first.likeness.powi(2)).clamp(0.0, 1.0)
}
