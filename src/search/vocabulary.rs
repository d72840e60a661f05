//! Which words does the knowledge base itself use, how are they read, and what is like them?
//!
//! Words come from titles and similar questions only, so that nothing that is offered leads to nothing.

use crate::index::View;
use crate::text::{Analyzer, Term, blurred, is_han, look_alikes, readings, syllables};
use std::collections::HashMap;

/// The most units of a word that is kept.
pub(super) const MAX_UNITS: usize = 5;
/// The least letters of a Latin word that is corrected.
const MIN_LETTERS: usize = 4;
/// From this many letters on, two slips are forgiven.
const TWO_SLIPS: usize = 8;

/// The words of one view's questions.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// Each word, in normal form, with how many questions have it and how one of them writes it.
    words: HashMap<String, (u32, String)>,
    /// The most frequent word of each reading.
    by_reading: HashMap<String, String>,
    /// The most frequent word of each blurred reading.
    by_sound: HashMap<String, String>,
    /// The most frequent character of each reading.
    by_syllable: HashMap<String, String>,
    /// Latin words by their length.
    latin: HashMap<usize, Vec<String>>,
}

impl Vocabulary {
    /// Collects the words of all questions of `view`.
    pub(super) fn of(view: &View, analyzer: &Analyzer) -> Self {
        let questions = view
            .heads()
            .flat_map(|head| std::iter::once(&head.title).chain(&head.similar));
        Self::from_questions(questions.map(String::as_str), analyzer)
    }

    pub(super) fn from_questions<'a>(
        questions: impl Iterator<Item = &'a str>,
        analyzer: &Analyzer,
    ) -> Self {
        let mut counted: HashMap<String, (u32, String)> = HashMap::new();
        for question in questions {
            for (word, written) in words(analyzer, question) {
                counted.entry(word).or_insert((0, written)).0 += 1;
            }
        }
        let mut ordered: Vec<(&String, u32)> = counted
            .iter()
            .map(|(word, (count, _))| (word, *count))
            .collect();
        ordered.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let mut out = Self::default();
        for (word, _) in &ordered {
            out.take_in(word);
        }
        // Rarer readings only after all usual ones.
        for (word, _) in ordered {
            out.take_in_other_readings(word);
        }
        out.words = counted;
        out
    }

    fn take_in(&mut self, word: &str) {
        let read = syllables(word);
        if word.chars().count() == 1 {
            insert(&mut self.by_syllable, read.concat(), word);
        } else if word.chars().all(is_han) {
            insert(&mut self.by_reading, read.concat(), word);
            insert(&mut self.by_sound, sound(&read), word);
        } else if word.len() >= MIN_LETTERS {
            let same_length = self.latin.entry(word.len()).or_default();
            same_length.push(word.to_owned());
        }
    }

    /// As the characters of a word are read by themselves, since who types it wrongly thinks of either, and as they may be read.
    fn take_in_other_readings(&mut self, word: &str) {
        if !word.chars().all(is_han) {
            return;
        }
        let alone = word
            .chars()
            .flat_map(|c| syllables(c.encode_utf8(&mut [0; 4])));
        let apart: String = alone.collect();
        let others = readings(word).into_iter().skip(1).map(|r| r.concat());
        let single = word.chars().count() == 1;
        for reading in std::iter::once(apart).chain(others) {
            let table = match single {
                true => &mut self.by_syllable,
                false => &mut self.by_reading,
            };
            insert(table, reading, word);
        }
    }

    /// Whether any question has a word, a normal form.
    pub(super) fn has(&self, word: &str) -> bool {
        self.words.contains_key(word)
    }

    /// How many questions have a word, a normal form.
    pub(super) fn frequency(&self, word: &str) -> u32 {
        self.words.get(word).map_or(0, |(count, _)| *count)
    }

    /// A word as the knowledge base writes it.
    pub(super) fn written(&self, word: &str) -> String {
        self.words
            .get(word)
            .map_or(word, |(_, written)| written)
            .to_owned()
    }

    /// The word that is read like `typed`, in any way that it may be read.
    pub(super) fn same_sound(&self, typed: &str) -> Option<&str> {
        let known = |reading: Vec<String>| self.by_reading.get(&reading.concat());
        readings(typed)
            .into_iter()
            .find_map(known)
            .map(String::as_str)
    }

    /// The word that `typed` is with one character taken for another that looks like it; the most frequent.
    pub(super) fn same_look(&self, typed: &str) -> Option<String> {
        let chars: Vec<char> = typed.chars().collect();
        let with = |at: usize, other: char| -> String {
            let mut word = chars.clone();
            word[at] = other;
            word.into_iter().collect()
        };
        let candidates = chars.iter().enumerate().flat_map(|(at, c)| {
            let others = look_alikes(*c).iter();
            others.map(move |other| (at, *other))
        });
        candidates
            .map(|(at, other)| with(at, other))
            .filter(|word| self.has(word))
            .max_by_key(|word| (self.frequency(word), std::cmp::Reverse(word.clone())))
    }

    /// The word that is read as `typed` is by some accents.
    pub(super) fn near_sound(&self, typed: &str) -> Option<&str> {
        let known = |reading: Vec<String>| self.by_sound.get(&sound(&reading));
        readings(typed)
            .into_iter()
            .find_map(known)
            .map(String::as_str)
    }

    /// The word that is spelt by these letters.
    pub(super) fn spelt(&self, letters: &str) -> Option<&str> {
        self.by_reading.get(letters).map(String::as_str)
    }

    /// The character that is spelt by these letters.
    pub(super) fn character_spelt(&self, letters: &str) -> Option<&str> {
        self.by_syllable.get(letters).map(String::as_str)
    }

    /// The most frequent Latin word that is one slip away, or two for a long one; the first letter is taken to be right.
    pub(super) fn nearest(&self, word: &str) -> Option<String> {
        if word.len() < MIN_LETTERS || !word.is_ascii() {
            return None;
        }
        let slips = if word.len() >= TWO_SLIPS { 2 } else { 1 };
        let lengths = word.len() - slips..=word.len() + slips;
        let near = lengths
            .filter_map(|length| self.latin.get(&length))
            .flatten()
            .filter_map(|known| {
                let distance = strsim::osa_distance(word, known);
                let frequency = std::cmp::Reverse(self.frequency(known));
                (distance <= slips && known[..1] == word[..1])
                    .then_some((distance, frequency, known))
            });
        near.min().map(|(_, _, known)| self.written(known))
    }
}

/// Keeps the first word of each reading.
fn insert(table: &mut HashMap<String, String>, reading: String, word: &str) {
    if !reading.is_empty() {
        table.entry(reading).or_insert_with(|| word.to_owned());
    }
}

fn sound(syllables: &[String]) -> String {
    let blurred: Vec<String> = syllables.iter().map(|s| blurred(s)).collect();
    blurred.join("'")
}

/// The words of a question, in normal form and as written: of characters, two to five as segmentation cuts them; and Latin words.
fn words(analyzer: &Analyzer, question: &str) -> Vec<(String, String)> {
    let analysis = analyzer.analyze(question);
    let units: Vec<&Term> = analysis.unit_terms().collect();
    let single = (0..units.len()).map(|i| i..i + 1);
    let cut = analysis
        .words
        .iter()
        .map(|word| word.start as usize..word.end as usize);
    let spelt = single
        .chain(cut.filter(|word| word.len() <= MAX_UNITS))
        .filter_map(|run| {
            let run = units.get(run)?;
            let normal = run.iter().map(|unit| analysis.text(unit)).collect();
            let source = run.first()?.source.start as usize..run.last()?.source.end as usize;
            Some((normal, question.get(source)?.to_owned()))
        });
    let mut out: Vec<(String, String)> = spelt.collect();
    out.sort_unstable();
    out.dedup_by(|a, b| a.0 == b.0);
    out
}
