//! What does an article say? `GET /api/v1/articles/{id}`.

use super::filters::texts_of;
use super::problems::{Absent, Problems};
use crate::config::Schema;
use crate::content;
use crate::error::Error;
use crate::http::address;
use crate::http::article_view::ArticleView;
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading, Tail};
use crate::http::state::AppState;
use crate::model::ArticleId;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An article.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Article {
    /// Its id.
    #[schema(example = "account/forgot-password")]
    id: String,
    /// The address of its page.
    #[schema(example = "/a/account/forgot-password")]
    url: String,
    /// Its title.
    title: String,
    /// Its short answer, plain text; may be empty.
    answer: String,
    /// Its text as HTML: sanitised, links resolved, without scripts, styles and event handlers.
    html: String,
    /// Its text in Markdown.
    markdown: String,
    /// Its headings, in order.
    headings: Vec<Heading>,
    /// Other ways people ask it.
    similar: Vec<String>,
    /// The titles of its categories, from the outermost.
    category: Vec<String>,
    /// The path of its category, as the filter `category` takes it.
    category_path: String,
    /// Its labels.
    tags: Vec<String>,
    /// Its language.
    #[schema(example = "zh-CN")]
    lang: String,
    /// The products that it is about.
    products: Vec<String>,
    /// When it last changed.
    #[schema(format = DateTime, example = "2026-11-22T08:00:00Z")]
    updated: String,
    /// The values of fields that `schema.toml` makes filters or facets.
    fields: BTreeMap<String, Vec<String>>,
    /// What to read next.
    related: Vec<Related>,
}

/// A heading.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Heading {
    /// 1 to 6.
    #[schema(minimum = 1, maximum = 6)]
    level: u8,
    /// Its text.
    text: String,
    /// The id of the element, for `#…`.
    anchor: String,
}

/// An article to read next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Related {
    /// Its id.
    id: String,
    /// Its address.
    url: String,
    /// Its title.
    title: String,
}

/// Read an article.
///
/// A former address answers with 301 and the present one.
#[utoipa::path(get, path = "/api/v1/articles/{*id}", tag = "articles",
    params(("id" = String, Path, description = "The article's id; its slashes may stand as they are", example = "account/forgot-password")),
    responses((status = 200, description = "The article", body = Article), (status = 301, description = "It has moved"), Absent, Problems)
)]
pub(crate) async fn article(
    State(state): State<AppState>,
    reading: Reading,
    Tail(id): Tail,
    params: Params,
) -> Result<Response, Failure> {
    params.finish()?;
    let find = move || {
        let parsed = ArticleId::parse(&id).map_err(|why| absent().because(why))?;
        match reading.article(&parsed)? {
            Some(view) => Ok(Json(Article::of(&view, reading.engine.schema())).into_response()),
            None => Ok(moved(&reading, &id).ok_or_else(absent)?),
        }
    };
    Ok(state.blocking().run(find).await?)
}

fn absent() -> Error {
    Error::not_found("there is no such article")
}

/// Where the article has moved to that had this id, or the page address `/a/<id>`, before.
fn moved(reading: &Reading, id: &str) -> Option<Response> {
    let former = [format!("/{id}"), format!("/a/{id}")];
    let head = former
        .iter()
        .find_map(|address| reading.view().moved(address))?;
    let place = format!(
        "/api/v1/articles/{}",
        address::encode_path(head.id.as_str())
    );
    Some((StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, place)]).into_response())
}

impl Article {
    fn of(view: &ArticleView, schema: &Schema) -> Self {
        let article = &view.article;
        let categories = view.categories.iter();
        let shown = article.extra.iter().filter(|(name, _)| {
            schema
                .fields
                .get(*name)
                .is_some_and(|field| field.facet || field.filter)
        });
        Self {
            id: article.id.to_string(),
            url: address::article(&article.id),
            title: article.title.clone(),
            answer: view.answer.clone(),
            html: view.page.html.clone(),
            markdown: article.markdown(),
            headings: view.page.headings.iter().map(Heading::of).collect(),
            similar: article.similar.clone(),
            category: categories.map(|link| link.text.clone()).collect(),
            category_path: article.category.to_string(),
            tags: article.tags.clone(),
            lang: article.lang.to_string(),
            products: article.products.clone(),
            updated: article.updated.to_string(),
            fields: shown
                .map(|(name, value)| (name.clone(), texts_of(value)))
                .collect(),
            related: view.related.iter().map(Related::of).collect(),
        }
    }
}

impl Heading {
    fn of(heading: &content::Heading) -> Self {
        Self {
            level: heading.level,
            text: heading.text.clone(),
            anchor: heading.anchor.clone(),
        }
    }
}

impl Related {
    fn of((id, link): &(ArticleId, crate::http::article_view::Link)) -> Self {
        Self {
            id: id.to_string(),
            url: link.url.clone(),
            title: link.text.clone(),
        }
    }
}
