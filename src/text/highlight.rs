//! Which stretches of a text match a query? Spans over the text as its author wrote it, and the window that shows most of them.

use super::analyze::{Analyzer, Kind};
use super::scan::Scanner;
use std::collections::HashSet;
use std::ops::Range;

/// Marks what matches one query, in any text.
#[derive(Debug, Clone)]
pub struct Marker {
    terms: HashSet<String>,
    scanner: Scanner,
    /// Whether single characters are marked: only when the query has nothing longer.
    characters: bool,
    analyzer: Analyzer,
}

impl Marker {
    /// A marker for terms with their weights. Single characters are marked only when no longer term is among them.
    pub fn new<'a>(
        terms: impl IntoIterator<Item = (&'a str, Kind, f32)>,
        analyzer: &Analyzer,
    ) -> Self {
        let all: Vec<(&str, Kind, f32)> = terms.into_iter().collect();
        let characters = all.iter().all(|(_, kind, _)| *kind == Kind::Character);
        let marked = |kind: Kind| characters || kind != Kind::Character;
        let terms = all.iter().filter(|(_, kind, _)| marked(*kind));
        let mut scanner = Scanner::default();
        for (text, kind, weight) in terms.clone() {
            scanner.add(text, *kind, *weight);
        }
        Self {
            scanner,
            terms: terms.map(|(text, ..)| (*text).to_owned()).collect(),
            characters,
            analyzer: analyzer.clone(),
        }
    }

    /// The bytes of `text` as written that match, in the order of their starts. They may overlap.
    pub fn stretches(&self, text: &str) -> Vec<Range<usize>> {
        let analysis = self.analyzer.analyze_units(text);
        let wanted = analysis
            .terms
            .iter()
            .filter(|term| self.characters || term.kind != Kind::Character)
            .filter(|term| self.terms.contains(analysis.text(term)));
        wanted
            .map(|term| term.source.start as usize..term.source.end as usize)
            .collect()
    }
}

/// `text` cut into stretches that match and stretches that do not, `(text, hit)`; empty ones are left out.
pub fn parts<'a>(text: &'a str, stretches: &[Range<usize>]) -> Vec<(&'a str, bool)> {
    let mut out = Vec::new();
    let mut at = 0;
    for range in joined(stretches) {
        let range = range.start.max(at)..range.end.min(text.len()).max(at);
        if range.is_empty() {
            continue;
        }
        if at < range.start {
            out.push((&text[at..range.start], false));
        }
        out.push((&text[range.clone()], true));
        at = range.end;
    }
    if at < text.len() {
        out.push((&text[at..], false));
    }
    out
}

fn joined(stretches: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut ranges = stretches.to_vec();
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

impl Marker {
    /// The window of at most `max_chars` characters that shows most of what matches, as bytes of `text`, and what it is worth:
    /// each term counts once in full and a tenth for each repetition. It begins at the start of a sentence where one is near.
    pub fn window(&self, text: &str, max_chars: usize) -> (Range<usize>, f32) {
        let sightings = self.scanner.scan(text);
        let mut best = (0, 0.0_f32);
        for (i, first) in sightings.iter().enumerate() {
            let mut seen: Vec<usize> = Vec::new();
            let inside = sightings[i..]
                .iter()
                .take_while(|s| s.at < first.at + max_chars);
            let mut worth = 0.0;
            for sighting in inside {
                let repeated = seen.contains(&sighting.term);
                worth += self.scanner.weight(sighting.term) * if repeated { 0.1 } else { 1.0 };
                seen.push(sighting.term);
            }
            if worth > best.1 * 1.0001 {
                best = (first.at.saturating_sub(1), worth);
            }
        }
        let starts: Vec<usize> = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        let count = starts.len() - 1;
        let start = lead_in(text, &starts, best.0.min(count), max_chars / 4);
        let start = if count <= max_chars {
            0
        } else {
            start.min(count - max_chars)
        };
        (
            starts[start]..starts[(start + max_chars).min(count)],
            best.1,
        )
    }

    /// What all that matches in a short text is worth, each term once.
    pub fn worth(&self, text: &str) -> f32 {
        let mut terms: Vec<usize> = self.scanner.scan(text).iter().map(|s| s.term).collect();
        terms.sort_unstable();
        terms.dedup();
        terms
            .into_iter()
            .map(|term| self.scanner.weight(term))
            .sum()
    }
}

/// The start of the sentence that character `at` is in, if it is at most `reach` characters before; else a little before `at`.
fn lead_in(text: &str, starts: &[usize], at: usize, reach: usize) -> usize {
    let from = at.saturating_sub(reach);
    let before: Vec<char> = text[starts[from]..starts[at]].chars().collect();
    let ends = |c: &char| matches!(c, '。' | '！' | '？' | '；' | '\n' | '!' | '?' | ';');
    match before.iter().rposition(ends) {
        Some(i) => from + i + 1,
        None if from == 0 => 0,
        None => at - reach.min(at).min(10),
    }
}

#[cfg(test)]
mod tests {
    use super::{Marker, parts};
    use crate::text::{Analyzer, Kind};
    use proptest::prelude::*;

    fn marked(query: &[(&str, Kind)], text: &str) -> String {
        let marker = Marker::new(
            query.iter().map(|(t, k)| (*t, *k, 1.0)),
            &Analyzer::default(),
        );
        let show = |(text, hit): &(&str, bool)| {
            if *hit {
                format!("[{text}]")
            } else {
                (*text).to_owned()
            }
        };
        parts(text, &marker.stretches(text))
            .iter()
            .map(show)
            .collect()
    }

    #[test]
    fn marks_the_characters_as_written() {
        let query = [
            ("处理", Kind::Pair),
            ("处", Kind::Character),
            ("理", Kind::Character),
        ];
        assert_eq!(marked(&query, "待處理的理由"), "待[處理]的理由");
        assert_eq!(
            marked(&[("abc123", Kind::Code)], "型号ＡＢＣ－１２３。"),
            "型号[ＡＢＣ－１２３]。"
        );
        assert_eq!(marked(&[("退", Kind::Character)], "退款"), "[退]款");
        let overlapping = [
            ("忘记", Kind::Pair),
            ("记密", Kind::Pair),
            ("密码", Kind::Pair),
        ];
        assert_eq!(marked(&overlapping, "忘记密码怎么办"), "[忘记密码]怎么办");
    }

    #[test]
    fn the_window_shows_what_matches() {
        let text = format!(
            "{}先打开设置。再点重置密码即可。{}",
            "无关的话。".repeat(60),
            "后文。".repeat(60)
        );
        let marker = Marker::new([("密码", Kind::Pair, 1.0)], &Analyzer::default());
        let (range, worth) = marker.window(&text, 40);
        assert!(
            text[range.clone()].contains("重置密码") && text[range.clone()].starts_with("再点"),
            "{}",
            &text[range]
        );
        assert!(worth > 0.9);
    }

    proptest! {
        #[test]
        fn parts_tile_the_text(text in "\\PC{0,80}|[密码重置abc。 Ａ\u{300}]{0,80}", max in 1_usize..50) {
            let marker = Marker::new([("密码", Kind::Pair, 1.0), ("abc", Kind::Word, 2.0)], &Analyzer::default());
            let stretches = marker.stretches(&text);
            let tiles: String = parts(&text, &stretches).iter().map(|(part, _)| *part).collect();
            prop_assert_eq!(&tiles, &text);
            let (range, _) = marker.window(&text, max);
            prop_assert!(text.get(range.clone()).is_some_and(|shown| shown.chars().count() <= max));
        }
    }
}
