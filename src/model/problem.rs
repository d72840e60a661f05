//! What is wrong with a file, where, and what to do? A problem is data: all are collected, none is thrown.

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Shown to readers, but probably not as meant.
    Warning,
    /// The file, or a part of it, cannot be shown.
    Error,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters are meant, at least 1, all on this line.
    pub length: usize,
    /// The line as written, without its end.
    pub source: String,
}

/// One finding of `kb check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, relative to the folder that was checked, with `/` between segments.
    pub path: String,
    /// Where in the file; `None` when the file as a whole is meant.
    pub place: Option<Place>,
    /// How bad it is.
    pub severity: Severity,
    /// Its stable name, as in `KB012`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What stands under the caret, or empty.
    pub label: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
}
