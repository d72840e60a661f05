//! Which file is an id's? Of several that claim it, the first in the order of paths.

use crate::index::FileRecord;
use crate::model::ArticleId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Who claims which id.
#[derive(Debug, Default)]
pub(super) struct Owners(HashMap<ArticleId, BTreeSet<String>>);

impl Owners {
    /// The claims of files that were indexed.
    pub(super) fn of(files: &BTreeMap<String, FileRecord>) -> Self {
        let mut owners = Self::default();
        for (path, record) in files {
            if let Some(id) = &record.id {
                owners.add(id, path);
            }
        }
        owners
    }

    /// A file claims an id.
    pub(super) fn add(&mut self, id: &ArticleId, path: &str) {
        self.0
            .entry(id.clone())
            .or_default()
            .insert(path.to_owned());
    }

    /// A file gives up its claim.
    pub(super) fn remove(&mut self, id: &ArticleId, path: &str) {
        if let Some(paths) = self.0.get_mut(id) {
            paths.remove(path);
        }
    }

    /// The file whose article is shown under the id.
    pub(super) fn first(&self, id: &ArticleId) -> Option<&str> {
        self.0.get(id)?.first().map(String::as_str)
    }

    /// The files that claim the id in vain.
    pub(super) fn others(&self, id: &ArticleId) -> impl Iterator<Item = &str> {
        let paths = self.0.get(id).into_iter().flatten();
        paths.skip(1).map(String::as_str)
    }
}
