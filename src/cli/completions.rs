//! How does a shell complete `kb`?

use super::args::{Cli, Completions};
use super::{Outcome, Terminal};
use clap::CommandFactory;
use std::io::Write;

/// Prints the completions for one shell.
pub(super) fn run(args: &Completions, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kb", &mut script);
    terminal.out().write_all(&script)?;
    Ok(Outcome::Fine)
}
