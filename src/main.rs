//! The `kb` command: parse, run, say what failed, exit.

use clap::Parser;
use kb::cli::{Cli, run, say_failure};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(outcome) => outcome.into(),
        Err(failure) => say_failure(&cli, &failure),
    }
}
