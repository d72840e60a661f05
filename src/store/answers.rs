//! What was answered in public? Answers of the desk and of customers; how many are shown is counted with their question.

use super::changes::Topic;
use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::question::{Answer, Author, Shown};
use crate::model::{AccountId, AnswerId, PersonId, QuestionId};
use sqlx::any::AnyRow;

macro_rules! answer_columns {
    () => {
        "id, question_id, shown, account_id, person_id, byline, body, votes, created_at, updated_at"
    };
}

impl Tx {
    /// Keeps an answer, new or changed, and counts the answers of its question anew. Votes are kept by [`Tx::vote`] alone.
    ///
    /// # Errors
    /// [`super::Fault::Constraint`] when there is no such question.
    pub async fn save_answer(&mut self, answer: &Answer) -> Result<()> {
        let (account, person) = match answer.author {
            Author::Staff(account) => (Some(account.to_string()), None),
            Author::Customer(person) => (None, person.map(|id| id.to_string())),
        };
        let text = "INSERT INTO answers (id, question_id, shown, account_id, person_id, byline, body, votes, created_at, updated_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9) ON CONFLICT (id) DO UPDATE SET shown = excluded.shown, \
                    byline = excluded.byline, body = excluded.body, updated_at = excluded.updated_at";
        let sql = Sql::new(text)
            .bind(answer.id.to_string())
            .bind(answer.question.to_string())
            .bind(answer.shown.as_str())
            .bind(account)
            .bind(person)
            .bind(answer.byline.as_str())
            .bind(answer.text.as_str())
            .bind(ms(answer.created_at))
            .bind(ms(answer.updated_at));
        self.run(sql).await?;
        let text = "UPDATE questions SET updated_at = $2, version = version + 1, answers = \
                    (SELECT COUNT(*) FROM answers WHERE question_id = $1 AND shown = 'published') WHERE id = $1";
        let sql = Sql::new(text)
            .bind(answer.question.to_string())
            .bind(ms(answer.updated_at));
        self.run(sql).await?;
        self.changed(Topic::Question, answer.question);
        Ok(())
    }
}

impl Read {
    /// An answer, in whatever state.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn answer(&mut self, id: AnswerId) -> Result<Option<Answer>> {
        let sql = Sql::new(concat!(
            "SELECT ",
            answer_columns!(),
            " FROM answers WHERE id = $1"
        ));
        self.one(sql.bind(id.to_string()))
            .await?
            .as_ref()
            .map(read_answer)
            .transpose()
    }

    /// The answers of a question, of one state if that is given: the most helpful first, then the earliest. At most 200.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn answers(
        &mut self,
        question: QuestionId,
        shown: Option<Shown>,
    ) -> Result<Vec<Answer>> {
        let mut sql = Sql::new(concat!(
            "SELECT ",
            answer_columns!(),
            " FROM answers WHERE question_id = $1"
        ))
        .bind(question.to_string());
        if let Some(shown) = shown {
            sql.push(" AND shown = ").push_value(shown.as_str());
        }
        sql.push(" ORDER BY votes DESC, created_at, id LIMIT 200");
        self.all(sql).await?.iter().map(read_answer).collect()
    }

    /// The answers that wait for review, the earliest first.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn answers_to_review(&mut self, limit: u32) -> Result<Vec<Answer>> {
        let text = concat!(
            "SELECT ",
            answer_columns!(),
            " FROM answers WHERE shown = 'waiting' ORDER BY created_at, id LIMIT $1"
        );
        self.all(Sql::new(text).bind(i64::from(limit)))
            .await?
            .iter()
            .map(read_answer)
            .collect()
    }
}

fn read_answer(row: &AnyRow) -> Result<Answer> {
    let account = row.read_or_none("account_id", AccountId::parse)?;
    let person = row.read_or_none("person_id", PersonId::parse)?;
    Ok(Answer {
        id: row.read("id", AnswerId::parse)?,
        question: row.read("question_id", QuestionId::parse)?,
        shown: row.read("shown", Shown::parse)?,
        author: account.map_or(Author::Customer(person), Author::Staff),
        byline: row.text("byline")?,
        text: row.text("body")?,
        votes: row.int("votes")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
