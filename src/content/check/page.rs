//! What does a file look like to who checks it? Its text with places, its links and images, and the places in it.

use crate::config::Schema;
use crate::content::anchors::{Places, places};
use crate::content::article::read_text;
use crate::content::category::index_of;
use crate::content::front_matter::{Entry, Item, Node, split};
use crate::content::html::{Piece, pieces};
use crate::content::outline::options;
use crate::content::prepare::prepare;
use crate::content::source::Source;
use crate::model::{Article, Audience, Category};
use crate::text::is_han;
use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};
use std::ops::Range;
use std::path::Path;

/// A link or an image.
#[derive(Debug)]
pub(super) struct Target {
    /// As written.
    pub(super) target: String,
    pub(super) span: Range<usize>,
    pub(super) is_image: bool,
}

/// A file with what was found in it.
pub(super) struct Page<'a> {
    pub(super) source: Source,
    /// `None` for the file of a category.
    pub(super) article: Option<&'a Article>,
    pub(super) audience: Audience,
    pub(super) entries: Vec<Entry>,
    pub(super) body: usize,
    pub(super) places: Places,
    pub(super) targets: Vec<Target>,
    /// Images without a description.
    pub(super) nameless: Vec<Range<usize>>,
    /// Half-width punctuation between Chinese characters.
    pub(super) narrow: Vec<Range<usize>>,
    /// The first heading.
    pub(super) heading: Option<Range<usize>>,
}

impl<'a> Page<'a> {
    /// The page of an article; `None` when its file is no longer what it was.
    pub(super) fn of_article(root: &Path, article: &'a Article, schema: &Schema) -> Option<Self> {
        let mut page = Self::read(root, &article.path, schema)?;
        page.places = places(&prepare(&article.markdown()));
        page.article = Some(article);
        page.audience = article.audience;
        Some(page)
    }

    /// The page of a category that has an `_index.md`.
    pub(super) fn of_category(
        root: &Path,
        category: &'a Category,
        schema: &Schema,
    ) -> Option<Self> {
        let mut page = Self::read(root, &index_of(&category.path), schema)?;
        page.places = places(&prepare(&category.body));
        page.audience = category.audience;
        Some(page)
    }

    fn read(root: &Path, path: &str, schema: &Schema) -> Option<Self> {
        let source = read_text(root, path, schema).source?;
        let split = split(&source).ok()?;
        let mut page = Self {
            article: None,
            audience: Audience::PUBLIC,
            entries: split.entries,
            body: split.body,
            places: Places::default(),
            targets: Vec::new(),
            nameless: Vec::new(),
            narrow: Vec::new(),
            heading: None,
            source,
        };
        page.look();
        Some(page)
    }

    /// The text below the front matter.
    pub(super) fn markdown(&self) -> &str {
        &self.source.text[self.body..]
    }

    /// The place of a key's value, if the front matter has it.
    pub(super) fn value(&self, keys: &[&str]) -> Option<&Item> {
        let entry = self
            .entries
            .iter()
            .find(|entry| keys.contains(&entry.key.as_str()))?;
        Some(&entry.value)
    }

    /// The place of one text in a list.
    pub(super) fn listed(&self, key: &str, text: &str) -> Range<usize> {
        let is_it =
            |item: &&Item| matches!(&item.node, Node::Text(t) | Node::Plain(t) if t.trim() == text);
        match self.value(&[key]) {
            Some(Item {
                node: Node::List(items),
                span,
            }) => items
                .iter()
                .find(is_it)
                .map_or(span.clone(), |item| item.span.clone()),
            Some(item) => item.span.clone(),
            None => self.title(),
        }
    }

    /// The place of the title.
    pub(super) fn title(&self) -> Range<usize> {
        let key = self.value(&["title"]).map(|item| item.span.clone());
        key.or_else(|| self.heading.clone()).unwrap_or(0..1)
    }

    fn look(&mut self) {
        let body = self.body;
        let markdown = self.source.text[body..].to_owned();
        let shift = |range: &Range<usize>| range.start + body..range.end + body;
        let mut alt: Option<(Range<usize>, bool)> = None;
        let mut in_code = false;
        for (event, range) in Parser::new_ext(&markdown, options()).into_offset_iter() {
            match event {
                Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    ..
                }) if link_type != LinkType::Email => {
                    self.target(&markdown, &dest_url, &range, false);
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    self.target(&markdown, &dest_url, &range, true);
                    alt = Some((shift(&range), true));
                }
                Event::End(TagEnd::Image) => {
                    if let Some((span, true)) = alt.take() {
                        self.nameless.push(span);
                    }
                }
                Event::Start(Tag::Heading { .. }) if self.heading.is_none() => {
                    self.heading = Some(shift(&range));
                }
                Event::Start(Tag::CodeBlock(_)) => in_code = true,
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Html(html) | Event::InlineHtml(html) => self.html(&markdown, &html, &range),
                Event::Text(_) | Event::Code(_) => {
                    if let Some((_, empty)) = &mut alt {
                        *empty = false;
                    }
                    if !in_code && matches!(event, Event::Text(_)) {
                        let found = narrow_marks(&markdown[range.clone()]);
                        self.narrow.extend(
                            found.map(|at| range.start + body + at..range.start + body + at + 1),
                        );
                    }
                }
                _ => {}
            }
        }
    }

    fn target(&mut self, markdown: &str, target: &str, range: &Range<usize>, is_image: bool) {
        let at = markdown[range.clone()]
            .rfind(target)
            .filter(|_| !target.is_empty());
        let span = at.map_or(range.clone(), |at| {
            range.start + at..range.start + at + target.len()
        });
        self.targets.push(Target {
            target: target.to_owned(),
            span: span.start + self.body..span.end + self.body,
            is_image,
        });
    }

    fn html(&mut self, markdown: &str, html: &str, range: &Range<usize>) {
        for piece in pieces(html) {
            let Piece::Open(tag) = piece else {
                continue;
            };
            for (name, is_image) in [("href", false), ("src", true), ("poster", true)] {
                let linking = matches!(tag.name.as_str(), "a" | "img" | "video" | "source");
                if let Some(target) = tag.attribute(name).filter(|t| linking && !t.is_empty()) {
                    self.target(markdown, &target, range, is_image);
                }
            }
            if tag.name == "img" && tag.attribute("alt").is_none() {
                self.nameless
                    .push(range.start + self.body..range.end + self.body);
            }
        }
    }
}

/// Where half-width punctuation stands between Chinese characters.
pub(super) fn narrow_marks(text: &str) -> impl Iterator<Item = usize> {
    let mut before = None;
    let mut characters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        while let Some((at, c)) = characters.next() {
            let between = before.is_some_and(is_han)
                && characters.peek().is_some_and(|(_, next)| is_han(*next));
            before = Some(c);
            if between && matches!(c, ',' | '?' | '!' | ':' | ';') {
                return Some(at);
            }
        }
        None
    })
}
