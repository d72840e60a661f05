//! What does a mail server hand to us? One mail on standard input; the exit code says what it is to do with it.

use super::args::Global;
use super::database::{location, wait_for};
use super::setup::Found;
use super::terminal::{Terminal, visible};
use super::{Outcome, failure};
use crate::cases::{Arrived, Cases};
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::mail::Limits;
use crate::store::Store;
use std::io::{Read, Write};
use std::sync::Arc;

/// Takes the mail. Whatever goes wrong is tried again later by the mail server, but for a mail that nobody can read.
pub(super) fn run(global: &Global, terminal: &Terminal) -> Outcome {
    match take(global, terminal) {
        Ok(arrived) => {
            if !terminal.quiet {
                let _ = writeln!(terminal.out(), "{}", visible(&arrived.to_string()));
            }
            Outcome::Fine
        }
        Err(error) => {
            failure::say(terminal, &error);
            let code = error.downcast_ref::<Error>().map(Error::code);
            match code {
                Some(Code::InvalidRequest) => Outcome::Unreadable,
                _ => Outcome::Later,
            }
        }
    }
}

fn take(global: &Global, terminal: &Terminal) -> anyhow::Result<Arrived> {
    let raw = read_all()?;
    let settings = Found::read(global, None).accepted(terminal)?.settings;
    let location = location(&settings).map_err(|e| anyhow::anyhow!("{e}"))?;
    wait_for(async {
        let store = Store::open(&location).await.map_err(Error::from)?;
        let cases = Cases::open(store, Arc::new(settings), Clock::System).await?;
        let arrived = cases.take_mail(&raw).await;
        cases.store().close().await;
        arrived
    })
}

/// The mail; of one that is too large only as much as shows that it is.
fn read_all() -> Result<Vec<u8>> {
    let most = u64::try_from(Limits::default().bytes).unwrap_or(u64::MAX);
    let mut raw = Vec::new();
    let read = std::io::stdin().take(most + 1).read_to_end(&mut raw);
    read.map_err(|e| Error::internal("standard input cannot be read", e))?;
    Ok(raw)
}
