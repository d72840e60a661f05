//! What can be said to `kb doctor`?

use crate::cli::args::Format;
use crate::model::Email;
use clap::Args;

/// `kb doctor`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb doctor
  kb doctor --format json
  kb doctor --repair                       build a missing or damaged index anew
  kb doctor --send-mail you@example.com    send one mail, to see that it arrives

Looks at settings, articles, data directory, secrets, disk, index, database, mail, web hooks, embeddings and clocks, beside a
running kb too. Changes nothing unless --repair says so, and sends nothing unless asked.
Exits with 0 when nothing fails (warnings are no failure), 1 when something does, 2 when it could not look.")]
pub(in crate::cli) struct Doctor {
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
    /// Mend what can be mended without loss: the index, which follows from the articles
    #[arg(long)]
    pub(in crate::cli) repair: bool,
    /// Send one mail to this address
    #[arg(long, value_name = "ADDRESS", value_parser = super::case::email)]
    pub(in crate::cli) send_mail: Option<Email>,
}
