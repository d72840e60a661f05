//! What is still to be sent, and what was given up? Shown, and tried again.

use super::Outcome;
use super::args::case::{Outbox, OutboxCommand, OutboxList, OutboxRetry, OutboxState};
use super::args::{Format, Global};
use super::case::{pretty, print, table, with_cases};
use super::terminal::Terminal;
use crate::cases::{Cases, receiver};
use crate::error::{Error, Result};
use crate::model::outbox::{Delivery, Entry};
use serde_json::{Value, json};
use std::io::Write;

/// `kb outbox …`
pub(super) fn run(args: &Outbox, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    with_cases(global, terminal, async |cases| match &args.command {
        OutboxCommand::List(args) => list(args, cases, terminal).await,
        OutboxCommand::Retry(args) => retry(args, cases, terminal).await,
    })
}

async fn list(args: &OutboxList, cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    let states = match args.state {
        None => vec![Delivery::Dead, Delivery::Pending],
        Some(OutboxState::Pending) => vec![Delivery::Pending],
        Some(OutboxState::Sent) => vec![Delivery::Sent],
        Some(OutboxState::Dead) => vec![Delivery::Dead],
    };
    let mut read = cases.store().read().await?;
    let mut entries = Vec::new();
    for state in states {
        entries.extend(read.outbox(Some(state), None, args.limit).await?);
    }
    let shown = match args.format {
        Format::Json => pretty(&Value::Array(entries.iter().map(as_json).collect()))?,
        Format::Human if entries.is_empty() => {
            "nothing waits, and nothing was given up\n".to_owned()
        }
        Format::Human => as_table(&entries),
    };
    print(terminal, &shown)
}

async fn retry(args: &OutboxRetry, cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    let mut revived = 0;
    if args.all {
        revived = cases.retry_letters(None, None).await?;
    }
    for id in &args.ids {
        if cases.retry_letters(None, Some(*id)).await? == 0 {
            let message = format!("{id} was not given up, or cannot be sent again");
            return Err(Error::not_found(message)
                .help("`kb outbox list --state dead` shows what was given up"));
        }
        revived += 1;
    }
    if !terminal.quiet {
        let _ = writeln!(terminal.err(), "{revived} to be sent again by `kb serve`");
    }
    Ok(Outcome::Fine)
}

fn as_json(entry: &Entry) -> Value {
    json!({
        "id": entry.what.id.to_string(),
        "channel": entry.what.channel.as_str(),
        "to": receiver(entry),
        "about": entry.what.dedup,
        "state": entry.delivery.as_str(),
        "attempts": entry.attempts,
        "last_error": entry.last_error,
        "created_at": entry.what.created_at.to_string(),
        "due_at": (entry.delivery == Delivery::Pending).then(|| entry.what.due_at.to_string()),
        "done_at": entry.done_at.map(|at| at.to_string()),
    })
}

fn as_table(entries: &[Entry]) -> String {
    let head = ["ID", "CHANNEL", "TO", "STATE", "TRIED", "NEXT", "WHY"];
    let rows = entries.iter().map(|entry| {
        let next = (entry.delivery == Delivery::Pending).then_some(entry.what.due_at);
        [
            entry.what.id.to_string(),
            entry.what.channel.to_string(),
            receiver(entry),
            entry.delivery.to_string(),
            entry.attempts.to_string(),
            next.map_or_else(String::new, |at| at.strftime("%F %H:%MZ").to_string()),
            entry.last_error.clone(),
        ]
    });
    table(&head, rows)
}
