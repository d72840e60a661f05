//! What is the same, however it is written? Width, case, script and invisible characters are folded; places are kept.
//!
//! The order is NFKC, lower case, traditional to simplified: the later steps expect the earlier ones. Each character of the
//! result remembers the bytes of the original that it came from, so whatever is found can be marked in the text as written.

use super::script::to_simplified;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most marks that are kept on one base character; more are an attack on whoever draws them.
const MAX_MARKS: usize = 8;

/// A text in its normal form, with the way back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Normalized {
    /// The characters of the normal form.
    pub chars: Vec<char>,
    /// For each character, the bytes of the original that it came from. Ranges ascend; those of one ligature are equal.
    pub sources: Vec<Range<u32>>,
}

/// Folds `text` to its normal form. With `variants`, traditional characters become simplified ones.
///
/// Zero-width characters, variation selectors, bidirectional controls and other controls vanish, except that white space of
/// every kind becomes a space. Of a text beyond 4 GiB only the first 4 GiB are read.
pub fn normalize(text: &str, variants: bool) -> Normalized {
    let mut out = Normalized::default();
    out.chars.reserve(text.len() / 2);
    out.sources.reserve(text.len() / 2);
    let mut rest = text.char_indices().peekable();
    while let Some((start, base)) = rest.next() {
        let Ok(from) = u32::try_from(start) else {
            break;
        };
        let mut end = start + base.len_utf8();
        if is_plain(base) && !rest.peek().is_some_and(|(_, c)| is_combining_mark(*c)) {
            out.push(base.to_ascii_lowercase(), from, end);
            continue;
        }
        let mut cluster = String::from(base);
        let mut marks = 0;
        while let Some((at, mark)) = rest.next_if(|(_, c)| is_combining_mark(*c)) {
            end = at + mark.len_utf8();
            marks += 1;
            if marks <= MAX_MARKS {
                cluster.push(mark);
            }
        }
        for c in cluster.nfkc().flat_map(char::to_lowercase) {
            out.push(c, from, end);
        }
    }
    if variants {
        out.fold_variants();
    }
    out
}

impl Normalized {
    fn push(&mut self, c: char, from: u32, end: usize) {
        let c = if c.is_whitespace() { ' ' } else { c };
        if !is_invisible(c) {
            self.chars.push(c);
            self.sources
                .push(from..u32::try_from(end).unwrap_or(u32::MAX));
        }
    }

    fn fold_variants(&mut self) {
        if self.chars.iter().any(|c| *c >= '\u{3400}') {
            let text: String = self.chars.iter().collect();
            self.chars = to_simplified(&text).chars().collect();
        }
    }

    /// The normal form as text.
    pub fn text(&self) -> String {
        self.chars.iter().collect()
    }

    /// The bytes of the original behind the characters `range` of the normal form; empty for an empty range.
    pub fn source(&self, range: Range<usize>) -> Range<usize> {
        if range.is_empty() || range.end > self.sources.len() {
            return 0..0;
        }
        self.sources[range.start].start as usize..self.sources[range.end - 1].end as usize
    }
}

/// Characters that NFKC and case folding leave alone but for ASCII capitals, and that are most of every text here.
fn is_plain(c: char) -> bool {
    c.is_ascii() || matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3001}'..='\u{3002}')
}

fn is_invisible(c: char) -> bool {
    (c.is_control())
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::normalize;
    use proptest::prelude::*;

    #[test]
    fn folds_width_case_script_and_what_is_invisible() {
        for (from, to) in [
            ("ＡＢＣ－１２３", "abc-123"),
            ("處理", "处理"),
            ("Ünïcode", "ünïcode"),
            ("e\u{301}", "é"),
            ("密\u{200b}码", "密码"),
            ("❤\u{fe0f}", "❤"),
            ("㈱", "(株)"),
            ("a\tb\u{3000}c", "a b c"),
            ("ﬁ", "fi"),
            ("𠮷", "𠮷"),
            ("a\0b", "ab"),
        ] {
            assert_eq!(normalize(from, true).text(), to, "{from:?}");
        }
        assert_eq!(normalize("處理", false).text(), "處理");
    }

    #[test]
    fn a_pile_of_marks_is_cut() {
        let zalgo = format!("a{}", "\u{336}".repeat(1000));
        assert!(normalize(&zalgo, true).chars.len() <= 9);
    }

    #[test]
    fn remembers_where_characters_came_from() {
        let text = "忘記ＡＢ密碼";
        let normal = normalize(text, true);
        assert_eq!(normal.text(), "忘记ab密码");
        assert_eq!(&text[normal.source(2..4)], "ＡＢ");
        assert_eq!(&text[normal.source(4..6)], "密碼");
    }

    proptest! {
        #[test]
        fn sources_ascend_and_stand_on_character_boundaries(text in "\\PC{0,60}|[一-龥𠮷가-힣a-zＡ-Ｚ\u{300}-\u{310}\u{200b} ]{0,60}") {
            let normal = normalize(&text, true);
            prop_assert_eq!(normal.chars.len(), normal.sources.len());
            let mut last = 0..0;
            for source in &normal.sources {
                prop_assert!(source.start >= last.start && source.end >= last.end && source.start < source.end);
                prop_assert!(text.is_char_boundary(source.start as usize) && text.is_char_boundary(source.end as usize));
                last = source.clone();
            }
        }
    }
}
