//! How is an article shown? One model for page and API: rendered, with its links as one viewer may follow them.
//!
//! Views are kept on a [`Shelf`] that belongs to one engine and goes away with it, so a kept view is never an old one.

use super::address;
use super::extract::Reading;
use crate::content::{self, Destination, RenderedPage};
use crate::error::Result;
use crate::index::{Head, View};
use crate::model::{Article, ArticleId, Audience, CategoryPath, Kind};
use lru::LruCache;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many related articles are named below an article.
const RELATED: usize = 6;

/// How many bytes rendered articles may take together. The one that was asked for last is kept however large it is.
const KEPT_BYTES: usize = 32 << 20;

/// What a view takes beside its texts, in bytes; roughly.
const VIEW_BYTES: usize = 4096;

/// An address with the text that stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// The text.
    pub(super) text: String,
    /// The address, on this site.
    pub(super) url: String,
}

/// An article as one viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ArticleView {
    /// The article, without what the viewer may not read.
    pub(super) article: Article,
    /// Its text as HTML, and its headings.
    pub(super) page: RenderedPage,
    /// The short answer as plain text: the author's, else the first paragraph.
    pub(super) answer: String,
    /// Its categories, from the outermost.
    pub(super) categories: Vec<Link>,
    /// What to read next.
    pub(super) related: Vec<(ArticleId, Link)>,
}

/// Rendered articles of one engine.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<Books>);

/// What stands on a shelf, and how many bytes it takes.
#[derive(Debug)]
struct Books {
    views: LruCache<(Audience, ArticleId), Arc<ArticleView>>,
    bytes: usize,
}

impl Default for Books {
    fn default() -> Self {
        Self {
            views: LruCache::unbounded(),
            bytes: 0,
        }
    }
}

impl Shelf {
    fn get(&self, key: &(Audience, ArticleId)) -> Option<Arc<ArticleView>> {
        self.lock().views.get(key).cloned()
    }

    /// Keeps a view; those that were asked for longest ago make room for it.
    fn put(&self, key: (Audience, ArticleId), view: &Arc<ArticleView>) {
        let mut books = self.lock();
        books.bytes += view.bytes();
        if let Some(former) = books.views.put(key, Arc::clone(view)) {
            books.bytes -= former.bytes();
        }
        while books.bytes > KEPT_BYTES && books.views.len() > 1 {
            let Some((_, oldest)) = books.views.pop_lru() else {
                return;
            };
            books.bytes -= oldest.bytes();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ArticleView {
    /// Roughly how much memory this takes, in bytes.
    fn bytes(&self) -> usize {
        let parts = self.article.parts.iter().map(|part| part.markdown.len());
        VIEW_BYTES + self.page.html.len() + parts.sum::<usize>()
    }
}

impl Reading {
    /// What this viewer may read.
    pub(super) fn view(&self) -> &View {
        self.engine.view(self.viewer)
    }

    /// An article, rendered; `None` when the viewer may not know of it. Blocks for some milliseconds: call it off the async threads.
    pub(super) fn article(&self, id: &ArticleId) -> Result<Option<Arc<ArticleView>>> {
        // Questions are in the same index, but have pages of their own.
        match id.kind() {
            Kind::Article => self.indexed(id),
            Kind::Question => Ok(None),
        }
    }

    /// The same for whatever the index has, questions too: those of the forum as they were when the database was last asked.
    pub(super) fn indexed(&self, id: &ArticleId) -> Result<Option<Arc<ArticleView>>> {
        let Some(head) = self.view().head(id) else {
            return Ok(None);
        };
        let key = (self.viewer, id.clone());
        if let Some(kept) = self.shelf.get(&key) {
            return Ok(Some(kept));
        }
        let Some(article) = self.view().article(id)? else {
            return Ok(None);
        };
        let view = Arc::new(self.show(head, article)?);
        self.shelf.put(key, &view);
        Ok(Some(view))
    }

    fn show(&self, head: &Head, article: Article) -> Result<ArticleView> {
        let related = self.engine.related(self.viewer, &article.id, RELATED)?;
        let audiences = &self.engine.schema().audiences;
        let narrower = article.narrower();
        let named = narrower
            .iter()
            .map(|(lines, audience)| (lines.clone(), audiences.name(*audience)));
        let narrower: Vec<_> = named.collect();
        let address = |target: &str| self.address_of(&article.path, target);
        Ok(ArticleView {
            page: content::render_for(&article.markdown(), &narrower, &address),
            answer: head.answer.clone(),
            categories: self.lineage(&article.category),
            related: related
                .into_iter()
                .map(|head| (head.id.clone(), link_to(head)))
                .collect(),
            article,
        })
    }

    /// Renders Markdown of the file at `path` below `kb/`, with its links as this viewer may follow them.
    pub(super) fn render(&self, path: &str, markdown: &str) -> RenderedPage {
        content::render(markdown, &|target| self.address_of(path, target))
    }

    /// A category and those that contain it, from the outermost.
    pub(super) fn lineage(&self, category: &CategoryPath) -> Vec<Link> {
        let title = |path: &CategoryPath| self.view().category(path).map(|c| c.title.clone());
        let lineage = category.lineage().into_iter();
        lineage
            .filter_map(|path| {
                Some(Link {
                    text: title(&path)?,
                    url: address::category(&path),
                })
            })
            .collect()
    }

    /// Where a target leads that is written in the file at `path`; `None` for one that is dead, or dead for this viewer.
    fn address_of(&self, path: &str, target: &str) -> Option<String> {
        match content::resolve_link(path, target) {
            Destination::File { path, fragment } => self.place_of(&path).map(|url| url + &fragment),
            Destination::Fragment(fragment) => {
                Some(format!("#{}", fragment.trim_start_matches('#')))
            }
            Destination::Elsewhere(url) => Some(url),
            Destination::Refused => None,
        }
    }

    fn place_of(&self, path: &str) -> Option<String> {
        if let Some(head) = self.view().head_at(path) {
            return Some(address::article(&head.id));
        }
        let folder = path.strip_suffix("_index.md").unwrap_or(path);
        let category = CategoryPath::new(folder);
        if category.is_root() || self.view().category(&category).is_some() {
            return Some(address::category(&category));
        }
        self.view().has_file(path).then(|| address::file(path))
    }
}

/// A link to an article by its title.
pub(super) fn link_to(head: &Head) -> Link {
    Link {
        text: head.title.clone(),
        url: address::article(&head.id),
    }
}

#[cfg(test)]
mod tests {
    use super::{ArticleView, KEPT_BYTES, Shelf};
    use crate::content::RenderedPage;
    use crate::model::{Article, ArticleId, Audience, CategoryPath, Lang, Status};
    use jiff::Timestamp;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn article(id: ArticleId) -> Article {
        Article {
            path: format!("{id}.md"),
            id,
            title: String::new(),
            similar: Vec::new(),
            tags: Vec::new(),
            audience: Audience::PUBLIC,
            answer: None,
            lang: Lang::En,
            products: Vec::new(),
            pinned: Vec::new(),
            related: Vec::new(),
            owner: None,
            review_by: None,
            publish_at: None,
            expire_at: None,
            status: Status::Published,
            aliases: Vec::new(),
            category: CategoryPath::default(),
            order: None,
            updated: Timestamp::UNIX_EPOCH,
            extra: BTreeMap::new(),
            parts: Vec::new(),
        }
    }

    fn view(name: &str, bytes: usize) -> ((Audience, ArticleId), Arc<ArticleView>) {
        let id = ArticleId::parse(name).expect("an id");
        let page = RenderedPage {
            html: "x".repeat(bytes),
            ..RenderedPage::default()
        };
        let view = ArticleView {
            article: article(id.clone()),
            page,
            answer: String::new(),
            categories: Vec::new(),
            related: Vec::new(),
        };
        ((Audience::PUBLIC, id), Arc::new(view))
    }

    #[test]
    fn a_shelf_is_bounded_by_bytes_and_keeps_what_was_asked_for_last() {
        let shelf = Shelf::default();
        let third = KEPT_BYTES / 3;
        let has = |name: &str| shelf.get(&view(name, 0).0).is_some();
        for name in ["a", "b", "a"] {
            let (key, view) = view(name, third);
            shelf.put(key, &view);
        }
        assert!(has("b") && has("a"));
        let (key, large) = view("c", third);
        shelf.put(key, &large);
        assert!(!has("b") && has("a") && has("c"));
        assert!(shelf.lock().bytes <= KEPT_BYTES);
        let (key, huge) = view("d", 2 * KEPT_BYTES);
        shelf.put(key, &huge);
        assert!(has("d") && !has("a") && !has("c"));
    }
}
