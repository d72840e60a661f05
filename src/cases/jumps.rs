//! Was the clock set? Time that passed on the clock and not in this machine is not believed at once: what is late would be escalated
//! to everybody, and what has expired be removed, because a clock was wrong for a minute.
//!
//! A clock that is set forward is usually set right again soon. So what is due by it waits for as long as it jumped, an hour at most;
//! a machine that slept loses that much. Nothing waits when it is set back.

use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, Instant};

/// The largest jump that is believed at once.
const BELIEVED: SignedDuration = SignedDuration::from_mins(5);
/// The longest that is waited.
const LONGEST: Duration = Duration::from_secs(3_600);
/// How long nobody may have been at work before a start doubts the clock, in hours.
const AWAY_HOURS: i64 = 24 * 30;

/// What is known of the clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Jumps {
    seen: (Timestamp, Instant),
    held: Option<Instant>,
}

impl Jumps {
    /// From now on; `last` is when this was at work before.
    pub(super) fn since(last: Option<Timestamp>, now: Timestamp, machine: Instant) -> Self {
        let mut jumps = Self {
            seen: (now, machine),
            held: None,
        };
        let away = SignedDuration::from_hours(AWAY_HOURS);
        if let Some(away) = last.map(|at| now.duration_since(at)).filter(|d| *d > away) {
            jumps.doubt(away, machine);
        }
        jumps
    }

    /// Whether what is due waits. `machine` is a clock that nobody sets.
    pub(super) fn hold(&mut self, now: Timestamp, machine: Instant) -> bool {
        let (then, before) = self.seen;
        self.seen = (now, machine);
        let passed = SignedDuration::try_from(machine.saturating_duration_since(before));
        let jumped = now.duration_since(then) - passed.unwrap_or_default();
        if jumped > BELIEVED {
            self.doubt(jumped, machine);
        } else if jumped < -BELIEVED {
            tracing::warn!(seconds = jumped.as_secs(), "the clock was set back");
            self.held = None;
        }
        self.held = self.held.filter(|until| machine < *until);
        self.held.is_some()
    }

    fn doubt(&mut self, jumped: SignedDuration, machine: Instant) {
        let pause = Duration::try_from(jumped).unwrap_or(LONGEST).min(LONGEST);
        self.held = machine.checked_add(pause);
        tracing::warn!(
            seconds = jumped.as_secs(),
            "the clock was set forward, or this machine was away: nobody is told of what is late, and nothing is removed, for {} s",
            pause.as_secs()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{AWAY_HOURS, Jumps};
    use jiff::{SignedDuration, Timestamp};
    use std::time::{Duration, Instant};

    #[test]
    fn a_jump_is_waited_out_and_one_that_is_taken_back_forgotten() {
        let (start, machine) = (Timestamp::UNIX_EPOCH, Instant::now());
        let at = |minutes| start + SignedDuration::from_mins(minutes);
        let on = |minutes: u64| machine + Duration::from_secs(60 * minutes);
        let mut jumps = Jumps::since(None, start, machine);
        assert!(!jumps.hold(at(10), on(10)), "time passes");
        assert!(!jumps.hold(at(14), on(11)), "the clock was set a little");
        assert!(jumps.hold(at(44), on(21)), "by 20 minutes");
        assert!(jumps.hold(at(63), on(40)) && !jumps.hold(at(65), on(42)));
        assert!(jumps.hold(at(5_000_000), on(43)));
        assert!(!jumps.hold(at(67), on(44)), "set right");
        assert!(jumps.hold(at(5_000_000), on(45)));
        assert!(jumps.hold(at(5_000_059), on(104)));
        assert!(!jumps.hold(at(5_000_061), on(106)), "so that is the time");
        assert!(
            !jumps.hold(at(0), on(107)),
            "nothing waits when it is set back"
        );
    }

    #[test]
    fn after_a_long_absence_the_clock_is_doubted() {
        let (start, machine) = (Timestamp::UNIX_EPOCH, Instant::now());
        let after = |hours| start + SignedDuration::from_hours(hours);
        for (hours, waits) in [(24, false), (AWAY_HOURS + 1, true), (-9_000, false)] {
            let mut jumps = Jumps::since(Some(start), after(hours), machine);
            assert_eq!(jumps.hold(after(hours), machine), waits, "{hours}");
        }
    }
}
