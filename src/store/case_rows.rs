//! What does a row of cases say? The way back from columns to the model.

use super::error::{Error, Result};
use super::sql::{Columns, parse_list};
use crate::model::case::{Case, CaseNumber, Due, Kind, Priority, Rating, State};
use crate::model::{AccountId, CaseId, Lang, PersonId, QuestionId, Slug, VisitId};
use sqlx::any::AnyRow;

/// The columns that [`read_case`] needs.
macro_rules! columns_of_cases {
    () => {
        "cases.id, cases.number, cases.state, cases.priority, cases.kind, cases.subject, cases.person_id, cases.lang, \
         cases.product, cases.category, cases.tags, cases.group_name, cases.assignee, cases.escalations, cases.visit_id, \
         cases.opened_at, cases.updated_at, cases.answered_at, cases.solved_at, cases.closed_at, cases.first_answer_due, \
         cases.solution_due, cases.due_at, cases.follow_up_at, cases.rating, cases.question_id, cases.merged_into, \
         cases.events, cases.version"
    };
}
pub(super) use columns_of_cases as CASE_COLUMNS;

/// Reads a case.
pub(super) fn read_case(row: &AnyRow) -> Result<Case> {
    Ok(Case {
        id: row.read("id", CaseId::parse)?,
        number: row.read("number", CaseNumber::parse)?,
        state: row.read("state", State::parse)?,
        priority: row.read("priority", Priority::parse)?,
        kind: row.read("kind", Kind::parse)?,
        subject: row.text("subject")?,
        requester: row.read("person_id", PersonId::parse)?,
        lang: row.read("lang", lang)?,
        product: row.read_or_none("product", Slug::parse)?,
        category: row.text("category")?,
        tags: tags_of(row)?,
        group: row.read("group_name", Slug::parse)?,
        assignee: row.read_or_none("assignee", AccountId::parse)?,
        escalations: row.count("escalations")?,
        visit: row.read_or_none("visit_id", VisitId::parse)?,
        opened_at: row.time("opened_at")?,
        updated_at: row.time("updated_at")?,
        answered_at: row.time_or_none("answered_at")?,
        solved_at: row.time_or_none("solved_at")?,
        closed_at: row.time_or_none("closed_at")?,
        due: Due {
            first_answer: row.time_or_none("first_answer_due")?,
            solution: row.time_or_none("solution_due")?,
        },
        follow_up_at: row.time_or_none("follow_up_at")?,
        rating: row.int_or_none("rating")?.map(rating).transpose()?,
        question: row.read_or_none("question_id", QuestionId::parse)?,
        merged_into: row.read_or_none("merged_into", CaseId::parse)?,
        events: row.int("events")?,
        version: row.int("version")?,
    })
}

/// The labels of a case.
pub(super) fn tags_of(row: &AnyRow) -> Result<Vec<Slug>> {
    parse_list(&row.text("tags")?, Slug::parse)
}

/// Reads a language.
pub(super) fn lang(tag: &str) -> Result<Lang> {
    Lang::parse(tag).ok_or_else(|| Error::row(format!("no language: {tag}")))
}

/// Reads a number of stars.
pub(super) fn rating(stars: i64) -> Result<Rating> {
    let stars = u8::try_from(stars).unwrap_or_default();
    Rating::new(stars).map_err(Error::row)
}
