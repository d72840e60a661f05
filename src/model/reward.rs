//! Who is thanked, for what, with how many points? Each fact is rewarded once.

use super::{AccountId, PersonId, words};
use jiff::Timestamp;

/// What points are given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Asked a question that was published.
    Asked,
    /// Gave an answer that was accepted.
    Accepted,
    /// Answered a case that was published.
    Answered,
    /// Given by hand.
    Thanks,
}

words!(Reason, "reason": Asked = "asked", Accepted = "accepted", Answered = "answered", Thanks = "thanks");

/// Who is rewarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// Somebody who asks.
    Person(PersonId),
    /// Somebody at the desk.
    Account(AccountId),
}

/// One entry of the ledger. For one reason, subject and holder there is at most one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who.
    pub holder: Holder,
    /// For what.
    pub reason: Reason,
    /// The question, answer or case, by its id.
    pub subject: String,
    /// How many points; never negative.
    pub points: u32,
    /// When.
    pub at: Timestamp,
}
