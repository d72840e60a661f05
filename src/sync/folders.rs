//! Which categories are there, and what is new about them? The folders that hold Markdown, and what their `_index.md` says.

use super::plan::Plan;
use super::questions::question_at;
use super::scan::Scan;
use super::sources::Sources;
use crate::content::read_category;
use crate::model::{Article, Audience, Category, CategoryPath, Problem, Severity};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The name of the file that describes its folder.
const INDEX_FILE: &str = "_index.md";

/// Whether this is the file that describes its folder.
pub(super) fn is_index(path: &str) -> bool {
    path.rsplit('/').next() == Some(INDEX_FILE)
}

/// The categories as they are now.
#[derive(Debug, Default)]
pub(super) struct Folders {
    categories: BTreeMap<CategoryPath, Category>,
    /// Those of another title or for other readers than before: the articles in and below them must be indexed anew.
    changed: HashSet<CategoryPath>,
    /// What is wrong with the `_index.md` files that were read, by path.
    pub(super) problems: HashMap<String, Vec<Problem>>,
}

impl Folders {
    /// Reads the categories that are new or whose file changed; the others are as in `before`. One whose file cannot be
    /// understood stays as in `last_good`.
    pub(super) fn read<'a>(
        sources: &Sources,
        scan: &Scan,
        plan: &Plan,
        before: &'a [Category],
        last_good: &'a [Category],
    ) -> Self {
        let by_path = |list: &'a [Category]| list.iter().map(|c| (&c.path, c)).collect();
        let known: HashMap<_, _> = by_path(before);
        let last_good: HashMap<_, _> = by_path(last_good);
        let touched: HashSet<CategoryPath> = [&plan.added, &plan.changed, &plan.removed]
            .into_iter()
            .flatten()
            .filter(|path| is_index(path))
            .map(|path| CategoryPath::of_file(path))
            .collect();
        let mut folders = Self::default();
        for path in with_markdown(scan) {
            let old = known.get(&path).copied();
            let category = match old {
                Some(old) if !touched.contains(&path) => old.clone(),
                _ => folders.read_one(sources, &path, last_good.get(&path).copied()),
            };
            let same =
                |old: &Category| (&old.title, old.audience) == (&category.title, category.audience);
            if !old.is_some_and(same) {
                folders.changed.insert(path.clone());
            }
            folders.categories.insert(path, category);
        }
        let gone = known
            .keys()
            .filter(|path| !folders.categories.contains_key(path));
        folders.changed.extend(gone.map(|path| (*path).clone()));
        folders
    }

    fn read_one(
        &mut self,
        sources: &Sources,
        path: &CategoryPath,
        last_good: Option<&Category>,
    ) -> Category {
        let loaded = read_category(sources.root(), path.as_str(), sources.schema());
        let failed = loaded
            .problems
            .iter()
            .any(|p| p.severity == Severity::Error);
        if !loaded.problems.is_empty() {
            self.problems.insert(index_of(path), loaded.problems);
        }
        let now = loaded.category.unwrap_or_else(|| hidden(path, sources));
        let Some(last_good) = last_good.filter(|_| failed) else {
            return now;
        };
        // What can be parsed decides for whom it is, however wrong the rest is: it may be meant to withdraw the category.
        let audiences = &sources.schema().audiences;
        let audience = if loaded.understood {
            now.audience
        } else if loaded.claims.narrow(last_good.audience, audiences) {
            most_privileged(sources)
        } else {
            last_good.audience
        };
        Category {
            audience,
            ..last_good.clone()
        }
    }

    /// All of them, in the order of their paths.
    pub(super) fn list(&self) -> Vec<Category> {
        self.categories.values().cloned().collect()
    }

    /// Whether the file at `path` stands in or below a category that changed.
    pub(super) fn has_changed_above(&self, path: &str) -> bool {
        // Which category a question stands in is known only to who keeps it.
        let anywhere = question_at(path).is_some();
        let above = |path| lineage(&CategoryPath::of_file(path));
        !self.changed.is_empty()
            && (anywhere
                || above(path)
                    .iter()
                    .any(|folder| self.changed.contains(folder)))
    }

    /// An article is never for more readers than the categories it stands in.
    pub(super) fn restrict(&self, article: &mut Article) {
        for folder in lineage(&article.category) {
            let audience = self.categories.get(&folder).map(|c| c.audience);
            article.audience = article.audience.max(audience.unwrap_or_default());
        }
    }

    /// The titles of the categories that an article stands in, from the outermost.
    pub(super) fn titles(&self, category: &CategoryPath) -> Vec<String> {
        let lineage = category.lineage().into_iter();
        lineage
            .filter_map(|folder| Some(self.categories.get(&folder)?.title.clone()))
            .collect()
    }
}

fn lineage(category: &CategoryPath) -> Vec<CategoryPath> {
    let mut lineage = category.lineage();
    lineage.insert(0, CategoryPath::default());
    lineage
}

fn index_of(path: &CategoryPath) -> String {
    if path.is_root() {
        INDEX_FILE.to_owned()
    } else {
        format!("{path}/{INDEX_FILE}")
    }
}

/// All folders that hold Markdown, and those that contain them; the root only when it describes itself.
fn with_markdown(scan: &Scan) -> BTreeSet<CategoryPath> {
    let mut folders = BTreeSet::new();
    let files = scan.files.iter();
    for seen in files.filter(|seen| question_at(&seen.path).is_none()) {
        let folder = CategoryPath::of_file(&seen.path);
        if !folders.contains(&folder) {
            folders.extend(folder.lineage());
        }
        if folder.is_root() && is_index(&seen.path) {
            folders.insert(folder);
        }
    }
    folders
}

/// What stands for a category of which nothing is known: its own setting might have hidden it.
fn hidden(path: &CategoryPath, sources: &Sources) -> Category {
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    Category {
        path: path.clone(),
        title: name.to_owned(),
        description: String::new(),
        order: None,
        audience: most_privileged(sources),
        lang: None,
        body: String::new(),
    }
}

fn most_privileged(sources: &Sources) -> Audience {
    sources.schema().audiences.all().last().unwrap_or_default()
}
