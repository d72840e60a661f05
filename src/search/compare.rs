//! How alike are a query and a question? Weighted overlap, with what is missing on either side held against it.
//!
//! Dice's coefficient (Measures of the amount of ecologic association between species, Ecology 26, 1945) over units and
//! pairs of neighbouring units. What both have counts by its rarity among the questions of the knowledge base; what only
//! the question has counts the same whatever it is, since a rare word too many is no worse than a common one. A title that
//! says more than the query, or less, is less alike; word order shows in the pairs.

use crate::index::View;
use crate::text::is_word;
use std::collections::HashMap;

/// What a pair of neighbouring units counts beside a unit.
const PAIR: f32 = 0.6;
/// What a repeated unit counts beside its first occurrence.
const REPEATED: f32 = 0.3;
/// What a unit of the query that is in a stop word counts beside another.
const FAINT: f32 = 0.7;
/// The same for letters: `how`, `do` and `my` say less than 怎么, and are rare where most is Chinese.
const FAINT_LETTERS: f32 = 0.35;
/// How much of a unit's weight is the same for all; the rest is its rarity.
const EVEN: f32 = 0.3;
/// The even part, as a share of the rarity of a unit that occurs nowhere.
const EVEN_SHARE: f32 = 0.6;

/// How rare each unit is among the questions of one view.
#[derive(Debug, Default)]
pub(super) struct Rarity {
    by_unit: HashMap<u32, f32>,
    unknown: f32,
}

impl Rarity {
    /// Counts over all questions of `view`.
    pub(super) fn of(view: &View) -> Self {
        let mut counts: HashMap<u32, (u32, u32)> = HashMap::new();
        let mut questions = 0_u32;
        for head in view.heads() {
            for (_, _, codes) in head.signature.questions() {
                questions += 1;
                for code in codes {
                    let entry = counts.entry(*code).or_default();
                    if entry.1 != questions {
                        *entry = (entry.0 + 1, questions);
                    }
                }
            }
        }
        let total = questions as f32;
        let rarity = |count: f32| (1.0 + (total - count + 0.5) / (count + 0.5)).ln();
        let by_unit = counts
            .into_iter()
            .map(|(code, (count, _))| (code, rarity(count as f32)))
            .collect();
        Self {
            by_unit,
            unknown: rarity(0.0),
        }
    }

    fn unit(&self, code: u32) -> f32 {
        self.by_unit.get(&code).copied().unwrap_or(self.unknown)
    }

    fn even(&self) -> f32 {
        EVEN_SHARE * self.unknown
    }
}

/// A query, ready to be compared with many questions.
#[derive(Debug)]
pub(super) struct Comparer {
    codes: Vec<u32>,
    /// Each distinct unit of the query with its weight.
    units: Vec<(u32, f32)>,
    /// Each distinct pair with its weight.
    pairs: Vec<((u32, u32), f32)>,
    total: f32,
    /// The weight of a unit that the query does not have.
    other: f32,
}

/// How a question compares with the query.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Likeness {
    /// 0 for nothing in common, 1 for the same.
    pub(super) score: f32,
    /// Whether both are the same, unit by unit.
    pub(super) exact: bool,
    /// How much of the query the question has, by weight, whatever it has beside: 0 to 1.
    pub(super) covered: f32,
}

impl Comparer {
    /// For a query of these units, of which some are faint.
    pub(super) fn new(codes: Vec<u32>, faint: &[bool], rarity: &Rarity) -> Self {
        let even = rarity.even();
        let weight = |i: usize| {
            let faint = faint.get(i).copied().unwrap_or(false);
            let weight = (1.0 - EVEN) * rarity.unit(codes[i]) + EVEN * even;
            match faint {
                true if is_word(codes[i]) => FAINT_LETTERS * weight,
                true => FAINT * weight,
                false => weight,
            }
        };
        let mut units: Vec<(u32, f32)> = Vec::new();
        let mut pairs: Vec<((u32, u32), f32)> = Vec::new();
        for i in 0..codes.len() {
            if units.iter().all(|(code, _)| *code != codes[i]) {
                units.push((codes[i], weight(i)));
            }
            let Some(next) = codes.get(i + 1) else {
                continue;
            };
            let pair = (codes[i], *next);
            if pairs.iter().all(|(known, _)| *known != pair) {
                pairs.push((pair, PAIR * (weight(i) + weight(i + 1)) / 2.0));
            }
        }
        let total = units
            .iter()
            .map(|(_, w)| w)
            .chain(pairs.iter().map(|(_, w)| w))
            .sum();
        Self {
            codes,
            units,
            pairs,
            total,
            other: even,
        }
    }

    /// The units of the query.
    pub(super) fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Compares with one question.
    pub(super) fn compare(&self, question: &[u32]) -> Likeness {
        let mut seen = vec![false; self.units.len()];
        let (mut shared, mut size) = (0.0_f32, 0.0_f32);
        let mut last: Option<(u32, f32)> = None;
        for code in question {
            let weight = match self.units.iter().position(|(unit, _)| unit == code) {
                Some(i) if !seen[i] => {
                    seen[i] = true;
                    shared += self.units[i].1;
                    self.units[i].1
                }
                Some(i) => REPEATED * self.units[i].1,
                None => self.other,
            };
            size += weight;
            if let Some((before, weight_before)) = last {
                let pair = self.pairs.iter().find(|(pair, _)| *pair == (before, *code));
                shared += pair.map_or(0.0, |(_, w)| *w);
                size += pair.map_or(PAIR * (weight + weight_before) / 2.0, |(_, w)| *w);
            }
            last = Some((*code, weight));
        }
        let score = if shared > 0.0 {
            (2.0 * shared / (self.total + size)).min(1.0)
        } else {
            0.0
        };
        Likeness {
            score,
            covered: shared / self.total.max(f32::MIN_POSITIVE),
            exact: !question.is_empty() && self.codes == question,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Comparer, Rarity};
    use crate::text::{Analyzer, unit_code};

    fn codes(text: &str) -> Vec<u32> {
        let analysis = Analyzer::default().analyze_units(text);
        analysis
            .unit_terms()
            .map(|term| unit_code(analysis.text(term)))
            .collect()
    }

    #[test]
    fn the_same_is_one_and_what_is_missing_or_too_much_counts_against() {
        let rarity = Rarity {
            by_unit: std::collections::HashMap::new(),
            unknown: 5.0,
        };
        let comparer = Comparer::new(codes("怎么重置密码"), &[true, true], &rarity);
        let likeness = |question: &str| comparer.compare(&codes(question));
        assert!(likeness("怎么重置密码").exact && likeness("怎么重置密码").score > 0.9);
        assert!(likeness("如何重置密码").score > likeness("如何重置支付密码的提示问题").score);
        assert!(likeness("重置密码").score > likeness("密码重置").score);
        assert_eq!(likeness("申请退款").score, 0.0);
        assert_eq!(likeness("").score, 0.0);
    }
}
