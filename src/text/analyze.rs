//! Which terms are in a text, and where? Characters, pairs of characters, and words, overlapping, over one count of places.
//!
//! A place is one *unit*: a character of a script without spaces, or one run of letters or digits. On this common count
//! stand three kinds of term: each unit by itself; each two neighbouring characters; and each word of three and more
//! characters that segmentation finds (words of two are pairs already). Letters and digits glued by `-`, `_`, `.` or `/`
//! (`ABC-123`) also make one *code* without the glue (`abc123`). So a phrase is a run of consecutive places whatever the
//! segmentation, and 退款 is found inside every longer word.

use super::normalize::{Normalized, normalize};
use super::script::is_han;
use jieba_rs::Jieba;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

/// The longest run of letters or digits that is one term, in characters; the rest of a longer one is left out.
const MAX_WORD_CHARS: usize = 64;
/// The most units one code may span.
const MAX_CODE_UNITS: u32 = 16;

/// What a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// One character of a script without spaces.
    Character,
    /// One run of letters or digits.
    Word,
    /// Two neighbouring characters.
    Pair,
    /// A word of three and more characters, found by segmentation.
    Compound,
    /// Letters and digits with the glue between them left out.
    Code,
}

/// One term of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What it is.
    pub kind: Kind,
    /// Its bytes in [`Analysis::text`].
    pub range: Range<u32>,
    /// The place of its first unit, from 0.
    pub position: u32,
    /// How many units it spans.
    pub units: u32,
    /// The bytes of the original text that it stands for.
    pub source: Range<u32>,
}

/// A text, taken apart.
#[derive(Debug, Clone, Default)]
pub struct Analysis {
    text: String,
    /// The terms in the order of their places; of those at one place, the shorter first.
    pub terms: Vec<Term>,
    /// How many units the text has.
    pub units: u32,
    /// Words as segmentation cut them, as ranges of places; single characters are left out.
    pub words: Vec<Range<u32>>,
}

impl Analysis {
    /// The normal form of a term.
    pub fn text(&self, term: &Term) -> &str {
        &self.text[term.range.start as usize..term.range.end as usize]
    }

    /// The terms that are units, in order.
    pub fn unit_terms(&self) -> impl Iterator<Item = &Term> {
        self.terms
            .iter()
            .filter(|term| matches!(term.kind, Kind::Character | Kind::Word))
    }
}

/// Takes texts apart. Cheap to clone; the dictionary is shared.
#[derive(Debug, Clone)]
pub struct Analyzer {
    jieba: Arc<Jieba>,
    variants: bool,
}

/// The general dictionary, loaded once: about 240 ms and 35 MB.
static GENERAL: LazyLock<Arc<Jieba>> = LazyLock::new(|| Arc::new(Jieba::new()));

/// The general dictionary with the words of support desks that ship.
static SHIPPED: LazyLock<Arc<Jieba>> = LazyLock::new(|| {
    let mut jieba = Jieba::new();
    let lines = include_str!("lexicon/words.txt").lines();
    for word in lines.filter(|line| !line.starts_with('#')) {
        jieba.add_word(&normalize(word, true).text(), None, None);
    }
    Arc::new(jieba)
});

impl Analyzer {
    /// An analyzer with the shipped words that also knows `words`; see [`Self::of`].
    pub fn new<'a>(
        words: impl IntoIterator<Item = (&'a str, Option<usize>)>,
        variants: bool,
    ) -> Self {
        Self::of(words, true, variants)
    }

    /// An analyzer that knows `words` (in any script and case) beside a general dictionary, each with its frequency if
    /// given; with `starter`, also the words of support desks that ship. With `variants`, traditional and simplified
    /// characters are one.
    pub fn of<'a>(
        words: impl IntoIterator<Item = (&'a str, Option<usize>)>,
        starter: bool,
        variants: bool,
    ) -> Self {
        let mut words = words.into_iter().peekable();
        let mut jieba = Arc::clone(if starter { &SHIPPED } else { &GENERAL });
        if words.peek().is_some() {
            let own = Arc::make_mut(&mut jieba);
            for (word, frequency) in words {
                let normal = normalize(word, variants).text();
                if !normal.trim().is_empty() {
                    own.add_word(normal.trim(), frequency, None);
                }
            }
        }
        Self { jieba, variants }
    }

    /// Whether traditional and simplified characters are one.
    pub fn folds_variants(&self) -> bool {
        self.variants
    }

    /// Whether a dictionary has `word`, a normal form.
    pub fn is_word(&self, word: &str) -> bool {
        self.jieba.has_word(word)
    }

    /// Takes `text` apart. Time and space are linear in its length.
    pub fn analyze(&self, text: &str) -> Analysis {
        self.cut(text, Some(&self.jieba))
    }

    /// As [`Self::analyze`], but without segmentation: no compounds, no words, and several times as fast.
    pub fn analyze_units(&self, text: &str) -> Analysis {
        self.cut(text, None)
    }

    fn cut(&self, text: &str, jieba: Option<&Jieba>) -> Analysis {
        let normal = normalize(text, self.variants);
        let mut cutter = Cutter {
            normal: &normal,
            jieba,
            out: Analysis::default(),
            glued: None,
        };
        let mut at = 0;
        while at < normal.chars.len() {
            at = cutter.step(at);
        }
        cutter.finish_code();
        let mut out = cutter.out;
        out.terms
            .sort_by_key(|term| (term.position, term.units, term.kind));
        out
    }
}

impl Default for Analyzer {
    fn default() -> Self {
        Self::new([], true)
    }
}

/// The state of one pass over a normal form.
struct Cutter<'a> {
    normal: &'a Normalized,
    jieba: Option<&'a Jieba>,
    out: Analysis,
    /// Runs of letters and digits that only glue separates, so far: their characters and first place.
    glued: Option<(Vec<Range<usize>>, u32)>,
}

impl Cutter<'_> {
    /// Reads what begins at character `at` and returns where it ends.
    fn step(&mut self, at: usize) -> usize {
        let c = self.normal.chars[at];
        if is_han(c) {
            self.finish_code();
            let end = self.run_end(at, is_han);
            self.han_run(at..end);
            end
        } else if is_letter(c) {
            let end = self.run_end(at, |c| is_letter(c) && !is_han(c));
            self.word(at..end);
            end
        } else {
            let glues = matches!(c, '-' | '_' | '.' | '/' | '\'')
                && at > 0
                && is_letter(self.normal.chars[at - 1])
                && self.normal.chars.get(at + 1).is_some_and(|c| is_letter(*c));
            if !glues {
                self.finish_code();
            }
            at + 1
        }
    }

    fn run_end(&self, start: usize, belongs: impl Fn(char) -> bool) -> usize {
        let length = self.normal.chars[start..]
            .iter()
            .take_while(|c| belongs(**c))
            .count();
        start + length
    }

    fn han_run(&mut self, run: Range<usize>) {
        let first = self.out.units;
        let text_start = self.out.text.len();
        let mut ends = Vec::with_capacity(run.len() + 1);
        ends.push(offset(text_start));
        for at in run.clone() {
            self.out.text.push(self.normal.chars[at]);
            ends.push(offset(self.out.text.len()));
        }
        let count = run.len();
        let mut add = |kind: Kind, from: usize, to: usize| {
            let source = self.normal.source(run.start + from..run.start + to);
            self.out.terms.push(Term {
                kind,
                range: ends[from]..ends[to],
                position: first + offset(from),
                units: offset(to - from),
                source: offset(source.start)..offset(source.end),
            });
        };
        for i in 0..count {
            add(Kind::Character, i, i + 1);
            if i + 1 < count {
                add(Kind::Pair, i, i + 2);
            }
        }
        let mut words = Vec::new();
        for word in self
            .jieba
            .map(|jieba| cut(jieba, &self.out.text[text_start..]))
            .unwrap_or_default()
        {
            if word.len() >= 3 {
                add(Kind::Compound, word.start, word.end);
            }
            if word.len() >= 2 {
                words.push(first + offset(word.start)..first + offset(word.end));
            }
        }
        self.out.words.extend(words);
        self.out.units += offset(count);
    }

    /// A run of letters and digits, cut where letters meet digits: `abc123` is `abc`, `123` and the code `abc123`.
    fn word(&mut self, run: Range<usize>) {
        let mut start = run.start;
        for at in run.clone() {
            let next = self.normal.chars.get(at + 1).filter(|_| at + 1 < run.end);
            let here = self.normal.chars[at].is_numeric();
            if next.is_none_or(|next| next.is_numeric() != here) {
                self.unit(start..at + 1);
                start = at + 1;
            }
        }
    }

    fn unit(&mut self, run: Range<usize>) {
        let position = self.out.units;
        let kept = run.start..run.end.min(run.start + MAX_WORD_CHARS);
        let text: String = self.normal.chars[kept.clone()].iter().collect();
        self.push_owned(Kind::Word, &stem(&text), position, 1, run.clone());
        self.out.units += 1;
        match &mut self.glued {
            Some((runs, _)) => runs.push(kept),
            None => self.glued = Some((vec![kept], position)),
        }
    }

    fn finish_code(&mut self) {
        let Some((runs, position)) = self.glued.take() else {
            return;
        };
        let units = offset(runs.len());
        if (2..=MAX_CODE_UNITS).contains(&units) {
            let text: String = runs
                .iter()
                .flat_map(|run| &self.normal.chars[run.clone()])
                .collect();
            self.push_owned(
                Kind::Code,
                &text,
                position,
                units,
                runs[0].start..runs[runs.len() - 1].end,
            );
        }
    }

    fn push_owned(&mut self, kind: Kind, text: &str, position: u32, units: u32, run: Range<usize>) {
        let start = offset(self.out.text.len());
        self.out.text.push_str(text);
        let source = self.normal.source(run);
        self.out.terms.push(Term {
            kind,
            range: start..offset(self.out.text.len()),
            position,
            units,
            source: offset(source.start)..offset(source.end),
        });
    }
}

/// A number for a unit: the character itself, or for a word a hash (FNV-1a) with the highest bit set, so that the two never meet.
pub fn unit_code(unit: &str) -> u32 {
    let mut chars = unit.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => u32::from(c),
        _ => {
            unit.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
                (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
            }) | 1 << 31
        }
    }
}

/// Whether a [`unit_code`] stands for a word, and not for a character.
pub fn is_word(code: u32) -> bool {
    code >> 31 == 1
}

/// Words of a run of characters, as ranges of characters: the best cut, and the dictionary words within its long words.
fn cut(jieba: &Jieba, text: &str) -> Vec<Range<usize>> {
    if text.chars().nth(1).is_none() {
        return Vec::new();
    }
    jieba
        .tokenize(text, jieba_rs::TokenizeMode::Search, true)
        .into_iter()
        .map(|token| token.start..token.end)
        .collect()
}

pub(super) fn is_letter(c: char) -> bool {
    c.is_alphanumeric()
}

/// A place or length within one text; texts are far below 4 GiB.
fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The singular of an English plural, by the three rules of Harman's S-stemmer (How effective is suffixing?, JASIS 42, 1991).
pub(super) fn stem(word: &str) -> String {
    let ascii = word.len() > 3 && word.bytes().all(|b| b.is_ascii_lowercase());
    let ends = |suffix: &str| word.ends_with(suffix);
    if !ascii {
        word.to_owned()
    } else if ends("ies") && !ends("eies") && !ends("aies") {
        format!("{}y", &word[..word.len() - 3])
    } else if (ends("es") && !ends("aes") && !ends("ees") && !ends("oes"))
        || (ends("s") && !ends("us") && !ends("ss") && !ends("es"))
    {
        word[..word.len() - 1].to_owned()
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{Analyzer, Kind};

    fn terms(text: &str, kind: Kind) -> Vec<String> {
        let analysis = Analyzer::default().analyze(text);
        let of_kind = analysis.terms.iter().filter(|t| t.kind == kind);
        of_kind
            .map(|t| format!("{}@{}", analysis.text(t), t.position))
            .collect()
    }

    #[test]
    fn characters_pairs_and_words_overlap_on_one_count_of_places() {
        assert_eq!(
            terms("申请退款", Kind::Character),
            ["申@0", "请@1", "退@2", "款@3"]
        );
        assert_eq!(
            terms("申请退款", Kind::Pair),
            ["申请@0", "请退@1", "退款@2"]
        );
        assert_eq!(terms("中国农业发展银行", Kind::Pair).len(), 7);
        assert!(
            terms("使用小程序 app 下载浏览器", Kind::Compound).contains(&"浏览器@8".to_owned())
        );
        assert_eq!(terms("使用app下载", Kind::Word), ["app@2"]);
    }

    #[test]
    fn a_code_is_one_thing_however_it_is_written() {
        for written in ["ABC-123", "abc123", "ＡＢＣ－１２３", "abc_123", "Abc/123"] {
            assert_eq!(terms(written, Kind::Code), ["abc123@0"], "{written}");
            assert_eq!(terms(written, Kind::Word), ["abc@0", "123@1"], "{written}");
        }
        assert_eq!(terms("v6.1.0", Kind::Code), ["v610@0"]);
        assert!(terms("abc 123", Kind::Code).is_empty());
    }

    #[test]
    fn english_plurals_and_singulars_meet() {
        for (a, b) in [
            ("passwords", "password"),
            ("queries", "query"),
            ("addresses", "addresse"),
        ] {
            assert_eq!(terms(a, Kind::Word), [format!("{b}@0")]);
        }
        assert_eq!(terms("status", Kind::Word), ["status@0"]);
    }

    #[test]
    fn places_point_into_the_text_as_written() {
        let text = "請重置密碼 ＡＢＣ－１２３";
        let analysis = Analyzer::default().analyze(text);
        for term in &analysis.terms {
            let written = &text[term.source.start as usize..term.source.end as usize];
            match analysis.text(term) {
                "密码" => assert_eq!(written, "密碼"),
                "abc123" => assert_eq!(written, "ＡＢＣ－１２３"),
                _ => {}
            }
        }
        assert_eq!(analysis.units, 7);
    }

    #[test]
    fn own_words_are_known() {
        let own = Analyzer::of([("七天無條件", None)], false, true);
        let analysis = own.analyze("支持七天无条件退货");
        assert!(
            analysis
                .terms
                .iter()
                .any(|t| t.kind == Kind::Compound && analysis.text(t) == "七天无条件")
        );
    }

    #[test]
    fn nothing_to_find_is_no_term() {
        for text in ["", "  ", "？！，。", "😀", "\0\u{200b}", "---"] {
            assert!(
                Analyzer::default().analyze(text).terms.is_empty(),
                "{text:?}"
            );
        }
    }
}
