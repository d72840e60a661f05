//! How is a question of the forum found? As an article of its title, its other wordings and its answers, made when it is asked for.

use crate::error::{Error, Result};
use crate::model::question::{Answer, Question, Shown};
use crate::model::{Article, ArticleId, CategoryPath, Part, Status};
use crate::store::{QuestionMark, Store};
use std::collections::BTreeMap;

/// How many marks are read at once.
const BATCH: u32 = 1_000;
/// The form of these articles. Another number has all of them read anew.
const FORM: u64 = 1;

/// The id under which a question is found; its address follows from it.
///
/// # Errors
/// Never for a number that the store gave.
pub fn question_id(number: i64) -> Result<ArticleId> {
    ArticleId::of_question(&number.to_string())
        .map_err(|why| Error::internal("a question has no id", anyhow::anyhow!("{why}")))
}

/// All published questions, each with a number that changes with what is found of it.
///
/// # Errors
/// As the database has it.
pub async fn published_questions(store: &Store) -> Result<Vec<(ArticleId, u64)>> {
    let mut read = store.read().await?;
    let mut all = Vec::new();
    let mut last = 0;
    loop {
        let marks = read.published_marks(last, BATCH).await?;
        let Some(end) = marks.last() else {
            return Ok(all);
        };
        last = end.number;
        for mark in &marks {
            all.push((question_id(mark.number)?, version_of(mark)));
        }
    }
}

/// A backup that was restored may have the same versions as the rows that it replaced, but hardly the same times.
fn version_of(mark: &QuestionMark) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&FORM.to_le_bytes());
    hasher.update(&mark.version.to_le_bytes());
    hasher.update(&mark.updated_at.as_millisecond().to_le_bytes());
    let hash = hasher.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}

/// A published question as an article; `None` when there is none of that id.
///
/// # Errors
/// As the database has it.
pub async fn question_article(store: &Store, id: &ArticleId) -> Result<Option<Article>> {
    let Some(number) = id.question().and_then(|name| name.parse().ok()) else {
        return Ok(None);
    };
    let mut read = store.read().await?;
    let found = read.question_by_number(number).await?;
    let Some(question) = found.filter(|question| question.shown == Shown::Published) else {
        return Ok(None);
    };
    let mut answers = read.answers(question.id, Some(Shown::Published)).await?;
    // The one that helped is the first thing that is read.
    answers.sort_by_key(|answer| question.accepted != Some(answer.id));
    Ok(Some(article(id, &question, &answers)))
}

fn article(id: &ArticleId, question: &Question, answers: &[Answer]) -> Article {
    let answered = answers.iter().map(|answer| match answer.is_staffs() {
        true => answer.text.clone(),
        false => as_markdown(&answer.text),
    });
    let asked = std::iter::once(as_markdown(&question.text));
    let texts: Vec<String> = answered.chain(asked).collect();
    Article {
        id: id.clone(),
        path: id.to_string(),
        title: question.title.clone(),
        similar: question.wordings.clone(),
        tags: question.tags.clone(),
        audience: question.audience,
        answer: None,
        lang: question.lang,
        products: question.products.clone(),
        pinned: Vec::new(),
        related: Vec::new(),
        owner: None,
        review_by: None,
        publish_at: None,
        expire_at: None,
        status: Status::Published,
        aliases: Vec::new(),
        category: CategoryPath::new(&question.category),
        order: None,
        updated: question.updated_at,
        extra: BTreeMap::new(),
        parts: vec![Part {
            audience: question.audience,
            markdown: texts.join("\n\n"),
        }],
    }
}

/// Plain text as Markdown that says the same: whatever would mean something is escaped.
pub(super) fn as_markdown(text: &str) -> String {
    let mut markdown = String::with_capacity(text.len());
    for line in text.lines() {
        for c in line.trim().chars() {
            if c.is_ascii_punctuation() {
                markdown.push('\\');
            }
            markdown.push(c);
        }
        markdown.push('\n');
    }
    markdown
}

#[cfg(test)]
mod tests {
    use super::as_markdown;
    use crate::content::digest;

    #[test]
    fn what_a_customer_wrote_stays_what_it_is() {
        for text in [
            "# 不是标题",
            "[x](javascript:1) <b>不是</b>",
            "1. 一",
            "    四个空格",
            "![x](a.png) `code` *a*",
        ] {
            let found = digest(&as_markdown(text));
            assert_eq!(found.first_paragraph, text.trim(), "{text}");
            assert!(found.targets.is_empty(), "{text}");
        }
    }
}
