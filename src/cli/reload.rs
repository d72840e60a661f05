//! What happens on SIGHUP? `kb.toml` is read again: what can change while it runs does so at once, what cannot is named, and a file
//! that cannot be used changes nothing.

use super::args::Global;
use super::setup::Found;
use super::terminal::visible;
use crate::cases::Ways;
use crate::config::{Entry, Settings, unknown_audiences};
use crate::http::AppState;
use crate::model::{Problem, Severity};
use crate::signature::Signer;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// The most problems of the file that are written to the log; `kb config` shows all.
const LOGGED: usize = 10;

/// Reads the settings anew for a running server.
pub(super) struct Reloader {
    /// The options that it was started with.
    pub(super) global: Global,
    /// `--listen`
    pub(super) listen: Option<SocketAddr>,
    /// The address as it was asked for: with port 0 it is another than the one that was taken.
    pub(super) asked: SocketAddr,
    /// What answers requests.
    pub(super) state: AppState,
    /// Every value that was last in effect, to say what changed.
    pub(super) entries: Vec<Entry>,
    /// Who works by the settings beside requests hears of new ones here.
    pub(super) news: watch::Sender<Arc<Settings>>,
}

impl Reloader {
    /// Reads the files and adopts what they say, or says in the log why not.
    pub(super) fn reload(&mut self) {
        let found = Found::read(&self.global, self.listen);
        let mut problems = found.settings.problems;
        problems.extend(unknown_audiences(
            &found.settings.value,
            &found.schema.value,
        ));
        if problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
        {
            return self.refuse(&problems);
        }
        let old = self.state.shared_settings();
        let mut new = found.settings.value;
        if new.server.listen == self.asked {
            new.server.listen = old.server.listen;
        }
        let (new, waiting) = old.adopt(new);
        if let Err(error) = Ways::of(&new, &super::serve::public(&new), Signer::new([0; 32])) {
            tracing::error!("kb.toml was read again and is not used: {error:#}");
            return self.state.refuse_settings();
        }
        for key in &waiting {
            tracing::warn!(key, "a changed setting needs a restart");
        }
        let changed = difference(&self.entries, &found.settings.entries, &waiting);
        self.entries = found.settings.entries;
        if new == *old {
            tracing::info!("kb.toml was read again: nothing changed that can change now");
            return;
        }
        let new = Arc::new(new);
        self.state = self.state.reconfigure(Arc::clone(&new));
        self.news.send_replace(new);
        tracing::info!(changed, "kb.toml was read again, and is in effect");
        if let Ok(cases) = self.state.desk_cases() {
            tokio::spawn(async move {
                let details = format!("changed: {changed}");
                let noted = cases.note_alone(None, "settings.reloaded", "kb.toml", &details);
                if let Err(error) = noted.await {
                    tracing::warn!(%error, "the audit log could not be written");
                }
            });
        }
    }

    fn refuse(&self, problems: &[Problem]) {
        for problem in problems.iter().take(LOGGED) {
            let place = problem.place.as_ref();
            let line = place.map(|place| place.line);
            tracing::error!(path = %problem.path, line, help = problem.help, "{}", visible(&problem.message));
        }
        tracing::error!(
            problems = problems.len(),
            "kb.toml was read again and cannot be used: the former settings stay"
        );
        self.state.refuse_settings();
    }
}

/// The names of the settings that are in effect and were others before. Values are not told: some are secrets.
fn difference(before: &[Entry], now: &[Entry], waiting: &[&str]) -> String {
    let waits = |key: &str| {
        waiting.iter().any(|kept| {
            key.strip_prefix(kept)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let value_of = |entries: &[Entry], key: &str| {
        let entry = entries.iter().find(|entry| entry.key == key);
        entry.and_then(|entry| entry.value.clone())
    };
    let keys: BTreeSet<&str> = [before, now]
        .iter()
        .flat_map(|entries| entries.iter().map(|entry| entry.key.as_str()))
        .collect();
    let changed = keys
        .into_iter()
        .filter(|key| !waits(key) && value_of(before, key) != value_of(now, key));
    changed.collect::<Vec<_>>().join(", ")
}
