//! Which articles match, and how well? The first stage: one score over all zones, term by term.
//!
//! BM25F (Robertson, Zaragoza and Taylor, Simple BM25 extension to multiple weighted fields, CIKM 2004): what a term counts in
//! each zone is weighted and added before it saturates, so that a match in the body and in the title are one match, not
//! two. Lists are read term by term into dense sums, which never see an article that does not match.

use super::query::QueryTerm;
use crate::config::Schema;
use crate::error::Result;
use crate::index::{TermLists, View, Zone};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// In how many articles a term must occur for its count to be kept.
const FREQUENT: usize = 256;
/// The most counts that are kept.
const MAX_COUNTS: usize = 20_000;
/// How many times longer than the articles found a list must be to be skipped through and not read.
const SKIP: usize = 16;
/// Sums of other orders differ in their last digits; nothing is left out for these.
const EXACTLY: f32 = 0.999;

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
    /// How many entries of posting lists were read.
    pub(super) postings: u64,
}

/// In how many articles each frequent term of a view occurs, as far as searches have found out.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<HashMap<String, usize>>);

impl Counts {
    fn get(&self, term: &str) -> Option<usize> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(term).copied()
    }

    fn note(&self, term: &str, articles: usize) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if articles >= FREQUENT && counts.len() < MAX_COUNTS {
            counts.entry(term.to_owned()).or_insert(articles);
        }
    }
}

/// What of the matches is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// Which share of the best coverage an article must have; of those with less, any may be missing.
    pub(super) share: f32,
    /// Counts over the same view.
    pub(super) counts: &'a Counts,
}

/// Sums, one set for each search under way, kept for the next.
#[derive(Debug, Default)]
pub(super) struct SumsPool(Mutex<Vec<Sums>>);

impl SumsPool {
    /// Scores every article of `view` that has any of `terms`; with `wanted`, at least those that it asks for.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub(super) fn score(
        &self,
        view: &View,
        terms: &[QueryTerm],
        schema: &Schema,
        wanted: Option<Wanted<'_>>,
    ) -> Result<Matches> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut sums = kept.unwrap_or_default();
        let round = Round {
            view,
            terms,
            schema,
            wanted,
        };
        let matches = round.score(&mut sums)?;
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
    /// The most that any article covers so far.
    best: f32,
    /// How many entries of lists were read.
    postings: u64,
}

/// A term of the query with its lists, where it stands in the query, and how many articles have it, if that is known.
struct Listed {
    at: usize,
    lists: TermLists,
    articles: Option<usize>,
}

/// One scoring.
struct Round<'a> {
    view: &'a View,
    terms: &'a [QueryTerm],
    schema: &'a Schema,
    wanted: Option<Wanted<'a>>,
}

impl Round<'_> {
    /// The rarest terms first. As soon as the terms that are left could not make an article wanted by themselves, and have
    /// far longer lists than there are articles found, only these are looked up in them. (Turtle and Flood, Query
    /// evaluation: strategies and optimizations, 1995: the same thought, for the best few.)
    fn score(&self, sums: &mut Sums) -> Result<Matches> {
        let count = self.view.ordinals() as usize;
        for sums in [&mut sums.scores, &mut sums.coverage, &mut sums.frequency] {
            sums.resize(count, 0.0);
        }
        sums.best = 0.0;
        let order = self.order()?;
        let left = self.left_from(&order);
        let mut rarity = vec![0.0; self.terms.len()];
        let mut only_found = false;
        let mut ascending = 0;
        for (listed, left) in order.iter().zip(left) {
            only_found |= self
                .wanted
                .is_some_and(|w| left < w.share * sums.best * EXACTLY);
            let skip = only_found && sums.touched.len() * SKIP < listed.lists.postings();
            // A short list that was read whole in between may have added articles behind those that ascend.
            if skip && ascending < sums.touched.len() {
                sums.touched.sort_unstable();
                ascending = sums.touched.len();
            }
            rarity[listed.at] = self.add(sums, listed, skip)?;
        }
        let (scores, coverage) = (&mut sums.scores, &mut sums.coverage);
        let candidate = |ordinal: u32| Candidate {
            ordinal,
            score: std::mem::take(&mut scores[ordinal as usize]),
            coverage: std::mem::take(&mut coverage[ordinal as usize]),
        };
        Ok(Matches {
            candidates: sums.touched.drain(..).map(candidate).collect(),
            rarity,
            postings: std::mem::take(&mut sums.postings),
        })
    }

    fn order(&self) -> Result<Vec<Listed>> {
        let listed = |(at, term): (usize, &QueryTerm)| {
            Ok(Listed {
                at,
                lists: self.view.lists(&term.text)?,
                articles: self.wanted.and_then(|w| w.counts.get(&term.text)),
            })
        };
        let mut order: Vec<Listed> = self
            .terms
            .iter()
            .enumerate()
            .map(listed)
            .collect::<Result<_>>()?;
        order.sort_by_key(|listed| (listed.lists.postings(), listed.at));
        Ok(order)
    }

    /// For each place in the order, the most that an article covers which has only the terms from there on; infinite where
    /// that is not known.
    fn left_from(&self, order: &[Listed]) -> Vec<f32> {
        let mut sum = 0.0;
        let backwards = order.iter().rev().map(|listed| {
            let rarity = match listed.articles {
                Some(articles) => inverse_document_frequency(articles, self.view.len()),
                None if listed.lists.postings() == 0 => 0.0,
                None => f32::INFINITY,
            };
            sum += (self.terms[listed.at].share * rarity).max(0.0);
            sum
        });
        let mut left: Vec<f32> = backwards.collect();
        left.reverse();
        left
    }

    /// Adds a term to the scores, with `skip` only of articles found before; returns its rarity.
    fn add(&self, sums: &mut Sums, listed: &Listed, skip: bool) -> Result<f32> {
        let term = &self.terms[listed.at];
        self.weigh_frequencies(sums, listed, skip)?;
        let found = sums.touched_by_term.len();
        let articles = match (skip, listed.articles) {
            (true, Some(articles)) => articles,
            _ => found,
        };
        if let Some(wanted) = self.wanted.filter(|_| !skip) {
            wanted.counts.note(&term.text, found);
        }
        let rarity = inverse_document_frequency(articles, self.view.len());
        sums.add(term, rarity, self.schema.ranking.k1);
        Ok(rarity)
    }

    /// Adds up how often a term occurs in each article, by the weight and the length of the zone.
    fn weigh_frequencies(&self, sums: &mut Sums, listed: &Listed, skip: bool) -> Result<()> {
        let b = self.schema.ranking.b;
        let means = self.view.mean_lengths();
        let weights = Zone::ALL.map(|zone| zone_weight(self.schema, zone));
        let (frequency, touched) = (&mut sums.frequency, &mut sums.touched_by_term);
        let read = &mut sums.postings;
        let among = skip.then_some(sums.touched.as_slice());
        self.view.read_lists(&listed.lists, among, |zone, posting| {
            *read += 1;
            let weight = weights[zone as usize];
            if weight <= 0.0 {
                return;
            }
            let slot = &mut frequency[posting.ordinal as usize];
            if *slot == 0.0 {
                touched.push(posting.ordinal);
            }
            let length = 1.0 - b + b / means[zone as usize] * posting.length as f32;
            *slot += weight * posting.frequency as f32 / length;
        })
    }
}

impl Sums {
    /// Saturates what [`Round::weigh_frequencies`] found and adds it to the scores.
    fn add(&mut self, term: &QueryTerm, rarity: f32, k1: f32) {
        for ordinal in self.touched_by_term.drain(..) {
            let at = ordinal as usize;
            let frequency = std::mem::take(&mut self.frequency[at]);
            if self.scores[at] == 0.0 {
                self.touched.push(ordinal);
            }
            self.coverage[at] += term.share * rarity;
            self.best = self.best.max(self.coverage[at]);
            self.scores[at] +=
                (term.weight * rarity * saturate(frequency, k1)).max(f32::MIN_POSITIVE);
        }
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
