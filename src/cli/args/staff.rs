//! Which options do `kb key` and `kb audit` have?

use crate::model::ApiKeyId;
use crate::model::api_key::Scope;
use clap::{Args, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};

/// `kb key`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb key add --name 'order system' --scope cases:write
  kb key add --name intranet --scope read:internal --expires 90d
  kb key add --name 'www box' --scope search --origin https://www.example.com --per-minute 300
  kb key list
  kb key revoke 01890a5d-ac96-774b-bcce-b302099a8057

Scopes: search; read:AUDIENCE for an audience of schema.toml; cases:read, cases:write; questions:write.
The key is printed this once, on standard output, and only its hash is kept. One that is made here belongs to nobody, so it ends only
when somebody ends it; one that an administrator makes at the desk ends with what ends his sessions.")]
pub(in crate::cli) struct Key {
    /// What to do
    #[command(subcommand)]
    pub(in crate::cli) command: KeyCommand,
}

/// What is done to keys.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeyCommand {
    /// Make a key, and print it
    Add(KeyAdd),
    /// Show all keys
    List(KeyList),
    /// End a key, at once
    Revoke(KeyRevoke),
}

/// `kb key add`
#[derive(Debug, Args)]
pub(in crate::cli) struct KeyAdd {
    /// What it is for
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) name: String,
    /// What it permits; may be repeated
    #[arg(long, value_name = "SCOPE", required = true, value_parser = scope)]
    pub(in crate::cli) scope: Vec<Scope>,
    /// A site whose browsers may use it: then it is public, and may only search; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    pub(in crate::cli) origin: Vec<String>,
    /// How many requests a minute [default: api.key_per_minute]
    #[arg(long, value_name = "COUNT")]
    pub(in crate::cli) per_minute: Option<u32>,
    /// After how long it ends by itself, as in 90d or 12h
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(in crate::cli) expires: Option<SignedDuration>,
}

/// `kb key list`
#[derive(Debug, Args)]
pub(in crate::cli) struct KeyList {
    /// Those that have ended, too
    #[arg(long)]
    pub(in crate::cli) all: bool,
    /// How keys are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: super::Format,
}

/// `kb key revoke`
#[derive(Debug, Args)]
pub(in crate::cli) struct KeyRevoke {
    /// Its id, as `kb key list` shows it
    #[arg(value_name = "ID", value_parser = key_id)]
    pub(in crate::cli) id: ApiKeyId,
}

/// `kb audit`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb audit --since 7d
  kb audit --since 2026-11-01 --action account --format csv > audit.csv
  kb audit --actor li.lei@example.com --limit 0 --format json
  kb audit --verify

Times are a span back from now (7d, 12h), a day or an instant (2026-11-01T08:00:00Z). --verify looks whether all that is kept is as it
was written, and prints the digest of the last deed: whoever keeps that elsewhere can tell that nothing before it was changed. It
exits with 1 when something does not fit.")]
pub(in crate::cli) struct Audit {
    /// From when on
    #[arg(long, value_name = "TIME", value_parser = moment, allow_hyphen_values = true)]
    pub(in crate::cli) since: Option<Moment>,
    /// Until when
    #[arg(long, value_name = "TIME", value_parser = moment, allow_hyphen_values = true)]
    pub(in crate::cli) until: Option<Moment>,
    /// By whom: an account's address, or terminal
    #[arg(long, value_name = "WHO")]
    pub(in crate::cli) actor: Option<String>,
    /// What was done: account.added, or all that begin so: account
    #[arg(long, value_name = "ACTION")]
    pub(in crate::cli) action: Option<String>,
    /// To what
    #[arg(long, value_name = "WHAT")]
    pub(in crate::cli) subject: Option<String>,
    /// How many at most, the newest first; 0 for all
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub(in crate::cli) limit: usize,
    /// How deeds are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: AuditFormat,
    /// Look whether all is as it was written
    #[arg(long, conflicts_with_all = ["since", "until", "actor", "action", "subject"])]
    pub(in crate::cli) verify: bool,
}

/// How deeds are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum AuditFormat {
    /// A table
    Human,
    /// One JSON document
    Json,
    /// For spreadsheets: nothing in it is a formula
    Csv,
}

/// A moment as it was typed.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) enum Moment {
    /// So long ago.
    Ago(SignedDuration),
    /// At this instant.
    At(Timestamp),
    /// On this day, where the office is.
    Day(jiff::civil::Date),
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).map_err(|e| e.to_string())
}

fn key_id(text: &str) -> Result<ApiKeyId, String> {
    ApiKeyId::parse(text).map_err(|e| e.to_string())
}

/// `90d`, `12h`, `30m`.
fn span(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("`{text}` is no time: write it as in 90d, 12h or 30m");
    let (unit, hours, mins) = match text.as_bytes().last() {
        Some(b'd') => ("d", 24, 0),
        Some(b'h') => ("h", 1, 0),
        Some(b'm') => ("m", 0, 1),
        _ => return Err(wrong()),
    };
    let number: i64 = text
        .strip_suffix(unit)
        .and_then(|number| number.parse().ok())
        .filter(|number| (1..=36_500).contains(number))
        .ok_or_else(wrong)?;
    Ok(SignedDuration::from_hours(hours * number) + SignedDuration::from_mins(mins * number))
}

fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(ago) = span(text) {
        return Ok(Moment::Ago(ago));
    }
    if let Ok(day) = text.parse() {
        return Ok(Moment::Day(day));
    }
    let wrong =
        |_| format!("`{text}` is no time: write it as in 7d, 2026-11-01 or 2026-11-01T08:00:00Z");
    text.parse().map(Moment::At).map_err(wrong)
}
