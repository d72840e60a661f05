//! What has been written that nobody asks for? Every unknown key, with what was probably meant.

use super::Code;
use super::file::{File, Say};
use crate::model::Problem;
use std::collections::BTreeSet;
use toml::de::{DeArray, DeTable, DeValue};

/// A problem for each key of `tree` that is not among `known` dotted paths. A path that ends in a dot stands for a table of
/// which the site chooses the keys, one that ends in `.[]` for a list of tables.
pub(super) fn keys(file: &File, tree: &DeTable<'_>, known: &BTreeSet<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    walk(file, tree, "", known, &mut problems);
    problems
}

fn walk(
    file: &File,
    table: &DeTable<'_>,
    above: &str,
    known: &BTreeSet<String>,
    problems: &mut Vec<Problem>,
) {
    for (key, value) in table {
        let name = key.get_ref();
        // A dot within a key is no path.
        let plain = !name.contains('.');
        let path = format!("{above}{name}");
        let below = format!("{path}.");
        if plain && known.contains(&path) {
            continue;
        }
        if plain
            && known
                .range(below.clone()..)
                .next()
                .is_some_and(|k| k.starts_with(&below))
        {
            match value.get_ref() {
                DeValue::Table(inner) => walk(file, inner, &below, known, problems),
                DeValue::Array(items) if known.contains(&format!("{below}[]")) => {
                    walk_items(file, items, &below, known, problems);
                }
                other => problems.push(no_table(file, key.span(), &path, other.type_str())),
            }
            continue;
        }
        let message = format!("there is no setting `{path}`");
        let found = file
            .problem(key.span(), Code::Key, message)
            .label("unknown key");
        problems.push(found.help(what_was_meant(name, above, known)));
    }
}

/// Walks each table of a list of tables; what is none has been reported when it was read.
fn walk_items(
    file: &File,
    items: &DeArray<'_>,
    above: &str,
    known: &BTreeSet<String>,
    problems: &mut Vec<Problem>,
) {
    for (i, item) in items.iter().enumerate() {
        if let Some(table) = item.get_ref().as_table() {
            walk(file, table, &format!("{above}{i}."), known, problems);
        }
    }
}

fn no_table(file: &File, span: std::ops::Range<usize>, path: &str, kind: &str) -> Problem {
    let message = format!("`{path}` is a table, not a {kind}");
    file.problem(span, Code::Value, message)
        .help(format!("write it as a section: `[{path}]`"))
}

fn what_was_meant(name: &str, above: &str, known: &BTreeSet<String>) -> String {
    let siblings = known
        .iter()
        .filter_map(|path| path.strip_prefix(above)?.split('.').next());
    let siblings: BTreeSet<&str> = siblings.filter(|sibling| !sibling.is_empty()).collect();
    if let Some(meant) = closest(name, siblings.iter().copied()) {
        return format!("did you mean `{meant}`?");
    }
    // The right name in the wrong section; of several, `server` is what is meant by who knows no sections.
    let mut elsewhere = known
        .iter()
        .filter(|path| path.rsplit('.').next() == Some(name));
    let elsewhere = elsewhere
        .clone()
        .find(|path| path.starts_with("server."))
        .or_else(|| elsewhere.next());
    if let Some(path) = elsewhere {
        return format!("did you mean `{path}`?");
    }
    let all: Vec<String> = siblings
        .iter()
        .map(|sibling| format!("`{sibling}`"))
        .collect();
    format!("known here: {}", all.join(", "))
}

/// The name that is most like `written`, if one is like it at all.
pub(super) fn closest<'n>(written: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let written = written.to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&written, &name.to_lowercase());
    let allowed = (written.chars().count() / 3).max(1);
    let near = names
        .map(|name| (distance(name), name))
        .filter(|(far, _)| *far <= allowed);
    near.min_by_key(|(far, _)| *far).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn finds_what_was_probably_meant() {
        let names = ["listen", "max_connections", "data_dir"];
        for (written, meant) in [
            ("lisen", Some("listen")),
            ("LISTEN", Some("listen")),
            ("max-connections", Some("max_connections")),
            ("port", None),
        ] {
            assert_eq!(closest(written, names.into_iter()), meant, "{written}");
        }
    }
}
