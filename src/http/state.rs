//! What does every request share? The settings, the clock, and the engine that is being served.

use super::article_view::Shelf;
use super::blocking::Blocking;
use super::keys::Rates;
use super::lately::Lately;
use super::meaning::Meanings;
use super::metrics::Metrics;
use super::opened::Opened;
use super::pages::Templates;
use super::streams::Streams;
use super::throttle::Throttle;
use crate::cases::Cases;
use crate::clock::Clock;
use crate::config::Settings;
use crate::embed::Figures;
use crate::error::{Code, Error, Result};
use crate::identity::Verifier;
use crate::model::api_key::ApiKey;
use crate::model::{Audience, Customer};
use crate::search::Engine;
use arc_swap::{ArcSwap, ArcSwapOption};
use axum::Router;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Notify, Semaphore, watch};

/// The most live pages of the desk at once; further ones ask again from time to time.
const MAX_STREAMS: usize = 2_000;

/// How many forms with files are read at once; their files are in memory meanwhile.
const MAX_UPLOADS: usize = 4;

/// How many problems were found while the files that are served were read. `kb check` also finds what only shows when all
/// articles are seen together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProblemCounts {
    /// Files or parts that cannot be shown.
    pub errors: usize,
    /// Shown, but probably not as meant.
    pub warnings: usize,
}

/// What is being served: an engine, and what has been made from it.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) engine: Arc<Engine>,
    pub(super) shelf: Arc<Shelf>,
    /// For each audience the generation since which nothing that it may read has changed: what is hidden from somebody does not
    /// show in his `ETag`s either.
    pub(super) since: Vec<Arc<str>>,
}

/// What people wrote, for those who ask for it.
#[derive(Debug)]
struct Kept {
    visitors: Cases,
    desk: Cases,
}

/// What every request shares. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Own>);

/// What a change of the settings makes anew. A request has one of these from its beginning to its end.
#[derive(Debug)]
struct Own {
    settings: Arc<Settings>,
    salt: String,
    verifier: Verifier,
    shared: Arc<Shared>,
}

/// Who was known a moment ago, by what he brings along.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) customers: Lately<Arc<Customer>>,
    /// What colleagues are called.
    pub(super) colleagues: Lately<String>,
    pub(super) keys: Lately<Arc<ApiKey>>,
}

/// What stays as it is, whatever the settings say.
#[derive(Debug)]
struct Shared {
    /// What answers requests, and the state that it was made for.
    app: ArcSwapOption<(Router, AppState)>,
    throttle: Throttle,
    desk_blocking: Blocking,
    served: ArcSwapOption<Served>,
    problems: ArcSwap<ProblemCounts>,
    opened: ArcSwap<Opened>,
    kb: PathBuf,
    clock: Clock,
    blocking: Blocking,
    metrics: Metrics,
    templates: Templates,
    meanings: Meanings,
    cases: ArcSwapOption<Kept>,
    streams: Arc<Semaphore>,
    followers: Streams,
    uploads: Semaphore,
    opening: Semaphore,
    draining: AtomicBool,
    ending: watch::Sender<bool>,
    rates: Rates,
    lately: Known,
    forgetting: Notify,
}

impl AppState {
    /// A state that serves no index yet. `kb` is the folder that files beside articles are read from.
    pub fn new(settings: Arc<Settings>, kb: &Path, clock: Clock) -> Self {
        Self::with_templates(settings, kb, clock, Templates::default(), Arc::default())
    }

    /// The same, with pages made of other templates; `embedding` counts what is done for search by meaning, by others too.
    pub fn with_templates(
        settings: Arc<Settings>,
        kb: &Path,
        clock: Clock,
        templates: Templates,
        embedding: Arc<Figures>,
    ) -> Self {
        let shared = Shared {
            app: ArcSwapOption::empty(),
            meanings: Meanings::new(&settings, embedding),
            served: ArcSwapOption::empty(),
            problems: ArcSwap::default(),
            opened: ArcSwap::default(),
            kb: kb.to_owned(),
            clock,
            blocking: Blocking::default(),
            throttle: Throttle::default(),
            desk_blocking: Blocking::reserved(),
            metrics: Metrics::default(),
            templates,
            cases: ArcSwapOption::empty(),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            followers: Streams::default(),
            uploads: Semaphore::new(MAX_UPLOADS),
            opening: Semaphore::new(1),
            draining: AtomicBool::new(false),
            ending: watch::channel(false).0,
            forgetting: Notify::new(),
            rates: Rates::default(),
            lately: Known::default(),
        };
        Self::over(settings, Arc::new(shared))
    }

    fn over(settings: Arc<Settings>, shared: Arc<Shared>) -> Self {
        Self(Arc::new(Own {
            salt: super::cache::salt(&settings, shared.templates.fingerprint()),
            verifier: Verifier::new(&settings.identity),
            settings,
            shared,
        }))
    }

    /// The same state by other settings. From now on requests are answered by these; those under way finish by the old ones. What
    /// is only read at the start (see `config::Settings::adopt`) must be as it was.
    pub fn reconfigure(&self, settings: Arc<Settings>) -> Self {
        let shared = &self.0.shared;
        let state = Self::over(settings, Arc::clone(shared));
        // What was kept of pages was made by the old ones.
        if let Some(served) = self.served() {
            shared.served.store(Some(Arc::new(Served {
                engine: Arc::clone(&served.engine),
                shelf: Arc::default(),
                since: served.since.clone(),
            })));
        }
        if shared.app.load().is_some() {
            state.take_requests();
        }
        shared.metrics.reloaded(true);
        state
    }

    /// Other settings were asked for and cannot be used.
    pub fn refuse_settings(&self) {
        self.0.shared.metrics.reloaded(false);
    }

    /// Answers requests from now on, in the place of the state that did.
    pub(super) fn take_requests(&self) {
        let app = super::router::app(self.clone());
        self.0.shared.app.store(Some(Arc::new((app, self.clone()))));
    }

    /// What answers the next request.
    pub(super) fn app(&self) -> Option<Router> {
        let app = self.0.shared.app.load();
        app.as_ref().map(|app| app.0.clone())
    }

    /// Answers no requests any more.
    pub(super) fn leave(&self) {
        self.0.shared.app.store(None);
    }

    /// The state by the settings of now.
    pub(super) fn current(&self) -> Self {
        let app = self.0.shared.app.load();
        app.as_ref()
            .map_or_else(|| self.clone(), |app| app.1.clone())
    }

    /// Who read how much.
    pub(super) fn throttle(&self) -> &Throttle {
        &self.0.shared.throttle
    }

    /// The threads for work of the desk that blocks: visitors do not queue there.
    pub(super) fn desk_blocking(&self) -> &Blocking {
        &self.0.shared.desk_blocking
    }

    /// Serves `engine` from now on. Requests under way finish with the one that they began with.
    pub fn publish(&self, engine: Arc<Engine>) {
        self.0
            .shared
            .metrics
            .published(&engine, self.0.shared.clock.now());
        let shelf = Arc::default();
        let former = self.served();
        let since = since(&engine, former.as_deref());
        self.0.shared.served.store(Some(Arc::new(Served {
            engine,
            shelf,
            since,
        })));
    }

    /// Public texts lost what somebody may ask to have forgotten, so no part of the index may keep it.
    pub(super) fn forget_texts(&self) {
        self.0.shared.forgetting.notify_one();
    }

    /// Waits until the index is to be built anew for that.
    pub async fn texts_to_forget(&self) {
        self.0.shared.forgetting.notified().await;
    }

    /// Says how many problems the knowledge base has, for `/readyz` and `/metrics`.
    pub fn report(&self, problems: ProblemCounts) {
        self.0.shared.metrics.reported(problems);
        self.0.shared.problems.store(Arc::new(problems));
    }

    /// The engine that is being served; `None` until the first is published.
    pub fn engine(&self) -> Option<Arc<Engine>> {
        self.served().map(|served| Arc::clone(&served.engine))
    }

    /// What is being served.
    pub(super) fn served(&self) -> Option<Arc<Served>> {
        self.0.shared.served.load_full()
    }

    /// How many problems were reported last.
    pub fn problems(&self) -> ProblemCounts {
        **self.0.shared.problems.load()
    }

    /// What visitors open most, by addresses as in `/a/account/password`: from now on that is offered before anything is typed.
    pub fn offer(&self, addresses: &[String]) {
        self.0.shared.opened.store(Arc::new(Opened::of(addresses)));
    }

    /// What visitors open most.
    pub(super) fn opened(&self) -> Arc<Opened> {
        self.0.shared.opened.load_full()
    }

    /// How it runs.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The same, to be kept.
    pub fn shared_settings(&self) -> Arc<Settings> {
        Arc::clone(&self.0.settings)
    }

    /// The folder of the knowledge base.
    pub fn kb(&self) -> &Path {
        &self.0.shared.kb
    }

    /// What time it is.
    pub fn clock(&self) -> &Clock {
        &self.0.shared.clock
    }

    /// The threads for work that blocks.
    pub(super) fn blocking(&self) -> &Blocking {
        &self.0.shared.blocking
    }

    /// What pages are made of.
    pub(super) fn templates(&self) -> &Templates {
        &self.0.shared.templates
    }

    /// The figures of `/metrics`.
    pub(super) fn metrics(&self) -> &Metrics {
        &self.0.shared.metrics
    }

    /// What queries mean.
    pub(super) fn meanings(&self) -> &Meanings {
        &self.0.shared.meanings
    }

    /// What distinguishes the answers of this program and these settings from others over the same index.
    pub(super) fn salt(&self) -> &str {
        &self.0.salt
    }

    /// What people write is kept from now on.
    pub fn open_cases(&self, cases: Cases) {
        let kept = Kept {
            visitors: cases.for_visitors(),
            desk: cases,
        };
        self.0.shared.cases.store(Some(Arc::new(kept)));
    }

    /// Cases, questions and accounts, for visitors: so many of them at once, and no more.
    ///
    /// # Errors
    /// `Unavailable` while what people write cannot be kept. Searching and reading go on.
    pub(super) fn cases(&self) -> Result<Cases> {
        self.kept(|kept| &kept.visitors)
    }

    /// The same for the desk and for this server's own work, which never wait behind visitors.
    ///
    /// # Errors
    /// As for visitors.
    pub fn desk_cases(&self) -> Result<Cases> {
        self.kept(|kept| &kept.desk)
    }

    fn kept(&self, whose: impl Fn(&Kept) -> &Cases) -> Result<Cases> {
        let kept = self.0.shared.cases.load();
        let cases = kept.as_ref().map(|kept| whose(kept).clone());
        cases.ok_or_else(|| {
            Error::new(Code::Unavailable, "questions cannot be taken at the moment")
                .help("nothing is lost; try again in a minute")
        })
    }

    /// Verifies tokens of the company's site.
    pub(super) fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    /// How often each key of the API was used lately.
    pub(super) fn rates(&self) -> &Rates {
        &self.0.shared.rates
    }

    /// Who was known a moment ago.
    pub(super) fn lately(&self) -> &Known {
        &self.0.shared.lately
    }

    /// Places for live pages.
    pub(super) fn streams(&self) -> &Arc<Semaphore> {
        &self.0.shared.streams
    }

    /// The live pages of requesters.
    pub(super) fn followers(&self) -> &Streams {
        &self.0.shared.followers
    }

    /// Places for forms with files.
    pub(super) fn uploads(&self) -> &Semaphore {
        &self.0.shared.uploads
    }

    /// The one place for opening pictures.
    pub(super) fn opening(&self) -> &Semaphore {
        &self.0.shared.opening
    }

    /// It is to end soon: `/readyz` says so, and connections are not kept open any more.
    pub(super) fn drain(&self) {
        self.0.shared.draining.store(true, Ordering::Relaxed);
    }

    /// Whether it is to end soon.
    pub(super) fn is_draining(&self) -> bool {
        self.0.shared.draining.load(Ordering::Relaxed)
    }

    /// Whether the database was reached when it was last asked, which is once a second.
    pub(super) fn reaches_database(&self) -> bool {
        self.cases()
            .is_ok_and(|cases| cases.live().reaches_database())
    }

    /// Live pages end from now on, as nothing is to be waited for.
    pub(super) fn end(&self) {
        self.0.shared.ending.send_replace(true);
    }

    /// Becomes true when live pages are to end.
    pub(super) fn ending(&self) -> watch::Receiver<bool> {
        self.0.shared.ending.subscribe()
    }
}

/// For each audience the generation since which it reads the same.
fn since(engine: &Engine, former: Option<&Served>) -> Vec<Arc<str>> {
    let since = |audience: Audience| {
        let same = former.filter(|former| engine.continues(&former.engine, audience));
        let known = same.and_then(|former| former.since.get(audience.rank()));
        known.map_or_else(|| engine.snapshot().generation().into(), Arc::clone)
    };
    engine.snapshot().audiences().map(since).collect()
}

impl Served {
    /// The generation since which viewers of this audience read the same.
    pub(super) fn since(&self, audience: Audience) -> Arc<str> {
        let last = self.since.len().saturating_sub(1);
        let found = self.since.get(audience.rank().min(last));
        found.map_or_else(|| self.engine.snapshot().generation().into(), Arc::clone)
    }
}
