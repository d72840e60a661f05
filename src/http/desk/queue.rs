//! Which cases wait? A page of a queue, what narrows it, and the search over all cases.

use super::door::Desk;
use super::frame::{Frame, address, initial, page_of};
use super::refused::refused;
use super::words::{DueView, Moment, Words};
use crate::cases::{Listed, Queue, QueueRequest, Search, WorkFilter};
use crate::error::Result;
use crate::http::error::Failure;
use crate::http::extract::Params;
use crate::model::case::{Kind, Priority, State};
use crate::model::{AccountId, Lang, Slug};
use crate::store::Cursor;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

/// How many cases one page shows.
const PAGE: u32 = 50;

/// What is asked for, as the address says it.
pub(super) struct Asked {
    pub(super) queue: Queue,
    pub(super) filter: WorkFilter,
    pub(super) query: String,
    after: Option<Cursor>,
    /// The parameters of the filter, for further addresses.
    pairs: Vec<(&'static str, String)>,
}

impl Asked {
    /// Reads the address; what cannot be read is passed over.
    pub(super) fn read(params: Params) -> Self {
        let mut params = params.leniently();
        let mut pairs = Vec::new();
        let mut take = |name: &'static str| {
            let value = params.text(name, 200).unwrap_or_default();
            if !value.is_empty() {
                pairs.push((name, value.clone()));
            }
            value
        };
        let slug = |text: String| Slug::parse(&text).ok();
        let filter = WorkFilter {
            state: State::parse(&take("state")).ok(),
            priority: Priority::parse(&take("priority")).ok(),
            kind: Kind::parse(&take("kind")).ok(),
            product: slug(take("product")),
            group: slug(take("group")),
            tag: slug(take("tag")),
            lang: Lang::parse(&take("lang")),
            assignee: match take("assignee").as_str() {
                "none" => Some(None),
                id => AccountId::parse(id).ok().map(Some),
            },
        };
        Self {
            filter,
            query: params.text("q", 500).unwrap_or_default().trim().to_owned(),
            queue: params
                .one("view")
                .and_then(|word| Queue::parse(&word))
                .unwrap_or(Queue::Mine),
            after: params.one("after").and_then(|text| Cursor::parse(&text)),
            pairs,
        }
    }

    pub(super) fn request(&self, limit: u32) -> QueueRequest {
        QueueRequest {
            queue: self.queue.clone(),
            filter: self.filter.clone(),
            order: None,
            after: self.after.clone(),
            limit,
        }
    }

    /// The filter as part of an address.
    fn narrowed(&self) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        pairs.extend_pairs(self.pairs.iter().map(|(name, value)| (*name, value)));
        if !self.query.is_empty() {
            pairs.append_pair("q", &self.query);
        }
        pairs.finish()
    }

    fn address(&self) -> String {
        joined(address(&self.queue.word()), &self.narrowed())
    }
}

fn joined(address: String, more: &str) -> String {
    if more.is_empty() {
        address
    } else {
        format!("{address}&{more}")
    }
}

/// A case in a list.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    id: String,
    number: String,
    url: String,
    subject: String,
    state: &'static str,
    state_name: String,
    priority: &'static str,
    kind: &'static str,
    kind_name: String,
    requester: String,
    mail: String,
    group: String,
    assignee: Option<String>,
    mark: String,
    tags: Vec<String>,
    lang: &'static str,
    updated: Moment,
    due: Option<DueView>,
    fresh: bool,
}

/// A case as a row of a list.
pub(super) fn row(desk: &Desk, words: &Words<'_>, listed: &Listed) -> Row {
    let case = &listed.case;
    let accounts = desk.cases.live().accounts();
    let assignee = case
        .assignee
        .and_then(|id| accounts.iter().find(|account| account.id == id));
    let person = listed.requester.as_ref();
    let mail = person
        .map(|person| person.email.to_string())
        .unwrap_or_default();
    let name = person
        .and_then(|person| person.name.as_ref())
        .map_or_else(|| mail.clone(), ToString::to_string);
    Row {
        id: case.id.to_string(),
        number: case.number.to_string(),
        url: format!("/desk/cases/{}", case.number),
        subject: case.subject.clone(),
        state: case.state.as_str(),
        state_name: words.state(case.state),
        priority: case.priority.as_str(),
        kind: case.kind.as_str(),
        kind_name: words.kind(case.kind),
        requester: name,
        mail,
        group: group_name(desk, &case.group),
        mark: assignee
            .map(|account| initial(account.name.as_str()))
            .unwrap_or_default(),
        assignee: assignee.map(|account| account.name.to_string()),
        tags: case.tags.iter().map(ToString::to_string).collect(),
        lang: case.lang.tag(),
        updated: words.moment(case.updated_at),
        due: words.due(case),
        fresh: case.state == State::New,
    }
}

/// What a group is called.
pub(super) fn group_name(desk: &Desk, group: &Slug) -> String {
    let known = desk.state.settings().group(group);
    known.map_or_else(|| group.to_string(), |known| known.shown().to_owned())
}

#[derive(Debug, Serialize)]
struct QueueView {
    title: String,
    word: String,
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
    export: String,
    here: String,
    narrowed: bool,
    plain: String,
    searched: bool,
    choices: Vec<Choice>,
    product: String,
    tag: String,
    accounts: Vec<Option_>,
}

/// A list to choose from.
#[derive(Debug, Serialize)]
struct Choice {
    name: &'static str,
    title: String,
    options: Vec<Option_>,
}

/// One of a list.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Option_ {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) chosen: bool,
}

impl Option_ {
    pub(super) fn new(value: impl ToString, text: impl ToString, chosen: bool) -> Self {
        Self {
            value: value.to_string(),
            text: text.to_string(),
            chosen,
        }
    }

    /// The languages, by their own names.
    pub(super) fn languages(chosen: Lang) -> Vec<Self> {
        Lang::ALL
            .map(|lang| Self::new(lang, lang.own_name(), lang == chosen))
            .into()
    }
}

/// `GET /desk`
pub(super) async fn page(desk: Desk, params: Params) -> Result<Response, Failure> {
    let asked = Asked::read(params);
    let found = match asked.query.is_empty() {
        true => desk.cases.queue(&desk.account, &asked.request(PAGE)).await,
        false => {
            let search = Search {
                query: &asked.query,
                filter: asked.filter.clone(),
            };
            desk.cases
                .search(&desk.account, &search)
                .await
                .map(|found| (found, None))
        }
    };
    let (found, next) = match found {
        Ok(found) => found,
        Err(error) => return refused(&desk, error),
    };
    let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
    let rows = found
        .iter()
        .map(|listed| row(&desk, &words, listed))
        .collect();
    let view = view(&desk, &words, &asked, rows, next);
    let current = if view.searched {
        String::new()
    } else {
        view.word.clone()
    };
    let mut frame = Frame::new(&desk, &view.title, &current);
    frame.query = asked.query;
    Ok(page_of(
        &desk.state,
        "desk/queue.html",
        desk.lang,
        &frame,
        &view,
        StatusCode::OK,
    )?)
}

fn view(
    desk: &Desk,
    words: &Words<'_>,
    asked: &Asked,
    rows: Vec<Row>,
    next: Option<Cursor>,
) -> QueueView {
    let word = asked.queue.word();
    let title = match (&asked.queue, asked.query.is_empty()) {
        (_, false) => words.fill("desk_found", &[("query", &asked.query)]),
        (Queue::Group(group), true) => group_name(desk, group),
        _ => words.text(&format!("desk_queue_{word}")).to_owned(),
    };
    let here = asked.address();
    QueueView {
        title,
        rows,
        next: next.map(|cursor| format!("{here}&after={}", cursor.as_text())),
        first: asked.after.as_ref().map(|_| here.clone()),
        export: here.replacen("/desk?", "/desk/cases.csv?", 1),
        narrowed: !asked.pairs.is_empty(),
        plain: address(&word),
        searched: !asked.query.is_empty(),
        choices: choices(desk, words, asked),
        product: asked
            .filter
            .product
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        tag: asked
            .filter
            .tag
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        accounts: answering(desk, None),
        here,
        word,
    }
}

/// Who can be given cases.
pub(super) fn answering(desk: &Desk, chosen: Option<AccountId>) -> Vec<Option_> {
    let accounts = desk.cases.live().accounts();
    let counts = desk.cases.live().counts();
    let able = accounts
        .iter()
        .filter(|account| !account.disabled && account.role.answers_cases());
    let mut able: Vec<_> = able.collect();
    able.sort_by_key(|account| (account.id != desk.account.id, !account.on_duty));
    let option = |account: &&crate::model::account::Account| {
        let load = counts.by_assignee.get(&account.id).copied().unwrap_or(0);
        let own = if account.id == desk.account.id {
            "desk_load_own"
        } else if account.on_duty {
            "desk_load_on"
        } else {
            "desk_load_off"
        };
        let text = crate::http::pages::messages::fill(
            desk.lang,
            own,
            &[("name", account.name.as_str()), ("n", &load.to_string())],
        );
        Option_::new(account.id, text, chosen == Some(account.id))
    };
    able.iter().map(option).collect()
}

fn choices(desk: &Desk, words: &Words<'_>, asked: &Asked) -> Vec<Choice> {
    let filter = &asked.filter;
    let choice = |name: &'static str, options: Vec<Option_>| Choice {
        name,
        title: words.text(&format!("desk_by_{name}")).to_owned(),
        options,
    };
    let states = State::ALL
        .iter()
        .map(|state| Option_::new(state, words.state(*state), filter.state == Some(*state)));
    let priorities = Priority::ALL
        .iter()
        .map(|p| Option_::new(p, p, filter.priority == Some(*p)));
    let kinds = Kind::ALL
        .iter()
        .map(|kind| Option_::new(kind, words.kind(*kind), filter.kind == Some(*kind)));
    let langs = Lang::ALL
        .iter()
        .map(|lang| Option_::new(lang, lang, filter.lang == Some(*lang)));
    let mut groups: Vec<Slug> = desk
        .state
        .settings()
        .groups
        .iter()
        .map(|group| group.name.clone())
        .collect();
    groups.extend(desk.cases.live().counts().by_group.keys().cloned());
    groups.sort();
    groups.dedup();
    let groups = groups.iter().map(|group| {
        Option_::new(
            group,
            group_name(desk, group),
            filter.group.as_ref() == Some(group),
        )
    });
    let mut accounts = vec![Option_::new(
        "none",
        words.text("desk_nobody"),
        filter.assignee == Some(None),
    )];
    accounts.extend(answering(desk, filter.assignee.flatten()));
    vec![
        choice("state", states.collect()),
        choice("priority", priorities.collect()),
        choice("kind", kinds.collect()),
        choice("group", groups.collect()),
        choice("assignee", accounts),
        choice("lang", langs.collect()),
    ]
}
