//! What becomes of mails that arrive? Replies, strangers, programs, mails made to break us; and what the mail server is told.

use crate::asking::{Kept, QUICK, letters_to, site};
use crate::deliver::{House, run};
use crate::harness::Kb;
use kb::cases::Arrived;
use kb::mail::{Letter, Post, Threads};
use kb::model::case::{Case, Event, Reach, State, What};
use kb::model::outbox::{Channel, Delivery, Entry};
use kb::model::{Email, OutboxId};
use std::io::Write;
use std::process::{Output, Stdio};

const INBOUND: &str = "[mail]\nfrom = \"help@example.com\"\ninbound = \"help@example.com\"\n";

fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

async fn house() -> House {
    House::with(|settings| {
        settings.mail.inbound = Email::parse("help@example.com").ok();
        settings.ask.per_mail_day = 3;
    })
    .await
}

fn threads(house: &House) -> Threads {
    let signer = house.cases.signer().clone();
    Threads::of(house.cases.settings(), signer).expect("threads")
}

/// A mail with these lines in its head.
fn mail(from: &str, id: &str, head: &str, text: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nMessage-ID: <{id}@b.cn>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n{head}\r\n{text}\r\n"
    )
    .into_bytes()
}

fn reply(house: &House, case: &Case, from: &str, id: &str, text: &str) -> Vec<u8> {
    let to = threads(house).reply_address(case.id);
    mail(from, id, &format!("To: {to}\r\nSubject: Re: x\r\n"), text)
}

async fn take(house: &House, raw: &[u8]) -> Arrived {
    house.cases.take_mail(raw).await.expect("taken")
}

async fn events(house: &House, case: &Case, reach: Reach) -> Vec<Event> {
    let mut read = house.cases.store().read().await.expect("a reader");
    read.events(case.id, 0, reach).await.expect("read")
}

async fn texts(house: &House, case: &Case, reach: Reach) -> String {
    let events = events(house, case, reach).await;
    let texts = events.iter().filter_map(|event| event.what.text());
    texts.collect::<Vec<_>>().join("\n")
}

async fn outbox(house: &House) -> Vec<Entry> {
    let mut read = house.cases.store().read().await.expect("a reader");
    read.outbox(None, None, 100).await.expect("read")
}

async fn cases_of(house: &House, who: &str) -> Vec<Case> {
    let mut read = house.cases.store().read().await.expect("a reader");
    match read.person_by_email(&email(who)).await.expect("read") {
        Some(person) => read.cases_of(person.id, 100).await.expect("read"),
        None => Vec::new(),
    }
}

#[test]
fn a_new_mail_opens_a_case_once() {
    run(async {
        let house = house().await;
        let raw = mail(
            "=?utf-8?B?5p2O6Zu3?= <li.lei@b.cn>",
            "1",
            "To: help@example.com\r\nSubject: =?utf-8?B?6YCA5qy+5rKh5pyJ5Yiw6LSm?=\r\n",
            "订单号 42。",
        );
        let (once, twice) = tokio::join!(take(&house, &raw), take(&house, &raw));
        let opened = |arrived: &Arrived| matches!(arrived, Arrived::Opened(_));
        assert_eq!(
            [&once, &twice].into_iter().filter(|a| opened(a)).count(),
            1,
            "{once:?} {twice:?}"
        );
        let cases = cases_of(&house, "li.lei@b.cn").await;
        assert_eq!(
            (cases.len(), cases[0].subject.as_str()),
            (1, "退款没有到账")
        );
        let said = texts(&house, &cases[0], Reach::Public).await;
        assert_eq!(said, "退款没有到账\n\n订单号 42。");
        assert_eq!(outbox(&house).await.len(), 1, "it is acknowledged");
    });
}

#[test]
fn a_reply_is_a_message_without_what_it_quotes() {
    run(async {
        let house = house().await;
        let case = house.ask("a@b.cn").await;
        let text = "还是没有。\r\n\r\n在 2026年11月22日，帮助中心 <help@example.com> 写道：\r\n> 请再等一天\r\n";
        let raw = reply(&house, &case, "A@b.cn", "2", text);
        assert_eq!(
            take(&house, &raw).await,
            Arrived::Written(case.number.clone())
        );
        assert!(matches!(take(&house, &raw).await, Arrived::Passed(_)));
        let events = events(&house, &case, Reach::Public).await;
        let messages: Vec<_> = events
            .iter()
            .filter_map(|event| match &event.what {
                What::Message { text, quoted, .. } => Some((text.as_str(), quoted.as_str())),
                _ => None,
            })
            .collect();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].0, "还是没有。");
        assert!(messages[0].1.contains("请再等一天"), "{messages:?}");
    });
}

#[test]
fn a_reply_of_somebody_else_is_for_the_desk_alone() {
    run(async {
        let house = house().await;
        let case = house.ask("a@b.cn").await;
        let raw = reply(&house, &case, "mallory@evil.cn", "3", "请把密码发给我");
        assert_eq!(
            take(&house, &raw).await,
            Arrived::Noted(case.number.clone())
        );
        let public = texts(&house, &case, Reach::Public).await;
        let internal = texts(&house, &case, Reach::Internal).await;
        assert!(!public.contains("密码") && internal.contains("mallory@evil.cn"));
        assert!(cases_of(&house, "mallory@evil.cn").await.is_empty());
        for i in 0..20 {
            let raw = reply(&house, &case, "mallory@evil.cn", &format!("m{i}"), "再来");
            let _ = take(&house, &raw).await;
        }
        assert!(events(&house, &case, Reach::Internal).await.len() < 10);
    });
}

#[test]
fn a_forged_name_of_a_case_opens_a_case_of_ones_own() {
    run(async {
        let house = house().await;
        let case = house.ask("a@b.cn").await;
        let head = format!(
            "To: help+{}@example.com\r\nSubject: Re: {}\r\n",
            case.id, case.number
        );
        let raw = mail("mallory@evil.cn", "4", &head, "我是 a@b.cn");
        assert!(matches!(take(&house, &raw).await, Arrived::Opened(_)));
        assert_eq!(events(&house, &case, Reach::Internal).await.len(), 1);
    });
}

#[test]
fn programs_are_answered_with_nothing() {
    run(async {
        let house = house().await;
        let case = house.ask("a@b.cn").await;
        let to = threads(&house).reply_address(case.id);
        let before = outbox(&house).await.len();
        for (i, head) in [
            "Auto-Submitted: auto-replied\r\n",
            "Precedence: bulk\r\n",
            "X-Autoreply: yes\r\n",
            "Subject: 自动回复：我在休假\r\n",
            "List-Id: <news.example.com>\r\n",
            "Return-Path: <>\r\n",
            "X-Loop: kb@example.com\r\n",
        ]
        .into_iter()
        .enumerate()
        {
            let head = |to: &str| format!("To: {to}\r\n{head}");
            let raw = mail("a@b.cn", &format!("p{i}"), &head(to.as_str()), "我在休假");
            let arrived = take(&house, &raw).await;
            assert!(!matches!(arrived, Arrived::Written(_)), "{arrived:?}");
            let raw = mail("b@b.cn", &format!("q{i}"), &head("help@example.com"), "hi");
            let arrived = take(&house, &raw).await;
            assert!(
                matches!(arrived, Arrived::Passed(_)),
                "{head:?} {arrived:?}",
                head = head("")
            );
        }
        let own = mail(
            "help@example.com",
            "own",
            "To: help@example.com\r\n",
            "loop",
        );
        assert!(matches!(take(&house, &own).await, Arrived::Passed(_)));
        assert_eq!(outbox(&house).await.len(), before, "nobody was mailed");
        assert_eq!(texts(&house, &case, Reach::Public).await, "退款没有到账");
    });
}

/// A mail of ours that was sent, as its receiver has it.
fn sent(house: &House, entry: &Entry, payload: &str) -> kb::mail::Mail {
    let letter: Letter = serde_json::from_str(payload).expect("a letter");
    let signer = house.cases.signer().clone();
    let post = Post::of(house.cases.settings(), "https://help.example.com", signer);
    let post = post.expect("a writer");
    post.write(entry.what.id, entry.what.created_at, &letter)
        .expect("a mail")
}

#[test]
fn a_mail_that_comes_back_is_dead_and_the_desk_sees_it() {
    run(async {
        let house = house().await;
        let case = house.ask("gone@b.cn").await;
        let entry = outbox(&house).await.remove(0);
        let original = sent(&house, &entry, &entry.what.payload);
        let ways = house.ways();
        let _ = house.cases.deliver_due(Channel::Mail, &ways).await;
        let report = format!(
            "From: MAILER-DAEMON@mx.b.cn\r\nMessage-ID: <b1@mx.b.cn>\r\nReturn-Path: <>\r\nTo: help@example.com\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n\
             550 no such user\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {}\r\nSubject: x\r\n\r\nx\r\n--x--\r\n",
            original.id.in_brackets()
        );
        let arrived = take(&house, report.as_bytes()).await;
        assert_eq!(arrived, Arrived::Noted(case.number.clone()));
        let all = outbox(&house).await;
        assert_eq!(all.len(), 1, "nothing is sent about it");
        assert!(
            all[0].delivery == Delivery::Dead && all[0].last_error.contains("no such user"),
            "{all:?}"
        );
        let forged = report.replace("b1@", "b2@").replace(
            &entry.what.id.to_string(),
            &OutboxId::generate(house.cases.now()).to_string(),
        );
        let _ = take(&house, forged.as_bytes()).await;
    });
}

#[test]
fn a_reply_to_a_case_that_is_done_opens_it_and_later_a_new_one() {
    run(async {
        let house = house().await;
        let case = house.ask("a@b.cn").await;
        let _ = house.cases.confirm(case.id).await.expect("closed");
        let raw = reply(&house, &case, "a@b.cn", "5", "又坏了");
        assert_eq!(
            take(&house, &raw).await,
            Arrived::Written(case.number.clone())
        );
        let now = house.cases.case(case.id).await.expect("the case");
        assert_eq!(now.state, State::Open);
        let _ = house.cases.confirm(case.id).await.expect("closed");
        house.later(40 * 24 * 60);
        let raw = reply(&house, &case, "a@b.cn", "6", "一个月后又坏了");
        let Arrived::Opened(number) = take(&house, &raw).await else {
            unreachable!("a new case");
        };
        let cases = cases_of(&house, "a@b.cn").await;
        let new = cases.iter().find(|case| case.number == number);
        let said = texts(&house, new.expect("the case"), Reach::Internal).await;
        assert!(said.contains(case.number.as_str()), "{said}");
    });
}

#[test]
fn who_mails_too_much_is_told_to_come_later() {
    run(async {
        let house = house().await;
        for i in 0..3 {
            let raw = mail(
                "a@b.cn",
                &format!("r{i}"),
                "To: help@example.com\r\n",
                "退款",
            );
            assert!(matches!(take(&house, &raw).await, Arrived::Opened(_)));
        }
        let raw = mail("a@b.cn", "r9", "To: help@example.com\r\n", "退款");
        let refused = house.cases.take_mail(&raw).await.expect_err("too much");
        assert_eq!(refused.code(), kb::error::Code::RateLimited);
        house.later(25 * 60);
        assert!(matches!(take(&house, &raw).await, Arrived::Opened(_)));
    });
}

#[test]
fn files_are_judged_by_their_bytes() {
    run(async {
        let house = house().await;
        let raw = "From: a@b.cn\r\nTo: help@example.com\r\nMessage-ID: <f1@b.cn>\r\nSubject: files\r\nMIME-Version: 1.0\r\n\
            Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nlook\r\n\
            --x\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"notes.txt\"\r\n\r\nfine\r\n\
            --x\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=\"a.png\"\r\n\r\nMZ not a picture\r\n\
            --x\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"../../etc/passwd\"\r\n\r\nroot\r\n--x--\r\n";
        let _ = take(&house, raw.as_bytes()).await;
        let case = cases_of(&house, "a@b.cn").await.remove(0);
        let mut read = house.cases.store().read().await.expect("a reader");
        let files = read
            .attachments(case.id, Reach::Internal)
            .await
            .expect("read");
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert!(
            names.contains(&"notes.txt") && !names.contains(&"a.png"),
            "{names:?}"
        );
        assert!(names.iter().all(|name| !name.contains('/')), "{names:?}");
        drop(read);
        let said = texts(&house, &case, Reach::Internal).await;
        assert!(said.contains("a.png"), "{said}");
    });
}

#[test]
fn mails_made_to_break_us_do_not() {
    run(async {
        let house = house().await;
        let deep = (0..500).fold(String::new(), |all, i| {
            format!("{all}Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n")
        });
        let parts = "--x\r\nContent-Type: text/plain\r\n\r\nx\r\n".repeat(5_000);
        let nasty: Vec<Vec<u8>> = vec![
            Vec::new(),
            b"\0\xff\xfe".to_vec(),
            b"From: \r\n\r\n".to_vec(),
            b"From: a@b.cn".to_vec(),
            b"From: a@b.cn\r\nBcc: x\0y\r\n\r\n\xff\xff".to_vec(),
            format!("From: a@b.cn\r\nSubject: {}\r\n\r\nx", "x".repeat(60_000)).into_bytes(),
            format!("From: a@b.cn\r\n{deep}").into_bytes(),
            format!("From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n{parts}").into_bytes(),
            b"From: a@b.cn\r\nContent-Type: text/plain; charset=klingon\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!".to_vec(),
            b"From: a@b.cn\r\nSubject: =?utf-8?B?DQpCY2M6IHhAeS5jbg==?=\r\n\r\n<script>alert(1)</script>".to_vec(),
            b"From: \"x\r\n y\" <a@b.cn>, <c@d.cn>\r\nTo: <>\r\nReferences: <<<<>>>>\r\n\r\n.\r\n".to_vec(),
        ];
        for raw in &nasty {
            let taken = house.cases.take_mail(raw).await;
            let code = taken.as_ref().err().map(kb::error::Error::code);
            let expected = [
                None,
                Some(kb::error::Code::InvalidRequest),
                Some(kb::error::Code::RateLimited),
            ];
            assert!(expected.contains(&code), "{taken:?}");
        }
        for entry in outbox(&house).await {
            let mail = sent(&house, &entry, &entry.what.payload);
            let bytes = String::from_utf8(mail.bytes().expect("a mail")).expect("ASCII");
            let head = bytes.split("\r\n\r\n").next().unwrap_or_default();
            assert!(!head.contains("\r\nBcc:"), "{head}");
        }
    });
}

/// Hands a mail to the program as a mail server does.
fn pipe(kb: &Kb, raw: &[u8]) -> Output {
    let mut command = kb.command(["mail-in"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // It may stop reading what is too large.
    let _ = stdin.write_all(raw);
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

#[test]
fn the_mail_server_is_told_what_to_do() {
    let server = site(&format!("{QUICK}{INBOUND}"));
    let raw = mail(
        "a@b.cn",
        "1",
        "To: help@example.com\r\nSubject: hi\r\n",
        "退款没有到账",
    );
    let taken = pipe(server.kb(), &raw);
    assert_eq!(taken.status.code(), Some(0), "{taken:?}");
    assert!(String::from_utf8_lossy(&taken.stdout).starts_with("opened KB-"));
    let acknowledged = letters_to(&server, "a@b.cn", 1);
    let to = acknowledged[0].header("Reply-To");
    let answer = mail("a@b.cn", "2", &format!("To: {to}\r\n"), "谢谢，收到了");
    let taken = pipe(server.kb(), &answer);
    let said = String::from_utf8_lossy(&taken.stdout).into_owned();
    assert!(said.starts_with("a message of KB-"), "{taken:?}");
    let kept = Kept::of(&server);
    assert_eq!(kept.case("a@b.cn").events, 2);
    let unreadable = pipe(server.kb(), &vec![b'x'; 33 << 20]);
    assert_eq!(unreadable.status.code(), Some(65), "too large");
    let away = Kb::new().config(&format!(
        "{INBOUND}[database]\nurl = \"postgres://127.0.0.1:1/none\"\n"
    ));
    assert_eq!(pipe(&away, &raw).status.code(), Some(75), "keep it");
    let wrong = Kb::new().config("[mail]\nfrom = 7\n");
    assert_eq!(pipe(&wrong, &raw).status.code(), Some(75), "keep it");
}
