//! How does what waits in the outbox get out? A worker leases what is due, makes one attempt, and notes what came of it.
//!
//! What is promised: an entry is sent at least once, by one sender at a time, and always as the same mail, with the same Message-ID
//! (or the same `webhook-id`). It is marked as sent as soon as the receiver has said that he took it. What SMTP cannot promise:
//! when this process, or the connection, dies between the server's `250` and our mark, nobody can know whether it was taken, and it
//! is sent again; receivers drop the second by its id. Several servers share one outbox: a lease is kept while an attempt is under
//! way, and what a dead server had begun is taken up by another when its lease ends.

use super::Cases;
use super::announce::{Fact, word};
use super::ways::Ways;
use crate::error::{Error, Result};
use crate::hooks::Line;
use crate::model::outbox::{Channel, Entry, retry_at};
use crate::model::{OutboxId, Outcome};
use crate::store::OutboxCount;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::HashSet;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long an entry is leased, in milliseconds. What a process that died had begun is begun again after that.
const LEASE_MS: i64 = 20_000;
/// How often the lease of an attempt under way is kept.
const KEEP_EVERY: Duration = Duration::from_secs(5);
/// How often is looked for what is due, unless something is heard before.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often what waits is counted.
const COUNT_EVERY: Duration = Duration::from_secs(10);
/// How often noting an outcome is tried, a second apart. Beyond, the entry is sent again.
const MAX_NOTES: u32 = 600;

/// How the reason of an attempt begins for which the mail server could not even be reached.
const CLOSED: &str = "connecting";

/// How much has been sent by this process, and what waits. Counted by channel: mails, then hooks.
#[derive(Debug)]
pub struct Posted {
    sent: [AtomicU64; 2],
    failed: [AtomicU64; 2],
    dead: [AtomicU64; 2],
    backlog: Mutex<Vec<OutboxCount>>,
    /// Whether the mail server could not be reached lately; true at first, since a process may begin after it was away.
    closed: AtomicBool,
}

impl Default for Posted {
    fn default() -> Self {
        Self {
            sent: Default::default(),
            failed: Default::default(),
            dead: Default::default(),
            backlog: Mutex::default(),
            closed: AtomicBool::new(true),
        }
    }
}

impl Posted {
    /// Attempts of a channel since the start: taken, failed for now, and given up.
    pub fn attempts(&self, channel: Channel) -> [(&'static str, u64); 3] {
        let read = |counts: &[AtomicU64; 2]| counts[place(channel)].load(Ordering::Relaxed);
        [
            ("sent", read(&self.sent)),
            ("failed", read(&self.failed)),
            ("dead", read(&self.dead)),
        ]
    }

    /// What waits or is dead, as last counted.
    pub fn backlog(&self) -> Vec<OutboxCount> {
        self.backlog
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn count(counts: &[AtomicU64; 2], channel: Channel) {
        counts[place(channel)].fetch_add(1, Ordering::Relaxed);
    }
}

fn place(channel: Channel) -> usize {
    usize::from(channel == Channel::Hook)
}

/// How many attempts of a channel are under way at once.
fn at_once(channel: Channel) -> usize {
    match channel {
        Channel::Mail => 4,
        Channel::Hook => 16,
    }
}

/// The entries of one channel that this process is sending.
#[derive(Debug, Clone, Default)]
struct UnderWay(Arc<Mutex<HashSet<OutboxId>>>);

impl UnderWay {
    /// Begins; `false` when it is being sent already, by an attempt whose outcome could not be noted yet.
    fn begin(&self, id: OutboxId) -> bool {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.insert(id)
    }

    fn end(&self, id: OutboxId) {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.remove(&id);
    }
}

impl Cases {
    /// Sends what is due until `ends` becomes true; attempts under way are finished then.
    pub async fn deliver(self, ways: Ways, ends: watch::Receiver<bool>) {
        let ways = Arc::new(ways);
        let mails = self.send_all(Channel::Mail, &ways, ends.clone());
        let hooks = self.send_all(Channel::Hook, &ways, ends.clone());
        tokio::join!(mails, hooks, self.count_backlog(ends));
    }

    /// Makes one attempt for everything of a channel that is due now, and waits for what comes of it. Returns how many attempts.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn deliver_due(&self, channel: Channel, ways: &Arc<Ways>) -> Result<usize> {
        let (under_way, mut sending) = (UnderWay::default(), JoinSet::new());
        let mut attempts = 0;
        loop {
            self.begin_due(channel, ways, &under_way, &mut sending)
                .await?;
            if sending.is_empty() {
                return Ok(attempts);
            }
            attempts += sending.len();
            while sending.join_next().await.is_some() {}
        }
    }

    async fn send_all(&self, channel: Channel, ways: &Arc<Ways>, mut ends: watch::Receiver<bool>) {
        let mut heard = self.store().heard();
        let (under_way, mut sending) = (UnderWay::default(), JoinSet::new());
        let mut complained = false;
        while !*ends.borrow() {
            let begun = self
                .begin_due(channel, ways, &under_way, &mut sending)
                .await;
            if let Err(error) = &begun
                && !complained
            {
                tracing::warn!(%error, %channel, "what is to be sent waits for the database");
            }
            complained = begun.is_err();
            tokio::select! {
                _ = ends.changed() => {}
                Some(_) = sending.join_next() => {}
                _ = heard.changed(), if !complained => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        while sending.join_next().await.is_some() {}
    }

    async fn begin_due(
        &self,
        channel: Channel,
        ways: &Arc<Ways>,
        under_way: &UnderWay,
        sending: &mut JoinSet<()>,
    ) -> Result<()> {
        while sending.try_join_next().is_some() {}
        let room = at_once(channel).saturating_sub(sending.len());
        let mut read = self.store().read().await?;
        let now = read.common_time(self.now()).await?;
        let due = read.next_due(channel, now).await?;
        drop(read);
        if room == 0 || due.is_none_or(|due| due > now) {
            return Ok(());
        }
        let mut tx = self.store().begin().await?;
        let room = u32::try_from(room).unwrap_or(1);
        let entries = tx.claim_outbox(channel, now, LEASE_MS, room).await?;
        tx.commit().await?;
        for entry in entries {
            if under_way.begin(entry.what.id) {
                let (cases, ways, under_way) = (self.clone(), Arc::clone(ways), under_way.clone());
                sending.spawn(async move {
                    let id = entry.what.id;
                    cases.send_one(&ways, entry).await;
                    under_way.end(id);
                });
            }
        }
        Ok(())
    }

    async fn send_one(&self, ways: &Ways, entry: Entry) {
        let now = self.now();
        if let Some(until) = ways.rests(&entry, now) {
            let id = entry.what.id;
            return self.until_noted(&entry, || self.put_back(id, until)).await;
        }
        let outcome = self.holding(entry.what.id, ways.attempt(&entry, now)).await;
        ways.learn(&entry, &outcome, self.now());
        self.until_noted(&entry, || self.settle(&entry, &outcome))
            .await;
    }

    /// Keeps the lease of an entry while it is worked on.
    async fn holding<T>(&self, id: OutboxId, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(KEEP_EVERY) => {}
            }
            if let Err(error) = self.keep(id).await {
                tracing::warn!(%error, entry = %id, "a lease cannot be kept: others may send the same");
            }
        }
    }

    async fn keep(&self, id: OutboxId) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let now = tx.common_time(self.now()).await?;
        tx.keep_lease(id, now, LEASE_MS).await?;
        Ok(tx.commit().await?)
    }

    async fn put_back(&self, id: OutboxId, until: Timestamp) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.put_back(id, until).await?;
        Ok(tx.commit().await?)
    }

    /// Does it again until the database takes it: what was sent and not noted would be sent again.
    async fn until_noted<F: Future<Output = Result<()>>>(
        &self,
        entry: &Entry,
        work: impl Fn() -> F,
    ) {
        for round in 0..MAX_NOTES {
            match work().await {
                Ok(()) => return,
                Err(error) if round == 0 => {
                    tracing::warn!(%error, entry = %entry.what.id, "what came of an attempt cannot be noted yet");
                }
                Err(_) => {}
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        tracing::error!(entry = %entry.what.id, "what came of an attempt could not be noted: it will be made again");
    }

    async fn settle(&self, entry: &Entry, outcome: &Outcome) -> Result<()> {
        let (id, channel, now) = (entry.what.id, entry.what.channel, self.now());
        let mut tx = self.store().begin().await?;
        let posted = self.posted();
        match outcome {
            Outcome::Sent(said) => {
                tx.mark_sent(id, now).await?;
                if channel == Channel::Mail && posted.closed.swap(false, Ordering::Relaxed) {
                    // The mail server is back: what waited for it alone need not wait until tomorrow.
                    tx.hasten(channel, CLOSED, now).await?;
                }
                tx.commit().await?;
                Posted::count(&posted.sent, channel);
                tracing::debug!(entry = %id, %channel, said, "sent");
            }
            Outcome::Retry { why, after } => {
                let next = retry_at(entry.attempts, now, jitter(entry));
                let asked = after
                    .and_then(|pause| now.checked_add(SignedDuration::try_from(pause).ok()?).ok());
                let next = next.map(|next| next.max(asked.unwrap_or(next)));
                let Some(next) = next else {
                    return self.bury(tx, entry, why).await;
                };
                tx.mark_failed(id, why, Some(next), now).await?;
                tx.commit().await?;
                if why.starts_with(CLOSED) {
                    posted.closed.store(true, Ordering::Relaxed);
                }
                Posted::count(&posted.failed, channel);
                tracing::info!(entry = %id, %channel, attempts = entry.attempts, why, again_at = %next, "not sent yet");
            }
            Outcome::Refused(why) => return self.bury(tx, entry, why).await,
        }
        Ok(())
    }

    /// Gives an entry up: somebody has to look. That of a mail is told to other programs.
    async fn bury(&self, mut tx: crate::store::Tx, entry: &Entry, why: &str) -> Result<()> {
        let (id, channel, now) = (entry.what.id, entry.what.channel, self.now());
        tx.mark_failed(id, why, None, now).await?;
        if channel == Channel::Mail {
            self.announce_dead(&mut tx, entry, why).await?;
        }
        tx.commit().await?;
        Posted::count(&self.posted().dead, channel);
        tracing::warn!(entry = %id, %channel, attempts = entry.attempts, why, "given up: `kb outbox list` shows it");
        Ok(())
    }

    async fn announce_dead(
        &self,
        tx: &mut crate::store::Tx,
        entry: &Entry,
        why: &str,
    ) -> Result<()> {
        let case = match entry.what.case {
            Some(id) => tx.case(id).await?,
            None => None,
        };
        let to = super::ways::receiver(entry);
        let lang = self.settings().site.default_lang;
        let number = case.as_ref().map(|case| case.number.to_string());
        let fact = Fact {
            event: "mail.dead",
            key: format!("mail:{}:{}", entry.what.id, self.now().as_millisecond()),
            case: case.as_ref(),
            lines: vec![
                Line::new(word("to", lang), to.clone()),
                Line::new(word("why", lang), why),
            ],
            path: number
                .as_ref()
                .map(|number| format!("/desk/cases/{number}")),
            data: json!({
                "entry": entry.what.id.to_string(),
                "to": to,
                "case": number,
                "attempts": entry.attempts,
                "why": why,
            }),
        };
        self.announce(tx, fact).await
    }

    async fn count_backlog(&self, mut ends: watch::Receiver<bool>) {
        while !*ends.borrow() {
            let counted: Result<_> = async {
                let mut read = self.store().read().await?;
                Ok::<_, Error>(read.outbox_backlog().await?)
            }
            .await;
            if let Ok(counted) = counted {
                let mut backlog = self.posted().backlog.lock();
                *backlog.as_deref_mut().unwrap_or(&mut Vec::new()) = counted;
            }
            let _ = tokio::time::timeout(COUNT_EVERY, ends.changed()).await;
        }
    }
}

/// A number from 0 to 1 that belongs to an attempt.
fn jitter(entry: &Entry) -> f64 {
    let name = format!("{} {}", entry.what.id, entry.attempts);
    let [first, ..] = *blake3::hash(name.as_bytes()).as_bytes();
    f64::from(first) / 255.0
}
