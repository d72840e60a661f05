//! Is it worth asking? After some failures in a row the service is left alone for a while, so that a dead one costs nothing.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many failures in a row open it.
const MANY: u32 = 3;

/// How long it stays open at first; twice as long after each failed trial.
const FIRST: Duration = Duration::from_secs(1);

/// The longest that it stays open.
const LONGEST: Duration = Duration::from_secs(30);

/// Counts failures in a row (Nygard, Release It!, 2007: the circuit breaker).
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    pause: Duration,
    until: Option<Instant>,
}

impl Breaker {
    /// Whether to ask at `now`. When a pause is over, one trial is let through; others wait for how it ends, or for the next
    /// pause to be over.
    pub(super) fn lets_through(&self, now: Instant) -> bool {
        self.with(|state| match state.until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                state.until = Some(now + state.pause);
                true
            }
        })
    }

    /// Notes that it answered.
    pub(super) fn succeeded(&self) {
        self.with(|state| *state = State::default());
    }

    /// Notes that it failed at `now`, and whether it must be left alone at least for `rest`.
    pub(super) fn failed(&self, now: Instant, rest: Option<Duration>) {
        self.with(|state| {
            state.failures = state.failures.saturating_add(1);
            if state.failures < MANY && rest.is_none() {
                return;
            }
            state.pause = (state.pause * 2).clamp(FIRST, LONGEST);
            state.until = Some(now + state.pause.max(rest.unwrap_or_default()));
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, FIRST, LONGEST, MANY};
    use std::time::{Duration, Instant};

    #[test]
    fn opens_after_many_failures_and_closes_after_one_success() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..MANY {
            assert!(breaker.lets_through(start));
            breaker.failed(start, None);
        }
        assert!(!breaker.lets_through(start));
        let later = start + FIRST;
        assert!(breaker.lets_through(later), "one trial");
        assert!(!breaker.lets_through(later), "and no second");
        breaker.failed(later, None);
        assert!(!breaker.lets_through(later + FIRST));
        assert!(breaker.lets_through(later + FIRST * 2));
        breaker.succeeded();
        assert!(breaker.lets_through(later + FIRST * 2));
    }

    #[test]
    fn is_open_at_once_when_told_to_wait_and_never_for_ever() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        breaker.failed(start, Some(Duration::from_secs(7)));
        assert!(!breaker.lets_through(start + Duration::from_secs(6)));
        for _ in 0..40 {
            breaker.failed(start, None);
        }
        assert!(breaker.lets_through(start + LONGEST));
    }
}
