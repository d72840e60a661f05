//! Who has asked? One row a mail address.

use super::case_rows::lang;
use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::{Email, Lang, Person, PersonId, PersonName, Tier};
use jiff::Timestamp;
use sqlx::any::AnyRow;
use std::collections::BTreeSet;

/// The most people that one question asks for.
const MAX_PEOPLE: usize = 400;

impl Tx {
    /// The person of a mail address, made if it is new. A name or language that is given now replaces the one from before.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn person_for(
        &mut self,
        email: &Email,
        name: Option<&PersonName>,
        lang: Lang,
        now: Timestamp,
    ) -> Result<Person> {
        let text = "INSERT INTO people (id, email, email_key, name, lang, tier, blocked, created_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, 0, $7) \
                    ON CONFLICT (email_key) DO UPDATE SET name = COALESCE(excluded.name, people.name), lang = excluded.lang \
                    RETURNING id, email, name, lang, tier, blocked, created_at";
        let sql = Sql::new(text)
            .bind(PersonId::generate(now).to_string())
            .bind(email.as_str())
            .bind(email.key())
            .bind(name.map(|name| name.as_str().to_owned()))
            .bind(lang.tag())
            .bind(Tier::default().as_str())
            .bind(ms(now));
        let row = self.one(sql).await?;
        row.as_ref().map_or_else(
            || Err(super::Error::row("nobody after somebody was noted")),
            read_person,
        )
    }

    /// Changes what is known of a person; the address stays. `false`: there is nobody with this id.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn save_person(&mut self, person: &Person) -> Result<bool> {
        let sql = Sql::new(
            "UPDATE people SET name = $2, lang = $3, tier = $4, blocked = $5 WHERE id = $1",
        )
        .bind(person.id.to_string())
        .bind(person.name.as_ref().map(ToString::to_string))
        .bind(person.lang.tag())
        .bind(person.tier.as_str())
        .bind(i64::from(person.blocked));
        Ok(self.run(sql).await? > 0)
    }
}

impl Read {
    /// A person.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn person(&mut self, id: PersonId) -> Result<Option<Person>> {
        let sql = Sql::new(
            "SELECT id, email, name, lang, tier, blocked, created_at FROM people WHERE id = $1",
        );
        self.one(sql.bind(id.to_string()))
            .await?
            .as_ref()
            .map(read_person)
            .transpose()
    }

    /// The people of these ids, in no order, with one question however many they are; at most 400.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn people(&mut self, ids: BTreeSet<PersonId>) -> Result<Vec<Person>> {
        let text =
            "SELECT id, email, name, lang, tier, blocked, created_at FROM people WHERE id IN ";
        let mut sql = Sql::new(text);
        sql.push_list(ids.iter().take(MAX_PEOPLE).map(ToString::to_string));
        self.all(sql).await?.iter().map(read_person).collect()
    }

    /// The person of a mail address, in upper or lower case.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn person_by_email(&mut self, email: &Email) -> Result<Option<Person>> {
        let sql = Sql::new(
            "SELECT id, email, name, lang, tier, blocked, created_at FROM people WHERE email_key = $1",
        );
        self.one(sql.bind(email.key()))
            .await?
            .as_ref()
            .map(read_person)
            .transpose()
    }
}

pub(super) fn read_person(row: &AnyRow) -> Result<Person> {
    Ok(Person {
        id: row.read("id", PersonId::parse)?,
        email: row.read("email", Email::parse)?,
        name: row.read_or_none("name", PersonName::parse)?,
        lang: row.read("lang", lang)?,
        tier: row.read("tier", Tier::parse)?,
        created_at: row.time("created_at")?,
        blocked: row.flag("blocked")?,
    })
}
