//! Is the first hit probably the answer? A certainty from 0 to 1, to be compared with `ranking.confident`.

use super::rerank::Ranked;

/// What likeness to one question says, squared.
const LIKENESS: f32 = 6.2;
/// What is taken off where likeness and the share of the query's content say the same twice.
const BOTH: f32 = 5.5;
/// What the distance to the next article says, by its root: from no distance to a little matters most.
const MARGIN: f32 = 5.2;
/// What the first stage's share says.
const WORDS: f32 = 3.6;
/// What a passage with the query's pairs and words says.
const PASSAGE: f32 = 2.3;
/// What must be outweighed.
const DOUBT: f32 = 6.6;

/// An article that neither asks nearly this nor has as much of it in one passage is trusted the less for it.
const ENOUGH: f32 = 0.55;
/// What twice the number of articles must be, as a logarithm, for a passage to count in full (some 1,500 articles): among few
/// articles a word is in one of them alone by chance, and says little.
const MANY: f32 = 8.0;
/// What the outcome is divided by, so that 0.5 is where three of four right first hits are called sure.
const SCALE: f32 = 0.69;

/// How sure one can be of the first hit of so many `articles`, beside the `second`: 0 not at all, 1 quite.
///
/// Logistic regression (Cox, The regression analysis of binary sequences, Journal of the Royal Statistical Society B 20, 1958)
/// on right first hits, wrong ones, and what was found for questions without an answer, over three kinds of knowledge base.
/// Five numbers, so that there is little to learn by heart; how far the next article is behind says most. In a small knowledge
/// base any article may be far ahead, so what has the query's words only here and there is doubted whatever the rest says.
pub(super) fn certainty(first: &Ranked, second: Option<&Ranked>, articles: usize) -> f32 {
    let behind = second.map_or(0.0, |second| second.score);
    let margin = ((first.score - behind) / first.score.max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
    let evidence = LIKENESS * first.likeness.powi(2) - BOTH * first.likeness * first.covered
        + MARGIN * margin.sqrt()
        + WORDS * first.words
        + PASSAGE * first.near;
    let known = ((2.0 * articles as f32 + 2.0).ln() / MANY).min(1.0);
    let content = ((known * first.near).max(first.likeness) / ENOUGH)
        .min(1.0)
        .powi(2);
    (content / (1.0 + (DOUBT - evidence).exp()) / SCALE).min(1.0)
}
