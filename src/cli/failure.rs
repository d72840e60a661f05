//! How does a command end? With an outcome, or with a failure that says what, why and what to do.

use super::args::Cli;
use super::problems::write_human;
use super::terminal::{Terminal, visible};
use crate::config::Refused;
use crate::error::Error;
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};
use std::process::ExitCode;

/// How a command ended that could be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All is fine: exit code 0.
    Fine,
    /// It could be done, and the answer is no: errors were found, figures got worse. Exit code 1.
    Negative,
    /// What was given cannot be read, now or later: exit code 65, as `sysexits.h` has it.
    Unreadable,
    /// It could not be done, and may be tried again later: exit code 75.
    Later,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Fine => 0,
            Outcome::Negative => 1,
            Outcome::Unreadable => 65,
            Outcome::Later => 75,
        })
    }
}

/// Shows a failure on stderr as `error:`, `cause:` and `help:` lines and returns its exit code, 2.
/// A pipe that the reader closed, as `head` does, is no failure.
pub fn say_failure(cli: &Cli, failure: &anyhow::Error) -> ExitCode {
    if failure.chain().any(is_closed_pipe) {
        return ExitCode::SUCCESS;
    }
    say(&Terminal::new(cli), failure);
    ExitCode::from(2)
}

/// Shows a failure on stderr.
pub(super) fn say(terminal: &Terminal, failure: &anyhow::Error) {
    // Where stderr cannot be written to, there is nobody to tell.
    if let Some(refused) = failure.downcast_ref::<Refused>() {
        let _ = write_human(&mut terminal.err(), &refused.problems, terminal.width());
    }
    let _ = write_failure(&mut terminal.err(), failure);
}

fn is_closed_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause
        .downcast_ref::<io::Error>()
        .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

fn write_failure(to: &mut dyn Write, failure: &anyhow::Error) -> io::Result<()> {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let cyan = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
    let mut said: Vec<String> = Vec::new();
    for cause in failure.chain() {
        let message = visible(&cause.to_string()).into_owned();
        // A wrapper often repeats what it wraps.
        if said.iter().any(|earlier| earlier.contains(&message)) {
            continue;
        }
        let label = if said.is_empty() {
            format!("{red}error:{red:#}")
        } else {
            "cause:".to_owned()
        };
        writeln!(to, "{label} {message}")?;
        said.push(message);
    }
    let helps = failure
        .chain()
        .filter_map(|cause| cause.downcast_ref::<Error>()?.help_text());
    for help in helps {
        writeln!(to, "{cyan}help:{cyan:#} {}", visible(help))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::write_failure;
    use crate::error::Error;
    use std::io;

    fn shown(failure: &anyhow::Error) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        write_failure(&mut out, failure).expect("memory can be written");
        String::from_utf8(out.into_inner()).expect("UTF-8")
    }

    #[test]
    fn says_what_why_and_what_to_do() {
        let cause = io::Error::other("disk\x1b[2Jfull");
        let failure = Error::internal("cannot write the index", cause).help("free some space");
        assert_eq!(
            shown(&failure.into()),
            "error: cannot write the index\ncause: disk\\u{1b}[2Jfull\nhelp: free some space\n"
        );
    }

    #[test]
    fn says_nothing_twice() {
        let failure = anyhow::anyhow!("no such file").context("cannot read a.md: no such file");
        assert_eq!(shown(&failure), "error: cannot read a.md: no such file\n");
    }
}
