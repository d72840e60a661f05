//! How many live pages are there? A place for each, bounded for each case and in all; given back when the page goes.

use crate::model::CaseId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most live pages of one case; further ones ask again from time to time.
const MAX_OF_CASE: usize = 8;
/// The most live pages in all.
const MAX_IN_ALL: usize = 2_000;

/// The live pages of this server.
#[derive(Debug, Clone, Default)]
pub(super) struct Streams(Arc<Mutex<HashMap<CaseId, usize>>>);

/// One live page.
#[derive(Debug)]
pub(super) struct Place {
    streams: Streams,
    case: CaseId,
}

impl Streams {
    /// A place for a page of a case; `None` when there are enough.
    pub(super) fn enter(&self, case: CaseId) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = open.values().sum();
        let own = open.get(&case).copied().unwrap_or(0);
        if own >= MAX_OF_CASE || all >= MAX_IN_ALL {
            return None;
        }
        open.insert(case, own + 1);
        Some(Place {
            streams: self.clone(),
            case,
        })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .sum()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self
            .streams
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.case) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.case);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_OF_CASE, Streams};
    use crate::model::CaseId;
    use jiff::Timestamp;

    #[test]
    fn many_tabs_of_one_case_share_a_few_places_and_give_them_back() {
        let streams = Streams::default();
        let case = CaseId::generate(Timestamp::UNIX_EPOCH);
        let mut held: Vec<_> = (0..MAX_OF_CASE)
            .filter_map(|_| streams.enter(case))
            .collect();
        assert!(held.len() == MAX_OF_CASE && streams.enter(case).is_none());
        assert!(
            streams
                .enter(CaseId::generate(Timestamp::UNIX_EPOCH))
                .is_some()
        );
        held.pop();
        assert!(streams.enter(case).is_some());
        drop(held);
        assert_eq!(streams.count(), 0);
    }
}
