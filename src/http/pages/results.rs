//! What was found? The page of results; where they are doubtful, the way to a person comes first.

use super::frame::Frame;
use super::lists::{self, Card, Link};
use super::query::Query;
use super::reader::Reader;
use super::{addresses, messages, templates};
use crate::error::Result;
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading};
use crate::http::meaning::{self, Meant};
use crate::http::metrics::Surface;
use crate::http::state::AppState;
use crate::index::View;
use crate::model::{CategoryPath, Kind, Lang};
use crate::search::{DirectAnswer, FacetCount, Hit, Results, TextPart};
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use std::time::Instant;

/// How many values of a facet are offered.
const VALUES: usize = 8;

#[derive(Debug, Serialize)]
struct ResultsView {
    /// What is said first when the hits are doubtful, or there are none.
    lead: Option<String>,
    notice: Option<&'static str>,
    ask: String,
    /// The address by which a visit names it.
    target: String,
    total: usize,
    confident: bool,
    did_you_mean: Option<Link>,
    answer: Option<AnswerView>,
    facets: Vec<FacetView>,
    /// How many values are chosen.
    chosen: usize,
    clear: Option<String>,
    count: String,
    first: usize,
    hits: Vec<HitView>,
    previous: Option<String>,
    next: Option<String>,
    position: String,
    categories: Vec<Card>,
}

#[derive(Debug, Serialize)]
struct AnswerView {
    title: String,
    text: String,
    url: String,
}

#[derive(Debug, Serialize)]
struct FacetView {
    title: String,
    values: Vec<ValueView>,
}

#[derive(Debug, Serialize)]
struct ValueView {
    label: String,
    count: usize,
    url: String,
    chosen: bool,
}

#[derive(Debug, Serialize)]
struct HitView {
    url: String,
    lang: Option<&'static str>,
    category: Vec<String>,
    title_parts: Vec<PartView>,
    snippet_parts: Vec<PartView>,
    heading: Option<Link>,
    similar: Option<String>,
    pinned: bool,
    /// Whether it is a question of the forum.
    question: bool,
}

#[derive(Debug, Serialize)]
struct PartView {
    text: String,
    hit: bool,
}

/// `GET /search?q=…`
pub(in crate::http) async fn search(
    State(state): State<AppState>,
    reader: Reader,
    reading: Reading,
    params: Params,
) -> Result<Response, Failure> {
    let query = Query::read(params, reading.engine.schema(), &state.settings().limits);
    let pages = state.clone();
    let meant = state.meanings().of(&query.text, state.metrics()).await;
    let work = move || page(&pages, &reader, &reading, &query, &meant);
    Ok(state.blocking().run(work).await?)
}

fn page(
    state: &AppState,
    reader: &Reader,
    reading: &Reading,
    query: &Query,
    meant: &Meant,
) -> Result<Response> {
    let view = reading.view();
    let mut query = query.clone();
    let mut results = match query.is_empty() {
        true => Results::default(),
        false => look_up(state, reading, &query, meant)?,
    };
    if let Some(last) = query.turned_back(results.total) {
        query = last;
        results = meant.search(&reading.engine, &query.request(reading))?;
    }
    let outcome = meant.outcome(&results);
    let words = Words {
        reader,
        view,
        query: &query,
    };
    let page = words.page(results);
    let heading = words.heading();
    let mut frame = Frame::new(state, reader, &heading);
    frame.query.clone_from(&query.text);
    frame.unlisted = true;
    let page = templates::page("results.html", &frame, &page)?;
    Ok(meaning::kept(outcome, page))
}

fn look_up(state: &AppState, reading: &Reading, query: &Query, meant: &Meant) -> Result<Results> {
    let begun = Instant::now();
    let results = meant.search(&reading.engine, &query.request(reading))?;
    state
        .metrics()
        .searched(Surface::Page, &results, begun.elapsed());
    Ok(results)
}

/// What the page of results is worded from.
struct Words<'a> {
    reader: &'a Reader,
    view: &'a View,
    query: &'a Query,
}

impl Words<'_> {
    fn page(&self, results: Results) -> ResultsView {
        let (reader, query) = (self.reader, self.query);
        let total = results.total.to_string();
        let pages = query.pages(results.total);
        let turn = |to: usize| reader.link(&query.at_page(to));
        let bare = results.hits.is_empty();
        ResultsView {
            lead: self.lead(&results),
            notice: query
                .is_empty()
                .then(|| messages::text(reader.lang, "search_start")),
            ask: reader.link(&super::solved::ask_address(&query.text, "", None)),
            target: addresses::search(&query.text),
            total: results.total,
            confident: results.confident,
            did_you_mean: results
                .did_you_mean
                .as_deref()
                .map(|other| self.instead(other)),
            facets: self.facets(&results),
            chosen: query.filters().count(),
            clear: query
                .is_narrowed()
                .then(|| reader.link(&query.without_filters())),
            count: messages::fill(reader.lang, "results_count", &[("n", &total)]),
            first: query.offset() + 1,
            previous: (query.page > 1).then(|| turn(query.page - 1)),
            next: (query.page < pages).then(|| turn(query.page + 1)),
            position: format!("{} / {pages}", query.page),
            categories: if bare { self.categories() } else { Vec::new() },
            answer: results
                .answer
                .filter(|_| query.page == 1)
                .map(|a| self.answer(a)),
            hits: results.hits.into_iter().map(|hit| self.hit(hit)).collect(),
        }
    }

    /// What the page is called: by the words that were typed, else by what hits must be.
    fn heading(&self) -> String {
        let lang = self.reader.lang;
        let chosen = self.query.filters();
        let chosen: Vec<String> = chosen
            .map(|(name, value)| self.label(name, value, value))
            .collect();
        if !self.query.text.is_empty() || chosen.is_empty() {
            return messages::fill(lang, "results_title", &[("query", &self.query.text)]);
        }
        let values = chosen.join(messages::text(lang, "filters_joined"));
        messages::fill(lang, "results_filtered", &[("values", &values)])
    }

    /// The first words on doubtful results, and on none.
    fn lead(&self, results: &Results) -> Option<String> {
        let lang = self.reader.lang;
        let typed = !self.query.text.is_empty();
        match (typed, results.total) {
            (false, 0) if self.query.is_narrowed() => {
                Some(messages::text(lang, "no_results_filtered").to_owned())
            }
            (false, _) => None,
            (true, 0) => Some(messages::fill(
                lang,
                "no_results",
                &[("query", &self.query.text)],
            )),
            (true, _) if results.confident || self.query.page > 1 => None,
            (true, _) => Some(messages::text(lang, "not_sure").to_owned()),
        }
    }

    fn instead(&self, other: &str) -> Link {
        Link {
            title: other.to_owned(),
            url: self.reader.link(&addresses::search(other)),
        }
    }

    fn categories(&self) -> Vec<Card> {
        lists::cards(self.reader, self.view, &CategoryPath::default()).0
    }

    fn answer(&self, answer: DirectAnswer) -> AnswerView {
        AnswerView {
            url: self.reader.link(&addresses::article(&answer.id)),
            title: answer.title,
            text: answer.text,
        }
    }

    /// The facets by which the hits can be narrowed: the built-in ones first.
    fn facets(&self, results: &Results) -> Vec<FacetView> {
        let own = ["category", "product", "tag", "lang"].map(str::to_owned);
        let others = results.facets.keys().filter(|name| !own.contains(name));
        let names = own.iter().chain(others.clone());
        let counts = |name: &String| results.facets.get(name).map_or(&[][..], Vec::as_slice);
        names
            .filter_map(|name| self.facet(name, counts(name)))
            .collect()
    }

    /// One facet; `None` where it leaves no choice.
    fn facet(&self, name: &str, counts: &[FacetCount]) -> Option<FacetView> {
        let chosen = self.query.values(name);
        if chosen.is_empty() && counts.len() < 2 {
            return None;
        }
        let gone = chosen
            .iter()
            .filter(|value| counts.iter().all(|c| c.value != **value));
        let gone = gone.map(|value| self.value(name, value, value, 0, true));
        let is_chosen = |count: &FacetCount| chosen.contains(&count.value.as_str());
        let offered = counts
            .iter()
            .enumerate()
            .filter(|(i, count)| *i < VALUES || is_chosen(count));
        let offered =
            offered.map(|(_, c)| self.value(name, &c.value, &c.label, c.count, is_chosen(c)));
        let key = format!("facet_{name}");
        let title = messages::text(self.reader.lang, &key);
        Some(FacetView {
            title: if title == key {
                name.to_owned()
            } else {
                title.to_owned()
            },
            values: gone.chain(offered).collect(),
        })
    }

    fn value(&self, name: &str, value: &str, label: &str, count: usize, chosen: bool) -> ValueView {
        let address = match chosen {
            true => self.query.without(name, value),
            false => self.query.with(name, value),
        };
        ValueView {
            label: self.label(name, value, label),
            count,
            url: self.reader.link(&address),
            chosen,
        }
    }

    fn label(&self, name: &str, value: &str, label: &str) -> String {
        match (name, Lang::parse(value)) {
            ("lang", Some(lang)) => {
                messages::text(self.reader.lang, &format!("lang_{lang}")).to_owned()
            }
            ("category", _) => {
                let category = self.view.category(&CategoryPath::new(value));
                category.map_or(label, |c| c.title.as_str()).to_owned()
            }
            _ => label.to_owned(),
        }
    }

    fn hit(&self, hit: Hit) -> HitView {
        let url = self.reader.link(&addresses::article(&hit.id));
        let lang = self.view.head(&hit.id).map(|head| head.lang);
        HitView {
            lang: lang.and_then(|lang| lists::foreign(self.reader, lang)),
            category: hit.category,
            title_parts: parts(hit.title_parts),
            snippet_parts: parts(hit.snippet_parts),
            heading: hit
                .heading
                .filter(|(_, anchor)| !anchor.is_empty())
                .map(|(title, anchor)| Link {
                    title,
                    url: format!("{url}#{anchor}"),
                }),
            similar: hit.similar,
            pinned: hit.pinned,
            question: hit.kind == Kind::Question,
            url,
        }
    }
}

fn parts(parts: Vec<TextPart>) -> Vec<PartView> {
    let part = |TextPart { text, hit }| PartView { text, hit };
    parts.into_iter().map(part).collect()
}
