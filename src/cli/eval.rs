//! How well is what people ask for found? Runs judged queries, prints figures, compares them with earlier ones.

mod figures;
mod human;

use super::Outcome;
use super::args::{Eval, Field, Format, Global};
use super::meaning::Searcher;
use super::setup::{Setup, engine};
use super::terminal::Terminal;
use crate::config::Weights;
use crate::error::{Error, Result};
use crate::model::Audience;
use crate::search::Request;
use crate::search::evaluate::{JudgedQuery, evaluate_with, parse_golden, parse_tsv};
use figures::Figures;
use std::io::Write;
use std::path::Path;

/// Measures, prints, and compares.
pub(super) fn run(args: &Eval, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let mut setup = Setup::read(global, None, terminal)?;
    args.without
        .iter()
        .for_each(|field| leave_out(&mut setup.schema.weights, *field));
    let queries = queries(args, &setup)?;
    let before = args.baseline.as_deref().map(Figures::read).transpose()?;
    let sources = setup.sources()?;
    let engine = engine(setup.open_with_meaning(&sources, terminal)?, &sources);
    let mut searcher = Searcher::new(&engine, &setup.settings, terminal);
    let mut search = |request: &Request| searcher.search(request);
    let measured = evaluate_with(&queries, Audience::PUBLIC, &mut search)?;
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

fn queries(args: &Eval, setup: &Setup) -> Result<Vec<JudgedQuery>> {
    let queries = match (&args.queries, &args.qrels) {
        (Some(queries), Some(qrels)) => parse_tsv(&read(queries)?, &read(qrels)?)?,
        _ => golden(&setup.locations.kb.join("golden.toml"))?,
    };
    if queries.is_empty() {
        return Err(Error::invalid("there are no queries to measure with"));
    }
    Ok(queries)
}

fn golden(file: &Path) -> Result<Vec<JudgedQuery>> {
    if !file.exists() {
        let help = "write one, or name queries of your own with --queries and --qrels";
        return Err(Error::not_found(format!("there is no {}", file.display())).help(help));
    }
    parse_golden(&read(file)?)
}

fn read(file: &Path) -> Result<String> {
    let failed = |e: std::io::Error| {
        let message = format!("{} cannot be read", file.display());
        Error::internal(message, e).help("check the path; the file must be UTF-8")
    };
    std::fs::read_to_string(file).map_err(failed)
}

/// Measures as if nothing stood in a field.
fn leave_out(weights: &mut Weights, field: Field) {
    let weight = match field {
        Field::Title => &mut weights.title,
        Field::Similar => &mut weights.similar,
        Field::Tags => &mut weights.tags,
        Field::Headings => &mut weights.headings,
        Field::Answer => &mut weights.answer,
        Field::Body => &mut weights.body,
    };
    *weight = 0.0;
}
