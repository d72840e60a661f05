//! Who keeps the index up to date while it is served? One thread that sleeps until something happens or is due.

use super::ears::{Ears, Heard, Targets};
use super::follow::Follower;
use super::meaning::Worker;
use super::status::Update;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The first pause before something that failed is tried again; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// How often the disk is looked at when the file system cannot be listened to.
const POLL: Duration = Duration::from_secs(2);

/// When the watcher looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// How long nothing more must have happened to a file before it is read.
    pub debounce: Duration,
    /// How often everything is looked at without any sign.
    pub rescan: Duration,
    /// How often the files of the index on the disk are verified.
    pub verify: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            debounce: Duration::from_millis(120),
            rescan: Duration::from_secs(60),
            verify: Duration::from_secs(600),
        }
    }
}

/// Follows the sources of an index in a thread of its own until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Starts. `on_change` is called at once with what is to be served first, and then from the thread with everything new.
    pub fn start(
        mut follower: Follower,
        rhythm: Rhythm,
        mut on_change: impl FnMut(Update) + Send + 'static,
    ) -> std::io::Result<Self> {
        if let Some(first) = follower.news() {
            on_change(first);
        }
        let bell = Arc::new(Bell::default());
        let worker = follower.filler().map(|filler| {
            let bell = Arc::clone(&bell);
            Worker::start(Arc::clone(filler), move || {
                bell.ring(|rung| rung.changed = true)
            })
        });
        let watch = Watch {
            bell: Arc::clone(&bell),
            worker: worker.transpose()?,
            rhythm,
            follower,
            ears: None,
            listening_to: None,
            deaf: None,
        };
        let thread = std::thread::Builder::new()
            .name("kb-sync".to_owned())
            .spawn(move || watch.run(&mut on_change))?;
        Ok(Self {
            bell,
            thread: Some(thread),
        })
    }

    /// Has everything looked at soon, as after a signal.
    pub fn look(&self) {
        self.bell.ring(|rung| rung.changed = true);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.bell.ring(|rung| rung.stop = true);
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported already.
            let _ = thread.join();
        }
    }
}

/// What was heard since it was last asked. However much happens, this does not grow.
#[derive(Debug, Default)]
struct Rung {
    changed: bool,
    lost: bool,
    failure: Option<String>,
    stop: bool,
}

#[derive(Debug, Default)]
struct Bell {
    rung: Mutex<Rung>,
    wake: Condvar,
}

impl Bell {
    fn ring(&self, what: impl FnOnce(&mut Rung)) {
        what(&mut self.lock());
        self.wake.notify_all();
    }

    /// Waits until it is rung, at most for `patience`.
    fn wait(&self, patience: Duration) -> Rung {
        let silent =
            |rung: &mut Rung| !(rung.changed || rung.lost || rung.stop) && rung.failure.is_none();
        let (mut rung, _) = self
            .wake
            .wait_timeout_while(self.lock(), patience, silent)
            .unwrap_or_else(PoisonError::into_inner);
        let stop = rung.stop;
        Rung {
            stop,
            ..std::mem::take(&mut *rung)
        }
    }

    fn lock(&self) -> MutexGuard<'_, Rung> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Watch {
    bell: Arc<Bell>,
    rhythm: Rhythm,
    follower: Follower,
    /// Who asks what texts mean.
    worker: Option<Worker>,
    ears: Option<Ears>,
    listening_to: Option<(Targets, Option<PathBuf>)>,
    /// Why the file system is not listened to.
    deaf: Option<String>,
}

impl Watch {
    fn run(mut self, on_change: &mut dyn FnMut(Update)) {
        let mut pause = FIRST_PAUSE;
        let mut verified = Instant::now();
        loop {
            self.listen();
            if let Some(update) = self.follower.step() {
                tell(&update);
                on_change(self.with_warnings(update));
            }
            if self.is_elsewhere() {
                continue;
            }
            self.understand(on_change);
            if verified.elapsed() >= self.rhythm.verify {
                self.follower.verify();
                verified = Instant::now();
            }
            let mut patience = self.patience();
            if self.follower.must_retry() {
                patience = patience.min(pause);
                pause = (pause * 2).min(self.rhythm.rescan);
            } else {
                pause = FIRST_PAUSE;
            }
            let rung = self.bell.wait(patience);
            if rung.stop {
                return self.close_ears();
            }
            self.heed(rung);
        }
    }

    /// Publishes the vectors that are known by now, and has the others asked for.
    fn understand(&mut self, on_change: &mut dyn FnMut(Update)) {
        let (Some(worker), Some(wanted)) = (&self.worker, self.follower.understand()) else {
            return;
        };
        if !wanted.is_empty() {
            worker.want(wanted);
        }
        if let Some(update) = self.follower.news() {
            tell(&update);
            on_change(self.with_warnings(update));
        }
    }

    /// How long to sleep if nothing happens.
    fn patience(&self) -> Duration {
        let regular = if self.ears.is_some() {
            self.rhythm.rescan
        } else {
            POLL
        };
        let due = self.follower.next_change();
        let due = due.map_or(Duration::MAX, |at| self.follower.time_until(at));
        regular
            .min(self.rhythm.rescan)
            .min(due.max(Duration::from_millis(1)))
    }

    fn heed(&mut self, rung: Rung) {
        if rung.lost || rung.failure.is_some() {
            self.close_ears();
        }
        if let Some(why) = rung.failure {
            self.grow_deaf(why);
        }
    }

    /// Listens to what there is to be listened to, if it does not yet.
    fn listen(&mut self) {
        let targets = self.targets();
        // A link may have been turned to another folder.
        let real = targets.folder.canonicalize().ok();
        let now = Some((targets, real));
        if self.listening_to == now {
            return;
        }
        self.close_ears();
        let Some((targets, Some(_))) = &now else {
            return;
        };
        let bell = Arc::clone(&self.bell);
        let heard = move |heard| {
            bell.ring(|rung| match heard {
                Heard::Change => rung.changed = true,
                Heard::Folder => rung.lost = true,
                Heard::Failure(why) => rung.failure = Some(why),
            });
        };
        match Ears::open(targets, self.rhythm.debounce, Arc::new(heard)) {
            Ok(ears) => {
                self.ears = Some(ears);
                self.deaf = None;
            }
            Err(why) => self.grow_deaf(why),
        }
        self.listening_to = now;
    }

    /// Whether the folder was turned to another while it was read: what happens in that one is not heard yet.
    fn is_elsewhere(&self) -> bool {
        let heard = self.listening_to.as_ref().filter(|_| self.ears.is_some());
        heard.is_some_and(|(targets, real)| targets.folder.canonicalize().ok() != *real)
    }

    fn targets(&self) -> Targets {
        let mut files = self.follower.settings_files();
        files.push(self.follower.generations().join("CURRENT"));
        // What is heard of names the whole path.
        let whole = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        Targets {
            folder: whole(self.follower.root()),
            files: files.into_iter().map(whole).collect(),
        }
    }

    fn grow_deaf(&mut self, why: String) {
        let warning = format!(
            "{why}; instead the folder is looked at every {} s",
            POLL.as_secs()
        );
        tracing::warn!("{warning}");
        self.deaf = Some(warning);
    }

    fn close_ears(&mut self) {
        self.listening_to = None;
        if let Some(ears) = self.ears.take() {
            ears.close();
        }
    }

    fn with_warnings(&self, mut update: Update) -> Update {
        update.status.warnings.extend(self.deaf.clone());
        update
    }
}

fn tell(update: &Update) {
    let articles = update.snapshot.whole().len();
    let generation = update.snapshot.generation();
    let problems = update.status.problems.len();
    // What is wrong with it goes before: whoever reads the last line knows all.
    for warning in &update.status.warnings {
        tracing::warn!("{warning}");
    }
    tracing::info!(articles, generation, problems, "the index is up to date");
    if let Some(error) = &update.status.error {
        tracing::error!("{error}");
    }
}
