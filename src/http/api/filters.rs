//! What must articles be? The filters that search and the list of articles share.

use crate::config::Schema;
use crate::http::extract::Params;
use crate::index::Head;
use crate::model::{CategoryPath, Value};
use crate::search::Filter;
use std::collections::BTreeMap;
use utoipa::IntoParams;

/// Filters. Several values of one parameter mean any of them; several parameters mean all of them. Fields that
/// `schema.toml` marks as filters are parameters too.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `read` reads them, all mistakes at once"
)]
pub(crate) struct FilterParams {
    /// Only in this category (its path, as in `account`) or below it. May be repeated.
    #[param(required = false, explode = true)]
    category: Vec<String>,
    /// Only with this tag. May be repeated.
    #[param(required = false, explode = true)]
    tag: Vec<String>,
    /// Only in this language: `zh-CN`, `zh-TW` or `en`. May be repeated.
    #[param(required = false, explode = true)]
    lang: Vec<String>,
    /// Only about this product. May be repeated.
    #[param(required = false, explode = true)]
    product: Vec<String>,
}

/// Reads the filters from a request's parameters.
pub(in crate::http) fn read(params: &mut Params, schema: &Schema) -> Filter {
    let categories = params.many("category");
    Filter {
        categories: categories
            .iter()
            .map(|path| CategoryPath::new(path))
            .collect(),
        tags: params.many("tag"),
        langs: params.langs("lang"),
        products: params.many("product"),
        extra: extra(params, schema),
    }
}

fn extra(params: &mut Params, schema: &Schema) -> BTreeMap<String, Vec<String>> {
    let fields = schema.fields.iter().filter(|(_, field)| field.filter);
    fields
        .map(|(name, _)| (name.clone(), params.many(name)))
        .filter(|(_, values)| !values.is_empty())
        .collect()
}

/// Whether an article is what the filter asks for.
pub(super) fn accepts(filter: &Filter, head: &Head) -> bool {
    any_of(&filter.categories, |category| {
        category.contains(&head.category)
    }) && any_of(&filter.tags, |tag| head.tags.contains(tag))
        && any_of(&filter.langs, |lang| head.lang == *lang)
        && any_of(&filter.products, |product| head.products.contains(product))
        && filter.extra.iter().all(|(field, values)| {
            let texts = head.extra.get(field).map(texts_of).unwrap_or_default();
            any_of(values, |value| texts.contains(value))
        })
}

fn any_of<T>(wanted: &[T], holds: impl Fn(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(holds)
}

/// The values of an extra field as texts, as they stand in filters and facets.
pub(super) fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Text(text) => vec![text.clone()],
        Value::Texts(texts) => texts.clone(),
        Value::Integer(number) => vec![number.to_string()],
        Value::Boolean(yes) => vec![yes.to_string()],
        Value::Date(day) => vec![day.to_string()],
    }
}
