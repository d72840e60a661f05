//! What do pages show of Markdown? What an attacker writes in it, and what a careless author does.

use kb::content::{Destination, digest, highlight_css, render, resolve_link};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, proptest};
use std::time::{Duration, Instant};

fn address(target: &str) -> Option<String> {
    match resolve_link("a/b.md", target) {
        Destination::File { path, fragment } => Some(format!("/x/{path}{fragment}")),
        Destination::Fragment(fragment) => Some(fragment),
        Destination::Elsewhere(url) => Some(url),
        Destination::Refused => None,
    }
}

fn html(markdown: &str) -> String {
    render(markdown, &address).html
}

/// The careless help desk's renderer: whatever the author wrote is the address.
fn trusting(markdown: &str) -> String {
    render(markdown, &|target| Some(target.to_owned())).html
}

#[track_caller]
fn assert_harmless(html: &str) {
    let page = scraper::Html::parse_fragment(html);
    for element in page.root_element().descendent_elements() {
        let name = element.value().name();
        let bad = [
            "script", "style", "iframe", "object", "embed", "form", "input", "svg", "math", "base",
            "meta", "link", "template",
        ];
        assert!(!bad.contains(&name), "<{name}> in {html}");
        for (key, value) in element.value().attrs() {
            assert!(
                !key.starts_with("on") && key != "style" && key != "srcdoc" && key != "name",
                "{key} in {html}"
            );
            if ["href", "src", "poster"].contains(&key) {
                let value: String = value
                    .chars()
                    .filter(|c| !c.is_whitespace() && !c.is_control())
                    .collect();
                let value = value.to_ascii_lowercase();
                let bad = ["javascript:", "vbscript:", "data:", "file:"];
                assert!(
                    !bad.iter().any(|scheme| value.starts_with(scheme)),
                    "{value} in {html}"
                );
            }
        }
    }
}

#[test]
fn s01_s03_scripts_and_events_are_left_out() {
    for markdown in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
        "# t {#x onclick=alert(1)}",
        "[[x|<img src=x onerror=alert(1)>]]",
        "[^<img onerror=1>]: x\n\n[^<img onerror=1>]",
        "<details ontoggle=alert(1) open>x</details>",
        "<a href=\"x\" onclick=\"alert(1)\" style=\"position:fixed\">x</a>",
        "```\"onclick=alert(1)\nx\n```",
        "::: tip <img src=x onerror=alert(1)>\nx\n:::",
        "::: tip --><script>alert(1)</script>\nx\n:::",
        "<!--kb-block tip <script>alert(1)</script>-->",
        "![\" onerror=alert(1) x=\"](a.png)",
        "[x](a.md \"\\\" onclick=alert(1) \\\"\")",
        "<style>@import 'x'</style><form action=x><input name=q></form>",
        "| <script>x</script> |\n|---|\n| <b onmouseover=x>y</b> |",
    ] {
        assert_harmless(&html(markdown));
        assert_harmless(&trusting(markdown));
    }
}

#[test]
fn s02_links_that_run_scripts_lead_nowhere() {
    for target in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript&colon;alert(1)",
        "javascript&#58;alert(1)",
        "&#106;avascript:alert(1)",
        "java&Tab;script:alert(1)",
        "java&NewLine;script:alert(1)",
        "&#1;javascript:alert(1)",
        "vbscript:x",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
    ] {
        for markdown in [
            format!("[x]({target})"),
            format!("[x](<{target}>)"),
            format!("![x]({target})"),
            format!("[x][r]\n\n[r]: {target}"),
            format!("<a href=\"{target}\">x</a>"),
            format!("<a href='{target}'>x</a>"),
            format!("<a\nhref={target}>x</a>"),
            format!("<{target}>"),
            format!("<video src=\"{target}\" poster=\"{target}\"></video>"),
        ] {
            assert_harmless(&html(&markdown));
            assert_harmless(&trusting(&markdown));
        }
        assert!(
            !html(&format!("[x]({target})")).contains("href"),
            "{target}"
        );
    }
}

#[test]
fn s04_what_mutates_in_a_parser_stays_harmless() {
    for vector in include_str!("../fixtures/hostile/mxss.txt").lines() {
        let once = trusting(vector);
        assert_harmless(&once);
        assert_harmless(&trusting(&once));
        let reparsed = scraper::Html::parse_fragment(&once)
            .root_element()
            .inner_html();
        assert_harmless(&reparsed);
    }
}

/// An article's text as somebody sees it who may read all of it.
fn marked(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.md"), format!("# 标题\n\n{text}")).expect("a file");
    let library = kb::content::load_library(folder.path(), &kb::config::Schema::default());
    let article = &library.articles[0];
    let names = kb::model::Audiences::default();
    let narrower = article.narrower();
    let named = narrower
        .iter()
        .map(|(lines, of)| (lines.clone(), names.name(*of)));
    let named: Vec<_> = named.collect();
    kb::content::render_for(&article.markdown(), &named, &address).html
}

#[test]
fn what_only_some_may_read_says_so_to_those_who_may() {
    let all = "公开。\n\n::: internal\n## 内部\n\n一。\n\n- 二\n\n```\n三\n```\n\n| 四 |\n|---|\n| 五 |\n\n<div>六</div>\n:::\n\n::: customer\n> 七\n:::\n\n公开的尾。\n";
    let shown = marked(all);
    for piece in [
        "<p>公开。</p>",
        "data-for=\"internal\"",
        "<p data-for=\"internal\">一。</p>",
        "<ul data-for=\"internal\">",
        "<pre data-for=\"internal\"",
        "<div data-for=\"internal\" class=\"kb-table\"",
        "<p data-for=\"internal\"></p><div>六</div>",
        "<blockquote data-for=\"customer\">",
        "<p>公开的尾。</p>",
    ] {
        assert!(shown.contains(piece), "{piece} in {shown}");
    }
    assert_eq!(shown.matches("data-for").count(), 7, "{shown}");
    // Within lists and call-outs it is the piece itself.
    for (text, piece) in [
        (
            "- 一\n\n  ::: internal\n  二\n  :::\n- 三\n",
            "<p data-for=\"internal\">二</p>",
        ),
        (
            "::: tip\n一\n\n::: internal\n二\n:::\n:::\n",
            "<p data-for=\"internal\">二</p>",
        ),
        (
            "::: internal\n::: tip\n二\n:::\n:::\n",
            "<p data-for=\"internal\">二</p>",
        ),
    ] {
        let html = marked(text);
        assert!(html.contains(piece), "{piece} in {html}");
        assert_harmless(&html);
    }
    // Nobody forges it.
    let forged = html("<p data-for=\"internal\">x</p>");
    assert!(!forged.contains("data-for"), "{forged}");
}

#[test]
fn s05_ids_of_authors_have_a_prefix() {
    let page = html(
        "<a id=body></a><a name=getElementById>x</a><p id=\"kb-x\">\n\n# Main\n\n[a](#body)\n",
    );
    assert!(
        page.contains("id=\"kb-body\"") && page.contains("id=\"kb-getElementById\""),
        "{page}"
    );
    assert!(
        page.contains("id=\"kb-x\"")
            && page.contains("id=\"main-2\"")
            && page.contains("href=\"#kb-body\""),
        "{page}"
    );
    assert!(!page.contains("name="), "{page}");
}

#[test]
fn markdown_looks_as_authors_expect() {
    for (markdown, expected) in [
        ("**注意：**请看", "<p><strong>注意：</strong>请看</p>"),
        ("登录\n页面", "<p>登录页面</p>"),
        ("one\ntwo", "<p>one\ntwo</p>"),
        ("~~x~~", "<del>x</del>"),
        ("- [x] a", "<span class=\"kb-task\">☑</span> a"),
        (
            "|a|\n|-:|\n|1|",
            "<div class=\"kb-table\" tabindex=\"0\"><table><thead><tr><th class=\"kb-right\">a</th></tr></thead>",
        ),
        (
            "> [!WARNING]\n> x",
            "<div class=\"kb-callout\" data-kind=\"warning\"><p class=\"kb-callout-title\"></p>",
        ),
        (
            "::: danger 小心\nx\n:::",
            "<div class=\"kb-callout\" data-kind=\"danger\"><p class=\"kb-callout-title\">小心</p>",
        ),
        (
            "::: details 更多\nx\n:::",
            "<details class=\"kb-callout\" data-kind=\"details\"><summary class=\"kb-callout-title\">更多</summary>",
        ),
        (
            "x[^1]\n\n[^1]: y",
            "<section class=\"kb-footnotes\"><ol>\n<li value=\"1\" id=\"fn_1\">",
        ),
        (
            "[x](https://example.com)",
            "<a href=\"https://example.com\" rel=\"noopener nofollow\">x</a>",
        ),
        ("[x](c.md)", "<a href=\"/x/a/c.md\">x</a>"),
        (
            "![图](p.png)",
            "<img src=\"/x/a/p.png\" alt=\"图\" loading=\"lazy\" decoding=\"async\">",
        ),
        ("![图](../../p.png)", "<p>图</p>"),
        (
            "<kbd>Ctrl</kbd> H<sub>2</sub>O",
            "<kbd>Ctrl</kbd> H<sub>2</sub>O",
        ),
        (
            "用 <Server name> 和 <文件>",
            "用 &lt;Server name&gt; 和 &lt;文件&gt;",
        ),
        ("用 <ClusterName>。", "用 &lt;ClusterName&gt;。"),
        (
            "<SimpleTab>\n<div>\n\n正文\n\n</div>\n</SimpleTab>",
            "<p>正文</p>",
        ),
        ("见<Badge text=\"新\"/>处", "见处"),
        (
            "<CustomContent platform=\"x\">\n\n给人看\n\n</CustomContent>",
            "<p>给人看</p>",
        ),
        (
            "```rust\nlet a = 1;\n```",
            "<pre class=\"kb-code\" data-lang=\"rust\" tabindex=\"0\"><code><span class=\"hl-k\">let</span>",
        ),
        ("## 忘记密码", "<h2 id=\"wang-ji-mi-ma\">忘记密码"),
    ] {
        let page = html(markdown);
        assert!(
            page.contains(expected),
            "{markdown}\n{page}\nlacks\n{expected}"
        );
        assert!(
            !page.contains('\u{1056f}') && !page.contains("kb-block"),
            "{page}"
        );
    }
    assert!(highlight_css().contains(".hl-k{"));
}

#[test]
fn links_within_a_page_find_their_headings() {
    let page = html(
        "## 忘记密码\n\n[a](#忘记密码) [b](#wang-ji-mi-ma) [c](#%E5%BF%98%E8%AE%B0%E5%AF%86%E7%A0%81)\n",
    );
    assert_eq!(
        page.matches("<a href=\"#wang-ji-mi-ma\">").count(),
        3,
        "{page}"
    );
    assert!(
        page.contains("<span id=\"忘记密码\"></span>"),
        "for links from other pages: {page}"
    );
}

#[test]
fn headings_are_named_alike_by_page_and_digest() {
    let markdown = "前\n\n## 一 `x`\n\n甲\n\n## 一 x\n\n乙\n\n### **粗** <b>B</b>\n\n丙\n";
    let anchors: Vec<_> = render(markdown, &address)
        .headings
        .into_iter()
        .map(|h| (h.text, h.anchor))
        .collect();
    let digest = digest(markdown);
    let passages: Vec<_> = digest
        .passages
        .iter()
        .skip(1)
        .map(|p| (p.heading.clone(), p.anchor.clone()))
        .collect();
    assert_eq!(anchors, passages);
    assert_eq!(
        digest
            .passages
            .iter()
            .map(|p| p.text.as_str())
            .collect::<Vec<_>>(),
        ["前", "甲", "乙", "丙"]
    );
}

#[test]
fn the_digest_has_the_words_and_no_markup() {
    let digest = digest(
        "**注意：**请\n看 &amp; &nbsp;`kb serve`。\n\n| 甲 | 乙 |\n|--|--|\n| 1 | 2 |\n\n```sh\nkb check # x\n```\n\n\
         <details><summary>更多</summary>\n内容<script>alert(1)</script>\n</details>\n\n脚注[^1]\n\n[^1]: 注文\n\n\
         ![图](p.png) [链](a.md) <!-- 注释 -->\n\n::: tip 标题\n提示\n:::\n",
    );
    assert_eq!(digest.first_paragraph, "注意：请看 & \u{a0}kb serve。");
    assert_eq!(digest.targets, ["p.png", "a.md"]);
    let text = &digest.passages[0].text;
    for word in [
        "甲 乙",
        "1 2",
        "kb check # x",
        "更多",
        "内容",
        "脚注",
        "注文",
        "图",
        "链",
        "标题",
        "提示",
    ] {
        assert!(text.contains(word), "{word} in {text}");
    }
    for markup in ["alert", "注释", "**", "<", "|", ":::", "kb-block"] {
        assert!(!text.contains(markup), "{markup} in {text}");
    }
    assert_eq!(
        kb::content::digest(&"长".repeat(1_000))
            .first_paragraph
            .chars()
            .count(),
        300
    );
}

#[test]
fn s43_bombs_are_shown_as_text_or_quickly() {
    let rows = "|a|b|\n|-|-|\n";
    for (name, bomb) in [
        ("quotes", ">".repeat(50_000)),
        ("lists", "- ".repeat(20_000)),
        ("numbers", "1. ".repeat(20_000)),
        ("emphasis", "*a **b ".repeat(10_000)),
        ("links", "[a](b) ".repeat(100_000)),
        ("a row", format!("{rows}|{}", "x|".repeat(500_000))),
        ("rows", format!("{rows}{}", "|x|y|\n".repeat(100_000))),
        (
            "references",
            format!("{}{}", "[a]: b\n".repeat(50_000), "[a]".repeat(50_000)),
        ),
        ("brackets", "[".repeat(100_000)),
        ("elements", "<div>".repeat(20_000)),
        ("crossed elements", "<b><p></b>".repeat(20_000)),
        ("headings", "# a\n".repeat(500_000)),
        ("blocks", "::: tip\n".repeat(20_000)),
        ("comments", "<!--".repeat(50_000)),
        (
            "code",
            format!(
                "```rust\n{}```",
                "fn a() { let x = \"b\"; }\n".repeat(20_000)
            ),
        ),
        ("code spans", "`a``b".repeat(50_000)),
        ("strong", "**x：**请".repeat(30_000)),
        (
            "notes",
            (0..20_000)
                .map(|i| format!("[^{i}]: x[^{i}]\n\n"))
                .collect(),
        ),
    ] {
        let begun = Instant::now();
        let page = html(&bomb);
        digest(&bomb);
        // Without optimisation all of it takes ten times as long.
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{name} took {:?}",
            begun.elapsed()
        );
        assert_harmless(
            &page[..page.len().min(10_000)]
                .chars()
                .take(5_000)
                .collect::<String>(),
        );
    }
    assert!(html(&">".repeat(50_000)).starts_with("<p class=\"kb-too-deep\"></p><pre>"));
}

fn block(name: &str, secret: &str, shape: usize) -> String {
    match shape % 6 {
        0 => format!("::: {name}\n{secret}\n:::\n"),
        1 => format!("> ::: {name}\n> {secret}\n> :::\n"),
        2 => format!("- x\n  ::: {name}\n  {secret}\n  :::\n"),
        3 => format!("::: {name}\n## {secret}\n```\n:::\n```\n:::\n"),
        4 => format!("::: {name}\n{secret}\n"),
        _ => format!(":::: {name}\n::: tip {secret}\n{secret}\n:::\n::::\n"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn rendering_never_panics(markdown in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..60)) {
        let markdown = markdown.concat();
        assert_harmless(&trusting(&markdown));
        let passages = digest(&markdown).passages;
        prop_assert!(passages.iter().all(|p| !p.text.contains("kb-block")));
    }

    #[test]
    fn rendering_any_text_never_panics(markdown in any::<String>()) {
        assert_harmless(&trusting(&markdown));
        digest(&markdown);
    }

    #[test]
    fn reading_any_bytes_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let kb = crate::harness::Kb::new().write("kb/a.md", &bytes).write("kb/b.md", [b"+++\n", bytes.as_slice(), b"\n+++\n"].concat())
            .write("kb/c.md", [b"---\n", bytes.as_slice(), b"\n---\n"].concat());
        let schema = kb::config::Schema::default();
        let library = kb::content::load_library(&kb.path("kb"), &schema);
        kb::content::check_library(&kb.path("kb"), &library, &schema, jiff::Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn a_secret_is_seen_by_nobody_below(
        before in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..12),
        after in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..12),
        name in prop::sample::select(vec!["internal", "customer", "Internal", "intern", "内部"]),
        shape in 0_usize..6,
    ) {
        // A closed code block around it would make it text, and a block would not begin on a line of its own.
        let before: String = before.into_iter().filter(|piece| !piece.contains("```") && !piece.contains("~~~")).collect();
        let after: String = after.into_iter().filter(|piece| !piece.contains("```") && !piece.contains("~~~")).collect();
        let text = format!("# T\n\n{before}\n{}\n{after}", block(name, "zqxjsecret", shape));
        let kb = crate::harness::Kb::new().write("kb/a.md", &text);
        let article = kb::content::read_article(&kb.path("kb"), "a.md", &kb::config::Schema::default()).article;
        if let Some(article) = article.and_then(|article| article.seen_by(kb::model::Audience::PUBLIC)) {
            let markdown = article.markdown();
            prop_assert!(!markdown.contains("zqxjsecret"), "{markdown}");
            let digested = format!("{:?}", digest(&markdown));
            prop_assert!(!digested.contains("zqxjsecret"), "{digested}");
            prop_assert!(!html(&markdown).contains("zqxjsecret"));
        }
    }

    #[test]
    fn parts_tile_the_body(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..30)) {
        let body = pieces.concat();
        let kb = crate::harness::Kb::new().write("kb/a.md", format!("+++\ntitle = \"T\"\n+++\n{body}"));
        let loaded = kb::content::read_article(&kb.path("kb"), "a.md", &kb::config::Schema::default());
        let joined = loaded.article.map(|article| article.markdown()).unwrap_or_default();
        // The marker of a list item stays where a block opened on its line.
        let words = |text: &str| text.lines().filter(|line| !line.contains(":::")).collect::<String>().replace([' ', '>', '-', '*', '\n', '1', '.'], "");
        prop_assert_eq!(words(&joined), words(&body));
    }
}

/// What Markdown is made of, to be put together at random.
const PIECES: [&str; 34] = [
    "::: internal\n",
    "::: tip\n",
    ":::\n",
    ":::: customer\n",
    "::::\n",
    "```\n",
    "~~~~\n",
    "    ",
    "> ",
    "- ",
    "1. ",
    "\n",
    "\n\n",
    "| a | b |\n|---|---|\n",
    "中文，",
    "**",
    "*",
    "`",
    "[x](a.md)",
    "![y](b.png)",
    "<div>",
    "</div>",
    "<script>",
    "</script>",
    "<a href=\"javascript:x\">",
    "[^1]",
    "[^1]: note\n",
    "# 标题\n",
    "<!--",
    "-->",
    "&amp;",
    "word ",
    "<b onclick=x>",
    "::: zone\n",
];
