//! What is asked in public? Questions by their numbers, in lists and by what changed.

use super::case_rows::lang;
use super::changes::Topic;
use super::error::{Error, Result};
use super::sql::{Columns, Sql, as_is, list, ms, ms_or_none, parse_list};
use super::tx::{Read, Tx};
use crate::model::question::{Question, Shown};
use crate::model::{AnswerId, Audience, CaseId, Lang, PersonId, QuestionId};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// The most questions of a page.
const MAX_PAGE: u32 = 200;

macro_rules! question_columns {
    () => {
        "id, number, shown, audience, title, body, lang, category, tags, products, asker, byline, case_id, accepted, answers, \
         votes, created_at, updated_at, published_at, version, wordings"
    };
}

/// Which questions; what is `None` or false lets all pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuestionFilter {
    /// In this state.
    pub shown: Option<Shown>,
    /// Readable for this audience. Always given where visitors read.
    pub viewer: Option<Audience>,
    /// Only those without any answer.
    pub open: bool,
    /// In this language.
    pub lang: Option<Lang>,
    /// With a customer's answer that waits for review.
    pub to_review: bool,
    /// In this category or one below it; empty for all.
    pub category: String,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QuestionOrder {
    /// The newest first.
    #[default]
    Newest,
    /// The most helpful first.
    Helpful,
    /// What changed last first.
    Updated,
}

impl Tx {
    /// Keeps a question: a new one when its `version` is 0, which is then given its number.
    ///
    /// # Errors
    /// [`super::Fault::Stale`] when somebody else changed it since it was read.
    pub async fn save_question(&mut self, question: &mut Question) -> Result<()> {
        let text = if question.version == 0 {
            question.number = self.count_up("question").await?;
            "INSERT INTO questions (id, version, number, shown, audience, title, body, lang, category, tags, products, asker, byline, \
             case_id, accepted, created_at, updated_at, published_at, wordings, answers, votes) \
             VALUES ($1, $2 + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 0, 0)"
        } else {
            "UPDATE questions SET shown = $4, audience = $5, title = $6, body = $7, lang = $8, category = $9, tags = $10, \
             products = $11, asker = $12, byline = $13, case_id = $14, accepted = $15, created_at = $16, updated_at = $17, \
             published_at = $18, wordings = $19, version = version + 1 WHERE id = $1 AND version = $2 AND number = $3"
        };
        if self.run(bind_question(Sql::new(text), question)).await? == 0 {
            return Err(Error::stale("the question"));
        }
        question.version += 1;
        self.changed(Topic::Question, question.id);
        Ok(())
    }
}

impl Read {
    /// A question, in whatever state: ask [`Question::is_seen_by`] before it is shown.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn question(&mut self, id: QuestionId) -> Result<Option<Question>> {
        let sql = Sql::new(concat!(
            "SELECT ",
            question_columns!(),
            " FROM questions WHERE id = $1"
        ));
        self.one(sql.bind(id.to_string()))
            .await?
            .as_ref()
            .map(read_question)
            .transpose()
    }

    /// The question of a number, in whatever state.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn question_by_number(&mut self, number: i64) -> Result<Option<Question>> {
        let sql = Sql::new(concat!(
            "SELECT ",
            question_columns!(),
            " FROM questions WHERE number = $1"
        ));
        self.one(sql.bind(number))
            .await?
            .as_ref()
            .map(read_question)
            .transpose()
    }

    /// At most `limit` (and never more than 200) questions behind the first `offset`.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn questions(
        &mut self,
        filter: &QuestionFilter,
        order: QuestionOrder,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<Question>> {
        let mut sql = Sql::new(concat!(
            "SELECT ",
            question_columns!(),
            " FROM questions WHERE 1 = 1"
        ));
        narrow(&mut sql, filter);
        sql.push(match order {
            QuestionOrder::Newest => " ORDER BY created_at DESC, number DESC",
            QuestionOrder::Helpful => " ORDER BY votes DESC, created_at DESC, number DESC",
            QuestionOrder::Updated => " ORDER BY updated_at DESC, number DESC",
        });
        sql.push(" LIMIT ")
            .push_value(i64::from(limit.clamp(1, MAX_PAGE)));
        sql.push(" OFFSET ").push_value(i64::from(offset));
        self.all(sql).await?.iter().map(read_question).collect()
    }

    /// How many questions pass a filter.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn count_questions(&mut self, filter: &QuestionFilter) -> Result<u32> {
        let mut sql = Sql::new("SELECT COUNT(*) AS n FROM questions WHERE 1 = 1");
        narrow(&mut sql, filter);
        self.one(sql).await?.map_or(Ok(0), |row| row.count("n"))
    }

    /// All published questions behind a number, at most `limit`: for the index, page after page.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn published_after(&mut self, number: i64, limit: u32) -> Result<Vec<Question>> {
        let text = concat!(
            "SELECT ",
            question_columns!(),
            " FROM questions WHERE shown = 'published' AND number > $1 ORDER BY number LIMIT $2"
        );
        self.all(Sql::new(text).bind(number).bind(i64::from(limit)))
            .await?
            .iter()
            .map(read_question)
            .collect()
    }
}

/// A published question, as far as one has to know whether it has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuestionMark {
    /// Its number.
    pub number: i64,
    /// The state of its row.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Read {
    /// The marks of all published questions behind a number, at most `limit`: what the index compares itself with.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn published_marks(&mut self, number: i64, limit: u32) -> Result<Vec<QuestionMark>> {
        let text = "SELECT number, version, updated_at FROM questions WHERE shown = 'published' AND number > $1 \
                    ORDER BY number LIMIT $2";
        let rows = self.all(Sql::new(text).bind(number).bind(i64::from(limit)));
        let mark = |row: &AnyRow| {
            Ok(QuestionMark {
                number: row.int("number")?,
                version: row.int("version")?,
                updated_at: row.time("updated_at")?,
            })
        };
        rows.await?.iter().map(mark).collect()
    }
}

fn narrow(sql: &mut Sql, filter: &QuestionFilter) {
    if let Some(shown) = filter.shown {
        sql.push(" AND shown = ").push_value(shown.as_str());
    }
    if let Some(viewer) = filter.viewer {
        sql.push(" AND audience <= ").push_value(rank(viewer));
    }
    if filter.open {
        sql.push(" AND answers = 0 AND accepted IS NULL");
    }
    if let Some(lang) = filter.lang {
        sql.push(" AND lang = ").push_value(lang.tag());
    }
    if !filter.category.is_empty() {
        let below = format!("{}/", filter.category);
        let chars = i64::try_from(below.chars().count()).unwrap_or(i64::MAX);
        sql.push(" AND (category = ")
            .push_value(filter.category.clone());
        sql.push(" OR SUBSTR(category, 1, CAST(").push_value(chars);
        sql.push(" AS INTEGER)) = ").push_value(below).push(")");
    }
    if filter.to_review {
        sql.push(" AND id IN (SELECT question_id FROM answers WHERE answers.shown = 'waiting')");
    }
}

fn rank(audience: Audience) -> i64 {
    i64::try_from(audience.rank()).unwrap_or(i64::MAX)
}

fn bind_question(sql: Sql, question: &Question) -> Sql {
    sql.bind(question.id.to_string())
        .bind(question.version)
        .bind(question.number)
        .bind(question.shown.as_str())
        .bind(rank(question.audience))
        .bind(question.title.as_str())
        .bind(question.text.as_str())
        .bind(question.lang.tag())
        .bind(question.category.as_str())
        .bind(list(&question.tags))
        .bind(list(&question.products))
        .bind(question.asker.map(|id| id.to_string()))
        .bind(question.byline.as_str())
        .bind(question.case.map(|id| id.to_string()))
        .bind(question.accepted.map(|id| id.to_string()))
        .bind(ms(question.created_at))
        .bind(ms(question.updated_at))
        .bind(ms_or_none(question.published_at))
        .bind(list(&question.wordings))
}

fn read_question(row: &AnyRow) -> Result<Question> {
    let audience = u8::try_from(row.int("audience")?).map_err(Error::row)?;
    Ok(Question {
        id: row.read("id", QuestionId::parse)?,
        number: row.int("number")?,
        shown: row.read("shown", Shown::parse)?,
        audience: Audience::from_rank(audience),
        title: row.text("title")?,
        text: row.text("body")?,
        lang: row.read("lang", lang)?,
        category: row.text("category")?,
        tags: parse_list(&row.text("tags")?, as_is)?,
        products: parse_list(&row.text("products")?, as_is)?,
        asker: row.read_or_none("asker", PersonId::parse)?,
        byline: row.text("byline")?,
        case: row.read_or_none("case_id", CaseId::parse)?,
        accepted: row.read_or_none("accepted", AnswerId::parse)?,
        answers: row.count("answers")?,
        votes: row.int("votes")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        published_at: row.time_or_none("published_at")?,
        version: row.int("version")?,
        wordings: parse_list(&row.text("wordings")?, as_is)?,
    })
}
