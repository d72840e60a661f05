//! How does the server run? Listens, brings the index up to date, follows changes, and ends when it is told to.
//!
//! This is where `sync`, `search` and `http` meet: each new snapshot becomes an engine, which the server answers from.

use super::args::{Global, Serve};
use super::problems::{Counts, word};
use super::questions::Served;
use super::reload::Reloader;
use super::setup::{Found, Setup, engine};
use super::terminal::{Terminal, visible};
use super::{Outcome, follows, log, memory, signals};
use crate::cases::{Cases, Ways};
use crate::clock::Clock;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::http::{self, AppState, ProblemCounts, Templates};
use crate::index::Generations;
use crate::model::{Problem, Severity};
use crate::signature::Signer;
use crate::store::{Location, Store};
use crate::sync::{self, Follower, Opened, Progress, Questions, Rhythm, Sources, Update, Watcher};
use std::collections::HashSet;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, oneshot, watch};

/// The most problems that are written to the log at once; `kb check` shows all.
const LOGGED_PROBLEMS: usize = 20;

/// How often building the index anew is tried while another process writes it.
const REBUILDS: u32 = 30;

/// How long is waited before a store that could not be opened is tried again. A file is read whole each time, so twice as long
/// each time, up to the other.
const STORE_PAUSE: Duration = Duration::from_secs(2);
const LONG_STORE_PAUSE: Duration = Duration::from_secs(60);

/// How often is looked what visitors open most.
const OPENED_EVERY: Duration = Duration::from_secs(10 * 60);

/// Serves until told to end.
pub(super) fn run(args: &Serve, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let setup = Setup::read(global, args.listen, terminal)?;
    log::start(&setup.settings.log, terminal);
    if let Some(warning) = memory::look(&setup.locations.kb, &setup.generations())? {
        tracing::warn!("{warning}");
    }
    let figures = Arc::default();
    let sources = setup.counted_sources(Arc::clone(&figures))?;
    let templates = setup.settings.site.templates.as_deref();
    let templates = templates.map_or_else(|| Ok(Templates::default()), Templates::load)?;
    let listener = listen(setup.settings.server.listen)?;
    let figures_listener = setup.settings.metrics.listen.map(listen).transpose()?;
    let mut settings = setup.settings.clone();
    // Of port 0, the one that was taken: addresses that are shown name it.
    settings.server.listen = listener.local_addr()?;
    // What is wrong with ways out is said now, and not when the first letter is to leave.
    Ways::of(&settings, &public(&settings), Signer::new([0; 32]))?;
    let state = AppState::with_templates(
        Arc::new(settings),
        &setup.locations.kb,
        Clock::System,
        templates,
        figures,
    );
    let reloader = Reloader {
        global: global.clone(),
        listen: args.listen,
        asked: setup.settings.server.listen,
        entries: Found::read(global, args.listen).settings.entries,
        news: watch::Sender::new(state.shared_settings()),
        state: state.clone(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    if let Some(listener) = figures_listener {
        let _inside = runtime.enter();
        tracing::info!(address = %listener.local_addr()?, "figures for Prometheus are here");
        let listener = tokio::net::TcpListener::from_std(listener)?;
        runtime.spawn(http::serve_figures(listener, state.clone()));
    }
    let ended = runtime.block_on(serve(listener, reloader, setup, sources, *terminal));
    // A build that is under way is not waited for: it leaves nothing half done.
    runtime.shutdown_background();
    ended.map(|()| Outcome::Fine)
}

/// Answers requests from the first moment on: at first that there is no index yet, while it is opened.
async fn serve(
    listener: TcpListener,
    mut reloader: Reloader,
    setup: Setup,
    sources: Sources,
    terminal: Terminal,
) -> anyhow::Result<()> {
    let mut hangups = signals::Hangups::listen();
    let state = reloader.state.clone();
    let address = listener.local_addr()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut server = tokio::spawn(http::serve(listener, state.clone(), signals::told_to_end()));
    let questions = Served::of(&state);
    let sources = sources.with_questions(Some(Arc::clone(&questions) as Arc<dyn Questions>));
    let changed = Arc::new(Notify::new());
    tokio::spawn(forget_texts(
        state.clone(),
        sources.clone(),
        setup.generations(),
    ));
    let bell = (questions, Arc::clone(&changed));
    let (ending, ends) = watch::channel(false);
    let settings = reloader.news.subscribe();
    let keeping = keep_what_people_write(setup.location()?, state.clone(), bell, settings, ends);
    let keeper = tokio::spawn(keeping);
    let limit = Duration::from_millis(setup.settings.server.shutdown_timeout_ms);
    let finish = async move {
        ending.send_replace(true);
        // What is being sent at this moment is sent to its end.
        let _ = tokio::time::timeout(limit, keeper).await;
    };
    let watcher = tokio::select! {
        watcher = open(setup, sources, state) => watcher?,
        ended = &mut server => {
            finish.await;
            return Ok(ended??);
        }
    };
    say_ready(address, &terminal);
    let twice = signals::told_twice();
    tokio::pin!(twice);
    loop {
        tokio::select! {
            () = hangups.next() => {
                reloader.reload();
                watcher.look();
            }
            () = changed.notified() => watcher.look(),
            () = &mut twice => return Ok(()),
            ended = &mut server => {
                finish.await;
                return Ok(ended??);
            }
        }
    }
}

/// The public address of the site.
pub(super) fn public(settings: &Settings) -> String {
    let own = || format!("http://{}", settings.server.listen);
    settings.site.base_url.clone().unwrap_or_else(own)
}

/// Opens the store, again and again until it can be opened, and works on what people wrote until `ends` becomes true. While it
/// cannot be opened people search and read.
async fn keep_what_people_write(
    location: Location,
    state: AppState,
    (questions, changed): (Arc<Served>, Arc<Notify>),
    settings: watch::Receiver<Arc<Settings>>,
    mut ends: watch::Receiver<bool>,
) {
    let mut complained = false;
    let mut pause = STORE_PAUSE;
    while !*ends.borrow() {
        let now = Arc::clone(&settings.borrow());
        match cases(&location, &state, now).await {
            Ok(cases) => {
                tracing::info!(database = %location, "questions can be asked");
                state.open_cases(cases.clone());
                tokio::spawn(questions.ring(cases.clone(), changed));
                tokio::spawn(offer_what_is_opened(
                    cases.clone(),
                    state.clone(),
                    ends.clone(),
                ));
                tokio::spawn(cases.clone().follow());
                return work_by_settings(cases, state, settings, ends).await;
            }
            Err(error) if !complained => {
                complained = true;
                let cause = error.cause().map(|cause| format!("{cause:#}"));
                tracing::error!(
                    cause,
                    help = error.help_text(),
                    "questions cannot be taken: {error}"
                );
            }
            Err(_) => {}
        }
        let _ = tokio::time::timeout(pause, ends.changed()).await;
        if let Location::Sqlite(_) = location {
            pause = (pause * 2).min(LONG_STORE_PAUSE);
        }
    }
}

/// Builds the index anew whenever public texts lost what somebody may ask to have forgotten: parts of an index are never changed, so
/// the old ones would still have it. The follower takes it over as any other process's.
async fn forget_texts(state: AppState, sources: Sources, generations: Generations) {
    loop {
        state.texts_to_forget().await;
        for _ in 0..REBUILDS {
            let (sources, generations) = (sources.clone(), generations.clone());
            let build =
                move || sync::reindex(&sources, &generations, &Clock::System, &mut log_progress);
            match tokio::task::spawn_blocking(build).await {
                Ok(Ok(_)) => break,
                Ok(Err(error)) => tracing::warn!(%error, "the index still has what was erased"),
                Err(error) => tracing::error!(%error, "the index still has what was erased"),
            }
            tokio::time::sleep(STORE_PAUSE).await;
        }
    }
}

/// Works until `ends` becomes true, by other settings from the moment on at which there are some.
async fn work_by_settings(
    mut cases: Cases,
    state: AppState,
    mut settings: watch::Receiver<Arc<Settings>>,
    mut ends: watch::Receiver<bool>,
) {
    loop {
        let (stop, stops) = watch::channel(false);
        tokio::spawn(follows::tell(cases.clone(), state.clone(), stops.clone()));
        let working = work(cases.clone(), stops);
        tokio::pin!(working);
        let new = tokio::select! {
            () = &mut working => return,
            _ = ends.wait_for(|ends| *ends) => None,
            changed = settings.changed() => changed.is_ok().then(|| Arc::clone(&settings.borrow_and_update())),
        };
        if let Some(new) = &new {
            cases = cases.with_settings(Arc::clone(new));
            state.open_cases(cases.clone());
        }
        // What is being sent at this moment is sent to its end.
        stop.send_replace(true);
        working.await;
        if new.is_none() {
            // What is in the log of a file of SQLite goes into it: then the file is all there is.
            return cases.store().close().await;
        }
    }
}

/// What is done beside answering requests: letters leave, and what time asks for happens.
async fn work(cases: Cases, ends: watch::Receiver<bool>) {
    let signer = cases.signer().clone();
    let ways = match Ways::of(cases.settings(), &cases.public(""), signer) {
        Ok(ways) => ways,
        Err(error) => return tracing::error!("nothing can be sent: {error:#}"),
    };
    if !ways.reaches_people() {
        tracing::warn!("mail.smtp_url is not set: mails become files, and nobody gets them");
    }
    let clock = cases.clone().keep_time(ends.clone());
    tokio::join!(cases.deliver(ways, ends), clock);
}

/// Tells the pages from time to time what visitors open most.
async fn offer_what_is_opened(cases: Cases, state: AppState, mut ends: watch::Receiver<bool>) {
    while !*ends.borrow() {
        match cases.most_opened().await {
            Ok(opened) => state.offer(&opened),
            Err(error) => tracing::warn!("what is opened most is not known: {error:#}"),
        }
        let _ = tokio::time::timeout(OPENED_EVERY, ends.changed()).await;
    }
}

async fn cases(location: &Location, state: &AppState, settings: Arc<Settings>) -> Result<Cases> {
    let store = Store::open_whole(location).await?;
    Cases::open(store, settings, state.clock().clone()).await
}

/// Opens the index and begins to follow its sources, on a thread that may block.
async fn open(setup: Setup, sources: Sources, state: AppState) -> anyhow::Result<Watcher> {
    let (done, opened) = oneshot::channel();
    let work = move || {
        // Nobody waits for it any more when the server is ending.
        let _ = done.send(open_and_follow(&setup, sources, state));
    };
    std::thread::Builder::new()
        .name("index".to_owned())
        .spawn(work)?;
    opened.await?
}

fn open_and_follow(setup: &Setup, sources: Sources, state: AppState) -> anyhow::Result<Watcher> {
    let generations = setup.generations();
    let opened = sync::open_or_build(&sources, &generations, &Clock::System, &mut log_progress)?;
    log_report(&opened);
    let follower = Follower::new(
        setup.locations.clone(),
        sources,
        generations,
        Clock::System,
        opened,
    );
    let mut told = HashSet::new();
    let watcher = Watcher::start(follower, Rhythm::default(), move |update| {
        log_new_errors(&update.status.problems, &mut told);
        publish(&state, &update);
    })?;
    Ok(watcher)
}

fn log_progress(progress: Progress) {
    if let Progress::Reading { done, total } = progress {
        tracing::debug!(done, total, "reading articles");
    }
}

fn log_report(opened: &Opened) {
    let report = &opened.report;
    for warning in &report.warnings {
        tracing::warn!("{}", visible(warning));
    }
    tracing::info!(
        articles = report.articles,
        generation = opened.snapshot.generation(),
        added = report.added,
        changed = report.changed,
        moved = report.moved,
        removed = report.removed,
        broken = report.broken,
        took_ms = u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        "the index is open"
    );
}

/// What is told apart of problems: where, code and message.
type Known = HashSet<(String, Option<(usize, usize)>, &'static str, String)>;

/// Says which articles broke since the last update, whose errors are `told`; these become the errors of now.
fn log_new_errors(problems: &[Problem], told: &mut Known) {
    let key = |p: &Problem| {
        let place = p.place.as_ref().map(|place| (place.line, place.column));
        (p.path.clone(), place, p.code, p.message.clone())
    };
    let errors = problems.iter().filter(|p| p.severity == Severity::Error);
    let (keys, errors): (Vec<_>, Vec<_>) = errors.map(|p| (key(p), p)).unzip();
    let new: Vec<&Problem> = errors
        .into_iter()
        .zip(&keys)
        .filter(|(_, key)| !told.contains(*key))
        .map(|(problem, _)| problem)
        .collect();
    for problem in new.iter().take(LOGGED_PROBLEMS) {
        log_problem(problem);
    }
    let more = new.len().saturating_sub(LOGGED_PROBLEMS);
    if more > 0 {
        tracing::warn!(more, "there are more errors: `kb check` shows them all");
    }
    *told = keys.into_iter().collect();
}

/// Serves an update from now on.
fn publish(state: &AppState, update: &Update) {
    let counts = Counts::of(&update.status.problems);
    state.report(ProblemCounts {
        errors: counts.errors,
        warnings: counts.warnings,
    });
    let snapshot = Arc::clone(&update.snapshot);
    state.publish(Arc::new(engine(snapshot, &update.sources)));
}

fn log_problem(problem: &Problem) {
    let (line, column) = problem
        .place
        .as_ref()
        .map_or((0, 0), |place| (place.line, place.column));
    tracing::warn!(
        path = %visible(&problem.path),
        line,
        column,
        code = problem.code,
        severity = word(problem.severity),
        "{}",
        visible(&problem.message)
    );
}

/// Says on stdout that requests are answered, and where: what starts the server waits for this line. Who started it need not
/// listen, and where it goes may be full.
fn say_ready(address: SocketAddr, terminal: &Terminal) {
    let mut out = terminal.out();
    let _ = writeln!(out, "listening on http://{address}").and_then(|()| out.flush());
}

/// Takes the address.
fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    listener.map_err(|e| {
        let help = match e.kind() {
            io::ErrorKind::AddrInUse => "another program listens there; end it, or choose another address with --listen (port 0 takes a free one)",
            io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege (CAP_NET_BIND_SERVICE); choose another with --listen",
            io::ErrorKind::AddrNotAvailable => "this machine does not have that address; use 127.0.0.1, 0.0.0.0 or [::]",
            _ => "choose another address with --listen",
        };
        Error::internal(format!("cannot listen on {address}"), e).help(help)
    })
}
