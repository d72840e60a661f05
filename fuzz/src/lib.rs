//! What do the fuzz targets share? What no page may have, and an engine over a few articles.

use kb::clock::Clock;
use kb::config::Schema;
use kb::index::Generations;
use kb::search::Engine;
use kb::sync::{Sources, reindex};
use std::sync::Arc;

/// All elements that a page may have. Written down here once more: what the sanitiser's own list takes in by mistake is found.
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

/// All attributes that they may have. No `style`, no `name`, nothing that begins with `on`.
const ATTRIBUTES: [&str; 33] = [
    "lang",
    "dir",
    "title",
    "id",
    "alt",
    "width",
    "height",
    "controls",
    "muted",
    "loop",
    "playsinline",
    "type",
    "colspan",
    "rowspan",
    "headers",
    "scope",
    "span",
    "start",
    "reversed",
    "value",
    "open",
    "class",
    "href",
    "src",
    "poster",
    "rel",
    "loading",
    "decoding",
    "data-lang",
    "data-kind",
    "aria-label",
    "role",
    "tabindex",
];

/// All elements that what a stranger wrote may have.
const PLAIN_ELEMENTS: [&str; 22] = [
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

/// All attributes that those may have.
const PLAIN_ATTRIBUTES: [&str; 4] = ["href", "title", "rel", "start"];

/// Attributes that hold an address.
const ADDRESSES: [&str; 8] = [
    "href",
    "src",
    "poster",
    "srcset",
    "action",
    "formaction",
    "xlink:href",
    "data",
];

/// The schemes that an address may have. What has none leads into the same site.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// Asserts that a fragment of a page holds nothing that runs, whatever a browser makes of it: also after what it made of it was
/// written down and read again, where mutations show.
pub fn assert_harmless(html: &str) {
    let mut html = html.to_owned();
    for _ in 0..3 {
        let page = scraper::Html::parse_fragment(&html);
        for element in page.root_element().descendent_elements().skip(1) {
            let name = element.value().name();
            assert!(ELEMENTS.contains(&name), "<{name}> in {html}");
            for (key, value) in element.value().attrs() {
                assert_harmless_attribute(key, value, &html);
            }
        }
        html = page.root_element().inner_html();
    }
}

/// Asserts of what a stranger wrote, beside the above, that it loads nothing from anywhere and takes no names.
pub fn assert_plain(html: &str) {
    assert_harmless(html);
    let page = scraper::Html::parse_fragment(html);
    for element in page.root_element().descendent_elements().skip(1) {
        let element = element.value();
        assert!(
            PLAIN_ELEMENTS.contains(&element.name()),
            "<{}> in {html}",
            element.name()
        );
        for (key, _) in element.attrs() {
            assert!(PLAIN_ATTRIBUTES.contains(&key), "{key} in {html}");
        }
    }
}

fn assert_harmless_attribute(key: &str, value: &str, html: &str) {
    assert!(ATTRIBUTES.contains(&key), "{key} in {html}");
    if ADDRESSES.contains(&key) {
        if let Some(scheme) = scheme(value) {
            assert!(SCHEMES.contains(&scheme.as_str()), "{value} in {html}");
        }
    }
}

/// The scheme of an address as browsers see it: without the controls and white space that they leave out.
fn scheme(address: &str) -> Option<String> {
    let address: String = address
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .collect();
    let (scheme, _) = address.split_once(':')?;
    let is_one = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_one.then(|| scheme.to_ascii_lowercase())
}

/// How many articles [`engine`] has.
pub const ARTICLES: usize = 40;

/// An engine over some articles in Chinese and English.
pub fn engine() -> Engine {
    let folder = tempfile::tempdir().expect("a folder");
    let kb = folder.path().join("kb");
    std::fs::create_dir(&kb).expect("a folder");
    let titles = [
        "忘记密码怎么办？",
        "如何申请退款",
        "发票 invoice 怎么开",
        "How do I change my phone number?",
        "重庆门店的营业时间",
    ];
    for n in 0..ARTICLES {
        let title = titles[n % titles.len()];
        let text = format!(
            "+++\ntitle = \"{title} {n}\"\nsimilar = [\"密码忘了{n}\", \"ABC-{n}\"]\ntags = [\"账号\"]\n+++\n打开设置，选择“{title}”，按提示操作。\n\n## 步骤 {n}\n\n1. 登录\n2. `kb reset`\n"
        );
        std::fs::write(kb.join(format!("{n}.md")), text).expect("a file");
    }
    let schema = Arc::new(Schema::default());
    let sources = Sources::new(&kb, Arc::clone(&schema)).expect("good sources");
    let generations = Generations::new(&folder.path().join("data"));
    let opened = reindex(&sources, &generations, &Clock::System, &mut |_| ()).expect("it builds");
    Engine::new(opened.snapshot, schema, Arc::clone(sources.lexicon()))
}
