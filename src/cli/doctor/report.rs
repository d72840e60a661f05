//! How are findings shown? A line each for people, with help below; one document for programs.

use super::{Finding, State};
use crate::cli::args::Format;
use crate::cli::terminal::{Terminal, visible};
use anstyle::{AnsiColor, Style};
use serde_json::json;
use std::io::{self, Write};

/// Writes all findings. With `--quiet` people are shown only what is not well.
pub(super) fn write(findings: &[Finding], format: Format, terminal: &Terminal) -> io::Result<()> {
    let mut out = terminal.out();
    let count = |state| {
        findings
            .iter()
            .filter(|finding| finding.state == state)
            .count()
    };
    let (fails, warns) = (count(State::Fail), count(State::Warn));
    if format == Format::Json {
        let all = json!({ "failures": fails, "warnings": warns, "findings": findings });
        serde_json::to_writer_pretty(&mut out, &all)?;
        return writeln!(out);
    }
    let shown = |finding: &&Finding| !terminal.quiet || finding.state != State::Ok;
    for finding in findings.iter().filter(shown) {
        write_one(&mut out, finding)?;
    }
    if !terminal.quiet {
        writeln!(
            out,
            "\n{} looked at, {warns} to mind, {fails} failing",
            findings.len()
        )?;
    }
    Ok(())
}

fn write_one(out: &mut dyn Write, finding: &Finding) -> io::Result<()> {
    let (word, colour) = match finding.state {
        State::Ok => ("ok  ", AnsiColor::Green),
        State::Warn => ("warn", AnsiColor::Yellow),
        State::Fail => ("fail", AnsiColor::Red),
    };
    let style = Style::new().bold().fg_color(Some(colour.into()));
    let says = visible(&finding.says);
    writeln!(out, "{style}{word}{style:#}  {:<12} {says}", finding.what)?;
    match &finding.help {
        Some(help) => writeln!(out, "      {:<12} help: {}", "", visible(help)),
        None => Ok(()),
    }
}
