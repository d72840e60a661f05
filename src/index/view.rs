//! What may the viewers of one audience read? One index, with the lists that pages need made ready.

use super::heads::{SegmentHeads, mark_of};
use super::memory::MemoryDirectory;
use super::postings::{Posting, Postings};
use super::schema::{Fields, Zone, engine_schema};
use super::term_lists::TermLists;
use super::vectors::{self, VectorFile, Vectors};
use super::{Contents, Document, Head, record};
use crate::error::{Error, Result};
use crate::model::{Article, ArticleId, Audience, Category, CategoryPath, Kind};
use anyhow::Context;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use tantivy::schema::Value as _;
use tantivy::{DocAddress, Index, ReloadPolicy, Searcher, TantivyDocument};

/// How many blocks of records (16 KiB each) of a segment are kept uncompressed.
const CACHED_BLOCKS: usize = 64;

/// What the viewers of one audience may read.
///
/// Every article has an *ordinal*: its place in the index. Ordinals go from 0 to [`View::ordinals`], with gaps where
/// articles were replaced, and mean nothing in another view.
#[derive(Debug, Default)]
pub struct View {
    pub(super) directory: MemoryDirectory,
    pub(super) segments: Vec<Arc<SegmentHeads>>,
    searcher: Option<Searcher>,
    postings: Option<Postings>,
    bases: Vec<u32>,
    heads: Vec<Option<Arc<Head>>>,
    by_id: Vec<u32>,
    by_path: Vec<u32>,
    by_category: Vec<u32>,
    by_time: Vec<u32>,
    by_file: Vec<(u32, u32)>,
    moved: HashMap<String, u32>,
    categories: Vec<Category>,
    counts: HashMap<CategoryPath, usize>,
    vectors: Option<Vectors>,
    mark: u128,
}

impl View {
    /// Opens the index in `directory`. Heads of segments in `known` are not read again.
    pub(super) fn open(
        directory: MemoryDirectory,
        audience: Audience,
        categories: &[Category],
        known: &HashMap<String, Arc<SegmentHeads>>,
    ) -> anyhow::Result<Self> {
        let index = Index::open(directory.clone())?;
        let (_, fields) = engine_schema();
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(CACHED_BLOCKS)
            .try_into()?;
        let searcher = reader.searcher();
        let postings = Postings::new(searcher.clone(), fields)?;
        let segments = SegmentHeads::read_all(&searcher, fields.record, known)?;
        let mut view = Self {
            directory,
            segments,
            searcher: Some(searcher),
            postings: Some(postings),
            ..Self::default()
        };
        view.place_heads();
        view.make_lists();
        view.choose_categories(audience, categories);
        Ok(view)
    }

    fn place_heads(&mut self) {
        let readers = self.searcher.iter().flat_map(|s| s.segment_readers());
        for (segment, reader) in self.segments.iter().zip(readers) {
            self.bases
                .push(u32::try_from(self.heads.len()).unwrap_or(u32::MAX));
            let alive = |doc: u32| !reader.is_deleted(doc);
            for doc in (0..reader.max_doc()).filter(|doc| alive(*doc)) {
                self.mark = self.mark.wrapping_add(segment.mark(doc));
            }
            self.heads.extend(
                (0..reader.max_doc()).map(|doc| segment.head(doc).filter(|_| alive(doc)).cloned()),
            );
        }
    }

    fn make_lists(&mut self) {
        let all: Vec<(u32, &Head)> = (0u32..)
            .zip(&self.heads)
            .filter_map(|(at, head)| Some((at, head.as_deref()?)))
            .collect();
        self.by_id = sorted(&all, |h| h.id.as_str());
        self.by_path = sorted(&all, |h| h.path.as_str());
        // Questions have lists of their own, where they are kept.
        let articles: Vec<(u32, &Head)> = all
            .iter()
            .filter(|(_, head)| head.id.kind() == Kind::Article)
            .copied()
            .collect();
        self.by_category = sorted(&articles, |h| {
            let place = (h.order.is_none(), h.order);
            (h.category.as_str(), place, h.title.as_str(), h.id.as_str())
        });
        self.by_time = sorted(&articles, |h| (Reverse(h.updated), h.id.as_str()));
        let mut files: Vec<(&str, (u32, u32))> = Vec::new();
        for &(at, head) in &articles {
            files.extend(
                (0u32..)
                    .zip(&head.files)
                    .map(|(i, f)| (f.as_str(), (at, i))),
            );
            for category in head.category.lineage() {
                *self.counts.entry(category).or_default() += 1;
            }
            *self.counts.entry(CategoryPath::default()).or_default() += 1;
        }
        files.sort_unstable();
        self.by_file = files.into_iter().map(|(_, place)| place).collect();
        for &at in &self.by_id {
            let Some(head) = &self.heads[at as usize] else {
                continue;
            };
            for alias in &head.aliases {
                self.moved.entry(alias.clone()).or_insert(at);
            }
        }
    }

    fn choose_categories(&mut self, audience: Audience, categories: &[Category]) {
        self.categories = super::categories::in_order(categories, |category| {
            audience.may_read(category.audience) && self.counts.contains_key(&category.path)
        });
    }

    /// Takes the vectors that lie in its folder, those of articles that are as they were; `held` are those of the last
    /// generation, and need not be read again where they are the same.
    pub(super) fn open_vectors(&mut self, contents: &Contents, held: Option<&Vectors>) {
        let Some(bytes) = self.directory.file(vectors::FILE) else {
            return;
        };
        let same = held.map(Vectors::file).filter(|file| file.is(&bytes));
        let file = match same {
            Some(file) => Ok(Arc::clone(file)),
            None => VectorFile::open(bytes).map(Arc::new),
        };
        let file = match file {
            Ok(file) => file,
            Err(why) => return tracing::warn!("the vectors of the index cannot be used: {why}"),
        };
        let ordinal = |id: &ArticleId, source: &str| {
            let path = &self.head(id)?.path;
            let record = contents.files.get(path)?;
            self.ordinal_of(id).filter(|_| record.hash == source)
        };
        self.vectors = Some(Vectors::of(file, ordinal));
    }

    /// Changes with whatever the viewers of this audience may read, and with nothing else: not with what is hidden from them.
    pub fn mark(&self) -> u128 {
        let vectors = self.vectors.as_ref();
        let others = format!(
            "{:?} {:?}",
            self.categories,
            vectors.map(|vectors| (vectors.len(), vectors.fingerprint()))
        );
        self.mark.wrapping_add(mark_of(others.as_bytes()))
    }

    /// What its articles mean, as far as that is known.
    pub fn vectors(&self) -> Option<&Vectors> {
        self.vectors.as_ref()
    }

    /// How many articles there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is no article.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// All articles, in the order of their ids.
    pub fn heads(&self) -> impl Iterator<Item = &Head> {
        self.by_id.iter().filter_map(|at| self.head_by_ordinal(*at))
    }

    /// What is at hand of an article.
    pub fn head(&self, id: &ArticleId) -> Option<&Head> {
        self.head_by_ordinal(self.ordinal_of(id)?)
    }

    /// The article at a path below `kb/`.
    pub fn head_at(&self, path: &str) -> Option<&Head> {
        let place = self.by_path.partition_point(|at| self.path(*at) < path);
        let head = self.head_by_ordinal(*self.by_path.get(place)?)?;
        (head.path == path).then_some(head)
    }

    /// The article that had this address (starting with `/`, percent-decoded) before.
    pub fn moved(&self, address: &str) -> Option<&Head> {
        self.head_by_ordinal(*self.moved.get(address)?)
    }

    /// The whole article, without what the audience may not read.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub fn article(&self, id: &ArticleId) -> Result<Option<Article>> {
        Ok(self.document(id)?.map(|document| document.article))
    }

    /// The whole article with its plain text, as it was indexed.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub fn document(&self, id: &ArticleId) -> Result<Option<Document>> {
        self.ordinal_of(id)
            .map(|ordinal| self.document_by_ordinal(ordinal))
            .transpose()
    }

    /// The whole article at an ordinal.
    ///
    /// # Errors
    /// `Internal` when there is none or the index is damaged in memory.
    pub fn document_by_ordinal(&self, ordinal: u32) -> Result<Document> {
        self.read_record(ordinal)
            .map_err(|why| Error::internal("an article could not be read from the index", why))
    }

    fn read_record(&self, ordinal: u32) -> anyhow::Result<Document> {
        let searcher = self.searcher.as_ref().context("an empty view")?;
        let address = self.address(ordinal).context("no such place")?;
        let stored: TantivyDocument = searcher.doc(address)?;
        let (_, Fields { record, .. }) = engine_schema();
        let bytes = stored.get_first(record).and_then(|value| value.as_bytes());
        record::decode(bytes.context("an article without a record")?)
    }

    /// Whether an article in this view shows or links to the file at `path` below `kb/`.
    pub fn has_file(&self, path: &str) -> bool {
        let place = self
            .by_file
            .binary_search_by(|place| self.file(*place).cmp(path));
        place.is_ok()
    }

    /// All categories in which (or below which) there is an article, in order: parents first, siblings by `order` and title.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// One category.
    pub fn category(&self, path: &CategoryPath) -> Option<&Category> {
        self.categories.iter().find(|c| c.path == *path)
    }

    /// The articles that stand directly in a category, in the order in which they are listed: by `order`, then by title.
    pub fn in_category(&self, path: &CategoryPath) -> Vec<&Head> {
        let category = |at: &u32| {
            self.head_by_ordinal(*at)
                .map_or("", |head| head.category.as_str())
        };
        let from = self
            .by_category
            .partition_point(|at| category(at) < path.as_str());
        self.by_category[from..]
            .iter()
            .take_while(|at| category(at) == path.as_str())
            .filter_map(|at| self.head_by_ordinal(*at))
            .collect()
    }

    /// How many articles are in a category or below it.
    pub fn count_within(&self, path: &CategoryPath) -> usize {
        self.counts.get(path).copied().unwrap_or_default()
    }

    /// The articles that changed last, the newest first.
    pub fn newest(&self, count: usize) -> Vec<&Head> {
        let newest = self.by_time.iter().take(count);
        newest.filter_map(|at| self.head_by_ordinal(*at)).collect()
    }

    /// One more than the last ordinal.
    pub fn ordinals(&self) -> u32 {
        u32::try_from(self.heads.len()).unwrap_or(u32::MAX)
    }

    /// The ordinal of an article.
    pub fn ordinal_of(&self, id: &ArticleId) -> Option<u32> {
        let key = |at: &u32| self.head_by_ordinal(*at).map(|head| &head.id);
        let place = self.by_id.binary_search_by(|at| key(at).cmp(&Some(id)));
        place.ok().map(|place| self.by_id[place])
    }

    /// The article at an ordinal; `None` in a gap.
    pub fn head_by_ordinal(&self, ordinal: u32) -> Option<&Head> {
        self.heads.get(ordinal as usize)?.as_deref()
    }

    /// The mean number of terms of each zone, over the articles in which it is not empty; in the order of [`Zone::ALL`].
    pub fn mean_lengths(&self) -> [f32; 6] {
        self.postings
            .as_ref()
            .map_or([1.0; 6], Postings::mean_lengths)
    }

    /// Calls `visit` for every article in which `term` (a normal form) occurs in `zone`, by ascending ordinal.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub fn for_each_posting(
        &self,
        zone: Zone,
        term: &str,
        visit: impl FnMut(Posting),
    ) -> Result<()> {
        let Some(postings) = &self.postings else {
            return Ok(());
        };
        postings.for_each(zone, term, visit).map_err(unreadable)
    }

    /// The lists of a term (a normal form).
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub fn lists(&self, term: &str) -> Result<TermLists> {
        let found = self.postings.as_ref().map(|postings| postings.lists(term));
        found
            .unwrap_or_else(|| Ok(TermLists::default()))
            .map_err(unreadable)
    }

    /// Calls `visit` for every article of the lists: zone by zone, in each by ascending ordinal. With `among`, which must
    /// ascend, only for those ordinals.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub fn read_lists(
        &self,
        lists: &TermLists,
        among: Option<&[u32]>,
        visit: impl FnMut(Zone, Posting),
    ) -> Result<()> {
        let Some(postings) = &self.postings else {
            return Ok(());
        };
        let read = match among {
            Some(ordinals) => postings.read_among(lists, ordinals, visit),
            None => postings.read(lists, visit),
        };
        read.map_err(unreadable)
    }

    /// Whether any article has `term` (a normal form) anywhere.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub fn has(&self, term: &str) -> Result<bool> {
        let postings = self.postings.as_ref();
        postings.map_or(Ok(false), |postings| postings.has(term).map_err(unreadable))
    }

    /// Calls `visit` with the places at which `term` occurs in `zone`, for every article that has it there. Two texts of one
    /// zone never have neighbouring places.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub fn for_each_place(
        &self,
        zone: Zone,
        term: &str,
        visit: impl FnMut(u32, &[u32]),
    ) -> Result<()> {
        let Some(postings) = &self.postings else {
            return Ok(());
        };
        postings
            .for_each_place(zone, term, visit)
            .map_err(unreadable)
    }

    /// As [`Self::for_each_place`], but only in the articles of `ordinals`, which ascend and have not been removed.
    ///
    /// # Errors
    /// `Internal` when the index is damaged in memory.
    pub fn for_each_place_among(
        &self,
        zone: Zone,
        term: &str,
        ordinals: &[u32],
        visit: impl FnMut(u32, &[u32]),
    ) -> Result<()> {
        let Some(postings) = &self.postings else {
            return Ok(());
        };
        postings
            .for_each_place_among(zone, term, ordinals, visit)
            .map_err(unreadable)
    }

    fn address(&self, ordinal: u32) -> Option<DocAddress> {
        let segment = self
            .bases
            .partition_point(|base| *base <= ordinal)
            .checked_sub(1)?;
        let doc = ordinal - self.bases[segment];
        Some(DocAddress::new(u32::try_from(segment).ok()?, doc))
    }

    fn path(&self, ordinal: u32) -> &str {
        self.head_by_ordinal(ordinal).map_or("", |head| &head.path)
    }

    fn file(&self, (ordinal, place): (u32, u32)) -> &str {
        self.head_by_ordinal(ordinal)
            .and_then(|head| head.files.get(place as usize))
            .map_or("", String::as_str)
    }
}

fn unreadable(why: tantivy::TantivyError) -> Error {
    Error::internal("the index could not be read", why)
}

fn sorted<'a, K: Ord>(all: &[(u32, &'a Head)], key: impl Fn(&'a Head) -> K) -> Vec<u32> {
    let mut keyed: Vec<(K, u32)> = all.iter().map(|(at, head)| (key(head), *at)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, at)| at).collect()
}
