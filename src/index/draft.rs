//! How does a generation come about? As a copy of the current one in memory, or empty; articles are put in and taken out;
//! when it is finished, it can be served. Disk plays no part in this.

use super::memory::MemoryDirectory;
use super::merge::KeepTidy;
use super::schema::{Fields, encode, engine_schema, register_analyzer};
use super::{Contents, Document, Signature, Snapshot, record};
use crate::error::{Error, Result};
use crate::model::{ArticleId, Audience};
use crate::text::Analyzer;
use tantivy::{Index, IndexSettings, IndexWriter, TantivyDocument, Term};

/// How much a writer thread collects before it writes a segment, in bytes, when everything is built anew.
const FULL_BUILD_BYTES: usize = 128 << 20;

/// The same for a change to a few articles.
const CHANGE_BYTES: usize = 16 << 20;

/// A generation that is being made, in memory. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Draft {
    name: String,
    fingerprint: String,
    analyzer: Analyzer,
    fields: Fields,
    fresh: bool,
    views: Vec<DraftView>,
}

struct DraftView {
    directory: MemoryDirectory,
    writer: IndexWriter,
}

impl std::fmt::Debug for DraftView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DraftView({:?})", self.directory)
    }
}

impl Draft {
    /// Begins a generation called `name`: empty, or as a copy of `base`.
    pub(super) fn begin(
        name: String,
        fingerprint: &str,
        analyzer: &Analyzer,
        base: Option<&Snapshot>,
    ) -> Result<Self> {
        let mut draft = Self {
            name,
            fingerprint: fingerprint.to_owned(),
            analyzer: analyzer.clone(),
            fields: engine_schema().1,
            fresh: base.is_none(),
            views: Vec::new(),
        };
        for view in base.map(Snapshot::views).unwrap_or_default() {
            let directory = view.directory.fork();
            draft.views.push(draft.open(directory).map_err(failed)?);
        }
        if draft.views.is_empty() {
            draft.views.push(draft.create().map_err(failed)?);
        }
        Ok(draft)
    }

    /// Makes sure that there is an index for every audience up to `audience`. One that is new begins as a copy of the one
    /// below it: until now they were the same.
    ///
    /// # Errors
    /// `Internal` when the engine fails.
    pub fn reach(&mut self, audience: Audience) -> Result<()> {
        while self.views.len() <= audience.rank() {
            let view = self.copy_last().map_err(failed)?;
            self.views.push(view);
        }
        Ok(())
    }

    fn copy_last(&mut self) -> tantivy::Result<DraftView> {
        let Some(last) = self.views.last_mut() else {
            return self.create();
        };
        last.writer.commit()?;
        let directory = last.directory.fork();
        self.open(directory)
    }

    fn create(&self) -> tantivy::Result<DraftView> {
        let directory = MemoryDirectory::default();
        Index::create(
            directory.clone(),
            engine_schema().0,
            IndexSettings::default(),
        )?;
        self.open(directory)
    }

    fn open(&self, directory: MemoryDirectory) -> tantivy::Result<DraftView> {
        let index = Index::open(directory.clone())?;
        register_analyzer(&index, &self.analyzer);
        let (threads, bytes) = if self.fresh {
            (cores().min(4), FULL_BUILD_BYTES)
        } else {
            (1, CHANGE_BYTES)
        };
        let writer: IndexWriter = index.writer_with_num_threads(threads, threads * bytes)?;
        writer.set_merge_policy(Box::new(KeepTidy));
        Ok(DraftView { directory, writer })
    }

    /// For how many audiences there is an index.
    pub fn audiences(&self) -> impl Iterator<Item = Audience> + use<> {
        (0..u8::try_from(self.views.len()).unwrap_or(u8::MAX)).map(Audience::from_rank)
    }

    /// Adds an article to the index of `audience`, in place of one with the same id. May be called from several threads.
    ///
    /// # Errors
    /// `Internal` when the engine fails or there is no index for the audience.
    pub fn put(&self, audience: Audience, document: &Document) -> Result<()> {
        let signature = Signature::of(document, &self.analyzer);
        let record = record::encode(document, &signature)
            .map_err(|why| Error::internal("an article could not be indexed", why))?;
        let encoded: TantivyDocument = encode(&self.fields, document, &record);
        if !self.fresh {
            self.remove(audience, &document.article.id)?;
        }
        self.writer(audience)?
            .add_document(encoded)
            .map_err(failed)?;
        Ok(())
    }

    /// Removes an article from the index of `audience`. May be called from several threads.
    ///
    /// # Errors
    /// `Internal` when there is no index for the audience.
    pub fn remove(&self, audience: Audience, id: &ArticleId) -> Result<()> {
        let term = Term::from_field_text(self.fields.id, id.as_str());
        self.writer(audience)?.delete_term(term);
        Ok(())
    }

    fn writer(&self, audience: Audience) -> Result<&IndexWriter> {
        let missing = || Error::internal("the index failed", anyhow::anyhow!("{audience:?}"));
        let view = self.views.get(audience.rank()).ok_or_else(missing)?;
        Ok(&view.writer)
    }

    /// Completes it. Indexes for audiences above the highest in `contents` are left out; what `previous` holds is shared with it.
    ///
    /// # Errors
    /// `Internal` when the engine fails.
    pub fn finish(mut self, contents: Contents, previous: Option<&Snapshot>) -> Result<Snapshot> {
        let highest = contents.files.values().map(|file| file.highest_audience);
        let highest = highest.max().unwrap_or_default();
        self.reach(highest)?;
        self.views.truncate(highest.rank() + 1);
        let mut directories = Vec::new();
        for mut view in self.views {
            view.writer.commit().map_err(failed)?;
            view.writer.wait_merging_threads().map_err(failed)?;
            directories.push(view.directory);
        }
        Snapshot::open(self.name, self.fingerprint, contents, directories, previous)
            .map_err(|why| Error::internal("the index failed", why))
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn failed(why: tantivy::TantivyError) -> Error {
    Error::internal("the index failed", why)
}
