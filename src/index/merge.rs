//! Which segments become one? Enough that a search looks into few, and that what was removed does not linger.

use tantivy::index::SegmentMeta;
use tantivy::merge_policy::{LogMergePolicy, MergeCandidate, MergePolicy};

/// Small segments are merged by eights; one of which a tenth was removed is written anew.
#[derive(Debug)]
pub(super) struct KeepTidy;

impl MergePolicy for KeepTidy {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let mut policy = LogMergePolicy::default();
        policy.set_min_layer_size(32);
        policy.set_min_num_segments(8);
        policy.set_del_docs_ratio_before_merge(0.1);
        policy.compute_merge_candidates(segments)
    }
}
