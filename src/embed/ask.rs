//! What does this query mean? Asked while somebody waits, so for a moment only.

use super::breaker::Breaker;
use super::client::{Client, Failure};
use super::{Figures, Role, Text};
use crate::config::Embeddings;
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// How many queries are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4095);

/// The most queries that are asked for at once; for more, the service is too slow.
const MAX_ASKING: usize = 32;

/// Asks for the vectors of queries. Belongs to the runtime on which it is used. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Asker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    client: Client,
    fingerprint: String,
    deadline: Duration,
    remembered: Mutex<LruCache<String, Arc<[f32]>>>,
    breaker: Breaker,
    asking: Semaphore,
    figures: Arc<Figures>,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// The query's vector.
    Vector(Arc<[f32]>),
    /// It did not come in time.
    Late,
    /// The service failed, or is left alone since it failed before.
    Unavailable,
}

impl Asker {
    /// Asks the service that `settings` name.
    ///
    /// # Errors
    /// When they name none, or the system's certificates cannot be read.
    pub fn new(settings: &Embeddings, figures: Arc<Figures>) -> Result<Self, String> {
        Ok(Self(Arc::new(Shared {
            client: Client::new(settings)?,
            fingerprint: settings.fingerprint(),
            deadline: Duration::from_millis(settings.deadline_ms),
            remembered: Mutex::new(LruCache::new(REMEMBERED)),
            breaker: Breaker::default(),
            asking: Semaphore::new(MAX_ASKING),
            figures,
        })))
    }

    /// What vectors must have been made by to compare with the ones asked for here.
    pub fn fingerprint(&self) -> &str {
        &self.0.fingerprint
    }

    /// What it counts.
    pub fn figures(&self) -> &Figures {
        &self.0.figures
    }

    /// The vector of a query, if it comes within the deadline. An answer that comes later is remembered for the next time.
    pub async fn ask(&self, query: &str) -> Asked {
        let shared = &self.0;
        if let Some(vector) = shared.remember(query) {
            shared.figures.remembered();
            return Asked::Vector(vector);
        }
        if !shared.breaker.lets_through(Instant::now()) {
            shared.figures.unavailable();
            return Asked::Unavailable;
        }
        let (asking, text) = (Arc::clone(shared), query.to_owned());
        let asked = tokio::spawn(async move { asking.ask(text).await });
        match tokio::time::timeout(shared.deadline, asked).await {
            Ok(Ok(Some(vector))) => Asked::Vector(vector),
            Ok(_) => {
                shared.figures.unavailable();
                Asked::Unavailable
            }
            Err(_) => {
                shared.figures.late();
                shared.breaker.failed(Instant::now(), None);
                Asked::Late
            }
        }
    }

    /// The vector of a query, however long it takes: up to `embeddings.timeout_ms`.
    ///
    /// # Errors
    /// Says why there is none.
    pub async fn ask_patiently(&self, query: &str) -> Result<Arc<[f32]>, String> {
        let text = Text {
            role: Role::Query,
            text: query.to_owned(),
        };
        let vectors = self.0.client.embed(&[&text]).await;
        let vectors = vectors.map_err(|failure| match failure {
            Failure::Refused(why) => format!("it refuses the query: {why}"),
            Failure::Busy(_) => "it is too busy".to_owned(),
            Failure::Down(why) => why,
        })?;
        let first = vectors.into_iter().next();
        first
            .map(Arc::from)
            .ok_or_else(|| "it answered nothing".to_owned())
    }
}

impl Shared {
    fn remember(&self, query: &str) -> Option<Arc<[f32]>> {
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        remembered.get(query).cloned()
    }

    /// Asks, and remembers. What it costs beyond the deadline is bounded: so many at once, each for so long.
    async fn ask(&self, query: String) -> Option<Arc<[f32]>> {
        let _asking = self.asking.try_acquire().ok()?;
        let begun = Instant::now();
        let text = Text {
            role: Role::Query,
            text: query,
        };
        match self.client.embed(&[&text]).await {
            Ok(vectors) => {
                let vector: Arc<[f32]> = vectors.into_iter().next()?.into();
                if begun.elapsed() <= self.deadline {
                    self.breaker.succeeded();
                    self.figures.asked(begun.elapsed());
                }
                let mut remembered = self
                    .remembered
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                remembered.put(text.text, Arc::clone(&vector));
                Some(vector)
            }
            Err(failure) => {
                self.note(failure);
                None
            }
        }
    }

    fn note(&self, failure: Failure) {
        let rest = match failure {
            // It works; it only does not take this query.
            Failure::Refused(why) => return tracing::debug!(why, "a query cannot be embedded"),
            Failure::Busy(rest) => rest.or(Some(Duration::from_secs(1))),
            Failure::Down(why) => {
                tracing::warn!(why, "queries cannot be embedded: search is by words alone");
                None
            }
        };
        self.breaker.failed(Instant::now(), rest);
    }
}
