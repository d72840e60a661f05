//! What is a case? A private conversation between a requester and the desk: its record, its states, its timeline.

mod attachment;
mod event;
mod number;
mod state;

pub use attachment::{Attachment, FileName, MAX_FILE_NAME_CHARS};
pub use event::{Actor, Event, Reach, Via, What};
pub use number::CaseNumber;
pub use state::{Move, Refused, Role, Row, State, TABLE};

use super::{AccountId, CaseId, InvalidWord, Lang, PersonId, QuestionId, Slug, VisitId, words};
use jiff::Timestamp;

/// How urgent a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    /// Nothing works: the group is paged at once.
    P1,
    /// Something important does not work.
    P2,
    /// As usual.
    P3,
    /// When there is time.
    P4,
}

words!(Priority, "priority": P1 = "P1", P2 = "P2", P3 = "P3", P4 = "P4");

/// What a requester wants. Each kind has its own routing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// To know something.
    Question,
    /// That something works.
    Problem,
    /// That something is put right: takes the fast lane and gets a follow-up after closing (回访).
    Complaint,
    /// To say what would be better.
    Suggestion,
}

words!(Kind, "kind": Question = "question", Problem = "problem", Complaint = "complaint", Suggestion = "suggestion");

/// One to five stars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rating(u8);

impl Rating {
    /// A number of stars.
    ///
    /// # Errors
    /// When it is not 1 to 5.
    pub fn new(stars: u8) -> Result<Self, InvalidWord> {
        match stars {
            1..=5 => Ok(Self(stars)),
            _ => Err(InvalidWord::new("rating", &stars.to_string(), "1 to 5")),
        }
    }

    /// The stars, 1 to 5.
    pub fn stars(self) -> u8 {
        self.0
    }
}

/// Until when something was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// The first answer.
    pub first_answer: Option<Timestamp>,
    /// The solution.
    pub solution: Option<Timestamp>,
}

/// A private conversation between a requester and the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Names it. It opens nothing.
    pub id: CaseId,
    /// What people call it. It opens nothing either.
    pub number: CaseNumber,
    /// Where it stands. Only [`State::after`] says what may follow.
    pub state: State,
    /// How urgent it is.
    pub priority: Priority,
    /// What the requester wants.
    pub kind: Kind,
    /// What it is about, in one line of at most 200 characters without control characters.
    pub subject: String,
    /// Who asked.
    pub requester: PersonId,
    /// The requester's language.
    pub lang: Lang,
    /// The product that it is about.
    pub product: Option<Slug>,
    /// The category that it is about, as the path of a folder of articles; empty for none.
    pub category: String,
    /// Labels.
    pub tags: Vec<Slug>,
    /// The group of `kb.toml` that answers.
    pub group: Slug,
    /// Who in it answers.
    pub assignee: Option<AccountId>,
    /// How often it was escalated.
    pub escalations: u32,
    /// The visit that it came from.
    pub visit: Option<VisitId>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When anything last changed.
    pub updated_at: Timestamp,
    /// When the desk first answered.
    pub answered_at: Option<Timestamp>,
    /// When it was last solved.
    pub solved_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Until when what was promised.
    pub due: Due,
    /// When somebody is to ask how it went (回访); `None` when nobody is, or somebody did.
    pub follow_up_at: Option<Timestamp>,
    /// How the requester found it.
    pub rating: Option<Rating>,
    /// The public question that was made of it.
    pub question: Option<QuestionId>,
    /// The case that it was merged into.
    pub merged_into: Option<CaseId>,
    /// How many events its timeline has: the `seq` of the last one.
    pub events: i64,
    /// The state of the row, from 1: a change of a stale copy is refused.
    pub version: i64,
}

impl Case {
    /// What is due next, if the desk is to act: the first answer while there is none, then the solution.
    pub fn due_at(&self) -> Option<Timestamp> {
        match self.state {
            State::New | State::Open if self.answered_at.is_none() => {
                self.due.first_answer.or(self.due.solution)
            }
            State::New | State::Open => self.due.solution,
            State::Waiting | State::Solved | State::Closed | State::Merged => None,
        }
    }

    /// Makes a move, if its state and the role allow it, and notes the times that follow from it.
    ///
    /// # Errors
    /// [`Refused`] when they do not.
    pub fn go(&mut self, step: Move, by: Role, now: Timestamp) -> Result<(), Refused> {
        self.state = self.state.after(step, by)?;
        self.updated_at = self.updated_at.max(now);
        match self.state {
            State::Solved => self.solved_at = Some(now),
            State::Closed => {
                self.solved_at.get_or_insert(now);
                self.closed_at = Some(now);
            }
            State::New | State::Open | State::Waiting => {
                (self.solved_at, self.closed_at) = (None, None);
                self.follow_up_at = None;
            }
            State::Merged => self.closed_at = Some(now),
        }
        Ok(())
    }
}
