//! Which of the best is the best? The second stage compares the query with each question of the first stage's best.
//!
//! The first stage's score, as a share of what an article with every term once would get, says how much of the query an
//! article has anywhere. Likeness to the best single question (title, similar question or heading) says whether it answers
//! just this; it is cubed: half alike says little, alike says all. The title's own likeness, squared, counts beside it, the more
//! the closer the lengths are, since a title says what all of the article is about.
//!
//! Where no question of any article is like the query, or one passage has more of it than any question, people ask for something
//! within a text: then the questions' part fades out, and what counts instead is how much of the query an article has. A linear model of few features; the weights were
//! found by coordinate ascent (Metzler and Croft, Linear feature-based models for information retrieval, Information
//! Retrieval 10, 2007) over several kinds of knowledge base at once, half of the queries of each kept aside.

use super::compare::{Comparer, Likeness, Rarity};
use super::feature::{Feature, LeftOut};
use super::near::Near;
use super::negation::negates;
use super::query::Query;
use super::question_words::{self, Kinds};
use super::rank::{Candidate, Matches, zone_weight};
use crate::config::Schema;
use crate::error::Result;
use crate::index::{Head, View, Zone};
use crate::text::{Kind, unit_code};

/// What full likeness adds.
const LIKENESS: f32 = 6.0;
/// The same where people ask for something that one passage has all of.
const LIKENESS_WITHIN: f32 = 1.8;
/// What the very same question adds.
const EXACT: f32 = 0.5;
/// How much less a heading within an article counts than its title.
const HEADING: f32 = 0.97;
/// What full likeness to the title adds.
const TITLE: f32 = 1.0;
/// What it adds beside where query and best question are of one length.
const TITLE_OF_ONE_LENGTH: f32 = 1.5;
/// What is added where query and question ask for one kind of answer, and taken off where for two.
const QUESTION_WORDS: f32 = 0.1;
/// What is taken off where one of query and question negates and the other does not.
const NEGATION: f32 = 0.1;
/// What having all of the query's content adds, where no question is like it.
const COVERAGE: f32 = 0.8;
/// What having all of the query's pairs and words within one passage adds, where no question is like it.
const PROXIMITY: f32 = 1.0;
/// How many of the best are looked into for that.
const LOOKED_INTO: usize = 20;
/// How many are looked into where it adds nothing, to know how sure the first is.
const LOOKED_INTO_FOR_CERTAINTY: usize = 1;
/// The likeness of the best question of all below which questions say nothing, and from which they say all they can.
const ASKED: (f32, f32) = (0.1, 0.4);
/// A passage with so much of the query speaks for something within a text; what it has more is asked of questions as well.
const WITHIN: f32 = 0.5;
/// How many of the first stage's best are looked into for such a passage.
const LOOKED_INTO_FIRST: usize = 5;
/// Up to so many units a query is in one passage wherever it is; from so many on, a passage tells.
const UNITS_TO_TELL: (f32, f32) = (4.0, 10.0);
/// How much more a passage must have for questions to count as little as they can.
const CLEARLY_WITHIN: f32 = 0.25;

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
    /// How much of the query's pairs and words, by rarity, stands close together in its text, 0 to 1; 0 where it was not looked at.
    pub(super) near: f32,
    /// Likeness to its best question, 0 to 1.
    pub(super) likeness: f32,
    /// Likeness of meaning, 0 to 1; 0 where that is not known.
    pub(super) meaning: f32,
    /// Whether its best question is the query, unit by unit.
    pub(super) exact: bool,
    /// Where its best question stands.
    pub(super) question: (Zone, usize),
    /// What made up the score.
    pub(super) parts: Parts,
}

/// What each feature added to a score.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Parts {
    pub(super) likeness: f32,
    pub(super) exactness: f32,
    pub(super) title: f32,
    pub(super) question_words: f32,
    pub(super) negation: f32,
    pub(super) coverage: f32,
    pub(super) proximity: f32,
    pub(super) own: f32,
}

impl Parts {
    fn sum(self) -> f32 {
        let questions = self.likeness + self.exactness + self.title + self.question_words;
        questions + self.negation + self.coverage + self.proximity + self.own
    }

    /// The same, as they count in a reading that counts by `factor`.
    pub(super) fn times(self, factor: f32) -> Self {
        Self {
            likeness: factor * self.likeness,
            exactness: factor * self.exactness,
            title: factor * self.title,
            question_words: factor * self.question_words,
            negation: factor * self.negation,
            coverage: factor * self.coverage,
            proximity: factor * self.proximity,
            own: factor * self.own,
        }
    }
}

impl Ranked {
    /// What the second stage added.
    pub(super) fn parts_sum(&self) -> f32 {
        self.parts.sum()
    }

    /// An article whose title has the query's letters, but of whose words nothing is known.
    pub(super) fn by_title(ordinal: u32, score: f32) -> Self {
        let question = (Zone::Title, 0);
        Self {
            ordinal,
            score,
            words: 0.0,
            covered: 0.0,
            near: 0.0,
            likeness: 0.0,
            meaning: 0.0,
            exact: false,
            question,
            parts: Parts::default(),
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
    (schema, left_out): (&Schema, &LeftOut),
) -> Result<Vec<Ranked>> {
    let units = query
        .analysis
        .unit_terms()
        .map(|term| unit_code(query.analysis.text(term)));
    let comparer = Comparer::new(units.collect(), &query.faint, rarity);
    let ideal = Ideal::of(view, query, matches);
    let compared: Vec<(&Candidate, Compared)> = best
        .iter()
        .filter_map(|c| {
            Some((
                c,
                Compared::of(&comparer, view.head_by_ordinal(c.ordinal)?, schema),
            ))
        })
        .collect();
    let likest = compared
        .iter()
        .map(|(_, compared)| compared.alike())
        .fold(0.0, f32::max);
    let within = if likest < ASKED.1 + 1.0 - WITHIN && left_out.keeps(Feature::Proximity) {
        within(view, query, matches, &compared)?
    } else {
        0.0
    };
    let mix = Mix::new(asked(likest, within), within, left_out);
    let mut ranked: Vec<Ranked> = compared
        .iter()
        .map(|(candidate, compared)| mix.combine(candidate, compared, ideal))
        .collect();
    ranked.sort_unstable_by(|a, b| {
        let by_id = || by_id(view, a.ordinal, b.ordinal);
        b.score.total_cmp(&a.score).then_with(by_id)
    });
    let depth = if mix.proximity > 0.0 {
        LOOKED_INTO
    } else {
        LOOKED_INTO_FOR_CERTAINTY
    };
    let looked_into = &mut ranked[..depth.min(compared.len())];
    let near = Near::of(view, query, matches, looked_into.iter().map(|r| r.ordinal))?;
    for hit in looked_into {
        hit.near = near.best_passage(hit.ordinal);
        hit.parts.proximity = mix.proximity * hit.near;
        hit.score += hit.parts.proximity;
    }
    Ok(ranked)
}

/// How much more of the query the best passage of the first stage's best few has than [`WITHIN`] and than its article's best
/// question: a text that only repeats the question says nothing by itself. 0 for a query too short to tell.
fn within(
    view: &View,
    query: &Query,
    matches: &Matches,
    compared: &[(&Candidate, Compared)],
) -> Result<f32> {
    let (least, enough) = UNITS_TO_TELL;
    let long = (query.analysis.units as f32 - least) / (enough - least);
    if long <= 0.0 {
        return Ok(0.0);
    }
    let mut best: Vec<&(&Candidate, Compared)> = compared.iter().collect();
    let higher_first = |a: &Candidate, b: &Candidate| {
        let by_id = || by_id(view, a.ordinal, b.ordinal);
        b.score.total_cmp(&a.score).then_with(by_id)
    };
    if LOOKED_INTO_FIRST < best.len() {
        best.select_nth_unstable_by(LOOKED_INTO_FIRST, |a, b| higher_first(a.0, b.0));
        best.truncate(LOOKED_INTO_FIRST);
    }
    let near = Near::of(view, query, matches, best.iter().map(|c| c.0.ordinal))?;
    let more = best.iter().map(|(candidate, compared)| {
        near.best_passage(candidate.ordinal) - compared.best.covered.max(WITHIN)
    });
    Ok(more.fold(0.0, f32::max) * long.min(1.0))
}

/// Of equal ones the smaller id: places in an index follow from how it was built, and two servers are to answer alike.
pub(super) fn by_id(view: &View, a: u32, b: u32) -> std::cmp::Ordering {
    let id = |ordinal| view.head_by_ordinal(ordinal).map(|head| &head.id);
    id(a).cmp(&id(b))
}

/// How far, from 0 to 1, some article asks what the query asks, by the likest question, and what passages have more.
fn asked(likest: f32, within: f32) -> f32 {
    ((likest - within - ASKED.0) / (ASKED.1 - ASKED.0)).clamp(0.0, 1.0)
}

/// What each feature counts in one search.
#[derive(Debug, Clone, Copy)]
struct Mix {
    likeness: f32,
    exactness: f32,
    title: f32,
    question_words: f32,
    negation: f32,
    coverage: f32,
    proximity: f32,
}

impl Mix {
    /// For a query that is `asked` by some article, from 0 to 1, and of which a passage has more by `within`.
    fn new(asked: f32, within: f32, left_out: &LeftOut) -> Self {
        let text = 1.0 - asked;
        let faded = (within / CLEARLY_WITHIN).min(1.0);
        let likeness = LIKENESS + text * faded * (LIKENESS_WITHIN - LIKENESS);
        Self {
            likeness: left_out.weight(Feature::Likeness, likeness),
            exactness: left_out.weight(Feature::Exactness, EXACT),
            title: left_out.weight(Feature::TitleLikeness, asked),
            question_words: left_out.weight(Feature::QuestionWords, asked * QUESTION_WORDS),
            negation: left_out.weight(Feature::Negation, asked * NEGATION),
            coverage: left_out.weight(Feature::Coverage, text * COVERAGE),
            proximity: left_out.weight(Feature::Proximity, text * PROXIMITY),
        }
    }

    fn combine(self, candidate: &Candidate, compared: &Compared, ideal: Ideal) -> Ranked {
        let words = candidate.score / ideal.score;
        let covered = (candidate.coverage / ideal.coverage).min(1.0);
        let best = compared.best;
        let parts = Parts {
            own: 0.0,
            likeness: self.likeness * compared.alike().powi(3),
            exactness: if best.exact { self.exactness } else { 0.0 },
            title: self.title
                * compared.title.powi(2)
                * (TITLE + TITLE_OF_ONE_LENGTH * compared.lengths),
            question_words: match compared.kinds {
                Kinds::Same => self.question_words,
                Kinds::Different => -self.question_words,
                Kinds::Unknown => 0.0,
            },
            negation: if compared.negation_differs {
                -self.negation
            } else {
                0.0
            },
            coverage: self.coverage * covered,
            proximity: 0.0,
        };
        Ranked {
            ordinal: candidate.ordinal,
            score: words + parts.sum(),
            words,
            covered,
            near: 0.0,
            likeness: best.score,
            meaning: 0.0,
            exact: best.exact,
            question: compared.question,
            parts,
        }
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

/// How the questions of one article compare with the query.
#[derive(Debug, Clone, Copy)]
struct Compared {
    best: Likeness,
    /// Where the best question stands.
    question: (Zone, usize),
    /// The likeness of the title.
    title: f32,
    /// How close the lengths of query and best question are: the shorter as a share of the longer.
    lengths: f32,
    /// Whether just one of query and best question negates.
    negation_differs: bool,
    /// Whether they ask for one kind of answer.
    kinds: Kinds,
}

impl Compared {
    fn of(comparer: &Comparer, head: &Head, schema: &Schema) -> Self {
        let mut best = (Likeness::default(), (Zone::Title, 0), [].as_slice());
        let mut title = 0.0_f32;
        for (zone, place, codes) in head.signature.questions() {
            if zone_weight(schema, zone) <= 0.0 {
                continue;
            }
            let likeness = comparer.compare(codes);
            if zone == Zone::Title {
                title = likeness.score;
            }
            if likeness.score > best.0.score {
                best = (likeness, (zone, place), codes);
            }
        }
        let (ours, theirs) = (comparer.codes(), best.2);
        let (shorter, longer) = (ours.len().min(theirs.len()), ours.len().max(theirs.len()));
        Self {
            best: best.0,
            question: best.1,
            title,
            lengths: shorter as f32 / longer.max(1) as f32,
            negation_differs: negates(ours) != negates(theirs),
            kinds: question_words::compare(ours, theirs),
        }
    }

    /// The likeness of the best question, as it counts.
    fn alike(&self) -> f32 {
        let heading = self.question.0 == Zone::Headings;
        self.best.score * if heading { HEADING } else { 1.0 }
    }
}
