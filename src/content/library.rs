//! Which articles and categories are there? The whole of `kb/`, or one file of it.

use super::article::{self, LoadedArticle};
use super::category::{self, LoadedCategory, is_index};
use super::source::{Explain, file_problem};
use super::{codes, files};
use crate::config::Schema;
use crate::model::{Article, ArticleId, Audience, Category, CategoryPath, Problem};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// The paths of all Markdown files below `root` (relative, `/` between segments, sorted), `_index.md` included; hidden files,
/// other kinds of file, and links that lead out of `root` are left out.
pub fn list_files(root: &Path) -> files::Listing {
    files::list(root)
}

/// Reads one article. `path` is relative to `root`. The file is never followed out of `root`.
///
/// An article is never for more readers than the categories it stands in, so a change of an `_index.md` may change all
/// articles below it.
pub fn read_article(root: &Path, path: &str, schema: &Schema) -> LoadedArticle {
    let mut loaded = read_article_alone(root, path, schema);
    if let Some(article) = &mut loaded.article {
        let folders = std::iter::once(CategoryPath::default()).chain(article.category.lineage());
        for folder in folders {
            let category = category::read(root, folder.as_str(), schema).category;
            article.audience = article
                .audience
                .max(category.map(|c| c.audience).unwrap_or_default());
        }
    }
    loaded
}

/// Reads one article as [`read_article`] does, but for the audience that its own file says: who knows the categories that it
/// stands in must restrict it to theirs.
pub fn read_article_alone(root: &Path, path: &str, schema: &Schema) -> LoadedArticle {
    article::read(root, path, schema)
}

/// Reads one article from bytes that are in no folder, as [`read_article_alone`] reads a file: whatever the bytes are. More than
/// `schema.limits.article_bytes` are not expected here.
pub fn parse_article(path: &str, bytes: &[u8], schema: &Schema) -> LoadedArticle {
    article::from_bytes(path, bytes, schema)
}

/// Reads the category of one folder; `folder` is relative to `root`.
pub fn read_category(root: &Path, folder: &str, schema: &Schema) -> LoadedCategory {
    category::read(root, folder, schema)
}

/// Reads everything below `root`. Problems are those of single files and duplicate ids (of which the first in path order is kept).
pub fn load_library(root: &Path, schema: &Schema) -> Library {
    let listing = files::list(root);
    let mut problems = listing.problems;
    let (indexes, articles): (Vec<String>, Vec<String>) =
        listing.files.into_iter().partition(|path| is_index(path));
    let folders = folders(&indexes, &articles);
    let categories: Vec<Category> = in_parallel(&folders, |folder| {
        category::read(root, folder.as_str(), schema)
    })
    .into_iter()
    .filter_map(|loaded| {
        problems.extend(loaded.problems);
        loaded.category
    })
    .collect();
    let audiences = inherited(&categories);
    let mut library = Library {
        categories,
        ..Library::default()
    };
    let mut taken: HashMap<ArticleId, String> = HashMap::new();
    for loaded in in_parallel(&articles, |path| article::read(root, path, schema)) {
        problems.extend(loaded.problems);
        let Some(mut article) = loaded.article else {
            continue;
        };
        article.audience = article
            .audience
            .max(audience_of(&audiences, &article.category));
        if let Some(first) = taken.get(&article.id) {
            problems.push(duplicate_id(&article.path, &article.id, first));
        } else {
            taken.insert(article.id.clone(), article.path.clone());
            library.articles.push(article);
        }
    }
    sort(&mut problems);
    library.problems = problems;
    library
}

/// All folders that hold Markdown, and those that contain them; the root only when it describes itself.
fn folders(indexes: &[String], articles: &[String]) -> Vec<CategoryPath> {
    let mut folders = BTreeSet::new();
    for path in indexes.iter().chain(articles) {
        let folder = CategoryPath::of_file(path);
        folders.extend(folder.lineage());
        if folder.is_root() && is_index(path) {
            folders.insert(folder);
        }
    }
    folders.into_iter().collect()
}

/// The audience of each category that is not for all.
fn inherited(categories: &[Category]) -> HashMap<CategoryPath, Audience> {
    categories
        .iter()
        .filter(|category| category.audience != Audience::PUBLIC)
        .map(|category| (category.path.clone(), category.audience))
        .collect()
}

fn audience_of(audiences: &HashMap<CategoryPath, Audience>, folder: &CategoryPath) -> Audience {
    if audiences.is_empty() {
        return Audience::PUBLIC;
    }
    std::iter::once(CategoryPath::default())
        .chain(folder.lineage())
        .filter_map(|folder| audiences.get(&folder).copied())
        .max()
        .unwrap_or_default()
}

/// The problem of a file at `path` whose article's `id` is that of the file `first`.
pub fn duplicate_id(path: &str, id: &ArticleId, first: &str) -> Problem {
    let message = format!("the id `{id}` is already that of `{first}`");
    file_problem(path, codes::DUPLICATE_ID, message)
        .help("give one of them another `id`; until then this one is not shown")
}

/// Orders problems by path, place and code.
pub(super) fn sort(problems: &mut [Problem]) {
    let place = |problem: &Problem| {
        problem
            .place
            .as_ref()
            .map_or((0, 0), |p| (p.line, p.column))
    };
    problems.sort_by(|a, b| (&a.path, place(a), a.code).cmp(&(&b.path, place(b), b.code)));
}

/// Does `work` on all items, on as many threads as there are processors, and gives the results in the order of the items.
pub(super) fn in_parallel<'a, T: Sync, R: Send>(
    items: &'a [T],
    work: impl Fn(&'a T) -> R + Sync,
) -> Vec<R> {
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let (next, work) = (&next, &work);
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let take = move || {
            std::iter::from_fn(|| {
                let at = next.fetch_add(1, Ordering::Relaxed);
                items.get(at).map(|item| (at, work(item)))
            })
            .collect::<Vec<_>>()
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        workers
            .into_iter()
            .flat_map(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}
