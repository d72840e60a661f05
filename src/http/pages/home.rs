//! Where does a reader begin? The home page: the search box, the categories, what is asked most, what is new.

use super::for_you::ForYou;
use super::frame::Frame;
use super::lists::{self, Card, Item, Link};
use super::me::{self, CaseLine};
use super::reader::Reader;
use super::{json_ld, messages, templates};
use crate::config::Settings;
use crate::error::Result;
use crate::http::error::Failure;
use crate::http::extract::Reading;
use crate::http::state::AppState;
use crate::http::trail;
use crate::http::visitor::Visitor;
use crate::index::{Head, View};
use crate::model::{ArticleId, CategoryPath, Lang};
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

/// How many articles each list shows.
const LISTED: usize = 8;

/// How many times that are looked at to find enough in the reader's language.
const LOOKED_AT: usize = 8;

#[derive(Debug, Serialize)]
struct HomeView {
    /// What who is signed in is greeted with.
    greeting: Option<String>,
    title: String,
    welcome: String,
    empty: bool,
    categories: Vec<Card>,
    /// The page that lists everything, where some articles are in no category.
    everything: Option<Link>,
    popular: Vec<Item>,
    newest: Vec<Item>,
    elsewhere: Vec<Card>,
    /// For who is signed in: his cases that are not over.
    cases: Vec<CaseLine>,
    /// All of them.
    me: String,
    /// For who is signed in; of others the tab knows what it read.
    for_you: Option<ForYou>,
}

/// What a page knows of who is signed in.
#[derive(Debug)]
struct Own {
    greeting: String,
    read: Vec<ArticleId>,
    cases: Vec<CaseLine>,
}

/// `GET /`
pub(in crate::http) async fn home(
    State(state): State<AppState>,
    reader: Reader,
    reading: Reading,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let own = match &visitor.customer {
        Some(customer) => Some(Own {
            greeting: me::greeting(&reader, customer),
            read: trail::read_by(&state, &visitor).await,
            cases: me::unfinished(&state, &reader, &visitor).await,
        }),
        None => None,
    };
    let pages = state.clone();
    let work = move || page(&pages, &reader, &reading, own);
    Ok(state.blocking().run(work).await?)
}

fn page(
    state: &AppState,
    reader: &Reader,
    reading: &Reading,
    own: Option<Own>,
) -> Result<Response> {
    let settings = state.settings();
    let view = reading.view();
    let (categories, elsewhere) = lists::cards(reader, view, &CategoryPath::default());
    let read = own.as_ref().map(|own| own.read.as_slice());
    let for_you = read.map(|read| ForYou::of(reader, reading, read));
    let for_you = for_you.transpose()?;
    let (greeting, cases) = own.map(|own| (own.greeting, own.cases)).unzip();
    let page = HomeView {
        greeting,
        cases: cases.unwrap_or_default(),
        me: reader.link("/me"),
        for_you,
        title: title(settings, reader.lang),
        welcome: welcome(settings, reader.lang),
        empty: view.is_empty(),
        everything: everything(reader, view),
        popular: listed(reader, reading.own_first(popular(reading, view)), false),
        newest: listed(
            reader,
            reading.own_first(view.newest(LISTED * LOOKED_AT)),
            true,
        ),
        categories,
        elsewhere,
    };
    let mut frame = Frame::new(state, reader, "").at(settings, reader, "/");
    frame.json_ld = json_ld::graph(&[json_ld::site(settings, &frame.site, &page.welcome)]);
    frame.description.clone_from(&page.welcome);
    templates::page("home.html", &frame, &page)
}

/// The site's own name where it has one, else a question in the interface's words.
fn title(settings: &Settings, lang: Lang) -> String {
    let own = settings.site.name.get(lang);
    own.unwrap_or_else(|| messages::text(lang, "welcome_title"))
        .to_owned()
}

/// The welcome of `kb.toml`, else the interface's own.
pub(super) fn welcome(settings: &Settings, lang: Lang) -> String {
    let own = settings.site.welcome.get(lang);
    own.unwrap_or_else(|| messages::text(lang, "welcome_text"))
        .to_owned()
}

fn everything(reader: &Reader, view: &View) -> Option<Link> {
    let loose = !view.in_category(&CategoryPath::default()).is_empty();
    loose.then(|| lists::everything(reader))
}

/// What is asked most: what is suggested before anything is typed.
fn popular<'a>(reading: &Reading, view: &'a View) -> Vec<&'a Head> {
    let most = LISTED * LOOKED_AT;
    let engine = &reading.engine;
    let suggestions = engine.asked_most(reading.viewer, reading.opened.ids(), most);
    suggestions
        .iter()
        .filter_map(|s| view.head(&s.id))
        .collect()
}

/// The first of `heads`: those in the reader's language, the others only where these are too few.
fn listed(reader: &Reader, heads: Vec<&Head>, dated: bool) -> Vec<Item> {
    let mut items = lists::items(reader, heads.into_iter(), dated);
    items.truncate(LISTED);
    items
}
