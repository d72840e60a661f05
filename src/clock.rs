//! What time is it? Asked here only, so that a test can answer.

use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A source of the present instant.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until it is set: milliseconds since 1970-01-01 UTC.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `instant`.
    pub fn fixed(instant: Timestamp) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(instant.as_millisecond())))
    }

    /// The present instant, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Fixed(ms) => Timestamp::from_millisecond(ms.load(Ordering::Relaxed))
                .unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }

    /// Moves a fixed clock to `instant`; the machine's clock is left alone.
    pub fn set(&self, instant: Timestamp) {
        if let Self::Fixed(ms) = self {
            ms.store(instant.as_millisecond(), Ordering::Relaxed);
        }
    }
}
