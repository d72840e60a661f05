//! What is each field and feature worth? The figures with everything, then without each in turn.

use super::figures::Figures;
use super::without::Subject;
use crate::cli::args::Without;
use crate::search::judged::JudgedQuery;
use clap::ValueEnum;
use std::io::Write;

/// Measures and prints a Markdown table, a row as soon as it is known.
pub(super) fn run(
    to: &mut dyn Write,
    subject: &Subject<'_>,
    queries: &[JudgedQuery],
) -> anyhow::Result<()> {
    let measure = |without: &[Without]| {
        let measured = subject.measure(queries, without);
        measured.map(|measured| Figures::of(&measured))
    };
    let whole = measure(&[])?;
    writeln!(
        to,
        "| without | recall@1 | MRR@10 | change | recall@10 | confident: right, wrong, no answer |"
    )?;
    writeln!(to, "|---|---:|---:|---:|---:|---:|")?;
    row(to, "(nothing)", &whole, &whole)?;
    for name in Without::value_variants() {
        let shown = name
            .to_possible_value()
            .map_or_else(String::new, |v| v.get_name().to_owned());
        row(to, &shown, &measure(&[*name])?, &whole)?;
    }
    Ok(())
}

fn row(to: &mut dyn Write, name: &str, now: &Figures, whole: &Figures) -> std::io::Result<()> {
    let change = now.mrr_at_10 - whole.mrr_at_10;
    writeln!(
        to,
        "| {name} | {:.3} | {:.4} | {change:+.4} | {:.3} | {:.2}, {:.2}, {:.2} |",
        now.recall_at_1,
        now.mrr_at_10,
        now.recall_at_10,
        now.confident_right,
        now.confident_wrong,
        now.confident_unanswerable
    )?;
    to.flush()
}
