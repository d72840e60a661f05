//! What shows in a pull request? Workflow commands, a line each, which GitHub turns into annotations.

use super::word;
use crate::model::{Problem, Severity};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes one workflow command for each problem.
pub(in crate::cli) fn write_github(to: &mut dyn Write, problems: &[Problem]) -> io::Result<()> {
    problems
        .iter()
        .try_for_each(|problem| writeln!(to, "{}", command(problem)))
}

fn command(problem: &Problem) -> String {
    let name = match problem.severity {
        Severity::Note => "notice",
        other => word(other),
    };
    let mut command = format!("::{name} file={}", property(&problem.path));
    if let Some(place) = &problem.place {
        let end = place.column + place.length - 1;
        // Writing into memory cannot fail.
        let _ = write!(
            command,
            ",line={},col={},endColumn={end}",
            place.line, place.column
        );
    }
    let help = problem.help.iter().map(|help| format!("\n{help}"));
    let text = format!("{}{}", problem.message, help.collect::<String>());
    let _ = write!(command, ",title={}::{}", problem.code, data(&text));
    command
}

/// A message: line breaks would end the command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property: colons and commas would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::command;
    use crate::model::{Place, Problem, Severity};

    #[test]
    fn what_the_author_wrote_cannot_begin_another_command() {
        let problem = Problem {
            path: "kb/a,b:c\n::error::.md".to_owned(),
            place: Some(Place {
                line: 2,
                column: 3,
                length: 4,
                source: String::new(),
            }),
            severity: Severity::Note,
            code: "KB099",
            message: "100%\r\n::error::owned".to_owned(),
            label: String::new(),
            help: None,
        };
        assert_eq!(
            command(&problem),
            "::notice file=kb/a%2Cb%3Ac%0A%3A%3Aerror%3A%3A.md,line=2,col=3,endColumn=6,title=KB099::100%25%0D%0A::error::owned"
        );
    }
}
