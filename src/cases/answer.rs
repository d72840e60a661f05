//! What does the desk write? Replies, questions back and notes; never past something that the writer has not seen.

use super::permissions::{Act, allow};
use super::{Cases, Refusal, terms_of};
use crate::error::Result;
use crate::model::CaseId;
use crate::model::account::{Account, Role as Desk};
use crate::model::case::{Actor, Case, Event, Move, Reach, Role, State, Via, What};
use crate::store::{NewEvent, Read, Tx};
use jiff::Timestamp;

/// The longest reply or note, in characters.
pub(super) const MAX_TEXT_CHARS: usize = 20_000;

/// How it is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A reply; the desk goes on.
    Reply,
    /// A question back: the requester is to act.
    AskBack,
    /// A reply that solves the case; without a text, only that.
    Solve,
    /// For the desk only.
    Note,
}

/// Something written at the desk.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// In which case.
    pub case: CaseId,
    /// The last event that the writer saw.
    pub seen: i64,
    /// How it is meant.
    pub how: How,
    /// Markdown.
    pub text: &'a str,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Sent {
    /// It stands in the timeline.
    Done(Box<Case>),
    /// It does not: others wrote or acted since, in these events.
    Stale(Vec<Event>),
}

impl Cases {
    /// Writes a reply or a note, unless something happened that its writer has not seen.
    ///
    /// # Errors
    /// [`Refusal`]s: role, no case, empty or too long, state.
    pub async fn answer(&self, by: &Account, answer: Answer<'_>) -> Result<Sent> {
        allow(by, Act::WorkCases)?;
        let text = checked(answer.text, answer.how)?;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut case = open_case(&mut tx, answer.case).await?;
        let unseen = unseen(&mut tx, &case, answer.seen, by).await?;
        if !unseen.is_empty() {
            return Ok(Sent::Stale(unseen));
        }
        let events = write(&mut case, by, answer.how, &text, now)?;
        tx.save_case(&mut case, events).await?;
        if !text.is_empty() {
            tx.add_terms(case.id, &terms_of(self.analyzer(), &text))
                .await?;
        }
        tx.save_draft(case.id, by.id, "", now).await?;
        self.tell_answer(&mut tx, &case, by, answer.how, &text)
            .await?;
        tx.commit().await?;
        Ok(Sent::Done(Box::new(case)))
    }
}

fn checked(text: &str, how: How) -> Result<String> {
    let text = text.replace("\r\n", "\n");
    let text: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let text = text.trim().to_owned();
    if text.is_empty() && how != How::Solve {
        return Err(Refusal::Empty.into());
    }
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(Refusal::TooLong.into());
    }
    Ok(text)
}

/// A case that is still its own, locked until the transaction ends.
pub(super) async fn open_case(tx: &mut Tx, id: CaseId) -> Result<Case> {
    let case = tx.case_for_update(id).await?.ok_or(Refusal::NoCase)?;
    match case.state {
        State::Merged => Err(Refusal::Merged.into()),
        _ => Ok(case),
    }
}

/// What others did after `seen` that somebody who answers must know of.
async fn unseen(read: &mut Read, case: &Case, seen: i64, by: &Account) -> Result<Vec<Event>> {
    if case.events <= seen {
        return Ok(Vec::new());
    }
    let mut events = read.events(case.id, seen, Reach::Internal).await?;
    events.retain(|event| event.by.account != Some(by.id) && matters(&event.what));
    Ok(events)
}

fn matters(what: &What) -> bool {
    matches!(
        what,
        What::Opened { .. }
            | What::Message { .. }
            | What::Note { .. }
            | What::Moved { .. }
            | What::MergedFrom { .. }
            | What::Escalated { .. }
            | What::Rated { .. }
            | What::Attached { .. }
            | What::Published { .. }
    )
}

/// Who acts, as timelines say it.
pub(super) fn actor(account: &Account) -> Actor {
    let role = match account.role {
        Desk::Specialist => Role::Specialist,
        Desk::Agent | Desk::Admin | Desk::Editor => Role::Agent,
    };
    Actor {
        role,
        account: Some(account.id),
        name: account.name.to_string(),
    }
}

fn write(
    case: &mut Case,
    by: &Account,
    how: How,
    text: &str,
    now: Timestamp,
) -> Result<Vec<NewEvent>> {
    let who = actor(by);
    let event = |what| NewEvent::new(who.clone(), what, now);
    if how == How::Note {
        case.updated_at = case.updated_at.max(now);
        return Ok(vec![event(What::Note {
            text: text.to_owned(),
        })]);
    }
    let mut events = Vec::new();
    if !text.is_empty() {
        events.push(event(What::Message {
            text: text.to_owned(),
            quoted: String::new(),
            via: Via::Desk,
        }));
        case.answered_at.get_or_insert(now);
    }
    if case.assignee.is_none() {
        case.assignee = Some(by.id);
        events.push(event(What::Assigned {
            group: case.group.clone(),
            account: Some(by.id),
            name: by.name.to_string(),
        }));
    }
    let step = match how {
        How::AskBack => Move::AskBack,
        How::Solve if case.state != State::Solved => Move::Solve,
        How::Solve | How::Reply | How::Note => Move::Answer,
    };
    events.extend(step_event(case, step, by, now)?);
    Ok(events)
}

/// Makes a move, and says so if the state is another one now.
pub(super) fn step_event(
    case: &mut Case,
    step: Move,
    by: &Account,
    now: Timestamp,
) -> Result<Option<NewEvent>> {
    let from = case.state;
    let who = actor(by);
    case.go(step, who.role, now).map_err(|_| Refusal::State)?;
    let to = case.state;
    Ok((from != to).then(|| NewEvent::new(who, What::Moved { step, from, to }, now)))
}

#[cfg(test)]
mod tests {
    use super::{How, checked};

    #[test]
    fn what_is_written_is_text_and_not_nothing() {
        assert_eq!(
            checked(" a\r\nb\0\u{1b}[2J ", How::Reply).ok().as_deref(),
            Some("a\nb[2J")
        );
        assert!(checked(" \n", How::Note).is_err());
        assert_eq!(checked(" \n", How::Solve).ok().as_deref(), Some(""));
        assert!(checked(&"长".repeat(20_001), How::Reply).is_err());
    }
}
