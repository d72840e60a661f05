//! What does the program take over so many articles? In process, and as readers meet it: `kb serve`, asked over HTTP.

use crate::client::{Connection, Times, load};
use crate::floor::{self, Asked, Raw};
use crate::server::{self, Server};
use crate::table::{Aim, Figure, median};
use crate::{Bench, corpus, ms};
use anyhow::{Result, ensure};
use kb::model::Audience;
use kb::search::{Engine, Request};
use kb::sync::{Opened, Rhythm, Sources};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many different queries are asked.
const QUERIES: usize = 500;
/// How long a saved file is looked for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Articles of one size, built.
pub(crate) struct Subject<'a> {
    pub(crate) bench: &'a Bench,
    pub(crate) folder: &'a Path,
    pub(crate) articles: usize,
    pub(crate) sources: Sources,
    pub(crate) opened: Opened,
    pub(crate) raw: Raw,
}

impl Subject<'_> {
    /// Everything but the building.
    pub(crate) fn measure(self, figures: &mut Vec<Figure>) -> Result<()> {
        let (index_bytes, read_ms) = server::read_all(&self.folder.join(".kb"))?;
        let (markdown_bytes, _) = server::read_all(&self.folder.join("kb"))?;
        let floor = Some((markdown_bytes as f64 / 1e6, "the Markdown"));
        let index = Figure::new("the index on the disk, MB", index_bytes as f64 / 1e6, floor);
        figures.push(index.aim(Aim::Ratio(3.0)));
        figures.push(self.engine_new());
        self.search_in_process(figures)?;
        let asked = Arc::new(self.asked()?);
        let floor = self.bench.runtime.block_on(floor::serve(asked))?;
        let (server, start_ms) = self.start()?;
        let least = read_ms + self.bench.dictionary_ms;
        figures.push(Figure::new(
            "start with an up-to-date index, ms",
            start_ms,
            Some((
                least,
                "reading and hashing the index, and loading the dictionary",
            )),
        ));
        let index_mb = index_bytes as f64 / 1e6;
        let fresh = server.resident_mb()?;
        self.search(&server, floor, figures)?;
        self.suggest(&server, floor, figures)?;
        self.pages(&server, floor, figures)?;
        let used = server.resident_mb()?;
        figures.push(self.saved(&server)?);
        let what = "the index on the disk";
        figures.push(Figure::new(
            "resident memory after the start, MB",
            fresh,
            Some((index_mb, what)),
        ));
        figures.push(Figure::new(
            "resident memory after all requests, MB",
            used,
            Some((index_mb, what)),
        ));
        Ok(())
    }

    /// What is paid at each swap beside the change itself.
    fn engine_new(&self) -> Figure {
        let times = (0..self.bench.effort.rounds).map(|_| {
            let (snapshot, schema) = (
                Arc::clone(&self.opened.snapshot),
                Arc::clone(&self.bench.schema),
            );
            let began = Instant::now();
            std::hint::black_box(Engine::new(
                snapshot,
                schema,
                Arc::clone(self.sources.lexicon()),
            ));
            ms(began.elapsed())
        });
        Figure::new("tables of a new engine, ms", median(times.collect()), None)
    }

    fn search_in_process(&self, figures: &mut Vec<Figure>) -> Result<()> {
        let (snapshot, schema) = (
            Arc::clone(&self.opened.snapshot),
            Arc::clone(&self.bench.schema),
        );
        let engine = Engine::new(snapshot, schema, Arc::clone(self.sources.lexicon()));
        let searcher = self.raw.searcher()?;
        let (mut ours, mut floor) = (Vec::new(), Vec::new());
        for _ in 0..self.bench.effort.rounds {
            for typed in self.queries() {
                let query = self.raw.query(&typed, self.sources.analyzer());
                let began = Instant::now();
                floor::ask(&searcher, query.as_ref())?;
                floor.push(began.elapsed());
                let request = Request {
                    query: typed,
                    limit: 10,
                    ..Request::default()
                };
                let began = Instant::now();
                engine.search(&request)?;
                ours.push(began.elapsed());
            }
        }
        let (ours, floor) = (Times::of(ours), Times::of(floor));
        let what = "the bare tantivy query: any of the terms, ten best";
        let figure = |name, ours, floor, most| {
            Figure::new(name, ours, Some((floor, what))).aim(Aim::Ratio(most))
        };
        figures.push(figure(
            "search in process, p50 ms",
            ours.p50,
            floor.p50,
            3.0,
        ));
        figures.push(figure(
            "search in process, p99 ms",
            ours.p99,
            floor.p99,
            5.0,
        ));
        figures.push(self.suggest_in_process(&engine));
        Ok(())
    }

    fn suggest_in_process(&self, engine: &Engine) -> Figure {
        let typed = self.typed();
        let ask = |typed: &String| {
            let began = Instant::now();
            let found = engine.suggest(Audience::PUBLIC, typed, 8);
            std::hint::black_box(found.is_ok());
            began.elapsed()
        };
        let times = (0..self.bench.effort.rounds).flat_map(|_| typed.iter().map(ask));
        let times = Times::of(times.collect());
        Figure::new("suggest in process, p50 ms", times.p50, None).aim(Aim::AtMost(1.0))
    }

    fn queries(&self) -> Vec<String> {
        (0..QUERIES).map(|n| self.bench.words.query(n)).collect()
    }

    /// What is typed on the way to a title: its first one to six characters.
    fn typed(&self) -> Vec<String> {
        let random = &mut corpus::Random::new(1 << 50);
        let one = |_| {
            let title = self.bench.words.article(random.below(self.articles)).title;
            title.chars().take(1 + random.below(6)).collect()
        };
        (0..QUERIES).map(one).collect()
    }

    /// The queries of the floor: those that are searched for, then those that are being typed.
    fn asked(&self) -> Result<Asked> {
        let all = self.queries().into_iter().chain(self.typed());
        let queries = all.map(|typed| self.raw.query(&typed, self.sources.analyzer()));
        Ok(Asked {
            queries: queries.collect(),
            searcher: self.raw.searcher()?,
        })
    }

    /// The last of several servers, and how long they took to be ready.
    fn start(&self) -> Result<(Server, f64)> {
        let mut times = Vec::new();
        loop {
            let began = Instant::now();
            let server = Server::start(self.folder)?;
            times.push(ms(began.elapsed()));
            if times.len() >= self.bench.effort.rounds {
                return Ok((server, median(times)));
            }
        }
    }

    fn search(&self, server: &Server, floor: SocketAddr, figures: &mut Vec<Figure>) -> Result<()> {
        let paths = paths("/api/v1/search?q=", &self.queries());
        let asked: Vec<String> = (0..QUERIES).map(|n| format!("/ask/{n}")).collect();
        self.beside(
            ["search", "the bare query in an axum handler"],
            server,
            &paths,
            floor,
            &asked,
            figures,
        )
    }

    fn suggest(&self, server: &Server, floor: SocketAddr, figures: &mut Vec<Figure>) -> Result<()> {
        let paths = paths("/api/v1/suggest?q=", &self.typed());
        let asked: Vec<String> = (QUERIES..2 * QUERIES)
            .map(|n| format!("/ask/{n}"))
            .collect();
        self.beside(
            ["suggest", "the bare query in an axum handler"],
            server,
            &paths,
            floor,
            &asked,
            figures,
        )
    }

    /// Pages that nobody asked for before, then the same again.
    fn pages(&self, server: &Server, floor: SocketAddr, figures: &mut Vec<Figure>) -> Result<()> {
        let count = QUERIES.min(self.articles);
        let random = &mut corpus::Random::new(1 << 51);
        let mut page = || {
            let path = self.bench.words.article(random.below(self.articles)).path;
            format!("/a/{}", path.trim_end_matches(".md"))
        };
        let pages: Vec<String> = (0..count).map(|_| page()).collect();
        let bytes = Connection::open(server.address)?
            .fetch("/a/c000/a000000")?
            .len();
        let empty = [format!("/page/{bytes}")];
        let (ours, least) = (
            load(server.address, &pages, 1, count)?,
            load(floor, &empty, 1, count)?,
        );
        let what = "axum sending as many bytes";
        figures.push(Figure::new(
            "article page, first time, p50 ms",
            ours.p50,
            Some((least.p50, what)),
        ));
        figures.push(Figure::new(
            "article page, first time, p99 ms",
            ours.p99,
            Some((least.p99, what)),
        ));
        self.beside(
            ["article page", what],
            server,
            &pages,
            floor,
            &empty,
            figures,
        )
    }

    /// At one connection and at sixteen, in turns with the floor and with an empty route.
    fn beside(
        &self,
        [name, what]: [&'static str; 2],
        server: &Server,
        ours: &[String],
        floor: SocketAddr,
        least: &[String],
        figures: &mut Vec<Figure>,
    ) -> Result<()> {
        let requests = self.bench.requests(self.articles);
        for connections in [1, 16] {
            let mut rounds: Vec<[Times; 3]> = Vec::new();
            for _ in 0..self.bench.effort.rounds {
                let empty = load(floor, &["/empty".to_owned()], connections, requests)?;
                let least = load(floor, least, connections, requests)?;
                rounds.push([
                    load(server.address, ours, connections, requests)?,
                    least,
                    empty,
                ]);
            }
            let of = |which: usize, part: fn(&Times) -> f64| {
                median(rounds.iter().map(|round| part(&round[which])).collect())
            };
            for (percent, part) in [
                ("p50", (|t| t.p50) as fn(&Times) -> f64),
                ("p99", |t| t.p99),
            ] {
                let figure = Figure::new(
                    format!("{name}, {connections} conn., {percent} ms"),
                    of(0, part),
                    Some((of(1, part), what)),
                );
                let aimed = name == "search" && percent == "p50";
                figures.push(if aimed {
                    figure.aim(Aim::Ratio(1.2))
                } else {
                    figure
                });
                if name == "search" {
                    figures.push(Figure::new(
                        format!("an empty axum route, {connections} conn., {percent} ms"),
                        of(2, part),
                        None,
                    ));
                }
            }
        }
        Ok(())
    }

    /// From a file's writing to its being found, with all that lies between.
    fn saved(&self, server: &Server) -> Result<Figure> {
        let mut connection = Connection::open(server.address)?;
        let mut times = Vec::new();
        for round in 0..self.bench.effort.rounds {
            let (id, word) = (format!("saved-{round}"), format!("zqx{round}kvw"));
            let path = self.folder.join(format!("kb/{id}.md"));
            let began = Instant::now();
            std::fs::write(
                path,
                format!("+++\ntitle = \"{word} 怎么用？\"\n+++\n先打开它。\n"),
            )?;
            let wanted = format!("\"id\":\"{id}\"");
            while !String::from_utf8_lossy(&connection.fetch(&format!("/api/v1/search?q={word}"))?)
                .contains(&wanted)
            {
                ensure!(began.elapsed() < PATIENCE, "a saved file was never found");
                std::thread::sleep(Duration::from_millis(2));
            }
            times.push(ms(began.elapsed()));
        }
        let debounce = ms(Rhythm::default().debounce);
        let floor = Some((debounce, "waiting for the editor to finish"));
        Ok(
            Figure::new("a saved file until it is found, ms", median(times), floor)
                .aim(Aim::AtMost(500.0)),
        )
    }
}

fn paths(route: &str, typed: &[String]) -> Vec<String> {
    let path = |typed: &String| format!("{route}{}", utf8_percent_encode(typed, NON_ALPHANUMERIC));
    typed.iter().map(path).collect()
}
