//! How fast are cases opened, listed and found, where 100,000 are kept? SQLite and PostgreSQL side by side.
//!
//! The floor of all of them is one row of the same database: written durably, or read by its key. PostgreSQL is asked for by
//! `KB_BENCH_POSTGRES=postgres://user@host:port/database`, an empty database that may be filled; without it only SQLite is
//! measured.

use crate::client::Times;
use crate::corpus::Words;
use crate::server::Server;
use crate::table::{Aim, Figure};
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use kb::cases::{
    Asking, Cases, NewAccount, NewCase, Opened, Queue, QueueRequest, Search, Source, WorkFilter,
};
use kb::clock::Clock;
use kb::config::Settings;
use kb::model::account::{Account, Role};
use kb::model::case::{Actor, Case, Kind, Move, State, Via, What};
use kb::model::{Email, Lang, Person, PersonName};
use kb::store::{Location, NewEvent, Store};
use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// The database of PostgreSQL that may be filled.
const POSTGRES: &str = "KB_BENCH_POSTGRES";
/// How many cases are made in one transaction while the store is filled.
const BATCH: usize = 100;
/// One in so many cases is not closed.
const LIVE_OF: usize = 50;
/// How many people ask.
const PEOPLE: usize = 5_000;
/// How many live pages are open at once.
const PAGES: usize = 200;

/// A database that is filled more and more.
pub(crate) struct Filled {
    name: &'static str,
    cases: Cases,
    agent: Account,
    count: usize,
}

impl Filled {
    /// Those that can be measured: a file in `folder`, and the database that the environment names.
    pub(crate) async fn all(folder: &Path) -> Result<Vec<Self>> {
        let mut all = vec![Self::open("SQLite", &Location::within(folder)).await?];
        if let Ok(url) = std::env::var(POSTGRES) {
            all.push(Self::open("PostgreSQL", &Location::parse(&url)?).await?);
        }
        Ok(all)
    }

    async fn open(name: &'static str, location: &Location) -> Result<Self> {
        let store = Store::open(location).await?;
        let cases = Cases::open(store, Arc::new(unlimited()), Clock::System).await?;
        let agent = cases
            .add_account(None, agent()?, "an agent of benches")
            .await
            .with_context(|| format!("{name} is to be empty"))?;
        let count = 0;
        Ok(Self {
            name,
            cases,
            agent,
            count,
        })
    }

    /// With so many cases in all.
    pub(crate) async fn measure(
        &mut self,
        words: &Words,
        cases: usize,
        rounds: usize,
    ) -> Result<Vec<Figure>> {
        let began = Instant::now();
        let some = fill(&self.cases, words, self.count..cases).await?;
        let filled = began.elapsed().as_secs_f64() * 1e3 / (cases - self.count) as f64;
        self.count = cases;
        let desk = Desk {
            cases: &self.cases,
            agent: &self.agent,
            words,
            some,
            rounds,
        };
        let name = self.name;
        let what = format!("{name}: a case while the store is filled, ms");
        let mut figures = vec![Figure::new(what, filled, None)];
        figures.extend(desk.opening(name).await?);
        figures.extend(desk.reading(name).await?);
        Ok(figures)
    }
}

struct Desk<'a> {
    cases: &'a Cases,
    agent: &'a Account,
    words: &'a Words,
    some: Case,
    rounds: usize,
}

impl Desk<'_> {
    async fn opening(&self, name: &str) -> Result<Vec<Figure>> {
        let store = self.cases.store();
        let floor = times(self.rounds, async |i| {
            let mut tx = store.begin().await?;
            tx.see_once(&format!("floor {i}"), Timestamp::now()).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        let ours = times(self.rounds, async |i| {
            let asked = new_case(self.words, usize::MAX / 2 + i)?;
            self.cases
                .ask(asked, asking())
                .await
                .map(drop)
                .map_err(Into::into)
        })
        .await?;
        let what = "one row, committed durably";
        Ok(both(name, "a case opened", ours, floor, what).into())
    }

    async fn reading(&self, name: &str) -> Result<Vec<Figure>> {
        let what = "one case read by its key";
        let store = self.cases.store();
        let floor = times(self.rounds, async |_| {
            let case = store.read().await?.case(self.some.id).await?;
            case.map(drop).context("no case")
        })
        .await?;
        let mut figures = Vec::new();
        for (queue, shown) in [
            (Queue::Unassigned, "the desk's queue of nobody's, 50 cases"),
            (Queue::All, "the desk's list of all, 50 cases"),
        ] {
            let request = QueueRequest {
                queue,
                filter: WorkFilter::default(),
                order: None,
                after: None,
                limit: 50,
            };
            let ours = times(self.rounds, async |_| {
                let (page, _) = self.cases.queue(self.agent, &request).await?;
                ensure!(!page.is_empty(), "the queue is empty");
                Ok(())
            })
            .await?;
            figures.extend(both(name, shown, ours, floor, what));
        }
        let ours = times(self.rounds, async |i| {
            let search = Search {
                query: &self.words.query(i),
                filter: WorkFilter::default(),
            };
            self.cases
                .search(self.agent, &search)
                .await
                .map(drop)
                .map_err(Into::into)
        })
        .await?;
        figures.extend(both(name, "a search over all cases", ours, floor, what));
        let ours = times(self.rounds, async |i| {
            let text = self.words.query(i);
            let similar = self.cases.similar(self.agent, &self.some, &text).await;
            similar.map(drop).map_err(Into::into)
        })
        .await?;
        figures.extend(both(name, "similar solved cases", ours, floor, what));
        Ok(figures)
    }
}

fn both(name: &str, what: &str, ours: Times, floor: Times, floor_is: &'static str) -> [Figure; 2] {
    [
        Figure::new(
            format!("{name}: {what}, p50 ms"),
            ours.p50,
            Some((floor.p50, floor_is)),
        ),
        Figure::new(
            format!("{name}: {what}, p99 ms"),
            ours.p99,
            Some((floor.p99, floor_is)),
        ),
    ]
}

async fn times<F>(rounds: usize, mut what: impl FnMut(usize) -> F) -> Result<Times>
where
    F: Future<Output = Result<()>>,
{
    let mut times = Vec::with_capacity(rounds);
    for round in 0..rounds {
        let began = Instant::now();
        what(round).await?;
        times.push(began.elapsed());
    }
    Ok(Times::of(times))
}

/// Fills the store: most cases are closed, as they are where a desk works. Returns one of them.
async fn fill(cases: &Cases, words: &Words, wanted: Range<usize>) -> Result<Case> {
    let mut last = None;
    for first in wanted.clone().step_by(BATCH) {
        let mut tx = cases.store().begin().await?;
        for i in first..(first + BATCH).min(wanted.end) {
            let new = new_case(words, i)?;
            let now = cases.now();
            let person: Person = tx
                .person_for(&new.email, new.name.as_ref(), new.lang, now)
                .await?;
            let mut case = cases.open_in(&mut tx, &new, &person).await?;
            if i % LIVE_OF != 0 {
                let moved = What::Moved {
                    step: Move::Close,
                    from: case.state,
                    to: State::Closed,
                };
                (case.state, case.closed_at) = (State::Closed, Some(now));
                let event = NewEvent::new(Actor::system(), moved, now);
                tx.save_case(&mut case, vec![event]).await?;
            }
            last = Some(case);
        }
        tx.commit().await?;
    }
    last.context("no case was made")
}

/// What 200 live pages add to a running `kb serve`.
pub(crate) async fn live_pages(words: &Words) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("kb"))?;
    std::fs::write(
        folder.path().join("kb/a.md"),
        "+++\ntitle = \"怎么退款？\"\n+++\n在订单页申请。\n",
    )?;
    let server = Server::start(folder.path())?;
    let store = Store::open(&Location::within(&folder.path().join(".kb"))).await?;
    let cases = Cases::open(store, Arc::new(unlimited()), Clock::System).await?;
    let mut opened = Vec::with_capacity(PAGES);
    for i in 0..PAGES {
        opened.push(cases.ask(new_case(words, i)?, asking()).await?);
    }
    // The first one pays for what all of them share.
    let warm = listen(server.address, &opened[0])?;
    let before = server.resident_mb()?;
    let pages: Vec<_> = opened
        .iter()
        .map(|one| listen(server.address, one))
        .collect::<Result<_>>()?;
    let added = server.resident_mb()? - before;
    drop((warm, pages));
    let name = format!("{PAGES} live pages, MB more");
    Ok(vec![Figure::new(name, added, None).aim(Aim::AtMost(50.0))])
}

/// A stream of a case's changes, which has begun.
fn listen(address: SocketAddr, opened: &Opened) -> Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(address)?;
    let path = format!("/case/{}/events", opened.token.reveal());
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: bench\r\naccept: text/event-stream\r\n\r\n"
    )?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line)?;
    ensure!(line.contains("200"), "a live page was not opened: {line}");
    Ok(stream)
}

/// Settings under which one may ask as often as one likes.
fn unlimited() -> Settings {
    let mut settings = Settings::default();
    settings.ask.proof = 0;
    settings.ask.per_mail_day = u32::MAX;
    settings
}

fn agent() -> Result<NewAccount> {
    Ok(NewAccount {
        email: Email::parse("agent@example.com")?,
        name: PersonName::parse("王芳")?,
        role: Role::Agent,
        groups: Vec::new(),
        lang: Lang::ZhCn,
        on_duty: false,
    })
}

fn asking() -> Asking {
    Asking {
        key: None,
        proof: None,
        source: Source::OWN,
    }
}

fn new_case(words: &Words, i: usize) -> Result<NewCase> {
    Ok(NewCase {
        tier: None,
        email: Email::parse(&format!("visitor{}@example.com", i % PEOPLE))?,
        name: None,
        lang: Lang::ZhCn,
        text: format!("{}\n{}", words.query(i), words.query(i + 7)),
        kind: Kind::Question,
        product: None,
        category: String::new(),
        via: Via::Page,
        visit: None,
        steps: Vec::new(),
        files: Vec::new(),
        articles: Vec::new(),
    })
}
