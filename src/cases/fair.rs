//! Who asks too often, of all servers together? What costs people, mails or disks is counted in the database as well, where several
//! servers may share one: else a limit would be as many times higher as there are servers.
//!
//! This process's own count is asked first. So whoever knocks all the time never reaches the database.

use super::limits::Claim;
use super::{Busy, Cases, Source};
use crate::error::Result;
use crate::model::api_key::ApiKey;
use crate::signature::Purpose;
use crate::store::Tx;

/// Over which time requests by a key are counted, in milliseconds.
const MINUTE_MS: i64 = 60_000;

impl Cases {
    /// A case or message is about to be written, in this transaction. `Some`: it is too much, and the transaction is to be dropped.
    ///
    /// # Errors
    /// As the store has it.
    pub(super) async fn count_ask(
        &self,
        tx: &mut Tx,
        source: Source,
        proved: bool,
    ) -> Result<Option<Busy>> {
        let claims = Claim::ask(&self.settings().ask, source, proved);
        if let Err(busy) = self.limits().take(&claims, self.now()) {
            return Ok(Some(busy));
        }
        self.take_in(tx, &claims).await
    }

    /// Whether other servers count the same.
    pub fn shares_limits(&self) -> bool {
        self.store().is_shared()
    }

    /// A program asks so many times by a key that has `per_minute` requests. `Some`: that is more than all servers together have
    /// left for it, and there is room for it in so many milliseconds.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn count_key(&self, key: &ApiKey, requests: u32) -> Result<Option<i64>> {
        if !self.store().is_shared() {
            return Ok(None);
        }
        let mut tx = self.store().begin().await?;
        let now = tx.common_time(self.now()).await?;
        let share_ms = i64::from(requests) * MINUTE_MS / i64::from(key.per_minute.max(1));
        let share_ms = share_ms.max(1);
        let name = format!("key/{}", key.id);
        let over_ms = tx.fill_bucket(&name, now, share_ms, MINUTE_MS).await?;
        if over_ms.is_none() {
            tx.commit().await?;
        }
        Ok(over_ms)
    }

    /// Files of so many bytes are about to be taken. `Some`: it is too much for a day.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn count_upload(&self, source: Source, bytes: u64) -> Result<Option<Busy>> {
        let claims = match bytes {
            0 => Vec::new(),
            bytes => Claim::upload(&self.settings().uploads, source, bytes),
        };
        self.take(&claims).await
    }

    /// A link was wrong. `Some`: so many were that somebody is guessing.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn count_guess(&self, source: Source) -> Result<Option<Busy>> {
        self.take(&Claim::guess(source)).await
    }

    /// Links are asked for again. `Some`: it is too much.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn count_resend(&self, source: Source) -> Result<Option<Busy>> {
        self.take(&Claim::resend(source)).await
    }

    /// A link for a new password is asked for. `Some`: it is too much.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn count_forgot(&self, source: Source) -> Result<Option<Busy>> {
        self.take(&Claim::forgot(source)).await
    }

    /// A sign-in by the identity provider is begun. `Some`: it is too much.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn count_departure(&self, source: Source) -> Result<Option<Busy>> {
        self.take(&Claim::depart(source)).await
    }

    /// A code is to be mailed. `Some`: it is too much.
    ///
    /// # Errors
    /// As the store has it.
    pub(super) async fn count_code(&self, source: Source) -> Result<Option<Busy>> {
        self.take(&Claim::code(source)).await
    }

    /// An address is to be asked whether it wants to follow something. `Some`: it is too much.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn count_follow(&self, source: Source) -> Result<Option<Busy>> {
        let most = self.settings().follow.per_hour;
        self.take(&Claim::follow(most, source)).await
    }

    async fn take(&self, claims: &[Claim]) -> Result<Option<Busy>> {
        if let Err(busy) = self.limits().take(claims, self.now()) {
            return Ok(Some(busy));
        }
        if claims.is_empty() || !self.store().is_shared() {
            return Ok(None);
        }
        let mut tx = self.store().begin().await?;
        let busy = self.take_in(&mut tx, claims).await?;
        if busy.is_none() {
            tx.commit().await?;
        }
        Ok(busy)
    }

    /// Counts for all servers what this process has counted already. `Some`: it is too much, and the transaction is to be dropped.
    pub(super) async fn take_in(&self, tx: &mut Tx, claims: &[Claim]) -> Result<Option<Busy>> {
        if !self.store().is_shared() {
            return Ok(None);
        }
        let now = tx.common_time(self.now()).await?;
        for claim in claims {
            // No address is kept: only what our key makes of it.
            let name = format!("limit/{}", self.signer().tag(Purpose::Limit, &claim.name()));
            let (share_ms, period_ms) = claim.share_ms();
            if let Some(over_ms) = tx.fill_bucket(&name, now, share_ms, period_ms).await? {
                return Ok(Some(claim.busy(over_ms)));
            }
        }
        Ok(None)
    }
}
