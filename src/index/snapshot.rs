//! What does a viewer see? One immutable state of all indexes; every read goes through the view of an audience.

use super::checksums::Checksums;
use super::heads::SegmentHeads;
use super::memory::MemoryDirectory;
use super::vectors::{self, ArticleVectors};
use super::{Contents, View};
use crate::model::Audience;
use anyhow::Result;
use std::collections::HashMap;
use std::sync::Arc;
use tantivy::directory::OwnedBytes;

/// One generation, loaded.
#[derive(Debug, Default)]
pub struct Snapshot {
    generation: String,
    fingerprint: String,
    contents: Contents,
    checksums: Checksums,
    views: Vec<Arc<View>>,
    none: View,
}

impl Snapshot {
    /// Opens the indexes in `directories`, one for each audience from the public on. What `previous` holds is shared with it.
    pub(super) fn open(
        generation: String,
        fingerprint: String,
        contents: Contents,
        directories: Vec<MemoryDirectory>,
        previous: Option<&Self>,
    ) -> Result<Self> {
        let mut known: HashMap<String, Arc<SegmentHeads>> = HashMap::new();
        let mut learn = |view: &View| {
            known.extend(
                view.segments
                    .iter()
                    .map(|s| (s.segment.clone(), Arc::clone(s))),
            );
        };
        previous
            .iter()
            .flat_map(|p| &p.views)
            .for_each(|view| learn(view));
        let checksums = sum_up(&directories, previous);
        let mut views = Vec::new();
        for (rank, directory) in (0u8..).zip(directories) {
            let audience = Audience::from_rank(rank);
            let mut view = View::open(directory, audience, &contents.categories, &known)?;
            let held = previous.and_then(|p| p.views.get(audience.rank())?.vectors());
            view.open_vectors(&contents, held);
            known.extend(
                view.segments
                    .iter()
                    .map(|s| (s.segment.clone(), Arc::clone(s))),
            );
            views.push(Arc::new(view));
        }
        Ok(Self {
            generation,
            fingerprint,
            contents,
            checksums,
            views,
            none: View::default(),
        })
    }

    /// The same state with other vectors: for each view those of its articles, made by `made_by`.
    pub(super) fn with_vectors(
        &self,
        generation: String,
        made_by: &str,
        views: &[Vec<ArticleVectors>],
    ) -> Result<Self> {
        let mut directories = Vec::new();
        for (rank, view) in self.views.iter().enumerate() {
            let articles = views.get(rank).map_or(&[][..], Vec::as_slice);
            let first = articles.iter().flat_map(|a| &a.vectors).next();
            let directory = view.directory.fork();
            if let Some((_, vector)) = first {
                let bytes = vectors::encode(made_by, vector.dimensions(), articles)?;
                directory.insert(vectors::FILE, OwnedBytes::new(bytes));
            }
            directories.push(directory);
        }
        let (fingerprint, contents) = (self.fingerprint.clone(), self.contents.clone());
        Self::open(generation, fingerprint, contents, directories, Some(self))
    }

    /// The name of its generation.
    pub fn generation(&self) -> &str {
        &self.generation
    }

    /// The fingerprint of the schema that it was built with.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// What it was made from.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// What viewers of `audience` may read.
    pub fn view(&self, audience: Audience) -> &View {
        self.views
            .get(audience.rank().min(self.views.len().saturating_sub(1)))
            .map_or(&self.none, |v| v)
    }

    /// The audiences for which there is a view of their own, the public first.
    pub fn audiences(&self) -> impl Iterator<Item = Audience> + use<> {
        (0..u8::try_from(self.views.len()).unwrap_or(u8::MAX)).map(Audience::from_rank)
    }

    /// The view in which nothing is hidden: what the highest audience that occurs may read.
    ///
    /// For bringing the index up to date, never for an answer.
    pub fn whole(&self) -> &View {
        self.views.last().map_or(&self.none, |v| v)
    }

    /// The views, the public's first.
    pub(super) fn views(&self) -> &[Arc<View>] {
        &self.views
    }

    /// The hash of each file of its indexes, by path relative to the generation.
    pub(super) fn checksums(&self) -> &Checksums {
        &self.checksums
    }

    /// The file at `path` relative to the generation.
    pub(super) fn file(&self, path: &str) -> Option<OwnedBytes> {
        let place = |(rank, _): &(usize, _)| path.starts_with(&folder(*rank));
        let (rank, view) = self.views.iter().enumerate().find(place)?;
        view.directory.file(path.strip_prefix(&folder(rank))?)
    }
}

/// The folder of an audience's index within its generation, with a slash.
pub(super) fn folder(rank: usize) -> String {
    format!("audience-{rank}/")
}

/// The hash of each file; those of bytes that `previous` holds are taken from there.
fn sum_up(directories: &[MemoryDirectory], previous: Option<&Snapshot>) -> Checksums {
    let mut checksums = Checksums::new();
    for (rank, directory) in directories.iter().enumerate() {
        for (name, bytes) in directory.files() {
            let path = format!("{}{name}", folder(rank));
            let known = previous.and_then(|snapshot| {
                let same = std::ptr::eq(snapshot.file(&path)?.as_slice(), bytes.as_slice());
                same.then(|| snapshot.checksums.get(&path).copied())?
            });
            checksums.insert(path, known.unwrap_or_else(|| blake3::hash(&bytes)));
        }
    }
    checksums
}
