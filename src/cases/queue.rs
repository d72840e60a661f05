//! Which cases wait for whom? The desk's queues, what narrows them, and the search over all cases.

use super::permissions::{Act, allow};
use super::{Cases, terms_of};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::case::{Case, CaseNumber, Kind, Priority, State};
use crate::model::{AccountId, Email, Lang, Person, Slug};
use crate::store::{Assigned, CaseFilter, CaseOrder, Cursor};
use jiff::{SignedDuration, Timestamp};

/// How far ahead the queue of what is due looks, in hours.
const DUE_HOURS: i64 = 8;
/// The most hits of a search.
const MAX_FOUND: u32 = 100;
/// The longest query, in characters.
const MAX_QUERY_CHARS: usize = 500;

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queue {
    /// Given to who looks, and to be acted on.
    Mine,
    /// Given to nobody, and to be acted on.
    Unassigned,
    /// Due within eight hours, or late.
    Due,
    /// To be acted on.
    Open,
    /// The requester is to act.
    Waiting,
    /// Said to be done.
    Solved,
    /// All there are.
    All,
    /// Of one group, not done yet.
    Group(Slug),
}

impl Queue {
    /// The word for it in addresses.
    pub fn word(&self) -> String {
        match self {
            Self::Mine => "mine".to_owned(),
            Self::Unassigned => "unassigned".to_owned(),
            Self::Due => "due".to_owned(),
            Self::Open => "open".to_owned(),
            Self::Waiting => "waiting".to_owned(),
            Self::Solved => "solved".to_owned(),
            Self::All => "all".to_owned(),
            Self::Group(group) => format!("group:{group}"),
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "mine" => Self::Mine,
            "unassigned" => Self::Unassigned,
            "due" => Self::Due,
            "open" => Self::Open,
            "waiting" => Self::Waiting,
            "solved" => Self::Solved,
            "all" => Self::All,
            _ => Self::Group(Slug::parse(text.strip_prefix("group:")?).ok()?),
        })
    }

    fn narrow(&self, who: &Account, now: Timestamp) -> CaseFilter {
        let live = vec![State::New, State::Open];
        let mut filter = CaseFilter::default();
        match self {
            Self::Mine => (filter.states, filter.assigned) = (live, Some(Assigned::To(who.id))),
            Self::Unassigned => (filter.states, filter.assigned) = (live, Some(Assigned::Nobody)),
            Self::Due => {
                (filter.states, filter.due_before) =
                    (live, Some(now + SignedDuration::from_hours(DUE_HOURS)));
            }
            Self::Open => filter.states = live,
            Self::Waiting => filter.states = vec![State::Waiting],
            Self::Solved => filter.states = vec![State::Solved, State::Closed],
            Self::All => {}
            Self::Group(group) => {
                (filter.states, filter.groups) = (
                    vec![State::New, State::Open, State::Waiting],
                    vec![group.clone()],
                );
            }
        }
        filter
    }

    fn order(&self) -> CaseOrder {
        match self {
            Self::Mine | Self::Unassigned | Self::Due | Self::Open | Self::Group(_) => {
                CaseOrder::Due
            }
            Self::Waiting | Self::Solved => CaseOrder::Updated,
            Self::All => CaseOrder::Newest,
        }
    }
}

/// What narrows a queue; `None` lets all pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkFilter {
    /// In this state.
    pub state: Option<State>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// About this product.
    pub product: Option<Slug>,
    /// Of this group.
    pub group: Option<Slug>,
    /// With this label.
    pub tag: Option<Slug>,
    /// In this language.
    pub lang: Option<Lang>,
    /// Given to this account; `Some(None)` for nobody.
    pub assignee: Option<Option<AccountId>>,
}

impl WorkFilter {
    fn narrow(&self, filter: &mut CaseFilter) {
        if let Some(state) = self.state {
            let passes = filter.states.is_empty() || filter.states.contains(&state);
            // A state that the queue does not have leaves nothing.
            filter.states = if passes {
                vec![state]
            } else {
                filter.states.clone()
            };
            if !passes {
                filter.opened_before = Some(Timestamp::UNIX_EPOCH);
            }
        }
        filter.priority = self.priority;
        filter.kind = self.kind;
        filter.product.clone_from(&self.product);
        filter.tag.clone_from(&self.tag);
        filter.lang = self.lang;
        if let Some(group) = &self.group {
            filter.groups = vec![group.clone()];
        }
        if let Some(assignee) = self.assignee {
            filter.assigned = Some(assignee.map_or(Assigned::Nobody, Assigned::To));
        }
    }
}

/// A page of a queue that is asked for.
#[derive(Debug, Clone)]
pub struct QueueRequest {
    /// The queue.
    pub queue: Queue,
    /// What narrows it.
    pub filter: WorkFilter,
    /// Another order than the queue's own.
    pub order: Option<CaseOrder>,
    /// Behind which case.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u32,
}

/// A search over all cases.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    /// Words, a number, or a mail address.
    pub query: &'a str,
    /// What narrows it.
    pub filter: WorkFilter,
}

/// A case of a list, with who asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The case.
    pub case: Case,
    /// Who asked.
    pub requester: Option<Person>,
}

impl Cases {
    /// A page of a queue, and where the next begins.
    ///
    /// # Errors
    /// [`super::Refusal::Role`].
    pub async fn queue(
        &self,
        who: &Account,
        request: &QueueRequest,
    ) -> Result<(Vec<Listed>, Option<Cursor>)> {
        allow(who, Act::ReadCases)?;
        let mut filter = request.queue.narrow(who, self.now());
        request.filter.narrow(&mut filter);
        let order = request.order.unwrap_or_else(|| request.queue.order());
        let mut read = self.store().read().await?;
        let page = read
            .cases(&filter, order, request.after.as_ref(), request.limit)
            .await?;
        drop(read);
        Ok((self.with_people(page.cases).await?, page.next))
    }

    /// The cases that a query means: the one of a number, those of a mail address, or those with most of its words.
    ///
    /// # Errors
    /// [`super::Refusal::Role`].
    pub async fn search(&self, who: &Account, search: &Search<'_>) -> Result<Vec<Listed>> {
        allow(who, Act::ReadCases)?;
        let query: String = search.query.trim().chars().take(MAX_QUERY_CHARS).collect();
        let mut read = self.store().read().await?;
        if let Some(number) = self.number(&query)
            && let Some(case) = read.case_by_number(&number).await?
        {
            drop(read);
            return self.with_people(vec![case]).await;
        }
        let mut filter = CaseFilter::default();
        search.filter.narrow(&mut filter);
        if let Ok(email) = Email::parse(&query) {
            let Some(person) = read.person_by_email(&email).await? else {
                return Ok(Vec::new());
            };
            filter.requester = Some(person.id);
            let page = read
                .cases(&filter, CaseOrder::Newest, None, MAX_FOUND)
                .await?;
            drop(read);
            return self.with_people(page.cases).await;
        }
        let terms = terms_of(self.analyzer(), &query);
        let found = read.find_cases(&terms, &filter, MAX_FOUND).await?;
        drop(read);
        self.with_people(found.into_iter().map(|found| found.case).collect())
            .await
    }

    /// Writes down that somebody took a list out of the desk.
    ///
    /// # Errors
    /// [`super::Refusal::Role`].
    pub async fn note_export(&self, who: &Account, what: &str) -> Result<()> {
        allow(who, Act::Export)?;
        self.note_alone(Some(who), "cases.exported", what, "").await
    }

    /// A whole number, or the count of one of this month.
    fn number(&self, query: &str) -> Option<CaseNumber> {
        if let Ok(number) = CaseNumber::parse(query) {
            return Some(number);
        }
        let count: i64 = query.parse().ok().filter(|n| (1..1_000_000).contains(n))?;
        let zone = self.settings().service.hours.zone.clone();
        let today = self.now().to_zoned(zone).date();
        Some(CaseNumber::compose(
            &self.settings().cases.prefix,
            today,
            count,
        ))
    }

    pub(super) async fn with_people(&self, cases: Vec<Case>) -> Result<Vec<Listed>> {
        let ids = cases.iter().map(|case| case.requester).collect();
        let people = self.store().read().await?.people(ids).await?;
        let of = |case: Case| {
            let requester = people
                .iter()
                .find(|person| person.id == case.requester)
                .cloned();
            Listed { case, requester }
        };
        Ok(cases.into_iter().map(of).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn a_queue_has_one_word() {
        for word in [
            "mine",
            "unassigned",
            "due",
            "open",
            "waiting",
            "solved",
            "all",
            "group:售后",
        ] {
            assert_eq!(
                Queue::parse(word).map(|queue| queue.word()).as_deref(),
                Some(word)
            );
        }
        for bad in ["", "Mine", "group:", "group:a/b", "x"] {
            assert_eq!(Queue::parse(bad), None, "{bad}");
        }
    }
}
