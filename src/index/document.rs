//! What is indexed of an article, and what is kept at hand of it?

use super::Signature;
use crate::model::{Article, ArticleId, CategoryPath, Lang, Passage, Value};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// An article as one audience sees it, ready to be indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The article, already without what the audience may not read.
    pub article: Article,
    /// The plain text of its Markdown.
    pub passages: Vec<Passage>,
    /// The short answer as plain text: the author's, else the first paragraph.
    pub answer: String,
    /// The titles of its categories, from the outermost.
    pub category_titles: Vec<String>,
    /// Files below `kb/` that it shows or links to (no articles), as paths relative to `kb/`.
    pub files: Vec<String>,
}

/// What is kept in memory of every article: enough for lists, filters and facets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its id.
    pub id: ArticleId,
    /// Its file, relative to `kb/`.
    pub path: String,
    /// Its title.
    pub title: String,
    /// Other ways people ask it.
    pub similar: Vec<String>,
    /// The short answer as plain text, at most 300 characters.
    pub answer: String,
    /// Its folder.
    pub category: CategoryPath,
    /// Its place in its category.
    pub order: Option<i64>,
    /// Labels.
    pub tags: Vec<String>,
    /// Its language.
    pub lang: Lang,
    /// The products it is about.
    pub products: Vec<String>,
    /// Queries for which it comes first.
    pub pinned: Vec<String>,
    /// Articles its author names as related.
    pub related: Vec<ArticleId>,
    /// Former addresses.
    pub aliases: Vec<String>,
    /// When it last changed.
    pub updated: Timestamp,
    /// Fields that `schema.toml` adds.
    pub extra: BTreeMap<String, Value>,
    /// Files it shows or links to.
    pub files: Vec<String>,
    /// Its questions, for comparison with queries.
    pub signature: Signature,
}

impl Head {
    /// Whether it is about one of these products.
    pub fn is_about(&self, products: &[String]) -> bool {
        self.products.iter().any(|own| products.contains(own))
    }
}
