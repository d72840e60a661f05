//! What could a mail hold? One letter of each sort with everything in it and one with as little as may be: templates are tried on them.

use super::letter::{
    AccountChanged, Acknowledged, CaseView, Changed, ChangedPage, CodeMail, FollowAsked, FollowUp,
    Invited, Letter, Links, Message, News, Page, PasswordLink, Published, Refused, Reopened, Reply,
    Solved, Task, Thanked,
};
use super::when::When;
use crate::model::{Email, Lang};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Two letters of each sort in `lang`, in the order of [`News::EVENTS`]: the first with everything, the second with as little as may be.
pub fn samples(lang: Lang) -> Vec<Letter> {
    let Ok(to) = Email::parse("li.lei@example.com") else {
        return Vec::new();
    };
    let letter = |news: News, is_full: bool| Letter {
        to: to.clone(),
        name: if is_full {
            name(lang).to_owned()
        } else {
            String::new()
        },
        lang,
        case: None,
        in_reply_to: None,
        unsubscribe: (is_full
            && matches!(
                news,
                News::FollowUp(_) | News::Published(_) | News::Changed(_)
            ))
        .then(|| "https://help.example.com/u/abc".to_owned()),
        news,
    };
    [true, false]
        .map(|is_full| {
            all(lang, is_full)
                .into_iter()
                .map(|news| letter(news, is_full))
                .collect::<Vec<_>>()
        })
        .into_iter()
        .reduce(|full, bare| {
            full.into_iter()
                .zip(bare)
                .flat_map(|(full, bare)| [full, bare])
                .collect()
        })
        .unwrap_or_default()
}

fn name(lang: Lang) -> &'static str {
    match lang {
        Lang::ZhCn | Lang::ZhTw => "李雷",
        Lang::En => "Li Lei",
    }
}

fn said<'a>(lang: Lang, zh_cn: &'a str, zh_tw: &'a str, en: &'a str) -> &'a str {
    match lang {
        Lang::ZhCn => zh_cn,
        Lang::ZhTw => zh_tw,
        Lang::En => en,
    }
}

fn all(lang: Lang, is_full: bool) -> Vec<News> {
    let mut news = of_an_open_case(lang, is_full);
    news.extend(of_a_closed_case(lang, is_full));
    news.extend(of_followers(lang, is_full));
    let task = || task(lang, is_full);
    news.extend([
        News::Paged(task()),
        News::Assigned(task()),
        News::Escalated(task()),
        News::Due(task()),
        News::Wrote(task()),
    ]);
    news.extend(to_colleagues(lang, is_full));
    news
}

fn of_an_open_case(lang: Lang, is_full: bool) -> Vec<News> {
    let reply = || Reply {
        case: case(lang),
        by: agent(lang).to_owned(),
        message: message(lang, is_full),
    };
    vec![
        News::Acknowledged(Acknowledged {
            case: case(lang),
            text: question(lang).to_owned(),
            promised: when(is_full),
            articles: if is_full { articles(lang) } else { Vec::new() },
        }),
        News::Reply(reply()),
        News::AskedBack(reply()),
        News::Solved(Solved {
            case: case(lang),
            by: agent(lang).to_owned(),
            message: is_full.then(|| message(lang, is_full)),
            confirm_url: "https://help.example.com/confirm/abc".to_owned(),
            reopen_url: REOPEN.to_owned(),
            rate_urls: rate_urls(),
            closes: when(is_full),
        }),
        News::Reopened(Reopened {
            case: case(lang),
            promised: when(is_full),
        }),
        News::Link(Links {
            cases: vec![case(lang)],
        }),
        News::Code(CodeMail {
            code: "042117".to_owned(),
            minutes: 10,
        }),
    ]
}

fn to_colleagues(lang: Lang, is_full: bool) -> Vec<News> {
    let url = || "https://help.example.com/desk/abc".to_owned();
    vec![
        News::Invited(Invited {
            by: if is_full { agent(lang) } else { "" }.to_owned(),
            role: if is_full { "admin" } else { "agent" }.to_owned(),
            url: url(),
            until: some_time(),
        }),
        News::PasswordLink(PasswordLink {
            url: url(),
            minutes: 60,
        }),
        News::AccountChanged(AccountChanged {
            what: if is_full {
                "second_step_set"
            } else {
                "password"
            }
            .to_owned(),
            at: some_time(),
            url: url(),
        }),
    ]
}

fn of_a_closed_case(lang: Lang, is_full: bool) -> Vec<News> {
    let points = if is_full { 20 } else { 0 };
    let page = || Page {
        title: case(lang).subject,
        url: "https://help.example.com/q/42".to_owned(),
    };
    vec![
        News::Published(Published {
            case: case(lang),
            page: page(),
            points,
            total: points * 3,
        }),
        News::FollowUp(FollowUp {
            case: case(lang),
            reopen_url: REOPEN.to_owned(),
            rate_urls: rate_urls(),
        }),
        News::Thanked(Thanked {
            page: page(),
            points,
            total: points * 3,
        }),
        News::Refused(Refused {
            page: page(),
            reason: if is_full { answer(lang) } else { "" }.to_owned(),
            text: answer(lang).to_owned(),
        }),
    ]
}

fn of_followers(lang: Lang, is_full: bool) -> Vec<News> {
    let changed = |(i, page): (usize, Page)| ChangedPage {
        title: page.title,
        url: page.url,
        how: match (is_full, i) {
            (true, 0) => vec!["text".to_owned()],
            (true, _) => vec!["answer".to_owned(), "accepted".to_owned()],
            (false, _) => Vec::new(),
        },
        stop_url: format!("https://help.example.com/follow/stop/{i}"),
    };
    let pages: Vec<ChangedPage> = articles(lang)
        .into_iter()
        .take(if is_full { 2 } else { 1 })
        .enumerate()
        .map(changed)
        .collect();
    vec![
        News::FollowAsked(FollowAsked {
            page: articles(lang).swap_remove(0),
            confirm_url: "https://help.example.com/follow/confirm/abc".to_owned(),
        }),
        News::Changed(Changed {
            count: pages.len(),
            pages,
        }),
    ]
}

const REOPEN: &str = "https://help.example.com/reopen/abc";

fn rate_urls() -> Vec<String> {
    let url = |stars| format!("https://help.example.com/rate/{stars}");
    (1..=5).map(url).collect()
}

fn case(lang: Lang) -> CaseView {
    let subject = said(
        lang,
        "收不到登录验证码",
        "收不到登入驗證碼",
        "The sign-in code never arrives",
    );
    CaseView {
        number: "KB-2611-0042".to_owned(),
        subject: subject.to_owned(),
        url: "https://help.example.com/case/0123456789bcdfgh".to_owned(),
    }
}

fn message(lang: Lang, is_full: bool) -> Message {
    let text = answer(lang).to_owned();
    let html = if is_full {
        String::new()
    } else {
        format!("<p>{text}</p>")
    };
    Message { text, html }
}

fn task(lang: Lang, is_full: bool) -> Task {
    let reason = said(
        lang,
        "客户催了两次",
        "客戶催了兩次",
        "The customer called twice",
    );
    Task {
        case: case(lang),
        priority: "P1".to_owned(),
        group: said(lang, "账号组", "帳號組", "Accounts").to_owned(),
        requester: name(lang).to_owned(),
        text: question(lang).to_owned(),
        reason: if is_full { reason } else { "" }.to_owned(),
        due: when(is_full),
    }
}

fn when(is_full: bool) -> Option<When> {
    is_full.then(some_time)
}

fn some_time() -> When {
    let at = Timestamp::from_second(1_795_341_600).unwrap_or_default();
    When::new(at, &zone())
}

fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC)
}

fn agent(lang: Lang) -> &'static str {
    said(lang, "客服小王", "客服小王", "Wang of support")
}

fn question(lang: Lang) -> &'static str {
    said(
        lang,
        "登录时点了“获取验证码”，等了十分钟也没有收到短信。\n换了手机也一样。",
        "登入時點了「取得驗證碼」，等了十分鐘也沒有收到簡訊。\n換了手機也一樣。",
        "I asked for a code when signing in, and waited ten minutes.\nAnother phone does not help.",
    )
}

fn answer(lang: Lang) -> &'static str {
    said(
        lang,
        "请先看看短信是否被拦截，再按这篇文章操作：https://help.example.com/a/account/no-code\n\n如果还是收不到，请告诉我们手机号的后四位。",
        "請先看看簡訊是否被攔截，再按這篇文章操作：https://help.example.com/a/account/no-code\n\n如果還是收不到，請告訴我們手機號碼的後四碼。",
        "Please look whether the message was blocked, and follow this article: https://help.example.com/a/account/no-code\n\nIf it still does not come, tell us the last four digits of your number.",
    )
}

fn articles(lang: Lang) -> Vec<Page> {
    let titles = said(
        lang,
        "收不到验证码怎么办？|怎么更换手机号？",
        "收不到驗證碼怎麼辦？|怎麼更換手機號碼？",
        "What if no code arrives?|How do I change my phone number?",
    );
    let pages = titles.split('|').zip(["no-code", "change-phone"]);
    pages
        .map(|(title, id)| Page {
            title: title.to_owned(),
            url: format!("https://help.example.com/a/account/{id}"),
        })
        .collect()
}
