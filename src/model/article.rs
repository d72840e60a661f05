//! What is an article? One Markdown file: one question, the other ways people ask it, and its answer.

use super::{ArticleId, Audience, CategoryPath, Lang};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeMap;
use std::ops::Range;

/// Whether an article is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Shown from `publish_at` until `expire_at`.
    #[default]
    Published,
    /// Being written: never shown.
    Draft,
    /// Kept for the record: never shown.
    Archived,
}

/// A stretch of an article's Markdown that is for one audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Who may read it.
    pub audience: Audience,
    /// The Markdown as written; the lines that open and close an audience block are left out.
    pub markdown: String,
}

/// The value of a front matter field that `schema.toml` adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// A calendar day.
    Date(Date),
}

/// One article with everything its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Its stable name.
    pub id: ArticleId,
    /// The file, relative to `kb/`, with `/` between segments.
    pub path: String,
    /// The question it answers.
    pub title: String,
    /// Other ways people ask it (相似问法).
    pub similar: Vec<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// Who may know that it exists.
    pub audience: Audience,
    /// The short answer as its author wrote it; without one, the first paragraph is shown.
    pub answer: Option<String>,
    /// Its language.
    pub lang: Lang,
    /// The products that it is about.
    pub products: Vec<String>,
    /// Queries for which it comes first.
    pub pinned: Vec<String>,
    /// Articles its author names as related.
    pub related: Vec<ArticleId>,
    /// The mail address of who keeps it true.
    pub owner: Option<String>,
    /// The day by which the owner should look at it again.
    pub review_by: Option<Date>,
    /// Not shown before.
    pub publish_at: Option<Timestamp>,
    /// Not shown from then on.
    pub expire_at: Option<Timestamp>,
    /// Whether it is shown.
    pub status: Status,
    /// Former addresses, each starting with `/`.
    pub aliases: Vec<String>,
    /// Its folder.
    pub category: CategoryPath,
    /// Its place in its category; smaller first. Articles without one follow, by title.
    pub order: Option<i64>,
    /// When it last changed: `updated` in the front matter, else the file's time.
    pub updated: Timestamp,
    /// Fields that `schema.toml` adds.
    pub extra: BTreeMap<String, Value>,
    /// The answer in Markdown, in stretches by audience.
    pub parts: Vec<Part>,
}

impl Article {
    /// Whether the article is shown at `now` to those who may read it.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.status == Status::Published
            && self.publish_at.is_none_or(|from| from <= now)
            && self.expire_at.is_none_or(|until| now < until)
    }

    /// The first instant after `now` at which [`Self::is_live`] changes by itself.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let shown = self.status == Status::Published;
        [self.publish_at, self.expire_at]
            .into_iter()
            .flatten()
            .filter(|at| shown && *at > now)
            .min()
    }

    /// The article as a viewer may read it: without the stretches above his audience. `None` when he may not know of it.
    pub fn seen_by(&self, viewer: Audience) -> Option<Self> {
        viewer.may_read(self.audience).then(|| {
            let parts = self
                .parts
                .iter()
                .filter(|part| viewer.may_read(part.audience));
            Self {
                parts: parts.cloned().collect(),
                ..self.clone()
            }
        })
    }

    /// The highest audience that any stretch of the article, or the article itself, is for.
    pub fn highest_audience(&self) -> Audience {
        self.parts
            .iter()
            .map(|part| part.audience)
            .max()
            .unwrap_or_default()
            .max(self.audience)
    }

    /// The lines of [`Self::markdown`] (the first is 0) that fewer may see than the article itself, each with its audience.
    pub fn narrower(&self) -> Vec<(Range<usize>, Audience)> {
        let mut narrower = Vec::new();
        let mut from = 0;
        for part in &self.parts {
            let to = from + part.markdown.lines().count();
            if !self.audience.may_read(part.audience) {
                narrower.push((from..to, part.audience));
            }
            from = to;
        }
        narrower
    }

    /// The Markdown of all its stretches, joined.
    pub fn markdown(&self) -> String {
        self.parts
            .iter()
            .map(|part| part.markdown.as_str())
            .collect()
    }
}
