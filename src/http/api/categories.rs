//! How are the articles ordered? `GET /api/v1/categories`: the tree of categories.

use super::problems::Problems;
use crate::http::address;
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading};
use crate::http::state::AppState;
use crate::index::View;
use crate::model::{self, CategoryPath};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The tree of categories.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Categories {
    /// How many articles there are in all.
    total: usize,
    /// The outermost categories, in their order.
    categories: Vec<Category>,
}

/// A category that has articles, in it or below it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Category {
    /// Its path, as the filter `category` takes it.
    #[schema(example = "account")]
    path: String,
    /// Its address.
    #[schema(example = "/c/account")]
    url: String,
    /// Its title.
    title: String,
    /// One sentence about it; may be empty.
    description: String,
    /// How many articles are in it and below it.
    count: usize,
    /// Those within it, in their order.
    #[schema(no_recursion)]
    children: Vec<Category>,
}

/// List the categories.
#[utoipa::path(get, path = "/api/v1/categories", tag = "articles", responses(
    (status = 200, description = "The tree of categories", body = Categories),
    Problems,
))]
pub(crate) async fn categories(
    State(state): State<AppState>,
    reading: Reading,
    params: Params,
) -> Result<Json<Categories>, Failure> {
    params.finish()?;
    Ok(Json(
        state
            .blocking()
            .run(move || Ok(tree(reading.view())))
            .await?,
    ))
}

fn tree(view: &View) -> Categories {
    let mut children: BTreeMap<CategoryPath, Vec<&model::Category>> = BTreeMap::new();
    for category in view.categories() {
        if let Some(parent) = category.path.parent() {
            children.entry(parent).or_default().push(category);
        }
    }
    Categories {
        total: view.len(),
        categories: below(&CategoryPath::default(), view, &children),
    }
}

/// The categories directly below `parent`. Folders nest no deeper than a path has segments, so this ends.
fn below(
    parent: &CategoryPath,
    view: &View,
    children: &BTreeMap<CategoryPath, Vec<&model::Category>>,
) -> Vec<Category> {
    let here = children.get(parent).into_iter().flatten();
    here.map(|category| Category {
        path: category.path.to_string(),
        url: address::category(&category.path),
        title: category.title.clone(),
        description: category.description.clone(),
        count: view.count_within(&category.path),
        children: below(&category.path, view, children),
    })
    .collect()
}
