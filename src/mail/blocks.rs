//! Of what is a mail built? Greetings, quotes, buttons, stars: each as text and as HTML, so that a template says a thing once.
//!
//! Whatever comes from a value is escaped here, and becomes one line of HTML: an empty line would end its paragraph.

use super::letter::{CaseView, Message, Page};
use crate::model::Lang;
use minijinja::value::{Rest, Serde, Value};
use minijinja::{Environment, Error, ErrorKind};

/// The most of what was written that is quoted, in characters.
const MAX_QUOTE_CHARS: usize = 3_000;

/// In which form a mail is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Html,
}

/// How buttons look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Paint {
    pub(super) accent: String,
    pub(super) on_accent: String,
    pub(super) link: String,
}

/// Gives templates of a language and form their blocks.
pub(super) fn add(environment: &mut Environment<'static>, form: Form, lang: Lang, paint: &Paint) {
    environment.add_function("hello", move |name: &str| hello(form, lang, name));
    environment.add_function("quote", move |text: &str| quote(form, text));
    environment.add_function("written", move |message: Serde<Message>| {
        written(form, &message.0)
    });
    environment.add_function("links", move |pages: Serde<Vec<Page>>| {
        let pages = pages
            .0
            .iter()
            .map(|page| (page.title.as_str(), page.url.as_str()));
        links(form, pages)
    });
    environment.add_function("case_links", move |cases: Serde<Vec<CaseView>>| {
        let titles: Vec<String> = cases
            .0
            .iter()
            .map(|case| format!("{} {}", case.number, case.subject))
            .collect();
        let pages = titles
            .iter()
            .zip(&cases.0)
            .map(|(title, case)| (title.as_str(), case.url.as_str()));
        links(form, pages)
    });
    environment.add_function("stars", move |urls: Serde<Vec<String>>| {
        stars(form, lang, &urls.0)
    });
    let paint = paint.clone();
    environment.add_function(
        "button",
        move |label: &str, url: &str, style: Rest<String>| {
            let is_quiet = match style.first().map(String::as_str) {
                None => false,
                Some("quiet") => true,
                Some(other) => {
                    let why = format!("a button is \"quiet\" or nothing, not {other:?}");
                    return Err(Error::new(ErrorKind::InvalidOperation, why));
                }
            };
            Ok(button(form, &paint, label, url, is_quiet))
        },
    );
}

fn hello(form: Form, lang: Lang, name: &str) -> Value {
    let text = match (lang, name.trim()) {
        (Lang::ZhCn | Lang::ZhTw, "") => "您好：".to_owned(),
        (Lang::ZhCn | Lang::ZhTw, name) => format!("{name}，您好："),
        (Lang::En, "") => "Hello,".to_owned(),
        (Lang::En, name) => format!("Hello {name},"),
    };
    match form {
        Form::Text => Value::from(text),
        Form::Html => Value::from_safe_string(format!(
            "<p style=\"margin:0 0 16px\">{}</p>",
            escape(&text)
        )),
    }
}

fn quote(form: Form, text: &str) -> Value {
    let text = cut(text.trim());
    match form {
        Form::Text => {
            let lines: Vec<String> = text.lines().map(|line| format!("> {line}")).collect();
            Value::from(lines.join("\n"))
        }
        Form::Html => Value::from_safe_string(format!(
            "<div class=\"quote\" style=\"margin:0 0 16px;padding:4px 0 4px 14px;border-left:3px solid #d5dae2;color:#515866\">{}</div>",
            prose(&text)
        )),
    }
}

fn written(form: Form, message: &Message) -> Value {
    match form {
        Form::Text => Value::from(message.text.trim().to_owned()),
        Form::Html if message.html.is_empty() => {
            Value::from_safe_string(prose(message.text.trim()))
        }
        Form::Html => {
            // Line ends within preformatted text stay, and end no paragraph.
            let html = message.html.trim().replace('\n', "&#10;");
            Value::from_safe_string(format!("<div style=\"margin:0 0 16px\">{html}</div>"))
        }
    }
}

fn links<'a>(form: Form, pages: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let pages = pages.filter(|(_, url)| is_web(url));
    match form {
        Form::Text => {
            let lines: Vec<String> = pages
                .map(|(title, url)| format!("- {title}\n  {url}"))
                .collect();
            Value::from(lines.join("\n"))
        }
        Form::Html => {
            let items: String = pages
                .map(|(title, url)| {
                    format!(
                        "<li style=\"margin:0 0 8px\"><a href=\"{}\">{}</a></li>",
                        escape(url),
                        escape(title)
                    )
                })
                .collect();
            Value::from_safe_string(format!(
                "<ul style=\"margin:0 0 16px;padding:0 0 0 22px\">{items}</ul>"
            ))
        }
    }
}

/// One to five stars, each a tap, large enough for a thumb.
fn stars(form: Form, lang: Lang, urls: &[String]) -> Value {
    let rated = |n: usize| match lang {
        Lang::ZhCn | Lang::ZhTw => format!("{n} 分"),
        Lang::En => format!("{n} of 5"),
    };
    let urls = urls
        .iter()
        .take(5)
        .enumerate()
        .map(|(i, url)| (i + 1, url))
        .filter(|(_, url)| is_web(url));
    match form {
        Form::Text => {
            let lines: Vec<String> = urls
                .map(|(n, url)| format!("{} {url}", "★".repeat(n)))
                .collect();
            Value::from(lines.join("\n"))
        }
        Form::Html => {
            let cells: String = urls
                .map(|(n, url)| format!(
                    "<td align=\"center\" style=\"padding:0 4px 0 0\"><a class=\"star\" href=\"{}\" aria-label=\"{}\" style=\"display:block;min-width:44px;padding:6px 0;border:1px solid #d5dae2;border-radius:8px;color:#b06a00;text-decoration:none;font-size:15px;line-height:1.4\">★<br>{n}</a></td>",
                    escape(url),
                    rated(n)
                ))
                .collect();
            Value::from_safe_string(format!(
                "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px\"><tr>{cells}</tr></table>"
            ))
        }
    }
}

fn button(form: Form, paint: &Paint, label: &str, url: &str, is_quiet: bool) -> Value {
    if !is_web(url) {
        return Value::from("");
    }
    if form == Form::Text {
        return Value::from(format!("{label}\n{url}"));
    }
    let look = if is_quiet {
        format!("color:{};border:1px solid #d5dae2", paint.link)
    } else {
        format!(
            "background:{0};color:{1};border:1px solid {0}",
            paint.accent, paint.on_accent
        )
    };
    let class = if is_quiet { "plain-link" } else { "button" };
    Value::from_safe_string(format!(
        "<p style=\"margin:0 0 16px\"><a class=\"{class}\" href=\"{}\" style=\"display:inline-block;padding:10px 20px;border-radius:8px;{look};text-decoration:none;font-weight:600\">{}</a></p>",
        escape(url),
        escape(label)
    ))
}

/// Plain text as paragraphs, with its web addresses as links.
pub(super) fn prose(text: &str) -> String {
    let mut html = String::new();
    for paragraph in text.split("\n\n").filter(|p| !p.trim().is_empty()) {
        let lines: Vec<String> = paragraph.trim_matches('\n').lines().map(linked).collect();
        html.push_str(&format!(
            "<p style=\"margin:0 0 12px\">{}</p>",
            lines.join("<br>")
        ));
    }
    html
}

fn linked(line: &str) -> String {
    let mut html = String::new();
    let mut rest = line;
    while let Some(at) = ["https://", "http://"]
        .iter()
        .filter_map(|s| rest.find(s))
        .min()
    {
        html.push_str(&escape(&rest[..at]));
        rest = &rest[at..];
        let ends = |c: char| !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"' | '\'' | '`');
        let end = rest.find(ends).unwrap_or(rest.len());
        let url = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']);
        let url = if url.len() > 8 {
            url
        } else {
            &rest[..end.max(1)]
        };
        html.push_str(&format!("<a href=\"{0}\">{0}</a>", escape(url)));
        rest = &rest[url.len()..];
    }
    html + &escape(rest)
}

/// Only addresses of the web become links; anything else is left out.
fn is_web(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && !url.chars().any(|c| c.is_control() || c == ' ')
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
        .replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::{linked, prose};
    use proptest::prelude::proptest;

    #[test]
    fn addresses_of_the_web_become_links() {
        for (line, html) in [
            (
                "见 https://a.cn/x?y=1&z=2。谢谢",
                "见 <a href=\"https://a.cn/x?y=1&amp;z=2\">https://a.cn/x?y=1&amp;z=2</a>。谢谢",
            ),
            (
                "(http://a.cn).",
                "(<a href=\"http://a.cn\">http://a.cn</a>).",
            ),
            ("javascript:alert(1)", "javascript:alert(1)"),
            (
                "https://\"onclick=",
                "<a href=\"https://\">https://</a>&quot;onclick=",
            ),
            ("<b>", "&lt;b&gt;"),
        ] {
            assert_eq!(linked(line), html);
        }
        assert_eq!(
            prose("a\nb\n\nc"),
            "<p style=\"margin:0 0 12px\">a<br>b</p><p style=\"margin:0 0 12px\">c</p>"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_adds_no_element(text in "(?s).{0,200}|(https?://|[<>\"'& ]|[a-z.)]){0,20}") {
            let html = prose(&text);
            let bare = html.replace("<p style=\"margin:0 0 12px\">", "").replace("</p>", "").replace("<br>", "").replace("</a>", "");
            let tags = bare.matches('<').count();
            assert_eq!(tags, bare.matches("<a href=\"http").count(), "{html}");
        }
    }
}
