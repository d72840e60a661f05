//! What is made ready, once for each state of a view, so that a search need not look for it?

use super::compare::Rarity;
use super::facets::FacetTable;
use super::rank::Counts;
use super::spelling::Vocabulary;
use super::suggest::Titles;
use crate::config::Schema;
use crate::index::{Head, View};
use crate::text::{Analyzer, normalize};
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
            titles: Titles::of(view, schema.analysis, analyzer),
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

/// The first articles of each category in turn, as their editors ordered them: what most people come for stands first.
fn starters(view: &View) -> Vec<u32> {
    let lists: Vec<Vec<&Head>> = view
        .categories()
        .iter()
        .map(|category| view.in_category(&category.path))
        .collect();
    let rounds = lists
        .iter()
        .map(Vec::len)
        .max()
        .unwrap_or(0)
        .min(MAX_STARTERS);
    let in_turn =
        (0..rounds).flat_map(|round| lists.iter().filter_map(move |list| list.get(round)));
    in_turn
        .filter_map(|head| view.ordinal_of(&head.id))
        .take(MAX_STARTERS)
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
