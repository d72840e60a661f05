//! Does mail leave and arrive? Over a real connection to a strict server, and from bytes that nobody should have sent.

use crate::smtp_sink::{Mode, Sink};
use jiff::Timestamp;
use kb::config::{Colours, Texts};
use kb::mail::{
    About, Automatic, Limits, Look, Mail, MessageId, News, Post, Sender, Server, Smtp, Templates,
    Threads, Transport, Unreadable, read, samples,
};
use kb::model::{CaseId, Email, Lang, OutboxId, Outcome};
use kb::signature::Signer;
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

fn look() -> Look {
    Look {
        name: Texts::default(),
        url: "https://help.example.com".into(),
        colours: Colours::default(),
        points: Texts::default(),
        takes_replies: true,
    }
}

fn post(templates: Templates) -> Post {
    let signer = Signer::new([1; 32]);
    Post {
        templates,
        threads: Threads::new(signer, email("help@example.com")).expect("threads"),
        sender: Sender {
            name: "示例帮助中心".into(),
            address: email("help@example.com"),
        },
        takes_replies: true,
    }
}

/// A reply about a case, as it would be sent.
fn mail(to: &str) -> (Mail, CaseId) {
    let now = "2026-11-22T10:00:00Z".parse::<Timestamp>().expect("a time");
    let case = CaseId::generate(now);
    let mut letter = samples(Lang::ZhCn).remove(2);
    assert!(matches!(letter.news, News::Reply(_)));
    (letter.to, letter.case) = (email(to), Some(case));
    let post = post(Templates::shipped(look()));
    let mail = post.write(OutboxId::generate(now), now, &letter);
    (mail.expect("a mail"), case)
}

fn smtp(sink: &Sink, timeout_ms: u64) -> Transport {
    let server = Server::new(&sink.url(), None, "help.example.com").expect("a server");
    let server = server.within(Duration::from_millis(timeout_ms));
    Transport::Smtp(Arc::new(Smtp::new(server)))
}

#[tokio::test]
async fn mail_reaches_a_server_and_can_be_answered() {
    let sink = Sink::start(Mode::Accept);
    let transport = smtp(&sink, 20_000);
    let (mail, case) = mail("li.lei@example.cn");
    let sent = transport.send(&mail).await;
    assert_eq!(sent, Outcome::Sent("2.0.0 kept as 1".into()));
    let received = sink.wait_for(1).remove(0);
    assert_eq!(received.from, "help@example.com");
    assert_eq!(received.to, ["li.lei@example.cn"]);
    let (subject, text, html) = received.read();
    assert_eq!(subject, "[KB-2611-0042] 回复：收不到登录验证码");
    assert!(text.contains("客服小王 回复了您的问题"), "{text}");
    assert!(
        html.contains("<a href=\"https://help.example.com/a/account/no-code\">"),
        "{html}"
    );
    assert_eq!(received.header("Auto-Submitted"), "auto-generated");

    let answer = format!(
        "From: =?gbk?B?wO7A1w==?= <li.lei@example.cn>\r\nTo: {}\r\nSubject: Re: x\r\nMessage-ID: <1@example.cn>\r\nIn-Reply-To: {}\r\n\r\n收到了，谢谢\r\n",
        received
            .header("Reply-To")
            .rsplit_once('<')
            .map_or("", |(_, a)| a.trim_end_matches('>')),
        received.header("Message-ID"),
    );
    let answer = read(answer.as_bytes(), &Limits::default()).expect("a mail");
    let threads = post(Templates::shipped(look())).threads;
    assert_eq!(threads.about(&answer), About::Case(case));
    assert_eq!(
        (answer.text.as_str(), answer.from_name.as_str()),
        ("收到了，谢谢", "李雷")
    );
    let back = read(received.data.as_bytes(), &Limits::default()).expect("a mail");
    assert_eq!(
        threads.about(&back),
        About::Ourselves,
        "our own mail that comes back"
    );
    assert_eq!(back.automatic, Some(Automatic::Reply));
    let bare = kb::mail::Incoming {
        message_id: None,
        ..back
    };
    assert_eq!(
        threads.about(&bare),
        About::Ourselves,
        "even under another name"
    );
}

#[tokio::test]
async fn f17_servers_that_say_no_are_understood() {
    let sink = Sink::start(Mode::Accept);
    let transport = smtp(&sink, 20_000);
    let (mail, _) = mail("li@example.cn");
    for (mode, expected) in [
        (
            Mode::Later,
            "retry RCPT TO: 451 4.7.1 greylisted, come back later",
        ),
        (
            Mode::Unknown("li@example.cn".into()),
            "refused RCPT TO: 550 5.1.1 no such user",
        ),
        (Mode::Unknown("wang@example.cn".into()), "sent"),
        (
            Mode::Spam,
            "refused the mail: 554 5.7.1 this looks like spam",
        ),
        (
            Mode::SignInFirst,
            "retry MAIL FROM: 530 5.7.0 sign in first",
        ),
        (Mode::Closed, "retry connecting: 554 not today"),
        (Mode::DropAfterData, "retry the mail: "),
        (Mode::Chatty, "refused RCPT TO: 550 [31mno x"),
        (Mode::Slow(Duration::from_millis(30)), "sent"),
        (Mode::Accept, "sent"),
    ] {
        sink.set(mode.clone());
        // Connections that are kept were greeted before.
        let transport = if mode == Mode::Closed {
            smtp(&sink, 20_000)
        } else {
            transport.clone()
        };
        let said = match transport.send(&mail).await {
            Outcome::Sent(_) => "sent".to_owned(),
            Outcome::Retry { why, .. } => format!("retry {why}"),
            Outcome::Refused(why) => format!("refused {why}"),
        };
        assert!(said.starts_with(expected), "{mode:?}: {said}");
        assert!(
            said.chars().count() < 330 && !said.contains(char::is_control),
            "{said}"
        );
    }
}

#[tokio::test]
async fn f17_a_server_that_hangs_holds_nothing_and_mixes_nothing_up() {
    let sink = Sink::start(Mode::HangAfterData);
    let transport = smtp(&sink, 500);
    let (first, _) = mail("li@example.cn");
    let started = Instant::now();
    let outcome = transport.send(&first).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(sink.received(), []);
    sink.set(Mode::Unknown("wang@example.cn".into()));
    let (refused, _) = mail("wang@example.cn");
    let transport = match transport {
        Transport::Smtp(_) => smtp(&sink, 20_000),
        other => other,
    };
    assert!(matches!(
        transport.send(&refused).await,
        Outcome::Refused(_)
    ));
    assert!(matches!(transport.send(&first).await, Outcome::Sent(_)));
    assert_eq!(sink.wait_for(1)[0].to, ["li@example.cn"]);
    assert_eq!(
        sink.connections(),
        2,
        "a connection that hung is not used again, one that refused is"
    );
}

#[tokio::test]
async fn f03_a_mail_sent_twice_is_the_same_mail() {
    let sink = Sink::start(Mode::DropAfterData);
    let transport = smtp(&sink, 20_000);
    let (mail, _) = mail("li@example.cn");
    assert!(matches!(transport.send(&mail).await, Outcome::Retry { .. }));
    sink.set(Mode::Accept);
    assert!(matches!(transport.send(&mail).await, Outcome::Sent(_)));
    let received = sink.wait_for(2);
    assert_eq!(received[0], received[1]);
}

#[tokio::test]
async fn nobody_at_home_is_no_reason_to_give_up() {
    let url = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("smtp://{}", listener.local_addr().expect("an address"))
    };
    let server = Server::new(&url, None, "").expect("a server");
    let transport = Transport::Smtp(Arc::new(Smtp::new(server)));
    let outcome = tokio::spawn(async move { transport.send(&mail("li@example.cn").0).await }).await;
    let outcome = outcome.expect("an outcome");
    assert!(
        matches!(&outcome, Outcome::Retry { why, .. } if why.starts_with("connecting: ")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn passwords_are_used_and_wrong_ones_are_not_the_mails_fault() {
    let sink = Sink::start(Mode::SignInFirst);
    let url = sink.url();
    let server = Server::new(&url, Some(("user@example.com", "hush")), "").expect("a server");
    let transport = Transport::Smtp(Arc::new(Smtp::new(server)));
    assert!(!format!("{transport:?}").contains("hush"));
    let (mail, _) = mail("li@example.cn");
    assert!(matches!(transport.send(&mail).await, Outcome::Sent(_)));
    sink.set(Mode::WrongPassword);
    let other = Server::new(&url, Some(("user@example.com", "wrong")), "").expect("a server");
    let outcome = Transport::Smtp(Arc::new(Smtp::new(other)))
        .send(&mail)
        .await;
    assert!(
        matches!(&outcome, Outcome::Retry { why, .. } if why == "connecting: 535 5.7.8 wrong password"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn without_a_server_mails_are_whole_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let transport = Transport::Folder(folder.path().join("mail"));
    assert!(!transport.reaches_people());
    let (mail, _) = mail("li@example.cn");
    for _ in 0..2 {
        assert!(matches!(transport.send(&mail).await, Outcome::Sent(_)));
    }
    let files: Vec<_> = std::fs::read_dir(folder.path().join("mail"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(files.len(), 1, "one file for one mail: {files:?}");
    assert_eq!(
        std::fs::read(&files[0]).expect("the file"),
        mail.bytes().expect("a mail")
    );
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("a file");
    let blocked = Transport::Folder(file.join("below")).send(&mail).await;
    assert!(matches!(blocked, Outcome::Retry { .. }), "{blocked:?}");
}

#[test]
fn the_mails_say_what_they_should() {
    let templates = Templates::shipped(look());
    for lang in Lang::ALL {
        let mut whole = String::new();
        for letter in samples(lang) {
            let content = templates.write(&letter).expect("a mail");
            whole.push_str(&format!(
                "=== {}{}\n{}\n\n{}\n",
                letter.news.event(),
                if letter.name.is_empty() { ", bare" } else { "" },
                content.subject,
                content.text
            ));
            let page = scraper::Html::parse_document(&content.html);
            assert!(
                page.errors.is_empty(),
                "{}: {:?}\n{}",
                letter.news.event(),
                page.errors,
                content.html
            );
            for forbidden in [
                "<img",
                "<script",
                "<link",
                "@import",
                "url(",
                "javascript:",
                "{{",
            ] {
                assert!(
                    !content.html.contains(forbidden),
                    "{forbidden}: {}",
                    content.html
                );
            }
        }
        insta::assert_snapshot!(format!("mails_{lang}"), whole);
    }
    for (lang, at) in [(Lang::ZhCn, 0), (Lang::ZhTw, 6), (Lang::En, 12)] {
        let letter = &samples(lang)[at];
        let html = templates.write(letter).expect("a mail").html;
        insta::assert_snapshot!(format!("html_{}", letter.news.event()), html);
    }
}

#[test]
fn letters_wait_as_json() {
    for mut letter in Lang::ALL.into_iter().flat_map(samples) {
        letter.case = Some(CaseId::generate(Timestamp::UNIX_EPOCH));
        letter.in_reply_to = MessageId::parse("a@example.cn");
        let kept = serde_json::to_string(&letter).expect("JSON");
        let read: kb::mail::Letter = serde_json::from_str(&kept).expect("a letter");
        assert_eq!(read, letter, "{kept}");
        let broken = kept.replace("li.lei@example.com", "li@example.com>\\r\\nRCPT TO:");
        assert!(serde_json::from_str::<kb::mail::Letter>(&broken).is_err());
    }
}

#[test]
fn s12_what_visitors_typed_is_never_a_template() {
    let templates = Templates::shipped(look());
    let hostile = "{{ 7*7 }} {% include 'base.html' %} <script>alert(1)</script>\r\nBcc: x@y.cn";
    for lang in Lang::ALL {
        for letter in samples(lang) {
            let mut json = serde_json::to_value(&letter).expect("JSON");
            fill(&mut json, hostile);
            let letter = serde_json::from_value(json).expect("a letter");
            let content = templates.write(&letter).expect("a mail");
            assert!(!content.subject.contains('\n'), "{}", content.subject);
            for text in [&content.subject, &content.text, &content.html] {
                assert!(!text.contains("49"), "{text}");
            }
            assert!(!content.html.contains("<script"), "{}", content.html);
        }
    }
}

/// Puts `text` wherever somebody's words stand.
fn fill(json: &mut serde_json::Value, text: &str) {
    match json {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                let is_ours = matches!(
                    key.as_str(),
                    "to" | "lang"
                        | "event"
                        | "html"
                        | "promised"
                        | "closes"
                        | "due"
                        | "case"
                        | "until"
                        | "at"
                );
                match value {
                    serde_json::Value::String(_) if !is_ours => *value = text.into(),
                    _ => fill(value, text),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| fill(item, text)),
        _ => {}
    }
}

#[test]
fn a_site_writes_its_own_mails() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("reply.zh-CN.subject", "您的 {{ case.number }} 有答复");
    write(
        "reply.zh-CN.html",
        "<h1>{{ by }}</h1>\n\n{{ written(message) }}",
    );
    write("base.txt", "{{ content }}\n示例公司");
    let templates = Templates::from_folder(look(), folder.path(), "mail").expect("templates");
    let reply = templates.write(&samples(Lang::ZhCn)[2]).expect("a mail");
    assert_eq!(reply.subject, "您的 KB-2611-0042 有答复");
    assert!(reply.html.contains("<h1>客服小王</h1>") && reply.html.starts_with("<!doctype html>"));
    assert!(
        reply.text.contains("回复了您的问题") && reply.text.ends_with("示例公司\n"),
        "{}",
        reply.text
    );
    let english = templates.write(&samples(Lang::En)[2]).expect("a mail");
    assert!(english.subject.contains("Re: "), "{}", english.subject);
    write("reply.zh-CN.html", "<html><body>{{ by }}</body></html>");
    let templates = Templates::from_folder(look(), folder.path(), "mail").expect("templates");
    let reply = templates.write(&samples(Lang::ZhCn)[2]).expect("a mail");
    assert_eq!(
        reply.html, "<html><body>客服小王</body></html>",
        "a whole page has no frame"
    );
}

#[test]
fn broken_templates_are_told_with_their_place() {
    for (name, text, line, said) in [
        (
            "reply.en.html",
            "<p>\n{{ by }\n</p>",
            Some(2),
            "syntax error",
        ),
        ("reply.en.txt", "a\nb {{ bye }}", Some(2), "undefined"),
        ("solved.en.txt", "{{ message.text }}", Some(1), "undefined"),
        (
            "reply.en.subject",
            "{{ case.nummer }}",
            Some(1),
            "undefined",
        ),
        (
            "reply.en.txt",
            "{% for i in range(100000) %}{% for j in range(1000) %}{{ j }}{% endfor %}{% endfor %}",
            Some(1),
            "fuel",
        ),
        (
            "reply.en.txt",
            "{% include '/etc/passwd' %}",
            Some(1),
            "not found",
        ),
        (
            "replied.en.html",
            "",
            None,
            "no mail uses a template of this name",
        ),
        (
            "reply.fr.html",
            "",
            None,
            "no mail uses a template of this name",
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(name), text).expect("a file");
        let problems =
            Templates::from_folder(look(), folder.path(), "mail").expect_err("a problem");
        let [problem] = problems.as_slice() else {
            unreachable!("one problem: {problems:?}");
        };
        assert_eq!(problem.path, format!("mail/{name}"));
        assert_eq!(
            problem.place.as_ref().map(|place| place.line),
            line,
            "{problem:?}"
        );
        assert!(problem.message.contains(said), "{}", problem.message);
        assert_eq!(problem.code, "KB906");
    }
    let missing = Templates::from_folder(look(), std::path::Path::new("/no/such"), "mail");
    assert_eq!(missing.expect_err("a problem").len(), 1);
}

fn incoming(raw: &[u8]) -> kb::mail::Incoming {
    read(raw, &Limits::default()).expect("a mail")
}

#[test]
fn chinese_programs_are_understood() {
    let body = encoding_rs::GBK
        .encode("您好，退款还没有到账。")
        .0
        .into_owned();
    let head = b"From: \"=?GB18030?B?wO7A1w==?=\" <1234@qq.com>\r\nTo: help@example.com\r\nSubject: =?gb2312?B?zcu/7g==?=\r\nDate: Sun, 22 Nov 2026 18:00:00 +0800\r\nMessage-ID: <tencent_1@qq.com>\r\nContent-Type: multipart/mixed; boundary=\"----=_Next\"\r\n\r\n------=_Next\r\nContent-Type: multipart/alternative; boundary=\"----=_Alt\"\r\n\r\n------=_Alt\r\nContent-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
    let tail = b"\r\n------=_Alt\r\nContent-Type: text/html; charset=gb2312\r\n\r\n<b>x</b>\r\n------=_Alt--\r\n------=_Next\r\nContent-Type: image/png; name=\"=?gb2312?B?zcu/7i5wbmc=?=\"\r\nContent-Disposition: attachment; filename*=GBK''%CD%CB%BF%EE.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n------=_Next--\r\n";
    let mail = incoming(&[head.as_slice(), &body, tail].concat());
    assert_eq!(mail.from, Some(email("1234@qq.com")));
    assert_eq!(
        (mail.from_name.as_str(), mail.subject.as_str()),
        ("李雷", "退款")
    );
    assert_eq!(mail.text, "您好，退款还没有到账。");
    assert_eq!(mail.date, "2026-11-22T10:00:00Z".parse().ok());
    assert_eq!(mail.attachments.len(), 1);
    assert_eq!(mail.attachments[0].name, "退款.png");
    assert_eq!(mail.attachments[0].media_type, "image/png");
    assert_eq!(mail.attachments[0].bytes, b"\x89PNG\r\n\x1a\n");
    assert_eq!(mail.automatic, None);
}

#[test]
fn raw_gbk_without_a_word_about_it_is_understood() {
    let text = "From: a@qq.com\nSubject: 忘记密码怎么办，登录不上去\n\n我忘记了密码，请问怎么办？谢谢你们的帮助。\n";
    let mail = incoming(&encoding_rs::GBK.encode(text).0);
    assert_eq!(mail.subject, "忘记密码怎么办，登录不上去");
    assert_eq!(mail.text, "我忘记了密码，请问怎么办？谢谢你们的帮助。");
}

#[test]
fn html_alone_is_read_as_text_with_its_quote_folded() {
    let mail = incoming("From: a@b.cn\nContent-Type: text/html; charset=utf-8\n\n<style>p{}</style><div>还是不行</div><br><div>在 2026年11月22日，帮助 &lt;help@example.com&gt; 写道：</div><blockquote><p>请重试</p></blockquote>".as_bytes());
    assert_eq!(mail.text, "还是不行");
    assert!(mail.quoted.contains("> 请重试"), "{}", mail.quoted);
}

#[test]
fn s33_programs_are_recognised() {
    for (head, expected) in [
        ("Subject: 你好", None),
        ("Auto-Submitted: no", None),
        (
            "Auto-Submitted: auto-replied (vacation)",
            Some(Automatic::Reply),
        ),
        (
            "auto-submitted: AUTO-GENERATED; x=1",
            Some(Automatic::Reply),
        ),
        ("X-Autoreply: yes", Some(Automatic::Reply)),
        ("Precedence: auto_reply", Some(Automatic::Reply)),
        (
            "Subject: =?utf-8?B?6Ieq5Yqo5Zue5aSNOiDkvJHlgYc=?=",
            Some(Automatic::Reply),
        ),
        ("Subject: Automatic reply: x", Some(Automatic::Reply)),
        ("Precedence: bulk", Some(Automatic::Bulk)),
        ("List-Id: <x.example.com>", Some(Automatic::Bulk)),
        (
            "X-Auto-Response-Suppress: OOF, AutoReply",
            Some(Automatic::Bulk),
        ),
        ("Return-Path: <>", Some(Automatic::Bounce)),
        ("Return-Path: <a@b.cn>", None),
        (
            "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
            Some(Automatic::Bounce),
        ),
        ("X-Failed-Recipients: li@b.cn", Some(Automatic::Bounce)),
    ] {
        let mail = incoming(format!("From: a@b.cn\r\n{head}\r\n\r\nx").as_bytes());
        assert_eq!(mail.automatic, expected, "{head}");
    }
    let daemon = incoming(b"From: MAILER-DAEMON@b.cn\r\n\r\nx");
    assert_eq!(daemon.automatic, Some(Automatic::Bounce));
}

#[test]
fn a_bounce_names_the_mail_that_came_back() {
    let (mail, case) = mail("nobody@example.cn");
    let returned = String::from_utf8(mail.bytes().expect("a mail")).expect("ASCII");
    let head = returned.split("\r\n\r\n").next().expect("a head");
    let bounce = format!(
        "From: MAILER-DAEMON@mx.example.com\r\nTo: help@example.com\r\nMessage-ID: <b@mx.example.com>\r\nContent-Type: multipart/report; boundary=B\r\n\r\n--B\r\n\r\nno such user\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; nobody@example.cn\r\n--B\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n--B--\r\n"
    );
    let bounce = incoming(bounce.as_bytes());
    assert_eq!(bounce.returned, Some(mail.id));
    let threads = post(Templates::shipped(look())).threads;
    assert_eq!(threads.about(&bounce), About::Case(case));
    assert_eq!(bounce.automatic, Some(Automatic::Bounce));
}

#[test]
fn s33_bombs_are_refused_or_read_in_no_time() {
    let head = "From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n";
    let many = format!("{head}{}", "--B\r\n\r\nx\r\n".repeat(10_000));
    let dashes = format!(
        "From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=\"-\"\r\n\r\n{}",
        "-".repeat(20_000_000)
    );
    let lone = format!("{head}{}", "--BB\n--B x\n".repeat(2_000_000));
    let deep: String = (0..100)
        .map(|i| format!("Content-Type: multipart/mixed; boundary=B{i}\r\n\r\n--B{i}\r\n"))
        .collect();
    let mails = "Content-Type: message/rfc822\r\n\r\n".repeat(100);
    let more_mails = "Content-Type: message/rfc822\r\n\r\n".repeat(500_000);
    let quotes = format!("From: a@b.cn\r\n\r\n{}", "> ".repeat(10_000_000));
    let html = format!(
        "From: a@b.cn\r\nContent-Type: text/html\r\n\r\n{}",
        "<blockquote>a<".repeat(1_000_000)
    );
    let entities = format!(
        "From: a@b.cn\r\nContent-Type: text/html\r\n\r\n{}",
        "&".repeat(20_000_000)
    );
    let header = format!("From: a@b.cn\r\nSubject: {}\r\n\r\nx", "a ".repeat(100_000));
    let words = format!(
        "From: a@b.cn\r\nSubject: {}\r\n\r\nx",
        "=?utf-8?Q?=E4?= ".repeat(3_500)
    );
    let on = format!("From: a@b.cn\r\n\r\n{}", "On 1 a@b.cn\n".repeat(1_000_000));
    for (name, raw, refused) in [
        ("many parts", many, Some(Unreadable::TooManyParts)),
        ("dashes", dashes, None),
        ("lines that are almost boundaries", lone, None),
        (
            "deep",
            format!("From: a@b.cn\r\n{deep}"),
            Some(Unreadable::TooDeep),
        ),
        ("mails in mails", format!("From: a@b.cn\r\n{mails}x"), None),
        (
            "more mails in mails",
            format!("From: a@b.cn\r\n{more_mails}x"),
            None,
        ),
        ("quotes", quotes, None),
        ("html", html, None),
        ("entities", entities, None),
        ("a header", header, Some(Unreadable::HeadTooLarge)),
        ("encoded words", words, None),
        ("introductions", on, None),
        (
            "50 MB",
            format!("From: a@b.cn\r\n\r\n{}", "a".repeat(50_000_000)),
            Some(Unreadable::TooLarge),
        ),
        ("nothing", String::new(), Some(Unreadable::NoSender)),
        ("no head", "hello".to_owned(), Some(Unreadable::NoSender)),
    ] {
        let started = Instant::now();
        let found = read(raw.as_bytes(), &Limits::default());
        let took = started.elapsed();
        assert_eq!(found.as_ref().err().copied(), refused, "{name}");
        assert!(took < Duration::from_secs(30), "{name} took {took:?}");
        if let Ok(mail) = found {
            assert!(
                mail.text.chars().count() + mail.quoted.chars().count() <= 50_010,
                "{name}"
            );
        }
    }
}

#[test]
fn attachments_beyond_the_limits_are_named_and_left_out() {
    let part = |i: usize| {
        format!(
            "--B\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"../{i}.txt\"\r\n\r\n0123456789\r\n"
        )
    };
    let parts: String = (0..5).map(part).collect();
    let raw = format!(
        "From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n{parts}--B--\r\n"
    );
    let limits = Limits {
        attachments: 3,
        attachment_bytes: 25,
        ..Limits::default()
    };
    let mail = read(raw.as_bytes(), &limits).expect("a mail");
    assert_eq!(mail.attachments.len(), 2);
    assert_eq!(mail.left_out, ["../2.txt", "../3.txt", "../4.txt"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_bytes_make_reading_panic(raw in prop::collection::vec(any::<u8>(), 0..2_000)) {
        drop(read(&raw, &Limits::default()));
        let with_head = [b"From: a@b.cn\r\n".as_slice(), &raw].concat();
        drop(read(&with_head, &Limits::default()));
    }

    #[test]
    fn no_pieces_of_mails_make_reading_panic(pieces in prop::collection::vec(prop::sample::select(vec![
        "From: a@b.cn\r\n", "Content-Type: multipart/mixed; boundary=B\r\n", "Content-Type: text/html; charset=gbk\r\n",
        "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: quoted-printable\r\n", "\r\n", "\n", "--B\r\n", "--B--\r\n",
        "--B", "=E4=BD", "5L2g", "<p>", "&#x4f60;", "&", "> ", "写道：\n", "On 1 a@b.cn wrote:\n", "Subject: =?gbk?B?wO7A1w==?=\r\n",
        "Message-ID: <a@b>\r\n", "References: <a@b> <c@d>\r\n", "Date: Sun, 99 Nov 2026 18:00:00 +0800\r\n", "To: a: b@c.cn, d@e.cn;\r\n",
        "Content-Disposition: attachment; filename*0*=utf-8''%E4; filename*1=\"x\r\n", "boundary=", "\"", "(", ";", "\0", "你",
    ]), 0..40)) {
        drop(read(pieces.concat().as_bytes(), &Limits::default()));
    }
}

#[test]
fn settings_make_a_way_and_a_writer() {
    let mut settings = kb::config::Settings::default();
    let of = |settings: &kb::config::Settings| {
        let transport =
            Transport::of(settings, "help.example.com").map_err(|why| why.to_string())?;
        let post = Post::of(settings, "https://help.example.com", Signer::new([1; 32]));
        Ok::<_, String>((transport, post.map_err(|why| why.to_string())?))
    };
    let (transport, post) = of(&settings).expect("a trial needs nothing");
    assert!(matches!(transport, Transport::Folder(folder) if folder.ends_with(".kb/mail")));
    assert!(!post.takes_replies);
    settings.mail.from = Some(email("help@example.com"));
    settings.mail.inbound = Some(email("customer-service@example.com"));
    settings.mail.smtp_url = Some("smtps://mail.example.com".into());
    let (transport, post) = of(&settings).expect("a server");
    assert!(transport.reaches_people() && post.takes_replies);
    assert_eq!(post.sender.address, email("help@example.com"));
    settings.mail.smtp_user = Some("help".into());
    assert!(
        of(&settings)
            .expect_err("no password")
            .starts_with("mail.smtp_url: there is a user")
    );
    settings.mail.smtp_user = None;
    settings.mail.inbound = Some(email("the-customer-service-of-example@example.com"));
    assert!(
        of(&settings)
            .expect_err("too long")
            .starts_with("mail.inbound: the address")
    );
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("reply.en.txt"), "a\n{{ nothing }}").expect("a file");
    settings.mail.inbound = None;
    settings.mail.templates = Some(folder.path().to_owned());
    assert!(
        of(&settings)
            .expect_err("a broken template")
            .contains("reply.en.txt:2: ")
    );
}
