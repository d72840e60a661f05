//! What people type, and what they must find: through the API, as the box asks it.

use crate::harness::{Kb, Server};
use serde_json::Value;

/// A support desk's usual questions, in both scripts.
fn desk() -> Kb {
    Kb::new()
        .write(
            "kb/account/_index.md",
            "+++\ntitle = \"账号\"\norder = 1\n+++\n",
        )
        .write(
            "kb/account/reset-password.md",
            "+++\ntitle = \"如何重置密码\"\nsimilar = [\"忘记密码怎么办\", \"登录密码找回\"]\ntags = [\"密码\"]\nanswer = \"在登录页点“忘记密码”。\"\n+++\n打开登录页，点**忘记密码**，用手机验证码重设。\n",
        )
        .write(
            "kb/account/close.md",
            "+++\ntitle = \"怎样注销账号\"\ntags = [\"注销\"]\n+++\n在设置里点注销，七天后生效。\n",
        )
        .write(
            "kb/orders/refund.md",
            "+++\ntitle = \"如何申请退款\"\nsimilar = [\"钱什么时候退回来\"]\nproducts = [\"商城\"]\npinned = [\"退货\"]\n+++\n在订单里点申请退款，三天内到账。信用卡要七天。\n",
        )
        .write(
            "kb/orders/status.md",
            "+++\ntitle = \"訂單為什麼一直待處理\"\nlang = \"zh-TW\"\n+++\n系統忙碌時，訂單會停在「待處理」。退款中的訂單也是。\n",
        )
        .write(
            "kb/orders/invoice.md",
            "+++\ntitle = \"怎么开发票\"\n+++\n付款后，在订单详情里申请电子发票。\n",
        )
        .write(
            "kb/devices/abc.md",
            "+++\ntitle = \"ABC-123 打印机连不上\"\n+++\n检查无线网络，再重启 ABC-123。\n",
        )
        .write(
            "kb/devices/pay.md",
            "+++\ntitle = \"Samsung Pay password\"\nlang = \"en\"\n+++\nSet a password in Samsung Pay first.\n",
        )
        .write(
            "kb/banks/abc.md",
            "+++\ntitle = \"中国农业发展银行的网点\"\n+++\n各地网点的电话。\n",
        )
}

fn search(server: &Server, query: &str) -> Value {
    let query: String = query.bytes().map(|b| format!("%{b:02X}")).collect();
    server
        .get(&format!("/api/v1/search?q={query}"))
        .status(200)
        .json()
}

fn ids(answer: &Value) -> Vec<&str> {
    let hits = answer["hits"].as_array().expect("hits");
    hits.iter().filter_map(|hit| hit["id"].as_str()).collect()
}

fn marked(parts: &Value) -> Vec<&str> {
    let parts = parts.as_array().expect("parts");
    parts
        .iter()
        .filter(|part| part["hit"] == true)
        .filter_map(|part| part["text"].as_str())
        .collect()
}

#[test]
fn other_words_scripts_widths_and_half_sentences_find_the_article_first() {
    let server = desk().serve();
    for (typed, id) in [
        ("密码重置", "account/reset-password"),
        ("怎么重置密码", "account/reset-password"),
        ("忘了密码怎么办", "account/reset-password"),
        ("重置密碼", "account/reset-password"),
        ("请问一下我忘记密码了要怎么办呢", "account/reset-password"),
        ("处理", "orders/status"),
        ("處理", "orders/status"),
        ("订单为什么待处理", "orders/status"),
        ("农业", "banks/abc"),
        ("ＡＢＣ－１２３", "devices/abc"),
        ("abc123", "devices/abc"),
        ("ABC-123", "devices/abc"),
        ("samsung pay", "devices/pay"),
        // Half about one article and half about another, but it asks how and not why.
        ("我的订单要退款怎么弄", "orders/refund"),
    ] {
        let answer = search(&server, typed);
        assert_eq!(ids(&answer).first(), Some(&id), "{typed}: {answer:#}");
    }
}

#[test]
fn what_is_misspelt_or_typed_in_pinyin_is_found_and_offered() {
    let server = desk().serve();
    for (typed, id, offered) in [
        ("重置秘码", "account/reset-password", "重置密码"),
        ("密吗", "account/reset-password", "密码"),
        ("chongzhimima", "account/reset-password", "重置密码"),
        ("chongzhi 密码", "account/reset-password", "重置密码"),
        ("pasword", "devices/pay", "password"),
        ("Samsng Pay", "devices/pay", "Samsung Pay"),
    ] {
        let answer = search(&server, typed);
        assert_eq!(ids(&answer).first(), Some(&id), "{typed}: {answer:#}");
        let said = answer["did_you_mean"].as_str().unwrap_or_default();
        assert_eq!(said.to_lowercase(), offered.to_lowercase(), "{typed}");
    }
    for initials in ["czmm", "CZMM"] {
        let answer = search(&server, initials);
        assert_eq!(ids(&answer), ["account/reset-password"], "{initials}");
        assert_eq!(answer["confident"], false, "{initials}");
    }
    assert_eq!(search(&server, "重置密码")["did_you_mean"], Value::Null);
}

#[test]
fn phrases_must_stand_exclusions_must_not_and_tags_narrow() {
    let server = desk().serve();
    let all = search(&server, "退款");
    assert!(
        ids(&all).contains(&"orders/refund") && ids(&all).contains(&"orders/status"),
        "{all:#}"
    );
    assert_eq!(ids(&search(&server, "退款 -信用卡")), ["orders/status"]);
    assert_eq!(ids(&search(&server, "\"申请退款\"")), ["orders/refund"]);
    assert_eq!(ids(&search(&server, "“退款申请”")), [] as [&str; 0]);
    assert_eq!(ids(&search(&server, "「待处理」")), ["orders/status"]);
    assert_eq!(ids(&search(&server, "tag:注销")), ["account/close"]);
    assert_eq!(ids(&search(&server, "账号 tag:注销")), ["account/close"]);
    // The link of a tag on an article's page.
    let tagged = server
        .get("/api/v1/search?q=&tag=%E6%B3%A8%E9%94%80")
        .json();
    assert_eq!(ids(&tagged), ["account/close"]);
    assert_eq!(tagged["confident"], false);
    server
        .get("/search?q=&tag=%E6%B3%A8%E9%94%80")
        .has("/a/account/close");
}

#[test]
fn marks_stand_on_the_text_as_its_author_wrote_it() {
    let server = desk().serve();
    let answer = search(&server, "待处理");
    let hit = &answer["hits"][0];
    assert_eq!(marked(&hit["title_parts"]), ["待處理"]);
    assert!(marked(&hit["snippet_parts"]).contains(&"待處理"), "{hit:#}");
    let whole = |parts: &Value| -> String {
        parts
            .as_array()
            .expect("parts")
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect()
    };
    assert_eq!(
        whole(&hit["title_parts"]),
        hit["title"].as_str().expect("a title")
    );
}

#[test]
fn a_pinned_article_comes_first_however_the_query_is_punctuated() {
    let server = desk().serve();
    for typed in ["退货", "退貨？", " 退 货！"] {
        let answer = search(&server, typed);
        assert_eq!(ids(&answer).first(), Some(&"orders/refund"), "{typed}");
        assert_eq!(answer["hits"][0]["pinned"], true, "{typed}");
    }
}

#[test]
fn a_sure_answer_leads_and_what_is_not_known_is_said_to_be_unknown() {
    let server = desk().serve();
    let sure = search(&server, "忘记密码怎么办");
    assert_eq!(sure["confident"], true);
    assert_eq!(sure["answer"]["id"], "account/reset-password");
    assert_eq!(sure["answer"]["text"], "在登录页点“忘记密码”。");
    for unknown in [
        "附近有什么好吃的餐厅",
        "公积金怎么提取",
        "what is the weather tomorrow",
    ] {
        let answer = search(&server, unknown);
        assert_eq!(answer["confident"], false, "{unknown}: {answer:#}");
        assert_eq!(answer["answer"], Value::Null, "{unknown}");
    }
}

#[test]
fn filters_facets_and_pages_speak_of_the_same_hits() {
    let server = desk().serve();
    let all = search(&server, "订单");
    let count = |facet: &str, value: &str| {
        let values = all["facets"][facet].as_array().expect("a facet");
        values
            .iter()
            .find(|v| v["value"] == value)
            .map(|v| v["count"].as_u64().expect("a count"))
    };
    let total = all["total"].as_u64().expect("a total");
    assert_eq!(total, 3, "{all:#}");
    assert_eq!(count("category", "orders"), Some(3));
    assert_eq!(count("lang", "zh-TW"), Some(1));
    assert_eq!(count("product", "商城"), Some(1));
    for (narrowed, id) in [
        ("product=%E5%95%86%E5%9F%8E", "orders/refund"),
        ("lang=zh-TW", "orders/status"),
    ] {
        let answer = server
            .get(&format!("/api/v1/search?q=%E8%AE%A2%E5%8D%95&{narrowed}"))
            .json();
        assert_eq!(ids(&answer), [id], "{narrowed}");
        assert_eq!(answer["total"], 1);
    }
    let paged: Vec<String> = (0..3)
        .map(|offset| {
            server
                .get(&format!(
                    "/api/v1/search?q=%E8%AE%A2%E5%8D%95&limit=1&offset={offset}"
                ))
                .json()
        })
        .map(|page| ids(&page)[0].to_owned())
        .collect();
    assert_eq!(paged, ids(&all));
}

#[test]
fn an_explanation_adds_up_to_the_score() {
    let server = desk().serve();
    let answer = server
        .get("/api/v1/search?q=%E9%87%8D%E7%BD%AE%E5%AF%86%E7%A0%81&explain=1")
        .json();
    let hit = &answer["hits"][0];
    let parts = hit["explanation"].as_array().expect("contributions");
    let sum: f64 = parts.iter().filter_map(|part| part["score"].as_f64()).sum();
    let score = hit["score"].as_f64().expect("a score");
    assert!(
        (sum - score).abs() < 0.01 * score,
        "{sum} of {score}: {hit:#}"
    );
    assert!(parts.iter().any(|part| {
        part["term"] == "密码"
            && part["fields"]
                .as_array()
                .is_some_and(|f| f.iter().any(|f| f == "title"))
    }));
}

#[test]
fn suggestions_come_by_characters_pinyin_and_initials() {
    let server = desk().serve();
    for (typed, id) in [
        ("重置", "account/reset-password"),
        ("密碼", "account/reset-password"),
        ("chongzhi", "account/reset-password"),
        ("czmm", "account/reset-password"),
        ("fapiao", "orders/invoice"),
        ("sqtk", "orders/refund"),
        ("sams", "devices/pay"),
    ] {
        let answer = server
            .get(&format!(
                "/api/v1/suggest?q={}",
                typed
                    .bytes()
                    .map(|b| format!("%{b:02X}"))
                    .collect::<String>()
            ))
            .json();
        let first = answer["suggestions"][0]["id"].as_str();
        assert_eq!(first, Some(id), "{typed}: {answer:#}");
    }
    let empty = server.get("/api/v1/suggest?q=").json();
    assert!(
        !empty["suggestions"]
            .as_array()
            .expect("suggestions")
            .is_empty()
    );
}

#[test]
fn synonyms_and_stop_words_of_the_site_apply_at_once_and_need_no_new_index() {
    let kb = desk()
        .schema("[lexicon]\nsynonyms = [\"synonyms.txt\"]\n")
        .write("synonyms.txt", "返现 => 退款\n");
    let server = kb.serve();
    let answer = search(&server, "返现怎么申请");
    assert_eq!(ids(&answer).first(), Some(&"orders/refund"), "{answer:#}");
    assert_eq!(answer["query"], "返现怎么申请");
    assert_ne!(
        ids(&search(&server, "收据")).first(),
        Some(&"orders/invoice")
    );
    kb.put("synonyms.txt", "收据, 发票\n");
    server.eventually("the new list is used", |s| {
        (ids(&search(s, "收据")).first() == Some(&"orders/invoice")).then_some(())
    });
}

#[test]
fn a_bad_line_in_a_word_list_is_named_with_its_place() {
    desk()
        .schema("[lexicon]\nsynonyms = [\"synonyms.txt\"]\n")
        .write("synonyms.txt", "# ours\n账号\n")
        .run(["search", "密码"])
        .code(2)
        .stderr_has("synonyms.txt:2:1: a group needs two words or more");
}

#[test]
fn changes_in_any_order_rank_as_a_fresh_build_does() {
    let kb = desk();
    let server = kb.serve();
    kb.put(
        "kb/orders/later.md",
        "+++\ntitle = \"退款到哪张卡\"\n+++\n原路退回。\n",
    );
    kb.delete("kb/orders/invoice.md");
    kb.put(
        "kb/account/close.md",
        "+++\ntitle = \"注销账号要多久\"\n+++\n七天。退款先到账。\n",
    );
    server.eventually("the changes are found", |s| {
        let answer = search(s, "退款");
        (ids(&answer).contains(&"orders/later")
            && ids(&answer).contains(&"account/close")
            && !ids(&search(s, "发票")).contains(&"orders/invoice"))
        .then_some(())
    });
    let fresh = Kb::new().write("kb/account/_index.md", kb.read("kb/account/_index.md"));
    for path in [
        "account/reset-password",
        "account/close",
        "orders/refund",
        "orders/status",
        "orders/later",
        "devices/abc",
        "devices/pay",
        "banks/abc",
    ] {
        let path = format!("kb/{path}.md");
        fresh.put(&path, kb.read(&path));
    }
    let fresh = fresh.serve();
    for typed in ["退款", "账号", "订单", "密码", "怎么注销"] {
        let shape = |server: &Server| {
            let answer = search(server, typed);
            let hits = answer["hits"].as_array().expect("hits").clone();
            hits.iter()
                .map(|hit| {
                    (
                        hit["id"].to_string(),
                        format!("{:.4}", hit["score"].as_f64().unwrap_or_default()),
                    )
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(shape(&server), shape(&fresh), "{typed}");
    }
}

#[test]
fn nothing_that_is_typed_is_an_error() {
    let server = desk().serve();
    for typed in [
        "？！。",
        "😀",
        "𠮷",
        "\"",
        "“",
        "-",
        "--",
        "tag:",
        "*",
        "a*",
        "(((",
        "的",
        "\u{301}\u{301}",
        "' OR 1=1",
    ] {
        let answer = search(&server, typed);
        assert!(answer["total"].is_u64(), "{typed:?}");
    }
}
