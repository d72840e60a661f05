//! What does the head of a file say? TOML between `+++`, or YAML between `---`, becomes one tree in which every key and value
//! knows its place, so that each wrong one can be shown.

mod fields;
mod toml;
mod yaml;

pub(super) use fields::{Fields, beginning_of_day, end_of_day, parse_instant};

use super::codes;
use super::source::{Explain, Source, file_problem};
use crate::model::Problem;
use std::ops::Range;

/// The largest front matter that is read, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// A value and where it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) node: Node,
    pub(super) span: Range<usize>,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A text in quotes.
    Text(String),
    /// A YAML scalar without quotes: what it is depends on what is asked for.
    Plain(String),
    Integer(i64),
    Boolean(bool),
    /// A TOML date or time, as written.
    Time(String),
    List(Vec<Item>),
    Table,
    Nothing,
    /// A number with a fraction.
    Float,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: Item,
}

/// A file taken apart.
#[derive(Debug)]
pub(super) struct Split {
    /// The keys of the front matter, in order; empty when there is none.
    pub(super) entries: Vec<Entry>,
    /// Where the rest begins.
    pub(super) body: usize,
}

impl Split {
    /// The problem of a file that says nothing at all: it is being saved, or was forgotten.
    pub(super) fn emptiness(&self, source: &Source) -> Option<Problem> {
        let is_nothing = |c: char| c.is_whitespace() || c.is_control();
        let is_empty = self.entries.is_empty() && source.text[self.body..].chars().all(is_nothing);
        is_empty.then(|| {
            file_problem(&source.path, codes::EMPTY_FILE, "this file is empty")
                .help("write something into it, or delete it")
        })
    }
}

/// The two ways to write front matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Toml,
    Yaml,
}

/// Takes the front matter off a file.
///
/// # Errors
/// All that keeps it from being read.
pub(super) fn split(source: &Source) -> Result<Split, Vec<Problem>> {
    let text = source.text.as_str();
    let first_line = text.lines().next().unwrap_or_default();
    let form = match first_line.trim_end() {
        "+++" => Form::Toml,
        "---" => Form::Yaml,
        _ => {
            return Ok(Split {
                entries: Vec::new(),
                body: 0,
            });
        }
    };
    let start = (first_line.len() + 1).min(text.len());
    let Some((end, body)) = closing(text, start, form) else {
        if form == Form::Yaml && !looks_like_a_key(&text[start..]) {
            // A document may also begin with a line across the page.
            return Ok(Split {
                entries: Vec::new(),
                body: 0,
            });
        }
        return Err(vec![endless(source, first_line)]);
    };
    if end - start > MAX_BYTES {
        let message = format!(
            "the front matter has {} bytes, and the limit is {MAX_BYTES}",
            end - start
        );
        return Err(vec![
            source
                .problem(codes::SYNTAX, 0..first_line.len(), message)
                .help("move the text below the line that closes the front matter"),
        ]);
    }
    let entries = match form {
        Form::Toml => toml::entries(source, start..end)?,
        Form::Yaml => yaml::entries(source, start..end)?,
    };
    Ok(Split { entries, body })
}

/// Where the line that closes the front matter begins, and where the line after it does.
fn closing(text: &str, start: usize, form: Form) -> Option<(usize, usize)> {
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        let closes = match (form, line.trim_end()) {
            (Form::Toml, "+++") | (Form::Yaml, "---") => true,
            (Form::Yaml, "...") => line.starts_with("..."),
            _ => false,
        };
        if closes {
            return Some((at, at + line.len()));
        }
        at += line.len();
    }
    None
}

fn looks_like_a_key(text: &str) -> bool {
    text.lines().next().is_some_and(|line| {
        line.split_once(':').is_some_and(|(key, rest)| {
            !key.is_empty()
                && key
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
                && (rest.is_empty() || rest.starts_with(' '))
        })
    })
}

fn endless(source: &Source, first_line: &str) -> Problem {
    let mark = first_line.trim_end();
    source
        .problem(
            codes::ENDLESS,
            0..mark.len(),
            "the front matter that begins here never ends",
        )
        .label("opened here")
        .help(format!("write a line `{mark}` below the last key"))
}
