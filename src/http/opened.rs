//! What do visitors open most? A list that is made anew from time to time, the same for a request from its beginning to its end.

use super::address::id_of;
use crate::model::ArticleId;

/// Articles and questions, the most opened first.
#[derive(Debug, Default)]
pub(super) struct Opened {
    ids: Vec<ArticleId>,
    mark: [u8; 16],
}

impl Opened {
    /// Of addresses as in `/a/account/password`; others are left out.
    pub(super) fn of(addresses: &[String]) -> Self {
        let ids: Vec<ArticleId> = addresses.iter().filter_map(|a| id_of(a)).collect();
        let mut hasher = blake3::Hasher::new();
        for id in &ids {
            hasher.update(id.as_str().as_bytes()).update(b"\0");
        }
        let mut mark = [0; 16];
        hasher.finalize_xof().fill(&mut mark);
        Self { ids, mark }
    }

    /// The articles, in order.
    pub(super) fn ids(&self) -> &[ArticleId] {
        &self.ids
    }

    /// What distinguishes this list from others.
    pub(super) fn mark(&self) -> &[u8] {
        &self.mark
    }
}
