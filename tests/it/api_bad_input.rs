//! What is a program told that asks wrongly? Every mistake at once, by the name of the parameter; never a 5xx.

use crate::site::Site;
use proptest::prelude::{ProptestConfig, proptest};
use std::time::{Duration, Instant};

#[test]
fn every_mistake_in_the_parameters_is_told_at_once() {
    let site = Site::usual().open();
    let answer = site
        .get("/api/v1/search?q=a&limit=-1&offset=x&lnag=en")
        .status(400);
    assert_eq!(answer.refused(), ["limit", "offset", "lnag"]);
    let detail = answer.json()["detail"].to_string();
    assert!(
        detail.contains("from 1 to 50") && detail.contains("did you mean `lang`"),
        "{detail}"
    );
}

#[test]
fn s42_numbers_out_of_range_are_refused_by_name() {
    let site = Site::usual().open();
    for (query, parameter) in [
        ("q=a&limit=-1", "limit"),
        ("q=a&limit=0", "limit"),
        ("q=a&limit=51", "limit"),
        ("q=a&limit=1000000000", "limit"),
        ("q=a&limit=99999999999999999999999", "limit"),
        ("q=a&limit=1e400", "limit"),
        ("q=a&limit=NaN", "limit"),
        ("q=a&limit=%EF%BC%91", "limit"),
        ("q=a&offset=-5", "offset"),
        ("q=a&offset=1001", "offset"),
        ("q=a&offset=1000000000", "offset"),
        ("q=a&explain=maybe", "explain"),
        ("q=a&lang=fr", "lang"),
        ("q=a&q=b", "q"),
        ("q=a&limit=1&limit=2", "limit"),
        ("limit=5", "q"),
        ("q=%ff", "q"),
        ("q=%ED%A0%80", "q"),
        ("q=a%00b", "q"),
        ("q=a&tag=%C0%AF", "tag"),
        ("q=a&utm_source=x", "utm_source"),
    ] {
        let answer = site.get(&format!("/api/v1/search?{query}")).status(400);
        assert_eq!(answer.refused(), [parameter], "{query}");
    }
}

#[test]
fn an_offset_beyond_the_end_is_an_empty_page() {
    let site = Site::usual().open();
    let body = site
        .get("/api/v1/search?q=密码&offset=1000")
        .status(200)
        .json();
    assert_eq!(body["hits"].as_array().map(Vec::len), Some(0));
}

#[test]
fn s41_hostile_queries_are_answered_or_refused_quickly() {
    let site = Site::usual().open();
    site.get("/api/v1/search?q=warm").status(200);
    let nested = "(".repeat(700);
    let words: String = (0..250).map(|i| format!("{i} ")).collect();
    let marks = format!("a{}", "\u{301}".repeat(700));
    for query in [
        "",
        " ",
        "的",
        "？！…",
        "\"",
        "\"密码",
        "-",
        "-密码",
        "a*",
        "*",
        "[a-z]+(",
        "\\",
        "tag:",
        "\u{202e}abc",
        "<b onmouseover=alert(1)>",
        "'; DROP TABLE articles; --",
        nested.as_str(),
        words.as_str(),
        marks.as_str(),
    ] {
        let begun = Instant::now();
        let encoded =
            percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC);
        for route in ["search", "suggest"] {
            let answer = site.get(&format!("/api/v1/{route}?q={encoded}"));
            assert!(
                answer.status.is_success() || answer.status.as_u16() == 400,
                "{query}: {}",
                answer.text()
            );
        }
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "{query} took {:?}",
            begun.elapsed()
        );
    }
}

#[test]
fn s41_queries_beyond_every_limit_are_refused() {
    let site = Site::usual().open();
    let answer = site
        .get(&format!("/api/v1/search?q={}", "a".repeat(801)))
        .status(400);
    assert_eq!(answer.refused(), ["q"]);
    assert_eq!(
        site.get(&format!("/api/v1/search?q={}", "a".repeat(800)))
            .status
            .as_u16(),
        200
    );
    let long = site
        .get(&format!("/api/v1/search?q={}", "a+".repeat(10_000)))
        .status(414);
    assert_eq!(long.header("content-type"), "application/problem+json");
    let many: String = (0..101).map(|i| format!("&tag={i}")).collect();
    site.get(&format!("/api/v1/search?q=a{many}")).status(400);
    let some: String = (0..21).map(|i| format!("&tag={i}")).collect();
    assert_eq!(
        site.get(&format!("/api/v1/search?q=a{some}"))
            .status(400)
            .refused(),
        ["tag"]
    );
}

#[test]
fn what_cannot_be_done_here_is_said_as_a_problem() {
    let site = Site::usual().open();
    let long = "x".repeat(40_000);
    for (method, path, headers, status) in [
        ("POST", "/api/v1/search", vec![], 405),
        ("DELETE", "/api/v1/articles/account/forgot", vec![], 405),
        ("GET", "/api/v1/nothing", vec![], 404),
        ("GET", "/api/v2/search", vec![], 404),
        (
            "GET",
            "/api/v1/search?q=a",
            vec![("accept", "image/png")],
            406,
        ),
        (
            "GET",
            "/api/v1/search?q=a",
            vec![("content-length", "99999999")],
            413,
        ),
        (
            "GET",
            "/api/v1/search?q=a",
            vec![("x-long", long.as_str())],
            431,
        ),
        ("GET", "/embed/v1/nothing.js", vec![], 404),
    ] {
        let answer = site.send(method, path, &headers).status(status);
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{path}"
        );
        let problem = answer.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["instance"], answer.header("x-request-id"));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let allowed = site.send("POST", "/api/v1/search", &[]);
    assert!(allowed.header("allow").contains("GET"));
}

#[test]
fn s39_paths_that_try_to_leave_find_nothing() {
    let site = Site::usual().open();
    site.folder.write("../outside.txt", "secret");
    for path in [
        "/files/../kb.toml",
        "/files/%2e%2e/outside.txt",
        "/files/account/%2e%2e/%2e%2e/outside.txt",
        "/files//etc/passwd",
        "/files/%2Fetc%2Fpasswd",
        "/files/account/login.png%00.txt",
        "/files/account%5C..%5C..%5Coutside.txt",
        "/files/account/unlinked.txt",
        "/files/account/forgot.md",
        "/files/account",
        "/files/%ff",
        "/assets/../mod.rs",
        "/assets/%2e%2e/mod.rs",
        "/assets//etc/passwd",
        "/assets/",
        "/api/v1/articles/../../etc/passwd",
        "/api/v1/articles/%2e%2e%2fkb",
        "/api/v1/articles/%00",
        "/api/v1/articles/%ff",
    ] {
        let answer = site.get(path);
        assert_eq!(answer.status.as_u16(), 404, "{path}: {}", answer.text());
        assert!(!answer.text().contains("secret"));
    }
}

#[cfg(unix)]
#[test]
fn s39_a_link_that_leads_out_of_the_folder_is_not_followed() {
    let site = Site::usual();
    site.folder.write("../outside.txt", "secret");
    std::os::unix::fs::symlink(
        site.folder.root().join("../outside.txt"),
        site.folder.root().join("in.txt"),
    )
    .expect("a link");
    site.folder.article("a.md", "甲", "", "[文件](in.txt)");
    site.open().get("/files/in.txt").status(404);
}

#[test]
fn s14_what_the_reader_may_not_know_looks_like_what_does_not_exist() {
    let site = Site::usual().open();
    let shown = |path: &str| {
        let answer = site.get(path).status(404);
        let mut problem = answer.json();
        problem["instance"] = "".into();
        let names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        (problem.to_string(), names)
    };
    assert_eq!(
        shown("/api/v1/articles/secret"),
        shown("/api/v1/articles/nosuch")
    );
}

#[test]
fn s15_what_becomes_private_is_gone_for_those_who_knew_it_too() {
    let site = Site::usual().open();
    let known = site
        .get("/api/v1/articles/pay/refund")
        .status(200)
        .header("etag");
    site.folder.article(
        "pay/refund.md",
        "退款多久到账？",
        "audience = \"internal\"",
        "三个工作日。",
    );
    site.publish();
    site.get_with("/api/v1/articles/pay/refund", &[("if-none-match", &known)])
        .status(404);
    site.get_with("/api/v1/articles/pay/refund", &[("if-none-match", "*")])
        .status(404);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn no_address_makes_the_server_fail(queries in proptest::collection::vec("[ -~]{0,60}", 40)) {
        let site = Site::usual().open();
        for query in queries {
            let query = query.replace('#', "%");
            for path in [format!("/api/v1/search?{query}"), format!("/api/v1/articles/{query}"), format!("/{query}")] {
                if path.parse::<axum::http::Uri>().is_ok() {
                    let answer = site.get(&path);
                    assert!(!answer.status.is_server_error(), "{path}: {}", answer.text());
                }
            }
        }
    }
}
