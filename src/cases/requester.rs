//! What can who asked do with his case? Open it, write to it, attach, confirm, reopen, rate: by the secret of his link.

use super::limits::Source;
use super::tell::News;
use super::uploads::{Upload, UploadFault};
use super::{Cases, Key, terms_of};
use crate::error::{Code, Error, Result};
use crate::model::case::{Actor, Attachment, Case, Move, Rating, Reach, Role, State, Via, What};
use crate::model::{AttachmentId, CaseId, Person, Token};
use crate::store::{NewEvent, Tx};
use jiff::{SignedDuration, Timestamp};

/// The most that a requester writes to one case in an hour.
const MESSAGES_PER_HOUR: i64 = 60;
/// How many cases in a row are followed from one that was merged.
const MAX_MERGES: usize = 10;

/// What a link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entrance {
    /// The case.
    Case(Box<Case>),
    /// The case goes on in this one; a new link opens it.
    Moved(Token),
}

/// What a requester writes to his case.
#[derive(Debug, Clone)]
pub struct Written {
    /// The text; may be empty where there are files.
    pub text: String,
    /// Files.
    pub files: Vec<Upload>,
    /// By which way.
    pub via: Via,
    /// The key by which it is done once.
    pub key: Option<Key>,
    /// Where it comes from.
    pub source: Source,
}

impl Cases {
    /// What a link opens; a case that was merged leads to the one in which it goes on.
    ///
    /// # Errors
    /// `NotFound` for every link that opens nothing, whatever the reason.
    pub async fn enter(&self, token: &Token) -> Result<Entrance> {
        let now = self.now();
        let mut read = self.store().read().await?;
        let id = read
            .case_of_link(token.hash(), now)
            .await?
            .ok_or_else(absent)?;
        let case = read.case(id).await?.ok_or_else(absent)?;
        drop(read);
        if case.state != State::Merged {
            return Ok(Entrance::Case(Box::new(case)));
        }
        self.follow_merge(case).await
    }

    /// A link to the case in which a merged one goes on, if it is the same person's; else the merged one stays what is shown.
    async fn follow_merge(&self, merged: Case) -> Result<Entrance> {
        let mut tx = self.store().begin().await?;
        let mut target = merged.clone();
        for _ in 0..MAX_MERGES {
            let Some(next) = target.merged_into else {
                break;
            };
            target = tx.case(next).await?.ok_or_else(absent)?;
        }
        if target.requester != merged.requester || target.id == merged.id {
            return Ok(Entrance::Case(Box::new(merged)));
        }
        let token = crate::store::Store::new_token()?;
        tx.add_link(target.id, token.hash(), self.now()).await?;
        tx.commit().await?;
        Ok(Entrance::Moved(token))
    }

    /// Adds a message, files, or both. A case that was solved is open again by it.
    ///
    /// # Errors
    /// `Conflict` when the case takes no messages any more, `TooLarge` when it takes no more files, `RateLimited` when it is too much.
    pub async fn write(&self, id: CaseId, written: Written) -> Result<Case> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        if let Some(key) = &written.key
            && key.claim(&mut tx, now).await?.is_some()
        {
            tx.roll_back().await?;
            return self.case(id).await;
        }
        let mut case = tx.case_for_update(id).await?.ok_or_else(absent)?;
        let person = tx.person(case.requester).await?.ok_or_else(absent)?;
        self.write_in(&mut tx, &mut case, &person, &written, "")
            .await?;
        if let Some(key) = &written.key {
            key.answer(&mut tx, &case.id.to_string()).await?;
        }
        tx.commit().await?;
        Ok(case)
    }

    /// The same within a transaction. `quoted`: what a mail quoted.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) async fn write_in(
        &self,
        tx: &mut Tx,
        case: &mut Case,
        person: &Person,
        written: &Written,
        quoted: &str,
    ) -> Result<()> {
        let now = self.now();
        self.admit_message(tx, case, written.source).await?;
        let by = actor(person);
        let mut events = self.moved(case, Move::Write, &by)?;
        let place = case.events + 1;
        let what = match written.text.is_empty() {
            true => What::Attached {
                attachments: Vec::new(),
            },
            false => What::Message {
                text: written.text.clone(),
                quoted: quoted.to_owned(),
                via: written.via,
            },
        };
        let attachments = self.records(tx, case, place, &written.files).await?;
        let what = match what {
            What::Attached { .. } => What::Attached {
                attachments: attachments.iter().map(|(record, _)| record.id).collect(),
            },
            other => other,
        };
        events.insert(0, NewEvent::new(by, what, now));
        tx.save_case(case, events).await?;
        for (record, bytes) in attachments {
            tx.add_attachment(&record, bytes).await?;
        }
        tx.add_terms(case.id, &terms_of(self.analyzer(), &written.text))
            .await?;
        let text = &written.text;
        self.tell(tx, case, News::Wrote { text }).await
    }

    /// The requester agrees that it is solved, or says so himself.
    ///
    /// # Errors
    /// `Conflict` when the case is in another state by now.
    pub async fn confirm(&self, id: CaseId) -> Result<Case> {
        let mut tx = self.store().begin().await?;
        let mut case = tx.case_for_update(id).await?.ok_or_else(absent)?;
        if case.state == State::Closed {
            return Ok(case);
        }
        let person = tx.person(case.requester).await?.ok_or_else(absent)?;
        let by = actor(&person);
        let mut events = Vec::new();
        if case.state.is_live() {
            events.extend(self.moved(&mut case, Move::Solve, &by)?);
        }
        events.extend(self.moved(&mut case, Move::Confirm, &by)?);
        self.plan_follow_up(&mut case);
        tx.save_case(&mut case, events).await?;
        tx.expire_links(case.id, Some(self.links_end())).await?;
        self.tell(&mut tx, &case, News::Closed).await?;
        tx.commit().await?;
        Ok(case)
    }

    /// It was not solved after all.
    ///
    /// # Errors
    /// `Conflict` when the case is in another state by now, or was closed too long ago.
    pub async fn reopen(&self, id: CaseId, why: &str) -> Result<Case> {
        let mut tx = self.store().begin().await?;
        let mut case = tx.case_for_update(id).await?.ok_or_else(absent)?;
        if case.state.is_live() {
            return Ok(case);
        }
        if !self.can_be_reopened(&case) {
            return Err(Error::new(
                Code::Conflict,
                "this case was closed too long ago to be opened again",
            )
            .help("ask anew, and name the number of this case"));
        }
        let person = tx.person(case.requester).await?.ok_or_else(absent)?;
        let by = actor(&person);
        let mut events = self.moved(&mut case, Move::Reopen, &by)?;
        case.due.solution = self.due(self.now(), case.priority, &person.tier).solution;
        if !why.is_empty() {
            let text = why.to_owned();
            let what = What::Message {
                text,
                quoted: String::new(),
                via: Via::Page,
            };
            events.push(NewEvent::new(by, what, self.now()));
        }
        tx.save_case(&mut case, events).await?;
        tx.expire_links(case.id, None).await?;
        self.tell(&mut tx, &case, News::Reopened { by_requester: true })
            .await?;
        tx.commit().await?;
        Ok(case)
    }

    /// The requester says how it was. A later rating replaces the one before.
    ///
    /// # Errors
    /// `Conflict` while the case is neither solved nor closed.
    pub async fn rate(&self, id: CaseId, rating: Rating, text: &str) -> Result<Case> {
        let mut tx = self.store().begin().await?;
        let mut case = tx.case_for_update(id).await?.ok_or_else(absent)?;
        if !matches!(case.state, State::Solved | State::Closed) {
            return Err(Error::new(
                Code::Conflict,
                "only a case that is solved can be rated",
            ));
        }
        if case.rating == Some(rating) && text.is_empty() {
            return Ok(case);
        }
        let person = tx.person(case.requester).await?.ok_or_else(absent)?;
        case.rating = Some(rating);
        case.updated_at = case.updated_at.max(self.now());
        let what = What::Rated {
            rating,
            text: text.to_owned(),
        };
        let event = NewEvent::new(actor(&person), what, self.now());
        tx.save_case(&mut case, vec![event]).await?;
        self.tell(&mut tx, &case, News::Rated).await?;
        tx.commit().await?;
        Ok(case)
    }

    /// Whether a case that is done can be opened again: for a time after it was closed.
    pub fn can_be_reopened(&self, case: &Case) -> bool {
        let days = i64::from(self.settings().cases.reopen_days);
        let open_for = SignedDuration::from_hours(24 * days);
        let closed = case.closed_at.filter(|_| case.state == State::Closed);
        case.state != State::Merged
            && closed.is_none_or(|at| self.now().duration_since(at) <= open_for)
    }

    /// A case by its id.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub async fn case(&self, id: CaseId) -> Result<Case> {
        self.store()
            .read()
            .await?
            .case(id)
            .await?
            .ok_or_else(absent)
    }

    /// Whether the requester may write once more: by his network address, and by how much he wrote in the last hour. His link
    /// speaks for him, so no proof is asked for.
    async fn admit_message(&self, tx: &mut Tx, case: &Case, source: Source) -> Result<()> {
        let now = self.now();
        let busy = || {
            Error::new(Code::RateLimited, "too many messages in a short time")
                .help("try again in an hour")
        };
        if self.count_ask(tx, source, true).await?.is_some() {
            return Err(busy());
        }
        let latest = tx
            .events(case.id, case.events - MESSAGES_PER_HOUR, Reach::Public)
            .await?;
        let an_hour_ago = now
            .checked_sub(SignedDuration::from_hours(1))
            .unwrap_or(now);
        let own = latest
            .iter()
            .filter(|event| event.by.role == Role::Requester && event.at > an_hour_ago);
        match i64::try_from(own.count()).is_ok_and(|count| count < MESSAGES_PER_HOUR) {
            true => Ok(()),
            false => Err(busy()),
        }
    }

    /// Makes a move, and the event of it where the state changes.
    fn moved(&self, case: &mut Case, step: Move, by: &Actor) -> Result<Vec<NewEvent>> {
        let from = case.state;
        let now = self.now();
        let gone = case.go(step, by.role, now);
        gone.map_err(|refused| Error::new(Code::Conflict, refused.to_string()))?;
        let what = What::Moved {
            step,
            from,
            to: case.state,
        };
        Ok(match from == case.state {
            true => Vec::new(),
            false => vec![NewEvent::new(by.clone(), what, now)],
        })
    }

    /// Whether there is room for files at all, before a case is opened for them.
    pub(super) async fn room_for(&self, tx: &mut Tx, files: &[Upload]) -> Result<()> {
        let (sum, limits) = (sum_of(files), &self.settings().uploads);
        if sum > limits.case_mib << 20 {
            return Err(full(UploadFault::CaseFull(limits.case_mib)));
        }
        self.room_in_all(tx, sum).await
    }

    /// Whether all files of all cases may take so many bytes more, and the disk of the database too.
    async fn room_in_all(&self, tx: &mut Tx, bytes: u64) -> Result<()> {
        let limits = &self.settings().uploads;
        if bytes == 0 {
            return Ok(());
        }
        if tx.all_attached_bytes().await? + bytes > limits.total_mib << 20 {
            tracing::warn!("files are refused: uploads.total_mib is reached");
            return Err(full(UploadFault::NoRoom));
        }
        let kept = limits.min_free_mib << 20;
        let free = self.store().free_bytes().filter(|_| kept > 0);
        // A file is written twice: to the log of the database first.
        match free.filter(|free| free.saturating_sub(2 * bytes) < kept) {
            None => Ok(()),
            Some(free) => {
                let free_mib = free >> 20;
                tracing::warn!(free_mib, "files are refused: the disk is nearly full");
                Err(full(UploadFault::NoRoom))
            }
        }
    }

    /// The records of files that come with an event, if there is room for them.
    pub(super) async fn records(
        &self,
        tx: &mut Tx,
        case: &Case,
        event: i64,
        files: &[Upload],
    ) -> Result<Vec<(Attachment, Vec<u8>)>> {
        let (sum, limits) = (sum_of(files), &self.settings().uploads);
        if files.is_empty() {
            return Ok(Vec::new());
        }
        if files.len() > limits.files {
            return Err(full(UploadFault::TooMany(limits.files)));
        }
        if tx.attached_bytes(case.id).await? + sum > limits.case_mib << 20 {
            return Err(full(UploadFault::CaseFull(limits.case_mib)));
        }
        self.room_in_all(tx, sum).await?;
        let now = self.now();
        // A millisecond apart, so that they stay in the order in which they were chosen.
        let at = |place: i64| {
            let later = SignedDuration::from_millis(place);
            now.checked_add(later).unwrap_or(now)
        };
        let record = |(place, file): (i64, &Upload)| Attachment {
            id: AttachmentId::generate(at(place)),
            case: case.id,
            event,
            reach: Reach::Public,
            name: file.name.clone(),
            media_type: file.media_type.to_owned(),
            size: size(&file.bytes),
            hash: blake3::hash(&file.bytes).to_hex().to_string(),
            created_at: at(place),
        };
        let records = (0..)
            .zip(files)
            .map(|(place, file)| (record((place, file)), file.bytes.clone()));
        Ok(records.collect())
    }

    /// When the links of a case that is closed now end.
    pub(super) fn links_end(&self) -> Timestamp {
        let days = SignedDuration::from_hours(24 * i64::from(self.settings().cases.link_days));
        self.now().checked_add(days).unwrap_or(Timestamp::MAX)
    }
}

fn sum_of(files: &[Upload]) -> u64 {
    files.iter().map(|file| size(&file.bytes)).sum()
}

fn full(fault: UploadFault) -> Error {
    Error::new(Code::TooLarge, fault.to_string())
}

fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn actor(person: &Person) -> Actor {
    Actor::requester(person.name.as_ref().map(|name| name.as_str()))
}

pub(super) fn absent() -> Error {
    Error::not_found("this link opens no case").help("have it sent again: /case/resend")
}
