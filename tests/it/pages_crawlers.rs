//! What do crawlers, feed readers and models take? Documents that strict parsers accept, with public addresses.

use super::harness::Kb;
use roxmltree::Document;

fn hostile() -> Kb {
    let article = |title: &str| {
        format!(
            "+++\ntitle = {}\ntags = [\"a&b\"]\nupdated = 2026-01-02\n+++\n答案 & <b>更多</b> ]]> 。\n",
            toml::Value::from(title)
        )
    };
    Kb::new()
        .write("kb/a&b/x'y.md", article("]]></title><script>&amp; \"x\""))
        .write("kb/n.md", article("普通"))
        .config("[site]\nbase_url = \"https://help.example.com\"\n[site.name]\nzh-CN = \"A & B <帮助>\"\n")
}

/// The texts of all elements of that name.
fn texts<'a>(document: &'a Document<'_>, name: &str) -> Vec<&'a str> {
    let named = document
        .descendants()
        .filter(|node| node.tag_name().name() == name);
    named.filter_map(|node| node.text()).collect()
}

#[test]
fn s09_the_sitemap_lists_every_page_with_its_day() {
    let server = hostile().serve();
    let response = server
        .get("/sitemap.xml")
        .status(200)
        .has_header("content-type", "application/xml; charset=utf-8");
    let text = response.text();
    let map = Document::parse(&text).expect("well-formed XML");
    let pages = texts(&map, "loc");
    assert!(pages.contains(&"https://help.example.com/"));
    assert!(
        pages.contains(&"https://help.example.com/a/a%26b/x%27y"),
        "{pages:?}"
    );
    assert!(pages.contains(&"https://help.example.com/c/a%26b"));
    assert!(
        texts(&map, "lastmod")
            .iter()
            .any(|day| day.starts_with("2026-01-02T")),
        "{text}"
    );
    for page in pages {
        let path = page.trim_start_matches("https://help.example.com");
        let _ = server.get(path).status(200);
    }
    let _ = server.get("/sitemap.xml?part=2").status(404);
    let _ = server.get("/sitemap.xml?part=x").status(400);
}

#[test]
fn s09_the_feed_is_valid_whatever_titles_say() {
    let server = hostile().serve();
    let text = server.get("/feed.atom").status(200).text();
    let feed = Document::parse(&text).expect("well-formed XML");
    assert_eq!(
        feed.root_element().tag_name().namespace(),
        Some("http://www.w3.org/2005/Atom")
    );
    assert!(
        texts(&feed, "title").contains(&"]]></title><script>&amp; \"x\""),
        "{text}"
    );
    let entries = feed
        .descendants()
        .filter(|node| node.tag_name().name() == "entry");
    for entry in entries {
        for needed in ["id", "title", "updated", "link", "summary"] {
            assert!(
                entry
                    .children()
                    .any(|node| node.tag_name().name() == needed),
                "{needed}: {text}"
            );
        }
    }
    let ids = texts(&feed, "id");
    assert!(
        ids.iter()
            .all(|id| id.starts_with("https://help.example.com/")),
        "{ids:?}"
    );
}

#[test]
fn the_description_for_browsers_is_well_formed() {
    let server = hostile().serve();
    let text = server.get("/opensearch.xml").status(200).text();
    let description = Document::parse(&text).expect("well-formed XML");
    assert_eq!(texts(&description, "ShortName"), ["A & B <帮助>"]);
}

#[test]
fn robots_and_models_find_their_way() {
    let server = hostile().serve();
    let _ = server
        .get("/robots.txt")
        .status(200)
        .has("Sitemap: https://help.example.com/sitemap.xml");
    let llms = server
        .get("/llms.txt")
        .status(200)
        .has("# A & B <帮助>")
        .has("(https://help.example.com/a/n.md)");
    for line in llms.text().lines().filter(|line| line.contains("/a/")) {
        let address = line
            .split("](https://help.example.com")
            .nth(1)
            .and_then(|rest| rest.split(')').next());
        let _ = server.get(address.expect("an address")).status(200);
    }
}

#[test]
fn who_finds_a_hole_learns_whom_to_tell_where_somebody_is_named() {
    let kb = Kb::new().article("退款", "x");
    let _ = kb.serve().get("/.well-known/security.txt").status(404);
    for (given, shown) in [
        ("security@example.com", "mailto:security@example.com"),
        ("https://example.com/report", "https://example.com/report"),
    ] {
        let kb = Kb::new().article("退款", "x").config(&format!(
            "[site]\nbase_url = \"https://help.example.com\"\nsecurity_contact = \"{given}\"\n"
        ));
        let text = kb
            .serve()
            .get("/.well-known/security.txt")
            .status(200)
            .text();
        let field = |name: &str| {
            let lines = text.lines().filter_map(|line| line.split_once(": "));
            let mut values = lines.filter(|(known, _)| *known == name).map(|(_, v)| v);
            values.next().expect(name).to_owned()
        };
        assert_eq!(field("Contact"), shown);
        assert_eq!(
            field("Canonical"),
            "https://help.example.com/.well-known/security.txt"
        );
        let until: jiff::Timestamp = field("Expires").parse().expect("an instant");
        let days = until.duration_since(jiff::Timestamp::now()).as_hours() / 24;
        assert!((28..=30).contains(&days), "{days}");
    }
}
