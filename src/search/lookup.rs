//! What is made ready, once for each state of a view, so that a search need not look for it?

use super::compare::Rarity;
use super::facets::FacetTable;
use super::rank::Counts;
use super::titles::Titles;
use super::vocabulary::Vocabulary;
use crate::config::Schema;
use crate::index::{Head, View};
use crate::text::{Analyzer, normalize};
use std::cmp::Reverse;
use std::collections::HashMap;

/// The most articles that are offered before anything is typed.
const MAX_STARTERS: usize = 200;

/// Tables over one view.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    pub(super) rarity: Rarity,
    pub(super) facets: FacetTable,
    pub(super) titles: Titles,
    pub(super) vocabulary: Vocabulary,
    /// What to offer before anything is typed.
    pub(super) starters: Vec<u32>,
    pub(super) counts: Counts,
    /// Articles by the queries that they are pinned to, in normal form.
    pins: HashMap<String, Vec<u32>>,
}

impl Lookup {
    /// Makes the tables; takes time in proportion to the number of articles, about a second for a hundred thousand.
    pub(super) fn of(view: &View, schema: &Schema, analyzer: &Analyzer) -> Self {
        let mut pins: HashMap<String, Vec<u32>> = HashMap::new();
        for ordinal in 0..view.ordinals() {
            for query in view
                .head_by_ordinal(ordinal)
                .map(|head| head.pinned.as_slice())
                .unwrap_or_default()
            {
                pins.entry(plain(query)).or_default().push(ordinal);
            }
        }
        Self {
            rarity: Rarity::of(view),
            facets: FacetTable::of(view, schema),
            titles: Titles::of(view, schema.analysis.pinyin, analyzer),
            vocabulary: Vocabulary::of(view, analyzer),
            starters: starters(view),
            counts: Counts::default(),
            pins,
        }
    }

    /// The articles that are pinned to a query, however it is spaced, punctuated and written.
    pub(super) fn pinned(&self, query: &str) -> &[u32] {
        self.pins
            .get(&plain(query))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

/// Those that are pinned to a query, then those that most others name as related, then the newest: where nobody has opened much
/// yet, what editors point to and what is new is what most people come for.
fn starters(view: &View) -> Vec<u32> {
    let mut named: HashMap<&str, usize> = HashMap::new();
    for related in view.heads().flat_map(|head| &head.related) {
        *named.entry(related.as_str()).or_default() += 1;
    }
    let mut heads: Vec<&Head> = view.heads().collect();
    heads.sort_by_key(|head| {
        let times = named.get(head.id.as_str()).copied().unwrap_or(0);
        (
            head.pinned.is_empty(),
            Reverse(times),
            Reverse(head.updated),
        )
    });
    heads
        .into_iter()
        .take(MAX_STARTERS)
        .filter_map(|head| view.ordinal_of(&head.id))
        .collect()
}

/// What a query says, without spaces and punctuation.
fn plain(query: &str) -> String {
    let normal = normalize(query, true);
    normal
        .chars
        .into_iter()
        .filter(|c| c.is_alphanumeric())
        .collect()
}
