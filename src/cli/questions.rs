//! Which questions of the open forum are found beside the articles? Those that the store has, listed for the threads that make
//! indexes.

use super::database::location;
use crate::cases::{Cases, Heard, published_questions, question_article};
use crate::config::Settings;
use crate::error::{Code, Error, Result};
use crate::http::AppState;
use crate::model::{Article, ArticleId};
use crate::store::{LATEST, Location, Store};
use crate::sync::{ListedQuestion, Questions};
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;

/// How soon what could not be read is tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// How long the store is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long changes are gathered before the index is told of them: many votes are one look.
const GATHERED: Duration = Duration::from_millis(100);

/// The questions of a server: of the store that it opens when it can.
pub(super) struct Served {
    state: AppState,
    runtime: Handle,
    /// Whether something could not be read, so that it must be tried again.
    owed: AtomicBool,
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the questions of this server")
    }
}

impl Served {
    /// Of the store of `state`; call it within the runtime that the store belongs to.
    pub(super) fn of(state: &AppState) -> Arc<Self> {
        Arc::new(Self {
            state: state.clone(),
            runtime: Handle::current(),
            owed: AtomicBool::new(false),
        })
    }

    fn ask<T, F>(&self, work: impl FnOnce(Store) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let answer = self.state.desk_cases().and_then(|cases| {
            let (said, heard) = mpsc::channel();
            let work = work(cases.store().clone());
            self.runtime.spawn(async move {
                // Nobody waits for it any more when the server is ending.
                let _ = said.send(work.await);
            });
            // A store that hangs must not keep files from being read for long.
            let late = |_| Error::new(Code::Unavailable, "the store does not answer");
            heard.recv_timeout(PATIENCE).map_err(late)?
        });
        if answer.is_err() {
            self.owed.store(true, Ordering::Relaxed);
        }
        answer
    }

    /// Rings `bell` whenever a question may have changed, here or on another server, and while something could not be read.
    pub(super) async fn ring(self: Arc<Self>, cases: Cases, bell: Arc<Notify>) {
        let mut news = cases.live().listen();
        loop {
            bell.notify_one();
            tokio::time::sleep(GATHERED).await;
            let again = tokio::time::Instant::now() + AGAIN;
            loop {
                tokio::select! {
                    heard = news.recv() => match heard {
                        Ok(Heard::Question | Heard::All) | Err(RecvError::Lagged(_)) => break,
                        Ok(_) => {}
                        Err(RecvError::Closed) => return,
                    },
                    // Other news, however many, must not put off what is owed.
                    () = tokio::time::sleep_until(again), if self.owed.load(Ordering::Relaxed) => break,
                    () = tokio::time::sleep(AGAIN) => {}
                }
            }
            self.owed.store(false, Ordering::Relaxed);
        }
    }
}

impl Questions for Served {
    fn list(&self) -> Result<Vec<ListedQuestion>> {
        if !self.state.settings().forum.enabled {
            return Ok(Vec::new());
        }
        self.ask(|store| async move { published_questions(&store).await })
            .map(listed)
    }

    fn read(&self, id: &ArticleId) -> Result<Option<Article>> {
        let id = id.clone();
        self.ask(|store| async move { question_article(&store, &id).await })
    }
}

fn listed(all: Vec<(ArticleId, u64)>) -> Vec<ListedQuestion> {
    let one = |(id, version)| ListedQuestion { id, version };
    all.into_iter().map(one).collect()
}

/// The questions of a command: of the store that the settings name, opened when they are first asked for.
pub(super) struct Stored {
    location: Location,
    open: Mutex<Option<(Runtime, Store)>>,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the questions of {}", self.location)
    }
}

impl Stored {
    /// Those of the database of the settings; none where there is no forum.
    ///
    /// # Errors
    /// When `database.url` is no address.
    pub(super) fn of(settings: &Settings) -> Result<Arc<dyn Questions>> {
        if !settings.forum.enabled {
            return Ok(Arc::new(Nobody));
        }
        let location = location(settings)?;
        Ok(Arc::new(Self {
            location,
            open: Mutex::default(),
        }))
    }

    fn ask<T>(&self, work: impl AsyncFnOnce(&Store) -> Result<T>) -> Result<T> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (runtime, store) = match open.take() {
            Some(opened) => opened,
            None => self.connect()?,
        };
        let answer = runtime.block_on(work(&store));
        *open = Some((runtime, store));
        answer
    }

    /// A command that reads never changes the tables of a server that may be running.
    fn connect(&self) -> Result<(Runtime, Store)> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Error::internal("no thread could be started", e))?;
        let store = runtime.block_on(async {
            if Store::pending(&self.location).await?.from != LATEST {
                let other = "the tables are of another version; `kb migrate` changes them";
                return Err(Error::new(Code::Unavailable, other));
            }
            Ok(Store::open(&self.location).await?)
        })?;
        Ok((runtime, store))
    }

    fn is_there(&self) -> bool {
        !matches!(&self.location, Location::Sqlite(path) if !path.exists())
    }
}

impl Questions for Stored {
    fn list(&self) -> Result<Vec<ListedQuestion>> {
        if !self.is_there() {
            return Ok(Vec::new());
        }
        self.ask(async |store| published_questions(store).await)
            .map(listed)
    }

    fn read(&self, id: &ArticleId) -> Result<Option<Article>> {
        if !self.is_there() {
            return Ok(None);
        }
        self.ask(async |store| question_article(store, id).await)
    }
}

/// No forum, no questions.
#[derive(Debug)]
struct Nobody;

impl Questions for Nobody {
    fn list(&self) -> Result<Vec<ListedQuestion>> {
        Ok(Vec::new())
    }

    fn read(&self, _: &ArticleId) -> Result<Option<Article>> {
        Ok(None)
    }
}
