//! Where in a file is something? The text of a file, and how a stretch of it becomes a [`Place`] and a [`Problem`].

use super::codes;
use crate::model::{Place, Problem};
use std::ops::Range;

/// The longest line that is quoted in a problem, in characters: one line of 5 MB must not be copied for each of its problems.
const MAX_QUOTED_CHARS: usize = 400;

/// A file's text with its line ends made `\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// Relative to `kb/`.
    pub(super) path: String,
    /// The text.
    pub(super) text: String,
    /// Where each line starts.
    lines: Vec<usize>,
}

impl Source {
    /// The text of the file at `path`.
    pub(super) fn new(path: &str, text: String) -> Self {
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            path: path.to_owned(),
            text,
            lines,
        }
    }

    /// The place of a stretch of the text; one that goes over several lines is cut at the end of its first.
    pub(super) fn place(&self, span: Range<usize>) -> Place {
        let start = floor_boundary(&self.text, span.start);
        let number = self.lines.partition_point(|line| *line <= start).max(1) - 1;
        let line_start = self.lines[number];
        let line = self.text[line_start..]
            .split('\n')
            .next()
            .unwrap_or_default();
        let end = floor_boundary(&self.text, span.end).clamp(start, line_start + line.len());
        let column = self.text[line_start..start].chars().count() + 1;
        let length = self.text[start..end].chars().count().max(1);
        let quotable = column + length <= MAX_QUOTED_CHARS;
        Place {
            line: number + 1,
            column,
            length,
            source: if quotable {
                line.chars().take(MAX_QUOTED_CHARS).collect()
            } else {
                String::new()
            },
        }
    }

    /// A problem at a stretch of the text.
    pub(super) fn problem(
        &self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Problem {
        Problem {
            place: Some(self.place(span)),
            ..file_problem(&self.path, code, message)
        }
    }
}

/// A problem of a file as a whole.
pub(super) fn file_problem(path: &str, code: &'static str, message: impl Into<String>) -> Problem {
    Problem {
        path: path.to_owned(),
        place: None,
        severity: codes::severity(code),
        code,
        message: message.into(),
        label: String::new(),
        help: None,
    }
}

/// What is added to a problem where it is known.
pub(super) trait Explain {
    /// What stands under the caret.
    fn label(self, label: impl Into<String>) -> Self;
    /// What to do about it.
    fn help(self, help: impl Into<String>) -> Self;
}

impl Explain for Problem {
    fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The nearest character boundary at or before `at`, within the text.
fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The known word that a misspelt one most likely stands for, if any is near enough.
pub(super) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    // Of a short word, half would be another word.
    let most = if wrong.chars().count() < 5 {
        1
    } else {
        usize::MAX
    };
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&wrong, word), word))
        .filter(|(distance, word)| *distance <= most.min(1.max(word.chars().count() / 3)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::{Source, nearest};

    #[test]
    fn places_count_characters_from_one() {
        let source = Source::new("a.md", "标题\n状态 = 错\n".to_owned());
        let at = source.text.find('错').expect("there");
        let place = source.place(at..at + 3);
        assert_eq!((place.line, place.column, place.length), (2, 6, 1));
        assert_eq!(place.source, "状态 = 错");
        assert_eq!(source.place(500..900).line, 3);
        assert_eq!(source.place(0..500).length, 2);
    }

    #[test]
    fn the_nearest_word_is_offered_only_when_near() {
        let known = ["title", "similar", "tags", "audience"];
        assert_eq!(nearest("simlar", known), Some("similar"));
        assert_eq!(nearest("Title", known), Some("title"));
        assert_eq!(nearest("zzz", known), None);
        assert_eq!(nearest("tats", ["status"]), None);
    }
}
