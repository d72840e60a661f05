//! The one door: everything a reader can look up in one snapshot.

use super::feature::{Feature, LeftOut};
use super::found::find;
use super::lookup::Lookup;
use super::meaning::Meaning;
use super::query::Query;
use super::rank::SumsPool;
use super::related::related;
use super::suggest::{asked_most, suggest};
use super::{Request, Results, Suggestion};
use crate::config::Schema;
use crate::error::Result;
use crate::index::{Head, Snapshot, View};
use crate::model::{ArticleId, Audience};
use crate::text::{Analyzer, Kind, Lexicon};
use std::sync::Arc;

/// Search over one snapshot. Never changed: a new snapshot gets a new engine.
#[derive(Debug)]
pub struct Engine {
    snapshot: Arc<Snapshot>,
    schema: Arc<Schema>,
    lexicon: Arc<Lexicon>,
    sums: SumsPool,
    /// One for each view, the public's first.
    lookups: Vec<Lookup>,
    nothing: Lookup,
    left_out: LeftOut,
}

impl Engine {
    /// An engine over `snapshot`, which was built with `schema` and the analyzer of `lexicon`.
    pub fn new(snapshot: Arc<Snapshot>, schema: Arc<Schema>, lexicon: Arc<Lexicon>) -> Self {
        let lookup = |audience| Lookup::of(snapshot.view(audience), &schema, &lexicon.analyzer);
        Self {
            lookups: snapshot.audiences().map(lookup).collect(),
            nothing: Lookup::default(),
            sums: SumsPool::default(),
            lexicon,
            snapshot,
            schema,
            left_out: LeftOut::default(),
        }
    }

    /// The same engine without some features of ranking: for measuring what each is worth.
    #[must_use]
    pub fn without(self, left_out: LeftOut) -> Self {
        Self { left_out, ..self }
    }

    /// The snapshot that it answers from.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The schema that it ranks by.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Whether viewers of `audience` are answered as by `former`: nothing that they may read is another, nor how it is searched.
    pub fn continues(&self, former: &Self, audience: Audience) -> bool {
        Arc::ptr_eq(&self.schema, &former.schema)
            && Arc::ptr_eq(&self.lexicon, &former.lexicon)
            && self.view(audience).mark() == former.view(audience).mark()
    }

    /// What viewers of `audience` may read.
    pub fn view(&self, audience: Audience) -> &View {
        self.snapshot.view(audience)
    }

    /// Answers a search. Takes well under a millisecond on ten thousand articles and never waits; call it off the async threads.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub fn search(&self, request: &Request) -> Result<Results> {
        find(self, request, None)
    }

    /// The same, with what the query means. [`Results::by_meaning`] says whether that could be compared.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub fn search_by_meaning(
        &self,
        request: &Request,
        meaning: Option<Meaning<'_>>,
    ) -> Result<Results> {
        find(self, request, meaning)
    }

    /// Titles to offer for what has been typed so far, the best first; for an empty text, those that editors put first.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub fn suggest(&self, viewer: Audience, typed: &str, limit: usize) -> Result<Vec<Suggestion>> {
        suggest(self, viewer, typed, limit)
    }

    /// What to offer before anything is typed: what visitors open most, as `opened` has it, then what editors put first. Only what
    /// the viewer may read.
    pub fn asked_most(
        &self,
        viewer: Audience,
        opened: &[ArticleId],
        limit: usize,
    ) -> Vec<Suggestion> {
        asked_most(self, viewer, opened, limit)
    }

    /// Articles to read after this one: those its author names, then those that are like it.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub fn related(&self, viewer: Audience, id: &ArticleId, limit: usize) -> Result<Vec<&Head>> {
        related(self, viewer, id, limit)
    }

    pub(super) fn query(&self, typed: &str) -> Query {
        let stops = self
            .left_out
            .keeps(Feature::StopWords)
            .then_some(&self.lexicon.stop_words);
        let mut query = Query::parse(typed, &self.lexicon.analyzer, stops);
        let feature_of = |kind| match kind {
            Kind::Character => Some(Feature::Characters),
            Kind::Pair => Some(Feature::Bigrams),
            Kind::Compound => Some(Feature::Words),
            Kind::Code => Some(Feature::Codes),
            Kind::Word => None,
        };
        let keeps = |kind| feature_of(kind).is_none_or(|feature| self.left_out.keeps(feature));
        query.terms.retain(|term| keeps(term.kind));
        query
    }

    pub(super) fn lookup(&self, viewer: Audience) -> &Lookup {
        let last = self.lookups.len().saturating_sub(1);
        self.lookups
            .get(viewer.rank().min(last))
            .unwrap_or(&self.nothing)
    }

    pub(super) fn analyzer(&self) -> &Analyzer {
        &self.lexicon.analyzer
    }

    pub(super) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    pub(super) fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    pub(super) fn sums(&self) -> &SumsPool {
        &self.sums
    }
}
