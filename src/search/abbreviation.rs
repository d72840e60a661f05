//! What is it short for? 浙大 is 浙江大学, 农行 is 农业银行, 社保 is 社会保险: one character of each of successive words.
//!
//! Only what no article has is spelt out, and only as a phrase of the knowledge base's own questions: each character of the
//! short form begins or ends the next of successive words of two characters and more, the first begins the first. The other
//! way, words that no article has side by side are put as the short form that questions have.

use super::spelling::cuts_a_word;
use super::titles::Titles;
use super::vocabulary::Vocabulary;
use crate::text::{Analysis, Analyzer, Kind, Term};
use std::collections::BTreeMap;
use std::ops::Range;

/// The longest short form, in characters.
const MAX_SHORT: usize = 4;
/// The longest word of a phrase, in characters.
const MAX_WORD: usize = 4;
/// The most places in questions that are looked at for one short form.
const MAX_PLACES: usize = 2_000;
/// The most of them that are cut into words.
const MAX_CUT: usize = 40;
/// The most short forms of one query that are looked for.
const MAX_TRIED: usize = 6;

/// What a query is read against.
pub(super) struct Phrases<'a> {
    pub(super) titles: &'a Titles,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) analyzer: &'a Analyzer,
}

impl Phrases<'_> {
    /// `typed` with a short form spelt out, or with words put as their short form; `is_known` says whether any article has a
    /// pair of characters.
    pub(super) fn spell_out(
        &self,
        typed: &str,
        analysis: &Analysis,
        is_known: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let units: Vec<(&str, &Term)> = analysis
            .unit_terms()
            .map(|term| (analysis.text(term), term))
            .collect();
        let strange: Vec<bool> = units
            .windows(2)
            .map(|pair| {
                let both = pair.iter().all(|(_, unit)| unit.kind == Kind::Character);
                both && !is_known(&format!("{}{}", pair[0].0, pair[1].0))
            })
            .collect();
        let replaced = |range: Range<usize>, by: &str| {
            let start = units[range.start].1.source.start as usize;
            let end = units[range.end - 1].1.source.end as usize;
            format!("{}{by}{}", &typed[..start], &typed[end..])
        };
        let whole = |range: &Range<usize>| !cuts_a_word(analysis, range, self.analyzer);
        for range in short_forms(&strange).filter(whole).take(MAX_TRIED) {
            let short: Vec<char> = units[range.clone()]
                .iter()
                .filter_map(|(text, _)| text.chars().next())
                .collect();
            if let Some(phrase) = self.phrase(&short) {
                return Some(replaced(range, &phrase));
            }
        }
        let (range, short) = self.shortened(analysis, &units, &strange)?;
        Some(replaced(range, &short))
    }

    /// The most frequent phrase that `short` is short for.
    fn phrase(&self, short: &[char]) -> Option<String> {
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        let places = self
            .titles
            .places_of(*short.first()?, MAX_PLACES)
            .map(|rest| {
                rest.chars()
                    .take(MAX_WORD * short.len())
                    .collect::<String>()
            })
            .filter(|window| has_in_order(window, short));
        for window in places.take(MAX_CUT) {
            let analysis = self.analyzer.analyze(&window);
            let chars: Vec<char> = window.chars().collect();
            if let Some(end) = chain(&analysis.words, &chars, short, 0) {
                *found.entry(chars[..end].iter().collect()).or_default() += 1;
            }
        }
        let best = found.into_iter().max_by_key(|(_, count)| *count);
        best.map(|(phrase, _)| phrase)
    }

    /// Two words side by side that no article has so, and the short form of them that questions have.
    fn shortened(
        &self,
        analysis: &Analysis,
        units: &[(&str, &Term)],
        strange: &[bool],
    ) -> Option<(Range<usize>, String)> {
        let place = |word: &Range<u32>| word.start as usize..word.end as usize;
        let words = || analysis.words.iter().map(place);
        let pairs = words().flat_map(|a| {
            words()
                .filter(move |b| a.end == b.start)
                .map(move |b| (a.clone(), b))
        });
        for (a, b) in pairs {
            if !strange.get(a.start..b.end - 1)?.contains(&true) {
                continue;
            }
            for last in [b.start, b.end - 1] {
                let short = format!("{}{}", units[a.start].0, units[last].0);
                if self.vocabulary.has(&short) {
                    return Some((a.start..b.end, self.vocabulary.written(&short)));
                }
            }
        }
        None
    }
}

/// Runs of units of which no article has any two neighbours, the longest at each place.
fn short_forms(strange: &[bool]) -> impl Iterator<Item = Range<usize>> {
    (0..strange.len()).flat_map(move |start| {
        let run = strange[start..]
            .iter()
            .take(MAX_SHORT - 1)
            .take_while(|strange| **strange)
            .count();
        (1..=run).rev().map(move |pairs| start..start + pairs + 1)
    })
}

fn has_in_order(window: &str, short: &[char]) -> bool {
    let mut chars = window.chars();
    short.iter().all(|wanted| chars.any(|c| c == *wanted))
}

/// Where the phrase ends whose words, from `start` on, each begin or end with the next character of `short`.
fn chain(words: &[Range<u32>], chars: &[char], short: &[char], start: usize) -> Option<usize> {
    let Some((wanted, rest)) = short.split_first() else {
        return Some(start);
    };
    words
        .iter()
        .map(|word| word.start as usize..word.end as usize)
        .filter(|word| word.start == start && word.len() <= MAX_WORD)
        .filter(|word| {
            let begins = chars.get(word.start) == Some(wanted);
            let ends = start > 0 && chars.get(word.end - 1) == Some(wanted);
            begins || ends
        })
        .find_map(|word| chain(words, chars, rest, word.end))
}
