//! The words of the house as types: pure, without I/O and without a wire format.
//!
//! Everything here can be made only through a `parse` or a constructor that checks, so the layers above need not.

pub mod account;
pub mod api_key;
mod article;
mod audience;
pub mod case;
mod category;
mod customer;
mod email;
pub mod follow;
mod id;
mod ids;
mod lang;
pub mod outbox;
mod outcome;
mod passage;
mod person;
mod problem;
pub mod question;
pub mod reward;
pub mod service;
mod token;
mod vector;
pub mod visit;
mod words;

pub use article::{Article, Part, Status, Value};
pub use audience::{Audience, Audiences};
pub use category::{Category, CategoryPath};
pub use customer::{Customer, MAX_CUSTOMER_PRODUCTS, Subject};
pub use email::{Email, InvalidEmail};
pub use id::{ArticleId, InvalidId, Kind};
pub use ids::{
    AccountId, AnswerId, ApiKeyId, AttachmentId, CannedId, CaseId, FollowId, OutboxId, PersonId,
    QuestionId, VisitId,
};
pub use lang::Lang;
pub use outcome::Outcome;
pub use passage::Passage;
pub use person::{Person, PersonName, Tier};
pub use problem::{Place, Problem, Severity};
pub use token::{Token, TokenHash};
pub use vector::{MAX_DIMENSIONS, Vector, length};
pub(crate) use words::words;
pub use words::{InvalidWord, Slug};
