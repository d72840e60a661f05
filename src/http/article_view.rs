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
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

/// How many related articles are named below an article.
const RELATED: usize = 6;

/// How many rendered articles are kept.
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(511);

/// A view whose HTML is longer than this, in bytes, is not kept: 512 such views are at most 32 MB.
const KEPT_BYTES: usize = 64 * 1024;

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
#[derive(Debug)]
pub(super) struct Shelf(Mutex<LruCache<(Audience, ArticleId), Arc<ArticleView>>>);

impl Default for Shelf {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl Shelf {
    fn get(&self, key: &(Audience, ArticleId)) -> Option<Arc<ArticleView>> {
        let mut views = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        views.get(key).cloned()
    }

    fn put(&self, key: (Audience, ArticleId), view: &Arc<ArticleView>) {
        if view.page.html.len() <= KEPT_BYTES {
            let mut views = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            views.put(key, Arc::clone(view));
        }
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
        let head = self.view().head(id);
        let Some(head) = head.filter(|head| head.id.kind() == Kind::Article) else {
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
        Ok(ArticleView {
            page: self.render(&article.path, &article.markdown()),
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
