//! How is each piece of Markdown written as HTML? Every attribute that means something to the page is sealed.

mod narrow;
mod targets;

use super::anchors::{Heading, Places, foreign_anchor};
use super::highlight::highlight;
use super::html::escape;
use super::prepare::{without_edges, without_marks};
use crate::text::is_han;
use narrow::Narrow;
use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, Tag, TagEnd};
use std::collections::HashMap;
use std::fmt::Write as _;

/// The most code of a page that is coloured, in bytes.
const MAX_COLOURED_BYTES: usize = 32 * 1024;

/// Writes one page.
pub(super) struct Writer<'a> {
    seal: &'a str,
    headings: std::slice::Iter<'a, Heading>,
    places: &'a Places,
    address: &'a dyn Fn(&str) -> Option<String>,
    out: String,
    /// What is written outside of the footnote that is being written now.
    outside: Vec<(String, String)>,
    footnotes: Footnotes,
    /// The code block that is being read: its language and text.
    code: Option<(String, String)>,
    /// The images that are being read: their address, title, and alternative text.
    images: Vec<(Option<String>, String, String)>,
    /// For each open link, whether it has an address.
    links: Vec<bool>,
    /// The heading that is being written.
    heading: Option<&'a Heading>,
    columns: Vec<Alignment>,
    column: usize,
    in_table_head: bool,
    coloured: usize,
    callouts: Vec<&'static str>,
    /// A line end that waits for what follows, with the character before it.
    soft_break: Option<Option<char>>,
    last_char: Option<char>,
    narrow: Narrow<'a>,
}

/// Footnotes in the order of their first mention.
#[derive(Default)]
struct Footnotes {
    numbers: HashMap<String, usize>,
    mentions: HashMap<usize, usize>,
    texts: HashMap<String, String>,
}

impl Footnotes {
    fn number(&mut self, label: &str) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(label.to_owned()).or_insert(next)
    }
}

impl<'a> Writer<'a> {
    /// A writer for a page with these headings and places.
    pub(super) fn new(
        seal: &'a str,
        headings: &'a [Heading],
        places: &'a Places,
        address: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            seal,
            headings: headings.iter(),
            places,
            address,
            out: String::new(),
            outside: Vec::new(),
            footnotes: Footnotes::default(),
            code: None,
            images: Vec::new(),
            links: Vec::new(),
            heading: None,
            columns: Vec::new(),
            column: 0,
            in_table_head: false,
            coloured: 0,
            callouts: Vec::new(),
            soft_break: None,
            last_char: None,
            narrow: Narrow::default(),
        }
    }

    /// Writes an event.
    pub(super) fn write(&mut self, event: Event<'_>) {
        if !matches!(event, Event::Text(_) | Event::SoftBreak) {
            self.flush_break(None);
        }
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&without_edges(&text)),
            Event::Code(code) => self.code_span(&without_edges(&code)),
            Event::Html(html) | Event::InlineHtml(html) => self.html(&without_edges(&html)),
            Event::SoftBreak => self.soft_break = Some(self.last_char),
            Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::FootnoteReference(label) => self.footnote_reference(&label),
            Event::TaskListMarker(done) => self.task(done),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text),
        }
    }

    /// The whole page, not yet sanitised.
    pub(super) fn finish(mut self) -> String {
        self.flush_break(None);
        let mut notes: Vec<(usize, String)> = std::mem::take(&mut self.footnotes.texts)
            .into_iter()
            .filter_map(|(label, text)| Some((*self.footnotes.numbers.get(&label)?, text)))
            .collect();
        notes.sort_unstable_by_key(|(number, _)| *number);
        if !notes.is_empty() {
            let seal = self.seal;
            let _ = writeln!(self.out, "<section class=\"{seal}kb-footnotes\"><ol>");
            for (number, text) in notes {
                let _ = writeln!(
                    self.out,
                    "<li value=\"{number}\" id=\"{seal}fn_{number}\">{text}<a class=\"{seal}kb-back\" href=\"{seal}#fnref_{number}\">↩</a></li>"
                );
            }
            self.out.push_str("</ol></section>\n");
        }
        self.out
    }

    fn text(&mut self, text: &str) {
        if let Some((_, code)) = &mut self.code {
            return code.push_str(&without_marks(text));
        }
        self.flush_break(text.chars().next());
        self.last_char = text.chars().next_back().or(self.last_char);
        match self.images.last_mut() {
            Some((_, _, alt)) => alt.push_str(text),
            None => escape(text, &mut self.out),
        }
    }

    /// Writes a line end within a paragraph: nothing between two Chinese characters, which no space parts.
    fn flush_break(&mut self, next: Option<char>) {
        let Some(before) = self.soft_break.take() else {
            return;
        };
        let joins = before
            .zip(next)
            .is_some_and(|(a, b)| is_wide(a) && is_wide(b));
        if let Some((_, _, alt)) = self.images.last_mut() {
            alt.push_str(if joins { "" } else { " " });
        } else if !joins {
            self.out.push('\n');
        }
    }

    fn code_span(&mut self, code: &str) {
        self.last_char = None;
        if let Some((_, _, alt)) = self.images.last_mut() {
            return alt.push_str(code);
        }
        self.out.push_str("<code>");
        escape(code, &mut self.out);
        self.out.push_str("</code>");
    }

    fn start(&mut self, tag: Tag<'_>) {
        let seal = self.seal;
        match tag {
            Tag::Paragraph => self.out.push_str("<p>"),
            Tag::Heading { level, .. } => {
                self.heading = self.headings.next();
                let anchor = self.heading.map_or("", |heading| heading.anchor.as_str());
                let _ = write!(self.out, "<{level} id=\"{seal}{anchor}\">");
            }
            Tag::BlockQuote(None) => self.out.push_str("<blockquote>\n"),
            Tag::BlockQuote(Some(kind)) => self.open_callout(alert(kind), ""),
            Tag::CodeBlock(kind) => {
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => language(info),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::List(None) => self.out.push_str("<ul>\n"),
            Tag::List(Some(1)) => self.out.push_str("<ol>\n"),
            Tag::List(Some(start)) => {
                let _ = writeln!(self.out, "<ol start=\"{start}\">");
            }
            Tag::Item => self.out.push_str("<li>"),
            Tag::FootnoteDefinition(label) => {
                let out = std::mem::take(&mut self.out);
                self.outside.push((out, label.to_string()));
            }
            Tag::Table(columns) => {
                self.columns = columns;
                let _ = write!(
                    self.out,
                    "<div class=\"{seal}kb-table\" tabindex=\"{seal}0\"><table>"
                );
            }
            Tag::TableHead => {
                self.in_table_head = true;
                self.column = 0;
                self.out.push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.column = 0;
                self.out.push_str("<tr>");
            }
            Tag::TableCell => self.open_cell(),
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<del>"),
            Tag::Link {
                dest_url, title, ..
            } => self.open_link(&without_edges(&dest_url), &title),
            Tag::Image {
                dest_url, title, ..
            } => {
                let address = self.resolve(&without_edges(&dest_url));
                self.images
                    .push((address, without_edges(&title).into_owned(), String::new()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.out.push_str("</p>\n"),
            TagEnd::Heading(level) => {
                self.close_heading();
                let _ = writeln!(self.out, "</{level}>");
            }
            TagEnd::BlockQuote(None) => self.out.push_str("</blockquote>\n"),
            TagEnd::BlockQuote(Some(_)) => self.close_callout(),
            TagEnd::CodeBlock => self.code_block(),
            TagEnd::List(true) => self.out.push_str("</ol>\n"),
            TagEnd::List(false) => self.out.push_str("</ul>\n"),
            TagEnd::Item => self.out.push_str("</li>\n"),
            TagEnd::FootnoteDefinition => {
                if let Some((outside, label)) = self.outside.pop() {
                    let note = std::mem::replace(&mut self.out, outside);
                    self.footnotes.texts.entry(label).or_insert(note);
                }
            }
            TagEnd::Table => self.out.push_str("</tbody></table></div>\n"),
            TagEnd::TableHead => {
                self.in_table_head = false;
                self.out.push_str("</tr></thead><tbody>\n");
            }
            TagEnd::TableRow => self.out.push_str("</tr>\n"),
            TagEnd::TableCell => {
                self.out
                    .push_str(if self.in_table_head { "</th>" } else { "</td>" })
            }
            TagEnd::Emphasis => self.out.push_str("</em>"),
            TagEnd::Strong => self.out.push_str("</strong>"),
            TagEnd::Strikethrough => self.out.push_str("</del>"),
            TagEnd::Link if self.links.pop() == Some(true) => self.out.push_str("</a>"),
            TagEnd::Image => self.image(),
            _ => {}
        }
        self.last_char = None;
    }

    fn close_heading(&mut self) {
        let Some(heading) = self.heading.take() else {
            return;
        };
        let seal = self.seal;
        let foreign = foreign_anchor(&heading.text);
        // Links from other pages may use the name that other tools would give it; an ASCII one could clash with the page's own ids.
        if !foreign.is_ascii() && self.places.resolve(&foreign).as_ref() == Some(&heading.anchor) {
            let _ = write!(self.out, "<span id=\"{seal}{foreign}\"></span>");
        }
        let anchor = &heading.anchor;
        let _ = write!(
            self.out,
            "<a class=\"{seal}kb-anchor\" href=\"{seal}#{anchor}\" aria-label=\"{seal}#\"></a>"
        );
    }

    fn open_cell(&mut self) {
        let seal = self.seal;
        let name = if self.in_table_head { "th" } else { "td" };
        let class = match self.columns.get(self.column) {
            Some(Alignment::Center) => "kb-centre",
            Some(Alignment::Right) => "kb-right",
            _ => "",
        };
        self.column += 1;
        let _ = match class {
            "" => write!(self.out, "<{name}>"),
            class => write!(self.out, "<{name} class=\"{seal}{class}\">"),
        };
    }

    fn code_block(&mut self) {
        let Some((language, code)) = self.code.take() else {
            return;
        };
        let code = without_edges(&code);
        let seal = self.seal;
        let _ = write!(
            self.out,
            "<pre class=\"{seal}kb-code\" data-lang=\"{seal}{language}\" tabindex=\"{seal}0\"><code>"
        );
        if self.coloured < MAX_COLOURED_BYTES {
            self.coloured += highlight(&code, &language, seal, &mut self.out);
        } else {
            escape(&code, &mut self.out);
        }
        self.out.push_str("</code></pre>\n");
    }

    fn task(&mut self, done: bool) {
        let (seal, mark) = (self.seal, if done { "☑" } else { "☐" });
        let _ = write!(self.out, "<span class=\"{seal}kb-task\">{mark}</span> ");
    }

    fn footnote_reference(&mut self, label: &str) {
        let number = self.footnotes.number(label);
        let mention = self.footnotes.mentions.entry(number).or_default();
        *mention += 1;
        let seal = self.seal;
        let suffix = if *mention == 1 {
            String::new()
        } else {
            format!("_{mention}")
        };
        let _ = write!(
            self.out,
            "<sup class=\"{seal}kb-fnref\" id=\"{seal}fnref_{number}{suffix}\"><a href=\"{seal}#fn_{number}\">{number}</a></sup>"
        );
    }

    fn open_callout(&mut self, kind: &'static str, title: &str) {
        let seal = self.seal;
        let (element, head) = if kind == "details" {
            ("details", "summary")
        } else {
            ("div", "p")
        };
        let _ = write!(
            self.out,
            "<{element} class=\"{seal}kb-callout\" data-kind=\"{seal}{kind}\"><{head} class=\"{seal}kb-callout-title\">"
        );
        escape(title, &mut self.out);
        let _ = writeln!(self.out, "</{head}>");
        self.callouts.push(element);
    }

    fn close_callout(&mut self) {
        if let Some(element) = self.callouts.pop() {
            let _ = writeln!(self.out, "</{element}>");
        }
    }
}

/// The language of a code block: the first word behind its fence, as far as it is a name.
fn language(info: &str) -> String {
    info.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '#' | '.' | '_'))
        .take(20)
        .collect::<String>()
        .to_ascii_lowercase()
}

fn alert(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "note",
        BlockQuoteKind::Tip => "tip",
        BlockQuoteKind::Important => "important",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "caution",
    }
}

/// Whether a character is written without spaces around it.
pub(super) fn is_wide(c: char) -> bool {
    is_han(c) || matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
}
