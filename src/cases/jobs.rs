//! What happens by itself when time passes? What is late is escalated, what was solved is closed, somebody is asked how it went
//! (回访), and what has expired is removed.
//!
//! Of several servers one does this, by a lease of the store; whatever it does is done again by nobody, since each case is looked
//! at anew in the transaction that changes it. Time is what the clock says that was passed in.

use super::jumps::Jumps;
use super::{Cases, News};
use crate::error::Result;
use crate::mail::{FollowUp, Letter, News as Told};
use crate::model::CaseId;
use crate::model::case::{Actor, Case, Move, Priority, Reach, Role, State, What};
use crate::store::{CaseFilter, CaseOrder, Cursor, NewEvent, Store, Tx};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often is looked for what is late.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long one server does this before another may, in milliseconds.
const LEASE_MS: i64 = 30_000;
/// How long is waited between other looks, in seconds: for what is to be closed or followed up, and for what has expired.
const CLOSE_EVERY_S: i64 = 60;
const TIDY_EVERY_S: i64 = 3_600;
/// How many cases are read at once, and how often in a row.
const PAGE: u32 = 200;
const MAX_PAGES: u32 = 20;
/// How many late cases are remembered as told of. Beyond, all are looked at anew.
const MAX_TOLD: usize = 100_000;

/// What was done by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// Cases that turned out to be late.
    pub late: u32,
    /// Cases that were closed.
    pub closed: u32,
    /// Requesters who were asked how it went.
    pub followed_up: u32,
    /// Rows that had expired.
    pub tidied: u64,
    /// Cases that no longer say who asked.
    pub anonymised: u32,
}

/// Who looks at the clock: one of it belongs to a process.
#[derive(Debug)]
pub struct Timekeeper {
    name: String,
    told: HashSet<(CaseId, i64)>,
    next: Option<Cursor>,
    closed_at: Option<Timestamp>,
}

impl Timekeeper {
    /// One with a name of its own.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn new() -> Result<Self> {
        Ok(Self {
            name: Store::new_token()?.hash().hex()[..16].to_owned(),
            told: HashSet::new(),
            next: None,
            closed_at: None,
        })
    }
}

impl Cases {
    /// Does what is due, again and again, until `ends` becomes true.
    pub async fn keep_time(self, mut ends: watch::Receiver<bool>) {
        let mut keeper = match Timekeeper::new() {
            Ok(keeper) => keeper,
            Err(error) => return tracing::error!(%error, "nobody looks at the clock"),
        };
        let mut complained = false;
        let mut jumps = self.jumps().await;
        while !*ends.borrow() {
            if jumps.hold(self.now(), Instant::now()) {
                let _ = tokio::time::timeout(LOOK_EVERY, ends.changed()).await;
                continue;
            }
            match self.pass_time(&mut keeper).await {
                Ok(done) if done != Done::default() => tracing::info!(?done, "time passed"),
                Ok(_) => complained = false,
                Err(error) if !complained => {
                    complained = true;
                    tracing::warn!(%error, "what is due waits for the database");
                }
                Err(_) => {}
            }
            let _ = tokio::time::timeout(LOOK_EVERY, ends.changed()).await;
        }
        if let Err(error) = self.give_back(&keeper).await {
            tracing::debug!(%error, "the lease of the clock runs out by itself");
        }
    }

    async fn jumps(&self) -> Jumps {
        let last = async { self.store().read().await?.job_finished_at("tidy").await };
        Jumps::since(last.await.ok().flatten(), self.now(), Instant::now())
    }

    async fn give_back(&self, keeper: &Timekeeper) -> Result<()> {
        let mut tx = self.store().begin().await?;
        for job in ["clock", "tidy"] {
            tx.give_job_back(job, &keeper.name).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Does what is due now, if no other server does.
    ///
    /// # Errors
    /// As the store has it; what was done before stays done.
    pub async fn pass_time(&self, keeper: &mut Timekeeper) -> Result<Done> {
        let now = self.now();
        let mut done = Done::default();
        if !self.lease("clock", keeper).await? {
            return Ok(done);
        }
        done.late = self.escalate_late(keeper, now).await?;
        if keeper
            .closed_at
            .is_none_or(|at| over(at, CLOSE_EVERY_S, now))
        {
            keeper.closed_at = Some(now);
            done.closed = self.close_solved(now).await?;
            done.followed_up = self.follow_up_all(now).await?;
        }
        let tidied = self.store().read().await?.job_finished_at("tidy").await?;
        if tidied.is_none_or(|at| over(at, TIDY_EVERY_S, now)) && self.lease("tidy", keeper).await?
        {
            done.tidied =
                self.store().tidy(now, self.kept_for()).await? + self.forget_deeds(now).await?;
            done.anonymised = self.anonymise_old(now).await?;
            self.erase_again().await?;
            let mut tx = self.store().begin().await?;
            tx.finish_job("tidy", &keeper.name, now).await?;
            tx.commit().await?;
        }
        Ok(done)
    }

    async fn lease(&self, job: &str, keeper: &Timekeeper) -> Result<bool> {
        let mut tx = self.store().begin().await?;
        let now = tx.common_time(self.now()).await?;
        let ours = tx.claim_job(job, &keeper.name, now, LEASE_MS).await?;
        tx.commit().await?;
        Ok(ours)
    }

    async fn escalate_late(&self, keeper: &mut Timekeeper, now: Timestamp) -> Result<u32> {
        let filter = CaseFilter {
            states: vec![State::New, State::Open],
            due_before: Some(now),
            ..CaseFilter::default()
        };
        if keeper.told.len() > MAX_TOLD {
            keeper.told.clear();
        }
        let mut late = 0;
        for _ in 0..MAX_PAGES {
            let mut read = self.store().read().await?;
            let page = read
                .cases(&filter, CaseOrder::Due, keeper.next.as_ref(), PAGE)
                .await?;
            drop(read);
            for case in page.cases {
                let due = case.due_at().map_or(0, Timestamp::as_millisecond);
                if !keeper.told.contains(&(case.id, due)) {
                    late += u32::from(self.note_late(case.id, now).await?);
                    keeper.told.insert((case.id, due));
                }
            }
            keeper.next = page.next;
            if keeper.next.is_none() {
                break;
            }
        }
        Ok(late)
    }

    /// Notes that what was promised for a case is late, hands it on, and calls people once more if it is most urgent. `false` when
    /// that was noted before, or is not so any more.
    async fn note_late(&self, id: CaseId, now: Timestamp) -> Result<bool> {
        let mut tx = self.store().begin().await?;
        let Some(mut case) = tx.case_for_update(id).await? else {
            return Ok(false);
        };
        let Some(due) = case.due_at().filter(|due| *due < now) else {
            return Ok(false);
        };
        let key = format!("late:{id}:{}", due.as_millisecond());
        if !tx.see_once(&key, now).await? {
            return Ok(false);
        }
        let first_answer = case.answered_at.is_none();
        let mut events = vec![by_itself(What::Late { first_answer }, now)];
        let next = self.hand_on(&mut tx, &mut case, &mut events, now).await?;
        let urgent = case.priority == Priority::P1;
        if urgent {
            let group = case.group.clone();
            events.push(by_itself(What::Paged { group }, now));
        }
        case.updated_at = case.updated_at.max(now);
        tx.save_case(&mut case, events).await?;
        self.tell_late(&mut tx, &case, next, urgent).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Hands a late case to the group that its group escalates to, and there to who is next.
    async fn hand_on(
        &self,
        tx: &mut Tx,
        case: &mut Case,
        events: &mut Vec<NewEvent>,
        now: Timestamp,
    ) -> Result<Option<HandedOn>> {
        let settings = self.settings();
        let to = settings
            .group(&case.group)
            .and_then(|group| group.escalates_to.clone());
        let to = to.filter(|to| settings.cases.escalate_late && *to != case.group);
        let Some(to) = to else {
            return Ok(None);
        };
        let from = std::mem::replace(&mut case.group, to.clone());
        let escalated = What::Escalated {
            from,
            to: to.clone(),
            late: true,
            reason: String::new(),
        };
        events.push(NewEvent {
            reach: Reach::Internal,
            ..by_itself(escalated, now)
        });
        let share = settings
            .group(&to)
            .map_or_else(Default::default, |group| group.share);
        let next = self.next_of(tx, &to, share).await?;
        case.assignee = next.as_ref().map(|account| account.id);
        case.escalations += 1;
        events.push(by_itself(
            What::Assigned {
                group: to,
                account: case.assignee,
                name: next
                    .as_ref()
                    .map_or_else(String::new, |account| account.name.to_string()),
            },
            now,
        ));
        Ok(Some(next))
    }

    async fn tell_late(
        &self,
        tx: &mut Tx,
        case: &Case,
        handed_on: Option<HandedOn>,
        urgent: bool,
    ) -> Result<()> {
        let text = super::told::question(tx, case).await?;
        if let Some(next) = &handed_on {
            let person = tx.person(case.requester).await?;
            if let Some(person) = person {
                self.announce_case(tx, "case.due", case, &person).await?;
            }
            self.tell_escalation(tx, case, "", next.as_ref()).await?;
        } else {
            self.tell(tx, case, News::Late { text: &text }).await?;
        }
        match urgent {
            true => self.tell(tx, case, News::Paged { text: &text }).await,
            false => Ok(()),
        }
    }

    /// Closes what has been solved for long enough.
    async fn close_solved(&self, now: Timestamp) -> Result<u32> {
        let days = self.settings().cases.close_after_days;
        let by = before(now, days);
        let filter = CaseFilter {
            solved_by: Some(by),
            ..CaseFilter::default()
        };
        let mut closed = 0;
        for id in self.all_of(&filter).await? {
            let mut tx = self.store().begin().await?;
            let Some(mut case) = tx.case_for_update(id).await? else {
                continue;
            };
            if case.state != State::Solved || case.solved_at.is_none_or(|at| at > by) {
                continue;
            }
            let from = case.state;
            if case.go(Move::Close, Role::System, now).is_err() {
                continue;
            }
            let what = What::Moved {
                step: Move::Close,
                from,
                to: case.state,
            };
            self.plan_follow_up(&mut case);
            tx.save_case(&mut case, vec![by_itself(what, now)]).await?;
            tx.expire_links(id, Some(self.links_end())).await?;
            self.tell(&mut tx, &case, News::Closed).await?;
            tx.commit().await?;
            closed += 1;
        }
        Ok(closed)
    }

    /// Notes when somebody is to ask how it went, for a case that was just closed.
    pub(super) fn plan_follow_up(&self, case: &mut Case) {
        let settings = &self.settings().cases;
        let wanted = case.priority == Priority::P1 || settings.follow_up_kinds.contains(&case.kind);
        if case.state == State::Closed && wanted {
            let days = SignedDuration::from_hours(24 * i64::from(settings.follow_up_days));
            case.follow_up_at = self.now().checked_add(days).ok();
        }
    }

    /// When a case that is solved now will be closed.
    pub(super) fn closes_at(&self) -> Option<Timestamp> {
        let days = i64::from(self.settings().cases.close_after_days);
        self.now()
            .checked_add(SignedDuration::from_hours(24 * days))
            .ok()
    }

    /// Asks how it went where it is time to.
    async fn follow_up_all(&self, now: Timestamp) -> Result<u32> {
        let filter = CaseFilter {
            follow_up_by: Some(now),
            ..CaseFilter::default()
        };
        let mut asked = 0;
        for id in self.all_of(&filter).await? {
            asked += u32::from(self.follow_up(id, now).await?);
        }
        Ok(asked)
    }

    async fn follow_up(&self, id: CaseId, now: Timestamp) -> Result<bool> {
        let mut tx = self.store().begin().await?;
        let Some(mut case) = tx.case_for_update(id).await? else {
            return Ok(false);
        };
        if case.follow_up_at.is_none_or(|at| at > now) {
            return Ok(false);
        }
        case.follow_up_at = None;
        let person = tx.person(case.requester).await?;
        let person = person.filter(|person| !person.blocked && case.state == State::Closed);
        let Some(person) = person else {
            tx.save_case(&mut case, Vec::new()).await?;
            tx.commit().await?;
            return Ok(false);
        };
        let what = What::FollowedUp {
            text: String::new(),
        };
        tx.save_case(&mut case, vec![by_itself(what, now)]).await?;
        let taps = self.taps(&case);
        let view = self.view_for_requester(&mut tx, &case).await?;
        tx.expire_links(id, Some(self.links_end())).await?;
        let letter = Letter {
            to: person.email.clone(),
            name: person
                .name
                .as_ref()
                .map_or(String::new(), ToString::to_string),
            lang: case.lang,
            case: Some(id),
            in_reply_to: None,
            unsubscribe: None,
            news: Told::FollowUp(FollowUp {
                case: view,
                reopen_url: taps.reopen,
                rate_urls: taps.rate,
            }),
        };
        let receiver = person.email.key();
        let dedup = format!("case:{id}:{}:follow_up:{receiver}", case.events);
        let lane = format!("case:{id}:{receiver}");
        self.post_as(&mut tx, Some(&case), dedup, lane, &letter)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The cases that pass a filter, at most some thousands.
    async fn all_of(&self, filter: &CaseFilter) -> Result<Vec<CaseId>> {
        let mut ids = Vec::new();
        let mut next = None;
        for _ in 0..MAX_PAGES {
            let mut read = self.store().read().await?;
            let page = read
                .cases(filter, CaseOrder::Oldest, next.as_ref(), PAGE)
                .await?;
            ids.extend(page.cases.iter().map(|case| case.id));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        Ok(ids)
    }
}

/// Who was given a case that was handed on, if anybody was.
type HandedOn = Option<crate::model::account::Account>;

fn by_itself(what: What, now: Timestamp) -> NewEvent {
    NewEvent::new(Actor::system(), what, now)
}

fn over(at: Timestamp, seconds: i64, now: Timestamp) -> bool {
    // Also when that is ahead: then the clock was set back.
    now.duration_since(at).abs() >= SignedDuration::from_secs(seconds)
}

fn before(now: Timestamp, days: u32) -> Timestamp {
    let days = SignedDuration::from_hours(24 * i64::from(days));
    now.checked_sub(days).unwrap_or(Timestamp::MIN)
}
