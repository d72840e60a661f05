//! Does a search that skips what cannot matter find the same as one that reads everything?

use crate::sync::Folder;
use kb::config::Schema;
use kb::search::{Engine, Request, Results};
use std::sync::Arc;

/// Enough articles for common words to be skipped through: each has the common ones, few have the rare ones.
fn articles(folder: &Folder) {
    let things = [
        "退款",
        "发票",
        "密码",
        "账号",
        "物流",
        "会员",
        "优惠券",
        "地址",
        "客服",
        "订单",
    ];
    let asks = [
        "怎么申请",
        "如何取消",
        "为什么不能修改",
        "在哪里查询",
        "多久可以收到",
    ];
    for number in 0..1_500_usize {
        let (thing, other) = (things[number % 10], things[number / 10 % 10]);
        let ask = asks[number / 7 % 5];
        let rare = char::from_u32(0x4e00 + u32::try_from(number * 13 % 4_000).expect("small"));
        let rare = rare.expect("a character");
        folder.article(
            &format!("c{}/a{number}.md", number % 9),
            &format!("我的{thing}{ask}"),
            &format!("similar = [\"{other}的{thing}{ask}\"]"),
            &format!("您可以在我的页面里{ask}{other}，编号是{rare}{number}。"),
        );
    }
}

fn ask(engine: &Engine, query: &str) -> Results {
    let request = Request {
        query: query.to_owned(),
        limit: 20,
        ..Request::default()
    };
    engine.search(&request).expect("an answer")
}

fn engine(folder: &Folder) -> Engine {
    let sources = folder.sources();
    let opened = folder.open();
    Engine::new(
        opened.snapshot,
        Arc::new(Schema::default()),
        Arc::clone(sources.lexicon()),
    )
}

#[test]
fn a_search_that_knows_which_words_are_common_finds_the_same() {
    let folder = Folder::new();
    articles(&folder);
    let engine = engine(&folder);
    // Nothing is known yet of how common words are, so the first search reads all of them; the later ones need not.
    for query in [
        "我的优惠券为什么不能修改",
        "编号是一1 的发票在哪里查询",
        "a1042",
        "请问我想知道我的物流多久可以收到，客服说不知道",
        "我的",
        "丁13",
    ] {
        let first = ask(&engine, query);
        let again = ask(&engine, query);
        assert_eq!(first.total, again.total, "{query}");
        assert_eq!(first.facets, again.facets, "{query}");
        let ids = |results: &Results| -> Vec<String> {
            results.hits.iter().map(|hit| hit.id.to_string()).collect()
        };
        assert_eq!(ids(&first), ids(&again), "{query}");
        assert!(first.total > 0, "{query}");
        for (a, b) in first.hits.iter().zip(&again.hits) {
            assert!(
                (a.score - b.score).abs() < 1e-3,
                "{query}: {} {}",
                a.score,
                b.score
            );
        }
    }
}

#[test]
fn what_a_short_list_adds_late_stands_in_order_before_a_long_one_is_skipped_through() {
    let folder = Folder::new();
    articles(&folder);
    // Enough for their count to be remembered, and few enough to be read whole beside those that are found before them.
    for number in 0..257 {
        let name = format!("z/a{number}.md");
        folder.article(&name, "我的貔", "", "您可以在我的页面里看。");
    }
    for number in 0..17 {
        let name = format!("z/b{number}.md");
        folder.article(&name, "蟠桃园琉璃盏在哪里", "", "我的蟠桃园琉璃盏。");
    }
    let engine = engine(&folder);
    for query in ["蟠桃园琉璃盏貔的", "蟠桃园琉璃盏，貔，的"] {
        let totals = [(); 3].map(|()| ask(&engine, query).total);
        assert_eq!(totals, [totals[0]; 3], "{query}");
    }
}
