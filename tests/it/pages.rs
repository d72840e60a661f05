//! What do people see? Pages through the real server, read as a browser without scripts would.

use super::harness::{Kb, Response, Server};
use scraper::{Html, Selector};
use serde_json::Value;

/// A help centre with something on every page.
fn shop() -> Kb {
    Kb::new()
        .write("kb/账号/_index.md", "+++\ntitle = \"账号与登录\"\ndescription = \"登录、密码与安全。\"\n+++\n先看[忘记密码](forgot.md)。\n")
        .write(
            "kb/账号/forgot.md",
            "+++\ntitle = \"忘记密码怎么办？\"\nsimilar = [\"密码忘了\"]\ntags = [\"账号\", \"a&b\"]\nanswer = \"点“忘记密码”重设。\"\naliases = [\"/old/forgot\", \"/a/forgot-old\"]\n+++\n在登录页操作。\n\n## 手机\n\n收验证码。\n\n## 邮箱\n\n收邮件，见[换手机号](change-phone.md)。\n\n## 都没有\n\n联系客服。\n\n```sh\nkb serve\n```\n\n::: internal\n内部绝密口令\n:::\n",
        )
        .write("kb/账号/change-phone.md", "+++\ntitle = \"怎么换手机号？\"\n+++\n在设置里换。\n")
        .write("kb/账号/secret.md", "+++\ntitle = \"内部绝密流程\"\naudience = \"internal\"\n+++\n内部绝密。\n")
        .write("kb/en/_index.md", "+++\ntitle = \"English\"\nlang = \"en\"\n+++\n")
        .write("kb/en/refund.md", "+++\ntitle = \"How do I get a refund?\"\nlang = \"en\"\n+++\nWithin seven days.\n")
        .config("[site]\nbase_url = \"https://help.example.com\"\ncontact = \"help@example.com\"\n")
}

fn page(response: &Response) -> Html {
    Html::parse_document(&response.text())
}

fn select(css: &str) -> Selector {
    Selector::parse(css).expect("a selector")
}

/// The texts of all elements that match.
fn texts(html: &Html, css: &str) -> Vec<String> {
    let text = |e: scraper::ElementRef<'_>| e.text().collect::<String>().trim().to_owned();
    html.select(&select(css)).map(text).collect()
}

/// The values of an attribute of all elements that match.
fn attributes(html: &Html, css: &str, name: &str) -> Vec<String> {
    let value = |e: scraper::ElementRef<'_>| e.value().attr(name).map(str::to_owned);
    html.select(&select(css)).filter_map(value).collect()
}

fn json_ld(html: &Html) -> Value {
    let text = texts(html, "script[type='application/ld+json']").join("");
    serde_json::from_str(&text).expect("JSON-LD that can be read")
}

/// Every link of the page that stays on the site leads somewhere.
#[track_caller]
fn links_lead_somewhere(server: &Server, html: &Html) {
    for link in attributes(html, "a[href^='/'], link[href^='/'], script[src]", "href") {
        let address = link.split('#').next().unwrap_or_default();
        assert!(server.get(address).is(200), "{link} leads nowhere");
    }
}

#[test]
fn the_home_page_leads_to_everything_without_scripts() {
    let server = shop().serve();
    let home = server.get("/").status(200);
    let html = page(&home);
    assert_eq!(attributes(&html, "html", "lang"), ["zh-CN"]);
    let form = "form[role=search][method=get][action='/search']";
    assert_eq!(
        attributes(&html, &format!("{form} input[type=search]"), "name"),
        ["q"]
    );
    let cards = texts(&html, ".card-title");
    assert_eq!(cards, ["账号与登录", "English"]);
    assert!(
        texts(&html, ".card-count").contains(&"2 篇文章".to_owned()),
        "hidden articles are not counted"
    );
    assert!(texts(&html, ".list-title").contains(&"怎么换手机号？".to_owned()));
    links_lead_somewhere(&server, &html);
    assert!(home.bytes().len() < 30_000, "{} bytes", home.bytes().len());
}

#[test]
fn no_page_has_an_inline_script_style_or_handler() {
    let server = shop().serve();
    for path in [
        "/",
        "/search?q=密码",
        "/c/账号",
        "/a/账号/forgot",
        "/nowhere",
        "/embed/demo",
    ] {
        let response = server.get(path);
        let html = page(&response);
        assert!(texts(&html, "style").is_empty(), "{path} has a style");
        let inline = texts(&html, "script:not([src]):not([type='application/ld+json'])");
        assert!(inline.is_empty(), "{path} has a script: {inline:?}");
        for element in html.select(&select("*")) {
            let hostile = |name: &str| name == "style" || name.starts_with("on");
            assert!(
                element.value().attrs().all(|(n, _)| !hostile(n)),
                "{path}: {}",
                element.html()
            );
        }
        assert!(
            response
                .header("content-security-policy")
                .contains("default-src 'self'"),
            "{path}"
        );
    }
}

#[test]
fn the_interface_speaks_the_readers_language_and_keeps_the_one_he_chose() {
    let server = shop().serve();
    for (accepted, lang, words) in [
        ("zh-TW,zh;q=0.9", "zh-TW", "搜尋"),
        ("zh-HK", "zh-TW", "搜尋"),
        ("en-GB,en;q=0.9", "en", "Search"),
        ("fr-FR", "zh-CN", "搜索"),
    ] {
        let home = server
            .get_with("/", &[("accept-language", accepted)])
            .status(200);
        assert!(
            home.header("vary")
                .to_lowercase()
                .contains("accept-language")
        );
        let html = page(&home);
        assert_eq!(attributes(&html, "html", "lang"), [lang], "{accepted}");
        assert_eq!(
            texts(&html, "form button[type=submit]"),
            [words],
            "{accepted}"
        );
    }
    let chosen = page(&server.get_with("/?hl=en", &[("accept-language", "zh-TW")]));
    assert_eq!(attributes(&chosen, "html", "lang"), ["en"]);
    assert_eq!(attributes(&chosen, "input[name=hl]", "value"), ["en"]);
    let cards = attributes(&chosen, ".card a", "href");
    assert!(
        !cards.is_empty() && cards.iter().all(|href| href.ends_with("?hl=en")),
        "{cards:?}"
    );
    let article = page(&server.get("/a/账号/forgot?hl=en"));
    let inner = attributes(&article, ".prose a[href^='/a/']", "href");
    assert!(
        inner.iter().all(|href| href.ends_with("?hl=en")),
        "{inner:?}"
    );
}

#[test]
fn lists_prefer_the_readers_language() {
    let server = shop().serve();
    let english = page(&server.get_with("/", &[("accept-language", "en")]));
    assert_eq!(
        texts(&english, ".card-title").first().map(String::as_str),
        Some("English")
    );
    let newest = texts(&english, ".halves section:last-child .list-title");
    assert_eq!(
        newest.first().map(String::as_str),
        Some("How do I get a refund?")
    );
}

#[test]
fn an_article_has_its_way_contents_answer_and_what_comes_next() {
    let server = shop().serve();
    let response = server.get("/a/账号/forgot").status(200);
    let html = page(&response);
    assert_eq!(texts(&html, "h1"), ["忘记密码怎么办？"]);
    assert_eq!(attributes(&html, "article", "lang"), ["zh-CN"]);
    assert_eq!(texts(&html, ".crumbs li"), ["首页", "账号与登录"]);
    assert_eq!(texts(&html, ".toc li"), ["手机", "邮箱", "都没有"]);
    for anchor in attributes(&html, ".toc a", "href") {
        let id = anchor.trim_start_matches('#');
        assert!(id.is_ascii(), "{id}");
        assert_eq!(attributes(&html, &format!("[id='{id}']"), "id"), [id]);
    }
    assert!(
        texts(&html, ".short")
            .concat()
            .contains("点“忘记密码”重设。")
    );
    assert_eq!(texts(&html, ".tags a"), ["账号", "a&b"]);
    assert!(
        texts(&html, ".neighbours")
            .concat()
            .contains("怎么换手机号？")
    );
    let ask = attributes(&html, ".ask a", "href").concat();
    assert!(ask.starts_with("/ask?from=%2Fa%2F"), "{ask}");
    response.lacks("内部绝密");
    links_lead_somewhere(&server, &html);
}

#[test]
fn an_article_can_be_read_as_markdown_without_what_is_hidden() {
    let server = shop().serve();
    let markdown = server.get("/a/账号/forgot.md").status(200);
    assert_eq!(
        markdown.header("content-type"),
        "text/markdown; charset=utf-8"
    );
    markdown
        .has("# 忘记密码怎么办？")
        .has("## 手机")
        .lacks("内部绝密")
        .lacks(":::");
    let _ = server.get("/a/账号/secret.md").status(404);
}

#[test]
fn a_category_shows_its_articles_and_no_other() {
    let server = shop().serve();
    let html = page(&server.get("/c/账号").status(200));
    assert_eq!(texts(&html, "h1"), ["账号与登录"]);
    let mut titles = texts(&html, ".list-title");
    titles.sort();
    assert_eq!(titles, ["忘记密码怎么办？", "怎么换手机号？"]);
    assert_eq!(
        attributes(&html, ".prose a", "href"),
        ["/a/%E8%B4%A6%E5%8F%B7/forgot"]
    );
    let all = page(&server.get("/c").status(200));
    assert!(texts(&all, ".card-title").contains(&"账号与登录".to_owned()));
    let _ = server.get("/c/没有").status(404);
    for page in ["0", "x", "99999"] {
        let path = format!("/c/账号?page={page}");
        let _ = server.get(&path).status(200).has("忘记密码怎么办？");
    }
}

#[test]
fn an_address_with_a_slash_too_many_leads_to_the_one_without() {
    let server = shop().serve();
    for (path, target) in [
        ("/c/", "/c"),
        ("/c/?hl=en", "/c?hl=en"),
        ("/c/账号/", "/c/%E8%B4%A6%E5%8F%B7"),
    ] {
        let _ = server.get(path).status(301).has_header("location", target);
    }
    let _ = server.get("/c/没有/").status(404);
}

#[test]
fn what_browsers_ask_for_unasked_is_no_page() {
    let server = shop().serve();
    let icon = server.get("/favicon.ico").status(200);
    assert_eq!(icon.header("content-type"), "image/svg+xml");
    let none = server.get("/apple-touch-icon.png").status(204);
    assert!(none.bytes().is_empty());
}

#[test]
fn categories_without_a_place_stand_after_those_with_one() {
    let kb = Kb::new()
        .write("kb/a/x.md", "# 甲\n\n文\n")
        .write("kb/b/x.md", "# 乙\n\n文\n")
        .write("kb/b/_index.md", "+++\ntitle = \"先\"\norder = 1\n+++\n");
    let html = page(&kb.serve().get("/c").status(200));
    assert_eq!(texts(&html, ".card-title"), ["先", "a"]);
}

#[test]
fn a_page_of_one_tag_says_so_and_an_empty_one_too() {
    let server = shop().serve();
    let html = page(&server.get("/search?tag=账号").status(200));
    assert_eq!(texts(&html, "h1"), ["按条件浏览：账号"]);
    let html = page(&server.get("/search?tag=没有的").status(200));
    assert_eq!(texts(&html, ".lead h2"), ["没有同时符合这些条件的文章"]);
}

#[test]
fn results_mark_what_was_found_and_lead_to_a_person_when_nothing_was() {
    let server = shop().serve();
    let found = page(&server.get("/search?q=忘记密码").status(200));
    assert!(
        texts(&found, ".hits h2")
            .concat()
            .contains("忘记密码怎么办？")
    );
    assert!(!texts(&found, ".hits mark").is_empty());
    assert_eq!(
        attributes(&found, "input[type=search]", "value"),
        ["忘记密码"]
    );
    assert!(
        !texts(&found, ".ask, .lead").is_empty(),
        "a person is one click away"
    );

    let nothing = server.get("/search?q=zxqwv9871").status(200);
    let html = page(&nothing);
    assert!(texts(&html, ".lead h2").concat().contains("zxqwv9871"));
    let contact = attributes(&html, ".lead a.button", "href").concat();
    assert_eq!(contact, "/ask?q=zxqwv9871");
    assert!(!texts(&html, ".tips li").is_empty() && !texts(&html, ".card-title").is_empty());

    let empty = page(&server.get("/search").status(200));
    assert!(!texts(&empty, ".notice").is_empty() && texts(&empty, ".lead").is_empty());
}

#[test]
fn facets_are_links_that_narrow_and_widen_again() {
    let server = shop().serve();
    let html = page(&server.get("/search?q=怎么&tag=账号").status(200));
    let chosen = attributes(&html, ".pill[aria-current]", "href");
    assert_eq!(chosen, ["/search?q=%E6%80%8E%E4%B9%88"]);
    for (path, status) in [
        ("/search?q=a&page=0", 200),
        ("/search?q=a&page=99999999999999999999", 200),
        ("/search?q=a&lang=xx", 200),
        ("/search?q=a&utm_source=wechat", 200),
    ] {
        let _ = server.get(path).status(status);
    }
    let beyond = page(&server.get("/search?q=密码&page=99999&limit=abc"));
    assert!(!texts(&beyond, ".hits h2").is_empty(), "the last page");
}

#[test]
fn former_addresses_lead_to_the_present_one_for_good() {
    let server = shop().serve();
    let present = "/a/%E8%B4%A6%E5%8F%B7/forgot";
    for (former, target) in [
        ("/old/forgot", present.to_owned()),
        ("/a/forgot-old", present.to_owned()),
        ("/a/forgot-old.md", format!("{present}.md")),
        ("/a/forgot-old?hl=en", format!("{present}?hl=en")),
        ("/a/账号/forgot/", present.to_owned()),
    ] {
        let _ = server
            .get(former)
            .status(301)
            .has_header("location", &target);
    }
}

#[test]
fn s14_what_is_hidden_is_as_absent_as_what_never_was() {
    let server = shop().serve();
    let shown = |path: &str| {
        let response = server.get(path).status(404);
        let html = page(&response);
        (
            texts(&html, "h1, .problem, .list-title"),
            response.header("cache-control").to_owned(),
        )
    };
    assert_eq!(shown("/a/账号/secret"), shown("/a/账号/nothin"));
    for path in [
        "/",
        "/c/账号",
        "/search?q=内部绝密",
        "/sitemap.xml",
        "/feed.atom",
        "/llms.txt",
        "/a/账号/forgot",
    ] {
        let _ = server
            .get(path)
            .lacks("绝密流程")
            .lacks("secret")
            .lacks("绝密口令");
    }
}

/// Without what no two answers share.
fn steady(response: &Response) -> String {
    let id = response.header("x-request-id").to_owned();
    let names = [
        "cache-control",
        "content-type",
        "vary",
        "etag",
        "content-length",
    ];
    let headers = names.map(|name| format!("{name}: {}", response.header(name)));
    let (status, text) = (response.status_code(), response.text());
    let text = text.replace(&id, "ID");
    let text = match text.split_once("favicon.svg?v=") {
        Some((_, rest)) => text.replace(&rest[..16], "SALT"),
        None => text,
    };
    format!("{status} {headers:?} {text}")
}

#[test]
fn s14_an_address_answers_the_same_where_it_is_hidden_and_where_it_never_was() {
    let with = shop().serve();
    let without = shop();
    without.delete("kb/账号/secret.md");
    let without = without.serve();
    for path in [
        "/a/账号/secret",
        "/a/账号/secret.md",
        "/a/账号/secret/",
        "/a/账号/secret?hl=en",
        "/files/账号/secret.md",
        "/api/v1/articles/账号/secret",
        "/follow?article=账号/secret",
    ] {
        let (hidden, never) = (with.get(path).status(404), without.get(path).status(404));
        assert_eq!(steady(&hidden), steady(&never), "{path}");
    }
}

#[test]
#[ignore = "measures: cargo test --test it s14 -- --ignored --nocapture"]
#[expect(clippy::print_stderr, reason = "it is there for its figures")]
fn s14_what_is_hidden_takes_as_long_as_what_never_was() {
    let server = shop().serve();
    let took = |path: &str| {
        let began = std::time::Instant::now();
        let _ = server.get(path).status(404);
        began.elapsed().as_secs_f64() * 1e6
    };
    let median = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    for room in ["/a", "/api/v1/articles"] {
        let (hidden, never) = (format!("{room}/账号/secret"), format!("{room}/账号/nobody"));
        // In turn, and each as often first: whatever else goes on meets both alike.
        let (mut one, mut other, mut between) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..2_000 {
            let (a, b) = match round % 2 {
                0 => {
                    let a = took(&hidden);
                    (a, took(&never))
                }
                _ => {
                    let b = took(&never);
                    (took(&hidden), b)
                }
            };
            one.push(a);
            other.push(b);
            between.push(a - b);
        }
        eprintln!(
            "{room}: hidden {:.0} us, never there {:.0} us, median difference of pairs {:+.1} us",
            median(one),
            median(other),
            median(between)
        );
    }
}

#[test]
fn the_page_that_is_not_found_searches_for_the_words_of_its_address() {
    let server = shop().serve();
    let html = page(&server.get("/help/忘记密码.html").status(404));
    assert_eq!(attributes(&html, "html", "lang"), ["zh-CN"]);
    assert_eq!(
        attributes(&html, "input[name=q]", "value"),
        ["help 忘记密码"]
    );
    assert!(texts(&html, ".list-title").contains(&"忘记密码怎么办？".to_owned()));
    let english = page(&server.get_with("/nowhere", &[("accept-language", "en")]));
    assert_eq!(texts(&english, "h1"), ["This page does not exist"]);
    let refused = page(
        &server
            .get_with(
                &format!("/search?q=a{}", "&tag=b".repeat(200)),
                &[("accept-language", "zh-TW")],
            )
            .status(400),
    );
    assert_eq!(texts(&refused, "h1"), ["無法處理這個請求"]);
    let words = texts(&refused, ".problem p").concat();
    assert!(words.contains("網址裡有看不懂的內容"), "{words}");
    assert!(!words.contains("parameters"), "{words}");
}

#[test]
fn s01_a_hostile_query_is_shown_as_text() {
    let server = shop().serve();
    let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let response = server
        .get(
            "/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
        )
        .status(200);
    let html = page(&response);
    assert_eq!(attributes(&html, "input[name=q]", "value"), [hostile]);
    assert!(attributes(&html, "main img", "src").is_empty());
    response.lacks("<script>alert");
}

#[test]
fn s09_no_title_breaks_out_of_json_ld_or_the_head() {
    let title = "</script><script>alert(1)</script> & ]]> \"引号\"";
    let article = format!("+++\ntitle = {}\n+++\n答案。\n", toml::Value::from(title));
    let server = Kb::new().write("kb/x.md", article).serve();
    let response = server.get("/a/x").status(200);
    let html = page(&response);
    assert_eq!(texts(&html, "h1"), [title]);
    let data = json_ld(&html);
    assert_eq!(data["@graph"][1]["mainEntity"][0]["name"], title);
    assert_eq!(
        attributes(&html, "meta[property='og:title']", "content"),
        [title]
    );
    response.lacks("<script>alert");
    let _ = page(&server.get("/c").status(200));
}

#[test]
fn s40_public_addresses_never_come_from_the_host_of_a_request() {
    let server = shop().serve();
    for path in [
        "/",
        "/a/账号/forgot",
        "/c/账号",
        "/sitemap.xml",
        "/feed.atom",
        "/llms.txt",
        "/robots.txt",
        "/opensearch.xml",
    ] {
        let response = server.get_with(
            path,
            &[
                ("host", "evil.example"),
                ("x-forwarded-host", "evil.example"),
            ],
        );
        response
            .status(200)
            .lacks("evil.example")
            .has("https://help.example.com");
    }
}

#[test]
fn machines_are_told_what_a_page_is() {
    let server = shop().serve();
    let article = page(&server.get("/a/账号/forgot?hl=en"));
    let canonical = "https://help.example.com/a/%E8%B4%A6%E5%8F%B7/forgot";
    assert_eq!(
        attributes(&article, "link[rel=canonical]", "href"),
        [canonical]
    );
    assert_eq!(
        attributes(&article, "meta[property='og:type']", "content"),
        ["article"]
    );
    assert_eq!(
        attributes(&article, "meta[name=description]", "content"),
        ["点“忘记密码”重设。"]
    );
    assert_eq!(
        attributes(&article, "link[type='text/markdown']", "href"),
        ["/a/%E8%B4%A6%E5%8F%B7/forgot.md"]
    );
    let graph = json_ld(&article);
    let crumbs = &graph["@graph"][0];
    assert_eq!(crumbs["@type"], "BreadcrumbList");
    assert_eq!(
        crumbs["itemListElement"][1]["item"],
        "https://help.example.com/c/%E8%B4%A6%E5%8F%B7"
    );
    assert_eq!(graph["@graph"][1]["@type"], "FAQPage");
    let home = page(&server.get("/"));
    let alternates = attributes(&home, "link[rel=alternate][hreflang]", "hreflang");
    assert_eq!(alternates, ["zh-CN", "zh-TW", "en", "x-default"]);
    assert_eq!(
        attributes(
            &page(&server.get("/search?q=a")),
            "meta[name=robots]",
            "content"
        ),
        ["noindex, follow"]
    );
}

#[test]
fn the_look_follows_the_settings_and_the_scheme() {
    let server = shop()
        .config("[site]\ncolours = { accent = \"#c2185b\", accent_dark = \"#f48fb1\" }\n[site.name]\nzh-CN = \"小店帮助\"\n")
        .serve();
    let html = page(&server.get("/"));
    assert_eq!(texts(&html, "title"), ["小店帮助"]);
    let sheets = attributes(&html, "link[rel=stylesheet]", "href");
    let site = sheets
        .iter()
        .find(|href| href.contains("site.css"))
        .expect("a style sheet of the site");
    let css = server
        .get(site)
        .status(200)
        .has("--accent:#c2185b")
        .has("--accent:#f48fb1");
    assert!(css.header("cache-control").contains("immutable"));
    css.has("prefers-color-scheme:dark")
        .has("[data-theme=dark]");
    let app = sheets
        .iter()
        .find(|href| href.contains("app.css"))
        .expect("a style sheet");
    let _ = server
        .get(app)
        .status(200)
        .has("prefers-color-scheme: dark")
        .has("@media print")
        .has("prefers-reduced-motion");
}

#[test]
fn a_page_with_all_that_it_needs_is_small() {
    let server = shop().serve();
    let response = server.get("/a/账号/forgot");
    let html = page(&response);
    let parts = attributes(&html, "link[rel=stylesheet]", "href");
    // The box has a limit of its own, compressed.
    let scripts = attributes(&html, "script[src^='/assets/']", "src");
    let sizes = parts
        .iter()
        .chain(&scripts)
        .map(|at| server.get(at).status(200).bytes().len());
    let total = response.bytes().len() + sizes.sum::<usize>();
    assert!(total < 60_000, "{total} bytes");
}

#[test]
fn an_empty_help_centre_says_what_to_do() {
    let server = Kb::new().serve();
    let html = page(&server.get("/").status(200));
    assert!(texts(&html, ".empty").concat().contains("kb"));
    let _ = server.get("/c").status(200);
    let _ = server.get("/sitemap.xml").status(200);
    let _ = server.get("/feed.atom").status(200);
}

#[test]
fn templates_of_the_site_stand_in_the_place_of_the_shipped_ones() {
    let home = "{% extends \"base.html\" %}\n{% block main %}<h1>自家首页 {{ frame.site }}</h1>{% include \"_part.html\" %}{% endblock %}\n";
    let kb = shop()
        .config("[site]\ntemplates = \"looks\"\n[site.name]\nzh-CN = \"<b>店\"\n")
        .write("looks/home.html", home)
        .write("looks/_part.html", "<p>一部分</p>")
        .write("looks/readme.txt", "no template");
    let server = kb.serve();
    let _ = server
        .get("/")
        .status(200)
        .has("自家首页 &lt;b&gt;店")
        .has("<p>一部分</p>");
    let _ = server.get("/c").status(200);
}

#[test]
fn a_template_that_cannot_be_used_is_named_with_its_line_at_the_start() {
    let kb = shop().config("[site]\ntemplates = \"looks\"\n");
    kb.run(["serve"]).code(2).stderr_has("looks");
    kb.put("looks/home.html", "<p>\n{% if %}\n");
    kb.run(["serve"]).code(2).stderr_has("looks/home.html:2: ");
    kb.delete("looks/home.html");
    kb.put("looks/hom.html", "<p>");
    let run = kb.run(["serve"]).code(2);
    let _ = run.stderr_has("looks/hom.html").stderr_has("home.html");
}
