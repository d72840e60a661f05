//! What of an article goes into the index? Its plain text in passages, its first paragraph, and what it links to.

use super::anchors::Outline;
use super::html::{Piece, SILENT, decode, pieces};
use super::outline::options;
use super::prepare::{prepare, without_edges, without_marks};
use super::write::is_wide;
use crate::model::Passage;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// The longest first paragraph, in characters.
const MAX_FIRST_CHARS: usize = 300;

/// The most passages of an article: nobody looks for the ten thousandth heading of a page.
const MAX_PASSAGES: usize = 5_000;

/// What the index keeps of an article's Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digest {
    /// The plain text below each heading, in order.
    pub passages: Vec<Passage>,
    /// The first paragraph as plain text, at most 300 characters; empty when there is none.
    pub first_paragraph: String,
    /// Targets of links and images, as written.
    pub targets: Vec<String>,
}

/// Reads the plain text out of Markdown: one line per block, entities resolved, code included, tags of HTML left out.
/// A passage that has neither heading nor text is left out.
pub fn digest(markdown: &str) -> Digest {
    let prepared = prepare(markdown);
    let mut reader = Reader::default();
    for event in Parser::new_ext(&prepared, options()) {
        reader.outline.see(&event);
        reader.read(event);
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    digest: Digest,
    outline: Outline,
    passage: Passage,
    line: String,
    /// A line end that waits for what follows.
    soft_break: bool,
    in_heading: bool,
    in_code: bool,
    /// Whether the block that is being read can be the first paragraph: it stands at the top, or in a list.
    in_paragraph: bool,
    /// How many elements of HTML whose text is not for readers are open.
    silent: usize,
}

impl Reader {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_code => {
                let code = without_marks(&text);
                self.line.push_str(&without_edges(&code));
            }
            Event::Text(text)
            | Event::Code(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => {
                self.text(&without_edges(&text));
            }
            Event::Html(html) | Event::InlineHtml(html) => self.html(&without_edges(&html)),
            Event::SoftBreak => self.soft_break = true,
            Event::HardBreak => self.text(" "),
            Event::Rule | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.target(&without_edges(dest_url))
            }
            Tag::TableCell => self.cell_break(),
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough => {}
            Tag::Heading { .. } => {
                self.end_line();
                if self.digest.passages.len() < MAX_PASSAGES {
                    self.end_passage();
                }
                self.in_heading = true;
            }
            _ => {
                self.end_line();
                self.in_code = matches!(tag, Tag::CodeBlock(_));
                self.in_paragraph = matches!(tag, Tag::Paragraph | Tag::Item);
            }
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.in_heading = false;
                self.soft_break = false;
                if self.digest.passages.len() >= MAX_PASSAGES {
                    return self.end_line();
                }
                self.line.clear();
                if let Some(heading) = self.outline.headings.last() {
                    self.passage.heading.clone_from(&heading.text);
                    self.passage.anchor.clone_from(&heading.anchor);
                }
            }
            TagEnd::Link | TagEnd::Image | TagEnd::TableCell => {}
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {}
            _ => {
                self.end_line();
                self.in_code = false;
                self.in_paragraph = false;
            }
        }
    }

    fn text(&mut self, text: &str) {
        if self.silent > 0 {
            return;
        }
        if std::mem::take(&mut self.soft_break) {
            let before = self.line.chars().next_back();
            let joins = before
                .zip(text.chars().next())
                .is_some_and(|(a, b)| is_wide(a) && is_wide(b));
            if !joins {
                self.line.push(' ');
            }
        }
        self.line.push_str(text);
    }

    fn html(&mut self, html: &str) {
        for piece in pieces(html) {
            match piece {
                Piece::Open(tag) => {
                    let targets = [
                        tag.attribute("href"),
                        tag.attribute("src"),
                        tag.attribute("poster"),
                    ];
                    targets
                        .iter()
                        .flatten()
                        .for_each(|target| self.target(target));
                    self.silent += usize::from(SILENT.contains(&tag.name.as_str()));
                    self.element(&tag.name);
                }
                Piece::Close { name, .. } => {
                    if SILENT.contains(&name.as_str()) {
                        self.silent = self.silent.saturating_sub(1);
                    }
                    self.element(&name);
                }
                Piece::Text(text) => self.text(&decode(text)),
                Piece::Comment(comment) => self.callout_title(comment),
            }
        }
    }

    /// The title of a call-out is text too.
    fn callout_title(&mut self, comment: &str) {
        if let Some((_, title)) = comment
            .strip_prefix(super::prepare::MARK)
            .and_then(|mark| mark.split_once(' '))
        {
            self.end_line();
            self.line.push_str(title);
            self.end_line();
        }
    }

    fn element(&mut self, name: &str) {
        match name {
            "td" | "th" => self.cell_break(),
            "br" => self.text(" "),
            "p" | "div" | "li" | "tr" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "summary"
            | "pre" | "dt" | "dd"
                if !self.in_heading =>
            {
                self.end_line()
            }
            _ => {}
        }
    }

    fn cell_break(&mut self) {
        if !self.line.is_empty() && !self.line.ends_with(' ') {
            self.line.push(' ');
        }
    }

    fn target(&mut self, target: &str) {
        if !target.is_empty() {
            self.digest.targets.push(target.to_owned());
        }
    }

    fn end_line(&mut self) {
        self.soft_break = false;
        if self.in_heading {
            return;
        }
        let line = std::mem::take(&mut self.line);
        let line = line.trim();
        if line.is_empty() {
            return;
        }
        if self.in_paragraph && self.digest.first_paragraph.is_empty() {
            self.digest.first_paragraph = line.chars().take(MAX_FIRST_CHARS).collect();
        }
        if !self.passage.text.is_empty() {
            self.passage.text.push('\n');
        }
        self.passage.text.push_str(line);
    }

    fn end_passage(&mut self) {
        let passage = std::mem::take(&mut self.passage);
        if !(passage.heading.is_empty() && passage.text.is_empty()) {
            self.digest.passages.push(passage);
        }
    }

    fn finish(mut self) -> Digest {
        self.in_heading = false;
        self.end_line();
        self.end_passage();
        self.digest
    }
}
