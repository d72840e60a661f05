//! In which order do categories stand? As a tree: each before those within it, siblings by `order`, then by title.

use crate::model::{Category, CategoryPath};
use std::collections::HashMap;

/// The categories that are `shown`, in order. One within a category that is not shown is left out as well.
pub(super) fn in_order(
    categories: &[Category],
    shown: impl Fn(&Category) -> bool,
) -> Vec<Category> {
    let mut children: HashMap<CategoryPath, Vec<&Category>> = HashMap::new();
    for category in categories.iter().filter(|c| !c.path.is_root()) {
        let parent = category.path.parent().unwrap_or_default();
        children.entry(parent).or_default().push(category);
    }
    for siblings in children.values_mut() {
        // Popped from the end below, so the first stands last.
        siblings.sort_by(|a, b| key(b).cmp(&key(a)));
    }
    let root = categories.iter().find(|category| category.path.is_root());
    let mut out: Vec<Category> = root
        .filter(|root| shown(root))
        .cloned()
        .into_iter()
        .collect();
    let mut open = children
        .remove(&CategoryPath::default())
        .unwrap_or_default();
    while let Some(category) = open.pop() {
        if shown(category) {
            out.push(category.clone());
            open.extend(children.remove(&category.path).unwrap_or_default());
        }
    }
    out
}

/// Those without an `order` stand after those with one.
fn key(category: &Category) -> (bool, Option<i64>, &str, &str) {
    let order = category.order;
    (
        order.is_none(),
        order,
        &category.title,
        category.path.as_str(),
    )
}

#[cfg(test)]
mod tests {
    use super::in_order;
    use crate::model::{Audience, Category, CategoryPath};

    fn category(path: &str, order: Option<i64>) -> Category {
        Category {
            path: CategoryPath::new(path),
            title: path.to_owned(),
            description: String::new(),
            order,
            audience: Audience::PUBLIC,
            lang: None,
            body: String::new(),
        }
    }

    #[test]
    fn parents_stand_before_their_children_and_siblings_by_order_then_title() {
        let all =
            ["b", "b/y", "b/x", "a", "a/z", "c"].map(|p| category(p, (p == "c").then_some(9)));
        let paths = |shown: fn(&Category) -> bool| {
            let list = in_order(&all, shown);
            list.iter().map(|c| c.path.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(paths(|_| true), ["c", "a", "a/z", "b", "b/x", "b/y"]);
        assert_eq!(paths(|c| c.path.as_str() != "b"), ["c", "a", "a/z"]);
    }
}
