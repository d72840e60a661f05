//! What does a query ask for? Free text, phrases that must occur, words that must not, and tags.
//!
//! The grammar is small, and everything that does not fit it is free text: `"…"` (also “…”, 「…」, 『…』) is a phrase, `-word`
//! and `-"…"` after a space exclude, `tag:name` narrows. A query never fails for its grammar.

use crate::text::{Analysis, Analyzer, Kind, StopWords};
use std::collections::HashMap;

/// The most terms that are scored.
const MAX_TERMS: usize = 128;
/// The most characters that are read. Doors that people type at ask for fewer.
const MAX_CHARS: usize = 1_000;
/// The most phrases, exclusions and tags, of each; further ones are passed over.
const MAX_CLAUSES: usize = 16;
/// What the weight of a term made of stop words is multiplied by.
const FAINT: f32 = 0.6;
/// The same for its share.
const FAINT_SHARE: f32 = 0.2;
/// What both are multiplied by for letters: in a knowledge base of another language `how` and `my` are rare, and still say
/// nothing.
const FAINT_WORD: f32 = 0.3;

/// A query, taken apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    /// What is scored: the free text and the phrases, without what is excluded.
    pub(super) text: String,
    /// The same, analysed.
    pub(super) analysis: Analysis,
    /// For each unit of the analysis, whether it is in a stop word.
    pub(super) faint: Vec<bool>,
    /// Terms to score, each once.
    pub(super) terms: Vec<QueryTerm>,
    /// Runs of units that must occur.
    pub(super) phrases: Vec<Vec<String>>,
    /// Runs of units that must not occur.
    pub(super) excluded: Vec<Vec<String>>,
    /// Tags that must be there.
    pub(super) tags: Vec<String>,
}

/// One term of a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct QueryTerm {
    /// Its normal form.
    pub(super) text: String,
    /// What it is.
    pub(super) kind: Kind,
    /// How much it counts in the score, beside its rarity.
    pub(super) weight: f32,
    /// How much it counts when hits are told from chance matches, beside its rarity.
    pub(super) share: f32,
}

impl Query {
    /// Takes `typed` apart; without `stops`, every word says something. Never fails.
    pub(super) fn parse(typed: &str, analyzer: &Analyzer, stops: Option<&StopWords>) -> Self {
        let end = typed.char_indices().nth(MAX_CHARS);
        let pieces = split(end.map_or(typed, |(end, _)| &typed[..end]));
        let units = |text: &str| {
            let analysis = analyzer.analyze(text);
            analysis
                .unit_terms()
                .map(|term| analysis.text(term).to_owned())
                .collect::<Vec<_>>()
        };
        let mut query = Self::default();
        for piece in &pieces {
            match piece {
                Piece::Free(text) => query.text.push_str(text),
                Piece::Phrase(text) => {
                    query.text.push_str(text);
                    query.text.push(' ');
                    query.phrases.push(units(text));
                }
                Piece::Excluded(text) => query.excluded.push(units(text)),
                Piece::Tag(name) => query.tags.push(name.clone()),
            }
        }
        query.phrases.retain(|phrase| !phrase.is_empty());
        query.excluded.retain(|phrase| !phrase.is_empty());
        query.phrases.truncate(MAX_CLAUSES);
        query.excluded.truncate(MAX_CLAUSES);
        query.tags.truncate(MAX_CLAUSES);
        query.text = query.text.trim().to_owned();
        query.analysis = analyzer.analyze(&query.text);
        query.faint = match stops {
            Some(stops) => stops.faint_units(&query.analysis),
            None => vec![false; query.analysis.units as usize],
        };
        query.terms = terms(&query.analysis, &query.faint);
        query
    }

    /// Whether it says anything but question words and politeness.
    pub(super) fn has_content(&self) -> bool {
        self.faint.iter().any(|faint| !faint)
    }
}

/// Each distinct term with its weights; beyond [`MAX_TERMS`], words and pairs are kept before characters.
fn terms(analysis: &Analysis, faint: &[bool]) -> Vec<QueryTerm> {
    let mut seen: HashMap<(&str, bool), usize> = HashMap::new();
    let mut out: Vec<QueryTerm> = Vec::new();
    for term in &analysis.terms {
        let text = analysis.text(term);
        let span = term.position..term.position + term.units;
        let in_word = analysis
            .words
            .iter()
            .any(|w| w.start <= span.start && span.end <= w.end);
        let mut units = span
            .clone()
            .map(|unit| faint.get(unit as usize).copied().unwrap_or(false));
        let faint = units.all(|faint| faint);
        let (weight, share) = weights(term.kind, in_word, faint);
        if let Some(at) = seen.get(&(text, term.kind == Kind::Code)) {
            out[*at].weight = out[*at].weight.max(weight);
            out[*at].share = out[*at].share.max(share);
            continue;
        }
        seen.insert((text, term.kind == Kind::Code), out.len());
        out.push(QueryTerm {
            text: text.to_owned(),
            kind: term.kind,
            weight,
            share,
        });
    }
    if out.len() > MAX_TERMS {
        out.sort_by_key(|term| term.kind == Kind::Character);
        out.truncate(MAX_TERMS);
    }
    out
}

/// How much a term counts in the score, and in what is asked of every hit.
///
/// Found on real customers' questions: characters carry most, pairs and words confirm them. A hit must rather have the words.
fn weights(kind: Kind, in_word: bool, faint: bool) -> (f32, f32) {
    let (weight, share) = match kind {
        Kind::Character => (1.0, 0.4),
        Kind::Word => (2.0, 1.5),
        Kind::Pair if in_word => (0.4, 1.0),
        Kind::Pair => (0.3, 0.3),
        Kind::Compound => (0.2, 0.0),
        Kind::Code => (2.0, 0.5),
    };
    if faint {
        let faintly = if kind == Kind::Word {
            FAINT_WORD
        } else {
            FAINT
        };
        (weight * faintly, share * FAINT_SHARE)
    } else {
        (weight, share)
    }
}

/// A stretch of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Free(String),
    Phrase(String),
    Excluded(String),
    Tag(String),
}

const QUOTES: [(char, char); 5] = [
    ('"', '"'),
    ('“', '”'),
    ('「', '」'),
    ('『', '』'),
    ('＂', '＂'),
];

fn split(typed: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut free = String::new();
    let mut rest = typed;
    while let Some(c) = rest.chars().next() {
        let at_start = free.is_empty() || free.ends_with(char::is_whitespace);
        let special = quoted(rest)
            .map(|(text, after)| (Piece::Phrase(text.to_owned()), after))
            .or_else(|| {
                at_start
                    .then(|| excluded(rest).or_else(|| tag(rest)))
                    .flatten()
            });
        if let Some((piece, after)) = special {
            pieces.push(Piece::Free(std::mem::take(&mut free) + " "));
            pieces.push(piece);
            rest = after;
        } else {
            free.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    pieces.push(Piece::Free(free));
    pieces
}

/// A quoted text at the start of `rest`, and what follows it. A quote that is not closed is no quote.
fn quoted(rest: &str) -> Option<(&str, &str)> {
    let open = rest.chars().next()?;
    let (_, close) = QUOTES.iter().find(|(o, _)| *o == open)?;
    let inner = &rest[open.len_utf8()..];
    let end = inner.find(*close)?;
    let text = &inner[..end];
    (!text.trim().is_empty()).then(|| (text, &inner[end + close.len_utf8()..]))
}

fn excluded(rest: &str) -> Option<(Piece, &str)> {
    let inner = rest.strip_prefix('-').or_else(|| rest.strip_prefix('－'))?;
    if let Some((text, after)) = quoted(inner) {
        return Some((Piece::Excluded(text.to_owned()), after));
    }
    let (word, after) = word(inner);
    (!word.is_empty() && !word.starts_with('-')).then(|| (Piece::Excluded(word.to_owned()), after))
}

fn tag(rest: &str) -> Option<(Piece, &str)> {
    let inner = ["tag:", "标签:", "标签：", "標籤:", "標籤："]
        .iter()
        .find_map(|p| rest.strip_prefix(p))?;
    if let Some((text, after)) = quoted(inner) {
        return Some((Piece::Tag(text.to_owned()), after));
    }
    let (name, after) = word(inner);
    (!name.is_empty()).then(|| (Piece::Tag(name.to_owned()), after))
}

fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::{Piece, split};

    fn shape(typed: &str) -> Vec<String> {
        let shown = |piece: &Piece| match piece {
            Piece::Free(text) => text.trim().to_owned(),
            Piece::Phrase(text) => format!("\"{text}\""),
            Piece::Excluded(text) => format!("-{text}"),
            Piece::Tag(text) => format!("tag:{text}"),
        };
        split(typed)
            .iter()
            .map(shown)
            .filter(|s| !s.is_empty())
            .collect()
    }

    #[test]
    fn quotes_minus_and_tags_are_seen_and_all_else_is_free_text() {
        for (typed, pieces) in [
            ("退款 -信用卡", vec!["退款", "-信用卡"]),
            ("\"退款\"多久", vec!["\"退款\"", "多久"]),
            ("“退款 到账”", vec!["\"退款 到账\""]),
            ("「退款」 -「信用卡」", vec!["\"退款\"", "-信用卡"]),
            ("tag:账号 密码", vec!["tag:账号", "密码"]),
            ("e-mail", vec!["e-mail"]),
            ("a - b", vec!["a - b"]),
            ("\"没有关上", vec!["\"没有关上"]),
            ("--", vec!["--"]),
            ("\"\"", vec!["\"\""]),
        ] {
            assert_eq!(shape(typed), pieces, "{typed}");
        }
    }
}
