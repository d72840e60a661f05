//! What does the system tell the server? To end, to end at once, or to look at its files.

/// Resolves on SIGTERM or Ctrl+C.
pub(super) async fn told_to_end() {
    told(1).await;
    tracing::info!("told to end: finishing the requests under way");
}

/// Resolves on the second of them: whoever tells it twice does not want to wait.
pub(super) async fn told_twice() {
    told(2).await;
    tracing::warn!("told to end twice: requests under way are cut off");
}

#[cfg(unix)]
async fn told(times: usize) {
    use tokio::signal::unix::{SignalKind, signal};
    let listeners = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    );
    let (Ok(mut terminate), Ok(mut interrupt)) = listeners else {
        tracing::warn!("signals cannot be listened for: the process can only be killed");
        return std::future::pending().await;
    };
    for _ in 0..times {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
async fn told(times: usize) {
    for _ in 0..times {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// SIGHUP, by which daemons are told to look at their files. From when this is made on it does not end the process.
pub(super) struct Hangups {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    /// Begins to listen.
    pub(super) fn listen() -> Self {
        Self {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    /// Resolves on the next one; none is missed between two calls.
    pub(super) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}
