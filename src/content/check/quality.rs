//! Is the article good to read, complete, and still true?

use super::page::{Page, narrow_marks};
use crate::config::Schema;
use crate::content::category::index_of;
use crate::content::digest::digest;
use crate::content::fence::CodeBlocks;
use crate::content::library::Library;
use crate::content::markdown::{deep_place, is_too_deep};
use crate::content::source::{Explain, file_problem};
use crate::content::{article::visible, codes};
use crate::model::{Article, Problem, Status};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// All that is wrong with a page by itself.
pub(super) fn check(page: &Page<'_>, schema: &Schema, now: Timestamp, problems: &mut Vec<Problem>) {
    for block in CodeBlocks::of(page.markdown()).unclosed {
        let span = block.start + page.body..block.end + page.body;
        let problem = page.source.problem(
            codes::UNCLOSED_CODE,
            span,
            "this code block is never closed",
        );
        problems.push(problem.help("write the same marks on a line of their own where it ends"));
    }
    let Some(article) = page.article else {
        return;
    };
    if is_too_deep(&article.markdown()) {
        let at = page.body + deep_place(page.markdown());
        let message = "this article nests too deeply, or has too many pieces";
        let problem = page.source.problem(codes::TOO_DEEP, at..at, message);
        problems.push(problem.help("make the lists and quotes flatter, or split the article"));
    }
    if article.status == Status::Published {
        no_answer(page, article, problems);
        times(page, article, now, problems);
    }
    title(page, article, schema, problems);
    widths(page, article, problems);
}

fn no_answer(page: &Page<'_>, article: &Article, problems: &mut Vec<Problem>) {
    if article.answer.is_some() {
        return;
    }
    let digest = digest(&visible(&article.parts, article.audience));
    if digest
        .passages
        .iter()
        .all(|passage| passage.text.is_empty())
        && digest.targets.is_empty()
    {
        let problem =
            page.source
                .problem(codes::NO_ANSWER, page.title(), "this article has no answer");
        problems.push(
            problem.help("write the answer below the front matter, or set `status = \"draft\"`"),
        );
    }
}

fn times(page: &Page<'_>, article: &Article, now: Timestamp, problems: &mut Vec<Problem>) {
    let at = |key: &str| page.value(&[key]).map_or(0..1, |item| item.span.clone());
    let crossed = article
        .publish_at
        .zip(article.expire_at)
        .is_some_and(|(from, until)| until <= from);
    if crossed {
        let message = "this article expires before it is published";
        problems.push(
            page.source
                .problem(codes::TIMES_CROSSED, at("expire_at"), message),
        );
    } else if article.expire_at.is_some_and(|until| until <= now) {
        let problem =
            page.source
                .problem(codes::EXPIRED, at("expire_at"), "this article has expired");
        problems
            .push(problem.help("move the date, set `status = \"archived\"`, or delete the file"));
    }
    let today = now.to_zoned(TimeZone::UTC).date();
    if let Some(day) = article.review_by.filter(|day| *day < today) {
        let message = format!("this article was to be reviewed by {day}");
        let problem = page
            .source
            .problem(codes::REVIEW_DUE, at("review_by"), message);
        problems.push(match &article.owner {
            Some(owner) => problem.help(format!(
                "ask {owner} whether it is still true, then move the date"
            )),
            None => problem.help("see whether it is still true, then move the date"),
        });
    }
}

fn title(page: &Page<'_>, article: &Article, schema: &Schema, problems: &mut Vec<Problem>) {
    let (length, limit) = (article.title.chars().count(), schema.limits.title_chars);
    if length > limit {
        let message = format!("this title has {length} characters, and {limit} fit on a phone");
        let problem = page
            .source
            .problem(codes::LONG_TITLE, page.title(), message);
        problems.push(problem.help("ask in fewer words, and keep the long form in `similar`"));
    }
}

/// One finding a page, at the first place: it is a matter of style.
fn widths(page: &Page<'_>, article: &Article, problems: &mut Vec<Problem>) {
    let titled = narrow_marks(&article.title).next().map(|_| page.title());
    let asked = article
        .similar
        .iter()
        .find(|question| narrow_marks(question).next().is_some());
    let asked = || asked.map(|question| page.listed("similar", question));
    let written = || page.narrow.first().cloned();
    if let Some(span) = titled.or_else(asked).or_else(written) {
        let message = "half-width punctuation stands between Chinese characters";
        let problem = page.source.problem(codes::MIXED_WIDTH, span, message);
        problems.push(problem.help("write ，？！：； full-width"));
    }
}

/// Categories that describe themselves and hold nothing.
pub(super) fn check_categories(library: &Library, problems: &mut Vec<Problem>) {
    let mut filled = std::collections::HashSet::new();
    for article in &library.articles {
        filled.extend(article.category.lineage());
    }
    for category in &library.categories {
        if !category.path.is_root() && !filled.contains(&category.path) {
            let message = "there is no article in this category";
            problems.push(file_problem(
                &index_of(&category.path),
                codes::EMPTY_FOLDER,
                message,
            ));
        }
    }
}
