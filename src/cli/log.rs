//! Where does the log go? To stderr: text for a person at a terminal, one JSON object a line for everything else.

use super::terminal::Terminal;
use crate::config::{Log, LogFormat};
use std::io::{self, Write};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::fmt::time::FormatTime;

/// Starts the log. `-v` and `-q` say how much where the settings do not.
pub(super) fn start(log: &Log, terminal: &Terminal) {
    let text = match log.format {
        LogFormat::Auto => terminal.is_watched(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&log.filter, terminal))
        .with_writer(|| Unfailing)
        .with_timer(Utc);
    // A second start, as in a test of this library, keeps the first.
    let _ = if text {
        builder
            .fmt_fields(DefaultFields::new())
            .with_ansi(terminal.colours_messages())
            .try_init()
    } else {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
    };
}

fn filter(written: &str, terminal: &Terminal) -> EnvFilter {
    let otherwise = match (terminal.quiet, terminal.verbose) {
        (true, _) => "error",
        (_, 0) => "info",
        (_, 1) => "info,kb=debug",
        _ => "debug,kb=trace",
    };
    let said = if written.is_empty() || terminal.verbose > 0 {
        otherwise
    } else {
        written
    };
    EnvFilter::try_new(said).unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Stderr, of which nobody hears that it cannot be written: a full disk of logs must not end what is being served.
struct Unfailing;

impl Write for Unfailing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = io::stderr().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Instants as in 2026-11-22T08:00:00.123Z.
struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, to: &mut Writer<'_>) -> std::fmt::Result {
        write!(to, "{:.3}", jiff::Timestamp::now())
    }
}
