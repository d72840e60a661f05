//! What is asked?

use crate::model::{Audience, CategoryPath, Lang};
use std::collections::BTreeMap;

/// A search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// As typed.
    pub query: String,
    /// Who asks.
    pub viewer: Audience,
    /// What hits must be.
    pub filter: Filter,
    /// What the viewer has: articles about one of these products come a little earlier. None is left out for it.
    pub own: Vec<String>,
    /// How many hits to return.
    pub limit: usize,
    /// How many hits to pass over.
    pub offset: usize,
    /// Whether each hit says why it was found.
    pub explain: bool,
}

/// What hits must be. Several values of one key mean any of them; several keys mean all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// In one of these categories, or below.
    pub categories: Vec<CategoryPath>,
    /// With one of these tags.
    pub tags: Vec<String>,
    /// In one of these languages.
    pub langs: Vec<Lang>,
    /// About one of these products.
    pub products: Vec<String>,
    /// With one of these values in fields that `schema.toml` marks as filters.
    pub extra: BTreeMap<String, Vec<String>>,
}
