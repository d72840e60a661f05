//! How are connections taken? One at a time up to a limit, with a time limit on everything that a client can delay.

use super::router::app;
use super::state::AppState;
use crate::error::{Error, Result};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::time::Duration;
use tokio::net::TcpListener;

/// Serves `state` on `listener` until `shutdown` resolves; then takes no more connections and finishes what is under way,
/// for at most the configured time.
///
/// # Errors
/// When the listener is broken beyond use.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let limits = state.settings().server.clone();
    let service = TowerToHyperService::new(app(state));
    let graceful = GracefulShutdown::new();
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.header_timeout_ms));
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let connection = http.serve_connection(TokioIo::new(stream), service.clone());
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended early");
            }
        });
    }
    let deadline = Duration::from_millis(limits.shutdown_timeout_ms);
    tokio::time::timeout(deadline, graceful.shutdown())
        .await
        .map_err(|late| Error::internal("some requests were cut off at shutdown", late))
}
