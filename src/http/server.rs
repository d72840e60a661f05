//! How are connections taken? Up to a limit, a fair share to each address, and a time limit on everything a client can delay.
//!
//! `axum::serve` has no time limit for the head of a request, so this is a loop of our own over hyper. What can be slow:
//! the head of a request and the pause before the next one ([`header_timeout_ms`]), the handler ([`request_timeout_ms`], in
//! [`boundary`](super::boundary)), and a client that does not take the answer (the same, in [`Steady`]).
//!
//! [`header_timeout_ms`]: crate::config::Server::header_timeout_ms
//! [`request_timeout_ms`]: crate::config::Server::request_timeout_ms

use super::peers::{Peer, Peers};
use super::state::AppState;
use super::steady::Steady;
use super::{client, router};
use crate::config::Server;
use crate::error::Result;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How often the figures are summed up.
const SUM_UP_EVERY: Duration = Duration::from_secs(5);

/// How long nothing is accepted after the system had no room for a connection (no file descriptor, no memory).
const NO_ROOM_PAUSE: Duration = Duration::from_millis(100);

/// How often that is written to the log.
const NO_ROOM_LOG_EVERY: Duration = Duration::from_secs(10);

/// How many may look at the figures at once, where these have an address of their own.
const MAX_FIGURE_CONNECTIONS: usize = 64;

/// The largest head of a request that is read, in bytes. [`boundary`](super::boundary) refuses smaller ones with a reason.
const MAX_HEAD_BYTES: usize = 128 * 1024;

/// Serves `state` on `listener` until `shutdown` resolves. Then `/readyz` says that it ends, for as long as `server.drain_ms`; then no
/// more connections are taken, idle ones are closed, and requests under way are finished, for at most the configured time. Dropping the future cuts them off at once.
///
/// # Errors
/// None at present; a listener that cannot accept is tried again until it can.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let settings = state.settings().server.clone();
    let graceful = GracefulShutdown::new();
    state.take_requests();
    let mut door = Door::new(&settings, &graceful, state.clone());
    tokio::select! {
        () = door.take_all(&listener) => {}
        () = sum_up(&state) => {}
        () = drained(shutdown, &state) => {}
    }
    drop((door, listener));
    // Live pages would be waited for in vain.
    state.end();
    let under_way = graceful.count();
    let limit = Duration::from_millis(settings.shutdown_timeout_ms);
    if tokio::time::timeout(limit, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(
            under_way,
            ?limit,
            "requests were still under way at the end of the time for them"
        );
    }
    // What answers requests holds the state, and the state what answers them.
    state.leave();
    Ok(())
}

/// Waits until it is told to end, and until a proxy in front has had the time to notice.
async fn drained(shutdown: impl Future<Output = ()>, state: &AppState) {
    shutdown.await;
    state.drain();
    tokio::time::sleep(Duration::from_millis(state.settings().server.drain_ms)).await;
}

/// Serves the figures of `state` alone on `listener`, until the future is dropped.
pub async fn serve_figures(listener: TcpListener, state: AppState) {
    let settings = Server {
        max_connections: MAX_FIGURE_CONNECTIONS,
        ..state.settings().server.clone()
    };
    let graceful = GracefulShutdown::new();
    let mut door = Door::new(&settings, &graceful, state);
    door.only_figures = true;
    door.take_all(&listener).await;
}

async fn sum_up(state: &AppState) {
    loop {
        tokio::time::sleep(SUM_UP_EVERY).await;
        state.metrics().sum_up();
    }
}

/// Where connections come in.
struct Door<'a> {
    http: http1::Builder,
    graceful: &'a GracefulShutdown,
    places: Arc<Semaphore>,
    max_connections: usize,
    peers: Peers,
    stall: Duration,
    state: AppState,
    only_figures: bool,
    complained: Option<Instant>,
}

impl<'a> Door<'a> {
    fn new(settings: &Server, graceful: &'a GracefulShutdown, state: AppState) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(Duration::from_millis(settings.header_timeout_ms))
            .max_buf_size(MAX_HEAD_BYTES);
        let max_connections = settings.max_connections.max(1);
        Self {
            http,
            graceful,
            places: Arc::new(Semaphore::new(max_connections)),
            max_connections,
            peers: Peers::new(max_connections / 4),
            stall: Duration::from_millis(settings.request_timeout_ms),
            state,
            only_figures: false,
            complained: None,
        }
    }

    /// Takes one connection after another. While all places are taken, further ones wait in the system's queue.
    async fn take_all(&mut self, listener: &TcpListener) {
        while let Ok(place) = Arc::clone(&self.places).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, address)) => match self.peers.admit(address.ip()) {
                    Some(peer) => self.take(stream, place, peer, address.ip()),
                    None => self.state.metrics().refused_connection(),
                },
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => self.pause(&error).await,
            }
        }
    }

    fn take(&self, stream: TcpStream, place: OwnedSemaphorePermit, peer: Peer, address: IpAddr) {
        let _ = stream.set_nodelay(true);
        let stream = Steady::new(TokioIo::new(stream), self.stall);
        let (state, only_figures) = (self.state.clone(), self.only_figures);
        let named = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(client::Peer(address));
            // The settings may have changed since the last request.
            let app = match only_figures {
                true => Some(router::figures(state.current())),
                false => state.app(),
            };
            let app = app.unwrap_or_default();
            TowerToHyperService::new(app).call(request)
        });
        let connection = self.http.serve_connection(stream, named);
        let connection = self.graceful.watch(connection);
        let (state, places, max) = (
            self.state.clone(),
            Arc::clone(&self.places),
            self.max_connections,
        );
        state
            .metrics()
            .connections(max - places.available_permits());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop((place, peer));
            state
                .metrics()
                .connections(max - places.available_permits());
        });
    }

    /// Waits until there may be room again, instead of asking for it over and over.
    async fn pause(&mut self, error: &io::Error) {
        if self
            .complained
            .is_none_or(|at| at.elapsed() >= NO_ROOM_LOG_EVERY)
        {
            self.complained = Some(Instant::now());
            tracing::warn!(%error, "cannot take connections at the moment; trying again");
        }
        tokio::time::sleep(NO_ROOM_PAUSE).await;
    }
}

/// Whether only this one connection failed, so that the next can be taken at once.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}
