//! Did the reader mean something else? Other spellings of a query, from the knowledge base's own words.
//!
//! Known mistakes are characters that sound the same (秘码, 密吗), pinyin in place of characters (chongzhimima), and a slip in a
//! Latin word of four and more letters (pasword); and, in what no dictionary has, characters that look alike (退歉 for
//! 退款) or sound alike to some (退宽). Only what the index does not have is replaced: whoever types a word that exists means it.

use super::vocabulary::{MAX_UNITS, Vocabulary};
use crate::text::{Analysis, Analyzer, Kind};
use std::ops::Range;

/// The longest run of letters that is read as pinyin.
const MAX_PINYIN: usize = 100;
/// The longest syllable, in letters.
const MAX_SYLLABLE: usize = 6;
/// What a word and a character cost when letters are read.
const WORD: usize = 2;
const CHARACTER: usize = 3;
/// The least share of the letters that words must make up.
const LEAST_IN_WORDS: (usize, usize) = (2, 5);

impl Vocabulary {
    /// Another spelling of `typed`, of which `is_known` says whether the index has a word; `None` where nothing is to be mended.
    pub(super) fn correct(
        &self,
        typed: &str,
        analyzer: &Analyzer,
        is_known: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let analysis = analyzer.analyze(typed);
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
                _ => {
                    let whole =
                        |length: usize| !cuts_a_word(&analysis, &(at..at + length), analyzer);
                    self.mend_characters(&units[at..], whole, analyzer, &is_known)
                }
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

    /// The longest run of characters at the start of `units` that the index does not have but that is like a word it has: in
    /// sound; or, if no dictionary has it, in looks, or in sound to some.
    fn mend_characters(
        &self,
        units: &[(&str, Kind)],
        whole: impl Fn(usize) -> bool,
        analyzer: &Analyzer,
        is_known: &impl Fn(&str) -> bool,
    ) -> (Option<String>, usize) {
        let run = units
            .iter()
            .take(MAX_UNITS)
            .take_while(|(_, kind)| *kind == Kind::Character)
            .count();
        for length in (2..=run).rev() {
            let text: String = units[..length].iter().map(|(text, _)| *text).collect();
            if self.has(&text) {
                return (None, length);
            }
            let pairs_known = units[..length]
                .windows(2)
                .all(|pair| is_known(&format!("{}{}", pair[0].0, pair[1].0)));
            if pairs_known || !whole(length) {
                continue;
            }
            if let Some(other) = self.like(&text, analyzer.is_word(&text)) {
                return (Some(self.written(&other)), length);
            }
        }
        (None, 1)
    }

    fn like(&self, text: &str, is_word: bool) -> Option<String> {
        if let Some(word) = self.same_sound(text) {
            return Some(word.to_owned());
        }
        if is_word {
            return None;
        }
        self.same_look(text)
            .or_else(|| self.near_sound(text).map(str::to_owned))
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
        let word = self.spelt(letters).map(|word| (word, WORD));
        word.or_else(|| Some((self.character_spelt(letters)?, CHARACTER)))
    }
}

/// Whether a run of units of a text cuts a word of it in two, one that a dictionary has.
pub(super) fn cuts_a_word(analysis: &Analysis, run: &Range<usize>, analyzer: &Analyzer) -> bool {
    let units: Vec<&str> = analysis.unit_terms().map(|t| analysis.text(t)).collect();
    analysis.words.iter().any(|word| {
        let (start, end) = (word.start as usize, word.end as usize);
        let crosses = (start < run.start && run.start < end) || (start < run.end && run.end < end);
        crosses && analyzer.is_word(&units[start..end].concat())
    })
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
            ("退歉", Some("退款")),
            ("银形卡", Some("银行卡")),
            ("退宽", Some("退款")),
            ("重字", Some("重置")),
            ("蜜骂", Some("密码")),
            ("申清", Some("申请")),
            ("yinxingka", Some("银行卡")),
            ("推荐", None),
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
