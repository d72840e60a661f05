//! Which articles match, and how well? The first stage: one score over all zones, term by term.
//!
//! BM25F (Robertson, Zaragoza and Taylor, Simple BM25 extension to multiple weighted fields, CIKM 2004): what a term counts in
//! each zone is weighted and added before it saturates, so that a match in the body and in the title are one match, not
//! two. Lists are read term by term into dense sums, which never see an article that does not match.

use super::query::QueryTerm;
use crate::config::Schema;
use crate::error::Result;
use crate::index::{View, Zone};
use std::sync::{Mutex, PoisonError};

/// One article that matches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    /// Its place in the view.
    pub(super) ordinal: u32,
    /// Its score, comparable within one search.
    pub(super) score: f32,
    /// How much of the query it has, by weight; comparable within one search.
    pub(super) coverage: f32,
}

/// What matched, and how rare each term is.
#[derive(Debug, Default)]
pub(super) struct Matches {
    /// All articles with at least one term, in no order.
    pub(super) candidates: Vec<Candidate>,
    /// For each term, its inverse document frequency; 0 for one that occurs nowhere.
    pub(super) rarity: Vec<f32>,
}

/// Sums, one set for each search under way, kept for the next.
#[derive(Debug, Default)]
pub(super) struct SumsPool(Mutex<Vec<Sums>>);

impl SumsPool {
    /// Scores every article of `view` that has any of `terms`.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub(super) fn score(
        &self,
        view: &View,
        terms: &[QueryTerm],
        schema: &Schema,
    ) -> Result<Matches> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut sums = kept.unwrap_or_default();
        let matches = sums.score(view, terms, schema)?;
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sums);
        Ok(matches)
    }
}

/// The sums of one search. All zero between searches.
#[derive(Debug, Default)]
struct Sums {
    scores: Vec<f32>,
    coverage: Vec<f32>,
    frequency: Vec<f32>,
    touched: Vec<u32>,
    touched_by_term: Vec<u32>,
}

impl Sums {
    fn score(&mut self, view: &View, terms: &[QueryTerm], schema: &Schema) -> Result<Matches> {
        let count = view.ordinals() as usize;
        for sums in [&mut self.scores, &mut self.coverage, &mut self.frequency] {
            sums.resize(count, 0.0);
        }
        let mut rarity = Vec::with_capacity(terms.len());
        for term in terms {
            self.weigh_frequencies(view, term, schema)?;
            rarity.push(self.add_term(term, view.len(), schema.ranking.k1));
        }
        let (scores, coverage) = (&mut self.scores, &mut self.coverage);
        let candidate = |ordinal: u32| Candidate {
            ordinal,
            score: std::mem::take(&mut scores[ordinal as usize]),
            coverage: std::mem::take(&mut coverage[ordinal as usize]),
        };
        Ok(Matches {
            candidates: self.touched.drain(..).map(candidate).collect(),
            rarity,
        })
    }

    /// Adds up how often a term occurs in each article, by the weight and the length of the zone.
    fn weigh_frequencies(&mut self, view: &View, term: &QueryTerm, schema: &Schema) -> Result<()> {
        let means = view.mean_lengths();
        for zone in Zone::ALL {
            let weight = zone_weight(schema, zone);
            if weight <= 0.0 {
                continue;
            }
            let b = schema.ranking.b;
            let per_term = b / means[zone as usize];
            let (frequency, touched) = (&mut self.frequency, &mut self.touched_by_term);
            view.for_each_posting(zone, &term.text, |posting| {
                let slot = &mut frequency[posting.ordinal as usize];
                if *slot == 0.0 {
                    touched.push(posting.ordinal);
                }
                let length = 1.0 - b + per_term * posting.length as f32;
                *slot += weight * posting.frequency as f32 / length;
            })?;
        }
        Ok(())
    }

    /// Saturates what [`Self::weigh_frequencies`] found and adds it to the scores; returns the term's rarity.
    fn add_term(&mut self, term: &QueryTerm, articles: usize, k1: f32) -> f32 {
        let rarity = inverse_document_frequency(self.touched_by_term.len(), articles);
        for ordinal in self.touched_by_term.drain(..) {
            let at = ordinal as usize;
            let frequency = std::mem::take(&mut self.frequency[at]);
            if self.scores[at] == 0.0 {
                self.touched.push(ordinal);
            }
            self.coverage[at] += term.share * rarity;
            self.scores[at] +=
                (term.weight * rarity * saturate(frequency, k1)).max(f32::MIN_POSITIVE);
        }
        rarity
    }
}

/// What a weighted frequency counts: nothing for 0, 1 for 1, never more than `k1 + 1`.
pub(super) fn saturate(frequency: f32, k1: f32) -> f32 {
    frequency * (k1 + 1.0) / (k1 + frequency)
}

/// The weight of a zone in `schema.toml`.
pub(super) fn zone_weight(schema: &Schema, zone: Zone) -> f32 {
    match zone {
        Zone::Title => schema.weights.title,
        Zone::Similar => schema.weights.similar,
        Zone::Tags => schema.weights.tags,
        Zone::Headings => schema.weights.headings,
        Zone::Answer => schema.weights.answer,
        Zone::Body => schema.weights.body,
    }
}

/// BM25's, which is never negative; 0 for a term that occurs nowhere.
fn inverse_document_frequency(with_term: usize, articles: usize) -> f32 {
    if with_term == 0 {
        return 0.0;
    }
    let (with_term, articles) = (with_term as f32, articles as f32);
    (1.0 + (articles - with_term + 0.5) / (with_term + 0.5)).ln()
}
