//! What is in a text? Characters become normal forms, words, terms with their places, and pinyin; all `&str` in, spans out.
//!
//! [`normalize`] folds width, case and script and remembers where each character came from; [`Analyzer`] cuts the result
//! into overlapping terms; [`highlight`] goes the way back, from terms to spans of the text as written.

mod analyze;
pub mod highlight;
mod language;
mod normalize;
mod script;
pub mod slug;

pub use analyze::{Analysis, Analyzer, Kind, Term};
pub use language::language;
pub use normalize::{Normalized, normalize};
pub use script::{is_han, to_simplified};
