//! How is a case kept? Its record, refused when somebody else was quicker, and its timeline without gaps.

use super::case_rows::{CASE_COLUMNS, read_case, tags_of};
use super::changes::Topic;
use super::error::{Error, Result};
use super::event_rows::{event_body, read_event};
use super::open::Backend;
use super::sql::{Sql, ms, ms_or_none};
use super::tx::{Read, Tx};
use crate::model::case::{Actor, Case, CaseNumber, Event, Reach, What};
use crate::model::{CaseId, PersonId};
use jiff::Timestamp;
use jiff::civil::Date;

/// The most events of a timeline that are read at once.
const MAX_EVENTS: i64 = 2_000;

/// When nothing is due: later than everything.
pub(super) const NEVER: i64 = i64::MAX;

/// Something that happened, before it has its place in a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// Who sees it.
    pub reach: Reach,
    /// What.
    pub what: What,
}

impl NewEvent {
    /// Something that happened, seen by whom such things are usually seen.
    pub fn new(by: Actor, what: What, at: Timestamp) -> Self {
        let reach = what.usual_reach();
        Self {
            at,
            by,
            reach,
            what,
        }
    }
}

impl Tx {
    /// The next case number of the month of `day`, without gaps. `prefix` is one that [`CaseNumber::is_prefix`] accepts.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn next_case_number(&mut self, prefix: &str, day: Date) -> Result<CaseNumber> {
        let count = self
            .count_up(&format!("case/{prefix}/{}", CaseNumber::month(day)))
            .await?;
        Ok(CaseNumber::compose(prefix, day, count))
    }

    /// Keeps a case with what happened to it: a new one when its `version` is 0. Its `version` and `events` move on. The first of
    /// the new events gets the `seq` `case.events + 1`, the others follow.
    ///
    /// # Errors
    /// [`super::Fault::Stale`] when somebody else changed it since it was read; [`super::Fault::Constraint`] when its number is
    /// taken or its requester unknown.
    pub async fn save_case(&mut self, case: &mut Case, events: Vec<NewEvent>) -> Result<()> {
        let first = case.events + 1;
        let count = i64::try_from(events.len()).unwrap_or_default();
        if case.version == 0 {
            self.insert_case(case, case.events + count).await?;
        } else {
            self.update_case(case, case.events + count).await?;
        }
        case.version += 1;
        case.events += count;
        for (seq, event) in (first..).zip(events) {
            self.insert_event(case.id, seq, event).await?;
        }
        self.changed(Topic::Case, case.id);
        Ok(())
    }

    async fn insert_case(&mut self, case: &Case, events: i64) -> Result<()> {
        let doc = self.count_up("case").await?;
        let text = concat!(
            "INSERT INTO cases (id, doc, number, state, priority, kind, subject, person_id, lang, product, category, tags, ",
            "group_name, assignee, escalations, visit_id, opened_at, updated_at, answered_at, solved_at, closed_at, ",
            "first_answer_due, solution_due, due_at, follow_up_at, rating, question_id, merged_into, events, version) ",
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, ",
            "$23, $24, $25, $26, $27, $28, $29, 1)"
        );
        let sql = Sql::new(text)
            .bind(case.id.to_string())
            .bind(doc)
            .bind(case.number.to_string());
        self.run(bind_case(sql, case, events)).await?;
        self.insert_tags(case).await
    }

    async fn update_case(&mut self, case: &Case, events: i64) -> Result<()> {
        let before = self
            .one(Sql::new("SELECT tags FROM cases WHERE id = $1").bind(case.id.to_string()))
            .await?;
        let text = concat!(
            "UPDATE cases SET state = $4, priority = $5, kind = $6, subject = $7, person_id = $8, lang = $9, product = $10, ",
            "category = $11, tags = $12, group_name = $13, assignee = $14, escalations = $15, visit_id = $16, opened_at = $17, ",
            "updated_at = $18, answered_at = $19, solved_at = $20, closed_at = $21, first_answer_due = $22, solution_due = $23, ",
            "due_at = $24, follow_up_at = $25, rating = $26, question_id = $27, merged_into = $28, events = $29, version = version + 1 ",
            "WHERE id = $1 AND version = $2 AND number = $3"
        );
        let sql = Sql::new(text)
            .bind(case.id.to_string())
            .bind(case.version)
            .bind(case.number.to_string());
        if self.run(bind_case(sql, case, events)).await? == 0 {
            return Err(Error::stale("the case"));
        }
        let tags_before = before.map(|row| tags_of(&row)).transpose()?;
        if tags_before.as_ref() != Some(&case.tags) {
            self.run(
                Sql::new("DELETE FROM case_tags WHERE case_id = $1").bind(case.id.to_string()),
            )
            .await?;
            self.insert_tags(case).await?;
        }
        Ok(())
    }

    async fn insert_tags(&mut self, case: &Case) -> Result<()> {
        for tag in &case.tags {
            let sql = Sql::new(
                "INSERT INTO case_tags (tag, case_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            );
            self.run(sql.bind(tag.to_string()).bind(case.id.to_string()))
                .await?;
        }
        Ok(())
    }

    async fn insert_event(&mut self, case: CaseId, seq: i64, event: NewEvent) -> Result<()> {
        let text = "INSERT INTO events (case_id, seq, at, role, account_id, name, reach, kind, body) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let sql = Sql::new(text)
            .bind(case.to_string())
            .bind(seq)
            .bind(ms(event.at))
            .bind(event.by.role.as_str())
            .bind(event.by.account.map(|id| id.to_string()))
            .bind(event.by.name.as_str())
            .bind(event.reach.as_str())
            .bind(event.what.name())
            .bind(event_body(&event.what));
        self.run(sql).await.map(drop)
    }

    /// A case that nobody else can change until this transaction ends.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn case_for_update(&mut self, id: CaseId) -> Result<Option<Case>> {
        let mut sql = Sql::new(concat!(
            "SELECT ",
            CASE_COLUMNS!(),
            " FROM cases WHERE id = $1"
        ))
        .bind(id.to_string());
        if self.backend == Backend::Postgres {
            sql.push(" FOR UPDATE");
        }
        self.one(sql).await?.map(|row| read_case(&row)).transpose()
    }
}

impl Read {
    /// A case.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn case(&mut self, id: CaseId) -> Result<Option<Case>> {
        let sql = Sql::new(concat!(
            "SELECT ",
            CASE_COLUMNS!(),
            " FROM cases WHERE id = $1"
        ));
        self.one(sql.bind(id.to_string()))
            .await?
            .map(|row| read_case(&row))
            .transpose()
    }

    /// The case of a number.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn case_by_number(&mut self, number: &CaseNumber) -> Result<Option<Case>> {
        let sql = Sql::new(concat!(
            "SELECT ",
            CASE_COLUMNS!(),
            " FROM cases WHERE number = $1"
        ));
        self.one(sql.bind(number.to_string()))
            .await?
            .map(|row| read_case(&row))
            .transpose()
    }

    /// The latest cases of a person, at most `limit`.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn cases_of(&mut self, person: PersonId, limit: u32) -> Result<Vec<Case>> {
        let text = concat!(
            "SELECT ",
            CASE_COLUMNS!(),
            " FROM cases WHERE person_id = $1 ORDER BY opened_at DESC, id LIMIT $2"
        );
        let rows = self
            .all(
                Sql::new(text)
                    .bind(person.to_string())
                    .bind(i64::from(limit)),
            )
            .await?;
        rows.iter().map(read_case).collect()
    }

    /// The timeline of a case behind the event `after` (0 for all), of what is seen at `reach`: a requester sees
    /// [`Reach::Public`] events alone, the desk ([`Reach::Internal`]) all. At most 2,000 events.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn events(&mut self, case: CaseId, after: i64, reach: Reach) -> Result<Vec<Event>> {
        let mut sql = Sql::new("SELECT seq, at, role, account_id, name, reach, kind, body FROM events WHERE case_id = $1 AND seq > $2")
            .bind(case.to_string())
            .bind(after);
        if reach == Reach::Public {
            sql.push(" AND reach = 'public'");
        }
        sql.push(" ORDER BY seq LIMIT ").push_value(MAX_EVENTS);
        self.all(sql).await?.iter().map(read_event).collect()
    }
}

/// Binds `$4` to `$29`.
fn bind_case(sql: Sql, case: &Case, events: i64) -> Sql {
    let id = |id: Option<String>| id;
    sql.bind(case.state.as_str())
        .bind(case.priority.as_str())
        .bind(case.kind.as_str())
        .bind(case.subject.as_str())
        .bind(case.requester.to_string())
        .bind(case.lang.tag())
        .bind(id(case.product.as_ref().map(ToString::to_string)))
        .bind(case.category.as_str())
        .bind(super::sql::list(&case.tags))
        .bind(case.group.to_string())
        .bind(id(case.assignee.map(|a| a.to_string())))
        .bind(i64::from(case.escalations))
        .bind(id(case.visit.map(|v| v.to_string())))
        .bind(ms(case.opened_at))
        .bind(ms(case.updated_at))
        .bind(ms_or_none(case.answered_at))
        .bind(ms_or_none(case.solved_at))
        .bind(ms_or_none(case.closed_at))
        .bind(ms_or_none(case.due.first_answer))
        .bind(ms_or_none(case.due.solution))
        .bind(case.due_at().map_or(NEVER, ms))
        .bind(ms_or_none(case.follow_up_at))
        .bind(case.rating.map(|rating| i64::from(rating.stars())))
        .bind(id(case.question.map(|q| q.to_string())))
        .bind(id(case.merged_into.map(|c| c.to_string())))
        .bind(events)
}
