//! How far is the index? A bar for a person at a terminal, plain lines now and then for a log, nothing when quiet.

use super::problems::counted;
use super::terminal::{Terminal, visible};
use crate::sync::{MeaningReport, Progress, Report};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// How often a plain line is written.
const BETWEEN_LINES: Duration = Duration::from_secs(2);

/// Shows progress on stderr.
pub(super) struct Shown {
    terminal: Terminal,
    bar: Option<ProgressBar>,
    last_line: Option<Instant>,
}

impl Shown {
    /// Shows it as the terminal allows.
    pub(super) fn new(terminal: &Terminal) -> Self {
        let has_bar = terminal.is_watched() && !terminal.quiet;
        let bar = has_bar.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(style());
            bar
        });
        Self {
            terminal: *terminal,
            bar,
            last_line: None,
        }
    }

    /// Shows one step.
    pub(super) fn step(&mut self, progress: Progress) {
        match &self.bar {
            Some(bar) => on_bar(bar, progress),
            None => self.line(progress),
        }
    }

    fn line(&mut self, progress: Progress) {
        let is_last = matches!(
            progress,
            Progress::Reading { done, total } | Progress::Embedding { done, total } if done == total
        );
        let too_soon = self
            .last_line
            .is_some_and(|last| last.elapsed() < BETWEEN_LINES);
        if self.terminal.quiet || (too_soon && !is_last) {
            return;
        }
        let text = match progress {
            Progress::Reading { done, total } => format!("read {done} of {total} files"),
            Progress::Embedding { done, total } => format!("embedded {done} of {total} texts"),
            Progress::Listing | Progress::Writing => return,
        };
        self.last_line = Some(Instant::now());
        // Progress is a courtesy: where it cannot be shown, the work goes on.
        let _ = writeln!(self.terminal.err(), "{text}");
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn on_bar(bar: &ProgressBar, progress: Progress) {
    match progress {
        Progress::Listing => bar.set_message("listing"),
        Progress::Reading { done, total } => {
            bar.set_message("reading");
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
        Progress::Writing => bar.set_message("writing"),
        Progress::Embedding { done, total } => {
            bar.set_message("embedding");
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg:9} {bar:40} {pos}/{len} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Says what an operator should know of a build: its warnings, and how many files could not be read.
pub(super) fn say_report(report: &Report, terminal: &Terminal) -> io::Result<()> {
    if terminal.quiet {
        return Ok(());
    }
    let mut err = terminal.err();
    for warning in &report.warnings {
        writeln!(err, "warning: {}", visible(warning))?;
    }
    if let Some(meaning) = &report.meaning {
        say_meaning(meaning, &mut err)?;
    }
    if report.broken > 0 {
        let files = counted(report.broken, "file");
        writeln!(
            err,
            "warning: {files} cannot be read and stay as they were, or are left out; `kb check` says why"
        )?;
    }
    Ok(())
}

/// Says what keeps the index from being searched by meaning as a whole.
fn say_meaning(meaning: &MeaningReport, err: &mut dyn Write) -> io::Result<()> {
    if let Some(why) = &meaning.unsaved {
        writeln!(err, "warning: vectors cannot be kept: {}", visible(why))?;
    }
    if meaning.refused > 0 {
        let texts = counted(meaning.refused, "text");
        writeln!(
            err,
            "warning: the service refuses to embed {texts}; they are found by their words alone"
        )?;
    }
    if let Some(why) = &meaning.failure {
        let texts = counted(meaning.lacking, "text");
        writeln!(
            err,
            "warning: {texts} could not be embedded, and are found by their words alone: {}",
            visible(why)
        )?;
        writeln!(
            err,
            "   help: what is embedded is kept; `kb reindex` goes on from there, and so does a running `kb serve`"
        )?;
    }
    Ok(())
}
