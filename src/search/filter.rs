//! May this article be a hit? What a request says hits must be.

use super::facets::texts;
use super::request::Filter;
use crate::index::Head;
use crate::text::normalize;

impl Filter {
    /// Whether nothing is asked.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an article is what is asked: for each key, one of its values.
    pub(super) fn admits(&self, head: &Head) -> bool {
        let any = |wanted: &[String], have: &[String]| {
            wanted.is_empty() || wanted.iter().any(|w| have.iter().any(|h| same(w, h)))
        };
        (self.categories.is_empty() || self.categories.iter().any(|c| c.contains(&head.category)))
            && (self.langs.is_empty() || self.langs.contains(&head.lang))
            && any(&self.tags, &head.tags)
            && any(&self.products, &head.products)
            && self.extra.iter().all(|(name, wanted)| {
                any(wanted, &head.extra.get(name).map(texts).unwrap_or_default())
            })
    }
}

/// Tags and the like are the same in any case, width and script.
pub(super) fn same(a: &str, b: &str) -> bool {
    a == b || normalize(a, true).text() == normalize(b, true).text()
}
