//! In which zones does a term occur, and in how many articles? Looked up once, then read whole or skipped through.

use super::postings::{Posting, Postings};
use super::schema::Zone;
use tantivy::fastfield::AliveBitSet;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings as _, SegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, TERMINATED, Term};

/// The posting lists of one term, of all zones and segments.
#[derive(Debug, Default)]
pub struct TermLists(Vec<(Zone, usize, TermInfo)>);

impl TermLists {
    /// The sum of the lengths of its lists: at least the number of articles that have it.
    pub fn postings(&self) -> usize {
        let lengths = self.0.iter().map(|(_, _, info)| info.doc_freq as usize);
        lengths.sum()
    }
}

/// One list, at one of its articles.
struct List<'a> {
    base: u32,
    end: u32,
    postings: SegmentPostings,
    lengths: FieldNormReader,
    alive: Option<&'a AliveBitSet>,
}

impl List<'_> {
    /// Where it stands; `None` at an article that was removed.
    fn posting(&self) -> Option<Posting> {
        let doc = self.postings.doc();
        let alive = self.alive.is_none_or(|alive| alive.is_alive(doc));
        alive.then(|| Posting {
            ordinal: self.base + doc,
            frequency: self.postings.term_freq(),
            length: self.lengths.fieldnorm(doc),
        })
    }
}

impl Postings {
    /// Finds the lists of a term.
    pub(super) fn lists(&self, term: &str) -> tantivy::Result<TermLists> {
        let mut lists = Vec::new();
        for zone in Zone::ALL {
            let term = Term::from_field_text(self.fields.zones[zone as usize], term);
            for (at, segment) in self.searcher.segment_readers().iter().enumerate() {
                let inverted = segment.inverted_index(term.field())?;
                if let Some(info) = inverted.get_term_info(&term)? {
                    lists.push((zone, at, info));
                }
            }
        }
        Ok(TermLists(lists))
    }

    /// Calls `visit` for every live article of these lists: zone by zone, each by ascending ordinal.
    pub(super) fn read(
        &self,
        lists: &TermLists,
        mut visit: impl FnMut(Zone, Posting),
    ) -> tantivy::Result<()> {
        for (zone, at, info) in &lists.0 {
            let mut list = self.open(*zone, *at, info)?;
            while list.postings.doc() != TERMINATED {
                if let Some(posting) = list.posting() {
                    visit(*zone, posting);
                }
                list.postings.advance();
            }
        }
        Ok(())
    }

    /// The same, only for those of `ordinals`, which ascend. Lists are skipped through.
    pub(super) fn read_among(
        &self,
        lists: &TermLists,
        ordinals: &[u32],
        mut visit: impl FnMut(Zone, Posting),
    ) -> tantivy::Result<()> {
        debug_assert!(ordinals.is_sorted(), "lists are skipped through forwards");
        for (zone, at, info) in &lists.0 {
            let mut list = self.open(*zone, *at, info)?;
            let from = ordinals.partition_point(|ordinal| *ordinal < list.base);
            let wanted = ordinals[from..]
                .iter()
                .take_while(|ordinal| **ordinal < list.end);
            for doc in wanted.filter_map(|ordinal| ordinal.checked_sub(list.base)) {
                if list.postings.doc() < doc {
                    list.postings.seek(doc);
                }
                if list.postings.doc() == doc
                    && let Some(posting) = list.posting()
                {
                    visit(*zone, posting);
                }
            }
        }
        Ok(())
    }

    fn open(&self, zone: Zone, at: usize, info: &TermInfo) -> tantivy::Result<List<'_>> {
        let field = self.fields.zones[zone as usize];
        let segment = self
            .searcher
            .segment_reader(u32::try_from(at).unwrap_or(u32::MAX));
        let inverted = segment.inverted_index(field)?;
        let with = IndexRecordOption::WithFreqs;
        Ok(List {
            base: self.bases[at],
            end: self.bases[at] + segment.max_doc(),
            postings: inverted.read_postings_from_terminfo(info, with)?,
            lengths: segment.get_fieldnorms_reader(field)?,
            alive: segment.alive_bitset(),
        })
    }
}
