//! What came of one attempt to send something? Taken, to be tried again, or refused for good.

use std::time::Duration;

/// The longest reason that is kept, in characters.
const MAX_REASON_CHARS: usize = 300;

/// What came of one attempt to deliver a mail or a web hook. Reasons are one line without control characters, at most 300
/// characters, and hold no secrets; they may hold words of the receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took it, and what he said.
    Sent(String),
    /// It failed for now: try again, not before `after` if the receiver said how long to wait.
    Retry {
        /// Why it failed.
        why: String,
        /// What the receiver asked to wait, at most a day.
        after: Option<Duration>,
    },
    /// The same attempt would fail again: somebody has to look.
    Refused(String),
}

impl Outcome {
    /// It was taken.
    pub fn sent(said: impl AsRef<str>) -> Self {
        Self::Sent(one_line(said.as_ref()))
    }

    /// It failed for now.
    pub fn retry(why: impl AsRef<str>) -> Self {
        Self::Retry {
            why: one_line(why.as_ref()),
            after: None,
        }
    }

    /// It failed for now, and the receiver said how long to wait; more than a day counts as a day.
    pub fn retry_after(why: impl AsRef<str>, after: Duration) -> Self {
        Self::Retry {
            why: one_line(why.as_ref()),
            after: Some(after.min(Duration::from_secs(86_400))),
        }
    }

    /// It failed for good.
    pub fn refused(why: impl AsRef<str>) -> Self {
        Self::Refused(one_line(why.as_ref()))
    }
}

/// One line of what somebody else wrote: control characters become spaces, runs of spaces one, and it ends after 300 characters.
fn one_line(text: &str) -> String {
    let plain: String = text
        .chars()
        .take(MAX_REASON_CHARS * 4)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let mut line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(MAX_REASON_CHARS) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{Outcome, one_line};
    use std::time::Duration;

    #[test]
    fn reasons_are_one_short_line() {
        assert_eq!(
            one_line("550 \u{1b}[31mno\r\n such\tuser "),
            "550 [31mno such user"
        );
        assert_eq!(one_line(&"长".repeat(5_000)).chars().count(), 301);
    }

    #[test]
    fn nobody_makes_us_wait_for_years() {
        let Outcome::Retry { after, .. } = Outcome::retry_after("later", Duration::MAX) else {
            unreachable!("a retry");
        };
        assert_eq!(after, Some(Duration::from_secs(86_400)));
    }
}
