//! What is in a piece of raw HTML? Tags with their attributes, comments, and text. Only as exact as is needed to look for links,
//! anchors and words: what reaches a page goes through the sanitiser afterwards.

/// A piece of HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text, entities as written.
    Text(&'a str),
    /// `<name …>`.
    Open(Tag<'a>),
    /// `</name>`.
    Close { name: String, raw: &'a str },
    /// What stands within `<!--` and `-->`, and the like.
    Comment(&'a str),
}

/// A start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// In lower case.
    pub(super) name: String,
    /// As written, `<` and `>` included.
    pub(super) raw: &'a str,
}

/// Elements that have no end tag.
const VOID: [&str; 8] = ["br", "hr", "img", "input", "wbr", "source", "col", "meta"];

/// Elements that another of their kind ends, so that they do not pile up.
const SELF_ENDING: [&str; 11] = [
    "p", "li", "tr", "td", "th", "thead", "tbody", "tfoot", "dd", "dt", "option",
];

/// Elements whose text is no text for readers.
pub(super) const SILENT: [&str; 4] = ["script", "style", "template", "title"];

/// All elements of HTML, and the two that open other worlds.
const ELEMENTS: &str = " a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink \
blockquote body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em \
embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image img \
input ins isindex kbd keygen label legend li link listing main map mark marquee math menu menuitem meta meter multicol nav nobr \
noembed noframes noscript object ol optgroup option output p param picture plaintext portal pre progress q rb rp rt rtc ruby s samp \
script search section select slot small source spacer span strike strong style sub summary sup svg table tbody td template \
textarea tfoot th thead time title tr track tt u ul var video wbr xmp ";

fn is_element(name: &str) -> bool {
    ELEMENTS
        .split_ascii_whitespace()
        .any(|element| element == name)
}

/// Takes HTML apart.
pub(super) fn pieces(html: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, length) = next_piece(rest);
        rest = &rest[length..];
        Some(piece)
    })
}

fn next_piece(html: &str) -> (Piece<'_>, usize) {
    let text = |length: usize| (Piece::Text(&html[..length]), length);
    if !html.starts_with('<') {
        return text(html.find('<').unwrap_or(html.len()));
    }
    if let Some(comment) = html.strip_prefix("<!--") {
        let length = comment.find("-->").unwrap_or(comment.len());
        let total = (4 + length + 3).min(html.len());
        return (Piece::Comment(&comment[..length]), total);
    }
    let second = html[1..].chars().next().unwrap_or(' ');
    if matches!(second, '!' | '?') {
        let length = html.find('>').map_or(html.len(), |at| at + 1);
        return (Piece::Comment(&html[..length]), length);
    }
    if !second.is_ascii_alphabetic() && second != '/' {
        return text(1 + html[1..].find('<').unwrap_or(html.len() - 1));
    }
    let length = tag_end(html);
    let raw = &html[..length];
    let name = raw.trim_start_matches(['<', '/']);
    let name: String = name
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if !is_element(&name) && is_component(&name, raw, &html[length..]) {
        return (Piece::Comment(raw), length);
    }
    if !is_element(&name) {
        // `<Server name>`, `<file>`: no HTML, but a placeholder that the reader must see.
        return text(length);
    }
    if second == '/' {
        (Piece::Close { name, raw }, length)
    } else {
        (Piece::Open(Tag { name, raw }), length)
    }
}

/// Whether a tag is a building block of another tool, as `<SimpleTab>` or `<CustomContent platform="x">`: what stands within it is
/// for readers, the tag is not. A name that stands in a sentence by itself, as `<ClusterName>`, is a placeholder.
fn is_component(name: &str, raw: &str, rest: &str) -> bool {
    let written = raw.trim_start_matches(['<', '/']);
    let is_camel = written.starts_with(|c: char| c.is_ascii_uppercase())
        && written[..name.len()].contains(|c: char| c.is_ascii_lowercase());
    let takes_part = raw.starts_with("</") || raw.ends_with("/>") || raw.contains("=");
    // Only in a block of HTML is a tag followed by the end of its line.
    let has_its_line = rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n');
    match is_camel {
        true => takes_part || has_its_line,
        false => name.contains('-') && takes_part,
    }
}

/// Where a tag ends: at the first `>` outside of quotes.
fn tag_end(html: &str) -> usize {
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    // A quote that is never closed: end at the first `>` after all, or the rest of the text would vanish.
    html.find('>').map_or(html.len(), |at| at + 1)
}

impl Tag<'_> {
    /// The value of an attribute, entities resolved; empty for one without value.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.attributes()
            .find(|(key, _)| key == name)
            .map(|(_, value)| decode(value))
    }

    fn attributes(&self) -> impl Iterator<Item = (String, &str)> {
        let mut rest = self
            .raw
            .trim_end_matches('>')
            .get(1 + self.name.len()..)
            .unwrap_or_default();
        std::iter::from_fn(move || {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            let end = rest
                .char_indices()
                .skip(1)
                .find(|(_, c)| c.is_whitespace() || matches!(c, '=' | '/'))
                .map_or(rest.len(), |(at, _)| at);
            let key = rest[..end].to_ascii_lowercase();
            rest = rest[end..].trim_start();
            let Some(value) = rest.strip_prefix('=') else {
                return Some((key, ""));
            };
            let value = value.trim_start();
            let (value, after) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    value[1..].split_once(quote).unwrap_or((&value[1..], ""))
                }
                _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
            };
            rest = after;
            Some((key, value))
        })
    }

    /// Whether the element stays open until its end tag.
    pub(super) fn nests(&self) -> bool {
        !VOID.contains(&self.name.as_str()) && !SELF_ENDING.contains(&self.name.as_str())
    }
}

/// Writes a text so that it stands for itself in HTML, in an attribute too.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
}

/// Named entities that stand in articles; numeric ones are computed.
const ENTITIES: [(&str, &str); 28] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{a0}"),
    ("ensp", " "),
    ("emsp", " "),
    ("hellip", "…"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("times", "×"),
    ("middot", "·"),
    ("bull", "•"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("yen", "¥"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("rarr", "→"),
    ("larr", "←"),
    ("le", "≤"),
    ("ge", "≥"),
    ("deg", "°"),
    ("colon", ":"),
];

/// Resolves the entities in a text; one that is not known stays as written.
pub(super) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|b| b == b';');
        match end.and_then(|end| entity(&rest[1..end]).map(|text| (end, text))) {
            Some((end, text)) => {
                out.push_str(&text);
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

fn entity(name: &str) -> Option<String> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).map(|c| if c.is_control() { ' ' } else { c }.to_string());
    }
    ENTITIES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| (*text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Piece, decode, pieces};

    fn show(piece: Piece<'_>) -> String {
        match piece {
            Piece::Text(text) => format!("text {text}"),
            Piece::Open(tag) => format!(
                "open {} href={:?} nests={}",
                tag.name,
                tag.attribute("href"),
                tag.nests()
            ),
            Piece::Close { name, .. } => format!("close {name}"),
            Piece::Comment(text) => format!("comment {text}"),
        }
    }

    #[test]
    fn html_comes_apart() {
        for (html, expected) in [
            (
                "a <b>c</B> d",
                vec![
                    "text a ",
                    "open b href=None nests=true",
                    "text c",
                    "close b",
                    "text  d",
                ],
            ),
            (
                "<a class=x HREF='a>b' >",
                vec!["open a href=Some(\"a>b\") nests=true"],
            ),
            ("<a href=x/y>", vec!["open a href=Some(\"x/y\") nests=true"]),
            (
                "<a href=\"x&amp;y&#58;\"/>",
                vec!["open a href=Some(\"x&y:\") nests=true"],
            ),
            (
                "<br/><!-- x > y -->z",
                vec!["open br href=None nests=false", "comment  x > y ", "text z"],
            ),
            ("1 < 2 <", vec!["text 1 ", "text < 2 ", "text <"]),
            ("<a href=\"x", vec!["open a href=Some(\"x\") nests=true"]),
            ("<中", vec!["text <中"]),
            (
                "<SimpleTab>\n<div label=\"x\">",
                vec![
                    "comment <SimpleTab>",
                    "text \n",
                    "open div href=None nests=true",
                ],
            ),
            (
                "<CustomContent platform=\"a\">b</CustomContent>",
                vec![
                    "comment <CustomContent platform=\"a\">",
                    "text b",
                    "comment </CustomContent>",
                ],
            ),
            ("<Badge text='x'/>", vec!["comment <Badge text='x'/>"]),
            (
                "<my-part a=1></my-part>",
                vec!["comment <my-part a=1>", "comment </my-part>"],
            ),
            ("<ClusterName>", vec!["text <ClusterName>"]),
            ("<Server name>", vec!["text <Server name>"]),
            ("<HOST>\n", vec!["text <HOST>", "text \n"]),
            ("<api-key>\n", vec!["text <api-key>", "text \n"]),
        ] {
            assert_eq!(
                pieces(html).map(show).collect::<Vec<_>>(),
                expected,
                "{html}"
            );
        }
    }

    #[test]
    fn entities_become_characters() {
        assert_eq!(
            decode("a&amp;&lt;&#20013;&#x4e2d;&unknown; & b &"),
            "a&<中中&unknown; & b &"
        );
    }
}
