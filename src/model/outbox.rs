//! What is on its way out? Mails and hooks, each written with the change that it tells of, and tried for days.

use super::{CaseId, OutboxId, words};
use jiff::{SignedDuration, Timestamp};

/// How it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// By mail.
    Mail,
    /// By a POST to a web hook.
    Hook,
}

words!(Channel, "channel": Mail = "mail", Hook = "hook");

/// What has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Waits for its time.
    Pending,
    /// Was taken by the receiver.
    Sent,
    /// Was refused for good, or for days: somebody has to look.
    Dead,
}

words!(Delivery, "delivery": Pending = "pending", Sent = "sent", Dead = "dead");

/// Something to be sent: made by a use case, in the transaction of the change that it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Names it; for mails also the Message-ID, so a second attempt is the same mail.
    pub id: OutboxId,
    /// How it leaves.
    pub channel: Channel,
    /// What it tells of, as in `case:<id>:3:reply:<receiver>`: of two with the same key only the first is kept.
    pub dedup: String,
    /// The case that it is about.
    pub case: Option<CaseId>,
    /// Entries of one lane leave in order, one after the other, as the mails of one case to one person do. Empty: whenever.
    pub lane: String,
    /// What to send, as JSON that `mail` and the hooks understand; it can be sent without asking anything else.
    pub payload: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Not before this.
    pub due_at: Timestamp,
}

/// An entry as the outbox keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is to be sent.
    pub what: Outgoing,
    /// What has become of it.
    pub delivery: Delivery,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed; empty if none did.
    pub last_error: String,
    /// When it was sent or given up.
    pub done_at: Option<Timestamp>,
}

/// Minutes between attempts; after the last one it is dead: three days and a half in all.
const BACK_OFF_MINUTES: [i64; 12] = [1, 2, 5, 15, 30, 60, 180, 360, 720, 1_080, 1_260, 1_440];

/// When to try again after `attempts` failures, with up to a tenth of jitter (`jitter` is 0.0 to 1.0) so that a
/// thousand entries do not come back at once. `None`: give it up.
pub fn retry_at(attempts: u32, failed_at: Timestamp, jitter: f64) -> Option<Timestamp> {
    let at = usize::try_from(attempts.max(1) - 1).ok()?;
    let minutes = *BACK_OFF_MINUTES.get(at)?;
    let pause = SignedDuration::from_mins(minutes);
    failed_at
        .checked_add(pause + pause.mul_f64(jitter.clamp(0.0, 1.0) / 10.0))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{BACK_OFF_MINUTES, retry_at};
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn is_tried_for_days_and_then_given_up() {
        let mut now = Timestamp::UNIX_EPOCH;
        let mut attempts = 0;
        while let Some(next) = retry_at(attempts + 1, now, 0.0) {
            assert!(next > now);
            (now, attempts) = (next, attempts + 1);
        }
        assert_eq!(attempts as usize, BACK_OFF_MINUTES.len());
        let tried_for = now.duration_since(Timestamp::UNIX_EPOCH);
        assert!(tried_for > SignedDuration::from_hours(72), "{tried_for}");
    }

    #[test]
    fn jitter_only_delays() {
        let [least, most] = [0.0, 1.0].map(|j| retry_at(6, Timestamp::UNIX_EPOCH, j));
        assert_eq!(least.map(|t| t.as_second()), Some(3_600));
        assert_eq!(most.map(|t| t.as_second()), Some(3_960));
    }
}
