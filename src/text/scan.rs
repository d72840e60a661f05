//! Where, about, does a long text match? A pass without normal forms and terms, for choosing what to look at closely.

use super::analyze::{Kind, is_letter, stem};
use super::script::{fold_char, is_han};
use std::collections::HashMap;

/// Terms to look for in long texts.
#[derive(Debug, Clone, Default)]
pub(super) struct Scanner {
    characters: HashMap<char, usize>,
    pairs: HashMap<(char, char), usize>,
    words: HashMap<String, usize>,
    weights: Vec<f32>,
}

/// A match: the character that it ends at, and which term it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sighting {
    /// Which character of the text, from 0.
    pub(super) at: usize,
    /// Which term; see [`Scanner::weight`].
    pub(super) term: usize,
}

impl Scanner {
    /// Takes in a term; kinds that a single pass cannot see are left out.
    pub(super) fn add(&mut self, text: &str, kind: Kind, weight: f32) {
        let next = self.weights.len();
        let mut chars = text.chars();
        match (kind, chars.next(), chars.next()) {
            (Kind::Character, Some(c), None) => self.characters.insert(c, next),
            (Kind::Pair, Some(a), Some(b)) => self.pairs.insert((a, b), next),
            (Kind::Word, Some(_), _) => self.words.insert(text.to_owned(), next),
            _ => return,
        };
        self.weights.push(weight);
    }

    /// What a term counts.
    pub(super) fn weight(&self, term: usize) -> f32 {
        self.weights.get(term).copied().unwrap_or(0.0)
    }

    /// Finds the terms in `text`, in order.
    pub(super) fn scan(&self, text: &str) -> Vec<Sighting> {
        let mut out = Vec::new();
        let mut before: Option<char> = None;
        let mut word = String::new();
        for (at, c) in text.chars().map(fold).chain([' ']).enumerate() {
            if is_letter(c) && !is_han(c) {
                word.push(c);
                before = None;
                continue;
            }
            if !word.is_empty() {
                let term = self
                    .words
                    .get(word.as_str())
                    .or_else(|| self.words.get(&stem(&word)));
                out.extend(term.map(|term| Sighting {
                    at: at - 1,
                    term: *term,
                }));
                word.clear();
            }
            if let (Some(first), true) = (before, is_han(c)) {
                out.extend(
                    self.pairs
                        .get(&(first, c))
                        .map(|term| Sighting { at, term: *term }),
                );
            }
            out.extend(
                self.characters
                    .get(&c)
                    .map(|term| Sighting { at, term: *term }),
            );
            before = is_han(c).then_some(c);
        }
        out
    }
}

/// Case, width and script of one character; enough for most texts.
fn fold(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - 0xfee0).map_or(c, |c| c.to_ascii_lowercase())
        }
        c if c.is_ascii() => c.to_ascii_lowercase(),
        c => fold_char(c),
    }
}
