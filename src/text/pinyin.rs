//! How is it read? Characters as the syllables that people type.
//!
//! Most characters have one usual reading; words in which one is read otherwise (重置, 银行) stand in a table.

use pinyin::ToPinyin;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Words with their readings.
static WORDS: LazyLock<Words> = LazyLock::new(|| Words::parse(include_str!("polyphones.txt")));

struct Words {
    readings: HashMap<&'static str, Vec<&'static str>>,
    longest: usize,
}

impl Words {
    fn parse(lines: &'static str) -> Self {
        let entry = |line: &'static str| {
            let (word, reading) = line.split_once(' ')?;
            let reading: Vec<&str> = reading.split(' ').collect();
            (reading.len() == word.chars().count()).then_some((word, reading))
        };
        let lines = lines.lines().filter(|line| !line.starts_with('#'));
        let readings: HashMap<_, _> = lines.filter_map(entry).collect();
        let longest = readings
            .keys()
            .map(|word| word.chars().count())
            .max()
            .unwrap_or(0);
        Self { readings, longest }
    }

    /// The reading of the longest known word that `text` begins with.
    fn at(&self, text: &str) -> Option<&[&'static str]> {
        let ends: Vec<usize> = text
            .char_indices()
            .map(|(at, c)| at + c.len_utf8())
            .take(self.longest)
            .collect();
        ends.iter()
            .rev()
            .find_map(|end| self.readings.get(&text[..*end]))
            .map(Vec::as_slice)
    }
}

/// The syllables of a text in its normal form: lower case, without tones, ü as `v`. A run of ASCII letters or digits is one
/// syllable; what has no reading is left out.
pub fn syllables(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if c.is_ascii_alphanumeric() {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(rest.len());
            out.push(rest[..end].to_ascii_lowercase());
            end
        } else if let Some(reading) = WORDS.at(rest) {
            out.extend(reading.iter().map(|syllable| (*syllable).to_owned()));
            rest.chars().take(reading.len()).map(char::len_utf8).sum()
        } else {
            out.extend(
                c.to_pinyin()
                    .map(|reading| reading.plain().replace('ü', "v")),
            );
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{WORDS, syllables};

    #[test]
    fn reads_characters_and_keeps_latin_words() {
        for (text, reading) in [
            ("密码", "mi ma"),
            ("重置密码", "chong zhi mi ma"),
            ("银行卡和音乐", "yin hang ka he yin yue"),
            ("用API搜索", "yong api sou suo"),
            ("女装！", "nv zhuang"),
        ] {
            assert_eq!(syllables(text).join(" "), reading);
        }
    }

    #[test]
    fn every_line_of_the_table_is_well_formed() {
        let lines = include_str!("polyphones.txt")
            .lines()
            .filter(|line| !line.starts_with('#'));
        let all: Vec<&str> = lines.collect();
        for line in &all {
            let word = line.split(' ').next().unwrap_or_default();
            assert!(
                WORDS.readings.contains_key(word),
                "{line}: as many syllables as characters"
            );
        }
        assert_eq!(all.len(), WORDS.readings.len(), "a word stands twice");
    }
}
