//! Which article answers this? Queries in, hits, suggestions and related articles out.

mod engine;
mod request;
mod results;

pub use engine::Engine;
pub use request::{Filter, Request};
pub use results::{
    Contribution, DirectAnswer, Explanation, FacetCount, Hit, Kind, Results, Suggestion, TextPart,
};
