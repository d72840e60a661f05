//! Which articles are there? `GET /api/v1/articles`.

use super::filters::{self, FilterParams};
use super::problems::Problems;
use crate::http::address;
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading};
use crate::http::state::AppState;
use crate::index::Head;
use crate::model::Kind;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// The most articles on one page.
const MAX_ARTICLES: usize = 100;

/// What can be asked.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; the handler reads them, all mistakes at once"
)]
pub(crate) struct ArticlesParams {
    /// How many articles to return.
    #[param(default = 20, minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// How many articles to pass over.
    #[param(default = 0, minimum = 0)]
    offset: Option<usize>,
    /// In which order.
    #[param(inline, default = "id")]
    sort: Option<Sort>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Sort {
    /// By id.
    Id,
    /// By the time of the last change, the latest first.
    Updated,
}

/// A page of the list of articles.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Articles {
    /// How many articles there are with these filters.
    total: usize,
    /// The page that was asked for.
    articles: Vec<ArticleSummary>,
}

/// An article in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArticleSummary {
    /// Its id.
    #[schema(example = "account/forgot-password")]
    id: String,
    /// Its address.
    #[schema(example = "/a/account/forgot-password")]
    url: String,
    /// Its title.
    title: String,
    /// Its short answer, plain text; may be empty.
    answer: String,
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
}

/// List the articles.
#[utoipa::path(get, path = "/api/v1/articles", tag = "articles", params(ArticlesParams, FilterParams), responses(
    (status = 200, description = "A page of the list", body = Articles),
    Problems,
))]
pub(crate) async fn articles(
    State(state): State<AppState>,
    reading: Reading,
    mut params: Params,
) -> Result<Json<Articles>, Failure> {
    let limit = params.number("limit", 20, 1..=MAX_ARTICLES);
    let offset = params.number("offset", 0, 0..=usize::MAX);
    let sort = params.choice("sort", &[("id", Sort::Id), ("updated", Sort::Updated)]);
    let filter = filters::read(&mut params, reading.engine.schema());
    params.finish()?;
    let list = move || {
        let mut heads: Vec<&Head> = reading
            .view()
            .heads()
            .filter(|head| head.id.kind() == Kind::Article && filters::accepts(&filter, head))
            .collect();
        if sort == Some(Sort::Updated) {
            heads.sort_by_key(|head| std::cmp::Reverse(head.updated));
        }
        let page = heads.iter().skip(offset).take(limit);
        Ok(Articles {
            total: heads.len(),
            articles: page.map(|head| summary(&reading, head)).collect(),
        })
    };
    Ok(Json(state.blocking().run(list).await?))
}

fn summary(reading: &Reading, head: &Head) -> ArticleSummary {
    let categories = reading.lineage(&head.category);
    ArticleSummary {
        id: head.id.to_string(),
        url: address::article(&head.id),
        title: head.title.clone(),
        answer: head.answer.clone(),
        category: categories.into_iter().map(|link| link.text).collect(),
        category_path: head.category.to_string(),
        tags: head.tags.clone(),
        lang: head.lang.to_string(),
        products: head.products.clone(),
        updated: head.updated.to_string(),
    }
}
