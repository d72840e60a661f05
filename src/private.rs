//! Who else on this machine may look? Nobody: what kb makes for itself is for its own user alone.

use std::io;
use std::path::Path;

/// Makes a folder, with those above it that are missing, for this user alone. One that is there already stays as it is.
///
/// # Errors
/// What the system says.
pub fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}
