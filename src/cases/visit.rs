//! What did a visitor do before he asked? Steps are noted as they come; who does them is not known.

use super::Cases;
use crate::error::Result;
use crate::model::visit::Visit;
use crate::model::{Lang, VisitId};
use crate::store::Tx;
use jiff::SignedDuration;

/// How many visits must have opened a page before others are shown that: fewer could be one person.
const OPENED_LEAST: i64 = 5;
/// How far back is looked, in hours.
const OPENED_HOURS: i64 = 30 * 24;
/// The most pages that are named.
const OPENED_MOST: i64 = 200;

/// Something that a visitor did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// He searched; what he is still typing is one search.
    Searched {
        /// For what.
        query: String,
        /// How many hits there were.
        results: u32,
        /// Whether the best of them was probably the answer.
        confident: bool,
    },
    /// He opened a hit of his last search, by its address.
    Clicked(String),
    /// He read an article or a question, by its address.
    Read(String),
    /// He said that it solved his problem, by its address.
    Solved(String),
}

impl Cases {
    /// Notes what a visitor did. A visit that is not known yet begins.
    ///
    /// # Errors
    /// As the store has it. Nothing that a visitor waits for depends on it.
    pub async fn note_visit(&self, id: VisitId, lang: Lang, steps: &[Step]) -> Result<()> {
        let mut tx = self.store().begin().await?;
        self.visit_in(&mut tx, id, lang, steps).await?;
        Ok(tx.commit().await?)
    }

    /// A visit; `None` when nothing was noted of it, or it has expired.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn visit(&self, id: VisitId) -> Result<Option<Visit>> {
        Ok(self.store().read().await?.visit(id).await?)
    }

    /// What visitors opened most in the last 30 days, by addresses as in `/a/account/password`, the most opened first: at most 200,
    /// each opened in five visits or more.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn most_opened(&self) -> Result<Vec<String>> {
        let since = self.now() - SignedDuration::from_hours(OPENED_HOURS);
        let mut read = self.store().read().await?;
        Ok(read.most_opened(since, OPENED_LEAST, OPENED_MOST).await?)
    }

    /// Notes steps within a transaction, and returns the visit.
    pub(super) async fn visit_in(
        &self,
        tx: &mut Tx,
        id: VisitId,
        lang: Lang,
        steps: &[Step],
    ) -> Result<Visit> {
        let now = self.now();
        let known = tx.visit(id).await?;
        let mut visit = known.unwrap_or_else(|| Visit::new(id, lang, now));
        let read_before = visit.readings.len();
        for step in steps {
            match step {
                Step::Searched {
                    query,
                    results,
                    confident,
                } => visit.searched(query, *results, *confident, now),
                Step::Clicked(target) => visit.clicked(target, now),
                Step::Read(target) => visit.read(target, now),
                Step::Solved(target) => visit.solved(target, now),
            }
        }
        for reading in visit.readings.iter().skip(read_before) {
            tx.count_opening(&reading.target, now).await?;
        }
        tx.save_visit(&visit).await?;
        Ok(visit)
    }
}
