//! What did a signed-in customer read? Articles and questions by their ids in the index, for his own page.

use super::Cases;
use crate::error::Result;
use crate::model::ArticleId;

impl Cases {
    /// Notes that a holder read an article or question, unless he does not want that.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn note_reading(&self, holder: &str, id: &str) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.note_reading(holder, id, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// What a holder read, the latest first, at most `limit`.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn readings(&self, holder: &str, limit: u32) -> Result<Vec<ArticleId>> {
        let found = self.store().read().await?.readings(holder, limit).await?;
        let read = |text: &str| match text.strip_prefix("q/") {
            Some(number) => ArticleId::of_question(number).ok(),
            None => ArticleId::parse(text).ok(),
        };
        Ok(found.iter().filter_map(|(id, _)| read(id)).collect())
    }

    /// Whether what a holder reads is noted.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn records_readings(&self, holder: &str) -> Result<bool> {
        Ok(self.store().read().await?.records_readings(holder).await?)
    }

    /// Forgets what a holder read; `keep_on` says whether what he reads from now on is noted.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn forget_readings(&self, holder: &str, keep_on: bool) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.forget_readings(holder).await?;
        tx.record_readings(holder, keep_on, self.now()).await?;
        Ok(tx.commit().await?)
    }
}
