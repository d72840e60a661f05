//! What comes with an answer? How long it may be kept, who may read it, what a browser may do with it.

use crate::site::{Open, Site};

const SHARED: &str = "public, max-age=60, stale-while-revalidate=600";

fn embeddable() -> Open {
    let origins = vec![
        "https://help.example.com".to_owned(),
        "http://localhost:3000".to_owned(),
    ];
    Site::usual().set(|s| s.embed.origins = origins).open()
}

#[test]
fn an_answer_that_is_known_is_not_sent_again() {
    let site = Site::usual().open();
    for path in [
        "/",
        "/search?q=密码",
        "/c/account",
        "/a/account/forgot",
        "/a/account/forgot.md",
        "/feed.atom",
        "/sitemap.xml",
        "/robots.txt",
        "/llms.txt",
        "/files/account/login.png",
        "/api/v1/search?q=密码",
        "/api/v1/suggest?q=密码",
        "/api/v1/articles",
        "/api/v1/articles/account/forgot",
        "/api/v1/categories",
        "/api/v1/openapi.json",
        "/api/v1/docs",
        "/assets/app.css",
    ] {
        let first = site.get(path).status(200);
        let etag = first.header("etag");
        assert!(
            etag.ends_with('"') && first.header("cache-control").starts_with("public"),
            "{path}: {:?}",
            first.headers
        );
        let again = site
            .get_with(path, &[("if-none-match", &format!("\"x\", {etag}"))])
            .status(304);
        assert!(
            again.body.is_empty() && again.header("etag") == etag,
            "{path}"
        );
        assert_eq!(again.header("vary"), first.header("vary"), "{path}");
        assert_eq!(again.header("content-type"), "", "{path}");
        site.get_with(path, &[("if-none-match", "W/\"other\"")])
            .status(200);
    }
}

#[test]
fn what_changed_has_another_tag() {
    let site = Site::usual().open();
    let tag = |path: &str| site.get(path).status(200).header("etag");
    let before = tag("/api/v1/articles/account/forgot");
    assert_eq!(before, tag("/api/v1/articles/account/forgot"));
    assert_ne!(tag("/api/v1/search?q=a"), tag("/api/v1/search?q=b"));
    site.folder
        .article("account/forgot.md", "忘记密码怎么办？", "", "新的答案。");
    assert_eq!(
        before,
        tag("/api/v1/articles/account/forgot"),
        "not before it is published"
    );
    site.publish();
    assert_ne!(before, tag("/api/v1/articles/account/forgot"));
    let other = Site::usual()
        .set(|s| s.site.contact = Some("https://example.com".to_owned()))
        .open();
    assert_ne!(
        tag("/api/v1/search?q=a"),
        other.get("/api/v1/search?q=a").header("etag"),
        "settings count"
    );
}

#[test]
fn shared_caches_are_told_what_an_answer_depends_on() {
    let site = Site::usual().open();
    let page = site.get("/").status(200);
    assert_eq!(page.header("cache-control"), SHARED);
    let vary = page.header("vary").to_ascii_lowercase();
    assert!(
        vary.contains("accept-language")
            && vary.contains("accept-encoding")
            && !vary.contains("cookie"),
        "{vary}"
    );
    let api = site.get("/api/v1/search?q=a").status(200);
    assert_eq!(api.header("cache-control"), SHARED);
    let vary = api.header("vary").to_ascii_lowercase();
    assert!(
        vary.contains("origin") && vary.contains("accept-encoding") && !vary.contains("language"),
        "{vary}"
    );
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/nowhere",
        "/api/v1/search?limit=0",
    ] {
        assert_eq!(site.get(path).header("cache-control"), "no-store", "{path}");
    }
    let page = site.get("/").text();
    let hashed = page
        .split('"')
        .find(|part| part.contains("/assets/") && part.contains("?v="))
        .expect("an asset");
    let hashed = hashed.replace("&#x2f;", "/");
    assert!(
        site.get(&hashed)
            .status(200)
            .header("cache-control")
            .contains("immutable"),
        "{hashed}"
    );
    let stale = hashed.split_once('=').expect("v").0.to_owned() + "=old";
    assert!(
        !site
            .get(&stale)
            .status(200)
            .header("cache-control")
            .contains("immutable")
    );
}

#[test]
fn head_answers_like_get_without_a_body() {
    let site = Site::usual().open();
    for path in [
        "/",
        "/api/v1/categories",
        "/a/account/forgot",
        "/files/account/login.png",
        "/healthz",
    ] {
        let get = site.get(path).status(200);
        let head = site.send("HEAD", path, &[]).status(200);
        assert!(head.body.is_empty());
        for name in ["content-type", "content-length", "etag", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

#[test]
fn long_texts_are_compressed_short_ones_and_pictures_are_not() {
    let site = Site::usual().open();
    for encoding in ["br", "gzip"] {
        let page = site
            .get_with("/", &[("accept-encoding", encoding)])
            .status(200);
        assert_eq!(page.header("content-encoding"), encoding);
        assert!(page.body.len() < site.get("/").body.len());
    }
    for path in ["/healthz", "/api/v1/search?q=a", "/files/account/login.png"] {
        let answer = site
            .get_with(path, &[("accept-encoding", "br, gzip")])
            .status(200);
        assert_eq!(answer.header("content-encoding"), "", "{path}");
    }
}

#[test]
fn s25_only_the_listed_origins_may_read_the_api_and_the_box() {
    let site = embeddable();
    for path in [
        "/api/v1/search?q=a",
        "/api/v1/suggest?q=a",
        "/api/v1/articles/nothing",
        "/api/v1/search?limit=0",
        "/embed/v1/kb-search.js",
    ] {
        for origin in ["https://help.example.com", "http://localhost:3000"] {
            let answer = site.get_with(path, &[("origin", origin)]);
            assert_eq!(
                answer.header("access-control-allow-origin"),
                origin,
                "{path}"
            );
            assert_eq!(answer.header("access-control-allow-credentials"), "");
            assert!(answer.header("vary").contains("origin"), "{path}");
        }
        for origin in [
            "null",
            "*",
            "https://help.example.com.evil.cn",
            "https://evil-help.example.com",
            "http://help.example.com",
            "https://help.example.com:8443",
            "https://help.example.com/",
            "HTTPS://HELP.EXAMPLE.COM.",
            "http://localhost:30000",
            "http://localhost",
            "https://help.example.com, https://evil.cn",
            "",
        ] {
            let answer = site.get_with(path, &[("origin", origin)]);
            assert_eq!(
                answer.header("access-control-allow-origin"),
                "",
                "{path} {origin}"
            );
            assert!(answer.header("vary").contains("origin"), "{path} {origin}");
        }
    }
    assert_eq!(
        site.get_with(
            "/a/account/forgot",
            &[("origin", "https://help.example.com")]
        )
        .header("access-control-allow-origin"),
        ""
    );
}

#[test]
fn s25_a_browser_that_asks_before_it_calls_is_told() {
    let site = embeddable();
    let ask = |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "if-none-match"),
        ];
        site.send("OPTIONS", "/api/v1/search?q=a", &headers)
    };
    let yes = ask("https://help.example.com").status(204);
    assert_eq!(
        yes.header("access-control-allow-origin"),
        "https://help.example.com"
    );
    assert!(yes.header("access-control-allow-methods").contains("GET"));
    assert!(
        yes.header("access-control-allow-headers")
            .contains("if-none-match")
    );
    let no = ask("https://evil.cn").status(403);
    assert_eq!(no.header("access-control-allow-origin"), "");
    assert!(no.text().contains("embed.origins"));
}

#[test]
fn s26_every_answer_has_its_security_headers() {
    let site = Site::usual()
        .set(|s| s.site.base_url = Some("https://help.example.com".to_owned()))
        .open();
    for path in [
        "/",
        "/search?q=a",
        "/a/account/forgot",
        "/a/nothing",
        "/c/account",
        "/feed.atom",
        "/robots.txt",
        "/files/account/login.png",
        "/assets/app.css",
        "/api/v1/search?q=a",
        "/api/v1/search",
        "/api/v1/docs",
        "/healthz",
        "/metrics",
        "/embed/demo",
        "/nowhere",
    ] {
        let answer = site.get(path);
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src"), "{path}");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_ne!(answer.header("referrer-policy"), "", "{path}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        assert_ne!(answer.header("permissions-policy"), "", "{path}");
        assert!(
            answer
                .header("strict-transport-security")
                .contains("max-age"),
            "{path}"
        );
        let kind = answer.header("content-type");
        assert!(
            !kind.starts_with("text/") || kind.contains("charset=utf-8"),
            "{path}: {kind}"
        );
    }
    assert_eq!(
        Site::usual()
            .open()
            .get("/")
            .header("strict-transport-security"),
        ""
    );
}

/// Every address that can be read, as the router has them, with something in the place of what varies.
fn routes() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let mut found = Vec::new();
    for file in ["router.rs", "desk/mod.rs"] {
        let text = std::fs::read_to_string(root.join(file)).expect("the routes");
        for route in text.split(".route(").skip(1) {
            let path = route.split('"').nth(1).expect("an address");
            let segments = path.split('/').map(|part| match part.starts_with('{') {
                true => "x",
                false => part,
            });
            found.push(segments.collect::<Vec<_>>().join("/"));
        }
    }
    found
}

#[test]
fn s26_no_route_answers_without_a_strict_policy_and_no_page_has_anything_inline() {
    let site = Site::usual().open();
    let routes = routes();
    assert!(routes.len() > 60, "{routes:?}");
    for path in routes {
        let answer = site.get(&path);
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src") && policy.contains("frame-ancestors"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("unsafe-") && !policy.contains("script-src *"),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        assert_ne!(answer.header("cross-origin-resource-policy"), "", "{path}");
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        let page = scraper::Html::parse_document(&answer.text());
        for element in page.root_element().descendent_elements() {
            let (name, element) = (element.value().name(), element.value());
            assert!(name != "style", "{path} has a style of its own");
            let kind = element.attr("type").unwrap_or_default();
            let is_data = ["application/ld+json", "application/json"].contains(&kind);
            assert!(
                name != "script" || element.attr("src").is_some() || is_data,
                "{path} has an inline script"
            );
            for (key, _) in element.attrs() {
                assert!(
                    key != "style" && !key.starts_with("on"),
                    "{path}: {key} of <{name}>"
                );
            }
        }
    }
}

#[test]
fn s26_only_the_demo_may_be_framed_and_only_by_the_listed_sites() {
    let site = embeddable();
    let policy = |path: &str| site.get(path).header("content-security-policy");
    assert!(policy("/").contains("frame-ancestors 'none'"));
    assert!(
        policy("/embed/demo")
            .contains("frame-ancestors 'self' https://help.example.com http://localhost:3000")
    );
}

#[test]
fn s06_a_picture_with_a_script_in_it_runs_nothing() {
    let site = Site::usual().open();
    let svg = site.get("/files/account/evil.svg").status(200);
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    assert_eq!(
        svg.header("content-security-policy"),
        "sandbox; default-src 'none'"
    );
    let program = site.get("/files/account/tool.exe").status(200);
    assert!(
        program
            .header("content-disposition")
            .starts_with("attachment")
    );
    assert_eq!(program.header("content-type"), "application/octet-stream");
}

#[test]
fn a_file_can_be_had_in_part() {
    let site = Site::usual().open();
    let part = |range: &str| site.get_with("/files/account/login.png", &[("range", range)]);
    let some = part("bytes=8-11").status(206);
    assert_eq!(
        (some.text().as_str(), some.header("content-range").as_str()),
        ("0123", "bytes 8-11/18")
    );
    assert_eq!(part("bytes=-2").status(206).text(), "89");
    assert_eq!(part("bytes=16-").status(206).text(), "89");
    assert_eq!(part("bytes=16-99").status(206).text(), "89");
    let beyond = part("bytes=18-").status(416);
    assert_eq!(beyond.header("cache-control"), "no-store");
    assert_eq!(beyond.header("content-range"), "bytes */18");
    for whole in ["bytes=0-1,4-5", "lines=1-2", "bytes=5-2", "bytes=x-y"] {
        assert_eq!(part(whole).status(200).body.len(), 18, "{whole}");
    }
}

#[test]
fn every_answer_has_an_id_the_callers_own_if_it_is_plain() {
    let site = Site::usual().open();
    let id = |given: &str| {
        site.get_with("/healthz", &[("x-request-id", given)])
            .header("x-request-id")
    };
    assert_eq!(id("trace-0123456789"), "trace-0123456789");
    for bad in [
        "",
        "short",
        "with space in it",
        "a".repeat(65).as_str(),
        "<script>alert(1)</script>",
    ] {
        let given = id(bad);
        assert!(given != bad && given.len() == 36, "{bad}: {given}");
    }
    assert_ne!(
        site.get("/").header("x-request-id"),
        site.get("/").header("x-request-id")
    );
}

#[test]
fn health_readiness_and_figures_say_how_it_is() {
    let site = Site::usual().not_ready();
    assert_eq!(site.get("/healthz").status(200).text(), "ok\n");
    let waiting = site.get("/readyz").status(503);
    assert_eq!(waiting.header("content-type"), "application/problem+json");
    assert_eq!(waiting.header("retry-after"), "5");
    site.publish();
    let ready = site.get("/readyz").status(200).json();
    assert_eq!(
        (&ready["status"], &ready["articles"]),
        (&"ready".into(), &3.into())
    );
    site.state.report(kb::http::ProblemCounts {
        errors: 1,
        warnings: 4,
    });
    assert_eq!(
        site.get("/readyz").status(200).json()["problems"]["warnings"],
        4
    );
    let nothing = site.get("/api/v1/search?q=zzzzqqqq").status(200).json();
    assert_eq!(nothing["total"], 0);
    let figures = site.get("/metrics").status(200).text();
    for line in [
        "kb_http_requests_total{route=\"/api/v1/search\",method=\"GET\",status=\"200\"} 1",
        "kb_searches_total{surface=\"api\"} 1",
        "kb_searches_without_hits_total{surface=\"api\"} 1",
        "kb_index_articles 3",
        "kb_problems{severity=\"warning\"} 4",
        "kb_http_request_duration_seconds_bucket{route=\"/readyz\",le=\"+Inf\"} 3",
        "kb_build_info{version=",
        "kb_index_info{generation=",
        "kb_index_age_seconds ",
    ] {
        assert!(figures.contains(line), "no {line}\n{figures}");
    }
    assert!(!figures.contains("zzzzqqqq"));
}

#[test]
fn s40_a_foreign_host_changes_no_address() {
    let site = Site::usual()
        .set(|s| s.site.base_url = Some("https://help.example.com".to_owned()))
        .open();
    for path in [
        "/",
        "/a/account/forgot",
        "/feed.atom",
        "/sitemap.xml",
        "/robots.txt",
        "/llms.txt",
        "/api/v1/articles/account/forgot",
    ] {
        let answer = site
            .get_with(
                path,
                &[("host", "evil.cn"), ("x-forwarded-host", "evil.cn")],
            )
            .status(200);
        assert!(!answer.text().contains("evil.cn"), "{path}");
    }
}
