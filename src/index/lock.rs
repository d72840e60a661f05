//! Who may write? One process at a time: a lock on a file that says which process has it, and is gone when that process is.

use crate::error::{Code, Error, Result};
use crate::private;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::Path;

/// The right to write generations; at most one process has it. Given back when dropped.
#[derive(Debug)]
pub struct WriteLock {
    _file: File,
}

/// Takes the right to write below `root`, which is made if it is not there.
pub(super) fn take(root: &Path) -> Result<WriteLock> {
    let path = root.join("LOCK");
    let failed = |why: std::io::Error| cannot_write(root, why);
    private::make_folder(root).map_err(failed)?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(taken(&mut file)),
        Err(TryLockError::Error(why)) => return Err(failed(why)),
    }
    sign(&mut file).map_err(failed)?;
    Ok(WriteLock { _file: file })
}

/// The process that has it; `None` when nobody has.
pub(super) fn holder(root: &Path) -> Option<String> {
    let mut file = File::open(root.join("LOCK")).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(who(&mut file)),
        _ => None,
    }
}

fn sign(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn who(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => format!("process {}", text.trim()),
        _ => "another process".to_owned(),
    }
}

fn taken(file: &mut File) -> Error {
    let who = who(file);
    Error::new(
        Code::Conflict,
        format!("{who} is writing the index already"),
    )
    .help("wait until it has finished, or stop it; a running `kb serve` picks up changes by itself")
}

/// The failure to write below `root`, in words.
pub(super) fn cannot_write(root: &Path, why: std::io::Error) -> Error {
    let code = match why.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Code::Forbidden,
        _ => Code::Unavailable,
    };
    let help = match why.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "make the folder writable, or choose another with `data_dir` in kb.toml or KB_DATA_DIR"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some space, or choose another folder with `data_dir` in kb.toml or KB_DATA_DIR"
        }
        _ => "choose another folder with `data_dir` in kb.toml or KB_DATA_DIR",
    };
    Error::new(
        code,
        format!("cannot write the index in `{}`: {why}", root.display()),
    )
    .help(help)
    .because(why)
}

#[cfg(test)]
mod tests {
    use super::take;
    use crate::error::Code;

    #[test]
    fn the_second_is_refused_and_told_who_was_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let lock = take(folder.path()).expect("free");
        let refused = take(folder.path()).expect_err("taken");
        assert_eq!(refused.code(), Code::Conflict);
        let me = std::process::id().to_string();
        assert!(refused.message().contains(&me), "{refused}");
        drop(lock);
        take(folder.path()).expect("free again");
    }
}
