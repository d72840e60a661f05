//! Who asks for vectors while the index is served and followed? One thread beside the watcher, so that a slow service never
//! keeps a saved article from being found by its words.

use crate::embed::{Filler, Text};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How often what is there is published while more is being asked for.
const BETWEEN: Duration = Duration::from_secs(20);

/// Asks for texts in a thread of its own until it is dropped.
#[derive(Debug)]
pub(in crate::sync) struct Worker {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Desk {
    inbox: Mutex<Inbox>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Inbox {
    /// What is wanted, if that is new.
    wanted: Option<Vec<Text>>,
    stop: bool,
}

impl Worker {
    /// Starts. `ring` is called whenever there are vectors that were not there before.
    pub(in crate::sync) fn start(
        filler: Arc<Filler>,
        ring: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let theirs = Arc::clone(&desk);
        let thread = std::thread::Builder::new()
            .name("kb-embed".to_owned())
            .spawn(move || theirs.run(&filler, &ring))?;
        Ok(Self {
            desk,
            thread: Some(thread),
        })
    }

    /// These are wanted now, in place of all that was wanted before.
    pub(in crate::sync) fn want(&self, texts: Vec<Text>) {
        self.desk.lock().wanted = Some(texts);
        self.desk.wake.notify_all();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.desk.lock().stop = true;
        self.desk.wake.notify_all();
        // It ends with its batch, which may take long, and is on the disk or not: nobody waits for it.
        drop(self.thread.take());
    }
}

impl Desk {
    fn run(&self, filler: &Filler, ring: &dyn Fn()) {
        let (mut texts, mut pause): (Vec<Text>, _) = (Vec::new(), FIRST_PAUSE);
        let mut last_failure = None;
        loop {
            let patience = if texts.is_empty() { None } else { Some(pause) };
            match self.wait(patience) {
                Woken::Stop => return,
                Woken::Wanted(wanted) if wanted != texts => {
                    texts = wanted;
                    pause = FIRST_PAUSE;
                }
                // The same again: what failed is not tried sooner for it.
                Woken::Wanted(_) if last_failure.is_some() => continue,
                Woken::Wanted(_) => {}
                Woken::Tired => pause = (pause * 2).min(LONGEST_PAUSE),
            }
            let mut rang = Instant::now();
            let mut progress = |_| {
                if rang.elapsed() >= BETWEEN {
                    rang = Instant::now();
                    ring();
                }
            };
            let filled = filler.fill(&texts, &mut progress, &|| self.is_interrupted());
            if filled.embedded + filled.refused > 0 {
                tracing::info!(
                    embedded = filled.embedded,
                    refused = filled.refused,
                    "articles were embedded"
                );
                ring();
            }
            if let Some(why) = filled.unsaved {
                tracing::warn!("vectors cannot be kept on the disk: {why}");
            }
            if filled.failure.is_none() {
                texts.clear();
            } else {
                let is_known = |text: &Text| filler.with_store(|store| store.get(text).is_some());
                texts.retain(|text| !is_known(text) && !filler.has_refused(text));
            }
            if filled.failure != last_failure {
                if let Some(why) = &filled.failure {
                    tracing::warn!(
                        why,
                        "articles cannot be embedded, so they are found by words alone; tried again later"
                    );
                }
                last_failure = filled.failure;
            }
        }
    }

    fn is_interrupted(&self) -> bool {
        let inbox = self.lock();
        inbox.stop || inbox.wanted.is_some()
    }

    fn wait(&self, patience: Option<Duration>) -> Woken {
        let idle = |inbox: &mut Inbox| !inbox.stop && inbox.wanted.is_none();
        let mut inbox = match patience {
            None => {
                let waited = self.wake.wait_while(self.lock(), idle);
                waited.unwrap_or_else(PoisonError::into_inner)
            }
            Some(patience) => {
                let waited = self.wake.wait_timeout_while(self.lock(), patience, idle);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        if inbox.stop {
            return Woken::Stop;
        }
        inbox.wanted.take().map_or(Woken::Tired, Woken::Wanted)
    }

    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Woken {
    Stop,
    Wanted(Vec<Text>),
    /// Nothing came; what failed may be tried again.
    Tired,
}
