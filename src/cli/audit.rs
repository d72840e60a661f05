//! Who did what? The log of deeds, for people, programs and spreadsheets, and a look whether it is as it was written.

use super::Outcome;
use super::args::Global;
use super::args::staff::{Audit, AuditFormat, Moment};
use super::case::{pretty, print, table, with_cases};
use super::terminal::Terminal;
use crate::cases::{Cases, MAX_DEEDS};
use crate::error::Result;
use crate::store::{DeedFilter, Noted};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io::Write;

/// `kb audit`
pub(super) fn run(args: &Audit, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    with_cases(global, terminal, async |cases| match args.verify {
        true => verify(cases, terminal).await,
        false => show(args, cases, terminal).await,
    })
}

async fn verify(cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    let found = cases.verify_audit().await?;
    if let Some(seq) = found.broken_at {
        let text =
            format!("deed {seq} is not as it was written, or it or one before it is missing\n");
        print(terminal, &text)?;
        return Ok(Outcome::Negative);
    }
    let text = format!("{} deeds are as they were written\n", found.deeds);
    print(terminal, &text)?;
    if !found.last.is_empty() {
        print(terminal, &format!("the last: {}\n", found.last))?;
    }
    Ok(Outcome::Fine)
}

async fn show(args: &Audit, cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    let mut filter = DeedFilter {
        since: args.since.map(|at| instant(at, cases)),
        until: args.until.map(|at| instant(at, cases)),
        actor: args.actor.clone(),
        action: args.action.clone(),
        subject: args.subject.clone(),
        before_seq: None,
    };
    let mut deeds = Vec::new();
    let most = if args.limit == 0 {
        usize::MAX
    } else {
        args.limit
    };
    while deeds.len() < most {
        let found = cases.audit(None, &filter, MAX_DEEDS).await?;
        let last = found.last().map(|noted| noted.seq);
        let whole = found.len() >= MAX_DEEDS as usize && last != Some(0);
        deeds.extend(found);
        if !whole {
            break;
        }
        filter.before_seq = last;
    }
    deeds.truncate(most);
    if args.format != AuditFormat::Human {
        cases.note_audit_export(None).await?;
    }
    let shown = match args.format {
        AuditFormat::Json => pretty(&deeds.iter().map(as_json).collect())?,
        AuditFormat::Csv => as_csv(&deeds),
        AuditFormat::Human if deeds.is_empty() => "nothing was found\n".to_owned(),
        AuditFormat::Human => as_table(&deeds),
    };
    if deeds.len() == args.limit && !terminal.quiet {
        let _ = writeln!(
            terminal.err(),
            "the newest {} are shown; --limit 0 shows all",
            args.limit
        );
    }
    print(terminal, &shown)
}

fn instant(moment: Moment, cases: &Cases) -> Timestamp {
    let zone = cases.settings().service.hours.zone.clone();
    match moment {
        Moment::At(at) => at,
        Moment::Ago(ago) => cases.now() - ago,
        Moment::Day(day) => day
            .to_zoned(zone)
            .map_or_else(|_| cases.now(), |day| day.timestamp()),
    }
}

fn as_json(noted: &Noted) -> Value {
    json!({
        "seq": noted.seq,
        "at": noted.deed.at.to_string(),
        "actor": noted.deed.actor,
        "action": noted.deed.action,
        "subject": noted.deed.subject,
        "details": noted.deed.details,
        "hash": noted.hash,
    })
}

fn fields(noted: &Noted) -> [String; 6] {
    [
        noted.deed.at.to_string(),
        noted.deed.actor.clone(),
        noted.deed.action.clone(),
        noted.deed.subject.clone(),
        noted.deed.details.clone(),
        noted.hash.clone(),
    ]
}

fn as_csv(deeds: &[Noted]) -> String {
    let head = ["at", "actor", "action", "subject", "details", "hash"].map(str::to_owned);
    let lines = deeds.iter().map(fields);
    std::iter::once(head)
        .chain(lines)
        .map(crate::text::csv_line)
        .collect()
}

fn as_table(deeds: &[Noted]) -> String {
    let head = ["AT", "WHO", "WHAT", "TO", "DETAILS"];
    let rows = deeds.iter().map(|noted| {
        let [_, actor, action, subject, details, _] = fields(noted);
        let at = noted.deed.at.strftime("%F %H:%M:%SZ").to_string();
        [at, actor, action, subject, details]
    });
    table(&head, rows)
}
