//! How well is what people ask for found? Judged queries in, figures out.
//!
//! Recall, reciprocal rank and discounted gain are those of Manning, Raghavan and Schütze, Introduction to Information
//! Retrieval (2008), chapter 8, each cut at ten hits and averaged over the queries that have an answer.

use super::{Engine, Request, Results};
use crate::error::{Error, Result};
use crate::model::{ArticleId, Audience};
use serde::Deserialize;
use std::collections::HashMap;

/// How many hits are looked at.
const DEPTH: usize = 10;

/// A query of which it is known what should be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedQuery {
    /// Its name in reports; the query itself where it has none.
    pub id: String,
    /// As a reader typed it.
    pub text: String,
    /// The articles that answer it, each with how well (at least 1); empty when the knowledge base has no answer.
    pub relevant: Vec<(ArticleId, u32)>,
}

/// A query that did not find its article first, or found one with confidence where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Miss {
    /// The query.
    pub query: JudgedQuery,
    /// The rank of the first right article, from 1; `None` beyond ten.
    pub rank: Option<usize>,
    /// What came first instead: id and title.
    pub first: Option<(ArticleId, String)>,
}

/// The figures of one evaluation. All shares and means are from 0 to 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evaluation {
    /// How many queries were asked.
    pub queries: usize,
    /// How many of them have an answer.
    pub answerable: usize,
    /// The share whose first hit is right.
    pub recall_at_1: f64,
    /// The share with a right hit among the first five.
    pub recall_at_5: f64,
    /// The share with a right hit among the first ten.
    pub recall_at_10: f64,
    /// The mean of one over the rank of the first right hit.
    pub mrr_at_10: f64,
    /// The mean normalised discounted cumulative gain.
    pub ndcg_at_10: f64,
    /// Of the right first hits, the share that was called confident.
    pub confident_right: f64,
    /// Of the wrong first hits of answerable queries, the share that was called confident.
    pub confident_wrong: f64,
    /// Of the queries without an answer, the share that was called confident all the same.
    pub confident_unanswerable: f64,
    /// Queries that went wrong, the worst first.
    pub misses: Vec<Miss>,
}

/// Asks every query by its words and measures.
///
/// # Errors
/// When a search fails.
pub fn evaluate(engine: &Engine, queries: &[JudgedQuery], viewer: Audience) -> Result<Evaluation> {
    evaluate_with(queries, viewer, &mut |request| engine.search(request))
}

/// Asks every query as `search` does and measures.
///
/// # Errors
/// When a search fails.
pub fn evaluate_with(
    queries: &[JudgedQuery],
    viewer: Audience,
    search: &mut dyn FnMut(&Request) -> Result<Results>,
) -> Result<Evaluation> {
    let mut tally = Tally::default();
    for query in queries {
        let request = Request {
            query: query.text.clone(),
            viewer,
            limit: DEPTH,
            ..Request::default()
        };
        let results = search(&request)?;
        let ids: Vec<&ArticleId> = results.hits.iter().map(|hit| &hit.id).collect();
        let rank = tally.add(query, &ids, results.confident);
        let fooled = query.relevant.is_empty() && results.confident;
        if fooled || (!query.relevant.is_empty() && rank != Some(1)) {
            let first = results
                .hits
                .first()
                .map(|hit| (hit.id.clone(), hit.title.clone()));
            tally.misses.push(Miss {
                query: query.clone(),
                rank,
                first,
            });
        }
    }
    Ok(tally.finish())
}

#[derive(Default)]
struct Tally {
    answerable: usize,
    unanswerable: usize,
    found: [usize; 3],
    reciprocal: f64,
    gain: f64,
    right_confident: usize,
    wrong_confident: usize,
    fooled: usize,
    misses: Vec<Miss>,
}

impl Tally {
    fn add(&mut self, query: &JudgedQuery, ids: &[&ArticleId], confident: bool) -> Option<usize> {
        if query.relevant.is_empty() {
            self.unanswerable += 1;
            self.fooled += usize::from(confident);
            return None;
        }
        self.answerable += 1;
        let grade = |id: &ArticleId| {
            query
                .relevant
                .iter()
                .find(|(r, _)| r == id)
                .map_or(0, |(_, g)| *g)
        };
        let rank = ids.iter().position(|id| grade(id) > 0).map(|i| i + 1);
        if let Some(rank) = rank {
            for (found, depth) in self.found.iter_mut().zip([1, 5, 10]) {
                *found += usize::from(rank <= depth);
            }
            self.reciprocal += 1.0 / rank as f64;
        }
        let right = rank == Some(1);
        self.right_confident += usize::from(right && confident);
        self.wrong_confident += usize::from(!right && confident);
        let mut ideal: Vec<u32> = query.relevant.iter().map(|(_, g)| *g).collect();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        let best = discounted_gain(ideal.into_iter().take(DEPTH));
        self.gain += discounted_gain(ids.iter().map(|id| grade(id))) / best;
        rank
    }

    fn finish(mut self) -> Evaluation {
        let of_answerable = |n: f64| {
            if self.answerable == 0 {
                0.0
            } else {
                n / self.answerable as f64
            }
        };
        let share = |n: usize, of: usize| if of == 0 { 0.0 } else { n as f64 / of as f64 };
        self.misses.sort_by_key(|miss| {
            (
                miss.rank.is_some() || miss.query.relevant.is_empty(),
                std::cmp::Reverse(miss.rank),
            )
        });
        Evaluation {
            queries: self.answerable + self.unanswerable,
            answerable: self.answerable,
            recall_at_1: of_answerable(self.found[0] as f64),
            recall_at_5: of_answerable(self.found[1] as f64),
            recall_at_10: of_answerable(self.found[2] as f64),
            mrr_at_10: of_answerable(self.reciprocal),
            ndcg_at_10: of_answerable(self.gain),
            confident_right: share(self.right_confident, self.found[0]),
            confident_wrong: share(self.wrong_confident, self.answerable - self.found[0]),
            confident_unanswerable: share(self.fooled, self.unanswerable),
            misses: self.misses,
        }
    }
}

fn discounted_gain(grades: impl Iterator<Item = u32>) -> f64 {
    grades
        .enumerate()
        .map(|(i, grade)| (f64::from(grade).exp2() - 1.0) / ((i + 2) as f64).log2())
        .sum()
}

/// Reads queries (`id<TAB>query` a line) and their judgements (`query id<TAB>article id<TAB>grade` a line). A query without
/// a judgement has no answer in the knowledge base.
///
/// # Errors
/// `InvalidRequest` with the number of the first line that does not fit.
pub fn parse_tsv(queries: &str, judgements: &str) -> Result<Vec<JudgedQuery>> {
    let mut relevant: HashMap<&str, Vec<(ArticleId, u32)>> = HashMap::new();
    for (number, line) in numbered(judgements) {
        let wrong = |why: &str| Error::invalid(format!("judgements, line {number}: {why}"));
        let mut columns = line.split('\t');
        let (Some(query), Some(id)) = (columns.next(), columns.next()) else {
            return Err(wrong("expected `query id<TAB>article id<TAB>grade`"));
        };
        let id = ArticleId::parse(id.trim()).map_err(|e| wrong(&e.to_string()))?;
        let grade = columns.next().map_or(Ok(1), |g| g.trim().parse::<u32>());
        match grade {
            Ok(0) => {}
            Ok(grade) => relevant.entry(query).or_default().push((id, grade.min(10))),
            Err(_) => return Err(wrong("the grade is no whole number")),
        }
    }
    let mut out = Vec::new();
    for (number, line) in numbered(queries) {
        let Some((id, text)) = line.split_once('\t') else {
            return Err(Error::invalid(format!(
                "queries, line {number}: expected `id<TAB>query`"
            )));
        };
        let relevant = relevant.get(id).cloned().unwrap_or_default();
        out.push(JudgedQuery {
            id: id.to_owned(),
            text: text.trim().to_owned(),
            relevant,
        });
    }
    Ok(out)
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(i, line)| (i + 1, line))
        .filter(|(_, line)| !line.trim().is_empty())
}

/// Reads golden queries: `[[query]]` tables with `text`, and `articles` (the ids that answer it, the best first) or `none = true`.
///
/// # Errors
/// `InvalidRequest` with line and column of what does not fit.
pub fn parse_golden(toml: &str) -> Result<Vec<JudgedQuery>> {
    let file: GoldenFile = toml::from_str(toml)
        .map_err(|e| Error::invalid(format!("golden queries: {}", e.to_string().trim_end())))?;
    file.query.into_iter().map(GoldenQuery::judge).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoldenFile {
    #[serde(default)]
    query: Vec<GoldenQuery>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoldenQuery {
    text: String,
    #[serde(default)]
    articles: Vec<String>,
    #[serde(default)]
    none: bool,
    #[serde(default, rename = "note")]
    _note: String,
}

impl GoldenQuery {
    fn judge(self) -> Result<JudgedQuery> {
        let wrong = |why: &str| Error::invalid(format!("golden query “{}”: {why}", self.text));
        if self.none != self.articles.is_empty() {
            return Err(wrong("give either `articles` or `none = true`"));
        }
        let ids = self
            .articles
            .iter()
            .map(|id| ArticleId::parse(id).map(|id| (id, 1)));
        let relevant = ids
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| wrong(&e.to_string()))?;
        Ok(JudgedQuery {
            id: self.text.clone(),
            text: self.text,
            relevant,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, parse_golden, parse_tsv};
    use crate::model::ArticleId;

    #[test]
    fn figures_are_those_of_the_textbook() {
        let queries = parse_tsv("1\ta\n2\tb\n3\tc\n", "1\tx\t1\n2\ty\t1\n").expect("well formed");
        let [x, y, z] = ["x", "y", "z"].map(|id| ArticleId::parse(id).expect("an id"));
        let mut tally = Tally::default();
        tally.add(&queries[0], &[&x, &y], true);
        tally.add(&queries[1], &[&x, &z, &y], true);
        tally.add(&queries[2], &[&x], true);
        let got = tally.finish();
        assert_eq!((got.queries, got.answerable), (3, 2));
        assert_eq!((got.recall_at_1, got.recall_at_5), (0.5, 1.0));
        assert!((got.mrr_at_10 - (1.0 + 1.0 / 3.0) / 2.0).abs() < 1e-9);
        assert!((got.ndcg_at_10 - (1.0 + 0.5) / 2.0).abs() < 1e-9);
        assert_eq!(
            (
                got.confident_right,
                got.confident_wrong,
                got.confident_unanswerable
            ),
            (1.0, 1.0, 1.0)
        );
    }

    #[test]
    fn a_line_that_does_not_fit_is_named() {
        let error = parse_tsv("1 a\n", "").expect_err("no tab");
        assert!(error.to_string().contains("line 1"));
        assert!(parse_tsv("1\ta\n", "1\t../x\t1\n").is_err());
        assert!(parse_golden("[[query]]\ntext='a'\n").is_err());
        assert!(
            parse_golden("[[query]]\ntext='a'\nnone=true\n[[query]]\ntext='b'\narticles=['x']\n")
                .is_ok()
        );
    }
}
