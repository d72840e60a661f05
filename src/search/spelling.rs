//! Did the reader mean something else? Other spellings of a query, from the knowledge base's own words.
//!
//! Words come from titles and similar questions only, so that no suggestion leads to nothing. Three mistakes are known:
//! characters that sound the same (秘码, 密吗), pinyin in place of characters (chongzhimima), and a slip in a Latin word of four and
//! more letters (pasword). Only what the index does not have is replaced: whoever types a word that exists means it.

use crate::index::View;
use crate::text::{Analyzer, Kind, Term, is_han, syllables};
use std::collections::HashMap;

/// The most units of a word that is corrected.
const MAX_UNITS: usize = 5;
/// The longest run of letters that is read as pinyin.
const MAX_PINYIN: usize = 100;
/// The longest syllable, in letters.
const MAX_SYLLABLE: usize = 6;
/// What a word and a character cost when letters are read.
const WORD: usize = 2;
const CHARACTER: usize = 3;
/// The least share of the letters that words must make up.
const LEAST_IN_WORDS: (usize, usize) = (2, 5);
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

    fn from_questions<'a>(questions: impl Iterator<Item = &'a str>, analyzer: &Analyzer) -> Self {
        let mut counted: HashMap<String, (u32, String)> = HashMap::new();
        for question in questions {
            for (word, written) in words(analyzer, question) {
                counted.entry(word).or_insert((0, written)).0 += 1;
            }
        }
        let mut out = Self::default();
        let mut ordered: Vec<(&String, u32)> = counted
            .iter()
            .map(|(word, (count, _))| (word, *count))
            .collect();
        ordered.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        for (word, _) in ordered {
            if word.chars().count() == 1 {
                out.by_syllable
                    .entry(syllables(word).concat())
                    .or_insert_with(|| word.clone());
            } else if word.chars().all(is_han) {
                // As read in this word, and as its characters are read by themselves, since who types it wrongly thinks of either.
                let apart: String = word
                    .chars()
                    .flat_map(|c| syllables(c.encode_utf8(&mut [0; 4])))
                    .collect();
                for reading in [syllables(word).concat(), apart] {
                    out.by_reading
                        .entry(reading)
                        .or_insert_with(|| word.clone());
                }
            } else if word.len() >= MIN_LETTERS {
                out.latin.entry(word.len()).or_default().push(word.clone());
            }
        }
        out.words = counted;
        out
    }

    /// A word as the knowledge base writes it.
    fn written(&self, word: &str) -> String {
        self.words
            .get(word)
            .map_or(word, |(_, written)| written)
            .to_owned()
    }

    /// Another spelling of `typed`, of which `is_known` says whether the index has a word; `None` where nothing is to be mended.
    pub(super) fn correct(
        &self,
        typed: &str,
        analyzer: &Analyzer,
        is_known: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let analysis = analyzer.analyze_units(typed);
        let terms: Vec<_> = analysis.unit_terms().collect();
        let units: Vec<(&str, Kind)> = terms
            .iter()
            .map(|term| (analysis.text(term), term.kind))
            .collect();
        let (mut out, mut changed, mut at) = (String::new(), false, 0);
        while at < units.len() {
            let (text, kind) = units[at];
            let (mended, length) = match kind {
                Kind::Word if is_known(text) => (None, 1),
                Kind::Word => (self.read_pinyin(text).or_else(|| self.nearest(text)), 1),
                _ => self.homophone(&units[at..], &is_known),
            };
            if kind == Kind::Word && out.ends_with(|c: char| c.is_ascii_alphanumeric()) {
                out.push(' ');
            }
            changed |= mended.is_some();
            match mended {
                Some(word) => out.push_str(&word),
                None => {
                    let (first, last) = (&terms[at].source, &terms[at + length - 1].source);
                    out.push_str(&typed[first.start as usize..last.end as usize]);
                }
            }
            at += length;
        }
        changed.then_some(out)
    }

    /// The longest run of characters at the start of `units` that the index does not have but that sounds like a word it has.
    fn homophone(
        &self,
        units: &[(&str, Kind)],
        is_known: &impl Fn(&str) -> bool,
    ) -> (Option<String>, usize) {
        let run = units
            .iter()
            .take(MAX_UNITS)
            .take_while(|(_, kind)| *kind == Kind::Character)
            .count();
        for length in (2..=run).rev() {
            let text: String = units[..length].iter().map(|(text, _)| *text).collect();
            if self.words.contains_key(&text) {
                return (None, length);
            }
            let pairs_known = units[..length]
                .windows(2)
                .all(|pair| is_known(&format!("{}{}", pair[0].0, pair[1].0)));
            let other = self.by_reading.get(&syllables(&text).concat());
            if let Some(other) = other.filter(|_| !pairs_known) {
                return (Some(self.written(other)), length);
            }
        }
        (None, 1)
    }

    /// A run of letters as the words whose readings it is made of, with single characters between them where it must be: as few
    /// of both as possible, nothing left over, and enough of it in words. `banana` is not 八那那.
    fn read_pinyin(&self, letters: &str) -> Option<String> {
        if !(2..=MAX_PINYIN).contains(&letters.len())
            || !letters.bytes().all(|b| b.is_ascii_lowercase())
        {
            return None;
        }
        // For each end, the least cost of reaching it and where the last word of that way begins.
        let mut best: Vec<Option<(usize, usize)>> = vec![None; letters.len() + 1];
        best[0] = Some((0, 0));
        for end in 1..=letters.len() {
            for start in end.saturating_sub(MAX_SYLLABLE * MAX_UNITS)..end {
                let Some((before, _)) = best[start] else {
                    continue;
                };
                let Some((_, cost)) = self.read(&letters[start..end]) else {
                    continue;
                };
                if best[end].is_none_or(|(known, _)| before + cost < known) {
                    best[end] = Some((before + cost, start));
                }
            }
        }
        let (mut words, mut in_words, mut end) = (Vec::new(), 0, letters.len());
        while end > 0 {
            let (_, start) = best[end]?;
            let (word, cost) = self.read(&letters[start..end])?;
            in_words += if cost == WORD { end - start } else { 0 };
            words.push(self.written(word));
            end = start;
        }
        (in_words * LEAST_IN_WORDS.1 >= letters.len() * LEAST_IN_WORDS.0)
            .then(|| words.into_iter().rev().collect())
    }

    /// The word or character that is read so, and what it costs.
    fn read(&self, letters: &str) -> Option<(&str, usize)> {
        let word = self
            .by_reading
            .get(letters)
            .map(|word| (word.as_str(), WORD));
        word.or_else(|| {
            self.by_syllable
                .get(letters)
                .map(|c| (c.as_str(), CHARACTER))
        })
    }

    /// The most frequent Latin word that is one slip away, or two for a long one; the first letter is taken to be right.
    fn nearest(&self, word: &str) -> Option<String> {
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
                let frequency = self.words.get(known).map_or(0, |(count, _)| *count);
                (distance <= slips && known[..1] == word[..1]).then_some((
                    distance,
                    std::cmp::Reverse(frequency),
                    known,
                ))
            });
        near.min().map(|(_, _, known)| self.written(known))
    }
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

#[cfg(test)]
mod tests {
    use super::Vocabulary;
    use crate::text::Analyzer;

    #[test]
    fn mends_what_sounds_alike_is_spelt_in_pinyin_or_slipped_and_leaves_what_is_known() {
        let words = [
            "重置",
            "密码",
            "退款",
            "password",
            "银行卡",
            "申请",
            "怎么在手机上重置密码",
        ];
        let vocabulary = Vocabulary::from_questions(words.into_iter(), &Analyzer::default());
        let known = |text: &str| words.iter().any(|word| word.contains(text));
        for (typed, mended) in [
            ("重置秘码", Some("重置密码")),
            ("密吗", Some("密码")),
            ("重製密碼", Some("重置密碼")),
            ("chongzhimima", Some("重置密码")),
            ("chongzhi 密码", Some("重置密码")),
            ("yinhangka", Some("银行卡")),
            ("zenmezaishoujichongzhimima", Some("怎么在手机重置密码")),
            ("zaizaizai", None),
            ("pasword", Some("password")),
            ("passwrod 退款", Some("password退款")),
            ("申请退款", None),
            ("xyzzy", None),
            ("", None),
        ] {
            assert_eq!(
                vocabulary
                    .correct(typed, &Analyzer::default(), known)
                    .as_deref(),
                mended,
                "{typed}"
            );
        }
    }
}
