//! Who found what helpful? One vote a voter and subject; a second one replaces the first.

use super::changes::Topic;
use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::QuestionId;
use crate::model::question::{Subject, Vote};

impl Tx {
    /// Counts a vote; the same voter's earlier vote on the same subject is replaced. `false`: it was the same, and nothing changed.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn vote(&mut self, vote: &Vote) -> Result<bool> {
        let text = "INSERT INTO votes (subject, voter, helpful, at) VALUES ($1, $2, $3, $4) ON CONFLICT (subject, voter) \
                    DO UPDATE SET helpful = excluded.helpful, at = excluded.at WHERE votes.helpful <> excluded.helpful";
        let sql = Sql::new(text)
            .bind(key(&vote.subject))
            .bind(vote.voter.as_str())
            .bind(i64::from(vote.helpful))
            .bind(ms(vote.at));
        if self.run(sql).await? == 0 {
            return Ok(false);
        }
        self.recount(&vote.subject).await?;
        Ok(true)
    }

    /// Takes a vote back. `false`: there was none.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn unvote(&mut self, subject: &Subject, voter: &str) -> Result<bool> {
        let sql = Sql::new("DELETE FROM votes WHERE subject = $1 AND voter = $2")
            .bind(key(subject))
            .bind(voter);
        if self.run(sql).await? == 0 {
            return Ok(false);
        }
        self.recount(subject).await?;
        Ok(true)
    }

    async fn recount(&mut self, subject: &Subject) -> Result<()> {
        let (text, id) = match subject {
            Subject::Question(id) => {
                self.changed(Topic::Question, id);
                (
                    "UPDATE questions SET votes = (SELECT COALESCE(SUM(helpful * 2 - 1), 0) FROM votes WHERE subject = $2) WHERE id = $1",
                    id.to_string(),
                )
            }
            Subject::Answer(id) => {
                let of = self
                    .one(
                        Sql::new("SELECT question_id FROM answers WHERE id = $1")
                            .bind(id.to_string()),
                    )
                    .await?;
                if let Some(row) = of {
                    let question = row.read("question_id", QuestionId::parse)?;
                    self.changed(Topic::Question, question);
                }
                (
                    "UPDATE answers SET votes = (SELECT COALESCE(SUM(helpful * 2 - 1), 0) FROM votes WHERE subject = $2) WHERE id = $1",
                    id.to_string(),
                )
            }
            Subject::Article(_) => return Ok(()),
        };
        self.run(Sql::new(text).bind(id).bind(key(subject)))
            .await
            .map(drop)
    }
}

impl Read {
    /// How many found a subject helpful, and how many did not.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn votes(&mut self, subject: &Subject) -> Result<(u32, u32)> {
        let text = "SELECT CAST(COALESCE(SUM(helpful), 0) AS BIGINT) AS yes, COUNT(*) AS n FROM votes WHERE subject = $1";
        let row = self.one(Sql::new(text).bind(key(subject))).await?;
        let Some(row) = row else { return Ok((0, 0)) };
        let (yes, all) = (row.count("yes")?, row.count("n")?);
        Ok((yes, all.saturating_sub(yes)))
    }

    /// What a voter said of a subject.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn vote_of(&mut self, subject: &Subject, voter: &str) -> Result<Option<bool>> {
        let sql = Sql::new("SELECT helpful FROM votes WHERE subject = $1 AND voter = $2");
        let row = self.one(sql.bind(key(subject)).bind(voter)).await?;
        row.map(|row| row.flag("helpful")).transpose()
    }
}

fn key(subject: &Subject) -> String {
    match subject {
        Subject::Question(id) => format!("question:{id}"),
        Subject::Answer(id) => format!("answer:{id}"),
        Subject::Article(id) => format!("article:{id}"),
    }
}
