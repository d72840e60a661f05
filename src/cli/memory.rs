//! Is there enough memory? What a control group (a container, a service) lets this process use is compared with what it is about to
//! hold, before it does: whoever uses more is ended by the system without a word, and started again, and ended again.

use crate::error::{Code, Error, Result};
use crate::index::Generations;
use crate::sync;
use std::path::{Path, PathBuf};

const MIB: u64 = 1 << 20;
/// What the program itself needs at the very least, in bytes.
const LEAST: u64 = 24 * MIB;
/// What it usually takes to build an index: dictionaries and buffers, and so much for each file and for each byte of them.
const USUAL: u64 = 64 * MIB;
const PER_FILE: u64 = 3 * 1_024;
const PER_BYTE: u64 = 3;
/// Whoever may use more than this is told nothing.
const PLENTY: u64 = 4_096 * MIB;

/// Looks whether the index of the articles below `kb` can be opened, and built, within the memory that there is. What is said when it
/// may be too little; ask before anything else takes some.
///
/// # Errors
/// `Unavailable` when the index on the disk, which is held in memory, is larger than that.
pub(super) fn look(kb: &Path, generations: &Generations) -> Result<Option<String>> {
    match permitted(Path::new("/")) {
        Some(limit) if limit < PLENTY => compare(limit, held(generations), needed(kb)),
        _ => Ok(None),
    }
}

fn compare(limit: u64, held: u64, needed: u64) -> Result<Option<String>> {
    let least = held + LEAST;
    let mib = |bytes: u64| bytes.div_ceil(MIB);
    if limit < least {
        let message = format!(
            "the index is held in memory, which takes {} MiB at least, and this process may use {} MiB",
            mib(least),
            mib(limit)
        );
        let help = format!(
            "let it use {} MiB or more: MemoryMax= of its service, --memory of its container",
            mib(needed.max(least))
        );
        return Err(Error::new(Code::Unavailable, message).help(help));
    }
    Ok((limit < needed).then(|| {
        format!(
            "this process may use {} MiB of memory, and an index of these articles usually takes {} MiB to build: if it ends without a word, \
             that is why. Let it use more: MemoryMax= of its service, --memory of its container",
            mib(limit),
            mib(needed)
        )
    }))
}

/// What it usually takes to build the index; nothing where there is no folder, which is said elsewhere.
fn needed(kb: &Path) -> u64 {
    let extent = sync::extent(kb).unwrap_or_default();
    USUAL + extent.files * PER_FILE + extent.bytes * PER_BYTE
}

/// How large the current index on the disk is.
fn held(generations: &Generations) -> u64 {
    let current = generations.current();
    current.map_or(0, |name| size_of(&generations.root().join(name)))
}

fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => size_of(&entry.path()),
        _ => entry.metadata().map_or(0, |meta| meta.len()),
    });
    sizes.sum()
}

/// What this process may use, in bytes: the least of what its control groups say. `None` where none says anything.
fn permitted(root: &Path) -> Option<u64> {
    let groups = std::fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let places = groups.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        match controllers {
            "" => Some(("sys/fs/cgroup", "memory.max", path.to_owned())),
            "memory" => Some((
                "sys/fs/cgroup/memory",
                "memory.limit_in_bytes",
                path.to_owned(),
            )),
            _ => None,
        }
    });
    places
        .flat_map(|(base, file, path)| {
            let group = PathBuf::from(path.trim_start_matches('/'));
            let above: Vec<PathBuf> = group.ancestors().map(Path::to_owned).collect();
            above
                .into_iter()
                .filter_map(move |group| number(&root.join(base).join(group).join(file)))
        })
        .min()
}

fn number(file: &Path) -> Option<u64> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{MIB, compare, permitted};
    use std::path::Path;

    fn write(root: &Path, path: &str, text: &str) {
        let file = root.join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, text).expect("written");
    }

    #[test]
    fn f23_what_control_groups_permit_is_the_least_of_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        assert_eq!(permitted(root), None, "no control groups");
        write(root, "proc/self/cgroup", "4:memory:/a/b\n1:cpu:/\n0::/\n");
        write(
            root,
            "sys/fs/cgroup/memory/memory.limit_in_bytes",
            "9223372036854771712\n",
        );
        write(
            root,
            "sys/fs/cgroup/memory/a/memory.limit_in_bytes",
            "1000\n",
        );
        write(
            root,
            "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes",
            "2000\n",
        );
        assert_eq!(permitted(root), Some(1_000));
        write(root, "proc/self/cgroup", "0::/kb.service\n");
        write(root, "sys/fs/cgroup/kb.service/memory.max", "max\n");
        assert_eq!(permitted(root), None, "no limit");
        write(root, "sys/fs/cgroup/kb.service/memory.max", "268435456\n");
        assert_eq!(permitted(root), Some(256 * MIB));
    }

    #[test]
    fn f23_too_little_is_refused_and_what_may_be_too_little_is_said() {
        let said = |limit, held, needed| compare(limit * MIB, held * MIB, needed * MIB);
        assert_eq!(said(256, 20, 120).expect("it fits"), None);
        let warning = said(256, 20, 400).expect("it may fit").expect("a warning");
        assert!(
            warning.contains("256 MiB") && warning.contains("400 MiB"),
            "{warning}"
        );
        let refused = said(256, 250, 400).expect_err("it cannot fit");
        assert!(refused.to_string().contains("274 MiB"), "{refused}");
        assert!(
            refused
                .help_text()
                .is_some_and(|help| help.contains("400 MiB"))
        );
    }
}
