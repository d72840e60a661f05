//! One reading of a query, step by step: match, admit, rank, show.

use super::abbreviation::Phrases;
use super::engine::Engine;
use super::explain::explain;
use super::feature::Feature;
use super::filter::same;
use super::phrase::articles_with;
use super::query::Query;
use super::rank::{Candidate, Matches, Wanted};
use super::request::Request;
use super::rerank::{Ranked, rerank};
use super::results::{DirectAnswer, Hit, TextPart};
use super::snippet::{mark, snippet};
use crate::error::Result;
use crate::index::{Head, View, Zone};
use crate::text::Kind::Pair;
use crate::text::{Marker, Other, Rewording};
use std::collections::HashSet;

/// How much of a query of few units, by weight, a hit must have beside the article that has most of it.
const SHARE_OF_SHORT: f32 = 0.45;
/// The same for a query of many units: who tells a story does not mean every word.
const SHARE_OF_LONG: f32 = 0.1;

/// The score of a hit that is near whatever its title says: as much as half of the query's words close together in a text, or
/// a question quite like it. What has a few of its words here and there stays below.
const NEAR: f32 = 1.0;

/// The longest query of which another spelling is looked for, in units.
const MAX_MENDED_UNITS: u32 = 40;

/// What one search works with.
pub(super) struct Search<'a> {
    pub(super) engine: &'a Engine,
    pub(super) view: &'a View,
    pub(super) request: &'a Request,
    pub(super) query: Query,
    pub(super) matches: Matches,
}

impl<'a> Search<'a> {
    /// Finds what matches and is admitted.
    pub(super) fn new(engine: &'a Engine, request: &'a Request, query: Query) -> Result<Self> {
        let view = engine.view(request.viewer);
        let wanted = Wanted {
            share: share_of_best(query.analysis.units),
            counts: &engine.lookup(request.viewer).counts,
        };
        let (terms, schema) = (&query.terms, engine.schema());
        let matches = engine.sums().score(view, terms, schema, Some(wanted))?;
        let mut search = Self {
            engine,
            view,
            request,
            query,
            matches,
        };
        search.admit()?;
        Ok(search)
    }

    /// Keeps what the request admits: enough of the query, its phrases, none of what it excludes, its filters.
    fn admit(&mut self) -> Result<()> {
        let mut sets: Vec<(HashSet<u32>, bool)> = Vec::new();
        for phrase in &self.query.phrases {
            sets.push((articles_with(self.view, phrase)?, true));
        }
        for phrase in &self.query.excluded {
            sets.push((articles_with(self.view, phrase)?, false));
        }
        let narrows = !self.query.tags.is_empty() || !self.request.filter.is_empty();
        if self.query.terms.is_empty() && self.query.excluded.is_empty() && narrows {
            self.matches.candidates = everything(self.view);
        }
        let (view, request, tags) = (self.view, self.request, &self.query.tags);
        let narrowed = !tags.is_empty() || !request.filter.is_empty();
        let best = self
            .matches
            .candidates
            .iter()
            .map(|c| c.coverage)
            .fold(0.0, f32::max);
        let share = share_of_best(self.query.analysis.units);
        self.matches.candidates.retain(|candidate| {
            candidate.coverage >= share * best
                && sets
                    .iter()
                    .all(|(set, wanted)| set.contains(&candidate.ordinal) == *wanted)
                && (!narrowed || admitted(view, candidate, request, tags))
        });
        Ok(())
    }

    /// Those of these articles that the request's filters admit.
    pub(super) fn admitted(&self, articles: &[u32]) -> Vec<u32> {
        let may = |ordinal: &u32| {
            self.view
                .head_by_ordinal(*ordinal)
                .is_some_and(|head| self.request.filter.admits(head))
        };
        articles.iter().copied().filter(may).collect()
    }

    /// All that is needed of the ranking: the best by both stages, what follows by the first alone.
    pub(super) fn rank(
        &mut self,
        lookup: &super::lookup::Lookup,
        pinned: &[u32],
    ) -> Result<Vec<Ranked>> {
        for ordinal in pinned {
            if self
                .matches
                .candidates
                .iter()
                .all(|c| c.ordinal != *ordinal)
            {
                self.matches.candidates.push(Candidate {
                    ordinal: *ordinal,
                    score: 0.0,
                    coverage: 0.0,
                });
            }
        }
        let wanted = self.request.offset.saturating_add(self.request.limit);
        let depth = self.engine.schema().ranking.candidates.max(wanted);
        let mut best = self.matches.candidates.clone();
        if depth < best.len() {
            best.select_nth_unstable_by(depth, |a, b| self.by_first_stage(a, b));
            best.truncate(depth);
        }
        let mut ranked = rerank(
            self.view,
            &self.query,
            &self.matches,
            &best,
            &lookup.rarity,
            (self.engine.schema(), self.engine.left_out()),
        )?;
        self.sort_by_key(&mut ranked, pinned, |ranked| ranked);
        Ok(ranked)
    }

    /// The higher score first; of equal scores, the smaller id, so that ties fall the same way in every index.
    fn by_first_stage(&self, a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
        let id = |c: &Candidate| self.view.head_by_ordinal(c.ordinal).map(|head| &head.id);
        b.score.total_cmp(&a.score).then_with(|| id(a).cmp(&id(b)))
    }

    /// Pinned articles first, as they are pinned; then the higher score; of equal ones the smaller id.
    pub(super) fn sort_by_key<T>(
        &self,
        hits: &mut [T],
        pinned: &[u32],
        ranked: impl Fn(&T) -> &Ranked,
    ) {
        let place = |r: &Ranked| {
            pinned
                .iter()
                .position(|p| *p == r.ordinal)
                .unwrap_or(usize::MAX)
        };
        let id = |r: &Ranked| self.view.head_by_ordinal(r.ordinal).map(|head| &head.id);
        hits.sort_by(|a, b| {
            let (a, b) = (ranked(a), ranked(b));
            place(a)
                .cmp(&place(b))
                .then(b.score.total_cmp(&a.score))
                .then_with(|| id(a).cmp(&id(b)))
        });
    }

    /// Other wordings of the query. Who puts words in quotes means them.
    pub(super) fn rewordings(&self, max: usize) -> Vec<Rewording> {
        let literal = !self.query.phrases.is_empty() || !self.query.excluded.is_empty();
        if literal || !self.engine.left_out().keeps(Feature::Synonyms) {
            return Vec::new();
        }
        let vocabulary = &self.engine.lookup(self.request.viewer).vocabulary;
        let weigh = |other: &Other| {
            let there = other
                .terms
                .iter()
                .all(|term| self.view.has(term).unwrap_or(false));
            there.then(|| vocabulary.frequency(&other.normal))
        };
        self.engine.lexicon().synonyms.rewordings(
            &self.query.text,
            (&self.query.analysis, &self.query.faint),
            weigh,
            max,
        )
    }

    /// The query with what it abbreviates spelt out, or the other way round, where it has words that no article has.
    pub(super) fn spelt_out(&self) -> Option<String> {
        let query = &self.query;
        let literal = !query.phrases.is_empty() || !query.excluded.is_empty();
        let mut terms = query.terms.iter().zip(&self.matches.rarity);
        let strange = terms.any(|(term, rarity)| term.kind == Pair && *rarity == 0.0);
        if literal || !strange || query.analysis.units > MAX_MENDED_UNITS {
            return None;
        }
        let lookup = self.engine.lookup(self.request.viewer);
        let phrases = Phrases {
            titles: &lookup.titles,
            vocabulary: &lookup.vocabulary,
            analyzer: self.engine.analyzer(),
        };
        let is_known = |text: &str| {
            let mut terms = query.terms.iter().zip(&self.matches.rarity);
            terms.any(|(term, rarity)| term.text == text && *rarity > 0.0)
        };
        phrases.spell_out(&query.text, &query.analysis, is_known)
    }

    /// Another spelling of the query, where it has words that no article has. Who puts words in quotes means them.
    pub(super) fn other_spelling(&self) -> Option<String> {
        let query = &self.query;
        let terms = || query.terms.iter().zip(&self.matches.rarity);
        let strange = terms().any(|(_, rarity)| *rarity == 0.0);
        let literal = !query.phrases.is_empty() || !query.excluded.is_empty();
        if !strange
            || literal
            || !self.engine.schema().analysis.typos
            || query.analysis.units > MAX_MENDED_UNITS
        {
            return None;
        }
        let known: HashSet<&str> = terms()
            .filter(|(_, r)| **r > 0.0)
            .map(|(term, _)| term.text.as_str())
            .collect();
        let vocabulary = &self.engine.lookup(self.request.viewer).vocabulary;
        vocabulary.correct(&query.text, self.engine.analyzer(), |text| {
            known.contains(text)
        })
    }

    pub(super) fn direct_answer(&self, first: &Ranked) -> Option<DirectAnswer> {
        let head = self.view.head_by_ordinal(first.ordinal)?;
        let (id, title, text) = (head.id.clone(), head.title.clone(), head.answer.clone());
        (!text.is_empty()).then_some(DirectAnswer { id, title, text })
    }

    /// Whether a stretch of a title is a word of the query that says something, and not only how one asks.
    fn names(&self, part: &TextPart) -> bool {
        part.hit
            && part.text.chars().nth(1).is_some()
            && self.engine.query(&part.text).has_content()
    }

    pub(super) fn hit(&self, ranked: &Ranked, marker: &Marker, pinned: bool) -> Result<Hit> {
        let document = self.view.document_by_ordinal(ranked.ordinal)?;
        let article = document.article;
        let shown = snippet(marker, &document.passages, &document.answer);
        let similar = (ranked.question.0 == Zone::Similar && ranked.likeness > 0.3)
            .then(|| article.similar.get(ranked.question.1).cloned())
            .flatten();
        let title_parts = mark(marker, &article.title);
        let near = pinned || ranked.score >= NEAR || title_parts.iter().any(|p| self.names(p));
        Ok(Hit {
            kind: article.id.kind(),
            title_parts,
            category: document.category_titles,
            category_path: article.category,
            score: ranked.score,
            snippet_parts: shown.parts,
            heading: shown.heading,
            similar,
            pinned,
            near,
            explanation: self
                .request
                .explain
                .then(|| explain(self, ranked))
                .transpose()?,
            id: article.id,
            title: article.title,
        })
    }
}

/// How much of a query of so many units a hit must have: less, from 3 units to 9.
fn share_of_best(units: u32) -> f32 {
    let long = (units as f32 - 3.0) / 6.0;
    SHARE_OF_SHORT + (SHARE_OF_LONG - SHARE_OF_SHORT) * long.clamp(0.0, 1.0)
}

fn admitted(view: &View, candidate: &Candidate, request: &Request, tags: &[String]) -> bool {
    let has_tags = |head: &Head| {
        tags.iter()
            .all(|tag| head.tags.iter().any(|have| same(have, tag)))
    };
    view.head_by_ordinal(candidate.ordinal)
        .is_some_and(|head| request.filter.admits(head) && has_tags(head))
}

/// Every article, for a search that only narrows.
fn everything(view: &View) -> Vec<Candidate> {
    let all = (0..view.ordinals()).filter(|ordinal| view.head_by_ordinal(*ordinal).is_some());
    all.map(|ordinal| Candidate {
        ordinal,
        score: 0.0,
        coverage: 0.0,
    })
    .collect()
}
