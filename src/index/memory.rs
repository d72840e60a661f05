//! Where are the files of an index while it is read or written? In memory, as bytes that several states share.
//!
//! A copy of the directory is cheap and independent: files are never changed, only added and removed. So a new generation
//! starts as a copy of the current one, and no file on disk can be pulled from under a reader.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, OwnedBytes, TerminatingWrite,
    WatchCallback, WatchHandle, WritePtr,
};

type Files = HashMap<PathBuf, OwnedBytes>;

/// A directory in memory.
#[derive(Clone, Default)]
pub(super) struct MemoryDirectory {
    files: Arc<RwLock<Files>>,
}

impl MemoryDirectory {
    /// A directory with the same files, which from now on goes its own way. The bytes are shared.
    pub(super) fn fork(&self) -> Self {
        Self {
            files: Arc::new(RwLock::new(self.read().clone())),
        }
    }

    /// Puts a file there.
    pub(super) fn insert(&self, name: &str, bytes: OwnedBytes) {
        self.write().insert(PathBuf::from(name), bytes);
    }

    /// All files with their names, in the order of their names.
    pub(super) fn files(&self) -> Vec<(String, OwnedBytes)> {
        let mut files: Vec<_> = self
            .read()
            .iter()
            .filter_map(|(path, bytes)| Some((path.to_str()?.to_owned(), bytes.clone())))
            .collect();
        files.sort_by(|a, b| a.0.cmp(&b.0));
        files
    }

    /// The file of that name.
    pub(super) fn file(&self, name: &str) -> Option<OwnedBytes> {
        self.read().get(Path::new(name)).cloned()
    }

    fn read(&self) -> RwLockReadGuard<'_, Files> {
        self.files.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Files> {
        self.files.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, path: &Path) -> Result<OwnedBytes, OpenReadError> {
        let missing = || OpenReadError::FileDoesNotExist(path.to_owned());
        self.read().get(path).cloned().ok_or_else(missing)
    }
}

impl std::fmt::Debug for MemoryDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemoryDirectory({} files)", self.read().len())
    }
}

impl Directory for MemoryDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        Ok(Arc::new(self.get(path)?))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        let missing = || DeleteError::FileDoesNotExist(path.to_owned());
        self.write().remove(path).map(drop).ok_or_else(missing)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.read().contains_key(path))
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let mut files = self.write();
        if files.contains_key(path) {
            return Err(OpenWriteError::FileAlreadyExists(path.to_owned()));
        }
        files.insert(path.to_owned(), OwnedBytes::empty());
        Ok(BufWriter::new(Box::new(FileBeingWritten {
            directory: self.clone(),
            path: path.to_owned(),
            bytes: Vec::new(),
        })))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        Ok(self.get(path)?.as_slice().to_owned())
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.write()
            .insert(path.to_owned(), OwnedBytes::new(data.to_owned()));
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    /// One process, one writer, and readers that never reload: there is nothing to lock.
    fn acquire_lock(&self, _lock: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

struct FileBeingWritten {
    directory: MemoryDirectory,
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Write for FileBeingWritten {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TerminatingWrite for FileBeingWritten {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.shrink_to_fit();
        self.directory
            .write()
            .insert(self.path.clone(), OwnedBytes::new(bytes));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryDirectory;
    use std::io::Write;
    use std::path::Path;
    use tantivy::directory::{Directory, TerminatingWrite};

    #[test]
    fn a_fork_goes_its_own_way_and_a_name_is_written_once() {
        let first = MemoryDirectory::default();
        let mut file = first.open_write(Path::new("a")).expect("new");
        assert!(first.open_write(Path::new("a")).is_err());
        file.write_all(b"text").expect("writes");
        file.terminate().expect("ends");
        let second = first.fork();
        second.delete(Path::new("a")).expect("is there");
        assert_eq!(first.atomic_read(Path::new("a")).expect("there"), b"text");
        assert!(second.atomic_read(Path::new("a")).is_err());
    }
}
