//! How is it said? The mails as shipped in three languages, and a site's own in place of any of them.
//!
//! A shipped mail is written once, in `templates/<lang>.mails`, and read as text and as HTML: paragraphs between empty lines, and
//! the blocks of [`super::blocks`]. A site's folder may hold `<event>.<lang>.subject`, `<event>.<lang>.txt` and
//! `<event>.<lang>.html`, which are taken as they are, and `base.txt` and `base.html`, the frame around all. Each is tried on every
//! sort of content before it is used; should one fail later all the same, the shipped one is used, so no mail is lost.

use super::blocks::{self, Form, Paint};
use super::letter::{Letter, News};
use super::look::Look;
use super::own::Own;
use super::when::When;
use crate::model::Lang;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, context};
use std::collections::BTreeMap;

/// Steps that one template may take; shipped ones take a hundredth.
const FUEL: u64 = 200_000;
/// The largest mail that a template may make, in bytes of one form.
const MAX_BYTES: usize = 400_000;

const BASES: [(&str, &str); 2] = [
    ("base.txt", include_str!("templates/base.txt")),
    ("base.html", include_str!("templates/base.html")),
];

fn shipped(lang: Lang) -> &'static str {
    match lang {
        Lang::ZhCn => include_str!("templates/zh-CN.mails"),
        Lang::ZhTw => include_str!("templates/zh-TW.mails"),
        Lang::En => include_str!("templates/en.mails"),
    }
}

/// What a mail says, in its forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As a page of HTML.
    pub html: String,
}

/// All mails in all languages.
#[derive(Debug)]
pub struct Templates {
    shipped: Sets,
    /// With what the site has instead; only for the events that it has anything for.
    own: Option<(Sets, Own)>,
    look: Look,
}

type Sets = BTreeMap<Lang, Set>;

/// The templates of one language.
#[derive(Debug)]
struct Set {
    text: Environment<'static>,
    html: Environment<'static>,
}

impl Templates {
    /// The mails as shipped, in the site's name and colours.
    pub fn shipped(look: Look) -> Self {
        Self {
            shipped: sets(&look),
            own: None,
            look,
        }
    }

    /// The same with the site's own templates in place of some.
    pub(super) fn with(look: Look, own: Own) -> Result<Self, (String, Error)> {
        let mut theirs = sets(&look);
        for (name, source) in &own.files {
            for (lang, set) in &mut theirs {
                if name.lang.is_none_or(|named| named == *lang) {
                    set.replace(&name.file, source)
                        .map_err(|error| (name.file.clone(), error))?;
                }
            }
        }
        Ok(Self {
            own: Some((theirs, own)),
            ..Self::shipped(look)
        })
    }

    /// Writes a letter. Where a site's own template fails, the shipped one is used and the log says so.
    ///
    /// # Errors
    /// Only if a shipped template fails, which a test rules out.
    pub fn write(&self, letter: &Letter) -> anyhow::Result<Content> {
        if let Some((sets, own)) = &self.own {
            match self.content(sets, Some(own), letter) {
                Ok(content) => return Ok(content),
                Err((name, error)) => tracing::error!(
                    template = name,
                    error = %error,
                    "a mail template of the site failed: the one that ships was used"
                ),
            }
        }
        self.content(&self.shipped, None, letter)
            .map_err(|(_, error)| error.into())
    }

    /// As [`Templates::write`], but a failure of a site's own template is one, with its name.
    pub(super) fn try_own(&self, letter: &Letter) -> Result<Content, (String, Error)> {
        let own = self.own.as_ref();
        self.content(
            own.map_or(&self.shipped, |(sets, _)| sets),
            own.map(|(_, own)| own),
            letter,
        )
    }

    fn content(
        &self,
        sets: &Sets,
        own: Option<&Own>,
        letter: &Letter,
    ) -> Result<Content, (String, Error)> {
        let missing = || Error::new(ErrorKind::TemplateNotFound, "no templates of this language");
        let set = sets
            .get(&letter.lang)
            .ok_or_else(|| (String::new(), missing()))?;
        let name = |ending: &str| format!("{}.{}.{ending}", letter.news.event(), letter.lang);
        let is_own = |name: &str| own.is_some_and(|own| own.has(name));
        let given = self.context(letter);
        let render = |from: &Environment<'_>, name: &str, with: &Value| {
            let made = from
                .get_template(name)
                .and_then(|template| template.render(with));
            made.and_then(sized)
                .map_err(|error| (name.to_owned(), error))
        };
        let subject = render(&set.text, &name("subject"), &given)?;
        let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = tidy(&render(&set.text, &name("txt"), &given)?);
        let body = render(&set.html, &name("html"), &given)?;
        let body = if is_own(&name("html")) {
            body
        } else {
            paragraphs(&body)
        };
        let framed =
            |content: Value| context! { content, subject => subject.clone(), ..given.clone() };
        Ok(Content {
            text: tidy(&render(&set.text, "base.txt", &framed(Value::from(text)))?),
            html: if is_page(&body) {
                body
            } else {
                render(
                    &set.html,
                    "base.html",
                    &framed(Value::from_safe_string(body)),
                )?
            },
            subject,
        })
    }

    fn context(&self, letter: &Letter) -> Value {
        let about = match &letter.news {
            News::Acknowledged(with) => Value::from(Serde(with)),
            News::Reply(with) | News::AskedBack(with) => Value::from(Serde(with)),
            News::Solved(with) => Value::from(Serde(with)),
            News::Reopened(with) => Value::from(Serde(with)),
            News::Link(with) => Value::from(Serde(with)),
            News::Code(with) => Value::from(Serde(with)),
            News::Published(with) => Value::from(Serde(with)),
            News::FollowUp(with) => Value::from(Serde(with)),
            News::Thanked(with) => Value::from(Serde(with)),
            News::Refused(with) => Value::from(Serde(with)),
            News::FollowAsked(with) => Value::from(Serde(with)),
            News::Changed(with) => Value::from(Serde(with)),
            News::Paged(with)
            | News::Assigned(with)
            | News::Escalated(with)
            | News::Due(with)
            | News::Wrote(with) => Value::from(Serde(with)),
            News::Invited(with) => Value::from(Serde(with)),
            News::PasswordLink(with) => Value::from(Serde(with)),
            News::AccountChanged(with) => Value::from(Serde(with)),
        };
        context! {
            name => letter.name.clone(),
            lang => letter.lang.tag(),
            site => self.look.context(letter.lang),
            can_reply => self.look.takes_replies && letter.news.takes_replies(),
            unsubscribe => letter.unsubscribe.clone(),
            reply_hint => reply_hint(letter.lang),
            unsubscribe_hint => unsubscribe_hint(letter.lang),
            ..about
        }
    }
}

fn sets(look: &Look) -> Sets {
    Lang::ALL
        .into_iter()
        .map(|lang| (lang, Set::new(lang, look.paint())))
        .collect()
}

impl Set {
    fn new(lang: Lang, paint: Paint) -> Self {
        let mut set = Self {
            text: environment(Form::Text, lang, &paint),
            html: environment(Form::Html, lang, &paint),
        };
        for (name, source) in BASES {
            // What does not compile is missing, and says so when it is used; a test uses all.
            drop(set.replace(name, source));
        }
        for section in shipped(lang).split("=== ").skip(1) {
            let (event, rest) = section.split_once('\n').unwrap_or_default();
            let (subject, body) = rest.split_once('\n').unwrap_or_default();
            drop(set.replace(&format!("{event}.{lang}.subject"), subject));
            drop(set.replace(&format!("{event}.{lang}.txt"), body));
            drop(set.replace(&format!("{event}.{lang}.html"), body));
        }
        set
    }

    fn replace(&mut self, name: &str, source: &str) -> Result<(), Error> {
        let environment = if name.ends_with(".html") {
            &mut self.html
        } else {
            &mut self.text
        };
        environment.add_template_owned(name.to_owned(), source.to_owned())
    }
}

fn environment(form: Form, lang: Lang, paint: &Paint) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.add_filter("when", move |text: &str| {
        let when = When::parse(text).map(|when| when.for_people(lang));
        when.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "`when` is for times"))
    });
    environment.add_filter("prose", |text: &str| {
        Value::from_safe_string(blocks::prose(text))
    });
    blocks::add(&mut environment, form, lang, paint);
    environment
}

fn sized(text: String) -> Result<String, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "the mail is larger than 400 KB",
        ));
    }
    Ok(text)
}

/// HTML of a shipped mail: what stands between empty lines is a paragraph, unless it is a block already.
fn paragraphs(html: &str) -> String {
    let mut out = String::new();
    for part in html
        .split("\n\n")
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        if part.starts_with('<') {
            out.push_str(part);
        } else {
            out.push_str(&format!(
                "<p style=\"margin:0 0 16px\">{}</p>",
                part.replace('\n', "<br>")
            ));
        }
        out.push('\n');
    }
    out
}

fn is_page(html: &str) -> bool {
    let beginning: String = html.trim_start().chars().take(9).collect();
    let beginning = beginning.to_ascii_lowercase();
    beginning.starts_with("<!doctype") || beginning.starts_with("<html")
}

/// Text without the empty lines that conditions leave behind.
fn tidy(text: &str) -> String {
    let mut out = String::new();
    let mut empty = 0;
    for line in text.trim_matches('\n').lines() {
        empty = if line.trim().is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            // Two dashes and a space begin a signature.
            out.push_str(if line == "-- " { line } else { line.trim_end() });
            out.push('\n');
        }
    }
    out
}

fn reply_hint(lang: Lang) -> &'static str {
    match lang {
        Lang::ZhCn => "直接回复这封邮件也可以补充说明。",
        Lang::ZhTw => "直接回覆這封郵件也可以補充說明。",
        Lang::En => "You can also just reply to this mail.",
    }
}

fn unsubscribe_hint(lang: Lang) -> &'static str {
    match lang {
        Lang::ZhCn => "不再接收此类邮件",
        Lang::ZhTw => "不再接收此類郵件",
        Lang::En => "No more mails of this sort",
    }
}

#[cfg(test)]
mod tests {
    use super::{BASES, shipped};
    use crate::mail::News;
    use crate::model::Lang;

    #[test]
    fn every_language_has_every_mail_and_no_markup_of_its_own() {
        for lang in Lang::ALL {
            let sections: Vec<&str> = shipped(lang)
                .split("=== ")
                .skip(1)
                .filter_map(|section| Some(section.split_once('\n')?.0))
                .collect();
            assert_eq!(sections, News::EVENTS, "{lang}");
            assert!(!shipped(lang).contains(['<', '&']), "{lang}");
        }
        assert_eq!(BASES.map(|(name, _)| name), ["base.txt", "base.html"]);
    }
}
