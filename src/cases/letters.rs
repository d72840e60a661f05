//! What did not get out? Shown to those who manage the desk, and tried once more.

use super::Cases;
use super::deeds::Facts;
use super::permissions::{Act, allow};
use crate::error::Result;
use crate::model::OutboxId;
use crate::model::account::Account;
use crate::model::outbox::{Delivery, Entry};
use crate::store::OutboxCount;

/// How many entries of each state are shown.
const SHOWN: u32 = 100;

/// What is on its way out, and what was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letters {
    /// What was given up, the newest first.
    pub dead: Vec<Entry>,
    /// What waits, the newest first.
    pub waiting: Vec<Entry>,
    /// How many there are of each.
    pub counts: Vec<OutboxCount>,
}

impl Cases {
    /// What waits and what was given up, the latest hundred of each.
    ///
    /// # Errors
    /// [`super::Refusal::Role`], and as the store has it.
    pub async fn letters(&self, by: &Account) -> Result<Letters> {
        allow(by, Act::ManageOutbox)?;
        let mut read = self.store().read().await?;
        Ok(Letters {
            dead: read.outbox(Some(Delivery::Dead), None, SHOWN).await?,
            waiting: read.outbox(Some(Delivery::Pending), None, SHOWN).await?,
            counts: read.outbox_backlog().await?,
        })
    }

    /// Has what was given up tried once more from the beginning: one, or all of them. Returns how many. `by`: `None` for the
    /// terminal.
    ///
    /// # Errors
    /// [`super::Refusal::Role`], and as the store has it.
    pub async fn retry_letters(&self, by: Option<&Account>, id: Option<OutboxId>) -> Result<u64> {
        by.map_or(Ok(()), |by| allow(by, Act::ManageOutbox))?;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let revived = tx.revive(id, now).await?;
        let subject = id.map_or_else(|| "all".to_owned(), |id| id.to_string());
        let details = Facts::default().with("letters", revived).joined();
        self.note(&mut tx, by, "outbox.retry", subject, &details)
            .await?;
        tx.commit().await?;
        Ok(revived)
    }
}
