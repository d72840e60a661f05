//! Which articles does a segment hold? Their heads, read once and shared by every state that holds the segment.

use super::{Head, record};
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::sync::Arc;
use tantivy::schema::{Field, Value as _};
use tantivy::{Searcher, SegmentReader, TantivyDocument};

/// The heads of one segment.
#[derive(Debug)]
pub(super) struct SegmentHeads {
    /// The segment's name, unique in the world.
    pub(super) segment: String,
    heads: Vec<Option<Arc<Head>>>,
    marks: Vec<u128>,
}

impl SegmentHeads {
    /// The head of a document; `None` when it had been removed before the segment was first read.
    pub(super) fn head(&self, doc: u32) -> Option<&Arc<Head>> {
        self.heads.get(doc as usize)?.as_ref()
    }

    /// What changes with anything that a document's record says; 0 where there is none.
    pub(super) fn mark(&self, doc: u32) -> u128 {
        self.marks.get(doc as usize).copied().unwrap_or_default()
    }

    /// The heads of all segments, in their order. Those in `known` are not read again.
    pub(super) fn read_all(
        searcher: &Searcher,
        record: Field,
        known: &HashMap<String, Arc<Self>>,
    ) -> Result<Vec<Arc<Self>>> {
        std::thread::scope(|scope| {
            let readers = searcher.segment_readers().iter();
            let tasks: Vec<_> = readers
                .map(|reader| {
                    let name = reader.segment_id().uuid_string();
                    match known.get(&name) {
                        Some(heads) => Ok(Arc::clone(heads)),
                        None => Err(scope.spawn(move || Self::read(name, reader, record))),
                    }
                })
                .collect();
            tasks
                .into_iter()
                .map(|task| match task {
                    Ok(heads) => Ok(heads),
                    Err(running) => running.join().ok().context("reading a segment failed")?,
                })
                .collect()
        })
    }

    fn read(segment: String, reader: &SegmentReader, record: Field) -> Result<Arc<Self>> {
        let store = reader.get_store_reader(1)?;
        let mut heads = vec![None; reader.max_doc() as usize];
        let mut marks = vec![0; heads.len()];
        let documents = store.iter::<TantivyDocument>(reader.alive_bitset());
        for (doc, stored) in reader.doc_ids_alive().zip(documents) {
            let stored = stored?;
            let bytes = stored.get_first(record).and_then(|value| value.as_bytes());
            let bytes = bytes.context("an article without a record")?;
            heads[doc as usize] = Some(Arc::new(record::decode_head(bytes)?));
            marks[doc as usize] = mark_of(bytes);
        }
        Ok(Arc::new(Self {
            segment,
            heads,
            marks,
        }))
    }
}

/// Sixteen bytes of a hash, as a number.
pub(super) fn mark_of(bytes: &[u8]) -> u128 {
    let mut mark = [0; 16];
    blake3::Hasher::new()
        .update(bytes)
        .finalize_xof()
        .fill(&mut mark);
    u128::from_le_bytes(mark)
}
