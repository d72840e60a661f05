//! What does a settings file say, and where? TOML with the place of every key and value.

use super::Code;
use crate::model::{Place, Problem, Severity};
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// The largest settings file, in bytes. Far more than anybody writes by hand.
const MAX_BYTES: u64 = 1024 * 1024;

/// The text of a settings file, with what is needed to point at it.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// How it is named in messages.
    pub(super) name: String,
    /// Relative paths in it start here.
    pub(super) folder: PathBuf,
    text: String,
}

impl File {
    /// A file with this text.
    pub(super) fn new(name: &str, folder: &Path, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Reads the file at `path`. What keeps it from being read is a problem, never lost text: it must be UTF-8.
    pub(super) fn read(path: &Path) -> Result<Self, Box<Problem>> {
        let name = path.display().to_string();
        let refuse = |message: String, help: &str| {
            Box::new(problem(&name, None, Code::Unreadable, message).help(help))
        };
        let bytes = read_bytes(path).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => refuse(
                format!("{name} does not exist"),
                "check the path, or leave the option out",
            ),
            io::ErrorKind::FileTooLarge => refuse(
                format!("{name} is larger than 1 MiB"),
                "is this the right file?",
            ),
            _ => refuse(
                format!("{name} cannot be read: {e}"),
                "check the path and its permissions",
            ),
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let text = String::from_utf8(bytes).map_err(|e| {
            let line = e.as_bytes()[..e.utf8_error().valid_up_to()]
                .split(|b| *b == b'\n')
                .count();
            refuse(
                format!("{name} is not UTF-8 (line {line})"),
                "save the file as UTF-8",
            )
        })?;
        Ok(Self::new(
            &name,
            folder,
            text.strip_prefix('\u{feff}').unwrap_or(&text),
        ))
    }

    /// The file as a tree of TOML. What is no TOML is left out and reported.
    pub(super) fn parse(&self) -> (Spanned<DeTable<'_>>, Vec<Problem>) {
        let (tree, errors) = DeTable::parse_recoverable(&self.text);
        let problems = errors.iter().map(|error| {
            let message = format!("this is not TOML: {}", error.message());
            self.problem(error.span().unwrap_or(0..0), Code::Syntax, message)
        });
        let problems = problems.collect();
        (tree, problems)
    }

    /// A problem of the bytes `span`.
    pub(super) fn problem(&self, span: Range<usize>, code: Code, message: String) -> Problem {
        problem(
            &self.name,
            Some(Place::locate(&self.text, span)),
            code,
            message,
        )
    }

    /// The line of the byte at `at`, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        Place::locate(&self.text, at..at).line
    }
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// A problem of settings: always an error.
pub(super) fn problem(path: &str, place: Option<Place>, code: Code, message: String) -> Problem {
    Problem {
        path: path.to_owned(),
        place,
        severity: Severity::Error,
        code: code.name(),
        message,
        label: String::new(),
        help: None,
    }
}

/// Adds what a problem says beyond its message.
pub(super) trait Say {
    /// The same with this help.
    fn help(self, help: impl Into<String>) -> Self;
    /// The same with this text under the caret.
    fn label(self, label: impl Into<String>) -> Self;
}

impl Say for Problem {
    fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    fn label(self, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            ..self
        }
    }
}

/// The value at a dotted path below `table`, with the key's span. In a list of tables the path goes on with the place, from 0.
pub(super) fn find<'t, 'i>(
    table: &'t DeTable<'i>,
    path: &str,
) -> Option<(Range<usize>, &'t Spanned<DeValue<'i>>)> {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(first, rest)| (first, Some(rest)));
    let (key, value) = table.get_key_value(first)?;
    let Some(rest) = rest else {
        return Some((key.span(), value));
    };
    match value.get_ref() {
        DeValue::Array(items) => find_item(items, rest),
        other => find(other.as_table()?, rest),
    }
}

/// The value at a path that begins with the place in a list of tables, from 0. A table itself stands where it begins.
fn find_item<'t, 'i>(
    items: &'t DeArray<'i>,
    path: &str,
) -> Option<(Range<usize>, &'t Spanned<DeValue<'i>>)> {
    let (place, rest) = path
        .split_once('.')
        .map_or((path, None), |(place, rest)| (place, Some(rest)));
    let item = items.get(place.parse::<usize>().ok()?)?;
    match rest {
        None => Some((item.span(), item)),
        Some(rest) => find(item.get_ref().as_table()?, rest),
    }
}
