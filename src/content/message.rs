//! How does a reply of the desk look? Markdown by a stricter profile than that of articles: no HTML of the writer's own, no
//! pictures from elsewhere, no ids, and a line break where one was typed.

use super::html::escape;
use super::markdown::is_too_deep;
use super::outline::options;
use ammonia::Builder;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Parser, Tag, TagEnd, html::push_html};
use std::collections::{HashMap, HashSet};

/// Elements that a reply may have.
const ELEMENTS: [&str; 22] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h3",
    "h4",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Renders a reply or a note as HTML that is safe to put into a page or a mail. Never panics; what nests too deeply is shown as
/// it was written.
pub fn render_message(markdown: &str) -> String {
    if is_too_deep(markdown) {
        let mut html = "<pre>".to_owned();
        escape(markdown, &mut html);
        return html + "</pre>";
    }
    let events = Parser::new_ext(markdown, options()).filter_map(strict);
    let mut html = String::new();
    push_html(&mut html, events);
    let links = HashMap::from([
        ("a", HashSet::from(["href", "title"])),
        ("ol", HashSet::from(["start"])),
    ]);
    Builder::default()
        .tags(HashSet::from(ELEMENTS))
        .generic_attributes(HashSet::new())
        .tag_attributes(links)
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&html)
        .to_string()
}

/// An event as a reply may have it.
fn strict(event: Event<'_>) -> Option<Event<'_>> {
    Some(match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::SoftBreak => Event::HardBreak,
        // Pictures would load from elsewhere: their address stays as a link.
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }),
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        Event::Start(Tag::Heading { level, .. }) => {
            let no_id: Option<CowStr<'_>> = None;
            Event::Start(Tag::Heading {
                level: lower(level),
                id: no_id,
                classes: Vec::new(),
                attrs: Vec::new(),
            })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        Event::FootnoteReference(name) => Event::Text(format!("[{name}]").into()),
        Event::Start(Tag::FootnoteDefinition(_)) | Event::End(TagEnd::FootnoteDefinition) => {
            return None;
        }
        Event::TaskListMarker(done) => Event::Text(if done { "☑ " } else { "☐ " }.into()),
        other => other,
    })
}

/// Headings of a reply stand below those of the page.
fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 | HeadingLevel::H3 => HeadingLevel::H3,
        _ => HeadingLevel::H4,
    }
}

#[cfg(test)]
mod tests {
    use super::render_message;

    #[test]
    fn s01_s02_a_reply_has_no_html_of_its_own_and_no_way_to_a_script() {
        for (markdown, html) in [
            ("您好\n请看", "<p>您好<br>\n请看</p>\n"),
            (
                "**好** `a<b`",
                "<p><strong>好</strong> <code>a&lt;b</code></p>\n",
            ),
            (
                "<script>alert(1)</script>",
                "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n",
            ),
            (
                "a <b onclick=x>b</b>",
                "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n",
            ),
            ("# 大", "<h3>大</h3>\n"),
            (
                "[退款](/a/退款)",
                "<p><a href=\"/a/%E9%80%80%E6%AC%BE\" rel=\"noopener noreferrer nofollow\">退款</a></p>\n",
            ),
        ] {
            assert_eq!(render_message(markdown), html, "{markdown}");
        }
        for hostile in [
            "[x](javascript:alert(1))",
            "[x](data:text/html,x)",
            "![x](javascript:1)",
            "<javascript:alert(1)>",
            "[x](vbscript:1)",
        ] {
            assert!(!render_message(hostile).contains("href"), "{hostile}");
        }
        assert!(!render_message("![x](https://example.com/a.png)").contains("<img"));
        assert!(render_message(&"> ".repeat(5_000)).starts_with("<pre>"));
    }
}
