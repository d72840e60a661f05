//! What does a query cost in processor time over very many short articles, and how does that grow?
//!
//! Wall time on a shared machine says little about a fraction of a millisecond, so the time counted is what the thread spent on a processor.

use crate::floor::{self, Raw, Texts};
use crate::table::{Aim, Figure, median};
use crate::{Bench, corpus};
use anyhow::{Context, Result};
use kb::clock::Clock;
use kb::index::Generations;
use kb::model::Audience;
use kb::search::{Engine, Request};
use kb::sync::{Sources, reindex};
use std::sync::Arc;

/// How many different queries are asked.
const QUERIES: usize = 300;

impl Bench {
    /// Builds so many articles of a title and at most one similar question, and asks.
    pub(crate) fn measure_short(&self, articles: usize) -> Result<Vec<Figure>> {
        let folder = tempfile::tempdir()?;
        corpus::write_short(&self.words, &folder.path().join("kb"), articles)?;
        let sources = Sources::new(&folder.path().join("kb"), Arc::clone(&self.schema))?;
        let generations = Generations::new(&folder.path().join(".kb"));
        let opened = reindex(&sources, &generations, &Clock::System, &mut |_| {})?;
        let texts = Texts::of_all(opened.snapshot.view(Audience::PUBLIC))?;
        let raw = Raw::new(sources.analyzer());
        raw.build(texts.iter().map(|texts| raw.uncut(texts)))?;
        drop(texts);
        let engine = Engine::new(
            opened.snapshot,
            Arc::clone(&self.schema),
            Arc::clone(sources.lexicon()),
        );
        self.ask_short(&engine, &raw, &sources)
    }

    fn ask_short(&self, engine: &Engine, raw: &Raw, sources: &Sources) -> Result<Vec<Figure>> {
        let searcher = raw.searcher()?;
        let typed: Vec<String> = (0..QUERIES).map(|n| self.words.query(n)).collect();
        let queries = typed.iter().map(|t| raw.query(t, sources.analyzer()));
        let queries: Vec<_> = queries.collect();
        let (mut ours, mut floor) = (Vec::new(), Vec::new());
        for _ in 0..self.effort.rounds {
            ours.push(processor_ms(&typed, |typed| {
                let request = Request {
                    query: typed.clone(),
                    limit: 10,
                    ..Request::default()
                };
                engine.search(&request).map(|found| found.total)
            })?);
            floor.push(processor_ms(&queries, |q| {
                floor::ask(&searcher, q.as_ref())
            })?);
        }
        let what = "the bare tantivy query: any of the same terms, ten best";
        let figure = Figure::new(
            "processor time of a query, ms",
            median(ours),
            Some((median(floor), what)),
        );
        Ok(vec![figure.aim(Aim::AtMost(3.0))])
    }
}

/// What this thread spends on a processor for each of `all`, on average: its clock is too coarse for one.
fn processor_ms<T, E>(all: &[T], ask: impl Fn(&T) -> Result<usize, E>) -> Result<f64>
where
    anyhow::Error: From<E>,
{
    let before = on_processor_ns()?;
    for one in all {
        std::hint::black_box(ask(one)?);
    }
    Ok((on_processor_ns()? - before) / 1e6 / all.len().max(1) as f64)
}

/// How long this thread has been on a processor, in nanoseconds: the first figure of its `schedstat`, of Linux.
fn on_processor_ns() -> Result<f64> {
    let path = "/proc/thread-self/schedstat";
    let text =
        std::fs::read_to_string(path).with_context(|| format!("{path} is needed, as on Linux"))?;
    let first = text.split_whitespace().next().unwrap_or_default();
    Ok(first.parse()?)
}
