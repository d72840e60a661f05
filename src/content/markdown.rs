//! How does an article look? Markdown becomes HTML that is safe to put into a page.
//!
//! The text is prepared (call-outs, Chinese emphasis), parsed, looked through once for headings and depth, written as HTML,
//! and sanitised. The writer seals the attributes that it sets itself; the sanitiser drops those an author wrote.

use super::anchors::{Heading, Outline, Places};
use super::html::{Piece, escape, pieces};
use super::outline::options;
use super::prepare::{MARK, prepare};
use super::sanitise::{sanitise, seal};
use super::write::Writer;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::ops::Range;

/// How deep quotes, lists, emphasis and HTML elements may stand within each other. Sanitising takes time with the square of it.
const MAX_DEPTH: usize = 32;

/// The most pieces a page is made of (a heading is three, a paragraph with a link six): the largest real pages have a
/// tenth of that, and a page of it takes a fifth of a second.
const MAX_EVENTS: usize = 200_000;

/// Markdown, rendered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RenderedPage {
    /// Sanitised HTML.
    pub html: String,
    /// Its headings, in order.
    pub headings: Vec<Heading>,
}

/// Renders Markdown. `address` is asked, for every link and image target as written, for the address to put on the page;
/// `None` leaves the text without a link. Never panics, and takes time in proportion to the text: a page that nests too deeply, or
/// is made of too many pieces, is shown as plain text.
///
/// For style sheets and scripts: tables stand in `div.kb-table`; code in `pre.kb-code[data-lang]` with the classes of
/// [`super::highlight_css`]; call-outs and alerts are `div.kb-callout[data-kind]` (`tip info note warning caution danger important`)
/// with a `p.kb-callout-title`, empty unless the author gave a title; `details.kb-callout` likewise; tasks are
/// `span.kb-task`; footnotes `section.kb-footnotes`; headings end with `a.kb-anchor`; a page that is shown as text is
/// `p.kb-too-deep` (empty) and a `pre`. Ids that authors chose start with `kb-`.
pub fn render(markdown: &str, address: &dyn Fn(&str) -> Option<String>) -> RenderedPage {
    render_for(markdown, &[], address)
}

/// The same of a text some lines of which (the first is 0) are for fewer: the outermost element of each such stretch bears the name of
/// its audience as `data-for`.
pub fn render_for(
    markdown: &str,
    narrower: &[(Range<usize>, &str)],
    address: &dyn Fn(&str) -> Option<String>,
) -> RenderedPage {
    let prepared = prepare(markdown);
    let parser = Parser::new_ext(&prepared, options()).into_offset_iter();
    let (events, places): (Vec<Event<'_>>, Vec<usize>) =
        parser.map(|(event, place)| (event, place.start)).unzip();
    let seal = seal(markdown);
    if too_deep(&events) {
        return as_text(markdown, &seal);
    }
    let mut outline = Outline::default();
    events.iter().for_each(|event| outline.see(event));
    let anchors = Places::new(&outline.headings, std::mem::take(&mut outline.own));
    let writer = Writer::new(&seal, &outline.headings, &anchors, address);
    let mut writer = writer.marking(&prepared, narrower);
    for (event, place) in events.into_iter().zip(places) {
        writer.write_at(event, place);
    }
    RenderedPage {
        html: sanitise(&writer.finish(), &seal),
        headings: outline.headings,
    }
}

fn as_text(markdown: &str, seal: &str) -> RenderedPage {
    let mut html = format!("<p class=\"{seal}kb-too-deep\"></p><pre>");
    escape(markdown, &mut html);
    html.push_str("</pre>");
    RenderedPage {
        html: sanitise(&html, seal),
        headings: Vec::new(),
    }
}

/// Whether a text is shown as it is because it nests too deeply or is made of too many pieces.
pub(super) fn is_too_deep(markdown: &str) -> bool {
    let prepared = prepare(markdown);
    let events: Vec<Event<'_>> = Parser::new_ext(&prepared, options()).collect();
    too_deep(&events)
}

/// Where a text that is too deep becomes so, as a byte of it; the beginning when it is only too long.
pub(super) fn deep_place(markdown: &str) -> usize {
    let events = Parser::new_ext(markdown, options()).into_offset_iter();
    let (events, places): (Vec<Event<'_>>, Vec<_>) = events.unzip();
    let at = first_too_deep(&events).and_then(|at| places.get(at));
    at.map_or(0, |place| place.start)
}

fn too_deep(events: &[Event<'_>]) -> bool {
    events.len() > MAX_EVENTS || first_too_deep(events).is_some()
}

/// The first event that stands deeper than is shown.
fn first_too_deep(events: &[Event<'_>]) -> Option<usize> {
    let mut depth: usize = 0;
    let mut elements = Elements::default();
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Start(tag) if nests(tag) => depth += 1,
            Event::End(tag) if ends(tag) => depth = depth.saturating_sub(1),
            Event::Html(html) | Event::InlineHtml(html) => elements.see(html),
            _ => {}
        }
        if depth + elements.open > MAX_DEPTH {
            return Some(at);
        }
    }
    None
}

fn nests(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Paragraph
            | Tag::Item
            | Tag::HtmlBlock
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell
    )
}

fn ends(tag: &TagEnd) -> bool {
    !matches!(
        tag,
        TagEnd::Paragraph
            | TagEnd::Item
            | TagEnd::HtmlBlock
            | TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::TableCell
    )
}

/// Elements of raw HTML that were opened and not closed, by name: an end tag of another name closes nothing for sure.
#[derive(Default)]
struct Elements {
    by_name: std::collections::HashMap<String, usize>,
    open: usize,
}

impl Elements {
    fn see(&mut self, html: &str) {
        for piece in pieces(html) {
            match piece {
                Piece::Open(tag) if tag.nests() => {
                    *self.by_name.entry(tag.name).or_default() += 1;
                    self.open += 1;
                }
                Piece::Close { name, .. } => {
                    if let Some(count) = self.by_name.get_mut(&name).filter(|count| **count > 0) {
                        *count -= 1;
                        self.open -= 1;
                    }
                }
                Piece::Comment(comment) => self.callout(comment),
                _ => {}
            }
        }
    }

    fn callout(&mut self, comment: &str) {
        match comment.strip_prefix(MARK) {
            Some("") => self.open = self.open.saturating_sub(1),
            Some(_) => self.open += 1,
            None => {}
        }
    }
}
