//! How does what is served follow its sources, step by step? Settings, then what other processes built, then the files.
//!
//! A step looks at the state of the disk, never at events: those only say when to take one.

use super::meaning;
use super::open::{Opened, bring_up, build_anew, keep, save, unsaved};
use super::settings::{self, Stamp};
use super::sources::Sources;
use super::status::{SyncStatus, Update};
use super::survey::survey;
use crate::clock::Clock;
use crate::config::Locations;
use crate::embed::{Filler, Text};
use crate::index::{Generations, LoadError, Snapshot};
use crate::model::Problem;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What follows the sources of an index. [`super::Watcher`] steps it; so may a test.
#[derive(Debug)]
pub struct Follower {
    locations: Locations,
    sources: Sources,
    generations: Generations,
    clock: Clock,
    snapshot: Arc<Snapshot>,
    stamp: Stamp,
    saved: bool,
    /// A generation of another process that is of no use here.
    passed_over: Option<String>,
    problems: BTreeMap<String, Vec<Problem>>,
    surveyed: bool,
    settings_error: Option<String>,
    build_error: Option<String>,
    disk_warning: Option<String>,
    told: Option<(String, SyncStatus, Stamp)>,
    /// The generation that was last looked through for vectors, and how many had been made by then.
    understood: Option<(String, u64)>,
}

impl Follower {
    /// Follows from what was opened. `locations` says where the settings are.
    pub fn new(
        locations: Locations,
        sources: Sources,
        generations: Generations,
        clock: Clock,
        opened: Opened,
    ) -> Self {
        let mut follower = Self {
            stamp: Stamp::of(&locations, &sources),
            locations,
            sources,
            generations,
            clock,
            snapshot: Arc::clone(&opened.snapshot),
            saved: true,
            passed_over: None,
            problems: BTreeMap::new(),
            surveyed: false,
            settings_error: None,
            build_error: None,
            disk_warning: None,
            told: None,
            understood: None,
        };
        follower.adopt(opened);
        follower
    }

    /// What is to be served now.
    pub fn update(&self) -> Update {
        let mut warnings = Vec::new();
        warnings.extend(self.disk_warning.clone());
        let errors: Vec<&str> = [&self.settings_error, &self.build_error]
            .into_iter()
            .filter_map(|error| error.as_deref())
            .collect();
        Update {
            snapshot: Arc::clone(&self.snapshot),
            sources: self.sources.clone(),
            status: SyncStatus {
                problems: self.problems.values().flatten().cloned().collect(),
                error: (!errors.is_empty()).then(|| errors.join("; ")),
                warnings,
            },
        }
    }

    /// Looks at everything once, and brings what is served up to date. `None` when nothing is new.
    pub fn step(&mut self) -> Option<Update> {
        self.follow_settings();
        self.pick_up();
        self.follow_files();
        self.write_what_is_unsaved();
        self.news()
    }

    /// Looks which vectors the index lacks: puts in those that are known, and returns what is to be asked for. `None` when
    /// nothing has changed since it last looked.
    pub(super) fn understand(&mut self) -> Option<Vec<Text>> {
        let filler = Arc::clone(self.sources.filler()?);
        let now = (
            self.snapshot.generation().to_owned(),
            filler.figures().read().embedded,
        );
        if self.understood.as_ref() == Some(&now) {
            return None;
        }
        let found = match meaning::survey(&filler, &self.snapshot) {
            Ok(found) => found,
            Err(why) => {
                tracing::warn!("the index cannot be searched by meaning: {why}");
                self.understood = Some(now);
                return None;
            }
        };
        if self.understood.is_none() {
            filler.figures().cached(found.known);
        }
        if found.has_news {
            let made_by = filler.settings().fingerprint();
            match self
                .generations
                .with_vectors(&self.snapshot, &made_by, &found.views)
            {
                Ok(snapshot) => {
                    self.snapshot = Arc::new(snapshot);
                    self.saved = false;
                    self.write_what_is_unsaved();
                }
                Err(why) => tracing::warn!("the index cannot be searched by meaning: {why}"),
            }
        }
        if found.missing.is_empty() {
            filler.rest();
        }
        self.understood = Some((self.snapshot.generation().to_owned(), now.1));
        Some(found.missing)
    }

    /// Who knows what texts mean.
    pub(super) fn filler(&self) -> Option<&Arc<Filler>> {
        self.sources.filler()
    }

    /// Whether the last step left something undone that must be tried again before anything changes.
    pub fn must_retry(&self) -> bool {
        !self.saved || self.build_error.is_some() || self.settings_error.is_some()
    }

    /// The instant at which an article appears or disappears by itself.
    pub fn next_change(&self) -> Option<Timestamp> {
        let files = self.snapshot.contents().files.values();
        files.filter_map(|record| record.next_change).min()
    }

    /// Verifies the generation on the disk; a damaged one is written anew from memory.
    pub fn verify(&mut self) {
        let Err(LoadError::Corrupt(what)) = self.generations.verify() else {
            return;
        };
        tracing::warn!(what, "the index on the disk is damaged; it is written anew");
        if let Ok(lock) = self.generations.lock() {
            self.generations.discard(&lock);
            self.saved = false;
        }
    }

    /// The files beside the articles that are followed.
    pub(super) fn settings_files(&self) -> Vec<PathBuf> {
        settings::files(&self.locations, &self.sources)
    }

    /// The folder of articles.
    pub(super) fn root(&self) -> PathBuf {
        self.sources.root().to_owned()
    }

    /// The folder of generations.
    pub(super) fn generations(&self) -> PathBuf {
        self.generations.root().to_owned()
    }

    /// How far the clock is from `at`.
    pub(super) fn time_until(&self, at: Timestamp) -> std::time::Duration {
        let now = self.clock.now();
        std::time::Duration::try_from(at.duration_since(now)).unwrap_or_default()
    }

    /// What is to be served, if that is not what was said last.
    pub(super) fn news(&mut self) -> Option<Update> {
        let update = self.update();
        let generation = update.snapshot.generation().to_owned();
        let now = Some((generation, update.status.clone(), self.stamp.clone()));
        if self.told == now {
            return None;
        }
        self.told = now;
        Some(update)
    }

    fn follow_settings(&mut self) {
        let stamp = Stamp::of(&self.locations, &self.sources);
        // Refused settings may name files that are not followed yet, as a word list that is written after the schema.
        if stamp == self.stamp && self.settings_error.is_none() {
            return;
        }
        match settings::read(&self.locations) {
            Err(why) => {
                self.settings_error = Some(format!(
                    "the settings were changed but cannot be used, so the former ones stay: {why}"
                ));
                self.stamp = stamp;
            }
            Ok(sources) => {
                let sources = sources.with_questions(self.sources.questions().cloned());
                self.use_sources(sources.with_filler(self.sources.filler().cloned()));
            }
        }
    }

    /// When the index cannot be made fit for them, that is tried again with the next step.
    fn use_sources(&mut self, sources: Sources) {
        if self.change_sources(&sources) {
            self.settings_error = None;
            self.stamp = Stamp::of(&self.locations, &sources);
            self.sources = sources;
        }
    }

    /// Makes the index fit for other settings. `false` when that failed.
    fn change_sources(&mut self, sources: &Sources) -> bool {
        if sources.fingerprint() == self.sources.fingerprint() {
            return true;
        }
        let before = Arc::clone(&self.snapshot);
        let built = build_anew(
            sources,
            &self.generations,
            &self.clock,
            Some(&before),
            &mut |_| (),
        );
        match built {
            Ok(built) => {
                self.problems.clear();
                self.adopt(keep(&self.generations, built));
                true
            }
            Err(why) => {
                self.build_error = Some(why.to_string());
                false
            }
        }
    }

    /// Takes over a generation that another process built.
    fn pick_up(&mut self) {
        let current = self.generations.current();
        if current.as_deref() == Some(self.snapshot.generation()) || !self.saved {
            return;
        }
        if current.is_some() && current == self.passed_over {
            return;
        }
        let fingerprint = self.sources.fingerprint();
        match self.generations.load(fingerprint, Some(&self.snapshot)) {
            Ok(snapshot) => {
                self.snapshot = Arc::new(snapshot);
                self.problems.clear();
                self.surveyed = false;
            }
            Err(LoadError::Foreign) => {
                tracing::warn!(
                    "another process built an index for another schema or version; it is not taken over"
                );
                self.passed_over = current;
            }
            Err(LoadError::Missing) => self.saved = false,
            Err(LoadError::Corrupt(what)) => {
                tracing::warn!(
                    what,
                    "another process left a damaged index; it is written anew"
                );
                self.saved = false;
            }
        }
    }

    fn follow_files(&mut self) {
        let opened = bring_up(
            &self.sources,
            &self.generations,
            &self.clock,
            Arc::clone(&self.snapshot),
            &mut |_| (),
        );
        match opened {
            Ok(opened) => {
                self.build_error = None;
                if !Arc::ptr_eq(&opened.snapshot, &self.snapshot) {
                    self.adopt(opened);
                }
            }
            Err(why) => self.build_error = Some(why.to_string()),
        }
        if !self.surveyed {
            self.surveyed = true;
            self.problems = survey(&self.sources, self.snapshot.contents());
        }
    }

    fn adopt(&mut self, opened: Opened) {
        self.snapshot = opened.snapshot;
        self.saved = opened.saved;
        self.disk_warning = opened
            .report
            .warnings
            .into_iter()
            .next()
            .filter(|_| !opened.saved);
        self.surveyed |= opened.report.looked_at.len() >= self.snapshot.contents().files.len();
        for path in &opened.report.looked_at {
            self.problems.remove(path);
        }
        for problem in opened.report.problems {
            let of_file = self.problems.entry(problem.path.clone()).or_default();
            of_file.push(problem);
        }
    }

    fn write_what_is_unsaved(&mut self) {
        if self.saved {
            return;
        }
        match save(&self.generations, &self.snapshot) {
            Ok(()) => {
                self.saved = true;
                self.disk_warning = None;
            }
            Err(why) => self.disk_warning = Some(unsaved(&why)),
        }
    }
}
