//! How is the index built anew? From scratch, beside the one that is being served, which it then replaces.

use super::args::Global;
use super::problems::counted;
use super::progress::{Shown, say_report};
use super::setup::Setup;
use super::terminal::Terminal;
use super::{Outcome, memory};
use crate::clock::Clock;
use crate::sync;
use std::io::Write;

/// Builds the index and says what was done.
pub(super) fn run(global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let setup = Setup::read(global, None, terminal)?;
    // Also when nothing is to be said: it may be the last word.
    if let Some(warning) = memory::look(&setup.locations.kb, &setup.generations())? {
        writeln!(terminal.err(), "warning: {warning}")?;
    }
    let sources = setup.sources()?;
    let mut shown = Shown::new(terminal);
    let opened = sync::reindex(
        &sources,
        &setup.generations(),
        &Clock::System,
        &mut |step| shown.step(step),
    )?;
    drop(shown);
    say_report(&opened.report, terminal)?;
    if !terminal.quiet {
        let articles = counted(opened.report.articles, "article");
        let took = opened.report.took.as_secs_f64();
        writeln!(
            terminal.out(),
            "indexed {articles} in {took:.2} s as {}",
            opened.snapshot.generation()
        )?;
    }
    let meaning = opened.report.meaning.as_ref();
    if let (Some(meaning), false) = (meaning, terminal.quiet) {
        let (embedded, cached) = (counted(meaning.embedded, "text"), meaning.cached);
        writeln!(terminal.out(), "embedded {embedded}, knew {cached} already")?;
    }
    Ok(match meaning {
        Some(meaning) if meaning.failure.is_some() => Outcome::Negative,
        _ => Outcome::Fine,
    })
}
