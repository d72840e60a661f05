//! Which words of a query say little of what it is about? Question words and politeness count, but faintly.

use super::analyze::{Analysis, Kind};
use super::normalize::normalize;
use std::collections::HashSet;

/// The shipped list.
const SHIPPED: &str = include_str!("lexicon/stop_words.txt");

/// Words that carry little meaning.
#[derive(Debug, Clone)]
pub struct StopWords {
    words: HashSet<String>,
    longest: usize,
}

impl Default for StopWords {
    fn default() -> Self {
        Self::with("")
    }
}

impl StopWords {
    /// The shipped list and `own` lines: a word a line, `#` begins a comment. Script, width and case do not matter.
    pub fn with(own: &str) -> Self {
        let words: HashSet<String> = SHIPPED
            .lines()
            .chain(own.lines())
            .map(|line| {
                normalize(
                    line.trim_start_matches('\u{feff}')
                        .split('#')
                        .next()
                        .unwrap_or_default()
                        .trim(),
                    true,
                )
                .text()
            })
            .filter(|word| !word.is_empty())
            .collect();
        let longest = words
            .iter()
            .map(|word| word.chars().count())
            .max()
            .unwrap_or(0);
        Self { words, longest }
    }

    /// For each unit of a text, whether it belongs to a stop word. The longest stop word at each place is taken, as long as
    /// it does not cut a word of the text in two.
    pub fn faint_units(&self, analysis: &Analysis) -> Vec<bool> {
        let units: Vec<(&str, Kind)> = analysis
            .unit_terms()
            .map(|term| (analysis.text(term), term.kind))
            .collect();
        let mut faint = vec![false; units.len()];
        let mut at = 0;
        while at < units.len() {
            let length = self
                .length_at(&units[at..])
                .filter(|n| !cuts_a_word(analysis, at, at + n));
            if let Some(length) = length {
                faint[at..at + length].fill(true);
            }
            at += length.unwrap_or(1);
        }
        faint
    }

    fn length_at(&self, units: &[(&str, Kind)]) -> Option<usize> {
        if units[0].1 == Kind::Word {
            return self.words.contains(units[0].0).then_some(1);
        }
        (1..=self.longest.min(units.len())).rev().find(|n| {
            let word: String = units[..*n].iter().map(|(text, _)| *text).collect();
            self.words.contains(&word)
        })
    }
}

fn cuts_a_word(analysis: &Analysis, start: usize, end: usize) -> bool {
    analysis.words.iter().any(|word| {
        let (from, to) = (word.start as usize, word.end as usize);
        (from < start && start < to) || (from < end && end < to)
    })
}
