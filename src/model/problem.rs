//! What is wrong with a file, where, and what to do? A problem is data: all are collected, none is thrown.

use std::ops::Range;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Shown to readers, but probably not as meant.
    Warning,
    /// The file, or a part of it, cannot be shown.
    Error,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters are meant, at least 1, all on this line.
    pub length: usize,
    /// The line as written, without its end.
    pub source: String,
}

impl Place {
    /// The place of the bytes `span` within `text`. What reaches beyond the first line is cut off; a span that lies outside
    /// or within a character is moved to the nearest one before.
    pub fn locate(text: &str, span: Range<usize>) -> Self {
        let start = floor_char_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let end = floor_char_boundary(text, span.end.min(line_end)).max(start);
        let source = &text[line_start..line_end];
        Self {
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            length: text[start..end].chars().count().max(1),
            source: source.strip_suffix('\r').unwrap_or(source).to_owned(),
        }
    }
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at)
        .rev()
        .find(|i| text.is_char_boundary(*i))
        .unwrap_or(0)
}

/// One finding of `kb check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, relative to the folder that was checked, with `/` between segments.
    pub path: String,
    /// Where in the file; `None` when the file as a whole is meant.
    pub place: Option<Place>,
    /// How bad it is.
    pub severity: Severity,
    /// Its stable name, as in `KB012`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What stands under the caret, or empty.
    pub label: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_counts_characters_and_stays_on_its_line() {
        let text = "a = 1\r\n标题 = 错\nlast";
        for (span, line, column, length, source) in [
            (0..1, 1, 1, 1, "a = 1"),
            (7..13, 2, 1, 2, "标题 = 错"),
            (16..19, 2, 6, 1, "标题 = 错"),
            (16..99, 2, 6, 1, "标题 = 错"),
            (8..8, 2, 1, 1, "标题 = 错"),
            (20..24, 3, 1, 4, "last"),
            (99..99, 3, 5, 1, "last"),
        ] {
            let place = Place::locate(text, span.clone());
            assert_eq!(
                (place.line, place.column, place.length),
                (line, column, length),
                "{span:?}"
            );
            assert_eq!(place.source, source);
        }
    }
}
