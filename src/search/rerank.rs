//! Which of the best is the best? The second stage compares the query with each question of the first stage's best.
//!
//! The first stage's score, as a share of what an article with every term once would get, says how much of the query an
//! article has anywhere. Likeness to the best single question (title, similar question or heading) says whether it answers
//! just this. Likeness is cubed: half alike says little, alike says all.

use super::compare::{Comparer, Likeness, Rarity};
use super::query::Query;
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
    /// How much of the query's content, by weight, it has anywhere, 0 to 1.
    pub(super) covered: f32,
    /// Likeness to its best question, 0 to 1.
    pub(super) likeness: f32,
    /// Whether its best question is the query, unit by unit.
    pub(super) exact: bool,
    /// Where its best question stands.
    pub(super) question: (Zone, usize),
}

impl Ranked {
    /// An article whose title has the query's letters, but of whose words nothing is known.
    pub(super) fn by_title(ordinal: u32, score: f32) -> Self {
        let question = (Zone::Title, 0);
        Self {
            ordinal,
            score,
            words: 0.0,
            covered: 0.0,
            likeness: 0.0,
            exact: false,
            question,
        }
    }
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
    let ideal = Ideal::of(view, query, matches);
    let rank = |candidate: &Candidate| {
        let head = view.head_by_ordinal(candidate.ordinal)?;
        Some(combine(candidate, best_question(&comparer, head), ideal))
    };
    best.iter().filter_map(rank).collect()
}

fn combine(
    candidate: &Candidate,
    (likeness, question): (Likeness, (Zone, usize)),
    ideal: Ideal,
) -> Ranked {
    let words = candidate.score / ideal.score;
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
        covered: (candidate.coverage / ideal.coverage).min(1.0),
        likeness: likeness.score,
        exact: likeness.exact,
        question,
    }
}

/// What an article would have that has each term once, at mean length and weight one.
#[derive(Debug, Clone, Copy)]
struct Ideal {
    score: f32,
    coverage: f32,
}

impl Ideal {
    /// A character, word or pair that no article has is as rare as can be: what is asked for is then not here.
    fn of(view: &View, query: &Query, matches: &Matches) -> Self {
        let unknown = (2.0 * view.len() as f32 + 2.0).ln();
        let mut ideal = Self {
            score: f32::MIN_POSITIVE,
            coverage: f32::MIN_POSITIVE,
        };
        for (term, rarity) in query.terms.iter().zip(&matches.rarity) {
            let is_unit = matches!(term.kind, Kind::Character | Kind::Word);
            ideal.score += term.weight
                * if *rarity == 0.0 && is_unit {
                    unknown
                } else {
                    rarity.max(1.0)
                };
            ideal.coverage += term.share * if *rarity == 0.0 { unknown } else { *rarity };
        }
        ideal
    }
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
