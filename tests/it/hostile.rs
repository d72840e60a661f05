//! What may hostile input do on its way out? Nothing: it is a value in SQL, text in JSON, and shown on a terminal.

use super::desk::Office;
use super::harness::Kb;
use serde_json::Value;
use std::path::Path;

fn joined(parts: &Value) -> String {
    let parts = parts.as_array().expect("parts").iter();
    parts
        .map(|part| part["text"].as_str().expect("text"))
        .collect()
}

#[test]
fn s10_markup_travels_as_text_in_parts() {
    let title = "<b onmouseover=alert(1)>退款</b> & <img src=x onerror=alert(2)>";
    let server = Kb::new()
        .write(
            "kb/a.md",
            format!("+++\ntitle = '{title}'\n+++\n`<script>退款</script>` 怎么写\n"),
        )
        .serve();
    let answer = server
        .get("/api/v1/search?q=<b onmouseover=alert(1)>退款</b>")
        .status(200)
        .has_header("content-type", "application/json")
        .has_header("x-content-type-options", "nosniff");
    let body = answer.json();
    assert_eq!(body["query"], "<b onmouseover=alert(1)>退款</b>");
    let hit = &body["hits"][0];
    assert_eq!(joined(&hit["title_parts"]), title);
    assert!(
        joined(&hit["snippet_parts"]).contains("<script>退款</script>"),
        "{hit:#}"
    );
    let keys = hit["title_parts"][0].as_object().expect("a part");
    assert!(keys.keys().all(|key| key == "text" || key == "hit"));
    server
        .get("/search?q=退款")
        .status(200)
        .lacks("<b onmouseover")
        .lacks("<img src=x")
        .lacks("<script>退款");
}

#[test]
fn s10_the_box_writes_text_and_never_html() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/assets/embed");
    let mut scripts = 0;
    for entry in std::fs::read_dir(folder).expect("the box") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|kind| kind != "js") {
            continue;
        }
        scripts += 1;
        let script = std::fs::read_to_string(&path).expect("a script");
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "srcdoc",
            "eval(",
            "new Function",
        ] {
            assert!(!script.contains(way), "{}: {way}", path.display());
        }
    }
    assert!(scripts > 3, "the box has moved");
}

/// Each would do something if it ever became a part of a statement.
const SQL: [&str; 6] = [
    "' OR '1'='1",
    "1; DROP TABLE cases; --",
    "title DESC, (SELECT password_hash FROM accounts)",
    "' UNION SELECT password_hash FROM accounts --",
    "\" OR 1=1 --",
    "$1) OR (1=1",
];

#[test]
fn s36_sql_in_any_parameter_is_a_value() {
    let office = Office::of(&[("admin", "admin", "support")]);
    let number = office.case("lilei@example.com", "退款没有到账");
    let admin = office.sit("admin");
    for sql in SQL {
        let sql = percent_encoding::utf8_percent_encode(sql, percent_encoding::NON_ALPHANUMERIC);
        for parameter in [
            "view", "state", "group", "assignee", "priority", "kind", "tag", "sort", "order", "q",
            "after", "lang", "product", "page",
        ] {
            for page in [
                "/desk",
                "/desk/articles",
                "/desk/cases.csv",
                "/desk/outbox",
                "/desk/questions",
            ] {
                let answer = office.get(&admin, &format!("{page}?{parameter}={sql}"));
                assert!(
                    answer.status_code() < 500,
                    "{page} {parameter} {sql}: {}",
                    answer.text()
                );
                assert!(
                    !answer.text().contains("$argon2"),
                    "{page} {parameter} {sql}"
                );
            }
        }
        for address in [
            format!("/api/v1/questions?order={sql}"),
            format!("/api/v1/questions?category={sql}"),
            format!("/api/v1/questions/{sql}"),
            format!("/questions?order={sql}&category={sql}"),
            format!("/q/{sql}"),
            format!("/case/{sql}"),
            format!("/desk/cases/{sql}"),
        ] {
            let answer = office.get(&admin, &address);
            assert!(answer.status_code() < 500, "{address}: {}", answer.text());
        }
    }
    office
        .get(&admin, &format!("/desk/cases/{number}"))
        .status(200)
        .has("退款没有到账");
}

#[test]
fn s36_statements_are_made_in_one_place() {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut places = Vec::new();
    for entry in std::fs::read_dir(store).expect("the store") {
        let path = entry.expect("an entry").path();
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let name = path
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        if text.contains("AssertSqlSafe") {
            places.push(name.to_owned());
        }
    }
    places.sort();
    // Settings of a connection, migrations, and statements of `&'static str` with bound values.
    assert_eq!(places, ["reach.rs", "sql.rs", "tx.rs"]);
}

#[test]
fn s38_what_acts_on_a_terminal_is_shown_instead() {
    let kb = Kb::new()
        .write(
            "kb/a.md",
            "+++\ntitle = \"退款\\u001b]0;owned\\u0007\\u202e流程\"\ntags = [\"\\u001b[31m\"]\n+++\n正文\n",
        )
        .write("kb/\u{1b}[31mred.md", "+++\ntitle = 3\n+++\n");
    for args in [&["search", "退款"][..], &["check"], &["reindex"], &["eval"]] {
        let run = kb.run(args);
        for (what, text) in [("stdout", run.out()), ("stderr", run.err())] {
            let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(acts), "{args:?} {what}: {text:?}");
        }
    }
}

#[test]
fn s45_bombs_in_json_are_refused() {
    let server = Kb::new().article("退款", "在订单页申请").serve();
    server.eventually("questions can be asked", |s| {
        s.get("/ask").is(200).then_some(())
    });
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let objects = format!("{}1{}", "{\"text\":".repeat(20_000), "}".repeat(20_000));
    let long = format!(
        "{{\"text\":\"{}\",\"email\":\"a@example.com\"}}",
        "长".repeat(70_000)
    );
    for body in [
        deep.as_str(),
        objects.as_str(),
        long.as_str(),
        r#"{"text":"一","text":"二","email":"a@example.com"}"#,
        r#"{"text":1e400,"email":"a@example.com"}"#,
        r#"{"text":"\ud800","email":"a@example.com"}"#,
        r#"{"text":"a""#,
        "null",
        "",
        "\u{feff}{}",
    ] {
        let kind = [("content-type", "application/json")];
        for path in [
            "/api/v1/cases",
            "/api/v1/questions/1/vote",
            "/api/v1/visits/01890a5d-ac96-774b-bcce-b302099a8057",
        ] {
            let answer = server.send("POST", path, &kind, body);
            let status = answer.status_code();
            let begin: String = body.chars().take(40).collect();
            assert!(
                matches!(status, 400 | 404 | 413 | 422),
                "{path} {begin}: {status} {}",
                answer.text()
            );
        }
    }
    server.get("/api/v1/search?q=退款").status(200);
}
