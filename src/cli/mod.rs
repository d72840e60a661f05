//! What does the person at the terminal, or the script, want done? One file a command.
//!
//! Results go to stdout, messages to stderr. The exit code is 0 when all is fine, 1 for a negative result (problems were
//! found, figures got worse), 2 for a failure. This is where the rooms are wired together: `serve` hands snapshots from
//! `sync` through `search` to `http`, which know nothing of each other.

mod args;
mod audit;
mod case;
mod check;
mod completions;
mod config;
mod database;
mod demo;
mod doctor;
mod eval;
mod failure;
mod follows;
mod key;
mod log;
mod mail_in;
mod man;
mod meaning;
mod memory;
mod new;
mod outbox;
mod person;
mod problems;
mod progress;
mod questions;
mod reindex;
mod reload;
mod search;
mod serve;
mod setup;
mod signals;
mod terminal;
mod token;
mod user;

pub use args::Cli;
pub use failure::{Outcome, say_failure};

use args::Command;
use terminal::Terminal;

/// Does what the arguments say.
///
/// # Errors
/// Whatever keeps the command from being done; [`say_failure`] shows it.
pub fn run(cli: &Cli) -> anyhow::Result<Outcome> {
    let terminal = Terminal::new(cli);
    let global = &cli.global;
    match &cli.command {
        Command::Check(args) => check::run(args, global, &terminal),
        Command::New(args) => new::run(args, global, &terminal),
        Command::Backup(args) => database::back_up(args, global, &terminal),
        Command::Restore(args) => database::restore(args, global, &terminal),
        Command::Migrate(args) => database::migrate(args, global, &terminal),
        Command::Doctor(args) => doctor::run(args, global, &terminal),
        Command::Config(args) => config::run(args, global, &terminal),
        Command::Completions(args) => completions::run(args, &terminal),
        Command::Man(args) => man::run(args, &terminal),
        Command::Serve(args) => serve::run(args, global, &terminal),
        Command::Reindex(_) => reindex::run(global, &terminal),
        Command::Search(args) => search::run(args, global, &terminal),
        Command::User(args) => user::run(args, global, &terminal),
        Command::Token(args) => token::run(args, global, &terminal),
        Command::Key(args) => key::run(args, global, &terminal),
        Command::Audit(args) => audit::run(args, global, &terminal),
        Command::Case(args) => case::run(args, global, &terminal),
        Command::Person(args) => person::run(args, global, &terminal),
        Command::Outbox(args) => outbox::run(args, global, &terminal),
        Command::Demo(_) => demo::run(global, &terminal),
        Command::MailIn(_) => Ok(mail_in::run(global, &terminal)),
        Command::Eval(args) => eval::run(args, global, &terminal),
    }
}
