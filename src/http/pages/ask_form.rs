//! What stands in the ask form? What the visit carried, what was typed, what is wrong with it, and what may answer it already.

use super::lists::Link;
use super::messages;
use super::reader::Reader;
use super::{addresses, ask_words};
use crate::cases::{Cases, Form as Stamped, Step, TextFault, UploadFault};
use crate::error::Result;
use crate::http::address::canonical;
use crate::http::extract::{Params, Reading};
use crate::http::form::Form;
use crate::http::state::AppState;
use crate::http::visitor::Visitor;
use crate::mail::Page;
use crate::model::case::Kind;
use crate::model::{ArticleId, Email, PersonName, VisitId};
use crate::search::Request;
use axum::http::StatusCode;
use percent_encoding::percent_decode_str;
use serde::Serialize;

/// How many pages are offered beside the form.
const OFFERED: usize = 4;
/// How much of a text is searched for, in characters: its beginning says what it is about.
const SOUGHT_CHARS: usize = 120;
/// The longest address of a page that is carried, in characters.
const MAX_FROM_CHARS: usize = 400;

/// What came along from the visit.
#[derive(Debug, Clone, Default)]
pub(super) struct Carried {
    /// What was searched for last.
    query: String,
    /// The address of the page that was read last.
    from: String,
    pub(super) visit: Option<VisitId>,
}

/// What was filled in.
#[derive(Debug, Clone, Default)]
pub(super) struct Filled {
    pub(super) text: String,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) product: String,
    pub(super) faults: Vec<Fault>,
    /// Whether files have to be chosen anew: browsers never fill that field again.
    pub(super) files_lost: bool,
}

/// What is wrong with a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Empty, or no address.
    Email(bool),
    Text(TextFault),
    Name,
    Upload(UploadFault),
    /// A field was filled that people do not see.
    Trap,
    TooSoon,
    /// Open for too long, not ours, or sent before.
    Stale,
    TooMany,
    Blocked,
}

impl Carried {
    /// What an address carries, and, where it carries nothing, what was noted of the visit.
    pub(super) async fn from_address(params: Params, cases: &Cases) -> Result<Self> {
        let mut params = params.leniently();
        let mut carried = Self {
            query: params.text("q", 400).unwrap_or_default(),
            from: page_of(&params.text("from", MAX_FROM_CHARS).unwrap_or_default()),
            visit: params.one("v").and_then(|id| VisitId::parse(&id).ok()),
        };
        if let Some(id) = carried.visit
            && carried.query.is_empty()
            && let Some(visit) = cases.visit(id).await?
        {
            carried.query = visit.last_query().unwrap_or_default().to_owned();
            if let (true, Some(last)) = (carried.from.is_empty(), visit.readings.last()) {
                carried.from = page_of(&last.target);
            }
        }
        Ok(carried)
    }

    /// What a form carries.
    pub(super) fn from_form(form: &Form) -> Self {
        let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
        Self {
            query: short(form.get("q"), 400),
            from: page_of(&short(form.get("from"), MAX_FROM_CHARS)),
            visit: VisitId::parse(form.get("v")).ok(),
        }
    }

    /// The steps of the visit that it stands for. What scripts noted already is not noted twice.
    pub(super) fn steps(&self) -> Vec<Step> {
        let query = self.query.clone();
        let searched = (!query.is_empty()).then_some(Step::Searched {
            query,
            results: 0,
            confident: false,
        });
        let read = (!self.from.is_empty()).then(|| Step::Read(self.from.clone()));
        searched.into_iter().chain(read).collect()
    }

    /// The category of the page that was read.
    pub(super) fn category(&self, reading: &Reading) -> String {
        let head = self
            .article()
            .and_then(|id| reading.view().head(&id).map(|head| head.category.clone()));
        head.map_or_else(String::new, |category| category.as_str().to_owned())
    }

    fn article(&self) -> Option<ArticleId> {
        let path = self
            .from
            .strip_prefix("/a/")
            .or_else(|| self.from.strip_prefix('/'))?;
        ArticleId::parse(&percent_decode_str(path).decode_utf8().ok()?).ok()
    }

    /// The page that was read, if the reader may read it.
    fn page(&self, reader: &Reader, reading: &Reading) -> Option<Link> {
        let head = reading.view().head(&self.article()?)?;
        Some(Link {
            title: head.title.clone(),
            url: reader.link(&addresses::article(&head.id)),
        })
    }

    /// The pages that answer a text best, with their whole addresses, as a mail has them.
    pub(super) fn articles(&self, state: &AppState, reading: &Reading, text: &str) -> Vec<Page> {
        let found = offered(reading, text).into_iter();
        let page = |(id, title): (ArticleId, String)| Page {
            title,
            url: addresses::public(state.settings(), &addresses::article(&id)),
        };
        found.map(page).collect()
    }
}

/// An address of a page of this site, or nothing.
fn page_of(text: &str) -> String {
    canonical(text).unwrap_or_default()
}

/// Ids and titles of what may answer a text. A text of sentences is searched for as it is: each word counts, none is needed.
fn offered(reading: &Reading, text: &str) -> Vec<(ArticleId, String)> {
    let query: String = text.chars().take(SOUGHT_CHARS).collect();
    if query.trim().is_empty() {
        return Vec::new();
    }
    let request = Request {
        query,
        viewer: reading.viewer,
        limit: OFFERED,
        ..Request::default()
    };
    let results = reading.engine.search(&request);
    let hits = results.map(|results| results.hits).unwrap_or_default();
    let near = hits.into_iter().filter(|hit| hit.near);
    near.map(|hit| (hit.id, hit.title)).collect()
}

impl Filled {
    /// A form that was not filled yet begins with what was searched for.
    pub(super) fn of(carried: &Carried) -> Self {
        let text = match carried.query.is_empty() {
            true => String::new(),
            false => format!("{}\n", carried.query),
        };
        Self {
            text,
            kind: Kind::Question.as_str().to_owned(),
            ..Self::default()
        }
    }

    /// What came back.
    pub(super) fn from_form(form: &Form) -> Self {
        Self {
            text: form.get("text").to_owned(),
            email: form.get("email").chars().take(300).collect(),
            name: form.get("name").chars().take(200).collect(),
            kind: form.get("kind").to_owned(),
            product: form.get("product").to_owned(),
            ..Self::default()
        }
    }

    /// With what is known of the visitor in the fields that are empty: his address, his name, his product where it is one of those
    /// that can be chosen.
    pub(super) fn known(mut self, visitor: &Visitor, reading: &Reading) -> Self {
        let Some(customer) = &visitor.customer else {
            return self;
        };
        let fill = |field: &mut String, known: Option<&str>| {
            if let (true, Some(known)) = (field.is_empty(), known) {
                known.clone_into(field);
            }
        };
        fill(&mut self.email, customer.email.as_ref().map(Email::as_str));
        fill(
            &mut self.name,
            customer.name.as_ref().map(PersonName::as_str),
        );
        let listed = |own: &&String| {
            let mut heads = reading.view().heads();
            heads.any(|head| head.products.contains(*own))
        };
        let own = customer.products.iter().find(listed);
        fill(&mut self.product, own.map(String::as_str));
        self
    }

    /// With which status it comes back.
    pub(super) fn status(&self) -> StatusCode {
        let any = |fault: &Fault| self.faults.contains(fault);
        if any(&Fault::TooMany) {
            StatusCode::TOO_MANY_REQUESTS
        } else if any(&Fault::Stale) {
            StatusCode::CONFLICT
        } else if any(&Fault::Blocked) {
            StatusCode::FORBIDDEN
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

/// The form as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct AskView {
    heading: String,
    action: String,
    query: String,
    from: String,
    read: Option<Link>,
    visit: String,
    text: String,
    email: String,
    name: String,
    kinds: Vec<Choice>,
    products: Vec<Choice>,
    promise: String,
    faults: Vec<Shown>,
    files_lost: bool,
    files: usize,
    file_mib: u64,
    most_chars: usize,
    offers: Vec<Offer>,
    stamp: String,
    challenge: String,
    mailbox: Option<String>,
}

/// One of several.
#[derive(Debug, Serialize)]
struct Choice {
    value: String,
    label: String,
    chosen: bool,
    promise: String,
}

/// What is wrong, and with which field.
#[derive(Debug, Serialize)]
struct Shown {
    field: &'static str,
    text: String,
}

/// A page that may answer it.
#[derive(Debug, Serialize)]
struct Offer {
    title: String,
    url: String,
    target: String,
}

impl AskView {
    pub(super) fn new(
        state: &AppState,
        reader: &Reader,
        reading: &Reading,
        cases: &Cases,
        carried: Carried,
        filled: Filled,
        stamped: Stamped,
    ) -> Result<Self> {
        let lang = reader.lang;
        let chosen = Kind::parse(&filled.kind).unwrap_or(Kind::Question);
        let kind = |kind: &Kind| Choice {
            value: kind.to_string(),
            label: messages::text(lang, &format!("kind_{kind}")).to_owned(),
            chosen: *kind == chosen,
            promise: ask_words::promise(cases, reader, *kind),
        };
        let sought = if filled.text.trim().is_empty() {
            &carried.query
        } else {
            &filled.text
        };
        let offers = offered(reading, sought).into_iter().map(|(id, title)| {
            let target = addresses::article(&id);
            Offer {
                title,
                url: reader.link(&target),
                target,
            }
        });
        let limits = state.settings();
        Ok(Self {
            heading: messages::text(lang, "ask_title").to_owned(),
            action: reader.link("/ask"),
            read: carried.page(reader, reading),
            visit: carried.visit.map_or_else(String::new, |id| id.to_string()),
            query: carried.query,
            from: carried.from,
            kinds: Kind::ALL.iter().map(kind).collect(),
            products: products(reading, &filled.product),
            promise: ask_words::promise(cases, reader, chosen),
            faults: filled
                .faults
                .iter()
                .map(|fault| shown(reader, fault))
                .collect(),
            files_lost: filled.files_lost,
            files: limits.uploads.files,
            file_mib: limits.uploads.file_mib,
            most_chars: limits.ask.text_chars,
            offers: offers.collect(),
            challenge: cases
                .challenge(&stamped.id)
                .map_or_else(String::new, |task| task.0),
            stamp: stamped.stamp,
            mailbox: super::frame::contact(limits, "", ""),
            text: shown_text(&filled.text, limits.ask.text_chars * 2),
            email: filled.email,
            name: filled.name,
        })
    }

    pub(super) fn heading(&self) -> &str {
        &self.heading
    }
}

/// What was typed, as it stands in its field again.
fn shown_text(text: &str, most: usize) -> String {
    let kept = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    kept.take(most).collect()
}

fn shown(reader: &Reader, fault: &Fault) -> Shown {
    let (field, text) = ask_words::fault(reader.lang, fault);
    Shown { field, text }
}

/// The products that articles are about.
fn products(reading: &Reading, chosen: &str) -> Vec<Choice> {
    let heads = reading.view().heads();
    let mut names: Vec<&String> = heads.flat_map(|head| &head.products).collect();
    names.sort();
    names.dedup();
    let choice = |name: &String| Choice {
        value: name.clone(),
        label: name.clone(),
        chosen: name == chosen,
        promise: String::new(),
    };
    names.into_iter().take(50).map(choice).collect()
}
