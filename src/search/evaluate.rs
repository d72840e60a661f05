//! How well is what people ask for found? Judged queries in, figures out.
//!
//! Recall, reciprocal rank and discounted gain are those of Manning, Raghavan and Schütze, Introduction to Information
//! Retrieval (2008), chapter 8, each cut at ten hits and averaged over the queries that have an answer.

use super::judged::JudgedQuery;
use super::{Engine, Explanation, Request, Results};
use crate::error::Result;
use crate::model::{ArticleId, Audience};

/// How many hits are looked at.
const DEPTH: usize = 10;

/// A query that did not find its article first, or found one with confidence where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Miss {
    /// The query.
    pub query: JudgedQuery,
    /// The rank of the first right article, from 1; `None` beyond ten.
    pub rank: Option<usize>,
    /// What came first instead: id and title.
    pub first: Option<(ArticleId, String)>,
    /// Why that came first.
    pub why: Explanation,
    /// What speaks for the right article; empty when it is not among the first ten.
    pub why_not: Explanation,
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
            tally.misses.push(miss(search, request, query, rank)?);
        }
    }
    Ok(tally.finish())
}

/// Asks once more, to say why.
fn miss(
    search: &mut dyn FnMut(&Request) -> Result<Results>,
    request: Request,
    query: &JudgedQuery,
    rank: Option<usize>,
) -> Result<Miss> {
    let request = Request {
        explain: true,
        ..request
    };
    let hits = search(&request)?.hits;
    let why = |place: Option<usize>| {
        place
            .and_then(|place| hits.get(place)?.explanation.clone())
            .unwrap_or_default()
    };
    Ok(Miss {
        query: query.clone(),
        rank,
        first: hits.first().map(|hit| (hit.id.clone(), hit.title.clone())),
        why: why(Some(0)),
        why_not: why(rank.map(|rank| rank - 1)),
    })
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

#[cfg(test)]
mod tests {
    use super::Tally;
    use crate::model::ArticleId;
    use crate::search::judged::parse_tsv;

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
}
