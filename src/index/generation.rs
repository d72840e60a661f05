//! Which index is being served? Generations: complete, immutable, numbered folders, of which `CURRENT` names one.

use super::checksums::{self, Checksums};
use super::lock::{self, WriteLock, cannot_write};
use super::manifest::{self, Unreadable};
use super::memory::MemoryDirectory;
use super::snapshot::folder;
use super::{ArticleVectors, Draft, Snapshot, disk};
use crate::error::{Error, Result};
use crate::model::{ArticleId, Audience, Category};
use crate::text::Analyzer;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tantivy::directory::OwnedBytes;

/// What is known of a file that was indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Its size in bytes.
    pub size: u64,
    /// Its modification time in nanoseconds since 1970.
    pub modified_ns: i128,
    /// What else the file system says of it that changes with its contents, as one number.
    pub mark: u64,
    /// The BLAKE3 hash of its bytes, in hex.
    pub hash: String,
    /// The article that it holds; `None` for `_index.md` and for a file without a readable article.
    pub id: Option<ArticleId>,
    /// The highest audience of the article; its views reach up to here.
    pub highest_audience: Audience,
    /// Whether the last reading failed, so that an earlier version is being served (or none).
    pub broken: bool,
    /// Whether anything is wrong with it, be it only a warning.
    pub flawed: bool,
    /// The next instant at which the article appears or disappears by itself.
    pub next_change: Option<Timestamp>,
}

/// What a generation was made from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// The names of the audiences, in order; every [`Audience`] below is a place in this list.
    pub audiences: Vec<String>,
    /// Every Markdown file, by path relative to `kb/`.
    pub files: BTreeMap<String, FileRecord>,
    /// All categories.
    pub categories: Vec<Category>,
    /// When the files were listed, in nanoseconds since 1970 by the machine's clock. A file that changed shortly before may
    /// have changed again within the same tick.
    pub listed_ns: i128,
}

/// The generations of one data directory.
#[derive(Debug, Clone)]
pub struct Generations {
    root: PathBuf,
}

/// Why there is no usable current generation.
#[derive(Debug)]
pub enum LoadError {
    /// None has been built.
    Missing,
    /// It was built by another schema or another version of the program.
    Foreign,
    /// Its files are damaged; the text says how.
    Corrupt(String),
}

impl Generations {
    /// The generations below `data_dir`. Nothing is touched.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            root: data_dir.join("index"),
        }
    }

    /// The folder in which they are.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The name of the current generation, as `CURRENT` says.
    pub fn current(&self) -> Option<String> {
        std::fs::read_to_string(self.root.join("CURRENT"))
            .ok()
            .map(|name| name.trim().to_owned())
    }

    /// Loads and verifies the current generation, if `fingerprint` is the one it was built with. Segments that `previous`
    /// holds already are not read again.
    ///
    /// # Errors
    /// [`LoadError`] says what is wrong with it. Nothing that fails its checksum is ever returned.
    pub fn load(
        &self,
        fingerprint: &str,
        previous: Option<&Snapshot>,
    ) -> Result<Snapshot, LoadError> {
        self.load_current(Some(fingerprint), previous)
    }

    /// Loads the current generation whatever schema it was built with: not to be served, but to save articles from it whose
    /// files cannot be read any more.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_foreign(&self) -> Result<Snapshot, LoadError> {
        self.load_current(None, None)
    }

    /// A generation may be replaced and removed while it is being read; then the next one is read instead.
    fn load_current(
        &self,
        fingerprint: Option<&str>,
        previous: Option<&Snapshot>,
    ) -> Result<Snapshot, LoadError> {
        let mut name = self.named()?;
        loop {
            let result = self.load_named(&name, fingerprint, previous);
            let now = self.named()?;
            if result.is_ok() || now == name {
                return result;
            }
            name = now;
        }
    }

    fn named(&self) -> Result<String, LoadError> {
        let bytes = match std::fs::read(self.root.join("CURRENT")) {
            Ok(bytes) => bytes,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
                return Err(LoadError::Missing);
            }
            Err(why) => return Err(LoadError::Corrupt(format!("CURRENT: {why}"))),
        };
        let name = String::from_utf8(bytes).unwrap_or_default();
        let name = name.trim().to_owned();
        if is_name(&name) {
            Ok(name)
        } else {
            Err(LoadError::Corrupt("CURRENT names no generation".to_owned()))
        }
    }

    fn load_named(
        &self,
        name: &str,
        fingerprint: Option<&str>,
        previous: Option<&Snapshot>,
    ) -> Result<Snapshot, LoadError> {
        let folder = self.root.join(name);
        let corrupt = |file: &str, why: &dyn std::fmt::Display| {
            LoadError::Corrupt(format!("{name}/{file}: {why}"))
        };
        let sums = std::fs::read(folder.join("CHECKSUMS"))
            .map_err(anyhow::Error::from)
            .and_then(|bytes| checksums::decode(&bytes))
            .map_err(|why| corrupt("CHECKSUMS", &why))?;
        let bytes = disk::read_verified(&folder, "manifest.json", &sums)
            .map_err(|why| corrupt("manifest.json", &why))?;
        let manifest = manifest::decode(&bytes).map_err(|why| match why {
            Unreadable::Foreign => LoadError::Foreign,
            Unreadable::Damaged(why) => corrupt("manifest.json", &why),
        })?;
        if fingerprint.is_some_and(|wanted| wanted != manifest.fingerprint) {
            return Err(LoadError::Foreign);
        }
        let directories =
            read_indexes(&folder, &sums, previous).map_err(|(file, why)| corrupt(&file, &why))?;
        Snapshot::open(
            name.to_owned(),
            manifest.fingerprint,
            manifest.contents,
            directories,
            previous,
        )
        .map_err(|why| LoadError::Corrupt(format!("{name}: {why:#}")))
    }

    /// Whether the files of the current generation are still as they were written. Reads all of them.
    ///
    /// # Errors
    /// As [`Self::load`], but never `Foreign`.
    pub fn verify(&self) -> Result<(), LoadError> {
        let name = self.named()?;
        let folder = self.root.join(&name);
        let result = disk::verify(&folder);
        if self.named()? != name {
            return Ok(());
        }
        result.map_err(|why| LoadError::Corrupt(format!("{name}/{why}")))
    }

    /// Who has the right to write at this moment, as far as he says; `None` when nobody has it. Nothing is taken or made.
    pub fn writer(&self) -> Option<String> {
        lock::holder(&self.root)
    }

    /// Takes the right to write.
    ///
    /// # Errors
    /// `Conflict` when another process has it; the message names it. `Forbidden` when the folder cannot be written.
    pub fn lock(&self) -> Result<WriteLock> {
        lock::take(&self.root)
    }

    /// Begins a generation in memory: empty, or as a copy of `base`. The disk is not touched.
    ///
    /// # Errors
    /// `Internal` when the engine fails.
    pub fn begin(
        &self,
        analyzer: &Analyzer,
        fingerprint: &str,
        base: Option<&Snapshot>,
    ) -> Result<Draft> {
        Draft::begin(self.new_name(base), fingerprint, analyzer, base)
    }

    /// A generation in memory that is `base` with other vectors: for each view those of its articles, made by `made_by`.
    ///
    /// # Errors
    /// `Internal` when the engine fails.
    pub fn with_vectors(
        &self,
        base: &Snapshot,
        made_by: &str,
        views: &[Vec<ArticleVectors>],
    ) -> Result<Snapshot> {
        base.with_vectors(self.new_name(Some(base)), made_by, views)
            .map_err(|why| Error::internal("the index failed", why))
    }

    /// One more than the last, and something that no other process comes upon.
    fn new_name(&self, base: Option<&Snapshot>) -> String {
        let number = |name: &str| name.split('-').next()?.parse::<u64>().ok();
        let current = self.current();
        let last = [base.map(Snapshot::generation), current.as_deref()]
            .into_iter()
            .flatten()
            .filter_map(number)
            .max();
        let random = uuid::Uuid::now_v7().simple().to_string();
        format!("{:08}-{}", last.unwrap_or(0) + 1, &random[24..])
    }

    /// Writes a finished generation to the disk and makes it current. A crash at any instant before that leaves the former
    /// one current; afterwards it is this one, on the disk for good.
    ///
    /// # Errors
    /// `Forbidden` or `Unavailable` when it cannot be written; then nothing has changed.
    pub fn save(&self, _lock: &WriteLock, snapshot: &Snapshot) -> Result<()> {
        let failed = |why| cannot_write(&self.root, why);
        let current = self.current();
        // Only the last step of it failed before, so CURRENT names it already.
        if current.as_deref() != Some(snapshot.generation()) {
            let folder = self.root.join(snapshot.generation());
            let current = current.map(|name| self.root.join(name));
            self.write(&folder, current.as_deref(), snapshot)
                .map_err(|why| {
                    // What was written of it is of no use to anybody.
                    let _ = std::fs::remove_dir_all(&folder);
                    failed(why)
                })?;
        }
        self.point_to(snapshot.generation()).map_err(|why| {
            if self.current().as_deref() != Some(snapshot.generation()) {
                let _ = std::fs::remove_dir_all(self.root.join(snapshot.generation()));
            }
            failed(why)
        })
    }

    /// Makes a generation that is on the disk the current one. From the rename on it must stay there, also when the folder cannot
    /// be synced: then all of this is to be done again, as a second sync may claim what the first one lost.
    fn point_to(&self, generation: &str) -> std::io::Result<()> {
        let name = format!("{generation}\n");
        disk::replace(&self.root.join("CURRENT"), name.as_bytes())?;
        disk::sync_folder(&self.root)
    }

    fn write(
        &self,
        folder: &Path,
        current: Option<&Path>,
        snapshot: &Snapshot,
    ) -> std::io::Result<()> {
        let mut sums = snapshot.checksums().clone();
        let manifest = manifest::encode(snapshot.fingerprint(), snapshot.contents())
            .map_err(std::io::Error::other)?;
        disk::create_folder(folder)?;
        for rank in 0..snapshot.views().len() {
            disk::create_folder(&folder.join(super::snapshot::folder(rank)))?;
        }
        let old = current.and_then(disk::read_checksums).unwrap_or_default();
        for (path, sum) in &sums {
            let same = current.filter(|_| old.get(path) == Some(sum));
            if same.is_some_and(|from| disk::link(&from.join(path), &folder.join(path))) {
                continue;
            }
            let bytes = snapshot.file(path).unwrap_or_else(OwnedBytes::empty);
            disk::write(&folder.join(path), &bytes)?;
        }
        sums.insert("manifest.json".to_owned(), blake3::hash(&manifest));
        disk::write(&folder.join("manifest.json"), &manifest)?;
        disk::write(&folder.join("CHECKSUMS"), &checksums::encode(&sums))?;
        for rank in 0..snapshot.views().len() {
            disk::sync_folder(&folder.join(super::snapshot::folder(rank)))?;
        }
        disk::sync_folder(folder)?;
        disk::sync_folder(&self.root)
    }

    /// Removes the current generation: it is damaged, and nothing of it may be used for the next.
    pub fn discard(&self, _lock: &WriteLock) {
        if let Ok(name) = self.named() {
            // What cannot be removed now is found damaged again.
            let _ = std::fs::remove_dir_all(self.root.join(name));
        }
        let _ = std::fs::remove_file(self.root.join("CURRENT"));
    }

    /// Removes all generations but the current one. Whoever serves one has it in memory, and the lock says that nobody is
    /// writing one.
    pub fn prune(&self, _lock: &WriteLock) {
        let current = self.current();
        let Ok(entries) = std::fs::read_dir(&self.root) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_name(&name) && Some(&name) != current.as_ref() {
                // What cannot be removed now is tried again after the next change.
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Whether `name` is one that [`Generations::new_name`] gives: it can never lead out of the folder.
fn is_name(name: &str) -> bool {
    name.split_once('-').is_some_and(|(number, random)| {
        number.len() >= 8
            && number.bytes().all(|b| b.is_ascii_digit())
            && random.len() == 8
            && random.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// The indexes of all audiences, each file verified.
fn read_indexes(
    folder_on_disk: &Path,
    sums: &Checksums,
    previous: Option<&Snapshot>,
) -> Result<Vec<MemoryDirectory>, (String, anyhow::Error)> {
    let mut directories = Vec::new();
    loop {
        let prefix = folder(directories.len());
        let mut files = sums
            .iter()
            .filter(|(path, _)| path.starts_with(&prefix))
            .peekable();
        if files.peek().is_none() {
            return Ok(directories);
        }
        let directory = MemoryDirectory::default();
        for (path, sum) in files {
            let held = previous
                .filter(|snapshot| snapshot.checksums().get(path) == Some(sum))
                .and_then(|snapshot| snapshot.file(path));
            let bytes = match held {
                Some(bytes) => bytes,
                None => disk::read_verified(folder_on_disk, path, sums)
                    .map(OwnedBytes::new)
                    .map_err(|why| (path.clone(), why))?,
            };
            directory.insert(&path[prefix.len()..], bytes);
        }
        directories.push(directory);
    }
}
