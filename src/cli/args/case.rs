//! Which options do `kb case`, `kb outbox` and `kb demo` have?

use super::Format;
use crate::model::case::{CaseNumber, State};
use crate::model::{Email, OutboxId, Slug};
use clap::{Args, Subcommand, ValueEnum};

/// `kb case`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb case list
  kb case list --state open --state new --group billing
  kb case show KB-2611-0042
  kb case reply KB-2611-0042 --as wang@example.com < reply.md
  kb case reply KB-2611-0042 --as wang@example.com --solve < reply.md
  kb case list --format json | jq '.[].number'

What is written here stands in the timeline and reaches the customer by mail, just as if it were written at the desk.")]
pub(in crate::cli) struct Case {
    /// What to do
    #[command(subcommand)]
    pub(in crate::cli) command: CaseCommand,
}

/// What is done with cases.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CaseCommand {
    /// Show cases, what is due first on top
    List(CaseList),
    /// Show one case with its timeline
    Show(CaseShow),
    /// Write to the customer, or a note to the desk; the text is read from standard input
    Reply(CaseReply),
}

/// `kb case list`
#[derive(Debug, Args)]
pub(in crate::cli) struct CaseList {
    /// Only in this state: new, open, waiting, solved, closed or merged; may be repeated [default: new, open and waiting]
    #[arg(long, value_name = "STATE", value_parser = state)]
    pub(in crate::cli) state: Vec<State>,
    /// Only of this group; may be repeated
    #[arg(long, value_name = "GROUP", value_parser = group)]
    pub(in crate::cli) group: Vec<Slug>,
    /// Only what is late
    #[arg(long)]
    pub(in crate::cli) late: bool,
    /// How many to show, at most 200
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 50)]
    pub(in crate::cli) limit: u32,
    /// How cases are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}

/// `kb case show`
#[derive(Debug, Args)]
pub(in crate::cli) struct CaseShow {
    /// The case's number
    #[arg(value_name = "NUMBER", value_parser = number)]
    pub(in crate::cli) number: CaseNumber,
    /// How the case is printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}

/// `kb case reply`
#[derive(Debug, Args)]
pub(in crate::cli) struct CaseReply {
    /// The case's number
    #[arg(value_name = "NUMBER", value_parser = number)]
    pub(in crate::cli) number: CaseNumber,
    /// The account that writes, by its mail address
    #[arg(long = "as", value_name = "EMAIL", value_parser = email)]
    pub(in crate::cli) account: Email,
    /// Ask back: the customer is to act
    #[arg(long, conflicts_with_all = ["solve", "note"])]
    pub(in crate::cli) ask_back: bool,
    /// Say that it is solved
    #[arg(long, conflicts_with = "note")]
    pub(in crate::cli) solve: bool,
    /// For the desk only
    #[arg(long)]
    pub(in crate::cli) note: bool,
}

/// `kb outbox`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb outbox list                    what waits, and what was given up
  kb outbox list --state dead
  kb outbox retry --all             try everything that was given up once more
  kb outbox retry 0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b

Mails and web hooks are tried for three and a half days. What was given up stays here until somebody looks. A mail that came back
after it was sent cannot be sent again: its text, with the customer's link, is forgotten once a server took it.")]
pub(in crate::cli) struct Outbox {
    /// What to do
    #[command(subcommand)]
    pub(in crate::cli) command: OutboxCommand,
}

/// What is done with the outbox.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum OutboxCommand {
    /// Show what is to be sent
    List(OutboxList),
    /// Try what was given up once more
    Retry(OutboxRetry),
}

/// `kb outbox list`
#[derive(Debug, Args)]
pub(in crate::cli) struct OutboxList {
    /// Which entries [default: pending and dead]
    #[arg(long, value_name = "STATE")]
    pub(in crate::cli) state: Option<OutboxState>,
    /// How many to show of each state, the newest first
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 50)]
    pub(in crate::cli) limit: u32,
    /// How entries are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum OutboxState {
    /// It waits for its time
    Pending,
    /// It was taken by its receiver
    Sent,
    /// It was given up
    Dead,
}

/// `kb outbox retry`
#[derive(Debug, Args)]
pub(in crate::cli) struct OutboxRetry {
    /// Which entries, as `kb outbox list` names them
    #[arg(value_name = "ID", value_parser = entry, required_unless_present = "all")]
    pub(in crate::cli) ids: Vec<OutboxId>,
    /// All that were given up
    #[arg(long, conflicts_with = "ids")]
    pub(in crate::cli) all: bool,
}

/// `kb demo`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb demo                          fill the store beside kb/ and say how to sign in
  kb --data-dir /tmp/trial demo    fill one that can be thrown away
  kb serve                         then look at /desk and /questions

Accounts, cases, visits and public questions, made up and in Chinese, of the last two weeks. Nobody is mailed. A store that has
cases or accounts is refused and left as it is.")]
pub(in crate::cli) struct Demo {}

fn state(text: &str) -> Result<State, String> {
    State::parse(text).map_err(|e| e.to_string())
}

fn group(text: &str) -> Result<Slug, String> {
    Slug::parse(text).map_err(|e| e.to_string())
}

fn number(text: &str) -> Result<CaseNumber, String> {
    CaseNumber::parse(text).map_err(|e| e.to_string())
}

pub(super) fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|e| e.to_string())
}

fn entry(text: &str) -> Result<OutboxId, String> {
    OutboxId::parse(text)
        .map_err(|_| "this is no id of an entry: kb outbox list shows them".to_owned())
}
