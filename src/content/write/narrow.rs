//! How does one see what not everybody may? The outermost element of a stretch that is for fewer bears their name: `data-for`.

use super::Writer;
use pulldown_cmark::{Event, Tag};
use std::ops::Range;

/// Where such stretches are, and how far the page has come.
#[derive(Default)]
pub(super) struct Narrow<'a> {
    /// Bytes of the prepared Markdown, each with the name of an audience.
    stretches: Vec<(Range<usize>, &'a str)>,
    /// How many elements are open.
    depth: usize,
    /// At which depth the element is that bears a name.
    within: Option<usize>,
    /// For a block of code, which is written at its end.
    code: Option<&'a str>,
    /// For raw HTML, before its first tag.
    html: Option<&'a str>,
}

/// When an element can be given the name.
enum Named {
    AtOnce,
    AtItsEnd,
    Before,
    Never,
}

impl<'a> Narrow<'a> {
    /// Stretches by their lines (the first is 0) of `markdown`.
    pub(super) fn of(markdown: &str, lines: &[(Range<usize>, &'a str)]) -> Self {
        let begins: Vec<usize> = std::iter::once(0)
            .chain(markdown.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let byte = |line: usize| begins.get(line).copied().unwrap_or(markdown.len());
        let stretch =
            |(lines, name): &(Range<usize>, &'a str)| (byte(lines.start)..byte(lines.end), *name);
        Self {
            stretches: lines.iter().map(stretch).collect(),
            ..Self::default()
        }
    }

    /// For whom what begins at a byte is, where that has not been said.
    fn due(&self, at: usize) -> Option<&'a str> {
        let mut stretches = self.stretches.iter().filter(|_| self.within.is_none());
        let found = stretches.find(|(bytes, _)| bytes.contains(&at));
        found.map(|(_, name)| *name)
    }
}

impl<'a> Writer<'a> {
    /// The same writer for a page some lines of which (the first is 0) are for fewer.
    pub(in crate::content) fn marking(
        mut self,
        prepared: &str,
        lines: &[(Range<usize>, &'a str)],
    ) -> Self {
        self.narrow = Narrow::of(prepared, lines);
        self
    }

    /// Writes an event whose text begins at a byte.
    pub(in crate::content) fn write_at(&mut self, event: Event<'_>, at: usize) {
        let begun = self.out.len();
        match event {
            Event::Start(tag) => {
                let due = self.narrow.due(at).map(|name| (name, named(&tag)));
                self.write(Event::Start(tag));
                match due {
                    Some((name, Named::AtOnce)) => {
                        self.name(begun, name);
                        self.narrow.within = Some(self.narrow.depth);
                    }
                    Some((name, Named::AtItsEnd)) => self.narrow.code = Some(name),
                    Some((name, Named::Before)) => self.narrow.html = Some(name),
                    Some((_, Named::Never)) | None => {}
                }
                self.narrow.depth += 1;
            }
            Event::End(tag) => {
                self.write(Event::End(tag));
                self.narrow.depth = self.narrow.depth.saturating_sub(1);
                if let Some(name) = self.narrow.code.take() {
                    self.name(begun, name);
                }
                self.narrow.html = None;
                if self.narrow.within == Some(self.narrow.depth) {
                    self.narrow.within = None;
                }
            }
            Event::Html(html) => {
                // Our own marks of call-outs are comments; what is in those bears the name by itself.
                if !html.trim_start().starts_with("<!--")
                    && let Some(name) = self.narrow.html.take()
                {
                    self.out.push_str("<p></p>");
                    self.name(begun, name);
                }
                self.write(Event::Html(html));
            }
            other => self.write(other),
        }
    }

    /// Gives the first element that was written from a byte on the name of an audience.
    fn name(&mut self, begun: usize, name: &str) {
        let Some(element) = self.out.get(begun..).and_then(|out| out.find('<')) else {
            return;
        };
        let element = begun + element;
        if let Some(end) = self.out[element..].find([' ', '>']) {
            let attribute = format!(" data-for=\"{}{name}\"", self.seal);
            self.out.insert_str(element + end, &attribute);
        }
    }
}

fn named(tag: &Tag<'_>) -> Named {
    match tag {
        Tag::Paragraph
        | Tag::Heading { .. }
        | Tag::BlockQuote(_)
        | Tag::List(_)
        | Tag::Item
        | Tag::Table(_) => Named::AtOnce,
        Tag::CodeBlock(_) => Named::AtItsEnd,
        Tag::HtmlBlock => Named::Before,
        _ => Named::Never,
    }
}
