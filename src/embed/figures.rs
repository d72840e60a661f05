//! How is the service doing? Counters that whoever has one may read at any time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counts since the start of the process. Shared by all who ask.
#[derive(Debug, Default)]
pub struct Figures {
    embedded: AtomicU64,
    cached: AtomicU64,
    failed: AtomicU64,
    asked: AtomicU64,
    remembered: AtomicU64,
    late: AtomicU64,
    unavailable: AtomicU64,
    spent_us: AtomicU64,
}

/// What the counters say at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Texts of articles that the service turned into vectors.
    pub embedded: u64,
    /// Texts of articles whose vectors were there already.
    pub cached: u64,
    /// Texts of articles that it failed to turn into vectors.
    pub failed: u64,
    /// Queries that it was asked for and answered in time.
    pub asked: u64,
    /// Queries whose vectors were remembered.
    pub remembered: u64,
    /// Queries that it did not answer in time.
    pub late: u64,
    /// Queries for which it failed, or was not asked since it failed before.
    pub unavailable: u64,
    /// The time that answers to queries took, in microseconds, over those of `asked`.
    pub spent_us: u64,
}

impl Figures {
    /// What they say now.
    pub fn read(&self) -> Reading {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Reading {
            embedded: get(&self.embedded),
            cached: get(&self.cached),
            failed: get(&self.failed),
            asked: get(&self.asked),
            remembered: get(&self.remembered),
            late: get(&self.late),
            unavailable: get(&self.unavailable),
            spent_us: get(&self.spent_us),
        }
    }

    /// Notes texts of articles whose vectors were there already.
    pub fn cached(&self, count: usize) {
        add(&self.cached, count);
    }

    pub(super) fn embedded(&self, count: usize) {
        add(&self.embedded, count);
    }

    pub(super) fn failed(&self, count: usize) {
        add(&self.failed, count);
    }

    pub(super) fn asked(&self, took: Duration) {
        add(&self.asked, 1);
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.spent_us.fetch_add(took, Ordering::Relaxed);
    }

    pub(super) fn remembered(&self) {
        add(&self.remembered, 1);
    }

    pub(super) fn late(&self) {
        add(&self.late, 1);
    }

    pub(super) fn unavailable(&self) {
        add(&self.unavailable, 1);
    }
}

fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
}
