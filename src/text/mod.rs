//! What is in a text? Characters become normal forms, words, terms with their places, and pinyin; all `&str` in, spans out.
//!
//! [`normalize`] folds width, case and script and remembers where each character came from; [`Analyzer`] cuts the result
//! into overlapping terms; [`Marker`] goes the way back, from terms to spans of the text as written.

mod analyze;
mod csv;
mod highlight;
mod language;
mod lexicon;
mod look_alikes;
mod normalize;
mod pinyin;
mod rewording;
mod scan;
mod script;
pub mod slug;
mod stop_words;
mod synonyms;

pub use analyze::{Analysis, Analyzer, Kind, Term, is_word, unit_code};
pub use csv::csv_line;
pub use highlight::{Marker, parts};
pub use language::language;
pub use lexicon::Lexicon;
pub use look_alikes::look_alikes;
pub use normalize::{Normalized, normalize};
pub use pinyin::{blurred, readings, syllables};
pub use rewording::Rewording;
pub use script::{is_han, to_simplified};
pub use stop_words::StopWords;
pub use synonyms::{BadLine, Other, Synonyms};
