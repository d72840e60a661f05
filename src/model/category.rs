//! Where does an article stand? In a folder; the folders are the tree of categories.

use super::{Audience, Lang};
use std::fmt;

/// The path of a category below `kb/`: folder names joined by `/`; empty for the root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct CategoryPath(String);

impl CategoryPath {
    /// The category of the file at `path` (relative to `kb/`, `/` between segments): its folder.
    pub fn of_file(path: &str) -> Self {
        Self(
            path.rsplit_once('/')
                .map_or("", |(folder, _)| folder)
                .to_owned(),
        )
    }

    /// The category at a folder path (relative to `kb/`); surrounding slashes are dropped.
    pub fn new(folder: &str) -> Self {
        Self(folder.trim_matches('/').to_owned())
    }

    /// The path as text, empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root, the category of files that stand directly in `kb/`.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The category that contains this one; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        (!self.is_root()).then(|| Self::of_file(&self.0))
    }

    /// This category and those that contain it, from the outermost; the root is left out.
    pub fn lineage(&self) -> Vec<Self> {
        let ends = self
            .0
            .match_indices('/')
            .map(|(i, _)| i)
            .chain([self.0.len()]);
        ends.filter(|end| *end > 0)
            .map(|end| Self(self.0[..end].to_owned()))
            .collect()
    }

    /// Whether `other` is this category or lies within it. Everything lies within the root.
    pub fn contains(&self, other: &Self) -> bool {
        self.is_root()
            || other
                .0
                .strip_prefix(&self.0)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for CategoryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A category: a folder with what its `_index.md` says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its folder below `kb/`.
    pub path: CategoryPath,
    /// What it is called: the title of `_index.md`, else the folder's name.
    pub title: String,
    /// One sentence about it, or empty.
    pub description: String,
    /// Its place among its siblings: smaller first, those without one last, then by title.
    pub order: Option<i64>,
    /// Who may know of it.
    pub audience: Audience,
    /// The language of its title, where `_index.md` says so; such a category is shown to readers of that language first.
    pub lang: Option<Lang>,
    /// The Markdown of `_index.md` below its front matter, shown above the list of articles.
    pub body: String,
}

#[cfg(test)]
mod tests {
    use super::CategoryPath;

    #[test]
    fn lineage_goes_from_the_outermost_to_itself() {
        let texts = |p: &str| {
            CategoryPath::new(p)
                .lineage()
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(texts("a/b/c"), ["a", "a/b", "a/b/c"]);
        assert!(texts("").is_empty());
        assert_eq!(CategoryPath::of_file("a/b/c.md").as_str(), "a/b");
        assert_eq!(CategoryPath::of_file("c.md").as_str(), "");
    }

    #[test]
    fn contains_itself_and_what_is_below_but_no_namesake() {
        let a = CategoryPath::new("a");
        assert!(a.contains(&CategoryPath::new("a/b")) && a.contains(&a));
        assert!(!a.contains(&CategoryPath::new("ab")) && CategoryPath::default().contains(&a));
    }
}
