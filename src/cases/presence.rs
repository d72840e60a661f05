//! Who else has this case open, and what is he writing? Presence for a short while, and drafts that survive a closed window.

use super::answer::{MAX_TEXT_CHARS, actor};
use super::permissions::{Act, allow};
use super::{Cases, Refusal};
use crate::error::Result;
use crate::model::CaseId;
use crate::model::account::Account;
use crate::model::case::Role;
use crate::store::Present;
use jiff::SignedDuration;

/// For how long after the last sign of somebody he counts as here, in seconds. Pages give one every 20.
pub const HERE_SECONDS: i64 = 50;

/// Somebody who has a case open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// His name; empty for a requester without one.
    pub name: String,
    /// In which part.
    pub role: Role,
    /// Whether he is writing.
    pub writing: bool,
}

impl Cases {
    /// Notes that `by` has the case open.
    ///
    /// # Errors
    /// [`Refusal::Role`].
    pub async fn be_here(&self, by: &Account, case: CaseId, writing: bool) -> Result<()> {
        allow(by, Act::ReadCases)?;
        let who = actor(by);
        let present = Present {
            who: by.id.to_string(),
            name: who.name,
            role: who.role,
            writing,
            seen_at: self.now(),
        };
        let mut tx = self.store().begin().await?;
        tx.case(case).await?.ok_or(Refusal::NoCase)?;
        tx.note_presence(case, &present).await?;
        Ok(tx.commit().await?)
    }

    /// Notes that `by` closed the case's page.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn leave(&self, by: &Account, case: CaseId) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.end_presence(case, &by.id.to_string()).await?;
        Ok(tx.commit().await?)
    }

    /// Who else has the case open.
    ///
    /// # Errors
    /// [`Refusal::Role`].
    pub async fn others_here(&self, by: &Account, case: CaseId) -> Result<Vec<Here>> {
        allow(by, Act::ReadCases)?;
        let since = self.now() - SignedDuration::from_secs(HERE_SECONDS);
        let own = by.id.to_string();
        let present = self.store().read().await?.present(case, since).await?;
        let others = present.into_iter().filter(|present| present.who != own);
        Ok(others
            .map(|p| Here {
                name: p.name,
                role: p.role,
                writing: p.writing,
            })
            .collect())
    }

    /// Keeps what `by` has written so far; nothing removes it.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::TooLong`].
    pub async fn keep_draft(&self, by: &Account, case: CaseId, text: &str) -> Result<()> {
        allow(by, Act::WorkCases)?;
        if text.chars().count() > MAX_TEXT_CHARS {
            return Err(Refusal::TooLong.into());
        }
        let mut tx = self.store().begin().await?;
        tx.case(case).await?.ok_or(Refusal::NoCase)?;
        tx.save_draft(case, by.id, text, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// What `by` has written so far; empty for nothing.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn kept_draft(&self, by: &Account, case: CaseId) -> Result<String> {
        let draft = self.store().read().await?.draft(case, by.id).await?;
        Ok(draft.map(|draft| draft.text).unwrap_or_default())
    }
}
