//! What has just changed? The store's list of changes, read once for the whole process and passed on to every live page.

use super::Cases;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::case::{Priority, State};
use crate::model::{AccountId, CaseId, Slug};
use crate::store::{Assigned, CaseFilter, Change, Topic};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{broadcast, watch};

/// How often other processes' changes are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(1_000);
/// How long one look may take. A database that takes longer counts as away.
const PATIENCE: Duration = Duration::from_secs(5);
/// For how long changes are gathered before they are told.
const TOGETHER: Duration = Duration::from_millis(40);
/// How many changes are read at once.
const BATCH: u32 = 500;
/// How many changes a slow page may be behind; then it reads everything anew.
const KEPT: usize = 256;
/// How many late cases are counted.
const MOST_LATE: u32 = 999;
/// How often counts are made anew while nothing changes, since time alone makes cases late.
const COUNT_EVERY: Duration = Duration::from_secs(30);

/// What a live page hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A case or its timeline.
    Case(CaseId),
    /// Who has a case open.
    Presence(CaseId),
    /// A question of the forum.
    Question,
    /// An account.
    Account,
    /// Possibly everything.
    All,
}

/// How many cases wait.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// To be acted on, by who has them.
    pub by_assignee: BTreeMap<AccountId, u32>,
    /// To be acted on, and nobody's.
    pub unassigned: u32,
    /// To be acted on.
    pub open: u32,
    /// The requester is to act.
    pub waiting: u32,
    /// Late, up to 999.
    pub late: u32,
    /// Most urgent, to be acted on, and nobody's.
    pub urgent: u32,
    /// Not done, by group.
    pub by_group: BTreeMap<Slug, u32>,
}

/// Passes changes on. Cheap to clone; one of it belongs to a process.
#[derive(Debug, Clone)]
pub struct Live {
    heard: broadcast::Sender<Heard>,
    counts: watch::Sender<Arc<Counts>>,
    accounts: watch::Sender<Arc<Vec<Account>>>,
    reached: Arc<AtomicBool>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            heard: broadcast::channel(KEPT).0,
            counts: watch::channel(Arc::default()).0,
            accounts: watch::channel(Arc::default()).0,
            reached: Arc::new(AtomicBool::new(true)),
        }
    }
}

impl Live {
    /// Hears of every change from now on.
    pub fn listen(&self) -> broadcast::Receiver<Heard> {
        self.heard.subscribe()
    }

    /// Whether the database answered when changes were last looked for.
    pub fn reaches_database(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    /// How many cases wait, as last counted.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts.borrow())
    }

    /// Hears of every new count.
    pub fn counted(&self) -> watch::Receiver<Arc<Counts>> {
        self.counts.subscribe()
    }

    /// All accounts, as last read.
    pub fn accounts(&self) -> Arc<Vec<Account>> {
        Arc::clone(&self.accounts.borrow())
    }
}

impl Cases {
    /// Follows the store's changes for ever. A database that cannot be read is asked again.
    pub async fn follow(self) {
        let mut heard = self.store().heard();
        let mut seen = None;
        let mut pause = Duration::ZERO;
        loop {
            // Changes of one moment are told together.
            tokio::time::sleep(pause).await;
            let stepped = tokio::time::timeout(PATIENCE, self.step(&mut seen)).await;
            let away = match stepped {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("the database does not answer".to_owned()),
            };
            pause = away.as_ref().map_or(TOGETHER, |_| LOOK_EVERY * 2);
            let before = self.live().reached.swap(away.is_none(), Ordering::Relaxed);
            match away {
                Some(why) if before => tracing::warn!(why, "live pages wait for the database"),
                None if !before => tracing::info!("the database is back"),
                _ => {}
            }
            let _ = tokio::time::timeout(LOOK_EVERY, heard.changed()).await;
        }
    }

    /// Looks once for changes behind `seen`, and passes them on.
    async fn step(&self, seen: &mut Option<(i64, tokio::time::Instant)>) -> Result<()> {
        let mut read = self.store().read().await?;
        let (from, counted) = match *seen {
            Some(seen) => seen,
            None => (read.last_change().await?, tokio::time::Instant::now()),
        };
        let fresh = seen.is_none();
        let last = read.last_change().await?;
        if last == from && !fresh && counted.elapsed() < COUNT_EVERY {
            return Ok(());
        }
        let changes = read.changes_after(from, BATCH).await?;
        drop(read);
        let news = changes
            .as_ref()
            .map_or_else(|| vec![Heard::All], |changes| told(changes));
        if fresh
            || news
                .iter()
                .any(|news| matches!(news, Heard::Account | Heard::All))
        {
            self.live()
                .accounts
                .send_replace(Arc::new(self.accounts().await?));
        }
        if fresh
            || counted.elapsed() >= COUNT_EVERY
            || news
                .iter()
                .any(|news| matches!(news, Heard::Case(_) | Heard::All))
        {
            let counts = Arc::new(self.count().await?);
            self.live().counts.send_if_modified(|known| {
                let differs = **known != *counts;
                *known = Arc::clone(&counts);
                differs
            });
        }
        let reached = changes.map_or(last, |changes| {
            changes.last().map_or(from, |change| change.seq)
        });
        self.store().tell(reached);
        *seen = Some((reached, tokio::time::Instant::now()));
        for news in news {
            // Nobody need be listening.
            let _ = self.live().heard.send(news);
        }
        Ok(())
    }

    /// How many cases wait now.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn count(&self) -> Result<Counts> {
        let mut read = self.store().read().await?;
        let mut counts = Counts::default();
        for queue in read.queue_counts().await? {
            *counts.by_group.entry(queue.group).or_default() += queue.count;
            if queue.state == State::Waiting {
                counts.waiting += queue.count;
                continue;
            }
            counts.open += queue.count;
            match queue.assignee {
                Some(account) => *counts.by_assignee.entry(account).or_default() += queue.count,
                None => counts.unassigned += queue.count,
            }
        }
        let states = vec![State::New, State::Open];
        let late = CaseFilter {
            states: states.clone(),
            due_before: Some(self.now()),
            ..CaseFilter::default()
        };
        counts.late = read.count_cases(&late, MOST_LATE).await?;
        let urgent = CaseFilter {
            states,
            priority: Some(Priority::P1),
            assigned: Some(Assigned::Nobody),
            ..CaseFilter::default()
        };
        counts.urgent = read.count_cases(&urgent, MOST_LATE).await?;
        Ok(counts)
    }

    /// The live pages of this process.
    pub fn live(&self) -> &Live {
        &self.0.live
    }
}

fn told(changes: &[Change]) -> Vec<Heard> {
    let mut news = Vec::new();
    for change in changes {
        let one = match (change.topic, CaseId::parse(&change.subject)) {
            (Topic::Case, Ok(case)) => Heard::Case(case),
            (Topic::Presence, Ok(case)) => Heard::Presence(case),
            (Topic::Question, _) => Heard::Question,
            (Topic::Account, _) => Heard::Account,
            (Topic::Case | Topic::Presence, Err(_)) => continue,
        };
        if !news.contains(&one) {
            news.push(one);
        }
    }
    news
}
