//! Who was it a moment ago? While the database cannot be asked, whoever it named in the last minutes goes on reading what he may,
//! as everybody else does.
//!
//! Only reading is done on this, and only what the index has: whatever writes, and all that is a person's own, asks the database
//! and is refused while it is away. Nobody can end a session in a database that is away; where only this server is cut off from it,
//! what ended elsewhere opens the index here for the rest of [`REMEMBERED`].

use super::state::AppState;
use crate::error::{Code, Error, Result};
use lru::LruCache;
use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long somebody is known after the database named him last.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);
/// How long who is reading waits for what the database says of him.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many are remembered; of more, those who came the longest ago are forgotten.
const MOST: NonZeroUsize = match NonZeroUsize::new(20_000) {
    Some(most) => most,
    None => NonZeroUsize::MIN,
};

/// What is known, and whether the database said so just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said<T> {
    /// It did.
    Now(T),
    /// It did a moment ago, and cannot be asked.
    Lately(T),
}

/// What the database said of secrets that were brought along. Of the secrets only hashes are kept.
#[derive(Debug)]
pub(super) struct Lately<T> {
    known: Mutex<LruCache<[u8; 32], (T, Instant)>>,
}

impl<T> Default for Lately<T> {
    fn default() -> Self {
        Self {
            known: Mutex::new(LruCache::new(MOST)),
        }
    }
}

impl<T: Clone> Lately<T> {
    /// What the database says of a secret, by `asked`. `reads`: nothing is written on the strength of it, so what it said lately
    /// does while it is away.
    ///
    /// # Errors
    /// As `asked` has it, when nothing is remembered.
    pub(super) async fn ask(
        &self,
        state: &AppState,
        secret: &str,
        reads: bool,
        asked: impl Future<Output = Result<Option<T>>>,
    ) -> Result<Option<Said<T>>> {
        let name = *blake3::hash(secret.as_bytes()).as_bytes();
        let known = self.recall(&name, Instant::now()).filter(|_| reads);
        let said = match (&known, reads) {
            (_, false) => asked.await,
            (Some(_), true) => soon(state, asked).await,
            // Whoever is not remembered waits, unless it is known that waiting is in vain.
            (None, true) if state.reaches_database() => asked.await,
            (None, true) => Err(away()),
        };
        match (said, known) {
            (Ok(Some(found)), _) => {
                self.note(name, found.clone(), Instant::now());
                Ok(Some(Said::Now(found)))
            }
            (Ok(None), _) => {
                self.forget(&name);
                Ok(None)
            }
            (Err(error), Some(known)) if error.code() == Code::Unavailable => {
                Ok(Some(Said::Lately(known)))
            }
            (Err(error), _) => Err(error),
        }
    }

    fn recall(&self, name: &[u8; 32], now: Instant) -> Option<T> {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, at) = all.get(name)?;
        (now.duration_since(*at) < REMEMBERED).then(|| found.clone())
    }

    fn note(&self, name: [u8; 32], found: T, now: Instant) {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.put(name, (found, now));
    }

    fn forget(&self, name: &[u8; 32]) {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.pop(name);
    }
}

/// What the database says, for who is reading: he does not wait for one that is away, nor long for one that is slow.
///
/// # Errors
/// `Unavailable` then; else as `asked` has it.
pub(super) async fn soon<T>(state: &AppState, asked: impl Future<Output = Result<T>>) -> Result<T> {
    if !state.reaches_database() {
        return Err(away());
    }
    let said = tokio::time::timeout(PATIENCE, asked).await;
    said.unwrap_or_else(|_| Err(away()))
}

fn away() -> Error {
    Error::new(
        Code::Unavailable,
        "the database does not answer at the moment",
    )
    .help("nothing is lost; try again in a minute")
}

#[cfg(test)]
mod tests {
    use super::{Lately, MOST, REMEMBERED};
    use std::time::{Duration, Instant};

    #[test]
    fn somebody_is_known_for_some_minutes_and_no_more_are_than_fit() {
        let (lately, now) = (Lately::default(), Instant::now());
        lately.note([1; 32], "mei", now);
        let nearly = now + REMEMBERED - Duration::from_secs(1);
        assert_eq!(lately.recall(&[1; 32], nearly), Some("mei"));
        assert_eq!(lately.recall(&[1; 32], now + REMEMBERED), None);
        assert_eq!(lately.recall(&[2; 32], now), None);
        lately.forget(&[1; 32]);
        assert_eq!(lately.recall(&[1; 32], now), None, "the session ended");
        for n in 0..=MOST.get() {
            let mut name = [3; 32];
            name[..8].copy_from_slice(&n.to_le_bytes());
            lately.note(name, "somebody", now);
        }
        let held = lately.known.lock().expect("the names").len();
        assert_eq!(held, MOST.get());
    }
}
