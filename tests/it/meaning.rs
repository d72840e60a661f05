//! Is an article found by what it means, and is nothing lost when nobody says what texts mean?

use crate::embeddings_endpoint::{Endpoint, Manner, Real};
use crate::harness::{Kb, Server};
use std::time::{Duration, Instant};

/// A question for money back, by no word that the article has.
const REFUND: &str = "/api/v1/search?q=想把钱退钱拿回来";

fn help_centre() -> Kb {
    Kb::new()
        .article("申请退款的条件", "七天之内可以办理。")
        .article("修改登录密码", "在设置里修改。")
        .article("怎么开发票", "在订单里点一下。")
        .article("查询快递", "看订单。")
}

fn outcome(server: &Server, path: &str) -> String {
    let answer = server.get(path).status(200).json();
    answer["meaning"].as_str().unwrap_or("(none)").to_owned()
}

/// Waits until what articles mean is known.
fn is_ready(server: &Server) {
    server.eventually("meaning is used", |s| {
        (outcome(s, REFUND) == "used").then_some(())
    });
}

fn first(server: &Server, path: &str) -> String {
    let answer = server.get(path).status(200).json();
    answer["hits"][0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn without_the_setting_nothing_is_said_of_meaning() {
    let server = help_centre().serve();
    let answer = server.get(REFUND).status(200).json();
    assert!(answer.get("meaning").is_none(), "{answer}");
    server.get("/metrics").lacks("kb_embeddings_texts_total");
}

#[test]
fn finds_by_meaning_what_words_do_not_find() {
    let endpoint = Endpoint::start(Manner::Well);
    let kb = help_centre().config(&endpoint.config("deadline_ms = 10000"));
    let server = kb.serve();
    is_ready(&server);
    assert_eq!(first(&server, REFUND), "申请退款的条件");
    assert_eq!(first(&server, "/api/v1/search?q=口令"), "修改登录密码");
    let explained = server.get("/api/v1/search?q=口令&explain=1").json();
    let why = explained["hits"][0]["explanation"].to_string();
    assert!(why.contains("(means the same)"), "{why}");
    server.get("/search?q=口令").status(200).has("修改登录密码");
    server
        .get("/metrics")
        .has("kb_embeddings_texts_total{outcome=\"embedded\"}")
        .has("kb_embeddings_queries_total{outcome=\"answered\"}")
        .has("kb_embeddings_query_duration_seconds_count");
}

#[test]
fn the_very_question_and_what_is_pinned_stay_first() {
    let endpoint = Endpoint::start(Manner::Well);
    let pinned = "+++\ntitle = \"别的事\"\npinned = [\"密码\"]\n+++\n正文。\n";
    let kb = help_centre()
        .article("口令", "一种说法。")
        .write("kb/pinned.md", pinned)
        .config(&endpoint.config("deadline_ms = 10000"));
    let server = kb.serve();
    is_ready(&server);
    assert_eq!(
        first(&server, "/api/v1/search?q=修改登录密码"),
        "修改登录密码"
    );
    assert_eq!(first(&server, "/api/v1/search?q=口令"), "口令");
    assert_eq!(first(&server, "/api/v1/search?q=密码"), "pinned");
    // Who puts words in quotes means them.
    let quoted = server.get("/api/v1/search?q=\"退钱\"").status(200).json();
    assert_eq!(quoted["total"], 0, "{quoted}");
}

#[test]
fn a_saved_article_is_found_at_once_by_words_and_then_by_meaning() {
    let endpoint = Endpoint::start(Manner::Well);
    let kb = help_centre().config(&endpoint.config("deadline_ms = 10000"));
    let server = kb.serve();
    is_ready(&server);
    endpoint.behave(Manner::Closing);
    kb.put("kb/新.md", "+++\ntitle = \"驿站\"\n+++\n什么时候到。\n");
    server.eventually("its words are found", |s| {
        let found = s.get("/api/v1/search?q=驿站").json();
        (found["hits"][0]["id"] == "新").then_some(())
    });
    endpoint.behave(Manner::Well);
    server.eventually("its meaning is known", |s| {
        (first(s, "/api/v1/search?q=快递") == "查询快递").then_some(())?;
        let found = s.get("/api/v1/search?q=快递").json();
        found["hits"]
            .as_array()?
            .iter()
            .any(|hit| hit["id"] == "新")
            .then_some(())
    });
}

#[test]
fn what_an_audience_may_not_read_is_not_in_its_vectors() {
    let endpoint = Endpoint::start(Manner::Well);
    let kb = help_centre()
        .article(
            "收费说明",
            "公开的部分。\n\n::: internal\n秘密价格是一元。\n:::\n",
        )
        .write(
            "kb/内部.md",
            "+++\ntitle = \"底价表\"\naudience = \"internal\"\n+++\n底价。\n",
        )
        .config(&endpoint.config("deadline_ms = 10000"));
    let server = kb.serve();
    is_ready(&server);
    let found = server.get("/api/v1/search?q=底价是多少").json();
    for hit in found["hits"].as_array().expect("hits") {
        assert_ne!(hit["id"], "内部");
    }
    let near = |found: &serde_json::Value| {
        let hits = found["hits"].as_array().cloned().unwrap_or_default();
        hits.iter().any(|hit| hit["id"] == "收费说明")
    };
    assert!(!near(&found), "the hidden block has no part in it: {found}");
    let texts = endpoint.texts();
    assert!(
        texts.iter().any(|text| text.contains("秘密价格")),
        "others may read it: {texts:?}"
    );
    let public = std::fs::read_dir(kb.path(".kb/index")).expect("generations");
    let public = public
        .flatten()
        .map(|entry| entry.path().join("audience-0/vectors"));
    for file in public.filter(|file| file.is_file()) {
        let text = String::from_utf8_lossy(&std::fs::read(file).expect("readable")).into_owned();
        assert!(!text.contains("内部"));
    }
}

#[test]
fn f28_whatever_the_service_does_search_goes_on_by_words() {
    let huge = format!(
        "{{\"data\":[{{\"embedding\":[{}1]}}]}}",
        "0,".repeat(400_000)
    );
    let one = |vector: &str| format!("{{\"data\":[{{\"index\":0,\"embedding\":{vector}}}]}}");
    let manners = [
        Manner::Closing,
        Manner::Endless,
        Manner::Dimensions(5),
        Manner::With(500, "", "{\"error\":{\"message\":\"oops\"}}".to_owned()),
        Manner::With(401, "", "{}".to_owned()),
        Manner::With(429, "retry-after: 100\r\n", "{}".to_owned()),
        Manner::With(
            301,
            "location: http://127.0.0.1:1/v1/embeddings\r\n",
            String::new(),
        ),
        Manner::With(200, "", "<html>garbage".to_owned()),
        Manner::With(200, "", one("[NaN,1,1,1,1,1,1,1]")),
        Manner::With(200, "", one("[1e999,1,1,1,1,1,1,1]")),
        Manner::With(200, "", one("[0,0,0,0,0,0,0,0]")),
        Manner::With(200, "", "{\"data\":[]}".to_owned()),
        Manner::With(200, "", huge),
    ];
    for manner in manners {
        let endpoint = Endpoint::start(Manner::Well);
        let server = help_centre()
            .config(&endpoint.config("deadline_ms = 5000"))
            .serve();
        is_ready(&server);
        endpoint.behave(manner.clone());
        let answer = server.get("/api/v1/search?q=登录密码").status(200);
        assert_eq!(answer.header("cache-control"), "no-store", "{manner:?}");
        let answer = answer.json();
        assert_eq!(answer["hits"][0]["id"], "修改登录密码", "{manner:?}");
        let said = answer["meaning"].as_str().unwrap_or_default();
        assert!(
            matches!(said, "unavailable" | "late" | "not_ready"),
            "{manner:?}: {said}"
        );
        server
            .get("/search?q=登录密码")
            .status(200)
            .has("修改登录密码");
    }
}

#[test]
fn f28_a_slow_or_dead_service_costs_no_more_than_the_deadline_and_soon_nothing() {
    let endpoint = Endpoint::start(Manner::Well);
    let server = help_centre()
        .config(&endpoint.config("deadline_ms = 150"))
        .serve();
    server.eventually("meaning is used", |s| {
        (outcome(s, REFUND) == "used").then_some(())
    });
    endpoint.behave(Manner::Slowly(Duration::from_secs(20)));
    let late = server.eventually("an answer without waiting", |s| {
        let query = format!("/api/v1/search?q=密码{}", endpoint.requests().len());
        let begun = Instant::now();
        let said = outcome(s, &query);
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "the service takes 20 s"
        );
        assert_ne!(said, "used");
        (said == "unavailable").then_some(said)
    });
    assert_eq!(late, "unavailable", "it is left alone");
    server
        .get("/metrics")
        .has("kb_embeddings_queries_total{outcome=\"late\"}");
}

#[test]
fn reindex_says_what_it_did_and_asks_for_nothing_twice() {
    let endpoint = Endpoint::start(Manner::Well);
    let kb = help_centre().config(&endpoint.config("batch = 3"));
    kb.run(["reindex"])
        .code(0)
        .stdout_has("embedded 8 texts, knew 0 already")
        .stderr_has("embedded 8 of 8 texts");
    let asked = endpoint.texts().len();
    assert_eq!(asked, 8, "{:?}", endpoint.texts());
    kb.run(["reindex"])
        .code(0)
        .stdout_has("embedded 0 texts, knew 8 already");
    kb.put(
        "kb/怎么开发票.md",
        "+++\ntitle = \"怎么开发票\"\n+++\n换了说法。\n",
    );
    kb.run(["reindex"])
        .code(0)
        .stdout_has("embedded 1 text, knew 7 already");
    assert_eq!(endpoint.texts().len(), asked + 1);
    // The model is part of what was asked.
    kb.put(
        "kb.toml",
        endpoint.config("model = \"other\"\npassage_prefix = \"passage: \""),
    );
    kb.run(["reindex"])
        .code(0)
        .stdout_has("embedded 8 texts, knew 0 already");
    let last = endpoint.requests().pop().unwrap_or_default();
    assert!(
        last.contains("\"model\":\"other\"") && last.contains("passage: "),
        "{last}"
    );
    kb.run(["search", "退钱"])
        .code(0)
        .stdout_has("申请退款的条件");
}

#[test]
fn what_was_embedded_before_a_kill_is_not_embedded_again() {
    let endpoint = Endpoint::start(Manner::WellFor(3));
    let kb = help_centre().config(&endpoint.config("batch = 2"));
    let mut child = kb.command(["reindex"]).spawn().expect("it starts");
    endpoint.was_asked(4);
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    let before = endpoint.texts();
    assert_eq!(before.len(), 6);
    kb.run(["search", "密码"]).stdout_has("修改登录密码");
    endpoint.behave(Manner::Well);
    kb.run(["reindex"])
        .code(0)
        .stdout_has("embedded 2 texts, knew 6 already");
    let after: Vec<String> = endpoint
        .texts()
        .into_iter()
        .filter(|text| text != "密码")
        .collect();
    let mut once = after.clone();
    once.sort();
    once.dedup();
    assert_eq!((after.len(), once.len()), (8, 8), "{after:?}");
}

#[test]
fn reindex_without_the_service_writes_the_index_and_says_so() {
    let endpoint = Endpoint::start(Manner::With(
        500,
        "",
        "{\"error\":{\"message\":\"out of memory\"}}".to_owned(),
    ));
    let kb = help_centre().config(&endpoint.config(""));
    kb.run(["reindex"])
        .code(1)
        .stdout_has("indexed 4 articles")
        .stderr_has("8 texts could not be embedded")
        .stderr_has("out of memory");
    kb.run(["search", "密码"])
        .code(0)
        .stdout_has("修改登录密码")
        .stderr_has("by words alone");
}

#[test]
fn a_busy_service_is_waited_for_and_a_refused_text_is_passed_over() {
    let endpoint = Endpoint::start(Manner::BusyOnce);
    let kb = help_centre().config(&endpoint.config(""));
    let begun = Instant::now();
    kb.run(["reindex"]).code(0).stdout_has("embedded 8 texts");
    assert!(
        begun.elapsed() >= Duration::from_secs(1),
        "Retry-After is kept"
    );
    let endpoint = Endpoint::start(Manner::Refusing("发票"));
    let kb = help_centre().config(&endpoint.config("model = \"strict\""));
    kb.run(["reindex"])
        .code(0)
        .stdout_has("embedded 6 texts")
        .stderr_has("refuses to embed 2 texts");
}

#[test]
fn the_key_goes_to_the_service_and_nowhere_else() {
    let endpoint = Endpoint::start(Manner::Well);
    let kb = help_centre()
        .write("key.txt", "sk-from-file\n")
        .config(&endpoint.config("key_file = \"key.txt\""));
    kb.run(["reindex"]).code(0);
    let request = endpoint.requests().remove(0).to_lowercase();
    assert!(
        request.contains("authorization: bearer sk-from-file"),
        "{request}"
    );
    let kb = kb.env("KB_EMBEDDINGS_KEY", "sk-from-variable");
    kb.run(["search", "密码"]).code(0);
    let request = endpoint.requests().pop().unwrap_or_default();
    assert!(request.contains("sk-from-variable"), "{request}");
    kb.run(["config"])
        .code(0)
        .stdout_lacks("sk-from")
        .stderr_lacks("sk-from");
    let kb = kb.env("KB_EMBEDDINGS_KEY", "two words");
    kb.run(["search", "密码"])
        .code(2)
        .stderr_has("KB_EMBEDDINGS_KEY")
        .stderr_lacks("two words");
}

#[test]
fn settings_that_make_no_sense_are_refused_with_their_place() {
    let kb = help_centre().config(
        "[embeddings]\nurl = \"ftp://x/v1\"\nbatch = 0\ndimensions = 9000\nkey_file = \"none.txt\"\ndeadline_ms = 0\n",
    );
    let run = kb.run(["config"]);
    for line in 2..=6 {
        assert!(
            run.err().contains(&format!("kb.toml:{line}")),
            "line {line}\n{}",
            run.err()
        );
    }
}

#[test]
fn a_real_model_finds_by_meaning() {
    let real = Real::start();
    let kb = Kb::new()
        .article("如何注销账户", "在设置里选择注销。")
        .article("快递多久送到", "一般三天。")
        .article("发票抬头填错了", "联系客服重开。")
        .article("忘记登录密码", "点击找回密码。")
        .config(&real.config());
    kb.run(["reindex"]).code(0).stdout_has("embedded 8 texts");
    let server = kb.serve();
    server.eventually("meaning is used", |s| {
        (outcome(s, "/api/v1/search?q=我不想再用你们的服务了") == "used").then_some(())
    });
    assert_eq!(
        first(&server, "/api/v1/search?q=包裹几天能收到"),
        "快递多久送到"
    );
    assert_eq!(
        first(&server, "/api/v1/search?q=公司名称写错了的票据怎么办"),
        "发票抬头填错了"
    );
}
