//! What changed for whom? Followers are told of changes that have settled: all of one address in one letter, a subject once a day.
//!
//! What a follower may read is looked at when the letter is made. Of several servers one does this; who told is who noted it.

use super::Cases;
use crate::error::Result;
use crate::mail::{Changed, ChangedPage, Letter, News};
use crate::model::follow::{Follow, Subject};
use crate::model::question::Shown;
use crate::model::{ArticleId, Audience, QuestionId};
use crate::signature::Purpose;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;

/// How many follows are read at once.
const PAGE: u32 = 500;
/// The most pages that one letter names; what is beyond waits for the next.
const MAX_NAMED: usize = 50;
/// How long at least lies between two letters to one address, in minutes.
const PAUSE_MINUTES: i64 = 60;
/// For how many days after he was last signed in somebody is told of what is not for everybody.
const KNOWN_DAYS: i64 = 90;
/// How long one server does this before another may, in milliseconds.
const LEASE_MS: i64 = 120_000;

/// What a follower may see of what he follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its title.
    pub title: String,
    /// Its path.
    pub path: String,
    /// Its state, in parts with names: `text:…;answer:…`.
    pub mark: String,
}

/// Looks an article up as somebody of an audience sees it; `None` for what he may not read.
pub type Articles = Arc<dyn Fn(&ArticleId, Audience) -> Option<Seen> + Send + Sync>;

/// What was seen in one round.
type Known = HashMap<(Subject, Audience), Option<Seen>>;

impl Cases {
    /// Looks at everything that is followed, and puts letters about what has changed into the outbox. `holder` names this server.
    /// Returns how many letters.
    ///
    /// # Errors
    /// As the store has it; letters that were made before leave.
    pub async fn tell_followers(&self, holder: &str, articles: &Articles) -> Result<u32> {
        if !self.settings().follow.enabled {
            return Ok(0);
        }
        let mut tx = self.store().begin().await?;
        let ours = tx
            .claim_job("follows", holder, self.now(), LEASE_MS)
            .await?;
        tx.commit().await?;
        if !ours {
            return Ok(0);
        }
        let (mut letters, mut known) = (0, Known::new());
        let mut last = (String::new(), String::new());
        let mut held: Vec<Follow> = Vec::new();
        loop {
            let mut read = self.store().read().await?;
            let page = read.follows_after((&last.0, &last.1), PAGE).await?;
            drop(read);
            let is_last = page.is_empty();
            for follow in page {
                last = (follow.address.clone(), follow.id.to_string());
                if held
                    .first()
                    .is_some_and(|one| one.address != follow.address)
                {
                    let follower = std::mem::take(&mut held);
                    letters += self.tell_follower(follower, articles, &mut known).await?;
                }
                held.push(follow);
            }
            if is_last {
                break;
            }
        }
        letters += self.tell_follower(held, articles, &mut known).await?;
        Ok(letters)
    }

    /// All that one address follows. Returns how many letters were made: none or one.
    async fn tell_follower(
        &self,
        follows: Vec<Follow>,
        articles: &Articles,
        known: &mut Known,
    ) -> Result<u32> {
        let mut due = Vec::new();
        let rested = self.has_rested(&follows);
        for mut follow in follows {
            let seen = self.seen(&follow, articles, known).await?;
            let Some(seen) = seen else { continue };
            if self.note_state(&mut follow, &seen).await? && rested && due.len() < MAX_NAMED {
                due.push((follow, seen));
            }
        }
        match due.is_empty() {
            true => Ok(0),
            false => self.write_follower(due).await,
        }
    }

    /// Whether the address got no letter lately.
    fn has_rested(&self, follows: &[Follow]) -> bool {
        let hours = i64::from(self.settings().follow.subject_hours);
        let pause = SignedDuration::from_mins(PAUSE_MINUTES.min(60 * hours));
        let last = follows.iter().filter_map(|follow| follow.told_at).max();
        last.is_none_or(|at| self.now().duration_since(at) >= pause)
    }

    /// Notes a state that is new. Whether it is to be told of now.
    async fn note_state(&self, follow: &mut Follow, seen: &Seen) -> Result<bool> {
        let now = self.now();
        let state = match seen.mark == follow.mark {
            true => String::new(),
            false => seen.mark.clone(),
        };
        if state != follow.fresh {
            follow.fresh_at = (!state.is_empty()).then_some(now);
            follow.fresh = state;
            let mut tx = self.store().begin().await?;
            tx.save_follow(follow).await?;
            tx.commit().await?;
        }
        let settings = &self.settings().follow;
        let past =
            |at: Option<Timestamp>, span| at.is_some_and(|at| now.duration_since(at) >= span);
        let settled = past(
            follow.fresh_at,
            SignedDuration::from_mins(i64::from(settings.settle_minutes)),
        );
        let pause = SignedDuration::from_hours(i64::from(settings.subject_hours));
        Ok(settled && (follow.told_at.is_none() || past(follow.told_at, pause)))
    }

    /// What a follower sees now; `None` for what is gone or not for him.
    async fn seen(
        &self,
        follow: &Follow,
        articles: &Articles,
        known: &mut Known,
    ) -> Result<Option<Seen>> {
        let audience = self.reads_as(follow);
        let key = (follow.subject.clone(), audience);
        if let Some(seen) = known.get(&key) {
            return Ok(seen.clone());
        }
        let seen = match &follow.subject {
            Subject::Question(id) => self.question_seen(*id, audience).await?,
            Subject::Article(id) => {
                let (articles, id) = (Arc::clone(articles), id.clone());
                let look = move || articles(&id, audience);
                tokio::task::spawn_blocking(look).await.unwrap_or_default()
            }
        };
        known.insert(key, seen.clone());
        Ok(seen)
    }

    /// As whom a follower reads: what only some may read is for those who showed lately that they are among them.
    fn reads_as(&self, follow: &Follow) -> Audience {
        let age = self.now().duration_since(follow.known_at);
        match age <= SignedDuration::from_hours(24 * KNOWN_DAYS) {
            true => follow.audience,
            false => Audience::PUBLIC,
        }
    }

    /// The question of a number, as far as somebody of an audience may read it.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn question_by_number(
        &self,
        audience: Audience,
        number: i64,
    ) -> Result<Option<QuestionId>> {
        let found = self
            .store()
            .read()
            .await?
            .question_by_number(number)
            .await?;
        let shown = self.settings().forum.enabled;
        let found = found.filter(|question| shown && question.is_seen_by(audience));
        Ok(found.map(|question| question.id))
    }

    /// What somebody of an audience sees of a question; `None` for what he may not.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn question_seen(&self, id: QuestionId, audience: Audience) -> Result<Option<Seen>> {
        let mut read = self.store().read().await?;
        let found = read.question(id).await?;
        let Some(question) = found.filter(|question| question.is_seen_by(audience)) else {
            return Ok(None);
        };
        let mut answers = read.answers(id, Some(Shown::Published)).await?;
        answers.sort_by_key(|answer| answer.id);
        let ids = answers.iter().map(|answer| answer.id.to_string());
        let answered = short_hash(&ids.collect::<Vec<_>>());
        let mut texts = vec![question.title.clone(), question.text.clone()];
        texts.extend(answers.into_iter().map(|answer| answer.text));
        let accepted = question.accepted.map(|id| id.to_string());
        let mark = format!(
            "text:{};answer:{answered};accepted:{}",
            short_hash(&texts),
            accepted.unwrap_or_default()
        );
        Ok(Some(Seen {
            path: format!("/q/{}", question.number),
            title: question.title,
            mark,
        }))
    }

    /// One letter about all that is due, noted with each of it in one transaction.
    async fn write_follower(&self, due: Vec<(Follow, Seen)>) -> Result<u32> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut pages = Vec::new();
        let mut to: Option<Follow> = None;
        for (follow, seen) in due {
            // He may have stopped it, or another server told him, since it was read.
            let current = tx.follow(follow.id).await?;
            let Some(current) = current.filter(|current| current.fresh == seen.mark) else {
                continue;
            };
            pages.push(ChangedPage {
                title: seen.title,
                url: self.public(&seen.path),
                how: how(&current.mark, &seen.mark),
                stop_url: self.stop_link(&current.id.to_string()),
            });
            let told = Follow {
                mark: seen.mark,
                told_at: Some(now),
                fresh: String::new(),
                fresh_at: None,
                ..current
            };
            tx.save_follow(&told).await?;
            to.get_or_insert(told);
        }
        let Some(to) = to else { return Ok(0) };
        let letter = Letter {
            to: to.email.clone(),
            name: String::new(),
            lang: to.lang,
            case: None,
            in_reply_to: None,
            unsubscribe: Some(self.stop_link(&format!("all:{}", to.address))),
            news: News::Changed(Changed {
                count: pages.len(),
                pages,
            }),
        };
        let dedup = format!("follow:{}:{}:changed", to.id, now.as_millisecond());
        let lane = format!("follow:{}", to.address);
        self.post_as(&mut tx, None, dedup, lane, &letter).await?;
        tx.commit().await?;
        Ok(1)
    }

    /// Ends letters by a tap: it is good for ever.
    fn stop_link(&self, payload: &str) -> String {
        let signed = self.signer().link(Purpose::Unsubscribe, payload, None);
        self.public(&format!("/follow/stop/{signed}"))
    }
}

/// The parts of a state that differ, by their names. New answers are new texts too, which need not be said.
fn how(before: &str, after: &str) -> Vec<String> {
    let before: HashMap<&str, &str> = before
        .split(';')
        .filter_map(|part| part.split_once(':'))
        .collect();
    let parts = after.split(';').filter_map(|part| part.split_once(':'));
    let mut changed: Vec<String> = parts
        .filter(|(name, value)| before.get(name) != Some(value))
        .map(|(name, _)| name.to_owned())
        .collect();
    if changed.iter().any(|name| name == "answer") {
        changed.retain(|name| name != "text");
    }
    changed
}

/// Names a list of texts.
pub fn short_hash(texts: &[String]) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in texts {
        hasher.update(&u64::try_from(text.len()).unwrap_or_default().to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex()[..24].to_owned()
}

#[cfg(test)]
mod tests {
    use super::how;

    #[test]
    fn what_differs_is_said() {
        let before = "text:1;answer:1;accepted:";
        for (after, said) in [
            ("text:2;answer:1;accepted:", vec!["text"]),
            ("text:2;answer:2;accepted:", vec!["answer"]),
            ("text:2;answer:2;accepted:x", vec!["answer", "accepted"]),
            (before, vec![]),
        ] {
            assert_eq!(how(before, after), said, "{after}");
        }
        assert_eq!(how("", "text:1"), ["text"]);
    }
}
