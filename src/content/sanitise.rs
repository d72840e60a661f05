//! What HTML may stand on a page? A list of what help centres need; everything else is taken out.

use ammonia::Builder;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Elements that may stay.
const ELEMENTS: [&str; 64] = [
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
    "video",
];

/// Attributes that an author may write, on the elements where they mean something; addresses are not among them.
const ATTRIBUTES: [(&str, &[&str]); 12] = [
    ("*", &["lang", "dir", "title", "id"]),
    ("img", &["alt", "width", "height"]),
    (
        "video",
        &[
            "controls",
            "width",
            "height",
            "muted",
            "loop",
            "playsinline",
        ],
    ),
    ("source", &["type"]),
    ("td", &["colspan", "rowspan", "headers"]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("ol", &["start", "reversed", "type"]),
    ("li", &["value"]),
    ("details", &["open"]),
    ("abbr", &["title"]),
];

/// Attributes that only the writer of the page sets: their values start with its seal.
const SEALED: [&str; 13] = [
    "class",
    "href",
    "src",
    "poster",
    "rel",
    "loading",
    "decoding",
    "data-lang",
    "data-kind",
    "data-for",
    "aria-label",
    "role",
    "tabindex",
];

/// Proves that an attribute was written by the writer of the page, not by an author. It depends on the whole text, so no text
/// can contain its own; and it looks like a relative address to whoever checks schemes.
pub(super) fn seal(markdown: &str) -> String {
    let hash = blake3::hash(markdown.as_bytes()).to_hex();
    format!("/{}/", &hash[..16])
}

/// Takes out of `html` what is not allowed, breaks `seal`s, and gives `kb-` to ids that authors chose.
pub(super) fn sanitise(html: &str, seal: &str) -> String {
    let attributes: HashMap<&str, HashSet<&str>> = ATTRIBUTES
        .iter()
        .filter(|(element, _)| *element != "*")
        .map(|(element, names)| (*element, names.iter().copied().collect()))
        .collect();
    let general: HashSet<&str> = ATTRIBUTES[0].1.iter().chain(&SEALED).copied().collect();
    let seal = seal.to_owned();
    let mut builder = Builder::empty();
    builder
        .tags(ELEMENTS.into_iter().collect())
        .clean_content_tags(
            ["script", "style", "template", "title"]
                .into_iter()
                .collect(),
        )
        .generic_attributes(general)
        .tag_attributes(attributes)
        .url_schemes(HashSet::new())
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(move |_, name, value| filter(name, value, &seal));
    builder.clean(html).to_string()
}

fn filter<'v>(name: &str, value: &'v str, seal: &str) -> Option<Cow<'v, str>> {
    if let Some(sealed) = value.strip_prefix(seal) {
        return Some(Cow::Borrowed(sealed));
    }
    if SEALED.contains(&name) {
        return None;
    }
    if name == "id" {
        let id = super::anchors::own_id(value);
        let id = id.strip_prefix("kb-").unwrap_or(&id);
        return (!id.is_empty()).then(|| Cow::Owned(format!("kb-{id}")));
    }
    Some(Cow::Borrowed(value))
}
