//! Where does a term occur? The engine's posting lists, read zone by zone for a ranking of our own.

use super::schema::{Fields, Zone};
use tantivy::postings::Postings as _;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, Searcher, TERMINATED, Term};

/// One article in which a term occurs, in one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// The article's ordinal in its view.
    pub ordinal: u32,
    /// How often the term occurs there, at least 1.
    pub frequency: u32,
    /// How many terms the zone has there; about, as the engine keeps lengths in one byte.
    pub length: u32,
}

/// Read access to the terms of one view.
#[derive(Clone)]
pub(super) struct Postings {
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
    /// The ordinal of the first document of each segment.
    pub(super) bases: Vec<u32>,
    mean_lengths: [f32; 6],
}

impl std::fmt::Debug for Postings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postings")
            .field("bases", &self.bases)
            .field("mean_lengths", &self.mean_lengths)
            .finish()
    }
}

impl Postings {
    /// Access to what `searcher` sees. Ordinals count documents over its segments in order, removed ones included.
    pub(super) fn new(searcher: Searcher, fields: Fields) -> tantivy::Result<Self> {
        let mut bases = Vec::with_capacity(searcher.segment_readers().len());
        let mut next = 0;
        for segment in searcher.segment_readers() {
            bases.push(next);
            next += segment.max_doc();
        }
        let mean_lengths = mean_lengths(&searcher, &fields)?;
        Ok(Self {
            searcher,
            fields,
            bases,
            mean_lengths,
        })
    }

    /// The mean number of terms of each zone, over the articles in which it is not empty.
    pub(super) fn mean_lengths(&self) -> [f32; 6] {
        self.mean_lengths
    }

    /// Calls `visit` for every live article in which `term` occurs in `zone`, by ascending ordinal.
    pub(super) fn for_each(
        &self,
        zone: Zone,
        term: &str,
        mut visit: impl FnMut(Posting),
    ) -> tantivy::Result<()> {
        let field = self.fields.zones[zone as usize];
        let term = Term::from_field_text(field, term);
        for (segment, base) in self.searcher.segment_readers().iter().zip(&self.bases) {
            let inverted = segment.inverted_index(field)?;
            let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::WithFreqs)?
            else {
                continue;
            };
            let lengths = segment.get_fieldnorms_reader(field)?;
            let alive = segment.alive_bitset();
            let mut doc = postings.doc();
            while doc != TERMINATED {
                if alive.is_none_or(|alive| alive.is_alive(doc)) {
                    visit(Posting {
                        ordinal: base + doc,
                        frequency: postings.term_freq(),
                        length: lengths.fieldnorm(doc),
                    });
                }
                doc = postings.advance();
            }
        }
        Ok(())
    }

    /// Whether `term` occurs in any zone of a live article.
    pub(super) fn has(&self, term: &str) -> tantivy::Result<bool> {
        for zone in Zone::ALL {
            let field = self.fields.zones[zone as usize];
            let term = Term::from_field_text(field, term);
            for segment in self.searcher.segment_readers() {
                let inverted = segment.inverted_index(field)?;
                let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::Basic)?
                else {
                    continue;
                };
                let alive = segment.alive_bitset();
                let mut doc = postings.doc();
                while doc != TERMINATED {
                    if alive.is_none_or(|alive| alive.is_alive(doc)) {
                        return Ok(true);
                    }
                    doc = postings.advance();
                }
            }
        }
        Ok(false)
    }

    /// Calls `visit` with the places at which `term` occurs in `zone`, for every live article that has it.
    pub(super) fn for_each_place(
        &self,
        zone: Zone,
        term: &str,
        mut visit: impl FnMut(u32, &[u32]),
    ) -> tantivy::Result<()> {
        let field = self.fields.zones[zone as usize];
        let term = Term::from_field_text(field, term);
        let mut places = Vec::new();
        for (segment, base) in self.searcher.segment_readers().iter().zip(&self.bases) {
            let inverted = segment.inverted_index(field)?;
            let option = IndexRecordOption::WithFreqsAndPositions;
            let Some(mut postings) = inverted.read_postings(&term, option)? else {
                continue;
            };
            let alive = segment.alive_bitset();
            let mut doc = postings.doc();
            while doc != TERMINATED {
                if alive.is_none_or(|alive| alive.is_alive(doc)) {
                    postings.positions(&mut places);
                    visit(base + doc, &places);
                }
                doc = postings.advance();
            }
        }
        Ok(())
    }

    /// As [`Self::for_each_place`], but only in the documents of `ordinals`, which ascend: lists are skipped through, not read.
    pub(super) fn for_each_place_among(
        &self,
        zone: Zone,
        term: &str,
        ordinals: &[u32],
        mut visit: impl FnMut(u32, &[u32]),
    ) -> tantivy::Result<()> {
        let field = self.fields.zones[zone as usize];
        let term = Term::from_field_text(field, term);
        let mut places = Vec::new();
        for (segment, base) in self.searcher.segment_readers().iter().zip(&self.bases) {
            let from = ordinals.partition_point(|ordinal| ordinal < base);
            let to = ordinals.partition_point(|ordinal| *ordinal < base + segment.max_doc());
            if from == to {
                continue;
            }
            let inverted = segment.inverted_index(field)?;
            let option = IndexRecordOption::WithFreqsAndPositions;
            let Some(mut postings) = inverted.read_postings(&term, option)? else {
                continue;
            };
            for ordinal in &ordinals[from..to] {
                let wanted = ordinal - base;
                if postings.doc() < wanted {
                    postings.seek(wanted);
                }
                if postings.doc() == wanted {
                    postings.positions(&mut places);
                    visit(*ordinal, &places);
                }
            }
        }
        Ok(())
    }
}

/// Counted over live articles, so that an index with removed ones ranks as a fresh one does.
fn mean_lengths(searcher: &Searcher, fields: &Fields) -> tantivy::Result<[f32; 6]> {
    let mut means = [1.0; 6];
    for zone in Zone::ALL {
        let (mut terms, mut articles) = (0_u64, 0_u64);
        for segment in searcher.segment_readers() {
            let lengths = segment.get_fieldnorms_reader(fields.zones[zone as usize])?;
            for doc in segment.doc_ids_alive() {
                let length = u64::from(lengths.fieldnorm(doc));
                terms += length;
                articles += u64::from(length > 0);
            }
        }
        if articles > 0 {
            means[zone as usize] = terms as f32 / articles as f32;
        }
    }
    Ok(means)
}
