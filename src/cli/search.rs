//! What does the knowledge base say to this? Hits with their highlights for a person, or as JSON.

mod human;
mod json;

use super::Outcome;
use super::args::{Format, Global, Search};
use super::meaning::Searcher;
use super::setup::{Setup, engine};
use super::terminal::Terminal;
use crate::config::Schema;
use crate::error::{Error, Result};
use crate::model::{Audience, CategoryPath, Lang};
use crate::search::{Filter, Request};
use std::collections::BTreeMap;
use std::io::Write;

/// Searches and prints the hits.
pub(super) fn run(args: &Search, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let setup = Setup::read(global, None, terminal)?;
    let request = request(args, &setup)?;
    let sources = setup.sources()?;
    let snapshot = setup.open(&sources, terminal)?;
    let engine = engine(snapshot, &sources);
    let mut searcher = Searcher::new(&engine, &setup.settings, terminal);
    let asked = searcher.asks();
    let results = searcher.search(&request)?;
    let meaning = asked.then_some(results.by_meaning);
    let mut out = terminal.out();
    match args.format {
        Format::Human => human::write(&mut out, &results, terminal.width())?,
        Format::Json => json::write(&mut out, &results, meaning)?,
    }
    out.flush()?;
    if args.format == Format::Human && !terminal.quiet {
        human::write_summary(&mut terminal.err(), &results, args.offset)?;
    }
    Ok(if results.hits.is_empty() {
        Outcome::Negative
    } else {
        Outcome::Fine
    })
}

fn request(args: &Search, setup: &Setup) -> Result<Request> {
    let limits = &setup.settings.limits;
    let query = args.query.join(" ");
    let chars = query.chars().count();
    if chars > limits.query_chars * 4 {
        let message = format!("the query has {chars} characters");
        return Err(Error::invalid(message).help(format!("use at most {}", limits.query_chars)));
    }
    Ok(Request {
        query,
        viewer: viewer(args, &setup.schema)?,
        own: Vec::new(),
        filter: filter(args, &setup.schema)?,
        limit: at_most("--limit", args.limit, limits.page_hits)?,
        offset: at_most("--offset", args.offset, limits.max_offset)?,
        explain: args.explain,
    })
}

/// As whom is searched: as the public, unless said otherwise.
fn viewer(args: &Search, schema: &Schema) -> Result<Audience> {
    let Some(name) = &args.audience else {
        return Ok(Audience::PUBLIC);
    };
    schema.audiences.get(name).ok_or_else(|| {
        Error::invalid(format!("there is no audience `{name}`"))
            .help(format!("use one of: {}", schema.audiences))
    })
}

fn at_most(option: &str, value: usize, most: usize) -> Result<usize> {
    if value > most {
        return Err(
            Error::invalid(format!("{option} {value} is too large")).help(format!(
                "use at most {most}; kb.toml sets it under [limits]"
            )),
        );
    }
    Ok(value)
}

fn filter(args: &Search, schema: &Schema) -> Result<Filter> {
    let langs = args.lang.iter().map(|tag| {
        let unknown =
            || Error::invalid(format!("`{tag}` is no language")).help("use zh-CN, zh-TW or en");
        Lang::parse(tag).ok_or_else(unknown)
    });
    Ok(Filter {
        categories: args
            .category
            .iter()
            .map(|path| CategoryPath::new(path))
            .collect(),
        tags: args.tag.clone(),
        langs: langs.collect::<Result<_>>()?,
        products: args.product.clone(),
        extra: fields(args, schema)?,
    })
}

fn fields(args: &Search, schema: &Schema) -> Result<BTreeMap<String, Vec<String>>> {
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for written in &args.fields {
        let shape = || {
            Error::invalid(format!("`{written}` is no filter"))
                .help("write it as in --field level=beginner")
        };
        let (name, value) = written.split_once('=').ok_or_else(shape)?;
        if !schema.fields.get(name).is_some_and(|field| field.filter) {
            let names = schema
                .fields
                .iter()
                .filter(|(_, field)| field.filter)
                .map(|(name, _)| name.as_str());
            let names = names.collect::<Vec<_>>().join(", ");
            let help = if names.is_empty() {
                "schema.toml has no field with `filter = true`".to_owned()
            } else {
                format!("there are: {names}")
            };
            return Err(
                Error::invalid(format!("results cannot be narrowed by `{name}`")).help(help),
            );
        }
        fields
            .entry(name.to_owned())
            .or_default()
            .push(value.to_owned());
    }
    Ok(fields)
}
