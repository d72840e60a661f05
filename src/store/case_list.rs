//! Which cases wait? Queues of the desk: filtered, ordered, in pages that stay right while cases come and go.

use super::case_rows::{CASE_COLUMNS, read_case};
use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::Read;
use crate::model::case::{Case, Kind, Priority, State};
use crate::model::{AccountId, CaseId, Lang, PersonId, Slug};
use jiff::Timestamp;

/// The most cases of a page.
const MAX_PAGE: u32 = 200;

/// Whose cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// Nobody's.
    Nobody,
    /// Those of an account.
    To(AccountId),
}

/// Which cases; what is empty or `None` lets all pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseFilter {
    /// In one of these states.
    pub states: Vec<State>,
    /// Of one of these groups.
    pub groups: Vec<Slug>,
    /// Given to whom.
    pub assigned: Option<Assigned>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// With this label.
    pub tag: Option<Slug>,
    /// About this product.
    pub product: Option<Slug>,
    /// In this language.
    pub lang: Option<Lang>,
    /// Of this person.
    pub requester: Option<PersonId>,
    /// Opened at or after.
    pub opened_from: Option<Timestamp>,
    /// Opened before.
    pub opened_before: Option<Timestamp>,
    /// With something due before: what is late at that instant.
    pub due_before: Option<Timestamp>,
    /// With a follow-up at or before.
    pub follow_up_by: Option<Timestamp>,
    /// Solved (and not yet closed) at or before.
    pub solved_by: Option<Timestamp>,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaseOrder {
    /// What is due next first; what waits for nobody last.
    #[default]
    Due,
    /// The most urgent first, within that what is due next.
    Priority,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
    /// What changed last first.
    Updated,
}

/// Where a page ended: the next one begins behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    key: i64,
    id: CaseId,
}

impl Cursor {
    /// For an address.
    pub fn as_text(&self) -> String {
        format!("{}.{}", self.key, self.id)
    }

    /// Reads what [`Self::as_text`] wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (key, id) = text.split_once('.')?;
        Some(Self {
            key: key.parse().ok()?,
            id: CaseId::parse(id).ok()?,
        })
    }
}

/// A page of cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasePage {
    /// The cases.
    pub cases: Vec<Case>,
    /// Where the next page begins; `None` when this is the last.
    pub next: Option<Cursor>,
}

/// How many cases of one group are in one state, and given to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueCount {
    /// The group.
    pub group: Slug,
    /// The state.
    pub state: State,
    /// Who has them; `None` for nobody.
    pub assignee: Option<AccountId>,
    /// How many.
    pub count: u32,
}

impl Read {
    /// A page of at most `limit` (and never more than 200) cases behind `after`.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn cases(
        &mut self,
        filter: &CaseFilter,
        order: CaseOrder,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<CasePage> {
        let limit = limit.clamp(1, MAX_PAGE);
        let (key, before, sort) = terms(order);
        let mut sql = Sql::new(concat!("SELECT ", CASE_COLUMNS!(), ", "));
        sql.push(key).push(" AS sort_key FROM cases WHERE 1 = 1");
        narrow(&mut sql, filter);
        if let Some(after) = after {
            sql.push(" AND (")
                .push(key)
                .push(before)
                .push_value(after.key);
            sql.push(" OR ").push(key).push(" = ").push_value(after.key);
            sql.push(" AND cases.id > ")
                .push_value(after.id.to_string())
                .push(")");
        }
        sql.push(" ORDER BY ")
            .push(sort)
            .push(" LIMIT ")
            .push_value(i64::from(limit) + 1);
        let rows = self.all(sql).await?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let shown = rows.iter().take(most);
        let cases: Vec<Case> = shown.map(read_case).collect::<Result<_>>()?;
        let next = match (rows.len() > most, cases.last()) {
            (true, Some(last)) => Some(Cursor {
                key: rows[most - 1].int("sort_key")?,
                id: last.id,
            }),
            _ => None,
        };
        Ok(CasePage { cases, next })
    }

    /// How many cases pass a filter, counted up to `most`.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn count_cases(&mut self, filter: &CaseFilter, most: u32) -> Result<u32> {
        let mut sql = Sql::new("SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM cases WHERE 1 = 1");
        narrow(&mut sql, filter);
        sql.push(" LIMIT ")
            .push_value(i64::from(most))
            .push(") AS found");
        self.one(sql).await?.map_or(Ok(0), |row| row.count("n"))
    }

    /// How many cases each group has that somebody still has to act on, by state and by who has them.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn queue_counts(&mut self) -> Result<Vec<QueueCount>> {
        let text = "SELECT group_name, state, assignee, COUNT(*) AS n FROM cases WHERE state IN ('new', 'open', 'waiting') \
                    GROUP BY group_name, state, assignee ORDER BY group_name, state";
        let rows = self.all(Sql::new(text)).await?;
        let read = rows.iter().map(|row| {
            Ok(QueueCount {
                group: row.read("group_name", Slug::parse)?,
                state: row.read("state", State::parse)?,
                assignee: row.read_or_none("assignee", AccountId::parse)?,
                count: row.count("n")?,
            })
        });
        read.collect()
    }
}

/// The key of an order, how a later row compares with an earlier one, and the order as SQL. Each has its index.
fn terms(order: CaseOrder) -> (&'static str, &'static str, &'static str) {
    match order {
        CaseOrder::Due => ("cases.due_at", " > ", "cases.due_at, cases.id"),
        CaseOrder::Priority => (URGENCY, " > ", URGENCY_ORDER),
        CaseOrder::Newest => ("cases.opened_at", " < ", "cases.opened_at DESC, cases.id"),
        CaseOrder::Oldest => ("cases.opened_at", " > ", "cases.opened_at, cases.id"),
        CaseOrder::Updated => ("cases.updated_at", " < ", "cases.updated_at DESC, cases.id"),
    }
}

/// Priority and due time in one number: times of the next thousands of years stay below 10^15, what is never due is just below
/// the next priority.
const URGENCY: &str = "(CASE cases.priority WHEN 'P1' THEN 1 WHEN 'P2' THEN 2 WHEN 'P3' THEN 3 ELSE 4 END * 1000000000000000 \
                       + CASE WHEN cases.due_at > 999999999999999 THEN 999999999999999 ELSE cases.due_at END)";
const URGENCY_ORDER: &str = "(CASE cases.priority WHEN 'P1' THEN 1 WHEN 'P2' THEN 2 WHEN 'P3' THEN 3 ELSE 4 END * 1000000000000000 \
                             + CASE WHEN cases.due_at > 999999999999999 THEN 999999999999999 ELSE cases.due_at END), cases.id";

/// Adds ` AND …` for each part of a filter.
pub(super) fn narrow(sql: &mut Sql, filter: &CaseFilter) {
    if !filter.states.is_empty() {
        sql.push(" AND cases.state IN ")
            .push_list(filter.states.iter().map(|state| state.as_str()));
    }
    if !filter.groups.is_empty() {
        sql.push(" AND cases.group_name IN ")
            .push_list(filter.groups.iter().map(ToString::to_string));
    }
    match filter.assigned {
        Some(Assigned::Nobody) => {
            sql.push(" AND cases.assignee IS NULL");
        }
        Some(Assigned::To(account)) => {
            sql.push(" AND cases.assignee = ")
                .push_value(account.to_string());
        }
        None => {}
    }
    let texts = [
        (
            " AND cases.priority = ",
            filter.priority.map(|p| p.to_string()),
        ),
        (" AND cases.kind = ", filter.kind.map(|k| k.to_string())),
        (
            " AND cases.product = ",
            filter.product.as_ref().map(ToString::to_string),
        ),
        (" AND cases.lang = ", filter.lang.map(|l| l.to_string())),
        (
            " AND cases.person_id = ",
            filter.requester.map(|r| r.to_string()),
        ),
    ];
    for (column, value) in texts {
        if let Some(value) = value {
            sql.push(column).push_value(value);
        }
    }
    let times = [
        (" AND cases.opened_at >= ", filter.opened_from),
        (" AND cases.opened_at < ", filter.opened_before),
        (" AND cases.due_at < ", filter.due_before),
        (" AND cases.follow_up_at <= ", filter.follow_up_by),
        (
            " AND cases.state = 'solved' AND cases.solved_at <= ",
            filter.solved_by,
        ),
    ];
    for (column, value) in times {
        if let Some(value) = value {
            sql.push(column).push_value(ms(value));
        }
    }
    if let Some(tag) = &filter.tag {
        sql.push(" AND cases.id IN (SELECT case_id FROM case_tags WHERE tag = ")
            .push_value(tag.to_string())
            .push(")");
    }
}
