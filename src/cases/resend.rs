//! Where is my link? Sent again to the address that asked, without telling anybody whether it did.

use super::Cases;
use crate::error::Result;
use crate::mail::{Letter, Links, News as Told};
use crate::model::Email;
use crate::model::case::{Case, State};
use jiff::{SignedDuration, Timestamp};

/// How many cases a mail with links names at most.
const MAX_LINKED: u32 = 20;
/// How often links may be sent to one address in a day.
const RESENDS_PER_DAY: u32 = 5;

impl Cases {
    /// Sends the links to the latest cases of an address, if it has any. Nobody learns from it whether it has: what it does is the
    /// same from outside.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn resend(&self, email: &Email) -> Result<()> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let sent = tx
            .note_failure(&format!("resend:{}", hashed(email)), now, 24 * 3_600_000)
            .await?;
        let Some(person) = tx
            .person_by_email(email)
            .await?
            .filter(|_| sent <= RESENDS_PER_DAY)
        else {
            return Ok(tx.commit().await?);
        };
        let mut cases = Vec::new();
        for case in tx.cases_of(person.id, MAX_LINKED).await? {
            if case.state == State::Merged || self.is_forgotten(&case, now) {
                continue;
            }
            cases.push(self.view_for_requester(&mut tx, &case).await?);
        }
        if !cases.is_empty() {
            let letter = Letter {
                to: person.email.clone(),
                name: person
                    .name
                    .as_ref()
                    .map_or(String::new(), ToString::to_string),
                lang: person.lang,
                case: None,
                in_reply_to: None,
                unsubscribe: None,
                news: Told::Link(Links { cases }),
            };
            let dedup = format!("resend:{}:{}:{sent}", person.id, now.as_millisecond());
            self.post_as(&mut tx, None, dedup, String::new(), &letter)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Whether the links of a case have ended.
    fn is_forgotten(&self, case: &Case, now: Timestamp) -> bool {
        let days = SignedDuration::from_hours(24 * i64::from(self.settings().cases.link_days));
        let closed = case.closed_at.filter(|_| case.state == State::Closed);
        closed.is_some_and(|at| now.duration_since(at) > days)
    }
}

fn hashed(email: &Email) -> String {
    blake3::hash(email.key().as_bytes()).to_hex()[..32].to_owned()
}
