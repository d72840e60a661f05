//! Was this answered before? The solved cases that are most like one, with what they were answered.

use super::Cases;
use super::permissions::{Act, allow};
use super::terms_of;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::case::{Case, Event, Reach, Role, State, What};
use crate::store::CaseFilter;

/// How many are shown.
const SHOWN: usize = 5;
/// How alike they must be, 0 to 1.
const LEAST_SCORE: f64 = 0.2;
/// How much of an answer is shown, in characters.
const ANSWER_CHARS: usize = 300;

/// A solved case that is like another.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    /// The case.
    pub case: Case,
    /// How alike, 0 to 1.
    pub score: f64,
    /// The desk's last words in it.
    pub answer: String,
}

impl Cases {
    /// The solved cases that are most like `case`, whose requester's words are `text`.
    ///
    /// # Errors
    /// [`super::Refusal::Role`].
    pub async fn similar(&self, who: &Account, case: &Case, text: &str) -> Result<Vec<Similar>> {
        allow(who, Act::ReadCases)?;
        let terms = terms_of(self.analyzer(), &format!("{} {text}", case.subject));
        let filter = CaseFilter {
            states: vec![State::Solved, State::Closed],
            ..CaseFilter::default()
        };
        let limit = u32::try_from(SHOWN + 1).unwrap_or(u32::MAX);
        let mut read = self.store().read().await?;
        let found = read.find_cases(&terms, &filter, limit).await?;
        let mut similar = Vec::new();
        for found in found
            .into_iter()
            .filter(|found| found.case.id != case.id && found.score >= LEAST_SCORE)
            .take(SHOWN)
        {
            let events = read.events(found.case.id, 0, Reach::Public).await?;
            similar.push(Similar {
                answer: last_answer(&events),
                score: found.score,
                case: found.case,
            });
        }
        Ok(similar)
    }
}

fn last_answer(events: &[Event]) -> String {
    let by_desk = |event: &&Event| matches!(event.by.role, Role::Agent | Role::Specialist);
    let said = events
        .iter()
        .rev()
        .filter(by_desk)
        .find_map(|event| match &event.what {
            What::Message { text, .. } => Some(text.chars().take(ANSWER_CHARS).collect()),
            _ => None,
        });
    said.unwrap_or_default()
}
