//! Which files are there now? Their paths, sizes and times: enough to see which must be read.

use super::questions::question_at;
use crate::content::list_files;
use crate::error::{Code, Error, Result};
use crate::index::FileRecord;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// A file as the file system describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// Relative to `kb/`.
    pub(super) path: String,
    /// In bytes.
    pub(super) size: u64,
    /// In nanoseconds since 1970.
    pub(super) modified_ns: i128,
    /// Made of the number of the file and of the time of its last change of any kind. Copies may keep size and time of
    /// modification (as in images of containers, where all times are one), but not these.
    pub(super) mark: u64,
}

/// All Markdown files below a folder at one time.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// In the order of their paths.
    pub(super) files: Vec<Seen>,
    /// When the listing began, by the clock that stamps files.
    pub(super) listed_ns: i128,
}

impl Scan {
    /// Adds the questions to the files. Without a list, those that were `known` are still there.
    pub(super) fn add_questions(
        &mut self,
        listed: Option<Vec<Seen>>,
        known: &BTreeMap<String, FileRecord>,
    ) {
        let kept = || {
            let known = known.iter().filter(|(path, _)| question_at(path).is_some());
            known.map(|(path, record)| Seen::as_indexed(path, record))
        };
        self.files
            .extend(listed.unwrap_or_else(|| kept().collect()));
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
    }
}

impl Seen {
    /// As it was when it was indexed.
    fn as_indexed(path: &str, record: &FileRecord) -> Self {
        Self {
            path: path.to_owned(),
            size: record.size,
            modified_ns: record.modified_ns,
            mark: record.mark,
        }
    }
}

/// Lists the Markdown files below `root`. A file that was `known` is still there when nobody can look: its folder is not
/// readable at the moment.
///
/// # Errors
/// `NotFound` when there is no such folder. A folder that went away is never taken for an empty one.
pub(super) fn scan(root: &Path, known: &BTreeMap<String, FileRecord>) -> Result<Scan> {
    let missing = |why: std::io::Error| {
        let what = format!("the folder of articles `{}` cannot be read", root.display());
        Error::new(Code::NotFound, what)
            .help("name the folder with `--kb DIR` or KB_DIR; `mkdir kb` and `kb new \"标题\"` begin a new one")
            .because(why)
    };
    std::fs::read_dir(root).map_err(missing)?;
    let listed_ns = nanoseconds(SystemTime::now());
    let listing = list_files(root);
    let mut paths: BTreeSet<String> = listing.files.into_iter().collect();
    let is_veiled = |path: &&String| {
        let mut folders = listing.unreadable.iter();
        question_at(path).is_none() && folders.any(|folder| is_below(path, folder))
    };
    paths.extend(known.keys().filter(is_veiled).cloned());
    let files = paths.into_iter().filter_map(|path| look(root, path));
    Ok(Scan {
        files: files.collect(),
        listed_ns,
    })
}

fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `None` for a file that went away since it was listed. One that nobody can look at has no size and no times: it is read
/// once, in vain, and again as soon as it has some.
fn look(root: &Path, path: String) -> Option<Seen> {
    let metadata = match std::fs::metadata(root.join(&path)) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(_) => {
            return Some(Seen {
                path,
                size: 0,
                modified_ns: 0,
                mark: 0,
            });
        }
    };
    Some(Seen {
        size: metadata.len(),
        modified_ns: metadata.modified().map_or(0, nanoseconds),
        mark: mark(&metadata),
        path,
    })
}

#[cfg(unix)]
fn mark(metadata: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let (inode, seconds, ns) = (metadata.ino(), metadata.ctime(), metadata.ctime_nsec());
    let hash = blake3::hash(format!("{inode} {seconds} {ns}").as_bytes());
    hash.as_bytes()[..8]
        .iter()
        .fold(0, |mark, byte| mark << 8 | u64::from(*byte))
}

#[cfg(not(unix))]
fn mark(_: &Metadata) -> u64 {
    0
}

/// Since 1970; negative before.
fn nanoseconds(time: SystemTime) -> i128 {
    let signed = |d: std::time::Duration| i128::try_from(d.as_nanos()).unwrap_or(i128::MAX);
    time.duration_since(UNIX_EPOCH)
        .map_or_else(|before| -signed(before.duration()), signed)
}
