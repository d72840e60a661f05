//! Which article answers this? Queries in, hits, suggestions and related articles out.

mod abbreviation;
mod answer;
mod compare;
mod engine;
pub mod evaluate;
mod explain;
mod facets;
mod feature;
mod filter;
mod find;
mod found;
pub mod judged;
mod lookup;
mod meaning;
mod near;
mod negation;
mod phrase;
mod query;
mod question_words;
mod rank;
mod recommend;
mod related;
mod request;
mod rerank;
mod results;
mod snippet;
mod spelling;
mod suggest;
mod titles;
mod vocabulary;

pub use engine::Engine;
pub use feature::{Feature, LeftOut};
pub use meaning::Meaning;
pub use recommend::{Because, recommend};
pub use request::{Filter, Request};
pub use results::{
    Contribution, DirectAnswer, Explanation, FacetCount, Hit, Results, Suggestion, TextPart, Work,
};
