//! What does a key's value mean? Each is asked for by its type; a wrong one is a problem at its place, and the next is read.

use super::{Entry, Item, Node};
use crate::content::codes;
use crate::content::fence::fence;
use crate::content::source::{Explain, Source, nearest};
use crate::model::Problem;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The most entries of a list that are kept.
const MAX_ENTRIES: usize = 1_000;

/// The keys of a front matter while they are read.
pub(in crate::content) struct Fields<'a> {
    source: &'a Source,
    entries: Vec<Entry>,
    /// What was wrong so far.
    pub(in crate::content) problems: Vec<Problem>,
    /// Whether a key could not be understood that decides who sees the article.
    pub(in crate::content) hidden: bool,
}

/// Keys that decide whether and to whom an article is shown: when one of them is wrong, it is not shown at all.
const GUARDS: [&str; 4] = ["audience", "status", "publish_at", "expire_at"];

impl<'a> Fields<'a> {
    /// The keys of the file `source`.
    pub(in crate::content) fn new(source: &'a Source, entries: Vec<Entry>) -> Self {
        Self {
            source,
            entries,
            problems: Vec::new(),
            hidden: false,
        }
    }

    /// Takes the first of these keys that is there; an empty value counts as none.
    pub(in crate::content) fn take(&mut self, keys: &[&str]) -> Option<Entry> {
        let at = keys
            .iter()
            .find_map(|key| self.entries.iter().position(|entry| entry.key == *key))?;
        let entry = self.entries.remove(at);
        (entry.value.node != Node::Nothing).then_some(entry)
    }

    /// A text.
    pub(in crate::content) fn text(&mut self, keys: &[&str]) -> Option<String> {
        let entry = self.take(keys)?;
        match entry.value.node {
            Node::Text(text) | Node::Plain(text) => {
                let text = text.trim();
                (!text.is_empty()).then(|| text.to_owned())
            }
            _ => self.wrong_type(&entry, "a text in quotes"),
        }
    }

    /// A text in which no line opens or closes a `:::` block: only the text below the front matter has blocks, so what was meant
    /// for few would be shown to all.
    pub(in crate::content) fn text_without_blocks(&mut self, key: &str) -> Option<String> {
        let at = self.entries.iter().find(|entry| entry.key == key);
        let item = at.map(|entry| entry.value.clone());
        let text = self.text(&[key])?;
        let Some(item) = item else {
            return Some(text);
        };
        // YAML may join the lines of a text, so those of the file are looked at too.
        let written = self.source.text.get(item.span.clone()).unwrap_or_default();
        if !text.lines().chain(written.lines()).any(is_block_line) {
            return Some(text);
        }
        let message = format!("`{key}` is for all readers, and cannot have `:::` blocks");
        let problem = self
            .source
            .problem(codes::BLOCK_IN_ANSWER, item.span, message);
        self.problems
            .push(problem.help("move the block below the front matter"));
        None
    }

    /// A list of texts with their places. A single text counts as a list of one.
    pub(in crate::content) fn texts_with_places(&mut self, keys: &[&str]) -> Vec<(String, Item)> {
        let Some(entry) = self.take(keys) else {
            return Vec::new();
        };
        let items = match &entry.value.node {
            Node::List(items) => items.clone(),
            Node::Text(_) | Node::Plain(_) => vec![entry.value.clone()],
            _ => {
                self.wrong_type::<()>(&entry, "a list of texts, as in [\"…\", \"…\"]");
                return Vec::new();
            }
        };
        if items.len() > MAX_ENTRIES {
            let message = format!(
                "`{}` has {} entries, and {MAX_ENTRIES} are kept",
                entry.key,
                items.len()
            );
            self.report(codes::TOO_MANY, &items[MAX_ENTRIES], message);
        }
        let mut texts = Vec::new();
        for item in items.into_iter().take(MAX_ENTRIES) {
            match &item.node {
                Node::Text(text) | Node::Plain(text) => {
                    if !text.trim().is_empty() {
                        texts.push((text.trim().to_owned(), item));
                    }
                }
                Node::Nothing => {}
                _ => {
                    let message = format!("`{}` lists texts, and this is none", entry.key);
                    self.report(codes::WRONG_TYPE, &item, message);
                }
            }
        }
        texts
    }

    /// A list of texts.
    pub(in crate::content) fn texts(&mut self, keys: &[&str]) -> Vec<String> {
        self.texts_with_places(keys)
            .into_iter()
            .map(|(text, _)| text)
            .collect()
    }

    /// A whole number.
    pub(in crate::content) fn integer(&mut self, keys: &[&str]) -> Option<i64> {
        let entry = self.take(keys)?;
        match &entry.value.node {
            Node::Integer(number) => Some(*number),
            Node::Plain(text) if text.parse::<i64>().is_ok() => text.parse().ok(),
            _ => self.wrong_type(&entry, "a whole number"),
        }
    }

    /// Yes or no.
    pub(in crate::content) fn boolean(&mut self, keys: &[&str]) -> Option<bool> {
        let entry = self.take(keys)?;
        match &entry.value.node {
            Node::Boolean(yes) => Some(*yes),
            Node::Plain(text) if text == "true" || text == "false" => Some(text == "true"),
            _ => self.wrong_type(&entry, "`true` or `false`"),
        }
    }

    /// A day; of an instant, its day.
    pub(in crate::content) fn date(&mut self, keys: &[&str]) -> Option<Date> {
        let entry = self.take(keys)?;
        let written = self.time_as_written(&entry)?;
        let day = written.get(..10).and_then(|day| day.parse().ok());
        if day.is_none() {
            self.bad_time(&entry, "a day is written 2027-06-01");
        }
        day
    }

    /// An instant. A day alone stands for its first instant in UTC, or by `of_day` for another one.
    pub(in crate::content) fn instant(
        &mut self,
        keys: &[&str],
        of_day: fn(Date) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        let entry = self.take(keys)?;
        let written = self.time_as_written(&entry)?;
        let instant = parse_instant(&written, of_day);
        if instant.is_none() {
            self.bad_time(
                &entry,
                "an instant is written 2026-12-01T09:00:00+08:00, a day 2026-12-01",
            );
        }
        instant
    }

    fn time_as_written(&mut self, entry: &Entry) -> Option<String> {
        match &entry.value.node {
            Node::Time(text) | Node::Text(text) | Node::Plain(text) => Some(text.trim().to_owned()),
            _ => self.wrong_type(entry, "a date, as in 2027-06-01"),
        }
    }

    fn bad_time(&mut self, entry: &Entry, help: &str) {
        self.guard(entry);
        let message = format!("`{}` is not a date", entry.key);
        let problem = self
            .source
            .problem(codes::BAD_DATE, entry.value.span.clone(), message);
        self.problems.push(problem.help(help));
    }

    /// One of a few words; the word's value by `of`.
    pub(in crate::content) fn choice<T>(
        &mut self,
        key: &str,
        words: &[&str],
        of: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let entry = self.take(&[key])?;
        let word = match &entry.value.node {
            Node::Text(text) | Node::Plain(text) => text.clone(),
            _ => return self.wrong_type(&entry, "a text in quotes"),
        };
        let value = of(&word);
        if value.is_none() {
            self.guard(&entry);
            let expected = words
                .iter()
                .map(|w| format!("`{w}`"))
                .collect::<Vec<_>>()
                .join(", ");
            let problem = self
                .source
                .problem(
                    codes::BAD_VALUE,
                    entry.value.span.clone(),
                    format!("unknown value `{word}` for `{key}`, expected one of {expected}"),
                )
                .label("not an allowed value");
            self.problems
                .push(match nearest(&word, words.iter().copied()) {
                    Some(near) => problem.help(format!("did you mean `{near}`?")),
                    None => problem,
                });
        }
        value
    }

    /// A problem at an item.
    pub(in crate::content) fn report(
        &mut self,
        code: &'static str,
        at: &Item,
        message: impl Into<String>,
    ) {
        self.problems
            .push(self.source.problem(code, at.span.clone(), message));
    }

    /// Reports every key that nobody took.
    pub(in crate::content) fn finish(&mut self, known: &[&str]) {
        for entry in std::mem::take(&mut self.entries) {
            let message = format!("unknown key `{}`", entry.key);
            let problem = self
                .source
                .problem(codes::UNKNOWN_KEY, entry.key_span, message);
            let near = nearest(&entry.key, known.iter().copied());
            self.problems.push(match near {
                // Both spellings of a key were there.
                Some(near) if near == entry.key => {
                    problem.help("another key for the same thing was used instead")
                }
                Some(near) => problem
                    .label("nobody knows this key")
                    .help(format!("did you mean `{near}`?")),
                None => problem
                    .label("nobody knows this key")
                    .help("declare it under `[fields]` in `schema.toml`, or remove it"),
            });
        }
    }

    fn wrong_type<T>(&mut self, entry: &Entry, expected: &str) -> Option<T> {
        self.guard(entry);
        let message = format!("`{}` takes {expected}", entry.key);
        let problem = self
            .source
            .problem(codes::WRONG_TYPE, entry.value.span.clone(), message);
        self.problems
            .push(problem.label(format!("this is {}", kind(&entry.value.node))));
        None
    }

    fn guard(&mut self, entry: &Entry) {
        self.hidden |= GUARDS.contains(&entry.key.as_str());
    }
}

fn is_block_line(line: &str) -> bool {
    line.trim_start().starts_with(":::") || fence(line).is_some()
}

fn kind(node: &Node) -> &'static str {
    match node {
        Node::Text(_) | Node::Plain(_) => "a text",
        Node::Integer(_) | Node::Float => "a number",
        Node::Boolean(_) => "`true` or `false`",
        Node::Time(_) => "a date or time",
        Node::List(_) => "a list",
        Node::Table => "a table",
        Node::Nothing => "nothing",
    }
}

/// The first instant after a day, in UTC.
pub(in crate::content) fn end_of_day(day: Date) -> Option<Timestamp> {
    beginning_of_day(day.checked_add(1.day()).ok()?)
}

/// The first instant of a day, in UTC.
pub(in crate::content) fn beginning_of_day(day: Date) -> Option<Timestamp> {
    day.to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// An instant as it is written; a day alone stands for what `of_day` says.
pub(in crate::content) fn parse_instant(
    text: &str,
    of_day: fn(Date) -> Option<Timestamp>,
) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    // `07/20/2015`, as Microsoft's documentation has it.
    if let Ok(day) = Date::strptime("%m/%d/%Y", text) {
        return of_day(day);
    }
    if text.len() <= 10 {
        return of_day(text.parse().ok()?);
    }
    let local: DateTime = text.parse().ok()?;
    local
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}
