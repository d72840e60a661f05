//! The words of the house as types: pure, without I/O and without a wire format.
//!
//! Everything here can be made only through a `parse` or a constructor that checks, so the layers above need not.

mod article;
mod audience;
mod category;
mod id;
mod lang;
mod passage;
mod problem;

pub use article::{Article, Part, Status, Value};
pub use audience::{Audience, Audiences};
pub use category::{Category, CategoryPath};
pub use id::{ArticleId, InvalidId, Kind};
pub use lang::Lang;
pub use passage::Passage;
pub use problem::{Place, Problem, Severity};
