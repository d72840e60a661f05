//! Do the links lead somewhere?

use super::page::{Page, Target};
use crate::content::library::Library;
use crate::content::links::{Destination, has_scheme, resolve_link};
use crate::content::source::{Explain, nearest};
use crate::content::{codes, files};
use crate::model::{Article, Problem, Status};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// What there is to link to.
pub(super) struct Map<'a> {
    root: &'a Path,
    pages: HashMap<&'a str, &'a Page<'a>>,
    articles: HashMap<&'a str, &'a Article>,
    ids: HashMap<&'a str, &'a Article>,
    folders: HashSet<&'a str>,
    /// Paths of articles by the last part of their names, to guess what a dead link meant.
    names: HashMap<&'a str, Vec<&'a str>>,
    /// Paths of articles by their folders, for the same.
    siblings: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Map<'a> {
    /// The map of a library.
    pub(super) fn new(root: &'a Path, library: &'a Library, pages: &'a [Page<'a>]) -> Self {
        let mut names: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut siblings = names.clone();
        for article in &library.articles {
            names
                .entry(file_name(&article.path))
                .or_default()
                .push(&article.path);
            siblings
                .entry(folder(&article.path))
                .or_default()
                .push(&article.path);
        }
        Self {
            root,
            pages: pages
                .iter()
                .map(|page| (page.source.path.as_str(), page))
                .collect(),
            articles: library
                .articles
                .iter()
                .map(|a| (a.path.as_str(), a))
                .collect(),
            ids: library
                .articles
                .iter()
                .map(|a| (a.id.as_str(), a))
                .collect(),
            folders: library.categories.iter().map(|c| c.path.as_str()).collect(),
            names,
            siblings,
        }
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// All that is wrong with the links of a page.
pub(super) fn check(page: &Page<'_>, map: &Map<'_>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = page
        .targets
        .iter()
        .filter_map(|target| check_target(page, target, map))
        .collect();
    for span in &page.nameless {
        let problem =
            page.source
                .problem(codes::NO_ALT, span.clone(), "this image has no description");
        problems
            .push(problem.help("write what it shows between the brackets: ![登录页](login.png)"));
    }
    related(page, map, &mut problems);
    problems
}

fn check_target(page: &Page<'_>, target: &Target, map: &Map<'_>) -> Option<Problem> {
    let report =
        |code, message: String| Some(page.source.problem(code, target.span.clone(), message));
    let written = &target.target;
    match resolve_link(&page.source.path, written) {
        Destination::Elsewhere(_) => None,
        Destination::Refused if has_scheme(written.trim()) => {
            let scheme = written.split(':').next().unwrap_or_default();
            report(
                codes::LINK_SCHEME,
                format!("links may not start with `{}:`", scheme.trim()),
            )
            .map(|p| p.help("use https:, http:, mailto: or tel:, or the path of a file"))
        }
        Destination::Refused if written.contains('\\') => {
            report(codes::LINK_OUT, format!("`{written}` has a `\\`"))
                .map(|p| p.help("write `/` between folders"))
        }
        Destination::Refused => report(
            codes::LINK_OUT,
            format!("`{written}` leads out of the knowledge base"),
        )
        .map(|p| p.help("copy the file into the knowledge base and link to the copy")),
        Destination::Fragment(fragment) => anchor(page, &fragment, page, target),
        Destination::File { path, fragment } => file(page, target, map, &path, &fragment),
    }
}

fn file(
    page: &Page<'_>,
    target: &Target,
    map: &Map<'_>,
    path: &str,
    fragment: &str,
) -> Option<Problem> {
    let report = |code, message: String| page.source.problem(code, target.span.clone(), message);
    if let Some(article) = map.articles.get(path).copied() {
        if let Some(why) = hidden(article, page) {
            return Some(report(codes::LINK_HIDDEN, format!("`{path}` is {why}")));
        }
        return map
            .pages
            .get(path)
            .and_then(|there| anchor(there, fragment, page, target));
    }
    let folder = path
        .strip_suffix("_index.md")
        .unwrap_or(path)
        .trim_end_matches('/');
    if folder.is_empty() || map.folders.contains(folder) {
        return None;
    }
    match files::locate(map.root, path) {
        Ok(_) => None,
        Err(problem)
            if problem.code == codes::NOT_A_FILE
                && !(problem.message.contains("regular file") && map.root.join(path).is_dir())
                && !problem.message.contains("path below") =>
        {
            Some(report(
                codes::LINK_OUT,
                format!("`{path}`: {}", problem.message),
            ))
        }
        Err(_) if target.is_image => Some(report(
            codes::DEAD_FILE,
            format!("there is no file `{path}`"),
        )),
        Err(_) if files::is_markdown(path) => Some(guess(
            report(codes::DEAD_LINK, format!("there is no article `{path}`")),
            path,
            map,
        )),
        Err(_) => {
            let published = path.strip_prefix("a/").unwrap_or(path);
            let file = map.ids.get(published).map(|article| &article.path);
            let markdown = format!("{path}.md");
            let problem = report(codes::DEAD_FILE, format!("there is no file `{path}`"));
            Some(match map.articles.contains_key(markdown.as_str()) {
                true => problem.help(format!(
                    "to link to the article, write its file: `{markdown}`"
                )),
                false => match file {
                    Some(file) => problem.help(format!("write `/{file}`")),
                    None => problem,
                },
            })
        }
    }
}

fn guess(problem: Problem, path: &str, map: &Map<'_>) -> Problem {
    match map.names.get(file_name(path)).map(Vec::as_slice) {
        Some([only]) => problem.help(format!("did you mean `/{only}`?")),
        Some([first, second, ..]) => {
            problem.help(format!("did you mean `/{first}` or `/{second}`?"))
        }
        _ => {
            let siblings = map
                .siblings
                .get(folder(path))
                .into_iter()
                .flatten()
                .copied();
            match nearest(path, siblings.take(500)) {
                Some(near) => problem.help(format!("did you mean `/{near}`?")),
                None => problem.help("correct the path, or remove the link"),
            }
        }
    }
}

/// Why readers of `page` may not see `article`.
fn hidden(article: &Article, page: &Page<'_>) -> Option<&'static str> {
    match article.status {
        Status::Draft => Some("a draft"),
        Status::Archived => Some("archived"),
        Status::Published => (!page.audience.may_read(article.audience))
            .then_some("for a higher audience than this page"),
    }
}

fn anchor(there: &Page<'_>, fragment: &str, page: &Page<'_>, target: &Target) -> Option<Problem> {
    let name = fragment.trim_start_matches('#');
    if name.is_empty() || there.places.resolve(name).is_some() {
        return None;
    }
    let message = format!("`{}` has no place `#{name}`", there.source.path);
    let problem = page
        .source
        .problem(codes::DEAD_ANCHOR, target.span.clone(), message);
    Some(match there.places.nearest(name) {
        Some(near) => problem.help(format!("did you mean `#{near}`?")),
        None => problem,
    })
}

fn related(page: &Page<'_>, map: &Map<'_>, problems: &mut Vec<Problem>) {
    for id in page.article.iter().flat_map(|article| &article.related) {
        let listed = page.listed("related", id.as_str());
        match map.ids.get(id.as_str()) {
            Some(other) => {
                if let Some(why) = hidden(other, page) {
                    problems.push(page.source.problem(
                        codes::LINK_HIDDEN,
                        listed,
                        format!("`{id}` is {why}"),
                    ));
                }
            }
            None => {
                let problem = page.source.problem(
                    codes::UNKNOWN_RELATED,
                    listed,
                    format!("there is no article `{id}`"),
                );
                let name = format!("{}.md", file_name(id.as_str()));
                let namesake = map.names.get(name.as_str()).and_then(|paths| paths.first());
                let near = namesake
                    .and_then(|path| map.articles.get(path))
                    .map(|article| article.id.as_str())
                    .or_else(|| nearest(id.as_str(), map.ids.keys().copied().take(2_000)));
                problems.push(match near {
                    Some(near) => problem.help(format!("did you mean `{near}`?")),
                    None => problem,
                });
            }
        }
    }
}
