//! What are the headings of a Markdown text?

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// What of Markdown is understood, everywhere.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
}

/// The first heading of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FirstHeading {
    /// Its plain text.
    pub(super) text: String,
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// Whether it is of the first level and nothing stands before it.
    pub(super) leads: bool,
}

impl FirstHeading {
    /// Where the rest of the heading begins, when it is the title and then only HTML, as in `# Title <span>since 8.5</span>`.
    pub(super) fn rest_after(&self, title: &str, markdown: &str) -> Option<usize> {
        let heading = &markdown[self.range.clone()];
        let rest = heading
            .strip_prefix("# ")?
            .trim_start()
            .strip_prefix(title)?;
        let rest = rest.trim_start();
        rest.starts_with('<')
            .then(|| self.range.start + heading.len() - rest.len())
    }
}

/// Finds the first heading.
pub(super) fn first_heading(markdown: &str) -> Option<FirstHeading> {
    let mut events = Parser::new_ext(markdown, options()).into_offset_iter();
    let mut leads = true;
    let (level, range) = events.find_map(|(event, range)| match event {
        Event::Start(Tag::Heading { level, .. }) => Some((level, range)),
        Event::Html(_) | Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => None,
        _ => {
            leads = false;
            None
        }
    })?;
    let mut text = String::new();
    for (event, _) in events {
        match event {
            Event::End(TagEnd::Heading(_)) => break,
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    Some(FirstHeading {
        text: squeeze(&text),
        range,
        leads: leads && level == pulldown_cmark::HeadingLevel::H1,
    })
}

/// A text with each run of blanks made one space.
pub(super) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two texts are the same to a reader: spaces and letter case aside.
pub(super) fn same_text(a: &str, b: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_lowercase)
            .collect()
    };
    letters(a) == letters(b)
}
