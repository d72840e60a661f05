//! Who asked for what, how long did it take? One line a request, without what could name the person: no address of the
//! client, no mail address, no long number.

use super::error::Asked;
use axum::http::StatusCode;
use std::time::Duration;

/// How much of an address or a query is written, in characters.
const MAX_CHARS: usize = 200;

/// Writes the line. Texts are written as values, so the log's format escapes line ends and control characters.
pub(super) fn write(asked: &Asked<'_>, route: &str, status: StatusCode, took: Duration) {
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let method = asked.method.as_str();
    let (request_id, status) = (asked.request_id, status.as_u16());
    if ["/healthz", "/readyz", "/metrics"].contains(&route) {
        tracing::debug!(target: "kb::access", method, path = asked.path, status, took_us, request_id);
        return;
    }
    let path = shortened(&without_secrets(asked.path));
    let query = asked_query(asked.query).map(|query| masked(&shortened(&query)));
    tracing::info!(target: "kb::access", method, path, query, status, took_us, request_id);
}

/// Below which addresses secrets stand, and in which segment.
const SECRET_ROOMS: [(&str, usize); 5] = [
    ("/case/", 0),
    ("/api/v1/cases/", 0),
    ("/tap/", 1),
    ("/desk/invitation/", 0),
    ("/desk/new-password/", 0),
];

/// The path without what opens a case: the secret of `/case/…` and `/api/v1/cases/…`, and what is signed in `/tap/…/…`.
fn without_secrets(path: &str) -> String {
    for (room, kept) in SECRET_ROOMS {
        let Some(rest) = path.strip_prefix(room) else {
            continue;
        };
        let mut segments: Vec<&str> = rest.split('/').collect();
        if let Some(secret) = segments.get_mut(kept).filter(|part| part.len() > 8) {
            *secret = "[secret]";
        }
        return format!("{room}{}", segments.join("/"));
    }
    path.to_owned()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What was searched for: the first `q`, decoded as far as it is text.
fn asked_query(query: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("q="))?;
    let end = value
        .char_indices()
        .nth(MAX_CHARS * 9)
        .map_or(value.len(), |(end, _)| end);
    let spaced = value[..end].replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy();
    Some(decoded.into_owned())
}

/// The text without what could name a person: words with an `@`, and numbers of seven digits and more.
fn masked(text: &str) -> String {
    let words: Vec<String> = text.split(' ').map(masked_word).collect();
    words.join(" ")
}

fn masked_word(word: &str) -> String {
    if word.contains(['@', '＠']) {
        return "[mail]".to_owned();
    }
    let mut shown = String::new();
    let mut digits = String::new();
    for c in word.chars().chain(['\0']) {
        if c.is_numeric() || (!digits.is_empty() && matches!(c, '-' | '－')) {
            digits.push(c);
            continue;
        }
        match digits.chars().filter(|d| d.is_numeric()).count() {
            0..7 => shown.push_str(&digits),
            _ => shown.push_str("[number]"),
        }
        digits.clear();
        shown.extend((c != '\0').then_some(c));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{asked_query, masked, shortened, without_secrets};

    #[test]
    fn numbers_and_mail_addresses_do_not_reach_the_log() {
        for (query, logged) in [
            ("忘记密码 13800138000", "忘记密码 [number]"),
            ("电话138-0013-8000收不到", "电话[number]收不到"),
            ("li.lei@example.com 登录", "[mail] 登录"),
            ("错误码 40013", "错误码 40013"),
            ("ABC-123", "ABC-123"),
        ] {
            assert_eq!(masked(query), logged);
        }
    }

    #[test]
    fn s21_secrets_of_links_do_not_reach_the_log() {
        for (path, logged) in [
            ("/case/0123456789bcdfgh0123456789bcdfgh", "/case/[secret]"),
            (
                "/case/0123456789bcdfgh/files/1/a.png",
                "/case/[secret]/files/1/a.png",
            ),
            ("/case/resend", "/case/resend"),
            (
                "/api/v1/cases/0123456789bcdfgh/messages",
                "/api/v1/cases/[secret]/messages",
            ),
            ("/tap/rate/abc.123.def-ghi", "/tap/rate/[secret]"),
            (
                "/desk/invitation/0123456789bcdfgh",
                "/desk/invitation/[secret]",
            ),
            (
                "/desk/new-password/0123456789bcdfgh",
                "/desk/new-password/[secret]",
            ),
            ("/a/case/x", "/a/case/x"),
        ] {
            assert_eq!(without_secrets(path), logged);
        }
    }

    #[test]
    fn a_long_query_is_cut_between_characters() {
        assert_eq!(shortened(&"密".repeat(300)).chars().count(), 201);
        assert_eq!(
            asked_query("limit=1&q=%E5%AF%86+a").as_deref(),
            Some("密 a")
        );
        assert!(asked_query(&format!("q={}", "%E5".repeat(1_000_000))).is_some());
    }
}
