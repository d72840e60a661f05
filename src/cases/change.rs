//! What changes about a case besides its words? Who has it, how urgent it is, of what kind, its labels, and where it stands.

use super::answer::{actor, open_case, step_event};
use super::permissions::{Act, allow};
use super::{Cases, Refusal};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::case::{Case, Kind, Move, Priority, State, What};
use crate::model::{AccountId, CaseId, Slug};
use crate::store::{NewEvent, Tx};
use jiff::Timestamp;

/// The most labels of a case.
pub(super) const MAX_TAGS: usize = 20;

/// A change of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Gives it to somebody, or back to the group.
    Assign(Option<AccountId>),
    /// Hands it to another group.
    Group(Slug),
    /// Makes it more or less urgent: what is promised changes with it.
    Priority(Priority),
    /// Says of what kind it is.
    Kind(Kind),
    /// Gives it exactly these labels.
    Tags(Vec<Slug>),
    /// Adds a label.
    Tag(Slug),
    /// Says what it is about.
    Product(Option<Slug>),
    /// Says that it is done.
    Solve,
    /// Closes it: one that is not solved is solved first.
    Close,
    /// Takes it up again.
    Reopen,
}

impl Cases {
    /// Changes a case; it is no mistake to change it to what it is. `version`: refused when it is not this one any more.
    ///
    /// # Errors
    /// [`Refusal`]s.
    pub async fn change(
        &self,
        by: &Account,
        id: CaseId,
        change: &Change,
        version: Option<i64>,
    ) -> Result<Case> {
        allow(by, Act::WorkCases)?;
        let mut tx = self.store().begin().await?;
        let mut case = open_case(&mut tx, id).await?;
        if version.is_some_and(|version| version != case.version) {
            return Err(Refusal::Changed.into());
        }
        let now = self.now();
        let events = self.apply(&mut tx, &mut case, by, change, now).await?;
        if events.is_empty() {
            return Ok(case);
        }
        case.updated_at = case.updated_at.max(now);
        if *change == Change::Close {
            self.plan_follow_up(&mut case);
        }
        tx.save_case(&mut case, events).await?;
        match change {
            Change::Close => tx.expire_links(id, Some(self.links_end())).await?,
            Change::Reopen => tx.expire_links(id, None).await?,
            _ => {}
        }
        self.tell_change(&mut tx, &case, by, change).await?;
        tx.commit().await?;
        Ok(case)
    }

    async fn apply(
        &self,
        tx: &mut Tx,
        case: &mut Case,
        by: &Account,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<NewEvent>> {
        let event = |what| NewEvent::new(actor(by), what, now);
        Ok(match change {
            Change::Assign(to) => assign(tx, case, *to, by, now).await?,
            Change::Group(group) => {
                self.known_group(tx, group).await?;
                regroup(case, group).map(event).into_iter().collect()
            }
            Change::Priority(to) if *to == case.priority => Vec::new(),
            Change::Priority(to) => {
                let from = std::mem::replace(&mut case.priority, *to);
                let person = tx.person(case.requester).await?;
                let tier = person.map(|person| person.tier).unwrap_or_default();
                case.due = self.settings().service.due(case.opened_at, *to, &tier);
                {
                    let mut events = vec![
                        event(What::Priority { from, to: *to }),
                        event(What::Due { due: case.due }),
                    ];
                    if *to == Priority::P1 {
                        let group = case.group.clone();
                        events.push(event(What::Paged { group }));
                    }
                    events
                }
            }
            Change::Kind(to) if *to == case.kind => Vec::new(),
            Change::Kind(to) => {
                let from = std::mem::replace(&mut case.kind, *to);
                vec![event(What::Kind { from, to: *to })]
            }
            Change::Tags(tags) => retag(case, tags.clone())?.map(event).into_iter().collect(),
            Change::Tag(tag) => {
                let tags = case.tags.iter().chain([tag]).cloned().collect();
                retag(case, tags)?.map(event).into_iter().collect()
            }
            Change::Product(product) if *product == case.product => Vec::new(),
            Change::Product(product) => {
                case.product = product.clone();
                vec![event(What::Tagged {
                    tags: case.tags.clone(),
                })]
            }
            Change::Solve if matches!(case.state, State::Solved | State::Closed) => Vec::new(),
            Change::Solve => step_event(case, Move::Solve, by, now)?
                .into_iter()
                .collect(),
            Change::Close => close(case, by, now)?,
            Change::Reopen if matches!(case.state, State::New | State::Open) => Vec::new(),
            Change::Reopen if case.state == State::Waiting => {
                step_event(case, Move::Take, by, now)?.into_iter().collect()
            }
            Change::Reopen => step_event(case, Move::Reopen, by, now)?
                .into_iter()
                .collect(),
        })
    }

    /// Refuses a group that neither `kb.toml` nor an account knows.
    pub(super) async fn known_group(&self, tx: &mut Tx, group: &Slug) -> Result<()> {
        let set = self.settings().group(group).is_some()
            || self.settings().cases.fallback_group == *group;
        if set
            || tx
                .groups_in_use()
                .await?
                .iter()
                .any(|name| name == group.as_str())
        {
            return Ok(());
        }
        Err(Refusal::NoGroup.into())
    }
}

async fn assign(
    tx: &mut Tx,
    case: &mut Case,
    to: Option<AccountId>,
    by: &Account,
    now: Timestamp,
) -> Result<Vec<NewEvent>> {
    if case.assignee == to {
        return Ok(Vec::new());
    }
    let name = match to {
        Some(id) => {
            let account = tx
                .account(id)
                .await?
                .filter(|a| !a.disabled && a.role.answers_cases());
            tx.note_assignment(id, now).await?;
            account.ok_or(Refusal::NoAccount)?.name.to_string()
        }
        None => String::new(),
    };
    case.assignee = to;
    let given = What::Assigned {
        group: case.group.clone(),
        account: to,
        name,
    };
    let mut events = vec![NewEvent::new(actor(by), given, now)];
    // Somebody took it up: it is new no more.
    if case.state == State::New && to.is_some() {
        events.extend(step_event(case, Move::Take, by, now)?);
    }
    Ok(events)
}

/// Hands a case to a group; nobody in it has it yet.
fn regroup(case: &mut Case, group: &Slug) -> Option<What> {
    if case.group == *group {
        return None;
    }
    case.group = group.clone();
    case.assignee = None;
    Some(What::Assigned {
        group: group.clone(),
        account: None,
        name: String::new(),
    })
}

fn retag(case: &mut Case, mut tags: Vec<Slug>) -> Result<Option<What>> {
    let mut known = std::collections::BTreeSet::new();
    tags.retain(|tag| known.insert(tag.clone()));
    if tags.len() > MAX_TAGS {
        return Err(Refusal::Tags.into());
    }
    if tags == case.tags {
        return Ok(None);
    }
    case.tags.clone_from(&tags);
    Ok(Some(What::Tagged { tags }))
}

fn close(case: &mut Case, by: &Account, now: Timestamp) -> Result<Vec<NewEvent>> {
    let mut events = Vec::new();
    if case.state == State::Closed {
        return Ok(events);
    }
    if case.state != State::Solved {
        events.extend(step_event(case, Move::Solve, by, now)?);
    }
    events.extend(step_event(case, Move::Close, by, now)?);
    Ok(events)
}
