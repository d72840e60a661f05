//! The answer to a query, in all its readings: as typed, with other words that mean the same, and with another spelling.
//!
//! Each reading is searched for by itself; an article's place is by the reading that it answers best, where the other
//! wordings count a little less than the query itself and another spelling a little less again.

use super::answer::certainty;
use super::engine::Engine;
use super::find::Search;
use super::meaning::{Meaning, fuse};
use super::rank::Candidate;
use super::request::Request;
use super::rerank::Ranked;
use super::results::{Hit, Results, Work};
use crate::error::Result;
use crate::text::Marker;
use std::collections::{HashMap, HashSet};

/// What the score of a hit by other words is multiplied by, where they stand for words that no article has.
const REWORDED: f32 = 0.95;
/// The same where they stand for words that articles have: synonyms are seldom quite the same.
const LOOSELY: f32 = 0.6;
/// What the score of a hit by another spelling is multiplied by.
const MENDED: f32 = 0.9;
/// What the certainty of a hit by another spelling is multiplied by: the reader may have meant what he wrote.
const MENDED_TRUST: f32 = 0.6;
/// What is added to the score of an article about something that the viewer has, as a share of it: enough to decide between
/// neighbours, too little to bring what does not answer before what does.
const OWN: f32 = 0.08;
/// The most articles that are offered for a text that no article has.
const MAX_BY_TITLE: usize = 50;
/// The most other wordings that are searched for.
const MAX_REWORDINGS: usize = 4;

/// What was found, by all readings so far.
pub(super) struct Found<'a> {
    pub(super) readings: Vec<Search<'a>>,
    /// Which reading is in another spelling.
    mended: Option<usize>,
    /// Articles that are pinned to the query.
    pinned: Vec<u32>,
    /// Each article once, with the reading that it answers best; the best first.
    pub(super) ranked: Vec<(Ranked, usize)>,
}

/// Answers a search.
///
/// # Errors
/// `Internal` when the index is damaged in memory.
pub(super) fn find(
    engine: &Engine,
    request: &Request,
    meaning: Option<Meaning<'_>>,
) -> Result<Results> {
    let mut found = Found::of(engine, request)?;
    let mended = found.readings[0].other_spelling();
    if let Some(text) = mended.as_deref().filter(|_| !found.is_confident()) {
        found.mended = Some(found.readings.len());
        found.read_as(text, MENDED)?;
    }
    if let Some(text) = found.readings[0]
        .spelt_out()
        .filter(|_| !found.is_confident())
    {
        found.read_as(&text, MENDED)?;
    }
    if found.ranked.is_empty() {
        found.look_through_titles();
    }
    let by_meaning = meaning.is_some_and(|meaning| fuse(&mut found, meaning));
    found.favour(&request.own);
    let confident = found.is_confident();
    let first = found.ranked.first().filter(|_| confident);
    let page = found.ranked.iter().skip(request.offset).take(request.limit);
    let ordinals = found.ordinals();
    let facets = &engine.lookup(request.viewer).facets;
    Ok(Results {
        query: request.query.trim().to_owned(),
        total: ordinals.len(),
        answer: first.and_then(|(first, reading)| found.readings[*reading].direct_answer(first)),
        facets: facets.count(ordinals.into_iter()),
        work: found.work(),
        hits: found.hits(page)?,
        confident,
        did_you_mean: mended,
        by_meaning,
    })
}

impl<'a> Found<'a> {
    /// By the query as typed, and by other words that mean the same.
    fn of(engine: &'a Engine, request: &'a Request) -> Result<Self> {
        let lookup = engine.lookup(request.viewer);
        let mut search = Search::new(engine, request, engine.query(&request.query))?;
        let pinned = search.admitted(lookup.pinned(&request.query));
        let ranked = search.rank(lookup, &pinned)?;
        let mut rewordings = search.rewordings(MAX_REWORDINGS);
        if ranked.first().is_some_and(|first| first.exact) {
            rewordings.clear();
        }
        let mut found = Self {
            readings: vec![search],
            mended: None,
            pinned,
            ranked: ranked.into_iter().map(|ranked| (ranked, 0)).collect(),
        };
        for wording in rewordings {
            let factor = if wording.needed { REWORDED } else { LOOSELY };
            found.read_as(&wording.text, factor)?;
        }
        Ok(found)
    }

    /// Takes in what another reading finds.
    fn read_as(&mut self, text: &str, factor: f32) -> Result<()> {
        let (engine, request) = (self.readings[0].engine, self.readings[0].request);
        let mut search = Search::new(engine, request, engine.query(text))?;
        let reading = self.readings.len();
        let mut best: HashMap<u32, (Ranked, usize)> =
            self.ranked.drain(..).map(|r| (r.0.ordinal, r)).collect();
        for theirs in search.rank(engine.lookup(request.viewer), &[])? {
            let exact = theirs.exact && factor > MENDED;
            let theirs = Ranked {
                score: factor * theirs.score,
                words: factor * theirs.words,
                likeness: factor * theirs.likeness,
                covered: factor * theirs.covered,
                near: factor * theirs.near,
                parts: theirs.parts.times(factor),
                exact,
                ..theirs
            };
            let ours = best.entry(theirs.ordinal).or_insert((theirs, reading));
            if theirs.score > ours.0.score {
                *ours = (theirs, reading);
            }
        }
        self.ranked = best.into_values().collect();
        self.readings.push(search);
        self.sort();
        Ok(())
    }

    /// Where no article has any of the words: titles and similar questions in which the text stands as it was typed, by
    /// pinyin or initials too.
    fn look_through_titles(&mut self) {
        let search = &mut self.readings[0];
        let typed = &search.query.text;
        let titles = &search.engine.lookup(search.request.viewer).titles;
        let literal = !search.query.phrases.is_empty() || !search.query.excluded.is_empty();
        let found = if literal {
            Vec::new()
        } else {
            titles.matching(typed, MAX_BY_TITLE)
        };
        let admitted = search.admitted(&found);
        for (ordinal, place) in admitted.into_iter().take(MAX_BY_TITLE).zip(1_u8..) {
            let candidate = Candidate {
                ordinal,
                score: 0.0,
                coverage: 0.0,
            };
            search.matches.candidates.push(candidate);
            let ranked = Ranked::by_title(ordinal, 1.0 / f32::from(place));
            self.ranked.push((ranked, 0));
        }
    }

    /// Whether the first hit is probably the answer.
    fn is_confident(&self) -> bool {
        let Some((first, reading)) = self.ranked.first() else {
            return false;
        };
        let second = self.ranked.get(1).map(|(second, _)| second);
        let says_something = self.readings[0].query.has_content();
        let trust = if self.mended == Some(*reading) {
            MENDED_TRUST
        } else {
            1.0
        };
        let certainty = if says_something {
            trust * certainty(first, second, self.readings[0].view.len())
        } else {
            0.0
        };
        let enough = self.readings[0].engine.schema().ranking.confident;
        !self.pinned.is_empty() || first.exact || certainty >= enough
    }

    /// Brings articles about what the viewer has a little forward.
    fn favour(&mut self, own: &[String]) {
        if own.is_empty() {
            return;
        }
        let view = self.readings[0].view;
        for (ranked, _) in &mut self.ranked {
            let head = view.head_by_ordinal(ranked.ordinal);
            if head.is_some_and(|head| head.is_about(own)) {
                ranked.parts.own = OWN * ranked.score;
                ranked.score += ranked.parts.own;
            }
        }
        self.sort();
    }

    /// The best first.
    pub(super) fn sort(&mut self) {
        self.readings[0].sort_by_key(&mut self.ranked, &self.pinned, |(ranked, _)| ranked);
    }

    /// Takes in articles that no reading found.
    pub(super) fn add(&mut self, others: Vec<Ranked>) {
        let candidate = |ranked: &Ranked| Candidate {
            ordinal: ranked.ordinal,
            score: 0.0,
            coverage: 0.0,
        };
        let candidates = &mut self.readings[0].matches.candidates;
        candidates.extend(others.iter().map(candidate));
        self.ranked
            .extend(others.into_iter().map(|ranked| (ranked, 0)));
    }

    fn work(&self) -> Work {
        let mut work = Work {
            readings: self.readings.len(),
            ..Work::default()
        };
        for reading in &self.readings {
            work.terms += reading.query.terms.len();
            work.postings += reading.matches.postings;
        }
        work
    }

    /// The articles that any reading found, each once.
    pub(super) fn ordinals(&self) -> Vec<u32> {
        let all = self
            .readings
            .iter()
            .flat_map(|search| &search.matches.candidates)
            .map(|c| c.ordinal);
        match self.readings.as_slice() {
            [_] => all.collect(),
            _ => all.collect::<HashSet<u32>>().into_iter().collect(),
        }
    }

    fn hits<'r>(&self, page: impl Iterator<Item = &'r (Ranked, usize)>) -> Result<Vec<Hit>> {
        let terms = self
            .readings
            .iter()
            .flat_map(|search| search.query.terms.iter().zip(&search.matches.rarity));
        let marks = terms
            .map(|(term, rarity)| (term.text.as_str(), term.kind, term.share.max(0.01) * rarity));
        let marker = Marker::new(marks, self.readings[0].engine.analyzer());
        let show = |(ranked, reading): &(Ranked, usize)| {
            self.readings[*reading].hit(ranked, &marker, self.pinned.contains(&ranked.ordinal))
        };
        page.map(show).collect()
    }
}
