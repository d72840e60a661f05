//! What does a person see? The line as written, a caret under the place, and what to do about it.

use crate::cli::terminal::visible;
use crate::model::{Place, Problem, Severity};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::io::{self, Write};
use std::ops::Range;

/// The longest stretch of a line that is shown on either side of the place, in characters. Longer lines are cut, so that
/// a file without line breaks costs no more than any other.
const MARGIN_CHARS: usize = 150;

/// Writes each problem with the line that it is about, for a terminal of `width` columns.
pub(in crate::cli) fn write_human(
    to: &mut dyn Write,
    problems: &[Problem],
    width: usize,
) -> io::Result<()> {
    let renderer = Renderer::styled().term_width(width);
    for problem in problems {
        writeln!(to, "{}\n", renderer.render(&report(problem)))?;
    }
    Ok(())
}

fn report(problem: &Problem) -> Vec<Group<'_>> {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let path = visible(&problem.path);
    let title = level
        .primary_title(visible(&problem.message))
        .id(problem.code);
    let mut group = Group::with_title(title);
    group = match &problem.place {
        None => group.element(Origin::path(path)),
        Some(place) if is_short(place) => group.element(snippet(place, &problem.label).path(path)),
        Some(place) => {
            // The column of a cut line would be counted from the cut.
            let at = Origin::path(path)
                .line(place.line)
                .char_column(place.column);
            group.element(at).element(snippet(place, &problem.label))
        }
    };
    let help = problem
        .help
        .as_deref()
        .map(|help| Level::HELP.message(visible(help)));
    vec![help.into_iter().fold(group, Group::element)]
}

fn is_short(place: &Place) -> bool {
    place.source.len() <= MARGIN_CHARS
}

fn snippet<'p>(place: &Place, label: &'p str) -> Snippet<'p, Annotation<'p>> {
    let (line, span) = window(place);
    let label = (!label.is_empty()).then(|| visible(label));
    Snippet::source(line)
        .line_start(place.line)
        .annotation(AnnotationKind::Primary.span(span).label(label))
}

/// The line, cut to what is near the place, and the bytes of it that are meant.
fn window(place: &Place) -> (String, Range<usize>) {
    let from = place.column.saturating_sub(1 + MARGIN_CHARS);
    let length = place.length.clamp(1, MARGIN_CHARS);
    let shown = place
        .source
        .chars()
        .skip(from)
        .take(2 * MARGIN_CHARS + length);
    let mut line = String::new();
    let mut span = 0..0;
    for (i, c) in shown.enumerate() {
        let column = from + i + 1;
        let is_meant = (place.column..place.column + length).contains(&column);
        if column == place.column {
            span = line.len()..line.len();
        }
        line.push(c);
        if is_meant {
            span.end = line.len();
        }
    }
    if span.is_empty() {
        // Behind the end of the line.
        span = line.len()..line.len();
    }
    (line, span)
}

#[cfg(test)]
mod tests {
    use super::{window, write_human};
    use crate::model::{Place, Problem, Severity};

    fn problem(source: &str, column: usize, length: usize) -> Problem {
        Problem {
            path: "kb/退款.md".to_owned(),
            place: Some(Place {
                line: 12,
                column,
                length,
                source: source.to_owned(),
            }),
            severity: Severity::Error,
            code: "KB099",
            message: "no such thing".to_owned(),
            label: "here".to_owned(),
            help: Some("did you mean `退款`?".to_owned()),
        }
    }

    fn shown(problem: Problem) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        write_human(&mut out, &[problem], 100).expect("memory can be written");
        String::from_utf8(out.into_inner()).expect("UTF-8")
    }

    #[test]
    fn carets_stand_under_double_width_characters() {
        let expected = "\
error[KB099]: no such thing
  --> kb/退款.md:12:7
   |
12 | 状态 = \"已发布\" 。
   |         ^^^^^^ here
   |
   = help: did you mean `退款`?

";
        assert_eq!(shown(problem("状态 = \"已发布\" 。", 7, 3)), expected);
    }

    #[test]
    fn a_whole_file_has_no_line() {
        let whole = Problem {
            place: None,
            severity: Severity::Warning,
            label: String::new(),
            ..problem("", 1, 1)
        };
        let expected = "\
warning[KB099]: no such thing
--> kb/退款.md
 = help: did you mean `退款`?

";
        assert_eq!(shown(whole), expected);
    }

    #[test]
    fn what_the_author_wrote_cannot_command_the_terminal() {
        let mut hostile = problem("title = \"\u{1b}[2J\u{202e}\"", 10, 1);
        hostile.message = "the title is `\u{1b}[2J`".to_owned();
        hostile.path = "kb/\u{1b}]0;x\u{7}.md".to_owned();
        assert!(!shown(hostile).contains(['\u{1b}', '\u{7}', '\u{202e}']));
    }

    #[test]
    fn an_endless_line_is_cut_to_what_is_near() {
        let place = Place {
            line: 1,
            column: 500_001,
            length: 3,
            source: "长".repeat(1_000_000),
        };
        let (line, span) = window(&place);
        assert_eq!(line.chars().count(), 303);
        assert_eq!(span, 450..459);
        let long = Problem {
            place: Some(place),
            ..problem("", 1, 1)
        };
        assert!(shown(long).contains("--> kb/退款.md:1:500001\n"));
    }

    #[test]
    fn a_place_behind_the_end_is_the_end() {
        let place = Place {
            line: 1,
            column: 9,
            length: 1,
            source: "短".to_owned(),
        };
        assert_eq!(window(&place), ("短".to_owned(), 3..3));
    }
}
