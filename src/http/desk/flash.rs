//! What is said once, on the page after a redirect? Kept in memory by session, few and bounded; lost with the process, as it may.

use super::door::Desk;
use crate::cases::Inverse;
use lru::LruCache;
use serde::Serialize;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

/// How many sessions have something said to them at once.
const KEPT: NonZeroUsize = match NonZeroUsize::new(2_000) {
    Some(kept) => kept,
    None => NonZeroUsize::MIN,
};

/// Something to say once.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Flash {
    /// The words.
    pub(super) text: String,
    /// Whether it went wrong.
    pub(super) failed: bool,
    /// How to undo it, for hidden fields; empty when it cannot be.
    pub(super) undo: Vec<String>,
}

/// What the desk keeps in this process.
#[derive(Debug)]
pub(in crate::http) struct Room {
    flashes: Mutex<LruCache<String, Flash>>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            flashes: Mutex::new(LruCache::new(KEPT)),
        }
    }
}

impl Desk {
    /// Says something on the next page.
    pub(super) fn say(&self, text: String, failed: bool, undo: &[Inverse]) {
        let undo = undo.iter().map(Inverse::as_text).collect();
        let mut kept = self
            .state
            .room()
            .flashes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        kept.put(self.key(), Flash { text, failed, undo });
    }

    /// What is to be said on this page.
    pub(super) fn said(&self) -> Option<Flash> {
        if self.is_part {
            return None;
        }
        let mut kept = self
            .state
            .room()
            .flashes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        kept.pop(&self.key())
    }
}
