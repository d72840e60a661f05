//! What does a folder's `_index.md` say of it?

use super::article::{audience, lang, one_line, read_text, visible};
use super::claims::Claims;
use super::front_matter::{Fields, Split, split};
use super::outline;
use super::parts::cut;
use super::source::Source;
use crate::config::Schema;
use crate::model::{Audience, Category, CategoryPath, Problem};
use std::path::Path;

/// The name of the file that describes its folder.
pub(super) const INDEX_FILE: &str = "_index.md";

/// The keys that categories have.
const KEYS: [&str; 7] = [
    "title",
    "description",
    "summary",
    "order",
    "weight",
    "audience",
    "lang",
];

/// One category's `_index.md`, read.
#[derive(Debug, Default)]
pub struct LoadedCategory {
    /// The category; a folder without `_index.md` has one with the folder's name for a title.
    pub category: Option<Category>,
    /// What is wrong with the file.
    pub problems: Vec<Problem>,
    /// Whether its front matter could be parsed: then the category is for no more readers than that says.
    pub understood: bool,
    /// What single lines of front matter that could not be parsed say about who sees it.
    pub claims: Claims,
}

/// Whether this is the file that describes its folder.
pub(super) fn is_index(path: &str) -> bool {
    path.rsplit('/').next() == Some(INDEX_FILE)
}

/// The path of the file that describes `folder`.
pub(super) fn index_of(folder: &CategoryPath) -> String {
    if folder.is_root() {
        INDEX_FILE.to_owned()
    } else {
        format!("{folder}/{INDEX_FILE}")
    }
}

/// Reads the category of one folder.
///
/// When the file is there but cannot be understood, the category is for the most privileged audience: its own setting is not known.
pub(super) fn read(root: &Path, folder: &str, schema: &Schema) -> LoadedCategory {
    let path = CategoryPath::new(folder);
    let file = index_of(&path);
    // What is there but may not be looked at might be for few.
    let missing = |error: std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    if std::fs::symlink_metadata(root.join(&file)).is_err_and(missing) {
        let category = Some(untitled(path, Audience::PUBLIC));
        return LoadedCategory {
            category,
            understood: true,
            ..LoadedCategory::default()
        };
    }
    let most_privileged = schema.audiences.all().last().unwrap_or_default();
    let mut text = read_text(root, &file, schema);
    let mut loaded = match text.source {
        Some(source) => read_source(&source, &path, schema),
        None => LoadedCategory {
            claims: text.claims,
            ..LoadedCategory::default()
        },
    };
    text.problems.append(&mut loaded.problems);
    LoadedCategory {
        problems: text.problems,
        category: loaded
            .category
            .or_else(|| Some(untitled(path, most_privileged))),
        ..loaded
    }
}

fn read_source(source: &Source, path: &CategoryPath, schema: &Schema) -> LoadedCategory {
    let split = match split(source) {
        Ok(split) => split,
        Err(problems) => {
            return LoadedCategory {
                problems,
                claims: Claims::of(&source.text),
                ..LoadedCategory::default()
            };
        }
    };
    if let Some(empty) = split.emptiness(source) {
        return LoadedCategory {
            category: Some(untitled(path.clone(), Audience::PUBLIC)),
            problems: vec![empty],
            ..LoadedCategory::default()
        };
    }
    let mut problems = Vec::new();
    LoadedCategory {
        category: parse(source, split, path, schema, &mut problems),
        problems,
        understood: true,
        claims: Claims::default(),
    }
}

fn untitled(path: CategoryPath, audience: Audience) -> Category {
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    Category {
        title: name.to_owned(),
        description: String::new(),
        order: None,
        audience,
        lang: None,
        body: String::new(),
        path,
    }
}

/// `None` when what decides who sees the category cannot be accepted.
fn parse(
    source: &Source,
    split: Split,
    path: &CategoryPath,
    schema: &Schema,
    problems: &mut Vec<Problem>,
) -> Option<Category> {
    let (parts, found) = cut(source, split.body, &schema.audiences);
    let mut fields = Fields::new(source, split.entries);
    let audience = audience(&mut fields, schema);
    let mut body = visible(&parts, audience);
    let heading = outline::first_heading(&body);
    let title = fields.text(&["title"]).map(|title| one_line(&title));
    let title = title.or_else(|| heading.as_ref().map(|heading| heading.text.clone()));
    if let Some(heading) = heading.filter(|heading| heading.leads)
        && title
            .as_deref()
            .is_some_and(|title| outline::same_text(title, &heading.text))
    {
        body.replace_range(heading.range, "");
    }
    let unnamed = untitled(path.clone(), audience);
    let category = Category {
        title: title
            .filter(|title| !title.is_empty())
            .unwrap_or(unnamed.title),
        description: fields
            .text_without_blocks("description")
            .or_else(|| fields.text_without_blocks("summary"))
            .unwrap_or_default(),
        order: fields.integer(&["order", "weight"]),
        lang: lang(&mut fields),
        body,
        ..unnamed
    };
    fields.finish(&KEYS);
    let hidden = fields.hidden;
    problems.extend(fields.problems);
    problems.extend(found);
    (!hidden).then_some(category)
}
