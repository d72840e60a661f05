//! What do all pages share? The head that machines read, and the header and footer that people see.

use super::addresses;
use super::messages;
use super::reader::{Reader, in_language};
use super::sign_in::address_for;
use super::templates::Templates;
use crate::config::Settings;
use crate::http::desk::staff;
use crate::http::state::AppState;
use crate::model::{Audience, Lang};
use jiff::Timestamp;
use serde::Serialize;

/// What the base template shows around a page.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Frame {
    #[serde(skip)]
    own: Lang,
    #[serde(skip)]
    templates: Templates,
    /// The language of the interface.
    lang: &'static str,
    /// Its name.
    language: &'static str,
    languages: Vec<LanguageChoice>,
    /// The language that links carry on.
    hl: Option<&'static str>,
    /// What the help centre is called.
    pub(super) site: String,
    logo: Option<String>,
    icon: String,
    colours: String,
    home: String,
    /// The form for who found no answer.
    ask: String,
    /// The open forum, where there is one.
    forum: Option<String>,
    /// Another way to turn to people.
    pub(super) contact: Option<String>,
    /// Who is greeted.
    visitor: Option<Greeting>,
    /// Where nobody in particular signs in, if he can.
    sign_in: Option<String>,
    /// The colleague who reads.
    staff: Option<StaffBar>,
    /// Whether it cannot be told just now who reads.
    unsure: bool,
    query_chars: usize,
    locale: &'static str,
    /// What stands in the search box.
    pub(super) query: String,
    /// What the browser's tab says.
    pub(super) title: String,
    /// What the page is called, without the site's name.
    pub(super) heading: String,
    /// One or two sentences about the page, or empty.
    pub(super) description: String,
    /// The page's one public address; `None` for what is not to be listed.
    pub(super) canonical: Option<String>,
    /// `website` or `article`.
    pub(super) kind: &'static str,
    /// A picture of the page.
    pub(super) picture: Option<String>,
    /// When it last changed, in RFC 3339.
    pub(super) changed: Option<String>,
    alternates: Vec<Alternate>,
    /// The address of its Markdown.
    pub(super) markdown: Option<String>,
    /// Whether search engines should leave it out.
    pub(super) unlisted: bool,
    /// JSON-LD, escaped for HTML; or empty.
    pub(super) json_ld: String,
}

#[derive(Debug, Clone, Serialize)]
struct LanguageChoice {
    lang: &'static str,
    name: &'static str,
    url: String,
    current: bool,
}

/// A customer who is known.
#[derive(Debug, Clone, Serialize)]
struct Greeting {
    name: String,
    url: String,
    sign_out: String,
}

/// What a colleague is told about what he sees.
#[derive(Debug, Clone, Serialize)]
struct StaffBar {
    /// What he is told.
    text: String,
    /// As whom he may look instead, and as himself again.
    views: Vec<StaffView>,
    action: String,
    to: String,
}

#[derive(Debug, Clone, Serialize)]
struct StaffView {
    value: String,
    label: String,
}

/// The same page in another language.
#[derive(Debug, Clone, Serialize)]
struct Alternate {
    lang: &'static str,
    url: String,
}

impl Frame {
    /// The frame of the page called `heading`: of no public address and no description yet.
    pub(super) fn new(state: &AppState, reader: &Reader, heading: &str) -> Self {
        let settings = state.settings();
        let site = site_name(settings, reader.lang);
        let logo = logo(state);
        Self {
            own: reader.lang,
            templates: state.templates().clone(),
            lang: reader.lang.tag(),
            language: reader.lang.own_name(),
            languages: languages(reader),
            hl: reader.chosen(),
            icon: logo
                .clone()
                .unwrap_or_else(|| format!("/favicon.svg?v={}", state.salt())),
            colours: format!("/assets/site.css?v={}", state.salt()),
            home: reader.link("/"),
            ask: reader.link("/ask"),
            forum: settings.forum.enabled.then(|| reader.link("/questions")),
            contact: contact(settings, "", ""),
            visitor: greeting(reader),
            sign_in: sign_in(settings, reader),
            staff: staff_bar(state, reader),
            unsure: reader.visitor.is_unsure,
            query_chars: settings.limits.query_chars,
            locale: locale(reader.lang),
            query: String::new(),
            title: match heading.is_empty() || heading == site {
                true => site.clone(),
                false => format!("{heading} - {site}"),
            },
            heading: if heading.is_empty() {
                site.clone()
            } else {
                heading.to_owned()
            },
            description: String::new(),
            canonical: None,
            kind: "website",
            picture: logo
                .as_deref()
                .map(|logo| addresses::public(settings, logo)),
            changed: None,
            alternates: Vec::new(),
            markdown: None,
            unlisted: false,
            json_ld: String::new(),
            site,
            logo,
        }
    }

    /// What the page is made of.
    pub(super) fn templates(&self) -> &Templates {
        &self.templates
    }

    /// The language of the interface.
    pub(super) fn language(&self) -> Lang {
        self.own
    }

    /// The same frame for a page at `address` whose words follow the reader's language: one public address a language.
    #[must_use]
    pub(super) fn at(mut self, settings: &Settings, reader: &Reader, address: &str) -> Self {
        let public = |lang| addresses::public(settings, &in_language(address, lang));
        let plain = addresses::public(settings, address);
        self.alternates = Lang::ALL
            .map(|lang| Alternate {
                lang: lang.tag(),
                url: public(lang),
            })
            .to_vec();
        self.alternates.push(Alternate {
            lang: "x-default",
            url: plain.clone(),
        });
        self.canonical = Some(if reader.chosen().is_some() {
            public(reader.lang)
        } else {
            plain
        });
        self
    }

    /// The same frame for the page of an article, whose words are in one language: one public address.
    #[must_use]
    pub(super) fn of_article(
        mut self,
        settings: &Settings,
        address: &str,
        lang: Lang,
        updated: Timestamp,
    ) -> Self {
        let plain = addresses::public(settings, address);
        self.alternates = vec![Alternate {
            lang: lang.tag(),
            url: plain.clone(),
        }];
        self.canonical = Some(plain);
        self.locale = locale(lang);
        self.kind = "article";
        self.changed = Some(updated.to_string());
        self.markdown = Some(format!("{address}.md"));
        self
    }
}

/// What the help centre is called in `lang`.
pub(super) fn site_name(settings: &Settings, lang: Lang) -> String {
    let own = settings.site.name.get(lang);
    own.unwrap_or_else(|| messages::text(lang, "site_name"))
        .to_owned()
}

/// The address to turn to, with a subject and a text where it is a mail address.
pub(super) fn contact(settings: &Settings, subject: &str, body: &str) -> Option<String> {
    let contact = settings.site.contact.as_deref()?;
    if contact.starts_with("https:") || contact.starts_with("http:") {
        return Some(contact.to_owned());
    }
    let address = contact.strip_prefix("mailto:").unwrap_or(contact);
    let fields = [("subject", subject), ("body", body)];
    let filled: Vec<String> = fields
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| format!("{name}={}", addresses::encode(text)))
        .collect();
    Some(match filled.is_empty() {
        true => format!("mailto:{address}"),
        false => format!("mailto:{address}?{}", filled.join("&")),
    })
}

fn greeting(reader: &Reader) -> Option<Greeting> {
    let customer = reader.visitor.customer.as_ref()?;
    let plain = || messages::text(reader.lang, "me_title");
    Some(Greeting {
        name: customer.shown_name().unwrap_or_else(plain).to_owned(),
        url: reader.link("/me"),
        sign_out: reader.link("/sign-out"),
    })
}

fn sign_in(settings: &Settings, reader: &Reader) -> Option<String> {
    let visitor = &reader.visitor;
    let is_known = visitor.customer.is_some() || visitor.staff.is_some() || visitor.is_unsure;
    // A page for signing in would lead back to itself.
    let is_there = reader.address().starts_with("/sign-in");
    let offered = settings.identity.email && !is_known && !is_there;
    offered.then(|| reader.link(&address_for(reader.address())))
}

fn staff_bar(state: &AppState, reader: &Reader) -> Option<StaffBar> {
    let colleague = reader.visitor.staff.as_ref()?;
    let (lang, engine) = (reader.lang, state.engine()?);
    let label = |audience: Audience| {
        let name = engine.schema().audiences.name(audience);
        audience_name(lang, audience, name)
    };
    let text = match colleague.sees_as {
        None => messages::fill(lang, "staff_sees", &[("name", &colleague.name)]),
        Some(seen) => messages::fill(lang, "staff_sees_as", &[("audience", &label(seen))]),
    };
    let own = staff(&engine);
    let others = engine.snapshot().audiences().filter(|other| *other < own);
    let others = others.filter(|other| colleague.sees_as != Some(*other));
    let mut views: Vec<StaffView> = others
        .map(|other| StaffView {
            value: other.rank().to_string(),
            label: messages::fill(lang, "staff_as", &[("audience", &label(other))]),
        })
        .collect();
    if colleague.sees_as.is_some() {
        let label = messages::text(lang, "staff_as_self").to_owned();
        let value = "self".to_owned();
        views.insert(0, StaffView { value, label });
    }
    Some(StaffBar {
        text,
        views,
        action: reader.link("/see-as"),
        to: reader.address().to_owned(),
    })
}

/// What people call an audience: the shipped ones by a word of their language, others by their name.
pub(super) fn audience_name(lang: Lang, audience: Audience, name: &str) -> String {
    match name {
        _ if audience == Audience::PUBLIC => messages::text(lang, "reader_public").to_owned(),
        "customer" => messages::text(lang, "reader_customer").to_owned(),
        "internal" => messages::text(lang, "reader_internal").to_owned(),
        other => other.to_owned(),
    }
}

fn logo(state: &AppState) -> Option<String> {
    let file = state.settings().site.logo.as_ref();
    file.map(|_| format!("/assets/logo?v={}", state.salt()))
}

fn languages(reader: &Reader) -> Vec<LanguageChoice> {
    Lang::ALL
        .map(|lang| LanguageChoice {
            lang: lang.tag(),
            name: lang.own_name(),
            url: reader.switched(lang),
            current: lang == reader.lang,
        })
        .to_vec()
}

fn locale(lang: Lang) -> &'static str {
    match lang {
        Lang::ZhCn => "zh_CN",
        Lang::ZhTw => "zh_TW",
        Lang::En => "en_US",
    }
}
