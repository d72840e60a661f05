//! The JSON API: what programs get. Every answer is checked against the document that describes it.

use crate::site::{Open, Site};
use serde_json::{Value, json};

/// Asks, and checks the answer against the schema that the API's document names for this route and status.
#[track_caller]
fn documented(site: &Open, route: &str, path: &str) -> Value {
    let answer = site.get(path);
    let status = answer.status.as_u16().to_string();
    let document = site.get("/api/v1/openapi.json").status(200).json();
    let kind = if answer.status.is_success() {
        "application/json"
    } else {
        "application/problem+json"
    };
    assert_eq!(answer.header("content-type"), kind, "{path}");
    let schema = &document["paths"][route]["get"]["responses"][&status]["content"][kind]["schema"];
    assert!(
        schema.is_object(),
        "{route} {status} is not documented:\n{}",
        answer.text()
    );
    let mut whole = document.clone();
    whole["$ref"] = schema["$ref"].clone();
    let validator = jsonschema::draft202012::new(&whole).expect("a schema");
    let body = answer.json();
    let errors: Vec<String> = validator
        .iter_errors(&body)
        .map(|e| format!("{e} at {}", e.instance_path))
        .collect();
    assert!(errors.is_empty(), "{path}: {errors:?}\n{body:#}");
    body
}

#[test]
fn a_search_answers_in_the_documented_shape() {
    let site = Site::usual()
        .set(|s| s.site.contact = Some("help@example.com".to_owned()))
        .open();
    let body = documented(
        &site,
        "/api/v1/search",
        "/api/v1/search?q=忘记密码&explain=1",
    );
    assert_eq!(body["query"], "忘记密码");
    let hit = &body["hits"][0];
    assert_eq!(
        (&hit["id"], &hit["url"]),
        (&json!("account/forgot"), &json!("/a/account/forgot"))
    );
    let title: String = hit["title_parts"]
        .as_array()
        .expect("parts")
        .iter()
        .filter_map(|p| p["text"].as_str())
        .collect();
    assert_eq!(title, "忘记密码怎么办？", "the parts tile the title");
    assert!(hit["explanation"].is_array(), "{hit:#}");
    assert_eq!(body["facets"]["category"][0]["value"], "account");
    assert_eq!(
        body["escalate"],
        json!({ "url": "/ask?q=%E5%BF%98%E8%AE%B0%E5%AF%86%E7%A0%81" })
    );
    let plain = Site::usual().open();
    assert_eq!(
        documented(&plain, "/api/v1/search", "/api/v1/search?q=")["escalate"],
        json!({ "url": "/ask" })
    );
}

#[test]
fn suggestions_carry_titles_and_no_bodies() {
    let site = Site::usual().open();
    let body = documented(&site, "/api/v1/suggest", "/api/v1/suggest?q=密码&limit=3");
    assert_eq!(body["query"], "密码");
    assert!(!body.to_string().contains("snippet"));
}

#[test]
fn articles_are_listed_in_pages_with_filters_and_order() {
    let site = Site::usual().open();
    let ids = |path: &str| {
        let body = documented(&site, "/api/v1/articles", path);
        let articles = body["articles"].as_array().expect("articles").clone();
        let ids: Vec<String> = articles
            .iter()
            .map(|a| a["id"].as_str().expect("id").to_owned())
            .collect();
        (body["total"].as_u64().expect("total"), ids)
    };
    let all = ["account/forgot", "pay/deep/fees", "pay/refund"].map(str::to_owned);
    assert_eq!(ids("/api/v1/articles"), (3, all.to_vec()));
    assert_eq!(
        ids("/api/v1/articles?limit=1&offset=1"),
        (3, vec![all[1].clone()])
    );
    assert_eq!(ids("/api/v1/articles?offset=99"), (3, vec![]));
    assert_eq!(ids("/api/v1/articles?category=pay").0, 2);
    assert_eq!(ids("/api/v1/articles?tag=退款&tag=登录").0, 2);
    assert_eq!(ids("/api/v1/articles?tag=退款&lang=en").0, 0);
    assert_eq!(ids("/api/v1/articles?lang=en"), (1, vec![all[1].clone()]));
    assert_eq!(ids("/api/v1/articles?sort=updated").0, 3);
}

#[test]
fn an_article_comes_with_its_text_rendered_and_as_written() {
    let site = Site::usual().open();
    let body = documented(
        &site,
        "/api/v1/articles/{id}",
        "/api/v1/articles/account/forgot",
    );
    assert_eq!(body["title"], "忘记密码怎么办？");
    assert_eq!(body["answer"], "用手机验证码重设。");
    assert_eq!(body["category"], json!(["账号"]));
    assert_eq!(body["headings"][0]["text"], "步骤");
    let html = body["html"].as_str().expect("html");
    assert!(html.contains("href=\"/a/pay/refund\""), "{html}");
    assert!(html.contains("src=\"/files/account/login.png\""), "{html}");
    assert!(
        !html.contains("/a/secret"),
        "a link to what the reader may not know is dead: {html}"
    );
    assert!(!body.to_string().contains("暗号"));
    assert!(
        body["related"]
            .as_array()
            .expect("related")
            .iter()
            .all(|r| r["id"] != "secret")
    );
}

#[test]
fn a_former_address_leads_to_the_present_one() {
    let site = Site::usual().open();
    let moved = site.get("/api/v1/articles/old/forgot").status(301);
    assert_eq!(moved.header("location"), "/api/v1/articles/account/forgot");
}

#[test]
fn categories_are_a_tree_with_counts() {
    let site = Site::usual().open();
    let body = documented(&site, "/api/v1/categories", "/api/v1/categories");
    assert_eq!(body["total"], 3);
    let tree = body["categories"].as_array().expect("categories");
    let of = |path: &str| tree.iter().find(|c| c["path"] == path).expect("a category");
    assert_eq!(
        (&of("account")["title"], &of("account")["count"]),
        (&json!("账号"), &json!(1))
    );
    assert_eq!(of("account")["description"], "登录与安全");
    assert_eq!(
        (&of("pay")["count"], &of("pay")["children"][0]["path"]),
        (&json!(2), &json!("pay/deep"))
    );
}

#[test]
fn every_refusal_is_a_documented_problem() {
    let site = Site::usual().open();
    for (route, path) in [
        ("/api/v1/search", "/api/v1/search?limit=0"),
        ("/api/v1/suggest", "/api/v1/suggest"),
        ("/api/v1/articles", "/api/v1/articles?sort=best"),
        ("/api/v1/articles/{id}", "/api/v1/articles/nothing"),
        (
            "/api/v1/articles/{id}",
            "/api/v1/articles/account/forgot?x=1",
        ),
        ("/api/v1/categories", "/api/v1/categories?q=1"),
    ] {
        let problem = documented(&site, route, path);
        assert!(
            problem["detail"].as_str().is_some_and(|d| !d.is_empty()),
            "{problem}"
        );
    }
    let starting = Site::new().not_ready();
    for (route, path) in [
        ("/api/v1/search", "/api/v1/search?q=a"),
        ("/api/v1/categories", "/api/v1/categories"),
    ] {
        assert_eq!(documented(&starting, route, path)["status"], 503);
    }
}

#[test]
fn the_document_is_whole_and_its_page_shows_all_of_it() {
    let site = Site::usual().open();
    let document = site.get("/api/v1/openapi.json").status(200).json();
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|v| v.starts_with("3.1"))
    );
    let page = site.get("/api/v1/docs").status(200);
    assert!(page.header("content-type").starts_with("text/html"));
    let text = page.text().replace("&#x2f;", "/");
    for route in document["paths"].as_object().expect("paths").keys() {
        assert!(text.contains(route), "{route} is not on the page");
        assert!(!route.contains('*'), "{route} is no OpenAPI path");
    }
    for schema in document["components"]["schemas"]
        .as_object()
        .expect("schemas")
        .keys()
    {
        assert!(
            text.contains(&format!("id=\"type-{schema}\"")),
            "{schema} is not on the page"
        );
    }
    assert!(
        !text.contains("<script>") && !text.contains("style="),
        "the page keeps to its strict policy"
    );
    assert!(!text.contains('`'), "code is set as code");
    assert!(text.contains("href=\"/\""), "there is a way home");
    for (lang, title) in [
        ("zh-CN", "接口文档"),
        ("zh-TW", "介面文件"),
        ("en", "API reference"),
    ] {
        let page = site.get_with("/api/v1/docs", &[("accept-language", lang)]);
        assert!(page.text().contains(title), "{lang}");
    }
    assert!(text.contains("id or updated"), "the words of `sort`");
    let operations = document["paths"].as_object().expect("paths").values();
    for operation in operations.flat_map(|path| path.as_object().expect("methods").values()) {
        let parameters = operation.get("parameters");
        assert!(
            parameters.is_none_or(Value::is_array),
            "parameters are a list or left out: {operation}"
        );
    }
    let mut references = Vec::new();
    collect(&document, &mut references);
    for reference in references {
        assert!(
            document
                .pointer(reference.trim_start_matches('#'))
                .is_some(),
            "{reference} leads nowhere"
        );
    }
}

#[test]
fn the_document_names_the_limits_that_are_set() {
    let site = Site::usual().set(|settings| {
        settings.limits.page_hits = 7;
        settings.limits.max_offset = 70;
        settings.limits.query_chars = 33;
    });
    let site = site.open();
    let document = site.get("/api/v1/openapi.json").json();
    let parameters = document["paths"]["/api/v1/search"]["get"]["parameters"].clone();
    let parameters: Vec<Value> = parameters.as_array().cloned().unwrap_or_default();
    let of = |name: &str| parameters.iter().find(|p| p["name"] == name).cloned();
    let (q, limit, offset) = (of("q"), of("limit"), of("offset"));
    let (q, limit, offset) = (
        q.expect("q"),
        limit.expect("limit"),
        offset.expect("offset"),
    );
    assert_eq!(
        (&limit["schema"]["maximum"], &limit["schema"]["default"]),
        (&7.into(), &7.into())
    );
    assert_eq!(offset["schema"]["maximum"], 70);
    assert_eq!(q["schema"]["maxLength"], 132);
    let words = q["description"].as_str().expect("words");
    assert!(
        words.contains("At most 132 characters, of which the first 33 count"),
        "{words}"
    );
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(
                fields
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            fields.values().for_each(|field| collect(field, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}
