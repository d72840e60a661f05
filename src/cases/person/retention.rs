//! What has been kept for long enough? What `[retention]` says, applied by the job that tidies; and what of it is due.

use super::stand_in;
use crate::cases::Cases;
use crate::error::{Error, Result};
use crate::model::{CaseId, PersonId};
use crate::store::Tidy;
use jiff::{SignedDuration, Timestamp};

/// How many cases are anonymised in one pass: the next comes within the hour.
const AT_ONCE: u32 = 500;

/// What is kept, for how long, and how much of it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The key of `[retention]`, without `_days`.
    pub what: &'static str,
    /// For how many days; 0 for ever.
    pub days: u32,
    /// How much of it is older than that.
    pub due: u32,
}

impl Cases {
    /// For how long what is kept, as `kb.toml` has it.
    pub(in crate::cases) fn kept_for(&self) -> Tidy {
        let keep = &self.settings().retention;
        Tidy {
            visits: keep.visit_days,
            sent: keep.sent_days,
            readings: keep.reading_days,
            unconfirmed: keep.unconfirmed_days,
            audit: keep.audit_days,
        }
    }

    /// What is due now: what the job would remove or anonymise, without doing it.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn retention_due(&self) -> Result<Vec<Due>> {
        let now = self.now();
        let keep = self.kept_for();
        let days_of = |name: &str| match name {
            "visits" => keep.visits,
            "sent" => keep.sent,
            "readings" => keep.readings,
            "unconfirmed" => keep.unconfirmed,
            _ => keep.audit,
        };
        let counts = self.store().untidy(now, keep).await?;
        let mut all: Vec<Due> = counts
            .into_iter()
            .map(|(what, due)| Due {
                what,
                days: days_of(what),
                due,
            })
            .collect();
        let days = self.settings().retention.case_days;
        let cases = self.old_cases(now).await?;
        all.push(Due {
            what: "cases",
            days,
            due: u32::try_from(cases.len()).unwrap_or(u32::MAX),
        });
        Ok(all)
    }

    /// Does what is due, at once and not when the job does. Returns how many rows were removed and how many cases anonymised.
    ///
    /// # Errors
    /// As the store has it; what was done before stays done.
    pub async fn apply_retention(&self) -> Result<(u64, u32)> {
        let now = self.now();
        let rows = self.store().tidy(now, self.kept_for()).await?;
        Ok((rows, self.anonymise_old(now).await?))
    }

    /// Anonymises cases that were closed long enough ago, each for itself, so that nothing says that two were one person's; and
    /// removes people of whom nothing is left. Returns how many cases.
    ///
    /// # Errors
    /// As the store has it; what was done before stays done.
    pub async fn anonymise_old(&self, now: Timestamp) -> Result<u32> {
        let mut done = 0;
        for id in self.old_cases(now).await? {
            done += u32::from(self.anonymise_one(id, now).await?);
        }
        if done > 0 {
            let mut tx = self.store().begin().await?;
            tx.remove_idle_people(self.cases_before(now)).await?;
            tx.commit().await?;
            self.store().wipe().await?;
        }
        Ok(done)
    }

    async fn anonymise_one(&self, id: CaseId, now: Timestamp) -> Result<bool> {
        let mut tx = self.store().begin_patiently().await?;
        let Some(case) = tx.case(id).await? else {
            return Ok(false);
        };
        let Some(person) = tx.person(case.requester).await? else {
            return Ok(false);
        };
        let identity = self.identity(&mut tx, &person).await?;
        let nobody = stand_in(PersonId::generate(now))
            .ok_or_else(|| Error::internal("nobody has no address", anyhow::anyhow!("stand-in")))?;
        let stand_in = tx.person_for(&nobody, None, case.lang, now).await?;
        tx.anonymise_person(stand_in.id, &nobody).await?;
        self.anonymise_case(&mut tx, id, &identity, Some(stand_in.id))
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn old_cases(&self, now: Timestamp) -> Result<Vec<CaseId>> {
        if self.settings().retention.case_days == 0 {
            return Ok(Vec::new());
        }
        let mut read = self.store().read().await?;
        let before = self.cases_before(now);
        Ok(read
            .cases_to_anonymise(before, super::NOBODY, AT_ONCE)
            .await?)
    }

    fn cases_before(&self, now: Timestamp) -> Timestamp {
        let days = i64::from(self.settings().retention.case_days);
        now.checked_sub(SignedDuration::from_hours(24 * days))
            .unwrap_or(Timestamp::MIN)
    }
}
