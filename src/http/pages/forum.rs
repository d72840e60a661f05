//! What do people ask in the open? The list of questions: newest, open, most helpful.

use super::frame::Frame;
use super::lists::{self, Day, Link};
use super::reader::Reader;
use super::{addresses, json_ld, messages, templates};
use crate::cases::{Listing, QuestionPage, Refusal};
use crate::error::{Code, Error};
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading};
use crate::http::state::AppState;
use crate::index::View;
use crate::model::CategoryPath;
use crate::model::question::Question;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde::Serialize;

/// How much of a question is shown in the list, in characters.
const TEXT_CHARS: usize = 140;
/// The longest path of a category that is read, in characters.
const CATEGORY_CHARS: usize = 300;

#[derive(Debug, Serialize)]
struct ForumView {
    tabs: Vec<Tab>,
    categories: Vec<Tab>,
    /// The category that is chosen, by its title.
    category: Option<String>,
    questions: Vec<Row>,
    count: String,
    ask: String,
    feed: String,
    previous: Option<String>,
    next: Option<String>,
    position: String,
}

#[derive(Debug, Serialize)]
struct Tab {
    title: String,
    url: String,
    current: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    title: String,
    url: String,
    lang: Option<&'static str>,
    text: String,
    answers: u32,
    accepted: bool,
    votes: i64,
    date: Day,
    category: Option<String>,
}

/// What a list is asked for with.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) listing: Listing,
    pub(super) category: String,
    pub(super) page: u32,
}

impl Asked {
    fn read(params: Params) -> Self {
        let mut params = params.leniently();
        let word = params.one("order").unwrap_or_default();
        let page = params.number("page", 1, 1..=10_000);
        Self {
            listing: Listing::parse(&word).unwrap_or_default(),
            category: params.text("category", CATEGORY_CHARS).unwrap_or_default(),
            page: u32::try_from(page).unwrap_or(1),
        }
    }

    fn address(&self) -> String {
        let mut pairs = Vec::new();
        if self.listing != Listing::Newest {
            pairs.push(format!("order={}", self.listing.as_str()));
        }
        if !self.category.is_empty() {
            pairs.push(format!("category={}", addresses::encode(&self.category)));
        }
        if self.page > 1 {
            pairs.push(format!("page={}", self.page));
        }
        match pairs.is_empty() {
            true => "/questions".to_owned(),
            false => format!("/questions?{}", pairs.join("&")),
        }
    }

    fn on_page(&self, page: u32) -> Self {
        Self {
            page,
            ..self.clone()
        }
    }
}

/// `GET /questions?order=…&category=…&page=…`
pub(in crate::http) async fn questions(
    State(state): State<AppState>,
    reader: Reader,
    reading: Reading,
    params: Params,
) -> Result<Response, Failure> {
    let asked = Asked::read(params);
    let cases = state.cases()?;
    let found = cases
        .questions(reading.viewer, asked.listing, &asked.category, asked.page)
        .await
        .map_err(absent)?;
    let view = view_of(&reader, reading.view(), &asked, &found);
    let heading = messages::text(reader.lang, "forum_title");
    let mut frame = Frame::new(&state, &reader, heading);
    let address = asked.on_page(found.page).address();
    frame = frame.at(state.settings(), &reader, &address);
    frame.unlisted = found.questions.is_empty();
    frame.description = messages::text(reader.lang, "forum_description").to_owned();
    let home = Link {
        title: messages::text(reader.lang, "home").to_owned(),
        url: "/".to_owned(),
    };
    frame.json_ld = json_ld::graph(&[json_ld::breadcrumbs(state.settings(), &[home], heading)]);
    let mut response = templates::page("forum.html", &frame, &view)?;
    fresh(&mut response);
    Ok(response)
}

/// Votes and answers change a page without another index: it is asked for each time.
pub(super) fn fresh(response: &mut Response) {
    let value = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
}

/// Words for what is not there, as for every address that leads nowhere.
pub(super) fn absent(error: Error) -> Failure {
    match Refusal::of(&error) {
        Some(Refusal::NoForum | Refusal::NoQuestion) => {
            Error::new(Code::NotFound, "there is no such question").into()
        }
        _ => error.into(),
    }
}

fn view_of(reader: &Reader, view: &View, asked: &Asked, found: &QuestionPage) -> ForumView {
    let text = |key: &str| messages::text(reader.lang, key).to_owned();
    let tab = |listing: Listing| Tab {
        title: text(&format!("forum_{}", listing.as_str())),
        url: reader.link(
            &Asked {
                listing,
                ..asked.on_page(1)
            }
            .address(),
        ),
        current: listing == asked.listing,
    };
    let chosen = CategoryPath::new(&asked.category);
    let category = |path: &CategoryPath, title: String| Tab {
        title,
        url: reader.link(
            &Asked {
                category: path.as_str().to_owned(),
                ..asked.on_page(1)
            }
            .address(),
        ),
        current: *path == chosen,
    };
    let top = view
        .categories()
        .iter()
        .filter(|c| c.path.lineage().len() == 1);
    let every = category(&CategoryPath::default(), text("forum_all_categories"));
    let categories = std::iter::once(every).chain(top.map(|c| category(&c.path, c.title.clone())));
    let turn = |page: u32| reader.link(&asked.on_page(page).address());
    ForumView {
        tabs: Listing::ALL.map(tab).into(),
        categories: categories.collect(),
        category: (!chosen.is_root()).then(|| {
            let known = view.category(&chosen);
            known.map_or_else(|| chosen.as_str().to_owned(), |c| c.title.clone())
        }),
        count: messages::fill(
            reader.lang,
            "forum_count",
            &[("n", &found.total.to_string())],
        ),
        ask: reader.link("/ask"),
        feed: "/questions/feed.xml".to_owned(),
        previous: (found.page > 1).then(|| turn(found.page - 1)),
        next: (found.page < found.pages).then(|| turn(found.page + 1)),
        position: format!("{} / {}", found.page, found.pages),
        questions: found
            .questions
            .iter()
            .map(|q| row(reader, view, q))
            .collect(),
    }
}

fn row(reader: &Reader, view: &View, question: &Question) -> Row {
    let path = CategoryPath::new(&question.category);
    Row {
        title: question.title.clone(),
        url: reader.link(&format!("/q/{}", question.number)),
        lang: lists::foreign(reader, question.lang),
        text: lists::clip(&question.text, TEXT_CHARS),
        answers: question.answers,
        accepted: question.accepted.is_some(),
        votes: question.votes,
        date: lists::day(reader, question.created_at),
        category: view
            .category(&path)
            .filter(|c| !c.path.is_root())
            .map(|c| c.title.clone()),
    }
}
