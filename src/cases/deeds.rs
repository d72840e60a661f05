//! Which deeds are there, and what is known of each? Words and facts of the audit log, in one form for people and programs:
//! `role: agent -> admin; keys ended: 1`.

use std::fmt::Display;

/// All that is noted. Each has a text at the desk and a line in the manual; a new one fails the tests until it has.
pub const DEEDS: [&str; 36] = [
    "signed_in",
    "signed_out",
    "sign_in.failures",
    "sign_in.refused",
    "account.added",
    "account.invited",
    "account.changed",
    "account.password",
    "account.linked",
    "invitation.withdrawn",
    "password.link",
    "second_step.set",
    "second_step.codes",
    "second_step.removed",
    "second_step.reset",
    "sessions.ended",
    "key.added",
    "key.revoked",
    "case.published",
    "question.shown",
    "question.hidden",
    "answer.published",
    "answer.refused",
    "answer.shown",
    "answer.hidden",
    "canned.saved",
    "canned.removed",
    "cases.exported",
    "person.exported",
    "person.erased",
    "audit.exported",
    "audit.forgotten",
    "outbox.retry",
    "settings.reloaded",
    "store.backed_up",
    "store.restored",
];

/// Something that is known of a deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeedFact<'a> {
    /// What it is about, as in `role`; empty for a text that names nothing.
    pub what: &'a str,
    /// What it was before, where that is known.
    pub before: Option<&'a str>,
    /// What it is since.
    pub now: &'a str,
}

/// The facts of a deed's details.
pub fn facts(details: &str) -> impl Iterator<Item = DeedFact<'_>> {
    let parts = details.split("; ").filter(|part| !part.is_empty());
    parts.map(|part| {
        let (what, rest) = part.split_once(": ").unwrap_or(("", part));
        let (before, now) = rest
            .split_once(" -> ")
            .map_or((None, rest), |(before, now)| (Some(before), now));
        DeedFact { what, before, now }
    })
}

/// Details in the making.
#[derive(Debug, Default)]
pub(super) struct Facts(Vec<String>);

impl Facts {
    /// Adds a fact.
    pub(super) fn with(mut self, what: &str, now: impl Display) -> Self {
        self.0.push(format!("{what}: {}", plain(&now)));
        self
    }

    /// Adds what is another now, and nothing where it is the same.
    pub(super) fn changed(mut self, what: &str, before: impl Display, now: impl Display) -> Self {
        let (before, now) = (plain(&before), plain(&now));
        if before != now {
            self.0.push(format!("{what}: {before} -> {now}"));
        }
        self
    }

    /// Adds how many there were, if there were any.
    pub(super) fn counted(self, what: &str, count: u64) -> Self {
        match count {
            0 => self,
            some => self.with(what, some),
        }
    }

    /// Adds facts that were joined before.
    pub(super) fn and(mut self, joined: String) -> Self {
        self.0.extend((!joined.is_empty()).then_some(joined));
        self
    }

    /// All of them in one line.
    pub(super) fn joined(self) -> String {
        self.0.join("; ")
    }
}

/// A value that cannot be taken for more than one: names are what people choose.
fn plain(value: &impl Display) -> String {
    value.to_string().replace(';', ",").replace("->", "→")
}

#[cfg(test)]
mod tests {
    use super::{DeedFact, Facts, facts};

    #[test]
    fn what_is_written_is_read_again_and_no_name_adds_a_fact() {
        let told = Facts::default()
            .changed("name", "a; role: agent -> admin", "b")
            .changed("role", "agent", "agent")
            .changed("groups", "", "support, sales")
            .with("way", "password")
            .and(String::new())
            .and("keys ended: 2".to_owned())
            .joined();
        let read: Vec<DeedFact<'_>> = facts(&told).collect();
        let fact = |what, before, now| DeedFact { what, before, now };
        assert_eq!(
            read,
            [
                fact("name", Some("a, role: agent → admin"), "b"),
                fact("groups", Some(""), "support, sales"),
                fact("way", None, "password"),
                fact("keys ended", None, "2"),
            ]
        );
        assert_eq!(facts("").count(), 0);
        assert_eq!(facts("by hand").next(), Some(fact("", None, "by hand")));
    }
}
