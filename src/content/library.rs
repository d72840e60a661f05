//! Which articles and categories are there? The whole of `kb/`, or one file of it.

use crate::config::Schema;
use crate::model::{Article, Category, Problem};
use std::path::Path;

/// Everything below `kb/`, with all that is wrong with it.
#[derive(Debug, Default)]
pub struct Library {
    /// All articles that could be read, in the order of their paths.
    pub articles: Vec<Article>,
    /// All categories, the root (if it has an `_index.md`) included, in the order of their paths.
    pub categories: Vec<Category>,
    /// Everything found wrong, in the order of path and line.
    pub problems: Vec<Problem>,
}

/// One article's file, read.
#[derive(Debug, Default)]
pub struct LoadedArticle {
    /// The article; `None` when an error keeps it from being shown.
    pub article: Option<Article>,
    /// What is wrong with the file, seen for itself.
    pub problems: Vec<Problem>,
}

/// One category's `_index.md`, read.
#[derive(Debug, Default)]
pub struct LoadedCategory {
    /// The category; a folder without `_index.md` has one with the folder's name for a title.
    pub category: Option<Category>,
    /// What is wrong with the file.
    pub problems: Vec<Problem>,
}

/// The paths of all Markdown files below `root` (relative, `/` between segments, sorted), `_index.md` included; hidden files,
/// other kinds of file, and links that lead out of `root` are left out.
pub fn list_files(_root: &Path) -> Vec<String> {
    Vec::new()
}

/// Reads one article. `path` is relative to `root`. The file is never followed out of `root`.
pub fn read_article(_root: &Path, _path: &str, _schema: &Schema) -> LoadedArticle {
    LoadedArticle::default()
}

/// Reads the category of one folder; `folder` is relative to `root`.
pub fn read_category(_root: &Path, _folder: &str, _schema: &Schema) -> LoadedCategory {
    LoadedCategory::default()
}

/// Reads everything below `root`. Problems are those of single files and duplicate ids (of which the first in path order is kept).
pub fn load_library(_root: &Path, _schema: &Schema) -> Library {
    Library::default()
}

/// All that is wrong with a library: what reading it found, and what only shows when the files are seen together or looked at closely.
pub fn check_library(
    _root: &Path,
    library: &Library,
    _schema: &Schema,
    _now: jiff::Timestamp,
) -> Vec<Problem> {
    library.problems.clone()
}
