//! Which vectors are known already? A file beside the index: one record a text, by the hash of what was asked.
//!
//! Records are only ever appended, each with a checksum, and written before the next batch is asked for, so whatever kills
//! the process costs at most one batch. The file is a cache: it can be deleted, and what is damaged in it is asked for again.

use super::{Role, Text};
use crate::model::Vector;
use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The bytes of a hash that are kept.
const KEY: usize = 16;
/// The bytes of a record before its codes: hash, number of dimensions, scale.
const HEAD: usize = KEY + 2 + 4;
/// The bytes of a record's checksum.
const CHECK: usize = 4;
/// The largest file that is read, in bytes; a larger one is begun anew.
const MAX_BYTES: u64 = 2 << 30;

type Key = [u8; KEY];

/// The vectors that are known for one fingerprint of the settings.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    vectors: HashMap<Key, Vector>,
    dimensions: Option<usize>,
}

impl Store {
    /// Reads what is kept in `folder` for `fingerprint`. What cannot be read is not known.
    pub fn read(folder: &Path, fingerprint: &str) -> Self {
        let mut store = Self {
            path: folder.join(format!("{fingerprint}.vectors")),
            vectors: HashMap::new(),
            dimensions: None,
        };
        if let Err(why) = store.load()
            && why.kind() != io::ErrorKind::NotFound
        {
            let file = store.path.display();
            tracing::warn!(%why, "{file} cannot be read: its texts are embedded again");
        }
        store
    }

    /// The vector of a text, if it is known.
    pub fn get(&self, text: &Text) -> Option<&Vector> {
        self.vectors.get(&key(text))
    }

    /// How many vectors are known.
    pub fn len(&self) -> usize {
        self.vectors.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.vectors.is_empty()
    }

    /// How many dimensions its vectors have; `None` when there are none.
    pub fn dimensions(&self) -> Option<usize> {
        self.dimensions
    }

    /// The file, for messages.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the vectors of some texts: in memory in any case.
    ///
    /// # Errors
    /// When they cannot be written, so that the next process will not know them.
    pub(super) fn add(&mut self, news: Vec<(&Text, Vector)>) -> io::Result<()> {
        let mut records = Vec::new();
        for (text, vector) in news {
            let key = key(text);
            encode(&mut records, key, &vector);
            self.dimensions.get_or_insert(vector.dimensions());
            self.vectors.insert(key, vector);
        }
        let mut file = self.open()?;
        file.lock()?;
        file.write_all(&records)?;
        file.sync_data()
    }

    /// Forgets what none of `texts` is, if that is most of what is kept.
    ///
    /// # Errors
    /// When the file cannot be written anew; the old one stays.
    pub fn keep_only<'t>(&mut self, texts: impl Iterator<Item = &'t Text>) -> io::Result<()> {
        let used: HashSet<Key> = texts.map(key).collect();
        if self.vectors.len() <= 2 * used.len() + 1000 {
            return Ok(());
        }
        self.vectors.retain(|key, _| used.contains(key));
        let mut records = Vec::new();
        for (key, vector) in &self.vectors {
            encode(&mut records, *key, vector);
        }
        let lock = self.open()?;
        lock.lock()?;
        let beside = self.path.with_extension("new");
        std::fs::write(&beside, records)?;
        std::fs::rename(beside, &self.path)
    }

    fn open(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            crate::private::make_folder(folder)?;
        }
        let mut options = OpenOptions::new();
        options
            .create(true)
            .read(true)
            .append(true)
            .open(&self.path)
    }

    fn load(&mut self) -> io::Result<()> {
        let mut file = OpenOptions::new().read(true).append(true).open(&self.path);
        if file.is_err() {
            file = File::open(&self.path);
        }
        let mut file = file?;
        file.lock()?;
        if file.metadata()?.len() > MAX_BYTES {
            return file.set_len(0);
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mut at = 0;
        while let Some((key, vector, length)) = decode(&bytes[at..]) {
            at += length;
            self.dimensions.get_or_insert(vector.dimensions());
            self.vectors.insert(key, vector);
        }
        if at < bytes.len() {
            // What was being written when the process ended; the next record must not follow it.
            file.set_len(u64::try_from(at).unwrap_or(0))?;
        }
        Ok(())
    }
}

fn key(text: &Text) -> Key {
    let role = match text.role {
        Role::Query => "query",
        Role::Question => "question",
        Role::Passage => "passage",
    };
    let mut hash = blake3::Hasher::new();
    hash.update(role.as_bytes())
        .update(b"\n")
        .update(text.text.as_bytes());
    let mut key = [0; KEY];
    hash.finalize_xof().fill(&mut key);
    key
}

fn encode(to: &mut Vec<u8>, key: Key, vector: &Vector) {
    let start = to.len();
    to.extend(key);
    to.extend(
        u16::try_from(vector.dimensions())
            .unwrap_or(0)
            .to_le_bytes(),
    );
    to.extend(vector.scale().to_le_bytes());
    to.extend(vector.codes());
    let check = blake3::hash(&to[start..]);
    to.extend(&check.as_bytes()[..CHECK]);
}

/// The record that `bytes` begin with, and its length. `None` at the end, and where there is none.
fn decode(bytes: &[u8]) -> Option<(Key, Vector, usize)> {
    let (key, rest) = bytes.split_first_chunk::<KEY>()?;
    let (dimensions, rest) = rest.split_first_chunk::<2>()?;
    let (scale, rest) = rest.split_first_chunk::<4>()?;
    let dimensions = usize::from(u16::from_le_bytes(*dimensions));
    let (codes, rest) = rest.split_at_checked(dimensions)?;
    let check = rest.first_chunk::<CHECK>()?;
    let length = HEAD + dimensions;
    let right = blake3::hash(&bytes[..length]).as_bytes()[..CHECK] == *check;
    let vector = Vector::from_parts(f32::from_le_bytes(*scale), codes).filter(|_| right)?;
    Some((*key, vector, length + CHECK))
}

#[cfg(test)]
mod tests {
    use super::Store;
    use crate::embed::{Role, Text};
    use crate::model::Vector;

    fn text(text: &str) -> Text {
        Text {
            role: Role::Question,
            text: text.to_owned(),
        }
    }

    fn vector(x: f32) -> Vector {
        Vector::of(&[x, 1.0]).expect("a direction")
    }

    #[test]
    fn what_was_kept_is_known_after_a_crash_in_the_midst_of_a_record() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::read(folder.path(), "f");
        let (a, b) = (text("a"), text("b"));
        store
            .add(vec![(&a, vector(0.1)), (&b, vector(0.2))])
            .expect("written");
        let file = folder.path().join("f.vectors");
        let whole = std::fs::read(&file).expect("there");
        std::fs::write(&file, &whole[..whole.len() - 3]).expect("cut");
        let mut store = Store::read(folder.path(), "f");
        assert_eq!(store.get(&a), Some(&vector(0.1)));
        assert_eq!(store.get(&b), None);
        store.add(vec![(&b, vector(0.3))]).expect("written");
        let store = Store::read(folder.path(), "f");
        assert_eq!(store.get(&b), Some(&vector(0.3)));
        assert_eq!(store.len(), 2);
        let as_passage = Text {
            role: Role::Passage,
            ..text("a")
        };
        assert_eq!(store.get(&as_passage), None);
        assert!(Store::read(folder.path(), "g").is_empty());
    }

    #[test]
    fn garbage_is_no_vector() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("f.vectors");
        std::fs::write(&file, [255; 5000]).expect("written");
        assert!(Store::read(folder.path(), "f").is_empty());
    }

    #[test]
    fn forgets_what_is_not_used_when_that_is_most() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::read(folder.path(), "f");
        let texts: Vec<Text> = (0..1200).map(|i| text(&i.to_string())).collect();
        store
            .add(texts.iter().map(|t| (t, vector(0.5))).collect())
            .expect("written");
        store.keep_only(texts[..2].iter()).expect("written");
        assert_eq!(Store::read(folder.path(), "f").len(), 2);
    }
}
