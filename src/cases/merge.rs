//! How do two cases about one thing become one? The one goes on in the other; both timelines stay as they are, and point at
//! each other.

use super::answer::{actor, open_case, step_event};
use super::permissions::{Act, allow};
use super::{Cases, Refusal};
use crate::error::Result;
use crate::model::CaseId;
use crate::model::account::Account;
use crate::model::case::{Case, Move, State, What};
use crate::store::NewEvent;

impl Cases {
    /// Lets `from` go on in `into`. Only cases of one person are merged: their requester reads both timelines.
    ///
    /// # Errors
    /// [`Refusal::OtherPerson`], [`Refusal::SameCase`], [`Refusal::State`], and that either is no case to work on.
    pub async fn merge(&self, by: &Account, from: CaseId, into: CaseId) -> Result<Case> {
        allow(by, Act::WorkCases)?;
        if from == into {
            return Err(Refusal::SameCase.into());
        }
        let now = self.now();
        let mut tx = self.store().begin().await?;
        // Always in the same order, so that two who merge the same pair do not wait for each other.
        let (first, second) = (from.min(into), from.max(into));
        let (first, second) = (
            open_case(&mut tx, first).await?,
            open_case(&mut tx, second).await?,
        );
        let (mut source, mut target) = if first.id == from {
            (first, second)
        } else {
            (second, first)
        };
        if source.requester != target.requester {
            return Err(Refusal::OtherPerson.into());
        }
        let mut went = step_event(&mut source, Move::Merge, by, now)?
            .into_iter()
            .collect::<Vec<_>>();
        source.merged_into = Some(into);
        went.push(NewEvent::new(
            actor(by),
            What::MergedInto { case: into },
            now,
        ));
        let mut came = Vec::new();
        if matches!(target.state, State::Solved | State::Closed) {
            came.extend(step_event(&mut target, Move::Reopen, by, now)?);
        }
        came.push(NewEvent::new(
            actor(by),
            What::MergedFrom { case: from },
            now,
        ));
        target.priority = target.priority.min(source.priority);
        target.updated_at = target.updated_at.max(now);
        tx.save_case(&mut source, went).await?;
        tx.save_case(&mut target, came).await?;
        tx.commit().await?;
        Ok(target)
    }
}
