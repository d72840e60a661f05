//! Who works at the desk? Accounts with a role, the groups they answer for, and whether they are on duty.

use super::{AccountId, Email, Lang, PersonName, Slug, words};
use jiff::Timestamp;

/// What an account may do. Each may do what the ones before may, but for editors, who write articles and answer no cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Writes articles and reviews answers of the forum.
    Editor,
    /// Answers first.
    Agent,
    /// Answers what agents cannot.
    Specialist,
    /// Also manages accounts and sees the outbox and the audit log.
    Admin,
}

words!(Role, "role": Editor = "editor", Agent = "agent", Specialist = "specialist", Admin = "admin");

impl Role {
    /// Whether it may read and answer cases.
    pub fn answers_cases(self) -> bool {
        self != Self::Editor
    }

    /// Whether it may review, publish and hide questions and answers.
    pub fn reviews(self) -> bool {
        true
    }

    /// Whether it may manage accounts, canned answers and the outbox.
    pub fn manages(self) -> bool {
        self == Self::Admin
    }
}

/// Somebody at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Names the account.
    pub id: AccountId,
    /// What it signs in with, and where notices go.
    pub email: Email,
    /// What colleagues and requesters see.
    pub name: PersonName,
    /// What it may do.
    pub role: Role,
    /// The groups of `kb.toml` that it answers for.
    pub groups: Vec<Slug>,
    /// The language of the desk and of notices.
    pub lang: Lang,
    /// Whether it takes cases now.
    pub on_duty: bool,
    /// Whether it can no longer sign in. Accounts are never removed: timelines speak of them.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// The state of the row, from 1: a change of a stale copy is refused.
    pub version: i64,
}

impl Account {
    /// Whether it may be given cases of `group` now.
    pub fn takes(&self, group: &Slug) -> bool {
        self.on_duty && !self.disabled && self.role.answers_cases() && self.groups.contains(group)
    }
}

/// How a session began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// By a password alone.
    Password,
    /// By a password and a second step.
    TwoSteps,
    /// By an identity provider, which has seen to second steps itself.
    Provider,
}

words!(Way, "way": Password = "password", TwoSteps = "two-steps", Provider = "provider");

/// What a reader remembers of the desk while signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub account: AccountId,
    /// When it began: it ends a set time later, used or not.
    pub created_at: Timestamp,
    /// When it was last used: it ends when it is left alone.
    pub seen_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// In which browser, in words of the browser's own; may be empty.
    pub browser: String,
    /// The first half of the network address, as in `203.0.*.*`; empty for this machine.
    pub network: String,
    /// How it began.
    pub way: Way,
    /// What the next page is to say to it, once, in a form of the desk's own; may be empty.
    pub said: String,
}

/// Somebody who was asked to come to the desk and has not come yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Where the letter went, and what the account will sign in with.
    pub email: Email,
    /// What the account will be called, until its owner says otherwise.
    pub name: PersonName,
    /// What it will be allowed.
    pub role: Role,
    /// The groups that it will answer for.
    pub groups: Vec<Slug>,
    /// The language of the letter and of the desk.
    pub lang: Lang,
    /// Who asked: an account's address, or `terminal`.
    pub invited_by: String,
    /// When the last letter left.
    pub created_at: Timestamp,
    /// When its link ends.
    pub expires_at: Timestamp,
}

/// An answer that is kept for further use; `{name}`-like variables are filled in by the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canned {
    /// Names it.
    pub id: super::CannedId,
    /// What it is found by: one line.
    pub title: String,
    /// The text with its variables.
    pub text: String,
    /// Its language.
    pub lang: Lang,
    /// The group that it is for; `None` for all.
    pub group: Option<Slug>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn each_role_may_what_is_its_own() {
        for (role, answers, manages) in [
            (Role::Editor, false, false),
            (Role::Agent, true, false),
            (Role::Specialist, true, false),
            (Role::Admin, true, true),
        ] {
            assert_eq!(
                (role.answers_cases(), role.manages()),
                (answers, manages),
                "{role}"
            );
        }
    }
}
