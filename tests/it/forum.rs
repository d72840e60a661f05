//! Is what was published found, shown and answered? Questions of the open forum through the real binary.

use crate::desk::Office;
use crate::harness::{Kb, Server};
use jiff::Timestamp;
use kb::model::question::{Answer, Author, Question, Shown};
use kb::model::{AnswerId, Audience, Lang, QuestionId};
use kb::store::Store;

/// A question that is published, with an answer of a customer's.
pub(crate) async fn put(store: &Store, title: &str, answer: &str) -> Question {
    let now = Timestamp::now();
    let mut tx = store.begin().await.expect("a transaction");
    let mut question = Question {
        id: QuestionId::generate(now),
        number: 0,
        shown: Shown::Published,
        audience: Audience::PUBLIC,
        title: title.to_owned(),
        text: "换了一台电脑也一样。".to_owned(),
        lang: Lang::ZhCn,
        category: String::new(),
        tags: Vec::new(),
        products: Vec::new(),
        wordings: vec!["机器没反应咋整".to_owned()],
        asker: None,
        byline: String::new(),
        case: None,
        accepted: None,
        answers: 0,
        votes: 0,
        created_at: now,
        updated_at: now,
        published_at: Some(now),
        version: 0,
    };
    tx.save_question(&mut question).await.expect("kept");
    if !answer.is_empty() {
        let answer = Answer {
            id: AnswerId::generate(now),
            question: question.id,
            shown: Shown::Published,
            author: Author::Customer(None),
            byline: "热心人".to_owned(),
            text: answer.to_owned(),
            votes: 0,
            created_at: now,
            updated_at: now,
        };
        tx.save_answer(&answer).await.expect("kept");
    }
    tx.commit().await.expect("committed");
    let mut read = store.read().await.expect("a connection");
    let kept = read.question(question.id).await.expect("read");
    kept.expect("the question")
}

/// The ids that a search finds.
fn found(server: &Server, query: &str) -> Vec<String> {
    let answer = server.get(&format!("/api/v1/search?q={query}")).json();
    let hits = answer["hits"].as_array().cloned().unwrap_or_default();
    let id = |hit: &serde_json::Value| hit["id"].as_str().map(str::to_owned);
    hits.iter().filter_map(id).collect()
}

#[test]
fn a_question_is_found_as_soon_as_it_is_published_and_until_it_is_taken_back() {
    let office = Office::of(&[]);
    let store = office.cases.store().clone();
    let question = office.run(put(&store, "扫描仪一直闪红灯", "长按电源键十秒。"));
    office.server.eventually(
        "it is found by its title, its answer and another wording",
        |s| {
            let all = ["扫描仪闪红灯", "长按电源键", "机器没反应咋整"];
            all.iter()
                .all(|query| found(s, query).first().is_some_and(|id| id == "q/1"))
                .then_some(())
        },
    );
    let answer = office.server.get("/api/v1/search?q=扫描仪闪红灯").json();
    assert_eq!(answer["hits"][0]["kind"], "question");
    assert_eq!(answer["hits"][0]["url"], "/q/1");
    let page = office.server.get("/search?q=扫描仪闪红灯").status(200);
    page.has("社区问答").has("href=\"/q/1\"");
    office.server.get("/sitemap.xml").has("/q/1</loc>");
    let suggested = office.server.get("/api/v1/suggest?q=扫描仪").json();
    assert_eq!(suggested["suggestions"][0]["url"], "/q/1");
    office.run(async {
        let mut tx = store.begin().await.expect("a transaction");
        let mut hidden = Question {
            shown: Shown::Hidden,
            ..question
        };
        tx.save_question(&mut hidden).await.expect("kept");
        tx.commit().await.expect("committed");
    });
    office.server.eventually("it is not found any more", |s| {
        found(s, "扫描仪闪红灯").is_empty().then_some(())
    });
}

#[test]
fn commands_find_questions_too_and_lose_none() {
    let kb = Kb::new().article("如何申请退款", "在订单页点“申请退款”。");
    let office = Office::over(kb.clone(), &[]);
    office.run(put(
        &office.cases.store().clone(),
        "扫描仪一直闪红灯",
        "长按电源键十秒。",
    ));
    drop(office);
    kb.run(["reindex"]).code(0).stdout_has("2 articles");
    kb.run(["search", "扫描仪闪红灯"])
        .code(0)
        .stdout_has("扫描仪一直闪红灯 (question)")
        .stdout_has("q/1");
    let golden = "[[query]]\ntext = \"扫描仪闪红灯\"\narticles = [\"q/1\"]\n";
    kb.put("kb/golden.toml", golden);
    kb.run(["eval"]).code(0);
    // Without its store, the index keeps what it has.
    std::fs::rename(kb.path(".kb/kb.sqlite"), kb.path("elsewhere")).expect("moved");
    kb.put(".kb/kb.sqlite", "no database");
    kb.run(["search", "扫描仪闪红灯"]).code(0).stdout_has("q/1");
}
