//! Which states may a power cut leave? The journal that `shim.c` writes of a program's files, read back: at every place in it what
//! was synced is there, and of the rest as much or little as a disk and its cache like.

use crate::rounds::Dice;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The library that keeps the journal, compiled once a run.
pub(crate) fn shim() -> &'static Path {
    static SHIM: LazyLock<PathBuf> = LazyLock::new(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("kb-shim-{}.so", std::process::id()));
        let done = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .output()
            .expect("there is no C compiler\nhelp: apt-get install gcc libc6-dev");
        assert!(done.status.success(), "{done:?}");
        library
    });
    &SHIM
}

/// One change, as the journal has it.
#[derive(Debug, Clone)]
struct Entry {
    kind: u8,
    inode: u64,
    at: u64,
    bytes: Vec<u8>,
    /// Where it ends in the journal.
    end: u64,
}

impl Entry {
    fn path(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn paths(&self) -> (String, String) {
        let both = self.path();
        let (from, to) = both.split_once('\0').expect("two paths");
        (from.to_owned(), to.to_owned())
    }
}

/// What a machine with a disk and a cache did, until some place in the journal.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    files: Vec<File>,
    by_inode: HashMap<u64, usize>,
    now: Names,
    durable: Names,
    /// Changes of names that are not synced: the folder, and the change.
    pending: Vec<(String, Entry, Option<usize>)>,
}

#[derive(Debug, Default)]
struct File {
    now: Vec<u8>,
    durable: Vec<u8>,
    /// Writes (with bytes) and cuts that are not synced.
    pending: Vec<(u8, u64, Vec<u8>)>,
}

#[derive(Debug, Default, Clone)]
struct Names {
    files: BTreeMap<String, usize>,
    folders: BTreeSet<String>,
}

/// How much of what was not synced is on the disk after the cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nothing.
    Strict,
    /// Any of the bytes, in any order; of the names the first few changes.
    Torn,
    /// All: the program was killed, and the machine lives.
    Kill,
}

/// The journal of a run.
pub(crate) struct Journal {
    entries: Vec<Entry>,
}

impl Journal {
    /// Reads all of it; half an entry at the end is what a kill left.
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("a journal");
        let number = |at: usize| {
            let bytes = bytes.get(at..at + 8)?;
            Some(u64::from_ne_bytes(bytes.try_into().ok()?))
        };
        let (mut entries, mut at) = (Vec::new(), 0);
        while let Some(length) = number(at + 25) {
            let end = at + 33 + usize::try_from(length).expect("a length");
            let Some(data) = bytes.get(at + 33..end) else {
                break;
            };
            entries.push(Entry {
                kind: bytes[at],
                inode: number(at + 1).expect("a number"),
                at: number(at + 9).expect("a number"),
                bytes: data.to_vec(),
                end: end as u64,
            });
            at = end;
        }
        Self { entries }
    }

    /// How many changes there were.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many syncs failed.
    pub(crate) fn failed_syncs(&self) -> usize {
        self.entries.iter().filter(|e| e.kind == b'E').count()
    }

    /// The place in the file after the first `count` changes.
    pub(crate) fn place(&self, count: usize) -> u64 {
        count
            .checked_sub(1)
            .map_or(0, |last| self.entries[last].end)
    }

    /// How many changes there were when the file was that long.
    pub(crate) fn count_at(&self, place: u64) -> usize {
        let before = self.entries.partition_point(|entry| entry.end < place);
        (before + 1).min(self.entries.len())
    }

    /// The disk after the first `count` changes.
    pub(crate) fn replay(&self, count: usize) -> Disk {
        let mut disk = Disk::default();
        for entry in &self.entries[..count] {
            disk.apply(entry);
        }
        disk
    }
}

fn folder_of(path: &str) -> String {
    path.rsplit_once('/')
        .map_or("", |(folder, _)| folder)
        .to_owned()
}

fn change(bytes: &mut Vec<u8>, kind: u8, at: u64, data: &[u8]) {
    let at = usize::try_from(at).expect("a place");
    if kind == b'T' {
        return bytes.resize(at, 0);
    }
    if bytes.len() < at + data.len() {
        bytes.resize(at + data.len(), 0);
    }
    bytes[at..at + data.len()].copy_from_slice(data);
}

impl Names {
    fn apply(&mut self, entry: &Entry, file: Option<usize>) {
        match entry.kind {
            b'C' => drop(file.map(|file| self.files.insert(entry.path(), file))),
            b'U' => drop(self.files.remove(&entry.path())),
            b'M' => drop(self.folders.insert(entry.path())),
            b'X' => drop(self.folders.remove(&entry.path())),
            b'R' | b'L' => {
                let (from, to) = entry.paths();
                if entry.kind == b'R' {
                    self.files.remove(&from);
                }
                if let Some(file) = file {
                    self.files.insert(to, file);
                }
            }
            _ => {}
        }
    }
}

impl Disk {
    fn apply(&mut self, entry: &Entry) {
        match entry.kind {
            b'W' | b'T' => {
                let Some(file) = self.by_inode.get(&entry.inode) else {
                    return;
                };
                let file = &mut self.files[*file];
                change(&mut file.now, entry.kind, entry.at, &entry.bytes);
                let op = (entry.kind, entry.at, entry.bytes.clone());
                file.pending.push(op);
            }
            b'S' | b'E' => self.sync(entry),
            b'D' => {
                let folder = entry.path();
                let (done, left) = std::mem::take(&mut self.pending)
                    .into_iter()
                    .partition(|(of, _, _)| *of == folder);
                self.pending = left;
                for (_, entry, file) in done {
                    self.durable.apply(&entry, file);
                }
            }
            _ => self.rename(entry),
        }
    }

    /// A sync that failed drops what was written, as the system does: a later one does not bring it back.
    fn sync(&mut self, entry: &Entry) {
        let Some(file) = self.by_inode.get(&entry.inode) else {
            let folder = entry.path();
            return self.pending.retain(|(of, _, _)| *of != folder);
        };
        let file = &mut self.files[*file];
        for (kind, at, bytes) in std::mem::take(&mut file.pending) {
            if entry.kind == b'S' {
                change(&mut file.durable, kind, at, &bytes);
            }
        }
    }

    fn rename(&mut self, entry: &Entry) {
        let (name, file) = match entry.kind {
            b'C' => {
                self.files.push(File::default());
                let file = self.files.len() - 1;
                self.by_inode.insert(entry.inode, file);
                (entry.path(), Some(file))
            }
            b'R' | b'L' => {
                let (from, to) = entry.paths();
                (to, self.now.files.get(&from).copied())
            }
            _ => (entry.path(), None),
        };
        self.now.apply(entry, file);
        self.pending.push((folder_of(&name), entry.clone(), file));
    }

    /// Writes what is left after a cut into a folder.
    pub(crate) fn write(&self, cut: Cut, dice: &mut Dice, folder: &Path) {
        let mut names = self.durable.clone();
        let kept = match cut {
            Cut::Strict => 0,
            Cut::Torn => dice.below(self.pending.len() as u64 + 1),
            Cut::Kill => self.pending.len() as u64,
        };
        for (_, entry, file) in self.pending.iter().take(kept as usize) {
            names.apply(entry, *file);
        }
        for name in &names.folders {
            std::fs::create_dir_all(folder.join(name)).expect("a folder");
        }
        for (name, file) in &names.files {
            let path = folder.join(name);
            // A file in a folder whose own name was not synced is nowhere.
            let is_lost = !path.parent().is_some_and(Path::is_dir);
            if !is_lost {
                std::fs::write(path, self.files[*file].after(cut, dice)).expect("a file");
            }
        }
    }
}

impl File {
    fn after(&self, cut: Cut, dice: &mut Dice) -> Vec<u8> {
        if cut == Cut::Kill {
            return self.now.clone();
        }
        let mut bytes = self.durable.clone();
        for (kind, at, data) in self.pending.iter().filter(|_| cut == Cut::Torn) {
            // Of a write, sectors may be there and others not.
            for (nth, sector) in data.chunks(512).enumerate() {
                if dice.below(2) == 0 {
                    change(&mut bytes, b'W', at + 512 * nth as u64, sector);
                }
            }
            if *kind == b'T' && dice.below(2) == 0 {
                change(&mut bytes, b'T', *at, &[]);
            }
        }
        bytes
    }
}
