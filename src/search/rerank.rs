//! Which of the best is the best? The second stage compares the query with each question of the first stage's best.
//!
//! The first stage's score, as a share of what an article with every term once would get, says how much of the query an
//! article has anywhere. Likeness to the best single question (title, similar question or heading) says whether it answers
//! just this. Likeness is cubed: half alike says little, alike says all.

use super::compare::{Comparer, Likeness, Rarity};
use super::query::{Query, QueryTerm};
use super::rank::{Candidate, Matches};
use crate::index::{Head, View, Zone};
use crate::text::{Kind, unit_code};

/// What full likeness adds, beside the first stage's 0 to about 2.
const LIKENESS: f32 = 6.0;
/// What the very same question adds.
const EXACT: f32 = 0.5;
/// How much less a heading within an article counts than its title.
const HEADING: f32 = 0.97;

/// An article with what both stages found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ranked {
    /// Its place in the view.
    pub(super) ordinal: u32,
    /// The score it is ranked by.
    pub(super) score: f32,
    /// The first stage's share, 0 to about 2.
    pub(super) words: f32,
    /// Likeness to its best question, 0 to 1.
    pub(super) likeness: f32,
    /// Whether its best question is the query, unit by unit.
    pub(super) exact: bool,
    /// Where its best question stands.
    pub(super) question: (Zone, usize),
}

/// Looks at each of the first stage's `best`, in no order.
pub(super) fn rerank(
    view: &View,
    query: &Query,
    matches: &Matches,
    best: &[Candidate],
    rarity: &Rarity,
) -> Vec<Ranked> {
    let units = query
        .analysis
        .unit_terms()
        .map(|term| unit_code(query.analysis.text(term)));
    let comparer = Comparer::new(units.collect(), &query.faint, rarity);
    let ideal = ideal_score(view, query, matches);
    let rank = |candidate: &Candidate| {
        let head = view.head_by_ordinal(candidate.ordinal)?;
        Some(combine(candidate, best_question(&comparer, head), ideal))
    };
    best.iter().filter_map(rank).collect()
}

fn combine(
    candidate: &Candidate,
    (likeness, question): (Likeness, (Zone, usize)),
    ideal: f32,
) -> Ranked {
    let words = candidate.score / ideal;
    let alike = likeness.score
        * if question.0 == Zone::Headings {
            HEADING
        } else {
            1.0
        };
    let exact = if likeness.exact { EXACT } else { 0.0 };
    Ranked {
        ordinal: candidate.ordinal,
        score: words + LIKENESS * alike.powi(3) + exact,
        words,
        likeness: likeness.score,
        exact: likeness.exact,
        question,
    }
}

/// What an article would score that has each term once, at mean length and weight one. A character or word that no article
/// has is as rare as can be: what is asked for is then not here.
fn ideal_score(view: &View, query: &Query, matches: &Matches) -> f32 {
    let unknown = (2.0 * view.len() as f32 + 2.0).ln();
    let weigh = |(term, rarity): (&QueryTerm, &f32)| {
        let is_unit = matches!(term.kind, Kind::Character | Kind::Word);
        term.weight
            * if *rarity == 0.0 && is_unit {
                unknown
            } else {
                rarity.max(1.0)
            }
    };
    query
        .terms
        .iter()
        .zip(&matches.rarity)
        .map(weigh)
        .sum::<f32>()
        .max(f32::MIN_POSITIVE)
}

fn best_question(comparer: &Comparer, head: &Head) -> (Likeness, (Zone, usize)) {
    let mut best = (Likeness::default(), (Zone::Title, 0));
    for (zone, place, codes) in head.signature.questions() {
        let likeness = comparer.compare(codes);
        if likeness.score > best.0.score {
            best = (likeness, (zone, place));
        }
    }
    best
}
