//! Which answers are kept for further use?

use super::case_rows::lang;
use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::account::Canned;
use crate::model::{CannedId, Slug};

impl Tx {
    /// Keeps a canned answer, new or changed.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn save_canned(&mut self, canned: &Canned) -> Result<()> {
        let text = "INSERT INTO canned (id, title, body, lang, group_name, updated_at) VALUES ($1, $2, $3, $4, $5, $6) \
                    ON CONFLICT (id) DO UPDATE SET title = excluded.title, body = excluded.body, lang = excluded.lang, \
                    group_name = excluded.group_name, updated_at = excluded.updated_at";
        let sql = Sql::new(text)
            .bind(canned.id.to_string())
            .bind(canned.title.as_str())
            .bind(canned.text.as_str())
            .bind(canned.lang.tag())
            .bind(canned.group.as_ref().map(ToString::to_string))
            .bind(ms(canned.updated_at));
        self.run(sql).await.map(drop)
    }

    /// Removes a canned answer. `false`: there was none.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_canned(&mut self, id: CannedId) -> Result<bool> {
        Ok(self
            .run(Sql::new("DELETE FROM canned WHERE id = $1").bind(id.to_string()))
            .await?
            > 0)
    }
}

impl Read {
    /// All canned answers by title; at most 1,000.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn canned(&mut self) -> Result<Vec<Canned>> {
        let sql = Sql::new(
            "SELECT id, title, body, lang, group_name, updated_at FROM canned ORDER BY title, id LIMIT 1000",
        );
        let rows = self.all(sql).await?;
        let read = rows.iter().map(|row| {
            Ok(Canned {
                id: row.read("id", CannedId::parse)?,
                title: row.text("title")?,
                text: row.text("body")?,
                lang: row.read("lang", lang)?,
                group: row.read_or_none("group_name", Slug::parse)?,
                updated_at: row.time("updated_at")?,
            })
        });
        read.collect()
    }
}
