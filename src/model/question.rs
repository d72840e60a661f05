//! What is asked in public? A question, its answers, their votes; nothing is shown before somebody has looked at it.

use super::{AccountId, AnswerId, Audience, CaseId, Lang, PersonId, QuestionId, words};
use jiff::Timestamp;

/// Whether a question or an answer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shown {
    /// Waits for review: seen by the desk only.
    Waiting,
    /// Seen by everybody whose audience it is for.
    Published,
    /// Refused or taken back: seen by the desk only.
    Hidden,
}

words!(Shown, "state": Waiting = "waiting", Published = "published", Hidden = "hidden");

/// A public thread: one asker's question, one or more answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Names it.
    pub id: QuestionId,
    /// Its number for people and addresses: `/q/<number>`, from 1.
    pub number: i64,
    /// Whether it is shown.
    pub shown: Shown,
    /// Who may read it.
    pub audience: Audience,
    /// The question in one line.
    pub title: String,
    /// More about it: text of a customer, shown as text, never as markup.
    pub text: String,
    /// Its language.
    pub lang: Lang,
    /// The category's path; empty for none.
    pub category: String,
    /// Labels.
    pub tags: Vec<String>,
    /// Products.
    pub products: Vec<String>,
    /// Other ways in which people asked it; found by, never shown.
    pub wordings: Vec<String>,
    /// Who asked; never shown.
    pub asker: Option<PersonId>,
    /// What the asker is called in public; empty for nobody.
    pub byline: String,
    /// The case that it was published from; never shown.
    pub case: Option<CaseId>,
    /// The answer that helped.
    pub accepted: Option<AnswerId>,
    /// How many published answers it has.
    pub answers: u32,
    /// How many found it helpful.
    pub votes: i64,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it or one of its answers last changed.
    pub updated_at: Timestamp,
    /// When it was first shown.
    pub published_at: Option<Timestamp>,
    /// The state of the row, from 1: a change of a stale copy is refused.
    pub version: i64,
}

impl Question {
    /// Whether a viewer of this audience sees it.
    pub fn is_seen_by(&self, viewer: Audience) -> bool {
        self.shown == Shown::Published && viewer.may_read(self.audience)
    }

    /// Whether it still waits for an answer.
    pub fn is_open(&self) -> bool {
        self.accepted.is_none() && self.answers == 0
    }
}

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Author {
    /// Somebody at the desk: shown at once.
    Staff(AccountId),
    /// A customer: shown after review. `None` when he left no address.
    Customer(Option<PersonId>),
}

/// An answer in the forum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Names it.
    pub id: AnswerId,
    /// The question.
    pub question: QuestionId,
    /// Whether it is shown.
    pub shown: Shown,
    /// Who wrote it; never shown.
    pub author: Author,
    /// What the author is called in public; empty for nobody.
    pub byline: String,
    /// The answer: Markdown of the desk, plain text of a customer.
    pub text: String,
    /// How many found it helpful.
    pub votes: i64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Answer {
    /// Whether the desk wrote it.
    pub fn is_staffs(&self) -> bool {
        matches!(self.author, Author::Staff(_))
    }
}

/// What a vote is on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A question.
    Question(QuestionId),
    /// An answer.
    Answer(AnswerId),
    /// An article, by its id.
    Article(String),
}

/// One vote: a voter has at most one on a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// On what.
    pub subject: Subject,
    /// Who, as a hash of the visit or account; never more than 64 characters.
    pub voter: String,
    /// Helpful, or not.
    pub helpful: bool,
    /// When.
    pub at: Timestamp,
}
