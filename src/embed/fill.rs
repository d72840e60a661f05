//! How do all texts of the articles get their vectors? Batch by batch, each kept before the next is asked for.
//!
//! A service that is busy is waited for; one that fails is tried again a few times and then left; a text that it refuses is
//! passed over. What is not there stays without a vector: search by words does not need it.

use super::client::{Client, Failure};
use super::{Figures, Role, Store, Text};
use crate::config::Embeddings;
use crate::model::Vector;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a batch is tried that fails.
const TRIES: u32 = 4;
/// The pause before the second try; twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// How often a service may say that it is busy before it is left.
const BUSY_TRIES: u32 = 20;
/// How many texts may be refused, before any is taken, until it is the service and not the texts.
const MAX_REFUSED: usize = 8;
/// How often a pause looks whether to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Asks for the vectors of articles, and keeps them.
#[derive(Debug)]
pub struct Filler {
    settings: Embeddings,
    folder: PathBuf,
    figures: Arc<Figures>,
    store: Mutex<Option<Store>>,
    /// Texts that the service refused.
    refused: Mutex<HashSet<Text>>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filled {
    /// How many texts have a vector now that had none.
    pub embedded: usize,
    /// How many the service refused.
    pub refused: usize,
    /// Why the rest has none.
    pub failure: Option<String>,
    /// Why what was embedded could not be kept for the next process.
    pub unsaved: Option<String>,
}

impl Filler {
    /// Keeps vectors below `data_dir`.
    pub fn new(settings: &Embeddings, data_dir: &Path, figures: Arc<Figures>) -> Self {
        Self {
            settings: settings.clone(),
            folder: data_dir.join("embeddings"),
            figures,
            store: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// How it is set.
    pub fn settings(&self) -> &Embeddings {
        &self.settings
    }

    /// What it counts.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// Looks into what is known, which is read when it is needed.
    pub fn with_store<T>(&self, look: impl FnOnce(&mut Store) -> T) -> T {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let fingerprint = || self.settings.fingerprint();
        look(store.get_or_insert_with(|| Store::read(&self.folder, &fingerprint())))
    }

    /// Lets the memory go that [`Self::with_store`] takes, until it is needed again.
    pub fn rest(&self) {
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether the service refused this text; it is not asked for again by this process.
    pub fn has_refused(&self, text: &Text) -> bool {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.contains(text)
    }

    /// Asks for the vectors of `texts`, which have none. `progress` is told how many are done; when `stop` says so, no further
    /// batch is asked for. Blocks; not for threads of a runtime.
    pub fn fill(
        &self,
        texts: &[Text],
        progress: &mut dyn FnMut(usize),
        stop: &dyn Fn() -> bool,
    ) -> Filled {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let ready = runtime
            .map_err(|why| why.to_string())
            .and_then(|runtime| Ok((runtime, Client::new(&self.settings)?)));
        let mut filled = Filled::default();
        match ready {
            Ok((runtime, client)) => {
                let filling = self.fill_with(&client, texts, &mut filled, progress, stop);
                filled.failure = runtime.block_on(filling).err();
            }
            Err(why) => filled.failure = Some(why),
        }
        self.figures
            .failed(texts.len().saturating_sub(filled.embedded));
        filled
    }

    async fn fill_with(
        &self,
        client: &Client,
        texts: &[Text],
        filled: &mut Filled,
        progress: &mut dyn FnMut(usize),
        stop: &dyn Fn() -> bool,
    ) -> Result<(), String> {
        let mut batches = batches(texts, self.settings.batch);
        batches.reverse();
        while let Some(batch) = batches.pop() {
            if stop() {
                return Ok(());
            }
            match self.ask(client, &batch, stop).await {
                Ok(vectors) => {
                    self.keep(&batch, vectors, filled)?;
                    progress(filled.embedded + filled.refused);
                }
                Err(Failure::Refused(_)) if batch.len() > 1 => {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    batches.extend([second.to_vec(), first.to_vec()]);
                }
                Err(Failure::Refused(why)) => self.note_refused(&batch, filled, why)?,
                Err(Failure::Busy(_)) => return Err("it is too busy".to_owned()),
                Err(Failure::Down(why)) => return Err(why),
            }
        }
        Ok(())
    }

    /// Asks until there is an answer, or no hope for one.
    async fn ask(
        &self,
        client: &Client,
        batch: &[&Text],
        stop: &dyn Fn() -> bool,
    ) -> Result<Vec<Vec<f32>>, Failure> {
        let (mut tries, mut busy, mut pause) = (1, 0, FIRST_PAUSE);
        loop {
            let failure = match client.embed(batch).await {
                Ok(vectors) => return Ok(vectors),
                Err(refused @ Failure::Refused(_)) => return Err(refused),
                Err(failure) => failure,
            };
            let wait = match &failure {
                Failure::Busy(rest) if busy < BUSY_TRIES => {
                    busy += 1;
                    rest.unwrap_or(pause)
                }
                Failure::Down(_) if tries < TRIES => {
                    tries += 1;
                    pause
                }
                _ => return Err(failure),
            };
            pause *= 2;
            let until = Instant::now() + wait;
            while Instant::now() < until {
                if stop() {
                    return Err(failure);
                }
                tokio::time::sleep(LOOK.min(wait)).await;
            }
        }
    }

    fn keep(
        &self,
        batch: &[&Text],
        vectors: Vec<Vec<f32>>,
        filled: &mut Filled,
    ) -> Result<(), String> {
        let vectors = vectors.iter().map(|numbers| Vector::of(numbers));
        let news: Vec<(&Text, Vector)> = batch
            .iter()
            .zip(vectors)
            .filter_map(|(text, vector)| Some((*text, vector?)))
            .collect();
        let count = news.len();
        self.with_store(|store| {
            let now = news.first().map(|(_, vector)| vector.dimensions());
            if let (Some(before), Some(now)) = (store.dimensions(), now)
                && before != now
            {
                let file = store.path().display();
                return Err(format!(
                    "its vectors have {now} dimensions now, those that were kept have {before}: if it is another model, delete {file}"
                ));
            }
            if let Err(why) = store.add(news) {
                filled.unsaved = Some(format!("{}: {why}", store.path().display()));
            }
            Ok(())
        })?;
        filled.embedded += count;
        self.figures.embedded(count);
        Ok(())
    }

    fn note_refused(
        &self,
        batch: &[&Text],
        filled: &mut Filled,
        why: String,
    ) -> Result<(), String> {
        filled.refused += batch.len();
        if filled.embedded == 0 && filled.refused >= MAX_REFUSED {
            return Err(format!("it refuses all texts: {why}"));
        }
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.extend(batch.iter().map(|text| (*text).clone()));
        for text in batch {
            let begin: String = text.text.chars().take(40).collect();
            tracing::warn!(why, text = begin, "the service refuses to embed a text");
        }
        Ok(())
    }
}

/// Texts of one kind each, at most `size` at a time: questions before passages, since they find more.
fn batches(texts: &[Text], size: usize) -> Vec<Vec<&Text>> {
    let of_kind = |role| texts.iter().filter(move |text| text.role == role);
    let kinds = [Role::Query, Role::Question, Role::Passage];
    let mut batches = Vec::new();
    for texts in kinds.map(|role| of_kind(role).collect::<Vec<&Text>>()) {
        batches.extend(texts.chunks(size.max(1)).map(<[&Text]>::to_vec));
    }
    batches
}
