//! What does a viewer see? One immutable state of all indexes; every read goes through the view of an audience.

use super::{Contents, Head};
use crate::error::Result;
use crate::model::{Article, ArticleId, Audience, Category, CategoryPath};
use std::sync::Arc;

/// One generation, loaded.
#[derive(Debug, Default)]
pub struct Snapshot {
    generation: String,
    contents: Contents,
    views: Vec<Arc<View>>,
    none: View,
}

impl Snapshot {
    /// The name of its generation.
    pub fn generation(&self) -> &str {
        &self.generation
    }

    /// What it was made from.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// What viewers of `audience` may read.
    pub fn view(&self, audience: Audience) -> &View {
        self.views
            .get(audience.rank().min(self.views.len().saturating_sub(1)))
            .map_or(&self.none, |v| v)
    }
}

/// What the viewers of one audience may read.
#[derive(Debug, Default)]
pub struct View {
    heads: Vec<Head>,
    categories: Vec<Category>,
}

impl View {
    /// How many articles there are.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Whether there is no article.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// All articles, in the order of their ids.
    pub fn heads(&self) -> impl Iterator<Item = &Head> {
        self.heads.iter()
    }

    /// What is at hand of an article.
    pub fn head(&self, id: &ArticleId) -> Option<&Head> {
        self.heads.iter().find(|h| h.id == *id)
    }

    /// The article at a path below `kb/`.
    pub fn head_at(&self, path: &str) -> Option<&Head> {
        self.heads.iter().find(|h| h.path == path)
    }

    /// The article that had this address (starting with `/`, percent-decoded) before.
    pub fn moved(&self, address: &str) -> Option<&Head> {
        self.heads
            .iter()
            .find(|h| h.aliases.iter().any(|a| a == address))
    }

    /// The whole article, without what the audience may not read.
    pub fn article(&self, _id: &ArticleId) -> Result<Option<Article>> {
        Ok(None)
    }

    /// Whether an article in this view shows or links to the file at `path` below `kb/`.
    pub fn has_file(&self, path: &str) -> bool {
        self.heads.iter().any(|h| h.files.iter().any(|f| f == path))
    }

    /// All categories in which (or below which) there is an article, in order: parents first, siblings by `order` and title.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// One category.
    pub fn category(&self, path: &CategoryPath) -> Option<&Category> {
        self.categories.iter().find(|c| c.path == *path)
    }

    /// The articles that stand directly in a category, in the order in which they are listed: by `order`, then by title.
    pub fn in_category(&self, path: &CategoryPath) -> Vec<&Head> {
        self.heads.iter().filter(|h| h.category == *path).collect()
    }

    /// How many articles are in a category or below it.
    pub fn count_within(&self, path: &CategoryPath) -> usize {
        self.heads
            .iter()
            .filter(|h| path.contains(&h.category))
            .count()
    }

    /// The articles that changed last, the newest first.
    pub fn newest(&self, count: usize) -> Vec<&Head> {
        self.heads.iter().take(count).collect()
    }
}
