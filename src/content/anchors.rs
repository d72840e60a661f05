//! Where on a page is a heading? Its address is made of its text: in pinyin, ASCII, unique on the page.

use super::html::{Piece, decode, pieces};
use super::outline::{options, squeeze};
use super::prepare::without_edges;
use super::source::nearest;
use crate::text::slug::slug;
use percent_encoding::percent_decode_str;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::collections::{HashMap, HashSet};

/// The longest anchor, in characters.
const MAX_ANCHOR_CHARS: usize = 60;

/// Ids that pages use for themselves.
const RESERVED: [&str; 10] = [
    "main", "search", "q", "content", "top", "toc", "nav", "header", "footer", "theme",
];

/// A heading within a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its plain text.
    pub text: String,
    /// Its `id`, ASCII, unique on the page.
    pub anchor: String,
}

/// Hands out anchors that are unique on a page.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    used: HashSet<String>,
    /// The next number to try behind a name, so that a million equal headings do not try a million numbers each.
    next: HashMap<String, usize>,
}

impl Anchors {
    /// The anchor of the next heading.
    pub(super) fn next(&mut self, text: &str) -> String {
        let name = slug(text, MAX_ANCHOR_CHARS);
        let name = if name.is_empty() {
            "section".to_owned()
        } else {
            name
        };
        if !RESERVED.contains(&name.as_str()) && self.used.insert(name.clone()) {
            return name;
        }
        let number = self.next.entry(name.clone()).or_insert(2);
        loop {
            let candidate = format!("{name}-{number}");
            *number += 1;
            if self.used.insert(candidate.clone()) {
                return candidate;
            }
        }
    }
}

/// The name that GitHub, Docusaurus and others give to a heading, as links written for them use it.
pub(super) fn foreign_anchor(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            ' ' | '-' => Some('-'),
            _ if c.is_alphanumeric() || c == '_' => Some(c),
            _ => None,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Other tools' names for the headings; they number a repeated one `-1`, `-2`.
fn foreign_names(headings: &[Heading]) -> HashMap<String, String> {
    let mut names = HashMap::new();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for heading in headings {
        let name = foreign_anchor(&heading.text);
        let count = counts.entry(name.clone()).or_default();
        let numbered = match count {
            0 => name,
            _ => format!("{name}-{count}"),
        };
        *count += 1;
        names
            .entry(numbered)
            .or_insert_with(|| heading.anchor.clone());
    }
    names
}

/// All places on a page that a link can name.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Anchors of headings.
    headings: HashSet<String>,
    /// Other tools' names for them, with ours.
    foreign: HashMap<String, String>,
    /// The author's own, from `<a id="…">`; on the page they start with `kb-`.
    own: HashSet<String>,
}

impl Places {
    /// The places of headings, and of ids in raw HTML.
    pub(super) fn new(headings: &[Heading], own: HashSet<String>) -> Self {
        Self {
            headings: headings
                .iter()
                .map(|heading| heading.anchor.clone())
                .collect(),
            foreign: foreign_names(headings),
            own,
        }
    }

    /// The id on the page that a fragment (without `#`, percent-encoded or not) means.
    pub(super) fn resolve(&self, fragment: &str) -> Option<String> {
        let name = percent_decode_str(fragment).decode_utf8().ok()?;
        if self.headings.contains(name.as_ref()) {
            return Some(name.into_owned());
        }
        if self.own.contains(name.as_ref()) {
            return Some(format!("kb-{}", own_id(&name)));
        }
        if name.starts_with("kb-") && self.own.iter().any(|own| own_id(own) == name[3..]) {
            return Some(name.into_owned());
        }
        self.foreign.get(&name.to_lowercase()).cloned()
    }
}

impl Places {
    /// The place whose name is most like a misspelt one.
    pub(super) fn nearest(&self, name: &str) -> Option<&str> {
        let known = self.headings.iter().chain(&self.own).map(String::as_str);
        nearest(name, known.take(500))
    }
}

/// An author's id with what could break out of an attribute or an address removed.
pub(super) fn own_id(id: &str) -> String {
    id.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .take(100)
        .collect()
}

/// Collects headings from events, in order.
#[derive(Debug, Default)]
pub(super) struct Outline {
    anchors: Anchors,
    open: Option<(u8, String)>,
    /// Those that are complete.
    pub(super) headings: Vec<Heading>,
    /// Ids in raw HTML.
    pub(super) own: HashSet<String>,
}

impl Outline {
    /// Takes notice of an event.
    pub(super) fn see(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                self.open = Some((*level as u8, String::new()))
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some((level, text)) = self.open.take() {
                    let text = squeeze(&text);
                    let anchor = self.anchors.next(&text);
                    self.headings.push(Heading {
                        level,
                        text,
                        anchor,
                    });
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => self.html(html),
            Event::Text(text) | Event::Code(text) => self.text(text),
            Event::SoftBreak | Event::HardBreak => self.text(" "),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((_, heading)) = &mut self.open {
            heading.push_str(&without_edges(text));
        }
    }

    fn html(&mut self, html: &str) {
        for piece in pieces(html) {
            match piece {
                Piece::Open(tag) => {
                    let ids = [
                        tag.attribute("id"),
                        tag.attribute("name").filter(|_| tag.name == "a"),
                    ];
                    self.own.extend(ids.into_iter().flatten());
                }
                Piece::Text(text) if self.open.is_some() => self.text(&decode(text)),
                _ => {}
            }
        }
    }
}

/// The places of a Markdown text.
pub(super) fn places(prepared: &str) -> Places {
    let mut outline = Outline::default();
    Parser::new_ext(prepared, options()).for_each(|event| outline.see(&event));
    Places::new(&outline.headings, outline.own)
}

#[cfg(test)]
mod tests {
    use super::{Anchors, foreign_anchor, places};

    #[test]
    fn anchors_are_pinyin_and_unique() {
        let mut anchors = Anchors::default();
        for (text, anchor) in [
            ("忘记密码", "wang-ji-mi-ma"),
            ("忘记密码", "wang-ji-mi-ma-2"),
            ("忘记密码 2", "wang-ji-mi-ma-2-2"),
            ("Main", "main-2"),
            ("？？", "section"),
        ] {
            assert_eq!(anchors.next(text), anchor);
        }
    }

    #[test]
    fn links_written_for_other_tools_are_understood() {
        assert_eq!(foreign_anchor("从 v8.5 开始：How_to"), "从-v85-开始how_to");
        let places = places("# 从 v8.5 开始\n<a name=\"old\"></a>\n# 从 v8.5 开始\n");
        for (fragment, id) in [
            ("cong-v8-5-kai-shi", Some("cong-v8-5-kai-shi")),
            ("%E4%BB%8E-v85-开始", Some("cong-v8-5-kai-shi")),
            ("从-v85-开始-1", Some("cong-v8-5-kai-shi-2")),
            ("old", Some("kb-old")),
            ("kb-old", Some("kb-old")),
            ("none", None),
        ] {
            assert_eq!(places.resolve(fragment).as_deref(), id, "{fragment}");
        }
    }
}
