//! What does a text mean, in numbers? A service that speaks the OpenAI protocol says it; this room asks, and remembers.
//!
//! While articles are indexed, [`Filler`] asks for what is not in the [`Store`] yet, batch by batch; each batch is on the disk
//! before the next is asked for. While people search, [`Asker`] asks for the query's vector, and gives up in time. This room
//! knows neither articles nor indexes, and it alone names the HTTP client.

mod answer;
mod ask;
mod breaker;
mod client;
mod figures;
mod fill;
mod store;

pub use ask::{Asked, Asker};
pub use figures::{Figures, Reading};
pub use fill::{Filled, Filler};
pub use store::Store;

/// What kind of text it is: models want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// What a reader typed.
    Query,
    /// A title or a similar question.
    Question,
    /// A stretch of a body.
    Passage,
}

/// A text to be turned into a vector.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text {
    /// What kind of text it is.
    pub role: Role,
    /// The text, without the prefix of its kind.
    pub text: String,
}
