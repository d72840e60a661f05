//! How well is what people ask for found? Runs judged queries, prints figures, compares them with earlier ones.

mod ablation;
mod figures;
mod human;
mod without;

use super::Outcome;
use super::args::{Eval, Format, Global};
use super::problems;
use super::setup::Setup;
use super::terminal::Terminal;
use crate::error::{Error, Result};
use crate::index::Snapshot;
use crate::model::Audience;
use crate::search::judged::{JudgedQuery, parse_golden, parse_tsv};
use figures::Figures;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use without::Subject;

/// How many unknown articles are named.
const MAX_UNKNOWN_SHOWN: usize = 10;

/// Measures, prints, and compares.
pub(super) fn run(args: &Eval, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let setup = Setup::read(global, None, terminal)?;
    let queries = queries(args, &setup, terminal)?;
    let before = args.baseline.as_deref().map(Figures::read).transpose()?;
    let sources = setup.sources()?;
    let snapshot = setup.open_with_meaning(&sources, terminal)?;
    warn_of_unknown(&queries, &snapshot, terminal)?;
    let subject = Subject {
        snapshot: &snapshot,
        sources: &sources,
        settings: &setup.settings,
        terminal,
    };
    if args.ablation {
        ablation::run(&mut terminal.out(), &subject, &queries)?;
        return Ok(Outcome::Fine);
    }
    let measured = subject.measure(&queries, &args.without)?;
    let now = Figures::of(&measured);
    let mut out = terminal.out();
    match args.format {
        Format::Json => figures::write_json(&mut out, &now, &measured, args.limit)?,
        Format::Human => human::write(&mut out, &now, before.as_ref(), &measured, args.limit)?,
    }
    out.flush()?;
    let worse = before.map_or_else(Vec::new, |before| now.worse_than(&before));
    for figure in &worse {
        writeln!(terminal.err(), "worse: {figure}")?;
    }
    Ok(if worse.is_empty() {
        Outcome::Fine
    } else {
        Outcome::Negative
    })
}

fn queries(args: &Eval, setup: &Setup, terminal: &Terminal) -> anyhow::Result<Vec<JudgedQuery>> {
    let queries = match (&args.queries, &args.qrels) {
        (Some(queries), Some(qrels)) => parse_tsv(&read(queries)?, &read(qrels)?)?,
        _ => golden(&setup.locations.kb.join("golden.toml"), terminal)?,
    };
    if queries.is_empty() {
        return Err(Error::invalid("there are no queries to measure with").into());
    }
    Ok(queries)
}

fn golden(file: &Path, terminal: &Terminal) -> anyhow::Result<Vec<JudgedQuery>> {
    let shown = file.display().to_string();
    if !file.exists() {
        let help = "write one, or name queries of your own with --queries and --qrels";
        return Err(Error::not_found(format!("there is no {shown}"))
            .help(help)
            .into());
    }
    match parse_golden(&shown, &read(file)?) {
        Ok(queries) => Ok(queries),
        Err(found) => {
            problems::write_human(&mut terminal.err(), &found, terminal.width())?;
            Err(Error::invalid(format!("{shown} cannot be used")).into())
        }
    }
}

/// Says which judged articles are not there (any more): nothing can find them.
fn warn_of_unknown(
    queries: &[JudgedQuery],
    snapshot: &Snapshot,
    terminal: &Terminal,
) -> std::io::Result<()> {
    let view = snapshot.view(Audience::PUBLIC);
    let judged = queries.iter().flat_map(|query| &query.relevant);
    let unknown: BTreeSet<&str> = judged
        .filter(|(id, _)| view.head(id).is_none())
        .map(|(id, _)| id.as_str())
        .collect();
    let count = unknown.len();
    if count == 0 || terminal.quiet {
        return Ok(());
    }
    let plural = if count == 1 {
        "article is"
    } else {
        "articles are"
    };
    let first: Vec<&str> = unknown.into_iter().take(MAX_UNKNOWN_SHOWN).collect();
    let more = if count > first.len() { ", …" } else { "" };
    let mut err = terminal.err();
    writeln!(
        err,
        "warning: {count} judged {plural} not in the knowledge base: {}{more}",
        first.join(", ")
    )?;
    writeln!(
        err,
        "help: nothing can find them; correct their ids, or take them out"
    )
}

fn read(file: &Path) -> Result<String> {
    let failed = |e: std::io::Error| {
        let message = format!("{} cannot be read", file.display());
        Error::internal(message, e).help("check the path; the file must be UTF-8")
    };
    std::fs::read_to_string(file).map_err(failed)
}
