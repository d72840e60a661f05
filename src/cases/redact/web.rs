//! Which addresses of the net are somebody's? Mail addresses, and links that open something to whoever has them.

use super::scan::Scanned;
use super::{Personal, Span};

/// Names of parameters whose value is a key.
const KEYS: &[&str] = &[
    "token",
    "access_token",
    "key",
    "apikey",
    "api_key",
    "sig",
    "sign",
    "signature",
    "code",
    "auth",
    "session",
    "sid",
    "sessionid",
    "ticket",
    "secret",
    "password",
    "pwd",
    "passwd",
    "otp",
    "invite",
];
/// A part of a path this long, of letters and digits mixed, is a key and no word.
const KEY_CHARS: usize = 16;

pub(super) fn spans(text: &Scanned<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let scheme = ["https://", "http://"]
            .into_iter()
            .find(|scheme| text.has(at, scheme));
        if let Some(scheme) = scheme {
            let to = text.while_(at + scheme.len(), is_of_address);
            let to = without_stops(text, at, to);
            if opens_something(&text.narrow(at + scheme.len(), to)) {
                let sort = Personal::Link;
                spans.push(Span { from: at, to, sort });
            }
            at = to.max(at + scheme.len());
        } else {
            spans.extend((text.at(at) == Some('@')).then(|| mail(text, at)).flatten());
            at += 1;
        }
    }
    spans
}

fn is_of_address(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\'' | ')' | ']' | '}' | '`')
}

/// The end without what ends the sentence.
fn without_stops(text: &Scanned<'_>, from: usize, mut to: usize) -> usize {
    while to > from && matches!(text.at(to - 1), Some('.' | ',' | ';' | ':' | '!' | '?')) {
        to -= 1;
    }
    to
}

fn opens_something(address: &str) -> bool {
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    if host.contains('@') {
        return true;
    }
    let (path, query) = path.split_once(['?', '#']).unwrap_or((path, ""));
    let pairs = query.split(['&', '#', ';']);
    let keyed = pairs
        .filter_map(|pair| pair.split_once('='))
        .any(|(name, value)| {
            !value.is_empty()
                && (KEYS.contains(&name.to_ascii_lowercase().as_str()) || is_key(value))
        });
    keyed || path.split('/').any(is_key) || query.split(['&', '#', '/']).any(is_key)
}

fn is_key(part: &str) -> bool {
    let runs = part.split(|c: char| !c.is_ascii_alphanumeric());
    let mixed = |run: &str| {
        run.bytes().any(|b| b.is_ascii_digit()) && run.bytes().any(|b| b.is_ascii_alphabetic())
    };
    runs.into_iter()
        .any(|run| run.len() >= KEY_CHARS && mixed(run))
}

/// The mail address around an `@`.
fn mail(text: &Scanned<'_>, at: usize) -> Option<Span> {
    let is_local = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let mut from = at;
    while from > 0 && text.at(from - 1).is_some_and(is_local) {
        from -= 1;
    }
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let to = without_stops(text, at + 1, text.while_(at + 1, is_host));
    let host = text.narrow(at + 1, to);
    let (name, top) = host.rsplit_once('.')?;
    let fits = from < at && !name.is_empty() && top.len() >= 2;
    fits.then_some(Span {
        from,
        to,
        sort: Personal::Email,
    })
}
