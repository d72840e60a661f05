//! What does YAML front matter say? Read event by event, so that every key knows its place and nothing is ever expanded:
//! anchors and aliases, the stuff of YAML bombs, are refused.

use super::{Entry, Item, Node};
use crate::content::codes;
use crate::content::source::{Explain, Source};
use crate::model::Problem;
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span};
use std::ops::Range;

/// The deepest list or table that is read.
const MAX_DEPTH: usize = 16;

/// The keys in `range` of the file.
pub(super) fn entries(source: &Source, range: Range<usize>) -> Result<Vec<Entry>, Vec<Problem>> {
    let mut reader = Reader {
        parser: Parser::new_from_str(&source.text[range.clone()]),
        source,
        range,
    };
    reader.document().map_err(|problem| vec![*problem])
}

struct Reader<'a, P> {
    parser: P,
    source: &'a Source,
    range: Range<usize>,
}

type Events<'a> = Parser<'a, serde_saphyr::granit_parser::StrInput<'a>>;
type Outcome<T> = Result<T, Box<Problem>>;

impl<'a> Reader<'a, Events<'a>> {
    fn document(&mut self) -> Outcome<Vec<Entry>> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(..) => {}
                Event::DocumentEnd | Event::StreamEnd => return Ok(Vec::new()),
                Event::MappingStart(..) => break,
                Event::Scalar(text, ..) if text.is_empty() => return Ok(Vec::new()),
                _ => {
                    return Err(self
                        .problem(&span, "front matter is keys with values")
                        .help("write `title: …`")
                        .into());
                }
            }
        }
        let entries = self.mapping(0)?;
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(entries),
                (Event::DocumentEnd, _) => {}
                (_, span) => {
                    return Err(self
                        .problem(&span, "there is more than one document")
                        .into());
                }
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Outcome<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok(entries),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err(self.problem(&span, "a key is a word").into()),
            };
            if entries.iter().any(|entry| entry.key == key) {
                let message = format!("the key `{key}` stands here twice");
                return Err(self
                    .problem(&span, &message)
                    .help("keep one of them")
                    .into());
            }
            let value = self.value(depth)?;
            entries.push(Entry {
                key,
                key_span: self.place(&span),
                value,
            });
        }
    }

    fn value(&mut self, depth: usize) -> Outcome<Item> {
        let (event, span) = self.next()?;
        self.value_of(event, &span, depth)
    }

    fn value_of(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Outcome<Item> {
        if depth > MAX_DEPTH {
            return Err(self
                .problem(span, "lists and tables stand too deep within each other")
                .into());
        }
        let node = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => plain(text.into_owned()),
            Event::Scalar(text, ..) => Node::Text(text.into_owned()),
            Event::SequenceStart(..) => self.sequence(depth)?,
            Event::MappingStart(..) => {
                self.mapping(depth + 1)?;
                Node::Table
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                return Err(self
                    .problem(span, "aliases (`*name`) are not read")
                    .help("write the value out, in quotes if it starts with `*`")
                    .into());
            }
            _ => return Err(self.problem(span, "a value is missing here").into()),
        };
        Ok(Item {
            node,
            span: self.place(span),
        })
    }

    fn sequence(&mut self, depth: usize) -> Outcome<Node> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Node::List(items)),
                (event, span) => items.push(self.value_of(event, &span, depth + 1)?),
            }
        }
    }

    fn next(&mut self) -> Outcome<(Event<'a>, Span)> {
        loop {
            match self.parser.next() {
                Some(Ok((Event::Comment(..) | Event::Anchor(..), _))) => {}
                Some(Ok(event)) => return Ok(event),
                Some(Err(error)) => return Err(Box::new(self.syntax(&error))),
                None => {
                    let end = self.range.end..self.range.end;
                    return Err(self
                        .source
                        .problem(codes::SYNTAX, end, "this YAML ends too early")
                        .into());
                }
            }
        }
    }

    fn syntax(&self, error: &serde_saphyr::granit_parser::ScanError) -> Problem {
        let at = error
            .marker()
            .byte_offset()
            .unwrap_or(0)
            .min(self.range.len())
            + self.range.start;
        self.source
            .problem(codes::SYNTAX, at..at + 1, error.kind().to_string())
            .help("a text with `: `, `#`, `[`, `{`, `*`, `&`, `@` or a quote in it stands in quotes: `title: \"…\"`")
    }

    fn problem(&self, span: &Span, message: &str) -> Problem {
        self.source
            .problem(codes::SYNTAX, self.place(span), message)
    }

    fn place(&self, span: &Span) -> Range<usize> {
        let range = span.byte_range().unwrap_or(0..0);
        range.start + self.range.start..range.end + self.range.start
    }
}

fn plain(text: String) -> Node {
    match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Node::Nothing,
        _ => Node::Plain(text),
    }
}
