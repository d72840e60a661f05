//! Do two articles say that they are the same?

use super::page::Page;
use crate::content::codes;
use crate::content::source::Explain;
use crate::model::{Article, Lang, Problem, Status};
use crate::text::normalize;
use std::collections::HashMap;
use std::ops::Range;

/// A question as far as readers tell it from another: letters and digits, without regard to case, width and script.
pub(super) fn key(text: &str) -> String {
    normalize(text, true)
        .text()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

type Claims<'a> = HashMap<(Lang, String), &'a Page<'a>>;

/// All articles that share a title, a similar question, a pinned query or an old address. Translations may share them.
pub(super) fn check(pages: &[Page<'_>], problems: &mut Vec<Problem>) {
    let published: Vec<(&Page<'_>, &Article)> = pages
        .iter()
        .filter_map(|page| Some((page, page.article?)))
        .filter(|(_, article)| article.status == Status::Published)
        .collect();
    let mut titles = Claims::new();
    for (page, article) in &published {
        let key = (article.lang, key(&article.title));
        if let Some(first) = titles.get(&key).filter(|_| !key.1.is_empty()) {
            let message = format!("`{}` has the same title", first.source.path);
            problems.push(
                page.source
                    .problem(codes::DUPLICATE_TITLE, page.title(), message),
            );
        } else {
            titles.insert(key, page);
        }
    }
    questions(&published, &titles, problems);
    pins(&published, problems);
    aliases(&published, problems);
}

fn questions<'a>(
    published: &[(&'a Page<'a>, &Article)],
    titles: &Claims<'a>,
    problems: &mut Vec<Problem>,
) {
    let mut claimed = Claims::new();
    for (page, article) in published {
        let own = key(&article.title);
        let mut seen = std::collections::HashSet::from([own]);
        for question in &article.similar {
            let place = || page.listed("similar", question);
            let key = (article.lang, key(question));
            if key.1.is_empty() {
                continue;
            }
            if !seen.insert(key.1.clone()) {
                let message = format!("`{question}` is listed already");
                problems.push(
                    page.source
                        .problem(codes::REPEATED_QUESTION, place(), message),
                );
            } else if let Some(other) = titles
                .get(&key)
                .filter(|other| !std::ptr::eq(**other, *page))
            {
                problems.push(claim(
                    page,
                    place(),
                    format!("`{question}` is the title of `{}`", other.source.path),
                ));
            } else if let Some(other) = claimed.get(&key) {
                problems.push(claim(
                    page,
                    place(),
                    format!("`{}` claims `{question}` too", other.source.path),
                ));
            } else {
                claimed.insert(key, page);
            }
        }
    }
}

fn claim(page: &Page<'_>, place: Range<usize>, message: String) -> Problem {
    page.source
        .problem(codes::SAME_QUESTION, place, message)
        .help("leave it where the better answer is")
}

fn pins(published: &[(&Page<'_>, &Article)], problems: &mut Vec<Problem>) {
    let mut pinned: HashMap<(Lang, String), &str> = HashMap::new();
    for (page, article) in published {
        for query in &article.pinned {
            let key = (article.lang, key(query));
            match pinned.get(&key) {
                Some(first) if *first != article.path => {
                    let message = format!("`{first}` is pinned to `{query}` too");
                    problems.push(page.source.problem(
                        codes::SAME_PIN,
                        page.listed("pinned", query),
                        message,
                    ));
                }
                Some(_) => {}
                None => {
                    pinned.insert(key, &article.path);
                }
            }
        }
    }
}

fn aliases(published: &[(&Page<'_>, &Article)], problems: &mut Vec<Problem>) {
    let addresses: HashMap<String, &str> = published
        .iter()
        .map(|(_, article)| (format!("/a/{}", article.id), article.path.as_str()))
        .collect();
    let mut taken: HashMap<&str, &str> = HashMap::new();
    for (page, article) in published {
        for alias in &article.aliases {
            let address = alias.trim_end_matches('/');
            let holder = addresses.get(address).or_else(|| taken.get(address));
            match holder {
                Some(path) => {
                    let message = format!("`{alias}` leads to `{path}`");
                    problems.push(page.source.problem(
                        codes::ALIAS_CLASH,
                        page.listed("aliases", alias),
                        message,
                    ));
                }
                None if is_ours(address) => {
                    let message = format!("`{alias}` is a page of the help centre itself");
                    problems.push(page.source.problem(
                        codes::ALIAS_CLASH,
                        page.listed("aliases", alias),
                        message,
                    ));
                }
                None => {
                    taken.insert(address, &article.path);
                }
            }
        }
    }
}

/// Whether an address is one that the help centre uses for itself.
fn is_ours(address: &str) -> bool {
    let ours = [
        "",
        "/search",
        "/ask",
        "/desk",
        "/questions",
        "/healthz",
        "/readyz",
        "/metrics",
        "/feed.atom",
        "/sitemap.xml",
        "/robots.txt",
        "/llms.txt",
    ];
    ours.contains(&address) || address.starts_with("/api/") || address.starts_with("/embed/")
}
