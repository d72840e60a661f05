//! Which questions have this text in them, as characters, pinyin, initials, or any mixture of these?
//!
//! All questions of a view stand in two long texts, one a line: as normal forms, and as syllables with a mark before each. What has
//! been typed is looked up in the first by a substring search, a few megabytes a millisecond, and in the second from the places at
//! which its first two letters may be read. Lines stand in a fixed order, titles first and shorter ones first, so that the
//! search can stop when it has enough.
//!
//! Typing on never adds an article, and never turns round two that both still match in the same way: by characters before by
//! pinyin, and the start of a question before its middle.

use crate::index::View;
use crate::text::{Analyzer, normalize, readings};
use memchr::memmem;
use std::collections::{HashMap, HashSet};

/// The longest text that is looked up, in characters; a longer one is only searched for.
const MAX_TYPED: usize = 40;
/// The most questions that are looked at closely for one mixture of characters and pinyin.
const MAX_MIXED: usize = 2_000;

/// The questions of one view, ready to be looked through.
#[derive(Debug, Default)]
pub(super) struct Titles {
    variants: bool,
    characters: Lines,
    syllables: Lines,
    /// For each line of `syllables`, the line of `characters` that it reads.
    reads: Vec<u32>,
    places: Places,
}

/// Where syllables begin, by what may be typed first and second for them: the first letter of a syllable, then its second or the
/// first of the next. Those that begin a question apart.
#[derive(Debug, Default)]
struct Places(HashMap<(bool, u8, Option<u8>), Vec<u32>>);

/// Many short texts in one, a line break before each.
#[derive(Debug, Default)]
struct Lines {
    text: String,
    /// For each line, where it begins and whose it is.
    starts: Vec<(u32, u32)>,
}

/// A question before it has its place.
struct Question {
    is_similar: bool,
    normal: String,
    id: String,
    ordinal: u32,
}

impl Titles {
    /// Reads the questions of all articles of `view`; with `pinyin`, also how they are read.
    pub(super) fn of(view: &View, pinyin: bool, analyzer: &Analyzer) -> Self {
        let variants = analyzer.folds_variants();
        let mut questions: Vec<Question> = Vec::new();
        for ordinal in 0..view.ordinals() {
            let Some(head) = view.head_by_ordinal(ordinal) else {
                continue;
            };
            let title = std::iter::once((&head.title, false));
            let similar = head.similar.iter().map(|similar| (similar, true));
            questions.extend(title.chain(similar).map(|(text, is_similar)| Question {
                is_similar,
                normal: squeeze(text, variants),
                id: head.id.as_str().to_owned(),
                ordinal,
            }));
        }
        Self::from_questions(questions, pinyin, variants)
    }

    fn from_questions(mut questions: Vec<Question>, pinyin: bool, variants: bool) -> Self {
        questions.sort_by(|a, b| {
            let place = |q: &Question| (q.is_similar, q.normal.len());
            place(a)
                .cmp(&place(b))
                .then_with(|| (&a.normal, &a.id).cmp(&(&b.normal, &b.id)))
        });
        let mut titles = Self {
            variants,
            ..Self::default()
        };
        for question in questions.iter().filter(|q| !q.normal.is_empty()) {
            titles.characters.push(&question.normal, question.ordinal);
            if pinyin {
                let line = number(titles.characters.starts.len() - 1);
                for reading in readings(&question.normal) {
                    let marked: String = reading.iter().map(|s| format!("'{s}")).collect();
                    titles.syllables.push(&marked, question.ordinal);
                    let end = titles.syllables.text.len();
                    titles.places.add(&reading, end - marked.len());
                    titles.reads.push(line);
                }
            }
        }
        titles
    }

    /// The first `max` articles with a question that has `typed` in it, the best first, each once.
    pub(super) fn matching(&self, typed: &str, max: usize) -> Vec<u32> {
        let typed = squeeze(typed, self.variants);
        if typed.is_empty() || typed.chars().nth(MAX_TYPED).is_some() {
            return Vec::new();
        }
        let mut found = Enough::new(max);
        self.characters.find(&format!("\n{typed}"), 1, &mut found);
        self.characters.find(&typed, 0, &mut found);
        let letters = typed.bytes().filter(u8::is_ascii_alphanumeric).count();
        if !found.is_enough() && letters == typed.len() {
            self.find_spelt(&typed, &mut found);
        } else if !found.is_enough() && letters > 0 {
            self.find_mixed(&typed, &mut found);
        }
        found.articles
    }

    /// The rest of each question from an occurrence of `c` on, at most `max` of them.
    pub(super) fn places_of(&self, c: char, max: usize) -> impl Iterator<Item = &str> {
        let text = &self.characters.text;
        let places = text.match_indices(c).take(max);
        places.map(|(at, _)| text[at..].lines().next().unwrap_or_default())
    }

    /// Questions that are read so from some syllable on, each syllable in full or by its initial.
    fn find_spelt(&self, typed: &str, found: &mut Enough) {
        let typed: Vec<char> = typed.chars().collect();
        for is_first in [true, false] {
            for at in self.places.of(is_first, &typed) {
                let here = &self.syllables.text[*at as usize..];
                let line = here.lines().next().unwrap_or_default();
                if reads(line.split('\'').map(|syllable| (None, syllable)), &typed) {
                    found.add(self.syllables.starts[self.syllables.line_at(*at as usize).0].1);
                }
                if found.is_enough() {
                    return;
                }
            }
        }
    }

    /// Questions with these characters in which what is typed as letters is read so.
    fn find_mixed(&self, typed: &str, found: &mut Enough) {
        let runs = typed.split(|c: char| c.is_ascii_alphanumeric());
        let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
        let typed: Vec<char> = typed.chars().collect();
        let mut within = Vec::new();
        let mut last = None;
        for at in memmem::find_iter(self.characters.text.as_bytes(), longest).take(MAX_MIXED) {
            let (line, _) = self.characters.line_at(at);
            let seen = last.replace(line) == Some(line);
            if seen || !has_in_order(self.characters.line(line), &typed) {
                continue;
            }
            let article = self.characters.starts[line].1;
            match self.mixed(line, &typed) {
                Some(0) => found.add(article),
                Some(_) => within.push(article),
                None => {}
            }
            if found.is_enough() {
                return;
            }
        }
        within.into_iter().for_each(|article| found.add(article));
    }

    /// The first unit of a question from which on it has this mixture.
    fn mixed(&self, line: usize, typed: &[char]) -> Option<usize> {
        let characters = units(self.characters.line(line));
        let first = self.reads.partition_point(|reads| (*reads as usize) < line);
        let same = self.reads[first..]
            .iter()
            .take_while(|reads| **reads as usize == line)
            .count();
        (first..first + same).find_map(|reading| {
            let read = self.syllables.line(reading);
            let syllables: Vec<&str> = read.split('\'').skip(1).collect();
            // What has no reading is left out of one and not of the other.
            if syllables.len() != characters.len() {
                return None;
            }
            (0..syllables.len()).find(|start| {
                let here = characters[*start..].iter().zip(&syllables[*start..]);
                reads(here.map(|(c, syllable)| (*c, *syllable)), typed)
            })
        })
    }
}

impl Places {
    /// Takes in a question's syllables, which stand marked from byte `start` on.
    fn add(&mut self, syllables: &[String], start: usize) {
        let mut at = start;
        for (n, syllable) in syllables.iter().enumerate() {
            let letters = syllable.as_bytes();
            let next = syllables.get(n + 1).and_then(|next| next.bytes().next());
            let second = letters.get(1).copied();
            let mut add = |second: Option<u8>| {
                let places = self.0.entry((n == 0, letters[0], second)).or_default();
                places.push(number(at + 1));
            };
            add(None);
            second.into_iter().for_each(|second| add(Some(second)));
            let other = next.filter(|next| second != Some(*next));
            other.into_iter().for_each(|next| add(Some(next)));
            at += 1 + letters.len();
        }
    }

    /// The places at which the letters `typed` may begin to be read, in the order of their lines.
    fn of(&self, is_first: bool, typed: &[char]) -> &[u32] {
        let letter = |at: usize| typed.get(at).and_then(|c| u8::try_from(*c).ok());
        let places = letter(0).and_then(|first| self.0.get(&(is_first, first, letter(1))));
        places.map(Vec::as_slice).unwrap_or_default()
    }
}

impl Lines {
    fn push(&mut self, line: &str, article: u32) {
        self.text.push('\n');
        self.starts.push((number(self.text.len()), article));
        self.text.push_str(line);
    }

    /// Takes in the articles of all lines with `wanted` in them. Its first `lead` bytes stand before the line.
    fn find(&self, wanted: &str, lead: usize, found: &mut Enough) {
        for at in memmem::find_iter(self.text.as_bytes(), wanted) {
            if found.is_enough() {
                return;
            }
            found.add(self.starts[self.line_at(at + lead).0].1);
        }
    }

    /// The number of the line that a byte stands in, and where that line begins.
    fn line_at(&self, at: usize) -> (usize, usize) {
        let line = self
            .starts
            .partition_point(|(start, _)| *start as usize <= at)
            .saturating_sub(1);
        (line, self.starts[line].0 as usize)
    }

    fn line(&self, line: usize) -> &str {
        let start = self.starts[line].0 as usize;
        let end = self
            .starts
            .get(line + 1)
            .map_or(self.text.len(), |(next, _)| *next as usize - 1);
        &self.text[start..end]
    }
}

/// Articles in the order in which they are found, each once, until there are enough.
struct Enough {
    articles: Vec<u32>,
    seen: HashSet<u32>,
    max: usize,
}

impl Enough {
    fn new(max: usize) -> Self {
        Self {
            articles: Vec::new(),
            seen: HashSet::new(),
            max,
        }
    }

    fn add(&mut self, article: u32) {
        if !self.is_enough() && self.seen.insert(article) {
            self.articles.push(article);
        }
    }

    fn is_enough(&self) -> bool {
        self.articles.len() >= self.max
    }
}

/// The units of a normal form that have a syllable each: characters, and runs of letters and digits as `None`.
fn units(line: &str) -> Vec<Option<char>> {
    let mut out: Vec<Option<char>> = Vec::new();
    let mut in_run = false;
    for c in line.chars() {
        let letter = c.is_ascii_alphanumeric();
        if !(letter && in_run) {
            out.push((!letter).then_some(c));
        }
        in_run = letter;
    }
    out
}

/// Whether `typed` is a way to type the beginning of these units: characters as themselves; letters as a whole syllable or its
/// initial, the last syllable as far as it goes. At most 63 characters.
fn reads<'a>(units: impl Iterator<Item = (Option<char>, &'a str)>, typed: &[char]) -> bool {
    // Bit `n`: the first `n` characters are typed by the units so far.
    let mut typed_by = 1_u64;
    for (character, syllable) in units {
        let mut next = 0_u64;
        for at in (0..typed.len()).filter(|at| typed_by & 1 << at != 0) {
            let rest = &typed[at..];
            if character.is_some() && character == Some(rest[0]) {
                next |= 1 << (at + 1);
            }
            let common = syllable
                .chars()
                .zip(rest)
                .take_while(|(a, b)| a == *b)
                .count();
            if common == rest.len() {
                return true;
            }
            if common == syllable.len() || common >= 1 {
                next |= 1 << (at + 1);
                next |= 1 << (at + common.min(initial(syllable)));
            }
            if common == syllable.len() {
                next |= 1 << (at + common);
            }
        }
        typed_by = next;
        if typed_by & 1 << typed.len() != 0 {
            return true;
        }
        if typed_by == 0 {
            return false;
        }
    }
    false
}

/// Whether the characters that are typed as themselves stand in `line` in that order.
fn has_in_order(line: &str, typed: &[char]) -> bool {
    let mut line = line.chars();
    let mut characters = typed.iter().filter(|c| !c.is_ascii_alphanumeric());
    characters.all(|wanted| line.any(|c| c == *wanted))
}

/// How many letters the initial of a syllable has.
fn initial(syllable: &str) -> usize {
    let two = ["zh", "ch", "sh"].iter().any(|i| syllable.starts_with(i));
    if two { 2 } else { 1 }
}

/// The normal form without spaces and punctuation.
fn squeeze(text: &str, variants: bool) -> String {
    normalize(text, variants)
        .chars
        .into_iter()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// A place or number within one view, far below the limit.
fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Question, Titles, squeeze};
    use proptest::prelude::*;

    fn titles(questions: &[&str]) -> Titles {
        let questions = questions.iter().zip(0..).map(|(text, ordinal)| Question {
            is_similar: false,
            normal: squeeze(text, true),
            id: format!("{ordinal:03}"),
            ordinal,
        });
        Titles::from_questions(questions.collect(), true, true)
    }

    const QUESTIONS: [&str; 8] = [
        "如何重置密码",
        "密码忘了",
        "申请退款",
        "重置路由器",
        "银行卡换行",
        "app 打不开",
        "長輩的手機",
        "重重的包裹",
    ];

    #[test]
    fn finds_by_characters_pinyin_initials_and_mixtures_with_starts_first() {
        let titles = titles(&QUESTIONS);
        for (typed, found) in [
            ("密码", vec![1, 0]),
            ("密碼", vec![1, 0]),
            ("重置", vec![3, 0]),
            ("mima", vec![1, 0]),
            ("chongzhim", vec![0]),
            ("czmm", vec![0]),
            ("chzhmm", vec![0]),
            ("chongzmima", vec![0]),
            ("sqtk", vec![2]),
            ("重zhi密m", vec![0]),
            ("重zhi", vec![3, 0]),
            ("ruhe重置", vec![0]),
            ("shenq退款", vec![2]),
            ("yinhang", vec![4]),
            ("yinxing", vec![]),
            ("appdbk", vec![5]),
            ("app打b", vec![5]),
            ("zhangbei", vec![6]),
            ("chongchong", vec![]),
            ("zhongchong", vec![7]),
            ("密重", vec![]),
            ("ima", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(titles.matching(typed, 10), found, "{typed}");
        }
        assert_eq!(titles.matching("重", 1).len(), 1);
    }

    proptest! {
        #[test]
        fn typing_on_adds_nothing_and_turns_nothing_round(typed in "[重置密码申请退款银行a-z]{1,8}", max in 1_usize..9) {
            let titles = titles(&QUESTIONS);
            let chars: Vec<char> = typed.chars().collect();
            let shorter: String = chars[..chars.len() - 1].iter().collect();
            let (before, after) = (titles.matching(&shorter, 99), titles.matching(&typed, 99));
            if !shorter.is_empty() {
                prop_assert!(after.iter().all(|article| before.contains(article)), "{:?} {:?}", before, after);
            }
            // What is shown of many is what stands first among all.
            prop_assert_eq!(titles.matching(&typed, max), &after[..after.len().min(max)]);
        }
    }
}
