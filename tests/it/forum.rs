//! Is what was published found, shown and answered? Questions of the open forum through the real binary.

use crate::asking::{QUICK, attributes, page, texts};
use crate::desk::Office;
use crate::harness::{Kb, Server};
use crate::questions::question;
use jiff::Timestamp;
use kb::model::AnswerId;
use kb::model::question::{Answer, Author, Question, Shown};
use kb::store::Store;

/// A question that is published, with an answer of a customer's.
pub(crate) async fn put(store: &Store, title: &str, answer: &str) -> Question {
    let now = Timestamp::now();
    let mut tx = store.begin().await.expect("a transaction");
    let mut question = Question {
        wordings: vec!["机器没反应咋整".to_owned()],
        ..question(title, "换了一台电脑也一样。", now)
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

/// A forum with a question and its answer.
fn forum(answer: &str) -> (Office, Question) {
    let kb = Kb::new()
        .article("如何申请退款", "在订单页点“申请退款”。")
        .config(QUICK);
    let office = Office::over(
        kb,
        &[("mei", "agent", "support"), ("lin", "editor", "support")],
    );
    let question = office.run(put(
        &office.cases.store().clone(),
        "扫描仪一直闪红灯",
        answer,
    ));
    (office, question)
}

/// The answers of a question as its page shows them.
fn shown(server: &Server, path: &str) -> Vec<String> {
    let html = page(&server.get(path).status(200));
    texts(&html, ".answers .said-by-own, .answers .said-by-desk")
        .iter()
        .map(|text| text.trim().to_owned())
        .collect()
}

/// Sends an answer by the form of the page.
fn send(server: &Server, text: &str, email: &str) {
    let html = page(&server.get("/q/1").status(200));
    let stamp = attributes(&html, "#answer-form input[name=stamp]", "value").concat();
    let fields = [
        ("stamp", stamp.as_str()),
        ("text", text),
        ("email", email),
        ("name", "热心人"),
    ];
    let sent = server.post("/q/1/answers", &fields).status(303);
    assert!(
        sent.header("location").contains("done=answered"),
        "{}",
        sent.header("location")
    );
    // Sent twice by two clicks, it is one answer.
    drop(server.post("/q/1/answers", &fields).status(303));
}

#[test]
fn a_question_has_a_page_a_place_in_lists_and_a_feed() {
    let (office, _) = forum("长按电源键十秒。<b>不是标签</b>");
    let server = &office.server;
    let shown = server
        .get("/q/1")
        .status(200)
        .has_header("cache-control", "no-store");
    let html = page(&shown.has("&lt;b&gt;不是标签"));
    assert_eq!(texts(&html, "h1"), ["扫描仪一直闪红灯"]);
    let ld = texts(&html, "script[type='application/ld+json']").concat();
    let ld: serde_json::Value = serde_json::from_str(&ld).expect("JSON-LD");
    let things = ld["@graph"].as_array().expect("a graph");
    let qa = things
        .iter()
        .find(|thing| thing["@type"] == "QAPage")
        .expect("a QAPage");
    assert_eq!(qa["mainEntity"]["name"], "扫描仪一直闪红灯");
    assert_eq!(qa["mainEntity"]["answerCount"], 1);
    let answer = &qa["mainEntity"]["suggestedAnswer"][0];
    assert!(
        answer["text"]
            .as_str()
            .is_some_and(|text| text.contains("长按电源键"))
    );
    drop(
        server
            .get("/questions")
            .status(200)
            .has("/q/1")
            .has("扫描仪一直闪红灯"),
    );
    drop(
        server
            .get("/questions?order=open")
            .status(200)
            .lacks("扫描仪一直闪红灯"),
    );
    drop(
        server
            .get("/questions?order=helpful&page=99&category=x/y")
            .status(200)
            .lacks("href=\"/q/1\""),
    );
    let feed = server.get("/questions/feed.xml").status(200);
    let feed = feed.has("<title>扫描仪一直闪红灯</title>").has("/q/1</id>");
    let tag = feed.header("etag").to_owned();
    drop(
        server
            .get_with("/questions/feed.xml", &[("if-none-match", &tag)])
            .status(304),
    );
    for lost in ["/q/2", "/q/01", "/q/x", "/q/-1", "/q/99999999999999999999"] {
        drop(server.get(lost).status(404));
    }
    for lang in ["zh-TW", "en"] {
        drop(server.get(&format!("/q/1?hl={lang}")).status(200));
        drop(server.get(&format!("/questions?hl={lang}")).status(200));
    }
}

#[test]
fn pages_turn_over() {
    let kb = Kb::new().config("[forum]\npage_questions = 2\n");
    let office = Office::over(kb, &[]);
    for n in 1..=5 {
        office.run(put(&office.cases.store().clone(), &format!("问题 {n}"), ""));
    }
    let first = office.server.get("/questions?order=open").status(200);
    let first = first
        .has("问题 5")
        .has("问题 4")
        .lacks("问题 3")
        .has("1 / 3");
    drop(first.has("order=open&amp;page=2"));
    drop(
        office
            .server
            .get("/questions?page=3")
            .status(200)
            .has("问题 1")
            .lacks("问题 2"),
    );
}

#[test]
fn one_visit_has_one_vote() {
    let (office, _) = forum("长按电源键十秒。");
    let server = &office.server;
    let votes = || texts(&page(&server.get("/q/1").status(200)), ".votes-count").concat();
    let visit = "01890a5d-ac96-774b-bcce-b302099a8057";
    let say = |helpful: &str| {
        let said = server
            .post("/q/1/vote", &[("v", visit), ("helpful", helpful)])
            .status(303);
        assert!(said.header("location").contains(visit));
    };
    say("yes");
    say("yes");
    assert!(votes().contains("票数 1"), "{}", votes());
    say("no");
    assert!(votes().contains("票数 -1"), "{}", votes());
    say("");
    assert!(votes().starts_with("票数 0"), "{}", votes());
    // Without scripts the server names the visit, and the page carries it on.
    let said = server.post("/q/1/vote", &[("helpful", "yes")]).status(303);
    let place = said
        .header("location")
        .split('#')
        .next()
        .unwrap_or_default()
        .to_owned();
    let html = page(&server.get(&place).status(200));
    let own = attributes(&html, "input[name=v]", "value").remove(0);
    assert!(place.contains(&own));
    assert_eq!(
        attributes(&html, ".question .votes button", "aria-pressed"),
        ["true"]
    );
    drop(
        server
            .post("/q/1/vote", &[("answer", "nonsense"), ("helpful", "yes")])
            .status(404),
    );
    drop(server.post("/q/7/vote", &[("helpful", "yes")]).status(404));
    // Another site's page cannot vote.
    let foreign = [
        ("sec-fetch-site", "cross-site"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    drop(
        server
            .send("POST", "/q/1/vote", &foreign, "helpful=yes")
            .status(403),
    );
}

#[test]
fn an_answer_waits_until_it_was_read_and_its_author_is_told() {
    let (office, _) = forum("");
    let server = &office.server;
    send(
        server,
        "换一根数据线就好了。电话13800138000",
        "re.xin@example.com",
    );
    send(server, "买我们的机器吧 http://spam.example", "");
    assert_eq!(shown(server, "/q/1"), Vec::<String>::new());
    let lin = office.sit("lin");
    let queue = office.get(&lin, "/desk/questions").status(200);
    let queue = queue
        .has("换一根数据线就好了。")
        .has("name=\"keep\"")
        .has("re.xin@example.com")
        .has("（2）");
    let html = page(&queue);
    let actions = attributes(&html, "form.review", "action");
    assert_eq!(actions.len(), 2);
    drop(
        office
            .post(&lin, &actions[0], &[("do", "approve")])
            .status(303),
    );
    drop(
        office
            .post(&lin, &actions[0], &[("do", "approve")])
            .status(303),
    );
    drop(
        office
            .post(&lin, &actions[1], &[("do", "refuse"), ("reason", "广告")])
            .status(303),
    );
    assert_eq!(shown(server, "/q/1"), ["换一根数据线就好了。电话【电话】"]);
    drop(
        office
            .get(&lin, "/desk/questions")
            .status(200)
            .has("没有等待审核的回答"),
    );
    server.eventually("it is found by what was answered", |s| {
        found(s, "换一根数据线")
            .first()
            .is_some_and(|id| id == "q/1")
            .then_some(())
    });
    let letters = office.run(async {
        let mut read = office.cases.store().read().await.expect("a connection");
        let all = read.outbox(None, None, 50).await.expect("read");
        all.into_iter()
            .map(|entry| entry.what.dedup)
            .collect::<Vec<_>>()
    });
    let told = letters
        .iter()
        .filter(|name| name.starts_with("answer:") && name.ends_with(":reviewed"));
    assert_eq!(told.count(), 1, "{letters:?}");
    // The asker has no case here; the desk says which answer helped, and who wrote it gets points.
    let mei = office.sit("mei");
    let one = page(&office.get(&mei, "/desk/questions/1").status(200));
    let accept = attributes(&one, ".plain-list form.row-acts", "action").remove(0);
    for _ in 0..2 {
        drop(
            office
                .post(&mei, &accept, &[("do", "accept"), ("number", "1")])
                .status(303),
        );
    }
    drop(server.get("/q/1").status(200).has("badge-accepted"));
    let points = office.run(async {
        let mut read = office.cases.store().read().await.expect("a connection");
        let mail = kb::model::Email::parse("re.xin@example.com").expect("an address");
        let person = read
            .person_by_email(&mail)
            .await
            .expect("read")
            .expect("a person");
        read.points(kb::model::reward::Holder::Person(person.id))
            .await
            .expect("read")
    });
    assert_eq!(points, 20);
}

#[test]
fn what_is_taken_back_is_gone_and_can_come_again() {
    let (office, _) = forum("长按电源键十秒。");
    let server = &office.server;
    server.eventually("it is found", |s| {
        (!found(s, "扫描仪闪红灯").is_empty()).then_some(())
    });
    let mei = office.sit("mei");
    drop(
        office
            .post(&mei, "/desk/questions/1", &[("do", "hide")])
            .status(303),
    );
    drop(server.get("/q/1").status(410));
    drop(server.post("/q/1/vote", &[("helpful", "yes")]).status(404));
    drop(
        server
            .get("/questions")
            .status(200)
            .lacks("扫描仪一直闪红灯"),
    );
    server.eventually("it is found no more", |s| {
        found(s, "扫描仪闪红灯").is_empty().then_some(())
    });
    drop(
        office
            .post(&mei, "/desk/questions/1", &[("do", "show")])
            .status(303),
    );
    drop(server.get("/q/1").status(200));
    let answer = [("do", "answer"), ("text", "**重置**扫描仪。")];
    drop(office.post(&mei, "/desk/questions/1", &answer).status(303));
    drop(office.post(&mei, "/desk/questions/1", &answer).status(303));
    drop(
        server
            .get("/q/1")
            .status(200)
            .has("<strong>重置</strong>")
            .has("官方回答"),
    );
    assert_eq!(shown(server, "/q/1").len(), 2);
}

#[test]
fn bad_answers_come_back_with_what_is_wrong() {
    let (office, _) = forum("长按电源键十秒。");
    let server = &office.server;
    let html = page(&server.get("/q/1").status(200));
    let stamp = attributes(&html, "#answer-form input[name=stamp]", "value").concat();
    let long = "长".repeat(5_001);
    for fields in [
        [("stamp", "forged"), ("text", "好"), ("email", "")],
        [("stamp", &stamp), ("text", ""), ("email", "")],
        [("stamp", &stamp), ("text", &long), ("email", "")],
        [("stamp", &stamp), ("text", "好"), ("email", "no address")],
        [("stamp", &stamp), ("text", "好"), ("website", "http://x")],
    ] {
        let page = server.post("/q/1/answers", &fields).status(422);
        drop(page.has("class=\"faults\""));
    }
    let closed = Kb::new().config("[forum]\ncustomer_answers = false\n");
    let closed = Office::over(closed, &[]);
    closed.run(put(&closed.cases.store().clone(), "问题", "答"));
    drop(closed.server.get("/q/1").status(200).lacks("answer-form"));
    let none = Kb::new().config("[forum]\nenabled = false\n").serve();
    none.eventually("the store is open", |s| s.get("/ask").is(200).then_some(()));
    drop(none.get("/questions").status(404));
    drop(none.get("/").status(200).lacks("/questions"));
}

#[test]
fn programs_list_read_vote_and_answer() {
    let (office, question) = forum("长按电源键十秒。");
    let server = &office.server;
    let list = server.get("/api/v1/questions").status(200).json();
    assert_eq!(
        (&list["total"], &list["questions"][0]["url"]),
        (&1.into(), &"/q/1".into())
    );
    drop(
        server
            .get("/api/v1/questions?order=best")
            .status(400)
            .has("must be newest, open or helpful"),
    );
    drop(server.get("/api/v1/questions?colour=red").status(400));
    let one = server.get("/api/v1/questions/1").status(200).json();
    assert_eq!(one["answers"][0]["text"], "长按电源键十秒。");
    assert_eq!(one["answers"][0]["official"], false);
    drop(server.get("/api/v1/questions/2").status(404));
    let say = |body: serde_json::Value| server.post_json("/api/v1/questions/1/votes", &[], &body);
    let visit = "01890a5d-ac96-774b-bcce-b302099a8057";
    for _ in 0..2 {
        let voted = say(serde_json::json!({ "visit": visit, "helpful": true }))
            .status(200)
            .json();
        assert_eq!(voted["votes"], 1);
    }
    let answer = one["answers"][0]["id"].as_str().unwrap_or_default();
    let voted =
        say(serde_json::json!({ "visit": visit, "answer": answer, "helpful": false })).status(200);
    assert_eq!(voted.json()["votes"], -1);
    drop(say(serde_json::json!({ "visit": "me", "helpful": true })).status(400));
    drop(say(serde_json::json!({ "visit": visit, "stars": 5 })).status(400));
    let key = [("idempotency-key", "0193-a-key-of-an-answer")];
    let post =
        |body: serde_json::Value| server.post_json("/api/v1/questions/1/answers", &key, &body);
    let body = serde_json::json!({ "text": "换一根线。", "name": "热心人" });
    let first = post(body.clone()).status(202).json();
    assert_eq!(first["state"], "waiting");
    assert_eq!(post(body).status(202).json()["id"], first["id"]);
    drop(post(serde_json::json!({ "text": "别的。" })).status(409));
    drop(
        post(serde_json::json!({ "text": " ", "email": "x" }))
            .status(400)
            .has("email"),
    );
    let waiting = office.run(async {
        let mut read = office.cases.store().read().await.expect("a connection");
        read.answers(question.id, Some(Shown::Waiting))
            .await
            .expect("read")
    });
    assert_eq!(waiting.len(), 1);
    let document = server.get("/api/v1/openapi.json").status(200).json();
    assert!(document["paths"]["/api/v1/questions/{number}/answers"]["post"].is_object());
}

#[test]
fn search_goes_on_while_the_store_is_away() {
    let (office, _) = forum("长按电源键十秒。");
    let kb = office.server.kb().clone();
    office.server.eventually("it is found", |s| {
        (!found(s, "扫描仪闪红灯").is_empty()).then_some(())
    });
    let asked = office.server.get("/ask?q=扫描仪闪红灯").status(200);
    drop(asked.has("href=\"/q/1\""));
    drop(kb.run(["backup", "kept.sqlite"]).code(0));
    drop(office);
    // What was written last may still be in the files beside it.
    for rest in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(kb.path(&format!(".kb/kb.sqlite{rest}")));
    }
    kb.put(
        ".kb/kb.sqlite",
        "no database at all, however long one looks at it",
    );
    let server = kb.serve();
    assert_eq!(found(&server, "扫描仪闪红灯"), ["q/1"]);
    // What was asked and what helped, as they were indexed; without what only the store knows.
    let kept = server.get("/q/1").status(200);
    let kept = kept.has("长按电源键十秒");
    let kept = kept.has("投票和更新的回答暂时显示不出来");
    drop(
        kept.lacks("/q/1/vote")
            .has_header("cache-control", "no-store"),
    );
    drop(server.get("/q/2").status(503));
    drop(server.get("/questions").status(503));
    drop(server.get("/").status(200));
    // It is back: without a restart all goes on.
    drop(kb.run(["restore", "kept.sqlite", "--force"]).code(0));
    server.eventually("questions are shown again", |s| {
        s.get("/q/1").text().contains("/q/1/vote").then_some(())
    });
    assert_eq!(found(&server, "扫描仪闪红灯"), ["q/1"]);
}
