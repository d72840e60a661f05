//! How many visitors may wait for the database at once? A bounded number: who waits is served soon, everybody else is told at once
//! to come again, and the desk and the jobs never stand behind all of them.

use super::error::{Error, Fault, Result};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many visitors may be writing, or waiting for it: SQLite has one writer, which takes some milliseconds for each.
pub(super) const WRITING: usize = 64;

/// How many visitors may be reading, or waiting for it.
const READING: usize = 256;

/// The places of all visitors.
#[derive(Debug)]
pub(super) struct Crowd {
    writing: Arc<Semaphore>,
    reading: Arc<Semaphore>,
}

/// A visitor's place: held until he has what he came for.
pub(super) type Place = Option<OwnedSemaphorePermit>;

impl Default for Crowd {
    fn default() -> Self {
        Self {
            writing: Arc::new(Semaphore::new(WRITING)),
            reading: Arc::new(Semaphore::new(READING)),
        }
    }
}

impl Crowd {
    /// A place for who writes.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when all are taken.
    pub(super) fn write(&self) -> Result<Place> {
        place(&self.writing, "too much is being written at once")
    }

    /// A place for who reads.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when all are taken.
    pub(super) fn read(&self) -> Result<Place> {
        place(&self.reading, "too much is being read at once")
    }
}

fn place(places: &Arc<Semaphore>, full: &str) -> Result<Place> {
    let place = Arc::clone(places).try_acquire_owned();
    let full =
        |_| Error::new(Fault::Unavailable, full.to_owned()).help("try again in a few seconds");
    place.map(Some).map_err(full)
}
