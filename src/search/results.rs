//! What is answered?

use crate::model::{ArticleId, CategoryPath, Kind};
use std::collections::BTreeMap;

/// The answer to a search.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Results {
    /// The query, trimmed, as it was searched for.
    pub query: String,
    /// How many articles match.
    pub total: usize,
    /// The page of hits that was asked for, the best first.
    pub hits: Vec<Hit>,
    /// Whether the first hit is probably the answer.
    pub confident: bool,
    /// The first hit's short answer, when `confident`.
    pub answer: Option<DirectAnswer>,
    /// Another spelling that finds more.
    pub did_you_mean: Option<String>,
    /// Whether what the query means was compared with what the articles mean.
    pub by_meaning: bool,
    /// By facet (`category`, `tag`, `lang`, `product` and those of `schema.toml`): how many hits have each value, the most frequent first.
    pub facets: BTreeMap<String, Vec<FacetCount>>,
    /// What was done for it.
    pub work: Work,
}

/// What was done for an answer, in steps and not in time, so that it can be bounded and tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// How many readings of the query were searched for: as typed, with other words, in other spellings.
    pub readings: usize,
    /// How many terms they had together.
    pub terms: usize,
    /// How many entries of posting lists were read.
    pub postings: u64,
}

/// How many hits have a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCount {
    /// The value to filter by.
    pub value: String,
    /// What to show for it (the title of a category, else the value).
    pub label: String,
    /// How many.
    pub count: usize,
}

/// A short answer, given at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectAnswer {
    /// The article that it is from.
    pub id: ArticleId,
    /// Its title.
    pub title: String,
    /// Plain text.
    pub text: String,
}

/// A stretch of a text, marked or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPart {
    /// Plain text as written by its author.
    pub text: String,
    /// Whether it matches the query.
    pub hit: bool,
}

/// One article that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// What it is.
    pub kind: Kind,
    /// Its id.
    pub id: ArticleId,
    /// Its title.
    pub title: String,
    /// The titles of its categories, from the outermost.
    pub category: Vec<String>,
    /// Its category.
    pub category_path: CategoryPath,
    /// How well it matches; comparable within one answer only.
    pub score: f32,
    /// The title in stretches.
    pub title_parts: Vec<TextPart>,
    /// The passage that matches best, in stretches, at most 200 characters.
    pub snippet_parts: Vec<TextPart>,
    /// The heading of that passage, `(text, anchor)`.
    pub heading: Option<(String, String)>,
    /// The similar question that matches better than the title, if one does.
    pub similar: Option<String>,
    /// Whether it comes first because its author pinned it to this query.
    pub pinned: bool,
    /// Whether it is so near to what was asked that it may be offered to somebody who did not ask for a list.
    pub near: bool,
    /// Why it was found; only when asked for.
    pub explanation: Option<Explanation>,
}

/// Why a hit was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explanation {
    /// What added to the score, the largest first.
    pub contributions: Vec<Contribution>,
}

/// One thing that added to a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// The term of the query, or the name of a ranking feature.
    pub term: String,
    /// The fields that it matched in.
    pub fields: Vec<String>,
    /// What it added.
    pub score: f32,
}

/// One line offered while the reader types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The article.
    pub id: ArticleId,
    /// Its title.
    pub title: String,
    /// The title in stretches.
    pub title_parts: Vec<TextPart>,
    /// The titles of its categories, from the outermost.
    pub category: Vec<String>,
}
