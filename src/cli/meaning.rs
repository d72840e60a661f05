//! What does a query at the terminal mean? Asked of the service that kb.toml names, and waited for.

use super::terminal::{Terminal, visible};
use crate::config::Settings;
use crate::embed::Asker;
use crate::error::Result;
use crate::search::{Engine, Meaning, Request, Results};
use std::io::Write;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Searches as the server does, where there is a service by meaning too.
pub(super) struct Searcher<'a> {
    engine: &'a Engine,
    asking: Option<(Runtime, Asker)>,
    query_chars: usize,
    terminal: Terminal,
}

impl<'a> Searcher<'a> {
    /// A searcher of `engine`. A service that cannot be asked is a warning.
    pub(super) fn new(engine: &'a Engine, settings: &Settings, terminal: &Terminal) -> Self {
        let mut searcher = Self {
            engine,
            asking: None,
            query_chars: settings.limits.query_chars,
            terminal: *terminal,
        };
        if settings.embeddings.url.is_some() {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|why| why.to_string());
            let asker = Asker::new(&settings.embeddings, Arc::default());
            match runtime.and_then(|runtime| Ok((runtime, asker?))) {
                Ok(asking) => searcher.asking = Some(asking),
                Err(why) => searcher.warn(&why),
            }
        }
        searcher
    }

    /// Whether there is a service that is asked.
    pub(super) fn asks(&self) -> bool {
        self.asking.is_some()
    }

    /// Searches. When the service fails, that is said once, and then search is by words alone.
    pub(super) fn search(&mut self, request: &Request) -> Result<Results> {
        let query: String = request
            .query
            .trim()
            .chars()
            .take(self.query_chars)
            .collect();
        let asked = self.asking.as_ref().filter(|_| !query.is_empty());
        let asked = asked.map(|(runtime, asker)| runtime.block_on(asker.ask_patiently(&query)));
        if let Some(Err(why)) = &asked {
            self.warn(why);
            self.asking = None;
        }
        let numbers = asked.and_then(std::result::Result::ok);
        let made_by = self.asking.as_ref().map(|(_, asker)| asker.fingerprint());
        let meaning = numbers.as_deref().zip(made_by);
        let meaning = meaning.map(|(numbers, fingerprint)| Meaning {
            fingerprint,
            numbers,
        });
        self.engine.search_by_meaning(request, meaning)
    }

    fn warn(&self, why: &str) {
        // The answer is what matters; where this cannot be said, it is given all the same.
        let _ = writeln!(
            self.terminal.err(),
            "warning: the query cannot be embedded, so search is by words alone: {}",
            visible(why)
        );
    }
}
