//! What does an article say? Its page, and its Markdown at the same address with `.md`.

use super::follow::{self, FollowView, Named};
use super::frame::{Frame, audience_name};
use super::lists::{self, Day, Item, Link};
use super::moved;
use super::reader::Reader;
use super::stretches::{Stretch, stretches};
use super::{addresses, json_ld, messages, templates};
use crate::content::Heading;
use crate::error::Result;
use crate::http::article_view::ArticleView as Shown;
use crate::http::error::Failure;
use crate::http::extract::{Reading, Tail};
use crate::http::state::AppState;
use crate::http::trail;
use crate::http::visitor::Visitor;
use crate::index::{Head, View};
use crate::model::follow::Subject;
use crate::model::{Article, ArticleId, Audience};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

/// A table of contents is shown from so many headings on.
const CONTENTS_FROM: usize = 3;

/// How many articles of the same category are named beside an article.
const NEARBY: usize = 8;

/// The longest description for search engines, in characters.
const DESCRIPTION_CHARS: usize = 150;

#[derive(Debug, Serialize)]
struct ArticleView {
    crumbs: Vec<Link>,
    lang: &'static str,
    title: String,
    date: Day,
    lang_note: Option<String>,
    /// Who may read it, where not everybody may.
    only_for: Option<String>,
    markdown: String,
    /// The short answer that its author wrote, in stretches of text and code.
    answer: Vec<Stretch>,
    contents: Vec<Place>,
    html: String,
    tags: Vec<Link>,
    /// How it is followed.
    follow: Option<FollowView>,
    /// The address by which a visit names it.
    target: String,
    ask: String,
    previous: Option<Link>,
    next: Option<Link>,
    related: Vec<Item>,
    /// What the list of articles nearby is called.
    nearby_title: String,
    /// The articles around this one in its category.
    nearby: Vec<Link>,
}

/// A heading in the table of contents.
#[derive(Debug, Serialize)]
struct Place {
    level: u8,
    text: String,
    anchor: String,
}

/// `GET /a/{*id}`: the page, or the Markdown when the address ends in `.md`.
pub(in crate::http) async fn article(
    State(state): State<AppState>,
    reader: Reader,
    reading: Reading,
    visitor: Visitor,
    Tail(id): Tail,
) -> Result<Response, Failure> {
    let follow = offer(&state, &reader, &visitor, &id).await;
    let pages = state.clone();
    let work = move || answer(&pages, &reader, (&reading, &visitor), &id, follow);
    Ok(state.blocking().run(work).await?)
}

/// How the article is followed, should there be one of this id.
async fn offer(
    state: &AppState,
    reader: &Reader,
    visitor: &Visitor,
    id: &str,
) -> Option<FollowView> {
    let id = ArticleId::parse(id).ok()?;
    let named = Named::article(&id);
    let subject = Subject::Article(id);
    follow::offer(state, reader, visitor, named, Some(&subject)).await
}

fn answer(
    state: &AppState,
    reader: &Reader,
    (reading, visitor): (&Reading, &Visitor),
    name: &str,
    follow: Option<FollowView>,
) -> Result<Response> {
    if let Some(shown) = find(reading, name)? {
        trail::note(state, visitor, &shown.article.id);
        return page(state, reader, reading, &shown, follow);
    }
    if let Some(id) = name.strip_suffix(".md")
        && let Some(shown) = find(reading, id)?
    {
        return Ok(markdown(&shown.article));
    }
    if let Some(shown) = find(reading, name.trim_end_matches('/'))? {
        return moved::permanently(&reader.link(&addresses::article(&shown.article.id)));
    }
    moved::redirect(reader, reading.view(), &format!("/a/{name}"))
}

fn find(reading: &Reading, name: &str) -> Result<Option<Arc<Shown>>> {
    match ArticleId::parse(name) {
        Ok(id) => reading.article(&id),
        Err(_) => Ok(None),
    }
}

/// The article as its author wrote it, without what the viewer may not read.
fn markdown(article: &Article) -> Response {
    let text = format!("# {}\n\n{}\n", article.title, article.markdown().trim());
    let head = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/markdown; charset=utf-8"),
        ),
        (
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(article.lang.tag()),
        ),
        (
            header::HeaderName::from_static("x-robots-tag"),
            HeaderValue::from_static("noindex"),
        ),
    ];
    (head, text).into_response()
}

fn page(
    state: &AppState,
    reader: &Reader,
    reading: &Reading,
    shown: &Shown,
    follow: Option<FollowView>,
) -> Result<Response> {
    let page = view_of(reader, reading, shown, follow);
    let frame = frame(state, reader, shown, &page);
    templates::page("article.html", &frame, &page)
}

fn view_of(
    reader: &Reader,
    reading: &Reading,
    shown: &Shown,
    follow: Option<FollowView>,
) -> ArticleView {
    let view = reading.view();
    let article = &shown.article;
    let around = around(reader, view, article);
    let related = shown.related.iter().filter_map(|(id, _)| view.head(id));
    ArticleView {
        crumbs: lists::crumbs(reader, view, &article.category),
        lang: article.lang.tag(),
        title: article.title.clone(),
        date: lists::day(reader, article.updated),
        lang_note: lang_note(reader, article),
        only_for: only_for(reader, reading, article.audience),
        markdown: format!("{}.md", addresses::article(&article.id)),
        answer: article.answer.as_deref().map(stretches).unwrap_or_default(),
        contents: contents(&shown.page.headings),
        html: reader.carry(&shown.page.html),
        tags: tags(reader, &article.tags),
        ask: reader.link(&super::solved::ask_address(
            "",
            &addresses::article(&article.id),
            None,
        )),
        follow,
        target: addresses::article(&article.id),
        related: lists::items(reader, related, false),
        previous: around.previous,
        next: around.next,
        nearby_title: nearby_title(reader, view, article),
        nearby: around.nearby,
    }
}

/// The page of a question of the forum as the index has it, for while the database is away: what was asked and what helped, without
/// votes and forms. `None` when the viewer may not know of it.
pub(super) fn of_question(
    state: &AppState,
    reader: &Reader,
    reading: &Reading,
    id: &ArticleId,
) -> Result<Option<Response>> {
    let Some(shown) = reading.indexed(id)? else {
        return Ok(None);
    };
    let mut page = view_of(reader, reading, &shown, None);
    page.markdown.clear();
    page.lang_note = Some(messages::text(reader.lang, "forum_as_indexed").to_owned());
    let mut frame = frame(state, reader, &shown, &page);
    frame.markdown = None;
    templates::page("article.html", &frame, &page).map(Some)
}

/// The headings of the first two levels below the title; none when they are too few to need a table.
fn contents(headings: &[Heading]) -> Vec<Place> {
    let shown: Vec<&Heading> = headings
        .iter()
        .filter(|h| (2..=3).contains(&h.level))
        .collect();
    if shown.len() < CONTENTS_FROM {
        return Vec::new();
    }
    let place = |heading: &Heading| Place {
        level: heading.level,
        text: heading.text.clone(),
        anchor: heading.anchor.clone(),
    };
    shown.into_iter().map(place).collect()
}

/// Says which language the article is in, where that is not the reader's.
fn lang_note(reader: &Reader, article: &Article) -> Option<String> {
    (article.lang != reader.lang).then(|| {
        let name = messages::text(reader.lang, &format!("lang_{}", article.lang)).to_owned();
        messages::fill(reader.lang, "lang_note", &[("lang", &name)])
    })
}

/// Says who may read it, where not everybody may: who sees more than others is to know what he must not pass on.
fn only_for(reader: &Reader, reading: &Reading, audience: Audience) -> Option<String> {
    let name = reading.engine.schema().audiences.name(audience);
    let name = audience_name(reader.lang, audience, name);
    let only = || messages::fill(reader.lang, "only_for", &[("audience", &name)]);
    (audience != Audience::PUBLIC).then(only)
}

fn tags(reader: &Reader, tags: &[String]) -> Vec<Link> {
    let link = |tag: &String| Link {
        title: tag.clone(),
        url: reader.link(&format!("/search?q=&tag={}", addresses::encode(tag))),
    };
    tags.iter().map(link).collect()
}

/// The articles around one in its category, as its page lists them.
#[derive(Debug, Default)]
struct Around {
    previous: Option<Link>,
    next: Option<Link>,
    nearby: Vec<Link>,
}

fn around(reader: &Reader, view: &View, article: &Article) -> Around {
    let mut heads = view.in_category(&article.category);
    heads.sort_by_key(|other| reader.distance(other.lang));
    let Some(at) = heads.iter().position(|other| other.id == article.id) else {
        return Around::default();
    };
    let link = |head: &Head| Link {
        title: head.title.clone(),
        url: reader.link(&addresses::article(&head.id)),
    };
    let other = |i: usize| heads.get(i).map(|head| link(head));
    let from = at
        .saturating_sub(NEARBY / 2)
        .min(heads.len().saturating_sub(NEARBY + 1));
    let near = (from..heads.len()).filter(|i| *i != at).take(NEARBY);
    Around {
        previous: at.checked_sub(1).and_then(other),
        next: other(at + 1),
        nearby: near.filter_map(other).collect(),
    }
}

fn nearby_title(reader: &Reader, view: &View, article: &Article) -> String {
    match view
        .category(&article.category)
        .filter(|c| !c.path.is_root())
    {
        Some(category) => messages::fill(reader.lang, "in_category", &[("title", &category.title)]),
        None => messages::text(reader.lang, "articles").to_owned(),
    }
}

fn frame(state: &AppState, reader: &Reader, shown: &Shown, page: &ArticleView) -> Frame {
    let settings = state.settings();
    let article = &shown.article;
    let address = addresses::article(&article.id);
    let frame = Frame::new(state, reader, &page.title);
    let mut frame = frame.of_article(settings, &address, article.lang, article.updated);
    frame.description = lists::clip(&shown.answer, DESCRIPTION_CHARS);
    let pair = [(page.title.as_str(), shown.answer.as_str())];
    let mut things = vec![json_ld::breadcrumbs(settings, &page.crumbs, &page.title)];
    things.extend(json_ld::questions(pair.into_iter(), page.lang));
    frame.json_ld = json_ld::graph(&things);
    frame
}
