//! Which figures are there, and did they get worse? What `--format json` prints is what `--baseline` reads.

use crate::error::{Error, Result};
use crate::search::evaluate::{Evaluation, Miss};
use crate::search::{Contribution, Explanation};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::path::Path;

/// A figure that differs by less is the same: it is printed with four places.
const NOISE: f64 = 0.000_05;

/// The figures of one run. Shares and means, 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Figures {
    pub(super) queries: usize,
    pub(super) answerable: usize,
    pub(super) recall_at_1: f64,
    pub(super) recall_at_5: f64,
    pub(super) recall_at_10: f64,
    pub(super) mrr_at_10: f64,
    pub(super) ndcg_at_10: f64,
    pub(super) confident_right: f64,
    pub(super) confident_wrong: f64,
    pub(super) confident_unanswerable: f64,
}

/// What is wished for a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// More is better.
    More,
    /// Less is better.
    Less,
    /// It says something about the others: alone, it is neither good nor bad.
    None,
}

/// A figure by its name.
pub(super) type Named = (&'static str, f64, Wish);

#[derive(Serialize)]
struct Document<'m> {
    #[serde(flatten)]
    figures: &'m Figures,
    worst: Vec<Wrong<'m>>,
}

#[derive(Serialize)]
struct Wrong<'m> {
    id: &'m str,
    query: &'m str,
    relevant: Vec<&'m str>,
    rank: Option<usize>,
    first: Option<&'m str>,
    why: Vec<Reason<'m>>,
    why_not: Vec<Reason<'m>>,
}

#[derive(Serialize)]
struct Reason<'m> {
    term: &'m str,
    fields: &'m [String],
    score: f32,
}

impl Figures {
    /// Those of an evaluation.
    pub(super) fn of(measured: &Evaluation) -> Self {
        Self {
            queries: measured.queries,
            answerable: measured.answerable,
            recall_at_1: measured.recall_at_1,
            recall_at_5: measured.recall_at_5,
            recall_at_10: measured.recall_at_10,
            mrr_at_10: measured.mrr_at_10,
            ndcg_at_10: measured.ndcg_at_10,
            confident_right: measured.confident_right,
            confident_wrong: measured.confident_wrong,
            confident_unanswerable: measured.confident_unanswerable,
        }
    }

    /// Those that an earlier run wrote.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let refuse = |why: anyhow::Error| {
            let message = format!("{} has no figures to compare with", file.display());
            Error::invalid(message)
                .because(why)
                .help("write them with `kb eval --format json > FILE`")
        };
        let text = std::fs::read_to_string(file).map_err(|e| refuse(e.into()))?;
        serde_json::from_str(&text).map_err(|e| refuse(e.into()))
    }

    /// All shares and means.
    pub(super) fn named(&self) -> [Named; 8] {
        [
            ("recall_at_1", self.recall_at_1, Wish::More),
            ("recall_at_5", self.recall_at_5, Wish::More),
            ("recall_at_10", self.recall_at_10, Wish::More),
            ("mrr_at_10", self.mrr_at_10, Wish::More),
            ("ndcg_at_10", self.ndcg_at_10, Wish::More),
            ("confident_right", self.confident_right, Wish::None),
            ("confident_wrong", self.confident_wrong, Wish::None),
            (
                "confident_unanswerable",
                self.confident_unanswerable,
                Wish::Less,
            ),
        ]
    }

    /// Each figure that is worse than before, with both values.
    pub(super) fn worse_than(&self, before: &Self) -> Vec<String> {
        let pairs = self.named().into_iter().zip(before.named());
        let worse = pairs.filter(|((_, now, wish), (_, then, _))| match wish {
            Wish::More => now - then < -NOISE,
            Wish::Less => now - then > NOISE,
            Wish::None => false,
        });
        worse
            .map(|((name, now, _), (_, then, _))| format!("{name} {then:.4} -> {now:.4}"))
            .collect()
    }
}

/// Writes the figures and the worst queries as one JSON document.
pub(super) fn write_json(
    to: &mut dyn Write,
    figures: &Figures,
    measured: &Evaluation,
    limit: usize,
) -> io::Result<()> {
    let worst = measured.misses.iter().take(limit).map(wrong).collect();
    serde_json::to_writer_pretty(&mut *to, &Document { figures, worst })?;
    writeln!(to)
}

fn wrong(miss: &Miss) -> Wrong<'_> {
    Wrong {
        id: &miss.query.id,
        query: &miss.query.text,
        relevant: miss
            .query
            .relevant
            .iter()
            .map(|(id, _)| id.as_str())
            .collect(),
        rank: miss.rank,
        first: miss.first.as_ref().map(|(id, _)| id.as_str()),
        why: reasons(&miss.why),
        why_not: reasons(&miss.why_not),
    }
}

fn reasons(why: &Explanation) -> Vec<Reason<'_>> {
    why.contributions.iter().map(Reason::of).collect()
}

impl<'m> Reason<'m> {
    fn of(part: &'m Contribution) -> Self {
        Self {
            term: &part.term,
            fields: &part.fields,
            score: part.score,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Figures;
    use crate::search::evaluate::Evaluation;

    #[test]
    fn worse_is_less_of_what_is_good_and_more_of_what_is_not() {
        let before = Figures::of(&Evaluation {
            mrr_at_10: 0.8,
            confident_unanswerable: 0.1,
            confident_right: 0.5,
            ..Evaluation::default()
        });
        assert!(before.worse_than(&before).is_empty());
        let better = Figures {
            mrr_at_10: 0.9,
            confident_unanswerable: 0.0,
            confident_right: 0.4,
            ..before.clone()
        };
        assert!(better.worse_than(&before).is_empty());
        assert_eq!(
            before.worse_than(&better),
            [
                "mrr_at_10 0.9000 -> 0.8000",
                "confident_unanswerable 0.0000 -> 0.1000"
            ]
        );
    }
}
