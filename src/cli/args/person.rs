//! Which options does `kb person` have?

use super::Format;
use crate::model::Email;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `kb person`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb person show li.lei@example.com
  kb person export li.lei@example.com --files li-lei > li-lei.json
  kb person erase li.lei@example.com --dry-run
  kb person erase li.lei@example.com --yes
  kb person retention             what [retention] of kb.toml would remove now
  kb person erased                who was erased, as hashes, to keep beside the backups

Cases of somebody who is erased stay, without what says who he was; all else goes. What a backup brings back is erased again when
it is restored.")]
pub(in crate::cli) struct Person {
    /// What to do
    #[command(subcommand)]
    pub(in crate::cli) command: PersonCommand,
}

/// What is done about people.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PersonCommand {
    /// Say how much is kept of somebody
    Show(Show),
    /// Print everything that is kept of somebody as one JSON document
    Export(Export),
    /// Take somebody out of everything
    Erase(Erase),
    /// Say for how long things are kept, and what is due
    Retention(Retention),
    /// Print the tombstones of all who were erased, or take over those of another place
    Erased(ErasedArgs),
}

/// `kb person show`
#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// The mail address
    #[arg(value_name = "EMAIL", value_parser = email)]
    pub(in crate::cli) email: Email,
    /// How it is printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}

/// `kb person export`
#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// The mail address
    #[arg(value_name = "EMAIL", value_parser = email)]
    pub(in crate::cli) email: Email,
    /// Write the files of the cases into this folder, which must not be there yet or be empty
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) files: Option<PathBuf>,
}

/// `kb person erase`
#[derive(Debug, Args)]
pub(in crate::cli) struct Erase {
    /// The mail address
    #[arg(value_name = "EMAIL", value_parser = email)]
    pub(in crate::cli) email: Email,
    /// Change nothing, only say what would happen
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Do it without asking
    #[arg(long, conflicts_with = "dry_run")]
    pub(in crate::cli) yes: bool,
}

/// `kb person retention`
#[derive(Debug, Args)]
pub(in crate::cli) struct Retention {
    /// Change nothing, only say; this is what it does anyway, since `kb serve` applies it every hour
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Apply it now
    #[arg(long, conflicts_with = "dry_run")]
    pub(in crate::cli) apply: bool,
    /// How it is printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}

/// `kb person erased`
#[derive(Debug, Args)]
pub(in crate::cli) struct ErasedArgs {
    /// Read what this command printed elsewhere from this file, or from standard input for `-`, and erase them here too
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) again: Option<PathBuf>,
}

fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|e| e.to_string())
}
