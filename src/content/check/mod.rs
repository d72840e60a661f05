//! What is wrong with the articles seen together, or looked at closely?
//!
//! Each file is read once more and looked at by itself, on all processors; then what was found of all is brought together.

mod alike;
mod duplicates;
mod links;
mod page;
mod quality;

use super::library::{Library, in_parallel, sort};
use crate::config::Schema;
use crate::model::Problem;
use jiff::Timestamp;
use page::Page;
use std::collections::HashMap;
use std::path::Path;

/// The most problems of one kind that are shown of one file: a table of a thousand dead links needs no thousand findings.
const MAX_OF_A_KIND: usize = 20;

/// All that is wrong with a library: what reading it found, and what only shows when the files are seen together or looked at closely.
pub fn check_library(
    root: &Path,
    library: &Library,
    schema: &Schema,
    now: Timestamp,
) -> Vec<Problem> {
    let pages: Vec<Page> = in_parallel(&library.articles, |article| {
        Page::of_article(root, article, schema)
    })
    .into_iter()
    .chain(in_parallel(&library.categories, |category| {
        Page::of_category(root, category, schema)
    }))
    .flatten()
    .collect();
    let map = links::Map::new(root, library, &pages);
    let mut problems = library.problems.clone();
    for found in in_parallel(&pages, |page| {
        let mut found = links::check(page, &map);
        quality::check(page, schema, now, &mut found);
        found
    }) {
        problems.extend(found);
    }
    duplicates::check(&pages, &mut problems);
    alike::check(&pages, &mut problems);
    quality::check_categories(library, &mut problems);
    sort(&mut problems);
    cap(problems)
}

fn cap(problems: Vec<Problem>) -> Vec<Problem> {
    let mut counts: HashMap<(String, &'static str), usize> = HashMap::new();
    let mut totals = counts.clone();
    for problem in &problems {
        *totals
            .entry((problem.path.clone(), problem.code))
            .or_default() += 1;
    }
    let mut kept = Vec::with_capacity(problems.len());
    for mut problem in problems {
        let key = (problem.path.clone(), problem.code);
        let total = totals.get(&key).copied().unwrap_or_default();
        let count = counts.entry(key).or_default();
        *count += 1;
        if *count == MAX_OF_A_KIND && total > MAX_OF_A_KIND {
            problem.message = format!(
                "{} (and {} more of this kind in this file)",
                problem.message,
                total - MAX_OF_A_KIND
            );
        }
        if *count <= MAX_OF_A_KIND {
            kept.push(problem);
        }
    }
    kept
}
