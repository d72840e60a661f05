//! What readers type who do not type like the author wrote: each row of the list of what must be found, through the API.

use crate::harness::{Kb, Server};
use serde_json::Value;

/// A knowledge base in which each of these readers has something to find, and something else to be led to wrongly.
fn desk() -> Kb {
    let mut kb = Kb::new();
    for (path, title, similar, body) in [
        (
            "reset",
            "如何重置密码",
            "忘记密码怎么办",
            "打开登录页，点忘记密码。",
        ),
        (
            "set",
            "怎样设置支付密码",
            "支付密码在哪里改",
            "在钱包里设置。",
        ),
        ("router", "重置路由器的步骤", "", "按住背面的小孔十秒。"),
        (
            "pending",
            "訂單一直待處理怎麼辦",
            "",
            "系統忙碌時會停在待處理。",
        ),
        ("handled", "工单处理完了吗", "", "处理完会发短信。"),
        (
            "refund",
            "如何申请退款",
            "",
            "您可以在订单详情页里直接申请退款，三天内到账。",
        ),
        ("card", "信用卡退款要几天", "", "信用卡要七天。"),
        ("agri", "中国农业发展银行的网点", "", "各地网点的电话。"),
        ("zju", "浙江大学的学生怎么认证", "", "上传学生证。"),
        ("social", "社会保险缴费记录在哪查", "", "在个人中心。"),
        ("sight", "附近的景点门票", "", "在旅游频道购买。"),
        ("classic", "经典款式有哪些", "", "见商品页。"),
        ("abc", "ABC-123 打印机连不上", "", "检查无线网络。"),
        ("abd", "ABD-123 打印机说明", "", "见说明书。"),
        ("pay", "Samsung Pay password", "", "Set it in the app."),
        ("yoshi", "𠮷野家的优惠券", "", "到店出示。"),
        ("server", "服务器需要多大内存", "", "2 GB 就够。"),
        ("pickup", "怎么提款", "", "在柜台或取款机。"),
    ] {
        let similar = match similar {
            "" => String::new(),
            text => format!("similar = [\"{text}\"]\n"),
        };
        let text = format!("+++\ntitle = \"{title}\"\n{similar}+++\n{body}\n");
        kb = kb.write(&format!("kb/{path}.md"), text);
    }
    kb
}

fn ask(server: &Server, path: &str, query: &str) -> Value {
    let query: String = query.bytes().map(|b| format!("%{b:02X}")).collect();
    server
        .get(&format!("/api/v1/{path}?q={query}"))
        .status(200)
        .json()
}

fn search(server: &Server, query: &str) -> Value {
    ask(server, "search", query)
}

fn ids(answer: &Value) -> Vec<&str> {
    let hits = answer["hits"].as_array().expect("hits");
    hits.iter().filter_map(|hit| hit["id"].as_str()).collect()
}

#[track_caller]
fn first(server: &Server, query: &str, id: &str) -> Value {
    let answer = search(server, query);
    assert_eq!(ids(&answer).first(), Some(&id), "{query}: {answer:#}");
    answer
}

fn marked(hit: &Value) -> String {
    let parts = hit["title_parts"].as_array().expect("parts").iter();
    let hits = parts.filter(|part| part["hit"] == true);
    hits.filter_map(|part| part["text"].as_str()).collect()
}

#[test]
fn other_wordings_put_the_article_first() {
    let server = desk().serve();
    for query in ["密码重置", "怎么重置密码", "忘了密码怎么办"] {
        first(&server, query, "reset");
    }
    first(&server, "退款", "refund");
    first(&server, "农业", "agri");
}

#[test]
fn either_script_finds_the_other_and_the_marks_are_the_authors_characters() {
    let server = desk().serve();
    for query in ["待處理", "待处理", "待處理 订单", "訂單待处理"] {
        let answer = first(&server, query, "pending");
        assert!(marked(&answer["hits"][0]).contains("待處理"), "{answer:#}");
    }
    for query in ["工單處理", "工单處理", "工單处理"] {
        let answer = first(&server, query, "handled");
        assert!(
            marked(&answer["hits"][0]).contains("工单处理"),
            "{answer:#}"
        );
    }
    let both = search(&server, "處理");
    assert!(ids(&both).contains(&"pending") && ids(&both).contains(&"handled"));
}

#[test]
fn short_forms_find_what_they_are_short_for_without_a_list_of_synonyms() {
    let server = desk().schema("[lexicon]\nstarter = false\n").serve();
    for (query, id) in [
        ("浙大", "zju"),
        ("浙大怎么认证", "zju"),
        ("社保在哪查", "social"),
        ("农发行", "agri"),
    ] {
        first(&server, query, id);
    }
    let short = Kb::new()
        .article("浙大校园卡", "充值。")
        .article("江边的公园", "在大路。")
        .serve();
    assert_eq!(ids(&search(&short, "浙江大学"))[0], "浙大校园卡");
}

#[test]
fn pinyin_comes_after_every_match_by_characters_and_makes_no_two_words_one() {
    let server = desk().serve();
    for query in ["chongzhimima", "chongzhi mima", "czmm", "ChongZhiMiMa"] {
        first(&server, query, "reset");
    }
    // Who has the characters stands before who is only read so.
    let mixed = search(&server, "chongzhi 密码");
    let places = |id: &str| ids(&mixed).iter().position(|hit| *hit == id);
    assert_eq!(places("reset"), Some(0), "{mixed:#}");
    assert!(
        places("set") < places("router") && places("router").is_some(),
        "{mixed:#}"
    );
    // 景点 and 经典 are read alike, and are two things.
    assert_eq!(ids(&search(&server, "景点")), ["sight"]);
    assert_eq!(ids(&search(&server, "经典")), ["classic"]);
    let written = desk().article("czmm 是什么", "一个缩写。").serve();
    assert_eq!(ids(&search(&written, "czmm")), ["czmm 是什么"]);
}

#[test]
fn what_was_mistyped_is_found_and_the_right_spelling_offered() {
    let server = desk().serve();
    for (query, id, offered) in [
        ("重製密碼", "reset", "重置密碼"),
        ("重置秘码", "reset", "重置密码"),
        ("密吗", "reset", "密码"),
        // Taken for another by eye, and heard otherwise.
        ("申请退歉", "refund", "申请退款"),
        ("重字密码", "reset", "重置密码"),
        ("pasword", "pay", "password"),
        ("Samsng Pay", "pay", "Samsung Pay"),
    ] {
        let answer = search(&server, query);
        assert!(
            ids(&answer)[..1].contains(&id) || query == "密吗",
            "{query}: {answer:#}"
        );
        assert!(ids(&answer).contains(&id), "{query}: {answer:#}");
        let said = answer["did_you_mean"].as_str().unwrap_or_default();
        let folded = |text: &str| text.to_lowercase().replace('碼', "码");
        assert_eq!(folded(said), folded(offered), "{query}");
    }
    assert_eq!(search(&server, "重置密码")["did_you_mean"], Value::Null);
    let both = desk().article("pasword 的拼法", "少一个 s。").serve();
    first(&both, "pasword", "pasword 的拼法");
}

#[test]
fn who_has_the_words_as_typed_stands_before_who_is_found_by_another_spelling_only() {
    let plain = desk().serve();
    let mut kb = desk();
    // What is typed; title and text of an article that has just this; the one that another spelling leads to.
    let table = [
        ("chongzhimima", "脚本", "运行 chongzhimima 即可。", "reset"),
        ("czmm", "代号", "内部代号是 czmm。", "reset"),
        (
            "chongzhi 密码",
            "命令 chongzhi 清空密码",
            "在终端里运行。",
            "reset",
        ),
        ("密吗", "笔名", "笔名叫密吗。", "reset"),
        ("退歉", "公文", "退歉信由部门代写。", "refund"),
        ("pasword", "旧表", "列名叫 pasword，不要改。", "pay"),
        ("浙大", "校友", "浙大校友的优惠。", "zju"),
    ];
    for (number, (_, title, text, _)) in table.iter().enumerate() {
        let text = format!("+++\ntitle = \"{title}\"\n+++\n{text}\n");
        kb = kb.write(&format!("kb/direct-{number}.md"), text);
    }
    let server = kb.serve();
    for (number, (query, _, _, other)) in table.iter().enumerate() {
        let alone = search(&plain, query);
        assert!(ids(&alone).contains(other), "{query}: {alone:#}");
        let answer = search(&server, query);
        let place = |id: &str| ids(&answer).iter().position(|hit| *hit == id);
        let direct = place(&format!("direct-{number}")).expect(query);
        let other = place(other);
        assert!(
            other.is_none_or(|other| direct < other),
            "{query}: {answer:#}"
        );
    }
}

#[test]
fn a_code_is_one_thing_however_it_is_written() {
    let server = desk().serve();
    for query in ["ＡＢＣ－１２３", "abc123", "ABC-123", "abc_123"] {
        first(&server, query, "abc");
    }
}

#[test]
fn quotes_ask_for_a_phrase_and_minus_leaves_out() {
    let server = desk().serve();
    let phrase = search(&server, "\"申请退款\"");
    assert_eq!(ids(&phrase), ["refund"]);
    let without = search(&server, "退款 -信用卡");
    assert_eq!(ids(&without), ["refund"], "{without:#}");
}

#[test]
fn odd_text_is_answered_like_any_other() {
    let server = desk().serve();
    first(&server, "𠮷野家", "yoshi");
    first(&server, "𠮷", "yoshi");
    for query in ["😀", "？！。，", "' OR 1=1 --"] {
        assert_eq!(search(&server, query)["confident"], false, "{query:?}");
    }
}

#[test]
fn a_very_long_text_and_a_nul_are_answered_on_the_page_and_refused_with_a_reason_by_the_api() {
    let server = desk().serve();
    server
        .get(&format!("/search?q={}", "a".repeat(10_000)))
        .status(200);
    server
        .get("/search?q=%E9%87%8D%E7%BD%AE%00%E5%AF%86%E7%A0%81")
        .status(200);
    let long = server.get(&format!("/api/v1/search?q={}", "a".repeat(10_000)));
    long.status(400).has("must not be longer than");
    server.get("/api/v1/search?q=a%00b").status(400).has("NUL");
}

#[test]
fn what_is_not_known_is_said_so() {
    let server = desk().serve();
    for query in ["附近有什么好吃的餐厅", "明天下雨吗", "who won the game"] {
        let answer = search(&server, query);
        assert_eq!(answer["confident"], false, "{query}: {answer:#}");
        assert_eq!(answer["answer"], Value::Null, "{query}");
    }
}

#[test]
fn words_of_support_desks_are_known_in_their_kinds_and_can_be_switched_off() {
    let kb = desk();
    let server = kb.serve();
    for (query, id) in [
        ("領錢", "pickup"),
        ("取钱", "pickup"),
        ("退钱", "refund"),
        ("伺服器", "server"),
        ("refund", "refund"),
    ] {
        let answer = first(&server, query, id);
        assert_eq!(answer["query"], query);
    }
    kb.put("schema.toml", "[lexicon]\nstarter = false\n");
    server.eventually("the shipped words are forgotten", |s| {
        let answer = search(s, "領錢");
        (!ids(&answer).contains(&"pickup")).then_some(())
    });
}

#[test]
fn typing_on_keeps_what_still_matches_in_its_order() {
    let server = desk().serve();
    let suggest = |typed: &str| -> Vec<String> {
        let answer = ask(&server, "suggest", typed);
        let all = answer["suggestions"]
            .as_array()
            .expect("suggestions")
            .clone();
        all.iter()
            .filter_map(|s| s["id"].as_str().map(str::to_owned))
            .collect()
    };
    for typed in ["chongzhim", "重zhi密", "czmm", "重置密"] {
        assert_eq!(suggest(typed)[0], "reset", "{typed}");
    }
    let (shorter, longer) = (suggest("重"), suggest("重置"));
    let kept: Vec<&String> = shorter.iter().filter(|id| longer.contains(id)).collect();
    let same: Vec<&String> = longer.iter().filter(|id| shorter.contains(id)).collect();
    assert_eq!(kept, same);
}

#[test]
fn stop_words_apply_at_once_and_a_dictionary_by_itself() {
    let kb = desk()
        .schema("[lexicon]\nstopwords = [\"stop.txt\"]\ndictionary = [\"words.txt\"]\n")
        .write("stop.txt", "# none yet\n")
        .write("words.txt", "网点\n");
    let server = kb.serve();
    // How much the article of the one word counts beside that of the other.
    let beside = |s: &Server| {
        let answer = search(s, "路由器 网点");
        let hits = answer["hits"].as_array().expect("hits").clone();
        let score = |id: &str| {
            let hit = hits.iter().find(|hit| hit["id"] == id)?;
            hit["score"].as_f64()
        };
        Some(score("agri")? / score("router")?)
    };
    let before = beside(&server).expect("both are found");
    kb.put("stop.txt", "路由器\n");
    server.eventually("the word says little", |s| {
        (beside(s)? > 1.05 * before).then_some(())
    });
    kb.put("words.txt", "网点\n小孔十秒 100\n");
    server.eventually("the index is made anew and answers", |s| {
        (ids(&search(s, "小孔十秒")).first() == Some(&"router")).then_some(())
    });
}
