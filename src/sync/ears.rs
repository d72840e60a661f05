//! When is it time to look? When the file system says that something happened; it may forget to, so that is a hint only.

use notify_debouncer_full::notify::event::{AccessKind, AccessMode};
use notify_debouncer_full::notify::{self, EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, NoCache, new_debouncer_opt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What listens to the file system.
pub(super) struct Ears {
    debouncer: Debouncer<RecommendedWatcher, NoCache>,
}

/// What to listen to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Targets {
    /// With everything below.
    pub(super) folder: PathBuf,
    /// Single files; they may be replaced, or not be there yet.
    pub(super) files: Vec<PathBuf>,
}

/// What was heard.
#[derive(Debug)]
pub(super) enum Heard {
    /// Something changed.
    Change,
    /// The folder itself was made, moved or removed: what was listened to may be another one.
    Folder,
    /// Something may have been missed.
    Failure(String),
}

impl Ears {
    /// Listens to `targets`, and calls `heard` once nothing more has come for the time of `debounce`.
    ///
    /// # Errors
    /// Says why the file system cannot be listened to; most often too many folders are (`fs.inotify.max_user_watches`).
    pub(super) fn open(
        targets: &Targets,
        debounce: Duration,
        heard: Arc<dyn Fn(Heard) + Send + Sync>,
    ) -> Result<Self, String> {
        let interests = targets.clone();
        let listen = move |result: DebounceEventResult| match result {
            Ok(events) => {
                let relevant: Vec<_> = events.iter().filter(|e| interests.include(e)).collect();
                if relevant.iter().any(|e| e.paths.contains(&interests.folder)) {
                    heard(Heard::Folder);
                } else if !relevant.is_empty() {
                    heard(Heard::Change);
                }
            }
            Err(errors) => {
                for error in errors {
                    heard(Heard::Failure(explain(&error)));
                }
            }
        };
        let config = notify::Config::default().with_follow_symlinks(false);
        let debouncer = new_debouncer_opt(debounce, None, listen, NoCache, config);
        let mut debouncer = debouncer.map_err(|why| explain(&why))?;
        let mut watch = |path: &Path, mode| debouncer.watch(path, mode).map_err(|e| explain(&e));
        for folder in targets.folders_of_files() {
            watch(&folder, RecursiveMode::NonRecursive)?;
        }
        // Last, so that whoever turns the folder to another one meanwhile is either heard or has done so before.
        watch(&targets.folder, RecursiveMode::Recursive)?;
        Ok(Self { debouncer })
    }

    /// Stops listening, without waiting.
    pub(super) fn close(self) {
        self.debouncer.stop_nonblocking();
    }
}

impl Targets {
    /// The folders in which the single files are, and the one in which the folder is: files are replaced by renaming.
    fn folders_of_files(&self) -> Vec<PathBuf> {
        let all = self.files.iter().chain([&self.folder]);
        let parent = |path: &PathBuf| {
            let parent = path.parent()?;
            let here = parent.as_os_str().is_empty();
            Some(if here {
                PathBuf::from(".")
            } else {
                parent.to_owned()
            })
        };
        let mut folders: Vec<PathBuf> = all.filter_map(parent).filter(|p| p.is_dir()).collect();
        folders.sort_unstable();
        folders.dedup();
        folders.retain(|folder| *folder != self.folder);
        folders
    }

    /// Whether an event is about these and not only about reading.
    fn include(&self, event: &notify::Event) -> bool {
        let reading = matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write));
        let ours = |path: &PathBuf| path.starts_with(&self.folder) || self.files.contains(path);
        event.need_rescan() || !reading && (event.paths.is_empty() || event.paths.iter().any(ours))
    }
}

fn explain(error: &notify::Error) -> String {
    match error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "the system lets no more folders be watched (fs.inotify.max_user_watches)".to_owned()
        }
        _ => error.to_string(),
    }
}
