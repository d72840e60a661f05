//! What does TOML front matter say?

use super::{Entry, Item, Node};
use crate::content::codes;
use crate::content::source::{Explain, Source};
use crate::model::Problem;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys in `range` of the file.
pub(super) fn entries(source: &Source, range: Range<usize>) -> Result<Vec<Entry>, Vec<Problem>> {
    let (table, errors) = DeTable::parse_recoverable(&source.text[range.clone()]);
    if !errors.is_empty() {
        return Err(errors
            .iter()
            .take(10)
            .map(|error| problem(source, &range, error))
            .collect());
    }
    let mut entries: Vec<Entry> = table
        .into_inner()
        .into_iter()
        .map(|(key, value)| Entry {
            key_span: shift(&key.span(), range.start),
            key: key.into_inner().into_owned(),
            value: item(&value, range.start),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    Ok(entries)
}

fn problem(source: &Source, range: &Range<usize>, error: &toml::de::Error) -> Problem {
    let span = error
        .span()
        .map_or(range.clone(), |span| shift(&span, range.start));
    let line = source.place(span.clone()).source;
    let problem = source.problem(codes::SYNTAX, span, error.message().replace('\n', ": "));
    let quotes = line.contains(['“', '”', '‘', '’', '＂']);
    if error.message().contains("duplicate key") {
        problem.help("a key stands once: join the values, or remove one of the lines")
    } else if quotes {
        problem.help("TOML wants straight quotes around a text: \"…\"")
    } else if line.contains('=') {
        problem.help(
            "a text stands in quotes: `title = \"…\"`; a list in brackets: `tags = [\"…\", \"…\"]`",
        )
    } else {
        problem.help("each line is a key, `=`, and a value, as in `title = \"…\"`")
    }
}

fn item(value: &Spanned<DeValue<'_>>, offset: usize) -> Item {
    let node = match value.get_ref() {
        DeValue::String(text) => Node::Text(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Node::Float, Node::Integer)
        }
        DeValue::Float(_) => Node::Float,
        DeValue::Boolean(yes) => Node::Boolean(*yes),
        DeValue::Datetime(time) => Node::Time(time.to_string()),
        DeValue::Array(items) => Node::List(items.iter().map(|i| item(i, offset)).collect()),
        DeValue::Table(_) => Node::Table,
    };
    Item {
        node,
        span: shift(&value.span(), offset),
    }
}

fn shift(span: &Range<usize>, offset: usize) -> Range<usize> {
    span.start + offset..span.end + offset
}
