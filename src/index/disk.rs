//! How do files get onto the disk so that they stay there, and back so that they are what was written?

use super::checksums::{self, Checksums};
use anyhow::{Context, Result, ensure};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Reads a file of a generation that must have the hash that `sums` says.
pub(super) fn read_verified(folder: &Path, path: &str, sums: &Checksums) -> Result<Vec<u8>> {
    let sum = sums.get(path).context("not listed in CHECKSUMS")?;
    let bytes = std::fs::read(folder.join(path))?;
    ensure!(blake3::hash(&bytes) == *sum, "the checksum is wrong");
    Ok(bytes)
}

/// Verifies every file of a generation; the failure names the file.
pub(super) fn verify(folder: &Path) -> Result<()> {
    let bytes = std::fs::read(folder.join("CHECKSUMS")).context("CHECKSUMS")?;
    let sums = checksums::decode(&bytes).context("CHECKSUMS")?;
    for path in sums.keys() {
        read_verified(folder, path, &sums).with_context(|| path.clone())?;
    }
    Ok(())
}

/// The checksums of a generation, if they can be read.
pub(super) fn read_checksums(folder: &Path) -> Option<Checksums> {
    checksums::decode(&std::fs::read(folder.join("CHECKSUMS")).ok()?).ok()
}

/// Makes a folder that must not be there yet.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir(path)
}

/// Gives a file a second name; `false` when this file system cannot, or the first is not there.
pub(super) fn link(from: &Path, to: &Path) -> bool {
    std::fs::hard_link(from, to).is_ok()
}

/// Writes a new file and waits until it is on the disk.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Puts a file in place of another in one step: there is always the old one or the new one, whole.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(beside, path)
}

/// Waits until the names in a folder are on the disk.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    // Only Unix lets a folder be opened and synced.
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}
