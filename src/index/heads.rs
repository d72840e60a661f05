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
}

impl SegmentHeads {
    /// The head of a document; `None` when it had been removed before the segment was first read.
    pub(super) fn head(&self, doc: u32) -> Option<&Arc<Head>> {
        self.heads.get(doc as usize)?.as_ref()
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
        let documents = store.iter::<TantivyDocument>(reader.alive_bitset());
        for (doc, stored) in reader.doc_ids_alive().zip(documents) {
            let stored = stored?;
            let bytes = stored.get_first(record).and_then(|value| value.as_bytes());
            let head = record::decode_head(bytes.context("an article without a record")?)?;
            heads[doc as usize] = Some(Arc::new(head));
        }
        Ok(Arc::new(Self { segment, heads }))
    }
}
