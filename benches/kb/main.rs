//! How fast is it, and how large? Each figure beside the least that it could be, measured in the same run.
//!
//! `cargo bench` measures 1,000 and 15,000 articles; `cargo bench -- --large` 100,000 as well; `cargo bench -- --sizes 500,5000`
//! any; `cargo bench -- --short` processor time over 2,000, 20,000 and 200,000 short ones; `cargo bench -- --cases` a desk with
//! 10,000 and 100,000 cases; `cargo bench -- --load` more readers than can be served; `cargo bench -- --soak 500000` a day's worth of
//! requests. Without `--bench`, as under `cargo test --all-targets`, everything is done once and small, to see that it works.
//! `README.md` beside this folder says how to read the tables.

mod client;
mod corpus;
mod desk;
mod floor;
mod load;
mod server;
mod short;
mod subject;
mod table;

use anyhow::{Context, Result, ensure};
use corpus::Words;
use desk::Filled;
use floor::{Raw, Texts};
use kb::clock::Clock;
use kb::config::Schema;
use kb::index::Generations;
use kb::model::Audience;
use kb::sync::{Opened, Sources, reindex};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use subject::Subject;
use table::{Aim, Figure, median};

/// Where tokens of all articles are too much to keep ready.
const MOST_CUT: usize = 15_000;
/// Where everything takes so long that less of it must do.
const LARGE: usize = 20_000;

/// How much is done.
#[derive(Debug, Clone)]
struct Effort {
    sizes: Vec<usize>,
    short: Vec<usize>,
    cases: Vec<usize>,
    readers: Vec<usize>,
    seconds: u64,
    soak: u64,
    rounds: usize,
    requests: usize,
}

impl Effort {
    fn read(args: impl Iterator<Item = String>) -> Result<Self> {
        let args: Vec<String> = args.collect();
        if !args.iter().any(|arg| arg == "--bench") {
            return Ok(Self {
                sizes: vec![30, 60],
                short: vec![30],
                cases: vec![30],
                readers: vec![2],
                seconds: 1,
                soak: 40,
                rounds: 1,
                requests: 32,
            });
        }
        let mut sizes = vec![1_000, 15_000];
        let (mut short, mut cases) = (Vec::new(), Vec::new());
        if args.iter().any(|arg| arg == "--short") {
            (sizes, short) = (Vec::new(), vec![2_000, 20_000, 200_000]);
        }
        if args.iter().any(|arg| arg == "--cases") {
            (sizes, cases) = (Vec::new(), vec![10_000, 100_000]);
        }
        let mut readers = Vec::new();
        if args.iter().any(|arg| arg == "--load") {
            (sizes, readers) = (Vec::new(), vec![1, 4, 16, 64, 256, 512, 1_024]);
        }
        let mut soak = 0;
        if let Some(at) = args.iter().position(|arg| arg == "--soak") {
            let number = args.get(at + 1).context("--soak wants a number")?;
            (sizes, soak) = (Vec::new(), number.parse()?);
        }
        if args.iter().any(|arg| arg == "--large") {
            sizes.push(100_000);
        }
        if let Some(at) = args.iter().position(|arg| arg == "--sizes") {
            let list = args
                .get(at + 1)
                .context("--sizes wants numbers, as in 500,5000")?;
            sizes = list.split(',').map(str::parse).collect::<Result<_, _>>()?;
        }
        Ok(Self {
            sizes,
            short,
            cases,
            readers,
            seconds: 10,
            soak,
            rounds: 3,
            requests: 1_600,
        })
    }
}

fn main() -> Result<()> {
    let effort = Effort::read(std::env::args().skip(1))?;
    let mut out = std::io::stdout();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let bench = Bench::new(effort.clone(), runtime)?;
    let mut runs = Vec::new();
    for articles in effort.sizes {
        let figures = bench.measure(articles)?;
        table::print(&mut out, articles, "articles", &figures)?;
        runs.push((articles, figures));
    }
    table::print_growth(&mut out, &runs)?;
    let mut runs = Vec::new();
    for articles in effort.short {
        let figures = bench.measure_short(articles)?;
        table::print(&mut out, articles, "articles", &figures)?;
        runs.push((articles, figures));
    }
    table::print_growth(&mut out, &runs)?;
    bench.measure_desk(&effort.cases, &mut out)?;
    if !effort.readers.is_empty() {
        load::measure(&bench.words, effort.seconds, &effort.readers, &mut out)?;
    }
    if effort.soak > 0 {
        load::soak(&bench.words, effort.soak, &mut out)?;
    }
    Ok(())
}

/// What all sizes share.
struct Bench {
    effort: Effort,
    words: Words,
    schema: Arc<Schema>,
    runtime: tokio::runtime::Runtime,
    /// How long the dictionary takes to load, in milliseconds: what no start can be without.
    dictionary_ms: f64,
}

impl Bench {
    fn new(effort: Effort, runtime: tokio::runtime::Runtime) -> Result<Self> {
        let schema = Arc::new(Schema::default());
        let began = Instant::now();
        let folder = tempfile::tempdir()?;
        let sources = Sources::new(folder.path(), Arc::clone(&schema))?;
        ensure!(!sources.analyzer().analyze("退款").terms.is_empty());
        let dictionary_ms = ms(began.elapsed());
        Ok(Self {
            effort,
            words: Words::read(),
            schema,
            runtime,
            dictionary_ms,
        })
    }

    fn measure(&self, articles: usize) -> Result<Vec<Figure>> {
        let folder = tempfile::tempdir()?;
        corpus::write(&self.words, &folder.path().join("kb"), articles)?;
        let sources = Sources::new(&folder.path().join("kb"), Arc::clone(&self.schema))?;
        let mut figures = Vec::new();
        let (opened, raw) = self.build(folder.path(), articles, &sources, &mut figures)?;
        let subject = Subject {
            bench: self,
            folder: folder.path(),
            articles,
            sources,
            opened,
            raw,
        };
        subject.measure(&mut figures)?;
        Ok(figures)
    }

    /// The desk with so many cases, and live pages.
    fn measure_desk(&self, sizes: &[usize], out: &mut impl Write) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let mut stores = self.runtime.block_on(Filled::all(folder.path()))?;
        let rounds = self.effort.requests.min(400);
        let mut runs = Vec::new();
        for &cases in sizes {
            let mut figures = Vec::new();
            for store in &mut stores {
                let measured = store.measure(&self.words, cases, rounds);
                figures.extend(self.runtime.block_on(measured)?);
            }
            if runs.is_empty() {
                figures.extend(self.runtime.block_on(desk::live_pages(&self.words))?);
            }
            table::print(out, cases, "cases", &figures)?;
            runs.push((cases, figures));
        }
        Ok(table::print_growth(out, &runs)?)
    }

    /// Rounds of building that a size of so many articles is worth.
    fn rounds(&self, articles: usize) -> usize {
        if articles > LARGE {
            1
        } else {
            self.effort.rounds
        }
    }

    /// Requests of one round over so many articles.
    fn requests(&self, articles: usize) -> usize {
        let share = if articles > LARGE { 5 } else { 1 };
        self.effort.requests / share
    }

    /// Ours: files to a generation on the disk. The floor: texts in memory to an index in memory.
    fn build(
        &self,
        folder: &Path,
        articles: usize,
        sources: &Sources,
        figures: &mut Vec<Figure>,
    ) -> Result<(Opened, Raw)> {
        let generations = Generations::new(&folder.join(".kb"));
        let build = || reindex(sources, &generations, &Clock::System, &mut |_| {});
        let mut opened = build()?;
        let texts = Texts::of_all(opened.snapshot.view(Audience::PUBLIC))?;
        ensure!(
            texts.len() == articles,
            "{} of {articles} articles were indexed",
            texts.len()
        );
        let analyzer = sources.analyzer();
        let mut raw = Raw::new(analyzer);
        let (mut ours, mut floor) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds(articles) {
            let began = Instant::now();
            opened = build()?;
            ours.push(ms(began.elapsed()));
            raw = Raw::new(analyzer);
            let began = Instant::now();
            raw.build(texts.iter().map(|texts| raw.uncut(texts)))?;
            floor.push(ms(began.elapsed()));
        }
        let (ours, floor) = (median(ours), median(floor));
        let what = "tantivy by itself, in memory, with our analysis";
        figures.push(Figure::new("build, ms", ours, Some((floor, what))).aim(Aim::Ratio(1.5)));
        if articles <= MOST_CUT {
            let cut = Raw::new(analyzer);
            let documents: Vec<_> = texts.iter().map(|texts| cut.cut(texts, analyzer)).collect();
            let began = Instant::now();
            cut.build(documents.into_iter())?;
            let what = "the same with the tokens made before";
            figures.push(Figure::new(
                "build, ms (again)",
                ours,
                Some((ms(began.elapsed()), what)),
            ));
        }
        Ok((opened, raw))
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
