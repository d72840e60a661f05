//! What does every request share? The settings, the clock, and the engine that is being served.

use super::article_view::Shelf;
use super::blocking::Blocking;
use super::desk::Room;
use super::meaning::Meanings;
use super::metrics::Metrics;
use super::opened::Opened;
use super::pages::Templates;
use super::streams::Streams;
use crate::cases::Cases;
use crate::clock::Clock;
use crate::config::Settings;
use crate::embed::Figures;
use crate::error::{Code, Error, Result};
use crate::identity::Verifier;
use crate::search::Engine;
use arc_swap::{ArcSwap, ArcSwapOption};
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
}

/// What every request shares. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    served: ArcSwapOption<Served>,
    problems: ArcSwap<ProblemCounts>,
    opened: ArcSwap<Opened>,
    settings: Arc<Settings>,
    kb: PathBuf,
    clock: Clock,
    blocking: Blocking,
    metrics: Metrics,
    templates: Templates,
    meanings: Meanings,
    salt: String,
    cases: ArcSwapOption<Cases>,
    streams: Arc<Semaphore>,
    followers: Streams,
    uploads: Semaphore,
    opening: Semaphore,
    draining: AtomicBool,
    ending: watch::Sender<bool>,
    room: Room,
    verifier: Verifier,
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
        let salt = super::cache::salt(&settings, templates.fingerprint());
        Self(Arc::new(Shared {
            meanings: Meanings::new(&settings, embedding),
            served: ArcSwapOption::empty(),
            problems: ArcSwap::default(),
            opened: ArcSwap::default(),
            kb: kb.to_owned(),
            clock,
            blocking: Blocking::default(),
            metrics: Metrics::default(),
            templates,
            salt,
            verifier: Verifier::new(&settings.identity),
            settings,
            cases: ArcSwapOption::empty(),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            followers: Streams::default(),
            uploads: Semaphore::new(MAX_UPLOADS),
            opening: Semaphore::new(1),
            draining: AtomicBool::new(false),
            ending: watch::channel(false).0,
            room: Room::default(),
            forgetting: Notify::new(),
        }))
    }

    /// Serves `engine` from now on. Requests under way finish with the one that they began with.
    pub fn publish(&self, engine: Arc<Engine>) {
        self.0.metrics.published(&engine, self.0.clock.now());
        let shelf = Arc::default();
        self.0
            .served
            .store(Some(Arc::new(Served { engine, shelf })));
    }

    /// Public texts lost what somebody may ask to have forgotten, so no part of the index may keep it.
    pub(super) fn forget_texts(&self) {
        self.0.forgetting.notify_one();
    }

    /// Waits until the index is to be built anew for that.
    pub async fn texts_to_forget(&self) {
        self.0.forgetting.notified().await;
    }

    /// Says how many problems the knowledge base has, for `/readyz` and `/metrics`.
    pub fn report(&self, problems: ProblemCounts) {
        self.0.metrics.reported(problems);
        self.0.problems.store(Arc::new(problems));
    }

    /// The engine that is being served; `None` until the first is published.
    pub fn engine(&self) -> Option<Arc<Engine>> {
        self.served().map(|served| Arc::clone(&served.engine))
    }

    /// What is being served.
    pub(super) fn served(&self) -> Option<Arc<Served>> {
        self.0.served.load_full()
    }

    /// How many problems were reported last.
    pub fn problems(&self) -> ProblemCounts {
        **self.0.problems.load()
    }

    /// What visitors open most, by addresses as in `/a/account/password`: from now on that is offered before anything is typed.
    pub fn offer(&self, addresses: &[String]) {
        self.0.opened.store(Arc::new(Opened::of(addresses)));
    }

    /// What visitors open most.
    pub(super) fn opened(&self) -> Arc<Opened> {
        self.0.opened.load_full()
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
        &self.0.kb
    }

    /// What time it is.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The threads for work that blocks.
    pub(super) fn blocking(&self) -> &Blocking {
        &self.0.blocking
    }

    /// What pages are made of.
    pub(super) fn templates(&self) -> &Templates {
        &self.0.templates
    }

    /// The figures of `/metrics`.
    pub(super) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// What queries mean.
    pub(super) fn meanings(&self) -> &Meanings {
        &self.0.meanings
    }

    /// What distinguishes the answers of this program and these settings from others over the same index.
    pub(super) fn salt(&self) -> &str {
        &self.0.salt
    }

    /// What people write is kept from now on.
    pub fn open_cases(&self, cases: Cases) {
        self.0.cases.store(Some(Arc::new(cases)));
    }

    /// Cases, questions and accounts.
    ///
    /// # Errors
    /// `Unavailable` while what people write cannot be kept. Searching and reading go on.
    pub fn cases(&self) -> Result<Cases> {
        let cases = self.0.cases.load();
        let cases = cases.as_ref().map(|cases| (**cases).clone());
        cases.ok_or_else(|| {
            Error::new(Code::Unavailable, "questions cannot be taken at the moment")
                .help("nothing is lost; try again in a minute")
        })
    }

    /// Verifies tokens of the company's site.
    pub(super) fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    /// What the desk keeps in this process.
    pub(super) fn room(&self) -> &Room {
        &self.0.room
    }

    /// Places for live pages.
    pub(super) fn streams(&self) -> &Arc<Semaphore> {
        &self.0.streams
    }

    /// The live pages of requesters.
    pub(super) fn followers(&self) -> &Streams {
        &self.0.followers
    }

    /// Places for forms with files.
    pub(super) fn uploads(&self) -> &Semaphore {
        &self.0.uploads
    }

    /// The one place for opening pictures.
    pub(super) fn opening(&self) -> &Semaphore {
        &self.0.opening
    }

    /// It is to end soon: `/readyz` says so, and connections are not kept open any more.
    pub(super) fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Whether it is to end soon.
    pub(super) fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    /// Whether the database was reached when it was last asked, which is once a second.
    pub(super) fn reaches_database(&self) -> bool {
        self.cases()
            .is_ok_and(|cases| cases.live().reaches_database())
    }

    /// Live pages end from now on, as nothing is to be waited for.
    pub(super) fn end(&self) {
        self.0.ending.send_replace(true);
    }

    /// Becomes true when live pages are to end.
    pub(super) fn ending(&self) -> watch::Receiver<bool> {
        self.0.ending.subscribe()
    }
}
