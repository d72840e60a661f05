//! How is it read? Characters as the syllables that people type.
//!
//! Most characters have one usual reading; words in which one is read otherwise (重置, 银行) stand in a table, and the
//! characters with more than one in another. Both are of our own making; the usual readings are those of the `pinyin` crate.

use pinyin::ToPinyin;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The most readings of one text.
const MAX_READINGS: usize = 4;

/// Words with their readings.
static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::parse(include_str!("lexicon/polyphones.txt")));

/// Characters with all of their readings, the usual one first.
static CHARACTERS: LazyLock<HashMap<char, Vec<&str>>> = LazyLock::new(|| {
    let lines = include_str!("lexicon/polyphone_characters.txt").lines();
    let entry = |line: &'static str| {
        let (c, readings) = line.split_once(' ')?;
        Some((c.chars().next()?, readings.split(' ').collect()))
    };
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(entry)
        .collect()
});

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

/// How one piece of a text is read.
struct Piece {
    /// Its syllable; the first of several.
    usual: String,
    /// Further readings, of a character that stands in no known word.
    others: &'static [&'static str],
}

/// The syllables of a text in its normal form: lower case, without tones, ü as `v`. A run of ASCII letters or digits is one
/// syllable; what has no reading is left out.
pub fn syllables(text: &str) -> Vec<String> {
    pieces(text).into_iter().map(|piece| piece.usual).collect()
}

/// As [`syllables`], in each way that the text may be read, at most four, the usual one first. A known word is read as it is
/// read; each other character of several readings once in each.
pub fn readings(text: &str) -> Vec<Vec<String>> {
    let pieces = pieces(text);
    let usual: Vec<String> = pieces.iter().map(|piece| piece.usual.clone()).collect();
    let mut out = vec![usual.clone()];
    for (at, piece) in pieces.iter().enumerate() {
        for other in piece.others {
            if out.len() < MAX_READINGS {
                let mut reading = usual.clone();
                (*other).clone_into(&mut reading[at]);
                out.push(reading);
            }
        }
    }
    out
}

fn pieces(text: &str) -> Vec<Piece> {
    let certain = |syllable: &str| Piece {
        usual: syllable.to_owned(),
        others: &[],
    };
    let mut out: Vec<Piece> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if c.is_ascii_alphanumeric() {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(rest.len());
            out.push(certain(&rest[..end].to_ascii_lowercase()));
            end
        } else if let Some(reading) = WORDS.at(rest) {
            out.extend(reading.iter().map(|syllable| certain(syllable)));
            rest.chars().take(reading.len()).map(char::len_utf8).sum()
        } else {
            out.extend(character(c));
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

fn character(c: char) -> Option<Piece> {
    if let Some([usual, others @ ..]) = CHARACTERS.get(&c).map(Vec::as_slice) {
        return Some(Piece {
            usual: (*usual).to_owned(),
            others,
        });
    }
    c.to_pinyin().map(|reading| Piece {
        usual: reading.plain().replace('ü', "v"),
        others: &[],
    })
}

/// A syllable as those hear it who do not tell `zh` from `z`, `n` from `l`, `f` from `h`, `in` from `ing`: the same for all that are
/// mistaken for each other.
pub fn blurred(syllable: &str) -> String {
    let (initial, rest) = match syllable.as_bytes() {
        [b'z' | b'c' | b's', b'h', ..] => (&syllable[..1], &syllable[2..]),
        [b'n', _, ..] => ("l", &syllable[1..]),
        [b'f', ..] => ("h", &syllable[1..]),
        [b'h', b'u', b'i'] => ("h", "ei"),
        [b'h', b'u', b'n'] => ("h", "en"),
        [b'h', b'u', b'a', ..] => ("h", &syllable[2..]),
        _ => ("", syllable),
    };
    let nasal = ["ang", "eng", "ing"].iter().any(|end| rest.ends_with(end));
    let rest = if nasal { &rest[..rest.len() - 1] } else { rest };
    format!("{initial}{rest}")
}

#[cfg(test)]
mod tests {
    use super::{CHARACTERS, WORDS, blurred, readings, syllables};

    #[test]
    fn reads_characters_and_keeps_latin_words() {
        for (text, reading) in [
            ("密码", "mi ma"),
            ("重置密码", "chong zhi mi ma"),
            ("银行卡和音乐", "yin hang ka he yin yue"),
            ("用API搜索", "yong api sou suo"),
            ("女装！", "nv zhuang"),
            ("长度和长大", "chang du he zhang da"),
            ("还款还是不还", "huan kuan hai shi bu hai"),
        ] {
            assert_eq!(syllables(text).join(" "), reading);
        }
    }

    #[test]
    fn a_known_word_is_read_one_way_and_a_character_by_itself_in_each() {
        let all =
            |text: &str| -> Vec<String> { readings(text).iter().map(|r| r.join(" ")).collect() };
        assert_eq!(all("银行"), ["yin hang"]);
        assert_eq!(all("重的"), ["zhong de", "chong de"]);
        assert_eq!(all("重重重重重").len(), 4);
        assert_eq!(all("女的"), ["nv de", "nu de"]);
    }

    #[test]
    fn what_accents_confuse_sounds_the_same() {
        for (a, b) in [
            ("zhi", "zi"),
            ("chang", "can"),
            ("shen", "seng"),
            ("nan", "lan"),
            ("fei", "hui"),
            ("fang", "huan"),
            ("hun", "fen"),
            ("jin", "jing"),
        ] {
            assert_eq!(blurred(a), blurred(b), "{a} {b}");
        }
        for (a, b) in [("ma", "mai"), ("zhi", "ji"), ("hu", "hua"), ("n", "l")] {
            assert_ne!(blurred(a), blurred(b), "{a} {b}");
        }
    }

    #[test]
    fn every_line_of_the_tables_is_well_formed() {
        let lines = include_str!("lexicon/polyphones.txt")
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
        assert!(all.len() >= 400 && CHARACTERS.values().all(|r| r.len() > 1));
    }
}
