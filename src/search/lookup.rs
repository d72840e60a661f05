//! What is made ready, once for each state of a view, so that a search need not look for it?

use super::compare::Rarity;
use super::facets::FacetTable;
use super::suggest::Titles;
use crate::config::Schema;
use crate::index::View;
use crate::text::{Analyzer, normalize};
use std::collections::HashMap;

/// Tables over one view.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    pub(super) rarity: Rarity,
    pub(super) facets: FacetTable,
    pub(super) titles: Titles,
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
            pins,
        }
    }

    /// The articles that are pinned to a query, however it is spaced and written.
    pub(super) fn pinned(&self, query: &str) -> &[u32] {
        self.pins
            .get(&plain(query))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

fn plain(query: &str) -> String {
    normalize(query, true)
        .text()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
