//! What could the reader be typing? Titles and similar questions by their characters, pinyin or initials, anywhere in them.
//!
//! All questions of a view stand in three long texts, one a line: as normal forms, as pinyin with a mark before each
//! syllable, and as initials. What has been typed is looked up as it stands by a substring search over these: a few
//! megabytes a millisecond, no index, and the answer for a longer text is always among those for a shorter one, as long as
//! it keeps matching.

use super::engine::Engine;
use super::results::{Suggestion, TextPart};
use super::snippet::mark;
use crate::config::Analysis;
use crate::error::Result;
use crate::index::{Head, View};
use crate::model::Audience;
use crate::text::{Analyzer, Kind, Marker, normalize, syllables};
use memchr::memmem;
use std::collections::HashSet;

/// The most lines that are ranked for one text.
const MAX_LINES: usize = 2_000;
/// The longest text that is looked up, in characters; a longer one is only searched for.
const MAX_TYPED: usize = 40;

/// The questions of one view, ready to be looked through.
#[derive(Debug, Default)]
pub(super) struct Titles {
    variants: bool,
    characters: Lines,
    pinyin: Lines,
    initials: Lines,
}

/// Many short texts in one.
#[derive(Debug, Default)]
struct Lines {
    text: String,
    /// For each line: where it begins, whose it is, and whether it is the title.
    starts: Vec<(u32, u32, bool)>,
}

/// A line in which something was found.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    ordinal: u32,
    /// Smaller is better: the kind of match, then where it begins, then how long the line is.
    rank: (u8, usize, usize),
}

impl Titles {
    /// Reads the questions of all articles of `view`.
    pub(super) fn of(view: &View, analysis: Analysis, analyzer: &Analyzer) -> Self {
        let variants = analyzer.folds_variants();
        let mut titles = Self {
            variants,
            ..Self::default()
        };
        for ordinal in 0..view.ordinals() {
            let Some(head) = view.head_by_ordinal(ordinal) else {
                continue;
            };
            titles.add(&head.title, ordinal, true, analysis.pinyin);
            for similar in &head.similar {
                titles.add(similar, ordinal, false, analysis.pinyin);
            }
        }
        titles
    }

    fn add(&mut self, question: &str, ordinal: u32, is_title: bool, pinyin: bool) {
        let normal = squeeze(question, self.variants);
        if pinyin {
            let syllables = syllables(&normal);
            let marked: String = syllables.iter().map(|s| format!("'{s}")).collect();
            let initials: String = syllables.iter().filter_map(|s| s.chars().next()).collect();
            self.pinyin.push(&marked, ordinal, is_title);
            self.initials.push(&initials, ordinal, is_title);
        }
        self.characters.push(&normal, ordinal, is_title);
    }

    /// The articles with a question that has `typed` in it, the best first, each once.
    pub(super) fn matching(&self, typed: &str) -> Vec<u32> {
        let typed = squeeze(typed, self.variants);
        if typed.is_empty() || typed.chars().count() > MAX_TYPED {
            return Vec::new();
        }
        let mut found = self.characters.find(&typed, 0);
        let latin: String = typed.chars().filter(|c| *c != '\'').collect();
        if !latin.is_empty() && latin.bytes().all(|b| b.is_ascii_lowercase()) {
            found.extend(self.pinyin.find_spelt(&latin));
            if latin.len() > 1 {
                found.extend(self.initials.find(&latin, 4));
            }
        }
        found.sort_by_key(|found| (found.rank, found.ordinal));
        let mut seen = HashSet::new();
        found
            .into_iter()
            .map(|found| found.ordinal)
            .filter(|ordinal| seen.insert(*ordinal))
            .collect()
    }
}

impl Lines {
    fn push(&mut self, line: &str, ordinal: u32, is_title: bool) {
        if !line.is_empty() {
            self.starts.push((
                u32::try_from(self.text.len()).unwrap_or(u32::MAX),
                ordinal,
                is_title,
            ));
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// Lines with `typed` in them. `base` is added to the kind: 0 at the start of a title, 1 of a similar question, 2 and 3 within.
    fn find(&self, typed: &str, base: u8) -> Vec<Found> {
        let places = memmem::find_iter(self.text.as_bytes(), typed);
        places
            .take(MAX_LINES)
            .map(|at| self.found(at, base))
            .collect()
    }

    /// Lines of marked pinyin that spell `typed` from the start of a syllable on.
    fn find_spelt(&self, typed: &str) -> Vec<Found> {
        let first = format!("'{}", &typed[..1]);
        let spelt = |at: &usize| spells(&self.text.as_bytes()[*at..], typed.as_bytes());
        let places = memmem::find_iter(self.text.as_bytes(), &first).filter(spelt);
        places.take(MAX_LINES).map(|at| self.found(at, 4)).collect()
    }

    fn found(&self, at: usize, base: u8) -> Found {
        let line = self
            .starts
            .partition_point(|(start, ..)| *start as usize <= at)
            .saturating_sub(1);
        let (start, ordinal, is_title) = self.starts[line];
        let end = self
            .starts
            .get(line + 1)
            .map_or(self.text.len(), |(next, ..)| *next as usize);
        let from = at - start as usize;
        let kind = base + 2 * u8::from(from > 0) + u8::from(!is_title);
        Found {
            ordinal,
            rank: (kind, from, end - start as usize),
        }
    }
}

/// Whether marked pinyin (`'mi'ma`) begins with `typed` (`mim`), marks aside, on one line.
fn spells(marked: &[u8], typed: &[u8]) -> bool {
    let mut letters = marked
        .iter()
        .take_while(|b| **b != b'\n')
        .filter(|b| **b != b'\'');
    typed.iter().all(|wanted| letters.next() == Some(wanted))
}

/// The normal form without spaces and punctuation.
fn squeeze(text: &str, variants: bool) -> String {
    normalize(text, variants)
        .chars
        .into_iter()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Titles to offer for what has been typed so far.
pub(super) fn suggest(
    engine: &Engine,
    viewer: Audience,
    typed: &str,
    limit: usize,
) -> Result<Vec<Suggestion>> {
    let view = engine.view(viewer);
    let lookup = engine.lookup(viewer);
    if typed.trim().is_empty() {
        let starters = lookup
            .starters
            .iter()
            .filter_map(|ordinal| view.head_by_ordinal(*ordinal));
        return Ok(starters
            .take(limit)
            .map(|head| suggestion(view, head, None))
            .collect());
    }
    let mut ordinals = lookup.titles.matching(typed);
    ordinals.truncate(limit);
    if ordinals.len() < limit {
        ordinals.extend(searched(engine, viewer, typed, limit)?);
    }
    let marker = marker(engine, typed);
    let mut seen = HashSet::new();
    let heads = ordinals
        .into_iter()
        .filter(|o| seen.insert(*o))
        .filter_map(|o| view.head_by_ordinal(o));
    Ok(heads
        .take(limit)
        .map(|head| suggestion(view, head, Some(&marker)))
        .collect())
}

/// What a search for the typed text finds first, for texts that no question has as they stand.
fn searched(engine: &Engine, viewer: Audience, typed: &str, limit: usize) -> Result<Vec<u32>> {
    let query = engine.query(typed);
    let matches = engine
        .sums()
        .score(engine.view(viewer), &query.terms, engine.schema(), None)?;
    let best = matches
        .candidates
        .iter()
        .map(|c| c.coverage)
        .fold(0.0, f32::max);
    let mut good: Vec<_> = matches
        .candidates
        .iter()
        .filter(|c| c.coverage >= 0.6 * best)
        .copied()
        .collect();
    good.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.ordinal.cmp(&b.ordinal)));
    Ok(good.into_iter().take(limit).map(|c| c.ordinal).collect())
}

fn marker(engine: &Engine, typed: &str) -> Marker {
    let analysis = engine.analyzer().analyze(typed);
    let terms = analysis
        .terms
        .iter()
        .filter(|term| term.kind != Kind::Compound);
    Marker::new(
        terms.map(|term| (analysis.text(term), term.kind, 1.0)),
        engine.analyzer(),
    )
}

fn suggestion(view: &View, head: &Head, marker: Option<&Marker>) -> Suggestion {
    let unmarked = || {
        vec![TextPart {
            text: head.title.clone(),
            hit: false,
        }]
    };
    let lineage = head.category.lineage();
    let titles = lineage.iter().map(|path| {
        view.category(path)
            .map_or(path.as_str(), |c| c.title.as_str())
    });
    Suggestion {
        id: head.id.clone(),
        title: head.title.clone(),
        title_parts: marker.map_or_else(unmarked, |marker| mark(marker, &head.title)),
        category: titles.map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::Titles;

    #[test]
    fn finds_by_characters_pinyin_and_initials_with_starts_of_titles_first() {
        let mut titles = Titles {
            variants: true,
            ..Titles::default()
        };
        for (ordinal, title) in ["如何重置密码", "密码忘了", "申请退款", "重置路由器"]
            .into_iter()
            .enumerate()
        {
            titles.add(title, u32::try_from(ordinal).expect("few"), true, true);
        }
        for (typed, found) in [
            ("密码", vec![1, 0]),
            ("密碼", vec![1, 0]),
            ("重置", vec![3, 0]),
            ("mima", vec![1, 0]),
            ("chongzhim", vec![0]),
            ("czmm", vec![0]),
            ("sqtk", vec![2]),
            ("ima", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(titles.matching(typed), found, "{typed}");
        }
    }
}
