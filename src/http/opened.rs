//! What do visitors open most? A list that is made anew from time to time, the same for a request from its beginning to its end.

use super::address::id_of;
use crate::index::View;
use crate::model::ArticleId;

/// Articles and questions, the most opened first.
#[derive(Debug, Default)]
pub(super) struct Opened {
    ids: Vec<ArticleId>,
}

impl Opened {
    /// Of addresses as in `/a/account/password`; others are left out.
    pub(super) fn of(addresses: &[String]) -> Self {
        let ids: Vec<ArticleId> = addresses.iter().filter_map(|a| id_of(a)).collect();
        Self { ids }
    }

    /// The articles, in order.
    pub(super) fn ids(&self) -> &[ArticleId] {
        &self.ids
    }

    /// What distinguishes this list from others, as far as a viewer may know of it.
    pub(super) fn mark(&self, view: &View) -> Vec<u8> {
        let seen = self.ids.iter().filter(|id| view.head(id).is_some());
        let mut hasher = blake3::Hasher::new();
        for id in seen {
            hasher.update(id.as_str().as_bytes()).update(b"\0");
        }
        hasher.finalize().as_bytes()[..16].to_vec()
    }
}
