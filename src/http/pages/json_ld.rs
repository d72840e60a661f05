//! What do search engines and models read? schema.org in JSON-LD, written so that no text of ours can end the script.

use super::addresses;
use super::lists::Link;
use crate::config::Settings;
use serde_json::{Value, json};

/// A graph of things as the content of a `<script type="application/ld+json">`.
pub(super) fn graph(things: &[Value]) -> String {
    escape(&json!({ "@context": "https://schema.org", "@graph": things }).to_string())
}

/// JSON has no use for these characters outside of strings, so escaping them keeps its meaning.
fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// The way from the home page to a page: `links`, then the page itself.
pub(super) fn breadcrumbs(settings: &Settings, links: &[Link], title: &str) -> Value {
    let mut items: Vec<Value> = links
        .iter()
        .enumerate()
        .map(|(i, link)| {
            let plain = link.url.split('?').next().unwrap_or_default();
            json!({ "@type": "ListItem", "position": i + 1, "name": link.title,
                    "item": addresses::public(settings, plain) })
        })
        .collect();
    items.push(json!({ "@type": "ListItem", "position": links.len() + 1, "name": title }));
    json!({ "@type": "BreadcrumbList", "itemListElement": items })
}

/// Questions with their answers, as plain text; those without an answer are left out. `None` when none is left.
pub(super) fn questions<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
    lang: &str,
) -> Option<Value> {
    let entities: Vec<Value> = pairs
        .filter(|(_, answer)| !answer.is_empty())
        .map(|(question, answer)| {
            json!({ "@type": "Question", "name": question,
                    "acceptedAnswer": { "@type": "Answer", "text": answer } })
        })
        .collect();
    (!entities.is_empty())
        .then(|| json!({ "@type": "FAQPage", "inLanguage": lang, "mainEntity": entities }))
}

/// The site itself, and how it is searched.
pub(super) fn site(settings: &Settings, name: &str, description: &str) -> Value {
    json!({
        "@type": "WebSite", "name": name, "description": description,
        "url": addresses::public(settings, "/"),
        "potentialAction": {
            "@type": "SearchAction",
            "target": { "@type": "EntryPoint", "urlTemplate": addresses::public(settings, "/search?q={query}") },
            "query-input": "required name=query",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::{escape, questions};

    #[test]
    fn no_text_can_end_the_script_and_none_is_changed() {
        let hostile = "</script><!-- & \u{2028}\u{2029} \"quoted\" 中文";
        let value = questions([(hostile, hostile)].into_iter(), "en").expect("a page");
        let escaped = escape(&value.to_string());
        assert!(!escaped.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
        let read: serde_json::Value = serde_json::from_str(&escaped).expect("valid JSON");
        assert_eq!(read["mainEntity"][0]["name"], hostile);
    }
}
