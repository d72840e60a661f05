//! What of an article is shown with a hit? Its title with what matches marked, and the window of its text that matches best.

use super::results::TextPart;
use crate::model::Passage;
use crate::text::{Marker, parts};

/// The longest snippet, in characters.
const SNIPPET_CHARS: usize = 120;
/// About how many characters of an article are looked through for the best window.
const MAX_SCANNED: usize = 8_000;

/// A snippet and the heading above it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Snippet {
    pub(super) parts: Vec<TextPart>,
    /// Text and anchor.
    pub(super) heading: Option<(String, String)>,
}

/// A text with what matches marked.
pub(super) fn mark(marker: &Marker, text: &str) -> Vec<TextPart> {
    own(&parts(text, &marker.stretches(text)))
}

/// The best window over all passages, a heading that matches counting with the passage below it; without any match, `answer`.
/// Passages with matching headings are looked through first, until enough has been read.
pub(super) fn snippet(marker: &Marker, passages: &[Passage], answer: &str) -> Snippet {
    let headed = passages
        .iter()
        .map(|passage| (marker.worth(&passage.heading), passage));
    let mut ordered: Vec<(f32, &Passage)> = headed.collect();
    ordered.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut best: Option<(f32, &Passage, std::ops::Range<usize>)> = None;
    let mut left = MAX_SCANNED;
    for (headed, passage) in ordered {
        let text = head_of(&passage.text, left);
        let (range, worth) = marker.window(text, SNIPPET_CHARS);
        if headed + worth > best.as_ref().map_or(0.0, |(worth, ..)| *worth) {
            best = Some((headed + worth, passage, range));
        }
        left = left.saturating_sub(text.len() / 2);
        if left == 0 {
            break;
        }
    }
    match best {
        Some((_, passage, range)) => of_window(marker, passage, range),
        None => Snippet {
            parts: mark(marker, head_of(answer, SNIPPET_CHARS)),
            heading: None,
        },
    }
}

fn of_window(marker: &Marker, passage: &Passage, range: std::ops::Range<usize>) -> Snippet {
    let shown = passage.text[range.clone()].trim();
    let mut text = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if range.start > 0 && !shown.is_empty() {
        text.insert(0, '…');
    }
    if range.end < passage.text.trim_end().len() {
        text.push('…');
    }
    let heading =
        (!passage.heading.is_empty()).then(|| (passage.heading.clone(), passage.anchor.clone()));
    Snippet {
        parts: mark(marker, &text),
        heading,
    }
}

fn head_of(text: &str, chars: usize) -> &str {
    text.char_indices()
        .nth(chars)
        .map_or(text, |(end, _)| &text[..end])
}

fn own(parts: &[(&str, bool)]) -> Vec<TextPart> {
    parts
        .iter()
        .map(|(text, hit)| TextPart {
            text: (*text).to_owned(),
            hit: *hit,
        })
        .collect()
}
