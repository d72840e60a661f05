//! What do the robots of 企业微信, 钉钉 and 飞书 take, and what do they answer? All three answer failures with status 200.

use super::notice::{Line, Notice};
use super::target::{Preset, Target};
use crate::model::Outcome;
use crate::signature::hmac_sha256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// What one message may hold, in bytes of UTF-8: the least of the three robots' limits is 4,096.
const MAX_TEXT_BYTES: usize = 3_500;
/// The longest text of a line, in characters.
const MAX_LINE_CHARS: usize = 300;
/// How long to wait when a robot says that it got too many: all three count by the minute.
const PAUSE: Duration = Duration::from_secs(60);

/// Codes that mean the same tomorrow: no such robot, a wrong signature or word, a message that it does not take.
const FOR_GOOD: [i64; 15] = [
    // 企业微信
    93_000, 93_004, 93_008, 40_008, 40_058, 44_004, // 钉钉
    300_001, 310_000, 400_013, 400_101, 430_101, // 飞书
    19_001, 19_021, 19_022, 19_024,
];
/// Codes that mean: too many, or too fast.
const TOO_MANY: [i64; 8] = [
    45_009, 45_033, // 企业微信
    130_101, 410_100, 90_030, // 钉钉
    11_232, 11_233, 9_499, // 飞书
];

/// The address and the body of a message to a robot.
pub(super) fn request(target: &Target, notice: &Notice, now: Timestamp) -> (Url, String) {
    let mut url = target.url.clone();
    let body = match target.preset {
        Preset::DingTalk => {
            sign_ding_talk(&mut url, &target.secret, now);
            let text = markdown(notice, "\n\n");
            json!({ "msgtype": "markdown", "markdown": { "title": plain(&notice.title), "text": text } })
        }
        Preset::Feishu => feishu(notice, &target.secret, now),
        Preset::WeCom | Preset::Standard => {
            json!({ "msgtype": "markdown", "markdown": { "content": markdown(notice, "\n") } })
        }
    };
    (url, body.to_string())
}

fn sign_ding_talk(url: &mut Url, secret: &str, now: Timestamp) {
    if secret.is_empty() {
        return;
    }
    let ms = now.as_millisecond().to_string();
    let mac = hmac_sha256(
        secret.as_bytes(),
        &[ms.as_bytes(), b"\n", secret.as_bytes()],
    );
    url.query_pairs_mut()
        .append_pair("timestamp", &ms)
        .append_pair("sign", &STANDARD.encode(mac));
}

/// A rich text of 飞书: text in it is never read as markup, so nobody can call `@all` through us.
fn feishu(notice: &Notice, secret: &str, now: Timestamp) -> Value {
    let mut room = MAX_TEXT_BYTES;
    let mut rows: Vec<Value> = Vec::new();
    for line in &notice.lines {
        let text = format!("{}：{}", line.label, shortened(&line.text));
        if text.len() > room {
            break;
        }
        room -= text.len();
        rows.push(json!([{ "tag": "text", "text": text }]));
    }
    if let Some(Line { label, text }) = &notice.link {
        rows.push(json!([{ "tag": "a", "text": label, "href": text }]));
    }
    let post = json!({ "zh_cn": { "title": shortened(&notice.title), "content": rows } });
    let mut body = json!({ "msg_type": "post", "content": { "post": post } });
    if !secret.is_empty() {
        let second = now.as_second().to_string();
        let key = format!("{second}\n{secret}");
        let sign = STANDARD.encode(hmac_sha256(key.as_bytes(), &[]));
        body["timestamp"] = Value::String(second);
        body["sign"] = Value::String(sign);
    }
    body
}

/// The notice as Markdown: a heading, a line each, a link.
fn markdown(notice: &Notice, gap: &str) -> String {
    let mut text = format!("### {}", plain(&notice.title));
    for line in &notice.lines {
        let more = format!("{gap}**{}**：{}", plain(&line.label), plain(&line.text));
        if text.len() + more.len() > MAX_TEXT_BYTES {
            break;
        }
        text.push_str(&more);
    }
    if let Some(link) = &notice.link {
        let (wording, address) = (plain(&link.label), link_address(&link.text));
        text.push_str(&format!("{gap}[{wording}]({address})"));
    }
    text
}

/// An address that cannot end the brackets that it stands in.
fn link_address(address: &str) -> String {
    address
        .chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .map(|c| match c {
            '(' => "%28".to_owned(),
            ')' => "%29".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

/// A text that is read as nothing but text: what Markdown and mentions are made of becomes its full-width twin, since robots know no
/// escapes.
fn plain(text: &str) -> String {
    let twin = |c: char| match c {
        '<' => '＜',
        '>' => '＞',
        '[' => '［',
        ']' => '］',
        '*' => '＊',
        '_' => '＿',
        '`' => '｀',
        '#' => '＃',
        '@' => '＠',
        '|' => '｜',
        '\\' => '＼',
        c => c,
    };
    shortened(text).chars().map(twin).collect()
}

/// One line of at most 300 characters.
fn shortened(text: &str) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = chars.by_ref().take(MAX_LINE_CHARS).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

/// What a robot means by its answer.
pub(super) fn verdict(body: &[u8]) -> Outcome {
    let Ok(answer) = serde_json::from_slice::<Value>(body) else {
        return Outcome::retry("the robot answered something that is no JSON");
    };
    let number = |keys: [&str; 3]| keys.iter().find_map(|key| answer.get(*key)?.as_i64());
    let said = ["errmsg", "msg", "StatusMessage"]
        .iter()
        .find_map(|key| answer.get(*key)?.as_str())
        .unwrap_or_default();
    let Some(code) = number(["errcode", "code", "StatusCode"]) else {
        return Outcome::retry("the robot answered without a code");
    };
    let why = format!("the robot answered {code}: {said}");
    match code {
        0 => Outcome::sent("0"),
        code if TOO_MANY.contains(&code) => Outcome::retry_after(why, PAUSE),
        code if FOR_GOOD.contains(&code) => Outcome::refused(why),
        _ => Outcome::retry(why),
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_TEXT_BYTES, request, verdict};
    use crate::hooks::{Line, Notice, Preset, Target};
    use crate::model::Outcome;
    use jiff::Timestamp;
    use proptest::prelude::{ProptestConfig, proptest};
    use serde_json::Value;

    fn notice(title: &str, text: &str) -> Notice {
        Notice {
            event: "case.paged".into(),
            at: Timestamp::UNIX_EPOCH,
            title: title.into(),
            lines: vec![Line::new("问题", text)],
            link: Some(Line::new("打开", "https://help.example.com/desk/1?a=(b)")),
            data: Value::Null,
        }
    }

    fn made(preset: Preset, secret: &str, ms: i64, notice: &Notice) -> (String, Value) {
        let target = Target::new(
            preset,
            "https://robot.example.com/send?key=k",
            secret,
            false,
        );
        let now = Timestamp::from_millisecond(ms).expect("a time");
        let (url, body) = request(&target.expect("a target"), notice, now);
        (url.into(), serde_json::from_str(&body).expect("JSON"))
    }

    #[test]
    fn robots_sign_as_their_makers_say() {
        let notice = notice("紧急", "a");
        let (url, _) = made(Preset::DingTalk, "SECabc123", 1_577_262_236_757, &notice);
        assert_eq!(
            url,
            "https://robot.example.com/send?key=k&timestamp=1577262236757&sign=sP2tUmwYDrLqnFjDuYnBJi0Od0TLi424Z2c6qlTmCao%3D"
        );
        let (url, body) = made(Preset::Feishu, "demo", 1_599_360_473_000, &notice);
        assert_eq!(url, "https://robot.example.com/send?key=k");
        assert_eq!(body["timestamp"], "1599360473");
        assert_eq!(body["sign"], "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=");
        let (_, unsigned) = made(Preset::Feishu, "", 0, &notice);
        assert_eq!(unsigned.get("sign"), None);
    }

    #[test]
    fn what_visitors_typed_stays_text() {
        let hostile = "<@all> [点我](https://evil.example) **x**\n# y";
        let (_, body) = made(Preset::WeCom, "", 0, &notice("P1 紧急", hostile));
        assert_eq!(
            body["markdown"]["content"],
            "### P1 紧急\n**问题**：＜＠all＞ ［点我］(https://evil.example) ＊＊x＊＊ ＃ y\n\
             [打开](https://help.example.com/desk/1?a=%28b%29)"
        );
        let (_, body) = made(
            Preset::Feishu,
            "",
            0,
            &notice("P1 紧急", "<at user_id=\"all\">"),
        );
        let rows = &body["content"]["post"]["zh_cn"]["content"];
        assert_eq!(rows[0][0]["tag"], "text");
        assert_eq!(rows[1][0]["href"], "https://help.example.com/desk/1?a=(b)");
    }

    #[test]
    fn answers_with_status_200_may_be_failures() {
        for (answer, kind) in [
            (r#"{"errcode":0,"errmsg":"ok"}"#, "sent"),
            (r#"{"code":0,"msg":"success","data":{}}"#, "sent"),
            (r#"{"StatusCode":0,"StatusMessage":"success"}"#, "sent"),
            (
                r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#,
                "refused",
            ),
            (r#"{"errcode":310000,"errmsg":"sign not match"}"#, "refused"),
            (r#"{"code":19021,"msg":"sign match fail"}"#, "refused"),
            (
                r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#,
                "later",
            ),
            (r#"{"errcode":130101,"errmsg":"send too fast"}"#, "later"),
            (r#"{"code":11232,"msg":"frequency limited"}"#, "later"),
            (r#"{"errcode":-1,"errmsg":"system busy"}"#, "retry"),
            (r#"{"errcode":"0"}"#, "retry"),
            ("{}", "retry"),
            ("<html>", "retry"),
            ("", "retry"),
        ] {
            let found = match verdict(answer.as_bytes()) {
                Outcome::Sent(_) => "sent",
                Outcome::Refused(_) => "refused",
                Outcome::Retry { after: Some(_), .. } => "later",
                Outcome::Retry { after: None, .. } => "retry",
            };
            assert_eq!(found, kind, "{answer}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn messages_stay_small_and_without_markup(title in ".{0,900}", text in "(?s).{0,900}") {
            let mut long = notice(&title, &text);
            long.lines = vec![long.lines[0].clone(); 40];
            for preset in [Preset::WeCom, Preset::DingTalk, Preset::Feishu] {
                let (_, body) = made(preset, "", 0, &long);
                let written = body["markdown"]["content"].as_str().or(body["markdown"]["text"].as_str());
                if let Some(text) = written {
                    assert!(text.len() < MAX_TEXT_BYTES + 1_000, "{}", text.len());
                    assert!(!text.contains(['<', '@', '`']), "{text}");
                }
            }
        }
    }
}
