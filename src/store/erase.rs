//! How is somebody taken out of what was written? Rows that are his go; of cases only what says who he was.

use super::error::Result;
use super::event_rows::event_body;
use super::open::{Backend, Store};
use super::people::read_person;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::case::Event;
use crate::model::{AnswerId, CaseId, Email, Person, PersonId, QuestionId, Tier, VisitId};
use jiff::Timestamp;

impl Store {
    /// Begins a transaction that may take long, as one that goes through all cases of somebody.
    ///
    /// # Errors
    /// As for [`Store::begin`].
    pub async fn begin_patiently(&self) -> Result<Tx> {
        self.begin_long().await
    }

    /// Takes what was overwritten out of the file and its log, as far as the database can: SQLite overwrites what is deleted, and
    /// here its log is emptied. What PostgreSQL keeps of old rows goes with its own vacuum.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn wipe(&self) -> Result<()> {
        match self.inner.backend {
            Backend::Sqlite => self.checkpoint().await,
            Backend::Postgres => Ok(()),
        }
    }
}

impl Tx {
    /// Takes the name and the address of a person away; what he wrote is then `stand_in`'s, to whom nothing is sent.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn anonymise_person(&mut self, id: PersonId, stand_in: &Email) -> Result<()> {
        let text = "UPDATE people SET email = $2, email_key = $3, name = NULL, tier = $4, blocked = 1 WHERE id = $1";
        let sql = Sql::new(text)
            .bind(id.to_string())
            .bind(stand_in.as_str())
            .bind(stand_in.key())
            .bind(Tier::default().as_str());
        self.run(sql).await.map(drop)
    }

    /// Writes an event anew in its place.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn replace_event(&mut self, case: CaseId, event: &Event) -> Result<()> {
        let sql =
            Sql::new("UPDATE events SET name = $3, body = $4 WHERE case_id = $1 AND seq = $2")
                .bind(case.to_string())
                .bind(event.seq)
                .bind(event.by.name.as_str())
                .bind(event_body(&event.what));
        self.run(sql).await.map(drop)
    }

    /// Removes the files of a case. Returns how many there were.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_attachments(&mut self, case: CaseId) -> Result<u64> {
        let bytes = "DELETE FROM attachment_bytes WHERE attachment_id IN (SELECT id FROM attachments WHERE case_id = $1)";
        self.run(Sql::new(bytes).bind(case.to_string())).await?;
        let records = Sql::new("DELETE FROM attachments WHERE case_id = $1");
        self.run(records.bind(case.to_string())).await
    }

    /// Removes the visits that belong to a case. Returns how many there were.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_visits(&mut self, case: CaseId, visit: Option<VisitId>) -> Result<u64> {
        let sql = Sql::new("DELETE FROM visits WHERE case_id = $1 OR id = $2")
            .bind(case.to_string())
            .bind(visit.map(|id| id.to_string()).unwrap_or_default());
        self.run(sql).await
    }

    /// Removes what is written and not sent in a case, who is looking at it, and the keys of requests that opened it.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_traces(&mut self, case: CaseId) -> Result<()> {
        for text in [
            "DELETE FROM drafts WHERE case_id = $1",
            "DELETE FROM presence WHERE case_id = $1",
            "DELETE FROM idempotency WHERE response = $1",
        ] {
            self.run(Sql::new(text).bind(case.to_string())).await?;
        }
        Ok(())
    }

    /// Removes all that was or is to be sent about a case. Returns how much.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_letters(&mut self, case: CaseId) -> Result<u64> {
        let sql = Sql::new("DELETE FROM outbox WHERE case_id = $1").bind(case.to_string());
        self.run(sql).await
    }

    /// Removes all that was or is to be sent and names this address anywhere. Returns how much.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_letters_naming(&mut self, email: &Email) -> Result<u64> {
        // Not LIKE: an address may have what is a pattern there.
        let text = "DELETE FROM outbox WHERE REPLACE(LOWER(payload), $1, '') <> LOWER(payload) \
                    OR REPLACE(LOWER(dedup), $1, '') <> LOWER(dedup) OR REPLACE(LOWER(lane), $1, '') <> LOWER(lane)";
        self.run_long(Sql::new(text).bind(email.key())).await
    }

    /// Ends the sessions of a customer, and takes his codes away, by his person or his address. Returns how many sessions.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_customer(&mut self, email: &Email) -> Result<u64> {
        let codes = Sql::new("DELETE FROM sign_in_codes WHERE LOWER(email) = $1");
        self.run(codes.bind(email.key())).await?;
        let text = "DELETE FROM customer_sessions WHERE LOWER(email) = $1 \
                    OR person_id = (SELECT id FROM people WHERE email_key = $1)";
        self.run(Sql::new(text).bind(email.key())).await
    }

    /// Takes away the points of a person. Returns how many entries there were.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_points(&mut self, person: PersonId) -> Result<u64> {
        let sql = Sql::new("DELETE FROM ledger WHERE holder = $1");
        self.run(sql.bind(format!("person:{person}"))).await
    }

    /// Writes an answer's byline and text anew, with nobody as its author.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn disown_answer(&mut self, id: AnswerId, text: &str) -> Result<()> {
        let sql =
            Sql::new("UPDATE answers SET person_id = NULL, byline = '', body = $2 WHERE id = $1")
                .bind(id.to_string())
                .bind(text);
        self.run(sql).await.map(drop)
    }

    /// Removes people of whom nothing is left: no case, question, answer or points, and who first came before an instant.
    /// Returns how many.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_idle_people(&mut self, before: Timestamp) -> Result<u64> {
        let text = "DELETE FROM people WHERE created_at <= $1 AND blocked = 0 \
                    AND NOT EXISTS (SELECT 1 FROM cases WHERE person_id = people.id) \
                    AND NOT EXISTS (SELECT 1 FROM questions WHERE asker = people.id) \
                    AND NOT EXISTS (SELECT 1 FROM answers WHERE answers.person_id = people.id) \
                    AND NOT EXISTS (SELECT 1 FROM ledger WHERE holder = 'person:' || people.id)";
        self.run_long(Sql::new(text).bind(ms(before))).await
    }
}

impl Read {
    /// Since when and until when a customer is signed in, by his address; the latest first.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn sessions_of_customer(
        &mut self,
        email: &Email,
    ) -> Result<Vec<(Timestamp, Timestamp)>> {
        let text = "SELECT created_at, expires_at FROM customer_sessions WHERE LOWER(email) = $1 ORDER BY created_at DESC";
        let rows = self.all(Sql::new(text).bind(email.key())).await?;
        rows.iter()
            .map(|row| Ok((row.time("created_at")?, row.time("expires_at")?)))
            .collect()
    }

    /// All cases of a person, the earliest first.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn all_cases_of(&mut self, person: PersonId) -> Result<Vec<CaseId>> {
        let sql = Sql::new("SELECT id FROM cases WHERE person_id = $1 ORDER BY opened_at, id");
        let rows = self.all(sql.bind(person.to_string())).await?;
        rows.iter()
            .map(|row| row.read("id", CaseId::parse))
            .collect()
    }

    /// Cases that were closed before an instant and still say who asked, the earliest first; at most `limit`. `stand_ins` is how
    /// addresses of nobody end.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn cases_to_anonymise(
        &mut self,
        before: Timestamp,
        stand_ins: &str,
        limit: u32,
    ) -> Result<Vec<CaseId>> {
        let text = "SELECT cases.id AS id FROM cases JOIN people ON people.id = person_id WHERE state IN ('closed', 'merged') \
                    AND closed_at <= $1 AND people.email_key NOT LIKE $2 ORDER BY closed_at, cases.id LIMIT $3";
        let sql = Sql::new(text)
            .bind(ms(before))
            .bind(format!("%{stand_ins}"))
            .bind(i64::from(limit));
        let rows = self.all(sql).await?;
        rows.iter()
            .map(|row| row.read("id", CaseId::parse))
            .collect()
    }

    /// The questions that a person asked in public.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn questions_of(&mut self, person: PersonId) -> Result<Vec<QuestionId>> {
        let sql = Sql::new("SELECT id FROM questions WHERE asker = $1 ORDER BY number");
        let rows = self.all(sql.bind(person.to_string())).await?;
        rows.iter()
            .map(|row| row.read("id", QuestionId::parse))
            .collect()
    }

    /// The answers that a person gave in public.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn answers_of(&mut self, person: PersonId) -> Result<Vec<AnswerId>> {
        let sql = Sql::new("SELECT id FROM answers WHERE person_id = $1 ORDER BY created_at, id");
        let rows = self.all(sql.bind(person.to_string())).await?;
        rows.iter()
            .map(|row| row.read("id", AnswerId::parse))
            .collect()
    }

    /// People behind an id, in the order of ids, at most `limit`.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn people_after(&mut self, id: Option<PersonId>, limit: u32) -> Result<Vec<Person>> {
        let text = "SELECT id, email, name, lang, tier, blocked, created_at FROM people WHERE id > $1 ORDER BY id LIMIT $2";
        let sql = Sql::new(text)
            .bind(id.map(|id| id.to_string()).unwrap_or_default())
            .bind(i64::from(limit));
        self.all(sql).await?.iter().map(read_person).collect()
    }
}
