//! What does a program read? One JSON document with every problem and how many there are.

use super::{Counts, word};
use crate::model::Problem;
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Report<'p> {
    errors: usize,
    warnings: usize,
    notes: usize,
    problems: Vec<Found<'p>>,
}

/// A problem. Lines and columns count from 1, columns and lengths in characters; `null` when the file as a whole is meant.
#[derive(Serialize)]
struct Found<'p> {
    path: &'p str,
    line: Option<usize>,
    column: Option<usize>,
    length: Option<usize>,
    severity: &'static str,
    code: &'static str,
    message: &'p str,
    label: Option<&'p str>,
    help: Option<&'p str>,
}

/// Writes all problems as one JSON document.
pub(in crate::cli) fn write_json(to: &mut dyn Write, problems: &[Problem]) -> io::Result<()> {
    let counts = Counts::of(problems);
    let report = Report {
        errors: counts.errors,
        warnings: counts.warnings,
        notes: counts.notes,
        problems: problems.iter().map(found).collect(),
    };
    serde_json::to_writer_pretty(&mut *to, &report)?;
    writeln!(to)
}

fn found(problem: &Problem) -> Found<'_> {
    let place = problem.place.as_ref();
    Found {
        path: &problem.path,
        line: place.map(|p| p.line),
        column: place.map(|p| p.column),
        length: place.map(|p| p.length),
        severity: word(problem.severity),
        code: problem.code,
        message: &problem.message,
        label: Some(problem.label.as_str()).filter(|label| !label.is_empty()),
        help: problem.help.as_deref(),
    }
}
