//! How much of a query stands close together in a text? Who asks for something within a text finds it in one passage.
//!
//! The passage is a window over places, as in the proximity measures of Tao and Zhai (An exploration of proximity measures in
//! information retrieval, SIGIR 2007). Only the best few articles are looked into: their places are skipped to, not read.

use super::query::Query;
use super::rank::Matches;
use crate::error::Result;
use crate::index::{View, Zone};
use crate::text::Kind;
use std::collections::HashMap;

/// How many places a passage spans: about a sentence.
const PASSAGE: u32 = 40;
/// The most places of one term that are looked at in one article.
const MAX_PLACES: usize = 256;

/// Where a query's pairs and words stand in some articles' texts.
#[derive(Debug, Default)]
pub(super) struct Near {
    /// For each article: place and number of the term, in no order.
    places: HashMap<u32, Vec<(u32, usize)>>,
    /// What each term counts by its rarity.
    weights: Vec<f32>,
    total: f32,
}

impl Near {
    /// Looks into the texts of `articles`.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub(super) fn of(
        view: &View,
        query: &Query,
        matches: &Matches,
        articles: impl Iterator<Item = u32>,
    ) -> Result<Self> {
        let mut ordinals: Vec<u32> = articles.collect();
        ordinals.sort_unstable();
        let unknown = (2.0 * view.len() as f32 + 2.0).ln();
        let mut near = Self::default();
        for (term, rarity) in query.terms.iter().zip(&matches.rarity) {
            if !matches!(term.kind, Kind::Pair | Kind::Word) {
                continue;
            }
            let number = near.weights.len();
            near.weights.push(term.share * rarity);
            near.total += term.share * if *rarity == 0.0 { unknown } else { *rarity };
            if *rarity > 0.0 {
                let places = &mut near.places;
                view.for_each_place_among(Zone::Body, &term.text, &ordinals, |ordinal, at| {
                    let of_term = at.iter().take(MAX_PLACES).map(|place| (*place, number));
                    places.entry(ordinal).or_default().extend(of_term);
                })?;
            }
        }
        for places in near.places.values_mut() {
            places.sort_unstable();
        }
        Ok(near)
    }

    /// How much of the query, by rarity, stands within the best passage of an article: 0 to 1.
    pub(super) fn best_passage(&self, ordinal: u32) -> f32 {
        let Some(places) = self.places.get(&ordinal) else {
            return 0.0;
        };
        let mut counts = vec![0_u32; self.weights.len()];
        let (mut sum, mut best, mut first) = (0.0_f32, 0.0_f32, 0);
        for (place, term) in places {
            if counts[*term] == 0 {
                sum += self.weights[*term];
            }
            counts[*term] += 1;
            while places[first].0 + PASSAGE < *place {
                let left = places[first].1;
                counts[left] -= 1;
                if counts[left] == 0 {
                    sum -= self.weights[left];
                }
                first += 1;
            }
            best = best.max(sum);
        }
        best / self.total.max(f32::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::Near;

    #[test]
    fn what_stands_together_counts_and_what_stands_apart_does_not() {
        let near = Near {
            places: [
                (0, vec![(3, 0), (5, 1), (900, 2)]),
                (1, vec![(3, 0), (300, 1), (600, 0)]),
                (2, vec![(3, 0), (4, 0), (6, 1), (9, 2)]),
            ]
            .into(),
            weights: vec![1.0, 1.0, 2.0],
            total: 4.0,
        };
        assert_eq!(
            [0, 1, 2, 3].map(|article| near.best_passage(article)),
            [0.5, 0.25, 1.0, 0.0]
        );
    }
}
