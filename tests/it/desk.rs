//! How is the desk spoken to? `Office::new().agent("小美")`: a server with people at its desk and cases that they answer.
//! What is done to one case stands here too.

use super::harness::{Kb, Response, Server};
use kb::cases::{Asking, Cases, NewCase, Source, Step};
use kb::clock::Clock;
use kb::config::Settings;
use kb::model::case::{Case, CaseNumber, Event, Kind, Reach, Via};
use kb::model::{Email, Lang, PersonName, VisitId};
use kb::store::{Location, Store};
use std::io::Write;
use std::net::IpAddr;
use std::process::Stdio;
use std::sync::Arc;

/// What everybody here signs in with.
pub(crate) const PASSWORD: &str = "a long enough password";

/// A server with people at its desk.
pub(crate) struct Office {
    pub(crate) server: Server,
    runtime: tokio::runtime::Runtime,
    pub(crate) cases: Cases,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Seat {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

impl Office {
    /// An office with these people: name, role and group of each; the address is `<name>@example.com`.
    pub(crate) fn of(people: &[(&str, &str, &str)]) -> Self {
        Self::over(
            Kb::new().article("如何申请退款", "在订单页点“申请退款”，三个工作日内到账。"),
            people,
        )
    }

    pub(crate) fn over(kb: Kb, people: &[(&str, &str, &str)]) -> Self {
        let server = kb.serve();
        server.eventually("the desk is open", |s| {
            s.get("/desk/sign-in").is(200).then_some(())
        });
        for (name, role, group) in people {
            let email = format!("{name}@example.com");
            let mut child = kb
                .command([
                    "user", "add", &email, "--name", name, "--role", role, "--group", group,
                ])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("kb user add starts");
            let mut stdin = child.stdin.take().expect("standard input");
            writeln!(stdin, "{PASSWORD}").expect("the password is taken");
            drop(stdin);
            let done = child.wait_with_output().expect("kb user add ends");
            assert!(
                done.status.success(),
                "{}",
                String::from_utf8_lossy(&done.stderr)
            );
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let location = Location::Sqlite(kb.path(".kb/kb.sqlite"));
        let cases = runtime.block_on(async {
            let store = Store::open(&location).await.expect("the store opens");
            Cases::open(store, Arc::new(Settings::default()), Clock::System)
                .await
                .expect("cases open")
        });
        Self {
            server,
            runtime,
            cases,
        }
    }

    /// Runs what is asked of the store.
    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// A case of `mail`, opened with this text.
    pub(crate) fn case(&self, mail: &str, text: &str) -> String {
        self.case_like(mail, text, |_| {})
    }

    pub(crate) fn case_like(
        &self,
        mail: &str,
        text: &str,
        change: impl FnOnce(&mut NewCase),
    ) -> String {
        let visit = VisitId::generate(self.cases.now());
        let mut new = NewCase {
            tier: None,
            email: Email::parse(mail).expect("an address"),
            name: PersonName::parse("李雷").ok(),
            lang: Lang::ZhCn,
            text: text.to_owned(),
            kind: Kind::Problem,
            product: None,
            category: String::new(),
            via: Via::Page,
            visit: Some(visit),
            steps: vec![Step::Searched {
                query: "退款没到账".to_owned(),
                results: 0,
                confident: false,
            }],
            files: Vec::new(),
            articles: Vec::new(),
        };
        change(&mut new);
        let source = Source::of(IpAddr::from([127, 0, 0, 1]));
        let opened = self.run(self.cases.ask(
            new,
            Asking {
                key: None,
                proof: None,
                source,
            },
        ));
        opened.expect("the case opens").case.number.to_string()
    }

    pub(crate) fn read(&self, number: &str) -> Case {
        let number = CaseNumber::parse(number).expect("a number");
        let found = self.run(async {
            self.cases
                .store()
                .read()
                .await?
                .case_by_number(&number)
                .await
        });
        found
            .expect("the store answers")
            .expect("the case is there")
    }

    pub(crate) fn timeline(&self, number: &str) -> Vec<Event> {
        let case = self.read(number);
        let found = self.run(async {
            self.cases
                .store()
                .read()
                .await?
                .events(case.id, 0, Reach::Internal)
                .await
        });
        found.expect("the store answers")
    }

    /// Signs somebody in.
    #[track_caller]
    pub(crate) fn sit(&self, name: &str) -> Seat {
        let answer = self
            .sign_in(&format!("{name}@example.com"), PASSWORD, "")
            .status(303);
        let cookie = cookies(&answer);
        let page = self
            .server
            .get_with("/desk/me", &[("cookie", &cookie), ("accept", "text/html")])
            .status(200);
        Seat {
            csrf: csrf_of(&page.text()),
            cookie,
        }
    }

    pub(crate) fn sign_in(&self, email: &str, password: &str, cookie: &str) -> Response {
        let body = form(&[("email", email), ("password", password), ("next", "/desk")]);
        let mut headers = vec![
            FORM,
            ("sec-fetch-site", "same-origin"),
            ("accept-language", "zh-CN"),
        ];
        if !cookie.is_empty() {
            headers.push(("cookie", cookie));
        }
        self.server.send("POST", "/desk/sign-in", &headers, &body)
    }

    pub(crate) fn get(&self, seat: &Seat, path: &str) -> Response {
        self.server
            .get_with(path, &[("cookie", &seat.cookie), ("accept", "text/html")])
    }

    /// Sends a form of a page.
    pub(crate) fn post(&self, seat: &Seat, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut all = vec![("csrf", seat.csrf.as_str())];
        all.extend(fields);
        let headers = [
            FORM,
            ("cookie", seat.cookie.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("accept", "text/html"),
        ];
        self.server.send("POST", path, &headers, &form(&all))
    }

    /// Sends what was written in a case; the writer has seen all there is.
    pub(crate) fn answer(&self, seat: &Seat, number: &str, how: &str, text: &str) -> Response {
        let seen = self.read(number).events.to_string();
        self.post(
            seat,
            &format!("/desk/cases/{number}/answer"),
            &[("how", how), ("text", text), ("seen", &seen)],
        )
    }
}

pub(crate) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

pub(crate) fn cookies(answer: &Response) -> String {
    let set = answer.all_headers("set-cookie");
    let pairs: Vec<&str> = set
        .iter()
        .filter_map(|cookie| cookie.split(';').next())
        .collect();
    pairs.join("; ")
}

pub(crate) fn csrf_of(page: &str) -> String {
    let behind = page
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .expect("a form with its mark");
    behind.split('"').next().expect("an end").to_owned()
}

const ONE: [(&str, &str, &str); 1] = [("mei", "agent", "support")];
const TWO: [(&str, &str, &str); 2] = [
    ("mei", "agent", "support"),
    ("zhuan", "specialist", "experts"),
];

#[test]
fn a_case_is_read_answered_asked_back_noted_and_solved() {
    let office = Office::of(&ONE);
    let number = office.case("li@example.cn", "退款 <b>三天</b>了还没到账\n怎么办");
    let mei = office.sit("mei");
    let page = office
        .get(&mei, &format!("/desk/cases/{number}"))
        .status(200)
        .text();
    for shown in [
        "退款没到账",
        "&lt;b&gt;三天&lt;/b&gt;",
        "li@example.cn",
        "如何申请退款",
        "没有结果",
    ] {
        assert!(page.contains(shown), "the page shows {shown}");
    }
    assert!(!page.contains("<b>三天"), "what a customer wrote is text");
    for (how, state) in [
        ("note", "new"),
        ("reply", "open"),
        ("ask_back", "waiting"),
        ("solve", "solved"),
    ] {
        office
            .answer(&mei, &number, how, &format!("**{how}** <i>x</i>"))
            .status(303);
        assert_eq!(office.read(&number).state.as_str(), state, "after {how}");
    }
    let page = office
        .get(&mei, &format!("/desk/cases/{number}"))
        .status(200)
        .text();
    assert!(
        page.contains("<strong>note</strong> &lt;i&gt;x&lt;/i&gt;"),
        "Markdown without HTML of its own"
    );
    let case = office.read(&number);
    assert!(
        case.answered_at.is_some() && case.assignee.is_some(),
        "who answers first has it"
    );
}

#[test]
fn a_reply_past_what_its_writer_has_not_seen_is_refused_with_the_text_kept() {
    let office = Office::of(&TWO);
    let number = office.case("li@example.cn", "登录不了");
    let (mei, zhuan) = (office.sit("mei"), office.sit("zhuan"));
    let seen = office.read(&number).events.to_string();
    office
        .answer(&zhuan, &number, "reply", "专家先回了")
        .status(303);
    let late = [
        ("how", "reply"),
        ("text", "晚到的回复"),
        ("seen", seen.as_str()),
    ];
    let path = format!("/desk/cases/{number}/answer");
    let page = office.post(&mei, &path, &late).status(409).text();
    for shown in [
        "还没有发送",
        "专家先回了",
        ">晚到的回复</textarea>",
        "event-fresh",
    ] {
        assert!(page.contains(shown), "the page shows {shown}");
    }
    let said = |office: &Office| {
        office
            .timeline(&number)
            .iter()
            .filter(|event| event.what.text() == Some("晚到的回复"))
            .count()
    };
    assert_eq!(said(&office), 0, "nothing was sent");
    let again = office.get(&mei, &format!("/desk/cases/{number}")).text();
    assert!(
        again.contains(">晚到的回复</textarea>"),
        "the draft is kept"
    );
    let seen = office.read(&number).events.to_string();
    office
        .post(
            &mei,
            &path,
            &[("how", "reply"), ("text", "晚到的回复"), ("seen", &seen)],
        )
        .status(303);
    assert_eq!(said(&office), 1);
    // What one did oneself is no news to oneself.
    office
        .post(
            &mei,
            &path,
            &[("how", "note"), ("text", "自己的备注"), ("seen", &seen)],
        )
        .status(303);
}

#[test]
fn an_empty_or_huge_reply_is_refused_in_words_and_nothing_is_lost() {
    let office = Office::of(&ONE);
    let number = office.case("li@example.cn", "登录不了");
    let mei = office.sit("mei");
    let page = office
        .answer(&mei, &number, "reply", " \n ")
        .status(400)
        .text();
    assert!(page.contains("还没有写内容"));
    let long = "长".repeat(20_001);
    let page = office
        .answer(&mei, &number, "reply", &long)
        .status(400)
        .text();
    assert!(
        page.contains("内容太长") && page.contains(&long),
        "the text is still there"
    );
    assert_eq!(office.read(&number).events, 1);
}

#[test]
fn who_has_it_how_urgent_it_is_and_its_labels_change_with_one_form() {
    let office = Office::of(&TWO);
    let number = office.case("li@example.cn", "登录不了");
    let mei = office.sit("mei");
    let path = format!("/desk/cases/{number}/change");
    let before = office.read(&number);
    office
        .post(
            &mei,
            &path,
            &[
                ("assignee", "me"),
                ("priority", "P2"),
                ("kind", "complaint"),
                ("tags", "退款，VIP"),
                ("product", "app"),
            ],
        )
        .status(303);
    let case = office.read(&number);
    assert_eq!(
        (
            case.priority.as_str(),
            case.kind.as_str(),
            case.state.as_str()
        ),
        ("P2", "complaint", "open")
    );
    assert_eq!(
        case.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(),
        ["退款", "VIP"]
    );
    assert!(
        case.due.first_answer < before.due.first_answer,
        "more urgent, sooner due"
    );
    assert_eq!(
        case.product.as_ref().map(|product| product.as_str()),
        Some("app")
    );
    // The same again changes nothing.
    let events = case.events;
    office
        .post(
            &mei,
            &path,
            &[
                ("priority", "P2"),
                ("kind", "complaint"),
                ("tags", "退款,VIP"),
            ],
        )
        .status(303);
    assert_eq!(office.read(&number).events, events);
    for bad in [
        [("tags", "a\nb")],
        [("assignee", "01890a5d-ac96-774b-bcce-b302099a8057")],
        [("group", "nobody-knows")],
    ] {
        office.post(&mei, &path, &bad).status(303);
        let page = office.get(&mei, &format!("/desk/cases/{number}")).text();
        assert!(page.contains("flash-failed"), "{bad:?} is refused in words");
    }
    assert_eq!(office.read(&number).events, events);
}

#[test]
fn a_case_goes_to_specialists_with_a_reason_and_they_are_told() {
    let office = Office::of(&TWO);
    let number = office.case("li@example.cn", "登录不了");
    let mei = office.sit("mei");
    let path = format!("/desk/cases/{number}/escalate");
    office
        .post(&mei, &path, &[("group", ""), ("reason", "需要查日志")])
        .status(303);
    assert_eq!(
        office.read(&number).escalations,
        0,
        "no group is named, and none is set"
    );
    office
        .post(
            &mei,
            &path,
            &[("group", "experts"), ("reason", "需要查日志")],
        )
        .status(303);
    let case = office.read(&number);
    assert_eq!(
        (case.group.as_str(), case.escalations, case.assignee),
        ("experts", 1, None)
    );
    let page = office.get(&mei, &format!("/desk/cases/{number}")).text();
    assert!(page.contains("需要查日志"));
}

#[test]
fn s17_only_cases_of_one_person_are_merged_and_both_timelines_stay() {
    let office = Office::of(&ONE);
    let first = office.case("li@example.cn", "第一次问");
    let second = office.case("li@example.cn", "第二次问");
    let other = office.case("han@example.cn", "别人的问题");
    let mei = office.sit("mei");
    let merge = |from: &str, into: &str| {
        office.post(
            &mei,
            &format!("/desk/cases/{from}/merge"),
            &[("into", into)],
        )
    };
    merge(&second, &other).status(303);
    merge(&second, &second).status(303);
    assert_eq!(
        office.read(&second).state.as_str(),
        "new",
        "neither was merged"
    );
    merge(&second, "KB-0001-9999").status(404);
    merge(&second, &first).status(303);
    assert_eq!(office.read(&second).state.as_str(), "merged");
    let page = office.get(&mei, &format!("/desk/cases/{first}")).text();
    assert!(
        page.contains("第一次问") && page.contains("第二次问"),
        "both timelines are shown"
    );
    let page = office.get(&mei, &format!("/desk/cases/{second}")).text();
    assert!(
        page.contains(&first) && !page.contains("id=\"write\""),
        "it goes on elsewhere"
    );
    office.answer(&mei, &second, "reply", "x").status(409);
}

#[test]
fn canned_answers_are_filled_in_and_articles_only_where_the_requester_may_read_them() {
    let kb = Kb::new()
        .article("如何申请退款", "在订单页点“申请退款”。")
        .write(
            "kb/内部退款流程.md",
            "+++\ntitle = \"内部退款流程\"\naudience = \"internal\"\n+++\n财务在后台退款。\n",
        );
    let office = Office::over(
        kb,
        &[("mei", "agent", "support"), ("boss", "admin", "support")],
    );
    let number = office.case("li@example.cn", "怎么退款");
    let (mei, boss) = (office.sit("mei"), office.sit("boss"));
    let canned = [
        ("title", "问候"),
        ("text", "{name}您好，您的编号是 {number}。{agent}"),
        ("lang", "zh-CN"),
        ("group", ""),
    ];
    office.post(&mei, "/desk/canned", &canned).status(403);
    office.post(&boss, "/desk/canned", &canned).status(303);
    let page = office.get(&mei, &format!("/desk/cases/{number}")).text();
    assert!(
        page.contains(&format!("data-text=\"李雷您好，您的编号是 {number}。mei\"")),
        "{page}"
    );
    let id = page
        .split("<option value=\"")
        .find(|part| part.contains("data-text"))
        .and_then(|part| part.split('"').next())
        .expect("an id")
        .to_owned();
    let path = format!("/desk/cases/{number}/insert");
    office
        .post(&mei, &path, &[("text", "先写的。"), ("canned", &id)])
        .status(303);
    office
        .post(
            &mei,
            &path,
            &[("text", "先写的。"), ("article", "如何申请退款")],
        )
        .status(303);
    let page = office.get(&mei, &format!("/desk/cases/{number}")).text();
    assert!(
        page.contains("先写的。") && page.contains("[如何申请退款](http"),
        "the link is in the draft"
    );
    assert!(
        page.contains("内部退款流程") && page.contains("客户无权阅读"),
        "staff find it, marked as closed"
    );
    office
        .post(&mei, &path, &[("text", ""), ("article", "内部退款流程")])
        .status(303);
    let page = office.get(&mei, &format!("/desk/cases/{number}")).text();
    assert!(
        page.contains("没有插入") && !page.contains("(http://127.0.0.1/a/%E5%86%85"),
        "refused in words"
    );
}

#[test]
fn who_else_is_here_is_seen_and_drafts_are_everybodys_own() {
    let office = Office::of(&TWO);
    let number = office.case("li@example.cn", "登录不了");
    let (mei, zhuan) = (office.sit("mei"), office.sit("zhuan"));
    let path = |what: &str| format!("/desk/cases/{number}/{what}");
    office
        .post(&zhuan, &path("here"), &[("writing", "1")])
        .status(204);
    office
        .post(&zhuan, &path("draft"), &[("text", "专家的草稿")])
        .status(204);
    let pulse = |seat: &Seat| {
        office
            .get(seat, &format!("/desk/pulse?case={number}"))
            .status(200)
            .text()
    };
    assert!(pulse(&mei).contains("zhuan 正在输入"));
    assert!(!pulse(&zhuan).contains("zhuan"), "oneself is nobody else");
    office
        .post(&zhuan, &path("here"), &[("gone", "1")])
        .status(204);
    assert!(!pulse(&mei).contains("zhuan"));
    assert!(
        !office
            .get(&mei, &format!("/desk/cases/{number}"))
            .text()
            .contains("专家的草稿")
    );
    assert!(
        office
            .get(&zhuan, &format!("/desk/cases/{number}"))
            .text()
            .contains("专家的草稿")
    );
}

#[test]
fn a_solved_case_is_shown_beside_one_that_is_like_it() {
    let office = Office::of(&ONE);
    let old = office.case("han@example.cn", "退款三天了还没有到账，订单显示已退款");
    let mei = office.sit("mei");
    office
        .answer(&mei, &old, "solve", "银行处理要五个工作日")
        .status(303);
    let new = office.case("li@example.cn", "已退款的订单三天没有到账");
    let page = office.get(&mei, &format!("/desk/cases/{new}")).text();
    assert!(page.contains(&old) && page.contains("银行处理要五个工作日"));
    let found = office.get(&mei, "/desk?view=all&q=五个工作日").text();
    assert!(
        found.contains(&old) && !found.contains(&new),
        "replies are searched too"
    );
}
