//! Who can answer what agents cannot? A case is handed to the group that its group escalates to, or to one that is named.

use super::answer::{actor, open_case, step_event};
use super::permissions::{Act, allow};
use super::{Cases, Refusal};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::case::{Case, Move, Reach, State, What};
use crate::model::{CaseId, Slug};
use crate::store::NewEvent;

/// The longest reason, in characters.
const MAX_REASON_CHARS: usize = 2_000;

impl Cases {
    /// Hands a case to specialists, with a reason that only the desk reads.
    ///
    /// # Errors
    /// [`Refusal::NoSpecialists`] when none is named and the group escalates to none; other [`Refusal`]s.
    pub async fn escalate(
        &self,
        by: &Account,
        id: CaseId,
        to: Option<Slug>,
        reason: &str,
    ) -> Result<Case> {
        allow(by, Act::WorkCases)?;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut case = open_case(&mut tx, id).await?;
        let usual = self
            .settings()
            .group(&case.group)
            .and_then(|group| group.escalates_to.clone());
        let to = to.or(usual).ok_or(Refusal::NoSpecialists)?;
        self.known_group(&mut tx, &to).await?;
        if to == case.group {
            return Err(Refusal::NoSpecialists.into());
        }
        let mut events = Vec::new();
        if matches!(case.state, State::Solved | State::Closed) {
            events.extend(step_event(&mut case, Move::Reopen, by, now)?);
        } else {
            events.extend(step_event(&mut case, Move::Take, by, now)?);
        }
        let reason: String = reason
            .trim()
            .chars()
            .filter(|c| !c.is_control() || *c == '\n')
            .take(MAX_REASON_CHARS)
            .collect();
        let from = std::mem::replace(&mut case.group, to.clone());
        let what = What::Escalated {
            from,
            to: to.clone(),
            late: false,
            reason: reason.clone(),
        };
        // The reason is for colleagues; the requester sees the new group.
        events.push(NewEvent {
            reach: Reach::Internal,
            ..NewEvent::new(actor(by), what, now)
        });
        let share = self
            .settings()
            .group(&to)
            .map_or_else(Default::default, |group| group.share);
        let next = self.next_of(&mut tx, &to, share).await?;
        case.assignee = next.as_ref().map(|account| account.id);
        events.push(NewEvent::new(
            actor(by),
            What::Assigned {
                group: to,
                account: case.assignee,
                name: next
                    .as_ref()
                    .map_or_else(String::new, |account| account.name.to_string()),
            },
            now,
        ));
        case.escalations += 1;
        case.updated_at = case.updated_at.max(now);
        tx.save_case(&mut case, events).await?;
        self.tell_escalation(&mut tx, &case, &reason, next.as_ref())
            .await?;
        tx.commit().await?;
        Ok(case)
    }
}
