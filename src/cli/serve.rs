//! How does the server run? Listens, brings the index up to date, follows changes, and ends when it is told to.
//!
//! This is where `sync`, `search` and `http` meet: each new snapshot becomes an engine, which the server answers from.

use super::Outcome;
use super::args::{Global, Serve};
use super::log;
use super::setup::Setup;
use super::terminal::Terminal;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::http::{self, AppState};
use crate::index::Snapshot;
use crate::search::Engine;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// Serves until told to end.
pub(super) fn run(args: &Serve, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let setup = Setup::read(global, args.listen, terminal)?;
    log::start(&setup.settings.log, terminal);
    let listener = listen(setup.settings.server.listen)?;
    let address = listener.local_addr()?;
    let state = AppState::new(Arc::new(setup.settings), &setup.locations.kb, Clock::System);
    state.publish(Arc::new(Engine::new(
        Arc::new(Snapshot::default()),
        Arc::new(setup.schema),
    )));
    let mut out = terminal.out();
    writeln!(out, "listening on http://{address}")?;
    out.flush()?;
    drop(out);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        http::serve(listener, state, told_to_end()).await?;
        anyhow::Ok(Outcome::Fine)
    })
}

/// Takes the address.
fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    listener.map_err(|e| {
        let help = match e.kind() {
            io::ErrorKind::AddrInUse => "another program listens there; end it, or choose another address with --listen (port 0 takes a free one)",
            io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege (CAP_NET_BIND_SERVICE); choose another with --listen",
            io::ErrorKind::AddrNotAvailable => "this machine does not have that address; use 127.0.0.1, 0.0.0.0 or [::]",
            _ => "choose another address with --listen",
        };
        Error::internal(format!("cannot listen on {address}"), e).help(help)
    })
}

/// Resolves on SIGTERM or Ctrl+C.
async fn told_to_end() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => tracing::info!("interrupted: finishing the requests under way"),
                _ = terminate.recv() => tracing::info!("told to end: finishing the requests under way"),
            }
            return;
        }
    }
    let _ = interrupt.await;
}
