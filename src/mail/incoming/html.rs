//! What does HTML say, as text? Scripts, styles and markup go; paragraphs, lists and quotes stay apart.

use mail_parser::decoders::html::add_html_token;

/// Elements whose content is not for readers.
const HIDDEN: [&str; 6] = ["head", "style", "script", "template", "title", "noscript"];
/// Elements that stand on lines of their own.
const BLOCKS: [&str; 22] = [
    "p", "div", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr",
    "section", "article", "header", "footer", "dl", "dt", "dd",
];
/// The longest name of an entity that is looked up, in bytes.
const MAX_ENTITY_BYTES: usize = 34;

/// The text of `html`, in one pass. Quotes begin with `> `.
pub(super) fn to_text(html: &str) -> String {
    let mut page = Page::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        page.text(&rest[..at]);
        rest = page.markup(&rest[at..]);
    }
    page.text(rest);
    page.end_line();
    page.written.trim().to_owned()
}

#[derive(Default)]
struct Page {
    written: String,
    line: String,
    quotes: usize,
    hidden: Option<&'static str>,
}

impl Page {
    fn text(&mut self, text: &str) {
        if self.hidden.is_some() {
            return;
        }
        for (i, word) in entities(text)
            .split(|c: char| c.is_whitespace() && c != '\u{a0}')
            .enumerate()
        {
            if i > 0 && !self.line.is_empty() && !self.line.ends_with(' ') {
                self.line.push(' ');
            }
            self.line.push_str(&word.replace('\u{a0}', " "));
        }
    }

    /// Reads a tag or comment at the beginning of `rest`; what is behind it.
    fn markup<'a>(&mut self, rest: &'a str) -> &'a str {
        if let Some(comment) = rest.strip_prefix("<!--") {
            return comment.split_once("-->").map_or("", |(_, rest)| rest);
        }
        let is_tag = rest[1..]
            .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        if !is_tag {
            self.text("<");
            return &rest[1..];
        }
        let Some(end) = rest.find('>') else {
            return "";
        };
        self.tag(&rest[1..end]);
        &rest[end + 1..]
    }

    fn tag(&mut self, inner: &str) {
        let closes = inner.starts_with('/');
        let name = inner.trim_start_matches('/');
        let name = name
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        let name = name.to_ascii_lowercase();
        if let Some(hidden) = HIDDEN.into_iter().find(|hidden| *hidden == name) {
            match self.hidden {
                None if !closes && !inner.ends_with('/') => self.hidden = Some(hidden),
                Some(open) if closes && open == hidden => self.hidden = None,
                _ => {}
            }
        } else if self.hidden.is_none() {
            self.visible_tag(&name, closes);
        }
    }

    fn visible_tag(&mut self, name: &str, closes: bool) {
        match name {
            "br" => self.break_line(),
            "blockquote" => {
                self.end_line();
                self.quotes = if closes {
                    self.quotes.saturating_sub(1)
                } else {
                    (self.quotes + 1).min(8)
                };
            }
            "p" => {
                self.end_line();
                if closes && !self.written.ends_with("\n\n") {
                    self.break_line();
                }
            }
            "td" | "th" if closes => self.line.push(' '),
            block if BLOCKS.contains(&block) => {
                self.end_line();
                if block == "li" && !closes {
                    self.line.push_str("- ");
                }
            }
            _ => {}
        }
    }

    fn end_line(&mut self) {
        if !self.line.trim().is_empty() {
            self.break_line();
        } else {
            self.line.clear();
        }
    }

    fn break_line(&mut self) {
        self.written.push_str(&"> ".repeat(self.quotes));
        self.written.push_str(self.line.trim_end());
        self.written.push('\n');
        self.line.clear();
    }
}

/// The text with its entities as characters.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let window = rest.as_bytes().iter().take(MAX_ENTITY_BYTES);
        let end = window.clone().position(|b| *b == b';');
        let is_entity = |end: &usize| {
            rest.as_bytes()[1..*end]
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || *b == b'#')
        };
        match end.filter(|end| *end > 1 && is_entity(end)) {
            Some(end) => {
                add_html_token(&mut out, &rest.as_bytes()[..=end], false);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::to_text;
    use proptest::prelude::proptest;

    #[test]
    fn keeps_what_readers_see() {
        for (html, text) in [
            (
                "<p>你好，</p><p>忘记<b>密码</b>了</p>",
                "你好，\n\n忘记密码了",
            ),
            ("<div>a</div><div>b<br>c</div>", "a\nb\nc"),
            (
                "<head><title>x</title><style>p{}</style></head><body>a",
                "a",
            ),
            ("a<script>alert(1)</script>b", "ab"),
            ("a<!-- <b>no</b> -->b", "ab"),
            (
                "1 < 2 &lt; 3 &amp; &#20320; &nosuch; & &;",
                "1 < 2 < 3 & 你 &nosuch; & &;",
            ),
            ("<ul><li>一<li>二</ul>", "- 一\n- 二"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
            (
                "好的<blockquote>旧的<br>信</blockquote>完",
                "好的\n> 旧的\n> 信\n完",
            ),
            ("a&nbsp;&nbsp;b \n c", "a  b c"),
            ("<unclosed", ""),
            ("<style>x", ""),
            ("", ""),
        ] {
            assert_eq!(to_text(html), text, "{html}");
        }
    }

    proptest! {
        #[test]
        fn no_html_makes_it_panic(html in "[<>/!a-z&;# \\-\"'#x0-9你\n]{0,200}") {
            let _ = to_text(&html);
        }
    }
}
