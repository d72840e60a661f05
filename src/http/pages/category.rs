//! What is in a category? Its sub-categories and its articles, with what its `_index.md` says above them.

use super::frame::Frame;
use super::lists::{self, Card, Item, Link};
use super::moved;
use super::reader::Reader;
use super::{addresses, json_ld, messages, templates};
use crate::error::Result;
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading, Tail};
use crate::http::state::AppState;
use crate::index::{Head, View};
use crate::model::{Category, CategoryPath};
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

/// How many articles stand on one page.
const PAGE: usize = 60;

/// How many articles are told to machines as questions with answers.
const TOLD: usize = 30;

#[derive(Debug, Serialize)]
struct CategoryView {
    crumbs: Vec<Link>,
    title: String,
    description: String,
    lang: Option<&'static str>,
    body: String,
    categories: Vec<Card>,
    articles: Vec<Item>,
    previous: Option<String>,
    next: Option<String>,
    position: String,
}

/// `GET /c`: everything, from the root.
pub(in crate::http) async fn everything(
    state: State<AppState>,
    reader: Reader,
    reading: Reading,
    params: Params,
) -> Result<Response, Failure> {
    category(state, reader, reading, params, Tail(String::new())).await
}

/// `GET /c/`: the same, at its own address.
pub(in crate::http) async fn everything_slashed(reader: Reader) -> Result<Response, Failure> {
    Ok(moved::permanently(&reader.link(addresses::ALL))?)
}

/// `GET /c/{*path}`
pub(in crate::http) async fn category(
    State(state): State<AppState>,
    reader: Reader,
    reading: Reading,
    params: Params,
    Tail(tail): Tail,
) -> Result<Response, Failure> {
    let number = params.leniently().number("page", 1, 1..=usize::MAX / PAGE);
    let path = CategoryPath::new(&tail);
    if tail.ends_with('/') && (path.is_root() || reading.view().category(&path).is_some()) {
        return Ok(moved::permanently(
            &reader.link(&addresses::category(&path)),
        )?);
    }
    let pages = state.clone();
    let work = move || page(&pages, &reader, &reading, &path, number);
    Ok(state.blocking().run(work).await?)
}

fn page(
    state: &AppState,
    reader: &Reader,
    reading: &Reading,
    path: &CategoryPath,
    number: usize,
) -> Result<Response> {
    let view = reading.view();
    let Some(category) = find(reader, view, path) else {
        return moved::redirect(reader, view, &format!("/c/{path}"));
    };
    let mut heads = reading.own_first(view.in_category(path));
    let number = number.min(heads.len().div_ceil(PAGE).max(1));
    heads.sort_by_key(|head| reader.distance(head.lang));
    let shown: Vec<&Head> = heads
        .iter()
        .skip((number - 1) * PAGE)
        .take(PAGE)
        .copied()
        .collect();
    let page = CategoryView {
        articles: shown
            .iter()
            .map(|head| lists::item(reader, head, true))
            .collect(),
        ..frameless(reader, reading, &category, heads.len(), number)
    };
    let frame = frame(state, reader, &page, &category, view, &shown);
    templates::page("category.html", &frame, &page)
}

/// The category at `path`; for the root one that is made up, unless `kb/` has an `_index.md`.
fn find(reader: &Reader, view: &View, path: &CategoryPath) -> Option<Category> {
    let root = || Category {
        path: path.clone(),
        title: messages::text(reader.lang, "all_articles").to_owned(),
        description: String::new(),
        order: None,
        audience: crate::model::Audience::PUBLIC,
        lang: None,
        body: String::new(),
    };
    let known = view.category(path).cloned();
    known.or_else(|| path.is_root().then(root))
}

fn frameless(
    reader: &Reader,
    reading: &Reading,
    category: &Category,
    total: usize,
    number: usize,
) -> CategoryView {
    let view = reading.view();
    let (own, others) = lists::cards(reader, view, &category.path);
    let last = total.div_ceil(PAGE).max(1);
    let turn = |to: usize| {
        let address = addresses::category(&category.path);
        reader.link(&if to == 1 {
            address
        } else {
            format!("{address}?page={to}")
        })
    };
    let mut crumbs = lists::crumbs(reader, view, &category.path);
    crumbs.pop();
    CategoryView {
        crumbs,
        title: category.title.clone(),
        description: category.description.clone(),
        lang: category.lang.and_then(|lang| lists::foreign(reader, lang)),
        body: match number {
            1 => reader.carry(&body(reading, category)),
            _ => String::new(),
        },
        categories: own.into_iter().chain(others).collect(),
        articles: Vec::new(),
        previous: (number > 1).then(|| turn(number - 1)),
        next: (number < last).then(|| turn(number + 1)),
        position: format!("{number} / {last}"),
    }
}

/// What `_index.md` says, as HTML.
fn body(reading: &Reading, category: &Category) -> String {
    if category.body.trim().is_empty() {
        return String::new();
    }
    let file = format!("{}/_index.md", category.path);
    let page = reading.render(file.trim_start_matches('/'), &category.body);
    page.html
}

fn frame(
    state: &AppState,
    reader: &Reader,
    page: &CategoryView,
    category: &Category,
    view: &View,
    shown: &[&Head],
) -> Frame {
    let settings = state.settings();
    let address = addresses::category(&category.path);
    let mut frame = Frame::new(state, reader, &page.title).at(settings, reader, &address);
    let count = view.count_within(&category.path).to_string();
    let values = [("title", page.title.as_str()), ("n", count.as_str())];
    frame.description = match page.description.is_empty() {
        true => messages::fill(reader.lang, "category_description", &values),
        false => page.description.clone(),
    };
    let pairs = shown
        .iter()
        .take(TOLD)
        .map(|head| (head.title.as_str(), head.answer.as_str()));
    let mut things = vec![json_ld::breadcrumbs(settings, &page.crumbs, &page.title)];
    things.extend(json_ld::questions(pairs, reader.lang.tag()));
    frame.json_ld = json_ld::graph(&things);
    frame
}
