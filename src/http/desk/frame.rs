//! What do all pages of the desk share? The bar above, the queues beside, and what was just done.

use super::door::Desk;
use super::flash::Flash;
use crate::cases::{Act, Queue, may};
use crate::error::Result;
use crate::http::error::Shown;
use crate::http::pages::messages;
use crate::http::pages::reader::Reader;
use crate::http::pages::templates;
use crate::http::state::AppState;
use crate::model::Lang;
use crate::model::account::Account;
use axum::Extension;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;

/// The frame of a page for who is not signed in.
#[derive(Debug, Serialize)]
pub(super) struct Bare {
    lang: &'static str,
    title: String,
    site: String,
    colours: String,
    languages: Vec<Language>,
}

#[derive(Debug, Serialize)]
struct Language {
    lang: &'static str,
    name: &'static str,
    url: String,
    current: bool,
}

/// The frame of a page of the desk.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    lang: &'static str,
    title: String,
    site: String,
    colours: String,
    csrf: String,
    own: Own,
    queues: Vec<QueueLink>,
    groups: Vec<QueueLink>,
    can: Can,
    /// How many most urgent cases nobody has.
    urgent: u32,
    flash: Option<Flash>,
    /// What stands in the search box.
    pub(super) query: String,
    /// The case that the page is about, for live updates.
    pub(super) case: Option<String>,
}

#[derive(Debug, Serialize)]
struct Own {
    name: String,
    email: String,
    role: String,
    initial: String,
    on_duty: bool,
}

#[derive(Debug, Serialize)]
struct Can {
    work: bool,
    canned: bool,
    accounts: bool,
    outbox: bool,
    keys: bool,
    audit: bool,
    publish: bool,
}

#[derive(Debug, Serialize)]
struct QueueLink {
    word: String,
    title: String,
    url: String,
    count: Option<u32>,
    current: bool,
    alarm: bool,
}

fn site_of(state: &AppState, lang: Lang) -> String {
    let own = state.settings().site.name.get(lang);
    own.unwrap_or_else(|| messages::text(lang, "site_name"))
        .to_owned()
}

impl Bare {
    pub(super) fn new(state: &AppState, reader: &Reader, title: &str) -> Self {
        let languages = Lang::ALL.map(|lang| Language {
            lang: lang.tag(),
            name: lang.own_name(),
            url: reader.switched(lang),
            current: lang == reader.lang,
        });
        Self {
            lang: reader.lang.tag(),
            title: title.to_owned(),
            site: site_of(state, reader.lang),
            colours: format!("/assets/site.css?v={}", state.salt()),
            languages: languages.into(),
        }
    }
}

impl Frame {
    /// The frame of the page `title`, in the queue `current`.
    pub(super) fn new(desk: &Desk, title: &str, current: &str) -> Self {
        let account = &desk.account;
        let counts = desk.cases.live().counts();
        let text = |key: &str| messages::text(desk.lang, key).to_owned();
        // Who has to set up a second step sees nothing of the desk before.
        let open = !desk.is_confined();
        let may = |role, act| open && may(role, act);
        let work = may(account.role, Act::ReadCases);
        let link = |queue: Queue, title: String, count: Option<u32>, alarm: bool| {
            let word = queue.word();
            QueueLink {
                url: address(&word),
                title,
                current: word == current,
                count,
                alarm,
                word,
            }
        };
        let named = |queue: Queue, count, alarm| {
            let title = text(&format!("desk_queue_{}", queue.word()));
            link(queue, title, count, alarm)
        };
        let mine = counts.by_assignee.get(&account.id).copied().unwrap_or(0);
        let queues = vec![
            named(Queue::Mine, Some(mine), false),
            named(
                Queue::Unassigned,
                Some(counts.unassigned),
                counts.urgent > 0,
            ),
            named(Queue::Due, Some(counts.late), counts.late > 0),
            named(Queue::Open, Some(counts.open), false),
            named(Queue::Waiting, Some(counts.waiting), false),
            named(Queue::Solved, None, false),
            named(Queue::All, None, false),
        ];
        let settings = desk.state.settings();
        let shown = |group: &crate::model::Slug| {
            settings
                .group(group)
                .map_or_else(|| group.to_string(), |known| known.shown().to_owned())
        };
        let mut groups: Vec<_> = settings
            .groups
            .iter()
            .map(|group| group.name.clone())
            .collect();
        groups.extend(
            counts
                .by_group
                .keys()
                .filter(|group| settings.group(group).is_none())
                .cloned(),
        );
        let count = |group| counts.by_group.get(group).copied().unwrap_or(0);
        let groups = groups.iter().map(|group| {
            link(
                Queue::Group(group.clone()),
                shown(group),
                Some(count(group)),
                false,
            )
        });
        Self {
            lang: desk.lang.tag(),
            title: title.to_owned(),
            site: site_of(&desk.state, desk.lang),
            colours: format!("/assets/site.css?v={}", desk.state.salt()),
            csrf: desk.csrf(),
            own: own(account, desk.lang),
            queues: if work { queues } else { Vec::new() },
            groups: if work { groups.collect() } else { Vec::new() },
            can: Can {
                work,
                canned: may(account.role, Act::WriteCanned),
                accounts: may(account.role, Act::ManageAccounts),
                outbox: may(account.role, Act::ManageOutbox),
                keys: may(account.role, Act::ManageKeys),
                audit: may(account.role, Act::ReadAudit),
                publish: may(account.role, Act::Publish),
            },
            urgent: if work { counts.urgent } else { 0 },
            flash: desk.said(),
            query: String::new(),
            case: None,
        }
    }
}

fn own(account: &Account, lang: Lang) -> Own {
    Own {
        name: account.name.to_string(),
        email: account.email.to_string(),
        role: messages::text(lang, &format!("desk_role_{}", account.role)).to_owned(),
        initial: initial(account.name.as_str()),
        on_duty: account.on_duty,
    }
}

/// The first character of a name, for its mark.
pub(super) fn initial(name: &str) -> String {
    name.chars()
        .next()
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default()
}

/// The address of a queue.
pub(super) fn address(word: &str) -> String {
    let word = percent_encoding::utf8_percent_encode(word, percent_encoding::NON_ALPHANUMERIC);
    format!("/desk?view={word}")
}

/// The page of a template.
pub(super) fn page_of<F: Serialize, V: Serialize>(
    state: &AppState,
    name: &str,
    lang: Lang,
    frame: &F,
    view: &V,
    status: StatusCode,
) -> Result<Response> {
    let html = templates::render(state.templates(), name, lang, frame, view)?;
    let language = [(header::CONTENT_LANGUAGE, lang.tag())];
    Ok((status, language, Extension(Shown), Html(html)).into_response())
}
