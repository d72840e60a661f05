//! How does a person read the figures? A table beside those of before, then the queries that went wrong.

use super::figures::Figures;
use crate::cli::terminal::visible;
use crate::search::Explanation;
use crate::search::evaluate::{Evaluation, Miss};
use anstyle::Style;
use std::io::{self, Write};

/// How many reasons are named for one article.
const MAX_REASONS: usize = 4;

/// Writes the figures, with their change where there are earlier ones, and the worst queries.
pub(super) fn write(
    to: &mut dyn Write,
    now: &Figures,
    before: Option<&Figures>,
    measured: &Evaluation,
    limit: usize,
) -> io::Result<()> {
    let unanswerable = now.queries - now.answerable;
    let queries = plural(now.queries, "query", "queries");
    writeln!(to, "{queries}, {unanswerable} of them without an answer\n")?;
    let before = before.map(Figures::named);
    for (i, (name, value, _)) in now.named().into_iter().enumerate() {
        let change = before
            .as_ref()
            .map(|before| format!("  {:+.4}", value - before[i].1));
        writeln!(to, "{name:24}{value:.4}{}", change.unwrap_or_default())?;
    }
    if measured.misses.is_empty() || limit == 0 {
        return Ok(());
    }
    let misses = plural(measured.misses.len(), "miss", "misses");
    writeln!(to, "\n{misses}, the worst first:")?;
    measured
        .misses
        .iter()
        .take(limit)
        .try_for_each(|miss| write_miss(to, miss))
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn write_miss(to: &mut dyn Write, miss: &Miss) -> io::Result<()> {
    let bold = Style::new().bold();
    let dim = Style::new().dimmed();
    let ids: Vec<&str> = miss
        .query
        .relevant
        .iter()
        .map(|(id, _)| id.as_str())
        .collect();
    let (wanted, rank) = match (ids.is_empty(), miss.rank) {
        (true, _) => ("nothing".to_owned(), "confident all the same".to_owned()),
        (false, None) => (ids.join(", "), "not among ten".to_owned()),
        (false, Some(rank)) => (ids.join(", "), format!("at {rank}")),
    };
    let first = miss
        .first
        .as_ref()
        .map_or("nothing".to_owned(), |(id, title)| {
            format!("{title} ({id})")
        });
    writeln!(to, "\n{bold}{}{bold:#}", visible(&miss.query.text))?;
    writeln!(
        to,
        "    {dim}wanted{dim:#} {} {dim}{rank}{dim:#}",
        visible(&wanted)
    )?;
    writeln!(to, "    {dim}first {dim:#} {}", visible(&first))?;
    write_why(to, "for the first: ", &miss.why)?;
    write_why(to, "for the wanted:", &miss.why_not)
}

/// What spoke most for an article, on one line.
fn write_why(to: &mut dyn Write, whom: &str, why: &Explanation) -> io::Result<()> {
    if why.contributions.is_empty() {
        return Ok(());
    }
    let most = why.contributions.iter().take(MAX_REASONS);
    let reasons = most.map(|part| {
        let place = match part.fields.join(", ") {
            fields if fields.is_empty() => fields,
            fields => format!(" in {fields}"),
        };
        format!("{}{place} {:+.2}", visible(&part.term), part.score)
    });
    let reasons: Vec<String> = reasons.collect();
    let dim = Style::new().dimmed();
    writeln!(to, "    {dim}{whom} {}{dim:#}", reasons.join("; "))
}
