//! Where does work run that blocks? On a bounded number of threads beside the asynchronous ones.

use crate::error::{Code, Error, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How many pieces of work may wait for a thread; more are refused rather than answered too late.
const MAX_WAITING: usize = 256;

/// How long such a refusal is held back. A program that asks again at once, whatever it is told, would otherwise take the machine
/// from those who are served: refusing costs something too.
const HELD_BACK: Duration = Duration::from_millis(200);

/// How long a piece of work waits for a thread before it is refused: whoever asked has other things to do, and what waits longer
/// is not worth beginning.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bounded number of threads.
#[derive(Debug, Clone)]
pub(super) struct Blocking {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

impl Default for Blocking {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self::new(threads.max(2) * 2, MAX_WAITING)
    }
}

impl Blocking {
    /// A few threads for those who answer visitors.
    pub(super) fn reserved() -> Self {
        Self::new(2, MAX_WAITING)
    }

    fn new(threads: usize, waiting: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(threads)),
            admitted: Arc::new(Semaphore::new(threads + waiting)),
        }
    }

    /// Runs `work` on one of the threads, when one is free.
    ///
    /// # Errors
    /// `Unavailable` when too much is waiting already, `Internal` when `work` panics, and whatever `work` returns.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let busy = || {
            Error::new(Code::Unavailable, "too many requests are waiting")
                .help("try again in a moment")
        };
        let Ok(admitted) = self.admitted.clone().try_acquire_owned() else {
            tokio::time::sleep(HELD_BACK).await;
            return Err(busy());
        };
        let running = tokio::time::timeout(PATIENCE, self.running.clone().acquire_owned());
        let running = running.await.map_err(|_| busy())?.map_err(|_| busy())?;
        let span = tracing::Span::current();
        let task = tokio::task::spawn_blocking(move || {
            let result = span.in_scope(work);
            drop((running, admitted));
            result
        });
        task.await
            .map_err(|panic| Error::internal("the work for this request failed", panic))?
    }
}

#[cfg(test)]
mod tests {
    use super::{Blocking, HELD_BACK};
    use crate::error::{Code, Result};
    use std::sync::mpsc;
    use std::time::Instant;

    #[tokio::test]
    async fn what_finds_no_place_is_refused_after_a_pause_and_the_place_is_given_back() {
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, ends) = mpsc::channel();
        let threads = Blocking::new(1, 0);
        let one = tokio::spawn({
            let threads = threads.clone();
            async move {
                let work = move || -> Result<bool> {
                    let _ = begun.send(());
                    Ok(ends.recv().is_ok())
                };
                threads.run(work).await
            }
        });
        has_begun.await.expect("begun");
        let asked = Instant::now();
        let refused = threads.run(|| Ok(())).await.expect_err("there is no place");
        assert_eq!(refused.code(), Code::Unavailable);
        assert!(asked.elapsed() >= HELD_BACK);
        end.send(()).expect("it waits");
        assert!(one.await.expect("no panic").expect("done"));
        threads.run(|| Ok(())).await.expect("a place is free again");
    }
}
