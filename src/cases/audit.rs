//! Who did what? Everything that matters is noted in the transaction that does it, or, where that is another program's, right after it.

use super::Cases;
use super::deeds::Facts;
use super::permissions::{Act, allow};
use crate::error::Result;
use crate::model::account::Account;
use crate::store::{Deed, DeedFilter, Noted, Tx, Verified};
use jiff::{SignedDuration, Timestamp};

/// The most deeds that are read at once.
pub const MAX_DEEDS: u32 = 500;

/// Who did it who is not known: a visitor of the sign-in page.
pub(super) const SOMEBODY: &str = "somebody";
/// Who did it where time alone had it done.
pub(super) const SYSTEM: &str = "system";

/// Who did it, as the log names him: `None` is the terminal of the machine.
pub(super) fn actor(by: Option<&Account>) -> String {
    by.map_or_else(|| "terminal".to_owned(), |by| by.email.to_string())
}

impl Cases {
    /// Notes a deed in the transaction of what was done.
    pub(super) async fn note(
        &self,
        tx: &mut Tx,
        by: Option<&Account>,
        action: &str,
        subject: impl ToString,
        details: &str,
    ) -> Result<()> {
        self.note_of(tx, &actor(by), action, &subject.to_string(), details)
            .await
    }

    /// Notes a deed of who has no account: [`SOMEBODY`], [`SYSTEM`].
    pub(super) async fn note_of(
        &self,
        tx: &mut Tx,
        actor: &str,
        action: &str,
        subject: &str,
        details: &str,
    ) -> Result<()> {
        let deed = Deed {
            at: self.now(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            details: details.to_owned(),
        };
        Ok(tx.note_deed(&deed).await?)
    }

    /// Notes a deed by itself: for what has no transaction of its own. `by`: `None` for the terminal.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn note_alone(
        &self,
        by: Option<&Account>,
        action: &str,
        subject: &str,
        details: &str,
    ) -> Result<()> {
        let mut tx = self.store().begin().await?;
        self.note(&mut tx, by, action, subject, details).await?;
        Ok(tx.commit().await?)
    }

    /// The latest deeds that a filter lets through, the newest first, at most `limit` and [`MAX_DEEDS`]. `by`: `None` for the
    /// terminal.
    ///
    /// # Errors
    /// [`super::Refusal::Role`], and as the database has it.
    pub async fn audit(
        &self,
        by: Option<&Account>,
        filter: &DeedFilter,
        limit: u32,
    ) -> Result<Vec<Noted>> {
        by.map_or(Ok(()), |by| allow(by, Act::ReadAudit))?;
        let mut read = self.store().read().await?;
        Ok(read.noted_deeds(filter, limit.min(MAX_DEEDS)).await?)
    }

    /// Looks whether the log is as it was written.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn verify_audit(&self) -> Result<Verified> {
        Ok(self.store().read().await?.verify_deeds().await?)
    }

    /// Notes that the log leaves the house as a file.
    ///
    /// # Errors
    /// [`super::Refusal::Role`], and as the database has it.
    pub async fn note_audit_export(&self, by: Option<&Account>) -> Result<()> {
        by.map_or(Ok(()), |by| allow(by, Act::ReadAudit))?;
        self.note_alone(by, "audit.exported", "audit", "").await
    }

    /// Removes what is older than `retention.audit_days`, and notes that it did.
    pub(super) async fn forget_deeds(&self, now: Timestamp) -> Result<u64> {
        let days = i64::from(self.settings().retention.audit_days);
        if days == 0 {
            return Ok(0);
        }
        let mut tx = self.store().begin().await?;
        let removed = tx
            .forget_deeds(now - SignedDuration::from_hours(24 * days))
            .await?;
        if removed > 0 {
            let details = Facts::default()
                .with("deeds", removed)
                .with("older than days", days)
                .joined();
            self.note_of(&mut tx, SYSTEM, "audit.forgotten", "audit", &details)
                .await?;
        }
        tx.commit().await?;
        Ok(removed)
    }
}
