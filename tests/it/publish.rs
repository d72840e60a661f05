//! Does an answer reach everybody, once, and without what says who somebody is? The publish page of the desk, through the real
//! binary.

use crate::asking::{Kept, QUICK, ask, attributes, page, texts};
use crate::desk::{Office, Seat};
use crate::harness::{Kb, Response};
use crate::identity::{bearer, sign_in, token};
use kb::model::case::What;
use kb::model::outbox::Entry;
use kb::model::question::{Question, Shown};
use kb::model::reward::Holder;

const PEOPLE: [(&str, &str, &str); 2] = [("mei", "agent", "support"), ("lin", "editor", "support")];
const ASKED: &str = "退款一直没到账。我叫李雷，电话13800138000，订单号TB20261122889。";
const ANSWER: &str = "您好，李雷：银行处理需要 **三个工作日**，请留意短信 13800138000。";

/// An office with a solved case, and who solved it.
fn solved() -> (Office, Seat, String) {
    let kb = Kb::new()
        .article("怎么登录", "用手机号登录。")
        .write("kb/售后/_index.md", "+++\ntitle = \"售后服务\"\n+++\n")
        .write(
            "kb/售后/invoice.md",
            "+++\ntitle = \"怎么开发票\"\n+++\n在订单页申请。\n",
        )
        .write(
            "kb/golden.toml",
            "# ours\n[[query]]\ntext = \"发票\"\narticles = [\"售后/invoice\"]\n",
        );
    let office = Office::over(kb, &PEOPLE);
    let mei = office.sit("mei");
    let number = office.case("li.lei@example.com", ASKED);
    let _ = office.answer(&mei, &number, "solve", ANSWER).status(303);
    (office, mei, number)
}

/// The form as the page gives it out, with every decision as it is preset.
fn form_of(page: &Response) -> Vec<(String, String)> {
    let html = scraper::Html::parse_document(&page.text());
    let select = |css: &str| scraper::Selector::parse(css).expect("a selector");
    let mut fields = Vec::new();
    for input in html.select(&select("form.publish input")) {
        let value = |name| input.value().attr(name).unwrap_or_default().to_owned();
        let ticked = matches!(value("type").as_str(), "checkbox" | "radio");
        if (!ticked || input.value().attr("checked").is_some()) && value("name") != "csrf" {
            fields.push((value("name"), value("value")));
        }
    }
    for area in html.select(&select("form.publish textarea")) {
        let name = area.value().attr("name").unwrap_or_default().to_owned();
        fields.push((name, area.text().collect()));
    }
    fields
}

fn send(
    office: &Office,
    seat: &Seat,
    number: &str,
    fields: &[(String, String)],
    more: &[(&str, &str)],
) -> Response {
    let mut all: Vec<(&str, &str)> = more.to_vec();
    all.extend(
        fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    office.post(seat, &format!("/desk/cases/{number}/publish"), &all)
}

fn question(office: &Office, number: i64) -> Option<Question> {
    office.run(async {
        let mut read = office.cases.store().read().await.expect("a connection");
        read.question_by_number(number).await.expect("read")
    })
}

fn outbox(office: &Office, number: &str) -> Vec<Entry> {
    let case = office.read(number);
    office.run(async {
        let mut read = office.cases.store().read().await.expect("a connection");
        read.outbox_of(case.id).await.expect("read")
    })
}

#[test]
fn a_question_for_customers_is_found_by_them_and_by_nobody_else() {
    let kb = Kb::new().article("怎么登录", "用手机号登录。").config(
        "[identity]\nissuer = \"https://www.example.com\"\n\n[[identity.keys]]\nid = \"1\"\nsecret = \"0123456789abcdef0123456789abcdef\"\n",
    );
    let office = Office::over(kb, &PEOPLE);
    let mei = office.sit("mei");
    let number = office.case("li.lei@example.com", "专线一直占线怎么办");
    let _ = office
        .answer(&mei, &number, "solve", "请改拨 **备用专线** 4002。")
        .status(303);
    let page = office.get(&mei, &format!("/desk/cases/{number}/publish"));
    let fields = form_of(&page.status(200));
    let publish = [
        ("do", "publish"),
        ("confirmed", "1"),
        ("audience", "customer"),
        ("draft", "1"),
    ];
    let _ = send(&office, &mei, &number, &fields, &publish).status(303);
    let server = &office.server;
    let customer = token(server.kb(), &[]);
    let search = "/api/v1/search?q=专线占线";
    server.eventually("customers find it", |_| {
        let hits = bearer(server, search, &customer).json();
        (hits["hits"][0]["id"] == "q/1").then_some(())
    });
    bearer(server, "/api/v1/questions/1", &customer)
        .status(200)
        .has("备用专线");
    let cookie = sign_in(server, &customer);
    let known = server.get_with("/q/1", &[("cookie", &cookie)]).status(200);
    known
        .has("备用专线")
        .has_header("cache-control", "no-store");
    office.get(&mei, "/q/1").status(200).has("备用专线");
    // Nobody else, by whatever way out. What echoes the query is asked for its counts.
    assert_eq!(server.get(search).status(200).json()["total"], 0);
    for path in [
        "/q/1",
        "/q/1.md",
        "/api/v1/questions/1",
        "/api/v1/articles/q/1",
        "/follow?question=1",
    ] {
        drop(server.get(path).status(404).lacks("占线").lacks("备用"));
    }
    for path in [
        "/",
        "/questions",
        "/questions/feed.xml",
        "/c",
        "/feed.atom",
        "/sitemap.xml",
        "/llms.txt",
        "/api/v1/questions",
        "/api/v1/suggest?q=",
        "/api/v1/suggest?q=zhuan",
        "/api/v1/categories",
        "/metrics",
    ] {
        let seen = server.get(path).status(200).text();
        assert!(
            !seen.contains("占线") && !seen.contains("备用专线"),
            "{path}"
        );
        assert!(!seen.contains("/q/1\""), "{path}");
    }
    // The draft that goes with it is for customers as well.
    let kb = server.kb();
    let drafts = std::fs::read_dir(kb.path("kb")).expect("a folder");
    let mut drafts = drafts.map(|entry| entry.expect("an entry").file_name());
    let draft = drafts.find(|name| name.to_string_lossy().starts_with("zhuan-xian"));
    let draft = kb.read(&format!("kb/{}", draft.expect("a draft").display()));
    assert!(draft.contains("audience = \"customer\""), "{draft}");
}

#[test]
fn a_case_becomes_a_question_a_draft_and_golden_queries_and_nothing_twice() {
    let (office, mei, number) = solved();
    let address = format!("/desk/cases/{number}/publish");
    let page = office.get(&mei, &address).status(200);
    let page = page.has("13800138000").has("TB20261122889").has("售后服务");
    let fields = form_of(&page);
    let publish = [
        ("do", "publish"),
        ("confirmed", "1"),
        ("draft", "1"),
        ("category", "售后"),
    ];
    let _ = send(&office, &mei, &number, &fields, &publish).status(303);
    let said = office.get(&mei, &format!("/desk/cases/{number}"));
    let said = said.status(200).has("/q/1").has("kb/售后/tui-kuan");
    drop(said);
    let asked = question(&office, 1).expect("a question");
    assert_eq!(asked.shown, Shown::Published);
    assert_eq!(asked.category, "售后");
    assert_eq!(asked.wordings, ["退款没到账"]);
    assert!(
        asked.text.contains("【姓名】") && asked.text.contains("【单号】"),
        "{}",
        asked.text
    );
    let kb = office.server.kb();
    let draft = kb.read("kb/售后/tui-kuan-yi-zhi-mei-dao-zhang.md");
    for text in [&asked.title, &asked.text, &draft] {
        for secret in ["13800138000", "李雷", "TB20261122889"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(
        draft.contains("status = \"draft\"") && draft.contains("**三个工作日**"),
        "{draft}"
    );
    kb.run(["check", "--strict"]).code(0);
    let golden = kb.read("kb/golden.toml");
    assert!(
        golden.starts_with("# ours") && golden.contains("\"退款没到账\""),
        "{golden}"
    );
    assert!(golden.contains("\"q/1\""), "{golden}");
    office
        .server
        .eventually("it is found by the search that failed", |s| {
            let hits = s.get("/api/v1/search?q=退款没到账").json();
            (hits["hits"][0]["id"] == "q/1" && hits["confident"] == true).then_some(())
        });
    kb.run(["eval"]).code(0);
    // Once more: the same question, the same file, no second letter.
    let letters = outbox(&office, &number).len();
    let again = send(&office, &mei, &number, &fields, &publish).status(303);
    drop(again);
    assert!(question(&office, 2).is_none());
    assert_eq!(outbox(&office, &number).len(), letters);
    let files = std::fs::read_dir(kb.path("kb/售后"))
        .expect("a folder")
        .count();
    assert_eq!(files, 3);
    assert_eq!(kb.read("kb/golden.toml"), golden);
    let published = office.timeline(&number);
    let published = published
        .iter()
        .filter(|e| matches!(e.what, What::Published { .. }));
    assert_eq!(published.count(), 1);
}

#[test]
fn asker_and_answerer_are_thanked_and_rewarded() {
    let (office, mei, number) = solved();
    let fields = form_of(&office.get(&mei, &format!("/desk/cases/{number}/publish")));
    let publish = [("do", "publish"), ("confirmed", "1")];
    let _ = send(&office, &mei, &number, &fields, &publish).status(303);
    let case = office.read(&number);
    let points = office.run(async {
        let mut read = office.cases.store().read().await.expect("a connection");
        let account = read.accounts().await.expect("read");
        let mei = account
            .iter()
            .find(|a| a.name.as_str() == "mei")
            .expect("mei");
        (
            read.points(Holder::Person(case.requester))
                .await
                .expect("read"),
            read.points(Holder::Account(mei.id)).await.expect("read"),
        )
    });
    assert_eq!(points, (10, 5));
    let thanks = outbox(&office, &number);
    let thanks = thanks
        .iter()
        .find(|entry| entry.what.dedup.starts_with("thanks:"));
    let name = &thanks.expect("a letter").what.dedup;
    assert!(name.contains("/q/1"), "{name}");
}

#[test]
fn s20_nothing_is_published_before_everything_personal_was_decided() {
    let (office, mei, number) = solved();
    let fields = form_of(&office.get(&mei, &format!("/desk/cases/{number}/publish")));
    // Not confirmed.
    let page = send(&office, &mei, &number, &fields, &[("do", "publish")]).status(422);
    drop(page.has("我已逐字看过"));
    // A new number came in while it was worded.
    let more = [
        ("answer", "请打 13900139000"),
        ("do", "publish"),
        ("confirmed", "1"),
    ];
    let page = send(&office, &mei, &number, &fields, &more).status(422);
    drop(page.has("finding-fresh").has("13900139000"));
    assert!(question(&office, 1).is_none());
    // A preview publishes nothing, and shows what would be.
    let page = send(&office, &mei, &number, &fields, &[("do", "preview")]).status(200);
    drop(page.has("请留意短信 【电话】"));
    assert!(question(&office, 1).is_none());
    // What was put back stays.
    let kept: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| {
            let keep = name.starts_with("decide-");
            (
                name.clone(),
                if keep {
                    "keep".to_owned()
                } else {
                    value.clone()
                },
            )
        })
        .collect();
    let _ = send(
        &office,
        &mei,
        &number,
        &kept,
        &[("do", "publish"), ("confirmed", "1")],
    )
    .status(303);
    assert!(
        question(&office, 1)
            .expect("a question")
            .text
            .contains("13800138000")
    );
}

#[test]
fn s20_nothing_private_is_carried_over_unless_it_was_chosen() {
    let kb = Kb::new().article("怎么登录", "用手机号登录。");
    let office = Office::over(kb, &PEOPLE);
    let mei = office.sit("mei");
    let number = office.case_like("li.lei@example.com", ASKED, |new| {
        let limits = kb::config::Uploads::default();
        let file = kb::cases::Upload::inspect("私密截图.txt", b"private bytes".to_vec(), &limits);
        new.files.push(file.expect("a file"));
    });
    let note = "内部备注：这位客户很难缠，联系 li.lei@example.com";
    let _ = office.answer(&mei, &number, "note", note).status(303);
    let _ = office.answer(&mei, &number, "solve", ANSWER).status(303);
    let address = format!("/desk/cases/{number}/publish");
    let fields = form_of(&office.get(&mei, &address));
    let preview = send(&office, &mei, &number, &fields, &[("do", "preview")]).status(200);
    let html = page(&preview);
    let shown = texts(&html, ".publish-preview").concat();
    assert!(shown.contains("三个工作日"), "{shown}");
    let publish = [("do", "publish"), ("confirmed", "1")];
    let _ = send(&office, &mei, &number, &fields, &publish).status(303);
    let public = office.server.get("/q/1").status(200).text();
    let api = office.server.get("/api/v1/questions/1").status(200).text();
    assert!(public.contains("三个工作日") && api.contains("三个工作日"));
    for private in [
        "李雷",
        "li.lei",
        "13800138000",
        "TB20261122889",
        "难缠",
        "内部备注",
        "私密截图",
        "private bytes",
        &number,
    ] {
        for exit in [&shown, &public, &api] {
            assert!(!exit.contains(private), "{private} in {exit}");
        }
    }
}

#[test]
fn who_may_not_read_cases_publishes_none() {
    let (office, _, number) = solved();
    let lin = office.sit("lin");
    let address = format!("/desk/cases/{number}/publish");
    drop(office.get(&lin, &address).status(403));
    let form = [
        ("title", "x"),
        ("do", "publish"),
        ("confirmed", "1"),
        ("forum", "1"),
    ];
    drop(office.post(&lin, &address, &form).status(403));
    assert!(question(&office, 1).is_none());
}

#[test]
fn what_cannot_be_written_is_said_and_nothing_is_published() {
    let (office, mei, number) = solved();
    let fields = form_of(&office.get(&mei, &format!("/desk/cases/{number}/publish")));
    for (category, status) in [("../..", 422), ("nowhere", 422)] {
        let more = [
            ("category", category),
            ("draft", "1"),
            ("do", "publish"),
            ("confirmed", "1"),
        ];
        drop(send(&office, &mei, &number, &fields, &more).status(status));
        assert!(question(&office, 1).is_none());
    }
    let long = "长".repeat(20_001);
    let more = [
        ("text", long.as_str()),
        ("do", "publish"),
        ("confirmed", "1"),
    ];
    drop(send(&office, &mei, &number, &fields, &more).status(400));
    assert!(question(&office, 1).is_none());
}

/// What a visit to a page of the forum carries.
fn customers_answer(office: &Office, seat: &Seat, text: &str) {
    let html = page(&office.server.get("/q/1").status(200));
    let stamp = attributes(&html, "#answer-form input[name=stamp]", "value").concat();
    let fields = [
        ("stamp", stamp.as_str()),
        ("text", text),
        ("email", "re.xin@example.com"),
    ];
    drop(office.server.post("/q/1/answers", &fields).status(303));
    let queue = page(&office.get(seat, "/desk/questions").status(200));
    let action = attributes(&queue, "form.review", "action").concat();
    drop(office.post(seat, &action, &[("do", "approve")]).status(303));
}

#[test]
fn who_asked_sees_his_question_and_says_which_answer_helped() {
    let hook = "[[hooks]]\nname = \"crm\"\nurl = \"http://127.0.0.1:9/\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\nallow_private = true\n";
    let kb = Kb::new()
        .article("怎么登录", "用手机号登录。")
        .config(&format!("{QUICK}{hook}"));
    let office = Office::over(kb, &PEOPLE);
    let path = ask(&office.server, "li.lei@example.com", ASKED);
    let number = Kept::of(&office.server)
        .case("li.lei@example.com")
        .number
        .to_string();
    let mei = office.sit("mei");
    drop(office.answer(&mei, &number, "solve", ANSWER).status(303));
    drop(office.server.get(&format!("{path}/answers")).status(404));
    let fields = form_of(&office.get(&mei, &format!("/desk/cases/{number}/publish")));
    drop(
        send(
            &office,
            &mei,
            &number,
            &fields,
            &[("do", "publish"), ("confirmed", "1")],
        )
        .status(303),
    );
    let own = office.server.get(&path).status(200);
    drop(own.has("href=\"/q/1\"").has(&format!("{path}/answers")));
    customers_answer(&office, &mei, "打给银行就快了。");
    let answers = page(&office.server.get(&format!("{path}/answers")).status(200));
    let ids = attributes(&answers, ".answers input[name=answer]", "value");
    assert_eq!(ids.len(), 1, "the one that is not accepted yet");
    let accept = format!("{path}/answers");
    for _ in 0..2 {
        drop(
            office
                .server
                .post(&accept, &[("answer", &ids[0])])
                .status(303),
        );
    }
    drop(
        office
            .server
            .post(
                &accept,
                &[("answer", "01890a5d-ac96-774b-bcce-b302099a8057")],
            )
            .status(404),
    );
    let html = page(&office.server.get("/q/1").status(200));
    let first = texts(&html, ".answers > li.accepted .said-by-own");
    assert_eq!(first, ["打给银行就快了。"]);
    let told = office.run(async {
        let mut read = office.cases.store().read().await.expect("a connection");
        let all = read.outbox(None, None, 100).await.expect("read");
        all.into_iter()
            .map(|entry| entry.what.dedup)
            .collect::<Vec<_>>()
    });
    for event in [
        "question.published:hook:crm",
        "answer.waiting:hook:crm",
        "reward.granted:hook:crm",
    ] {
        assert!(
            told.iter().any(|name| name.ends_with(event)),
            "{event} in {told:?}"
        );
    }
    // Taken back, it is not offered any more.
    drop(
        office
            .post(&mei, "/desk/questions/1", &[("do", "hide")])
            .status(303),
    );
    drop(office.server.get(&path).status(200).lacks("href=\"/q/1\""));
    drop(office.server.get(&accept).status(404));
}
