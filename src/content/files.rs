//! Which files are there, and what do their bytes say? Nothing is ever opened outside of the folder, and nothing but regular files.

use super::codes;
use super::source::{Explain, file_problem};
use crate::model::Problem;
use std::fs::{File, FileType};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The deepest folder that is looked into.
const MAX_DEPTH: usize = 32;

/// What a walk through the folder found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Markdown files, relative, sorted.
    pub files: Vec<String>,
    /// What was left out, and why.
    pub problems: Vec<Problem>,
    /// The paths of folders and links of which nobody can say what is in or behind them; empty for the folder itself.
    pub unreadable: Vec<String>,
}

/// All Markdown files below `root`. Hidden entries are passed over; what cannot be entered is reported.
pub(super) fn list(root: &Path) -> Listing {
    let mut listing = Listing::default();
    match root.canonicalize() {
        Ok(real_root) => {
            let mut walk = Walk {
                real_root: &real_root,
                listing: &mut listing,
            };
            walk.folder(&real_root, "", &mut vec![real_root.clone()]);
        }
        Err(error) => listing.cannot_read("", &error),
    }
    listing.files.sort_unstable();
    listing
}

impl Listing {
    fn cannot_read(&mut self, relative: &str, error: &std::io::Error) {
        self.problems.push(unreadable(relative, error));
        self.unreadable.push(relative.to_owned());
    }
}

struct Walk<'a> {
    real_root: &'a Path,
    listing: &'a mut Listing,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, relative: &str, above: &mut Vec<PathBuf>) {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.listing.cannot_read(relative, &error),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                // Who knows what would have followed?
                Err(error) => return self.listing.cannot_read(relative, &error),
            };
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let Some(name) = name.to_str() else {
                let path = join(relative, &name.to_string_lossy());
                self.listing.problems.push(
                    file_problem(
                        &path,
                        codes::BAD_NAME,
                        "the name of this file is not valid UTF-8",
                    )
                    .help("rename it; `convmv -f gbk -t utf8` renames whole folders"),
                );
                continue;
            };
            let relative = join(relative, name);
            match entry.file_type() {
                Ok(kind) => self.entry(&entry.path(), &relative, kind, above),
                Err(error) => self.listing.cannot_read(&relative, &error),
            }
        }
    }

    fn entry(&mut self, path: &Path, relative: &str, kind: FileType, above: &mut Vec<PathBuf>) {
        if kind.is_dir() {
            return self.enter(path.to_owned(), relative, above);
        }
        if kind.is_file() {
            if is_markdown(relative) {
                self.listing.files.push(relative.to_owned());
            }
            return;
        }
        if !kind.is_symlink() {
            return self.refuse_if_markdown(relative, "this is neither a file nor a folder");
        }
        match path.canonicalize() {
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    self.listing.unreadable.push(relative.to_owned());
                }
                self.refuse(relative, "this link leads nowhere or in a circle");
            }
            Ok(real) if !real.starts_with(self.real_root) => {
                self.refuse(relative, "this link leads out of the knowledge base");
            }
            Ok(real) if real.is_dir() => self.enter(real, relative, above),
            Ok(real) if !real.is_file() => {
                self.refuse_if_markdown(relative, "this link leads to neither a file nor a folder");
            }
            Ok(_) if is_markdown(relative) => self.listing.files.push(relative.to_owned()),
            Ok(_) => {}
        }
    }

    fn enter(&mut self, real: PathBuf, relative: &str, above: &mut Vec<PathBuf>) {
        if above.contains(&real) {
            return self.refuse(
                relative,
                "this link leads back to a folder that contains it",
            );
        }
        if above.len() > MAX_DEPTH {
            return self.refuse(
                relative,
                "folders stand within each other more than 32 deep",
            );
        }
        above.push(real.clone());
        self.folder(&real, relative, above);
        above.pop();
    }

    fn refuse_if_markdown(&mut self, relative: &str, why: &str) {
        if is_markdown(relative) {
            self.refuse(relative, why);
        }
    }

    fn refuse(&mut self, relative: &str, why: &str) {
        self.listing.problems.push(
            file_problem(relative, codes::NOT_A_FILE, why)
                .help("put the real file or folder there, or remove the entry"),
        );
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// Whether a file of this name holds Markdown.
pub(super) fn is_markdown(path: &str) -> bool {
    path.len() > 3 && path.ends_with(".md")
}

/// A file's bytes.
#[derive(Debug)]
pub(super) struct Bytes {
    /// All of them.
    pub(super) bytes: Vec<u8>,
    /// When it was last written, where the disk knows.
    pub(super) modified: Option<SystemTime>,
}

/// Reads the regular file at `path` below `root`, at most `limit` bytes.
pub(super) fn read(root: &Path, path: &str, limit: u64) -> Result<Bytes, Box<Problem>> {
    let real = locate(root, path)?;
    let fail = |error: &std::io::Error| Box::new(unreadable(path, error));
    let meta = real.metadata().map_err(|e| fail(&e))?;
    let too_large = |bytes: u64| {
        let message = format!("this file has {bytes} bytes, and the limit is {limit}");
        Box::new(
            file_problem(path, codes::TOO_LARGE, message)
                .help("split the article, or raise `limits.article_bytes` in `schema.toml`"),
        )
    };
    if meta.len() > limit {
        return Err(too_large(meta.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0) + 1);
    let file = File::open(&real).map_err(|e| fail(&e))?;
    // The file may grow while it is read, or its length may be unknown.
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| fail(&e))?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(Bytes {
        bytes,
        modified: meta.modified().ok(),
    })
}

/// The real path of the regular file at `path`, which must lie below `root`.
pub(super) fn locate(root: &Path, path: &str) -> Result<PathBuf, Box<Problem>> {
    let refuse = |why: &str| Box::new(file_problem(path, codes::NOT_A_FILE, why));
    let well_formed =
        !path.contains('\0') && path.split('/').all(|s| !matches!(s, "" | "." | ".."));
    if !well_formed {
        return Err(refuse("this is not a path below the knowledge base"));
    }
    let real_root = root
        .canonicalize()
        .map_err(|e| Box::new(unreadable(path, &e)))?;
    let real = real_root
        .join(path)
        .canonicalize()
        .map_err(|e| Box::new(unreadable(path, &e)))?;
    if !real.starts_with(&real_root) {
        return Err(refuse("this link leads out of the knowledge base"));
    }
    // Opening a pipe would wait for a writer for ever.
    if !real.is_file() {
        return Err(refuse("this is not a regular file"));
    }
    Ok(real)
}

fn unreadable(path: &str, error: &std::io::Error) -> Problem {
    let problem = file_problem(
        path,
        codes::UNREADABLE,
        format!("cannot read this: {error}"),
    );
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => {
            problem.help("make it readable for the user that runs `kb`")
        }
        _ => problem,
    }
}
