//! What is wrong with the articles and the settings? Everything at once, and nothing when all is well.

use super::Outcome;
use super::args::{Check, CheckFormat, Global};
use super::problems::{self, Counts, all_codes};
use super::setup::{Found, folder_exists};
use super::terminal::Terminal;
use crate::clock::Clock;
use crate::content;
use crate::error::Error;
use crate::model::Problem;
use std::collections::HashMap;
use std::io::Write;

/// How many problems are shown that say the very same of other places.
const MOST_ALIKE: usize = 5;

/// Checks, or explains a code.
pub(super) fn run(args: &Check, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    if let Some(code) = &args.explain {
        return explain(code, terminal);
    }
    let problems = find(global)?;
    let counts = Counts::of(&problems);
    let mut out = terminal.out();
    match args.format {
        CheckFormat::Human => write_folded(&mut out, &problems, terminal)?,
        CheckFormat::Json => problems::write_json(&mut out, &problems)?,
        CheckFormat::Sarif => problems::write_sarif(&mut out, &problems)?,
        CheckFormat::Github => problems::write_github(&mut out, &problems)?,
    }
    out.flush()?;
    if !problems.is_empty() && !terminal.quiet && args.format == CheckFormat::Human {
        writeln!(
            terminal.err(),
            "{counts}; `kb check --explain CODE` says more about one"
        )?;
    }
    let failed = counts.errors > 0 || (args.strict && counts.warnings > 0);
    Ok(if failed {
        Outcome::Negative
    } else {
        Outcome::Fine
    })
}

/// Problems that say the same over and over are shown a few times and counted.
fn write_folded(
    out: &mut dyn Write,
    problems: &[Problem],
    terminal: &Terminal,
) -> std::io::Result<()> {
    let most = if terminal.verbose > 0 {
        usize::MAX
    } else {
        MOST_ALIKE
    };
    let kind = |problem: &Problem| (problem.code, problem.message.clone());
    let mut totals: HashMap<_, usize> = HashMap::new();
    for problem in problems {
        *totals.entry(kind(problem)).or_default() += 1;
    }
    let mut shown: HashMap<_, usize> = HashMap::new();
    for problem in problems {
        let key = kind(problem);
        let total = totals.get(&key).copied().unwrap_or_default();
        let count = shown.entry(key).or_default();
        *count += 1;
        if *count <= most {
            problems::write_human(out, std::slice::from_ref(problem), terminal.width())?;
        }
        if *count == most && total > most {
            let more = total - most;
            writeln!(
                out,
                "… and {more} more of the same; `kb check --verbose` shows all\n"
            )?;
        }
    }
    Ok(())
}

/// Everything that is wrong: with the settings, with single articles, and with all of them together.
fn find(global: &Global) -> anyhow::Result<Vec<Problem>> {
    let found = Found::read(global, None);
    folder_exists(&found.locations.kb)?;
    let kb = &found.locations.kb;
    let schema = &found.schema.value;
    let library = content::load_library(kb, schema);
    let of_articles = content::check_library(kb, &library, schema, Clock::System.now());
    let of_articles = of_articles.into_iter().map(|problem| Problem {
        path: format!("{}/{}", kb.display(), problem.path),
        ..problem
    });
    let of_settings = found
        .settings
        .problems
        .into_iter()
        .chain(found.schema.problems);
    Ok(of_settings.chain(of_articles).collect())
}

/// Prints what a code means; without one, all codes.
fn explain(code: &str, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let mut out = terminal.out();
    if code.is_empty() {
        for info in all_codes() {
            writeln!(out, "{}  {}", info.code, info.title)?;
        }
        return Ok(Outcome::Fine);
    }
    let wanted = code.to_uppercase();
    let info = all_codes().into_iter().find(|info| info.code == wanted);
    let unknown = || {
        Error::not_found(format!("there is no code {code}"))
            .help("`kb check --explain` lists them all")
    };
    let info = info.ok_or_else(unknown)?;
    writeln!(out, "{}: {}\n", info.code, info.title)?;
    for line in wrapped(info.explanation, 100) {
        writeln!(out, "{line}")?;
    }
    Ok(Outcome::Fine)
}

/// The words of `text` in lines of at most `width` characters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines
}
