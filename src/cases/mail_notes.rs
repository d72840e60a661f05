//! What of a mail is for the desk alone? Replies of people who are not the requester, what programs answered, mails that came
//! back, and what was not taken: notes, of which a case takes so many in a day.

use super::announce::word;
use super::incoming::Arrived;
use super::{Cases, plain_text};
use crate::error::Result;
use crate::mail::{About, Incoming, MessageId, Threads};
use crate::model::case::{Actor, Case, Reach, What};
use crate::model::{CaseId, Email, OutboxId};
use crate::store::{NewEvent, Tx};

/// The longest text of a note about a mail, in characters.
const MAX_NOTE_CHARS: usize = 4_000;
/// How many notes programs, and one address that is not the requester's, may leave in a case in a day.
const NOTES_PER_DAY: u32 = 5;
/// How many notes of people who are not the requester a case takes in a day, from whatever addresses.
const STRANGERS_PER_DAY: u32 = 20;

impl Cases {
    /// Tells the desk what was not taken of a mail.
    pub(super) async fn note_left_out(
        &self,
        tx: &mut Tx,
        case: &mut Case,
        mail: &Incoming,
        left_out: Vec<String>,
    ) -> Result<()> {
        let lang = self.settings().site.default_lang;
        let mut lines = Vec::new();
        if mail.is_cut {
            lines.push(word("cut", lang).to_owned());
        }
        if !left_out.is_empty() {
            lines.push(format!(
                "{}: {}",
                word("left_out", lang),
                left_out.join(", ")
            ));
        }
        match lines.is_empty() {
            true => Ok(()),
            false => {
                self.leave_note(tx, case, Actor::system(), lines.join("\n"))
                    .await
            }
        }
    }

    /// A reply from an address that is not the requester's.
    pub(super) async fn note_stranger(
        &self,
        tx: &mut Tx,
        mut case: Case,
        mail: &Incoming,
        from: &Email,
    ) -> Result<Arrived> {
        let few = self
            .may_note(tx, &case, from.key().as_str(), NOTES_PER_DAY)
            .await?
            && self
                .may_note(tx, &case, "strangers", STRANGERS_PER_DAY)
                .await?;
        if !few {
            return Ok(Arrived::Passed("there were too many like it"));
        }
        let lang = self.settings().site.default_lang;
        let text = format!("{} {from}\n\n{}", word("stranger", lang), mail.text);
        self.leave_note(tx, &mut case, Actor::system(), text.clone())
            .await?;
        self.tell_note(tx, &case, from, &text).await?;
        Ok(Arrived::Noted(case.number))
    }

    /// What a program answered to a mail of ours: for the desk to see, and answered with nothing.
    pub(super) async fn note_program(
        &self,
        tx: &mut Tx,
        id: CaseId,
        mail: &Incoming,
        from: &Email,
    ) -> Result<Arrived> {
        let Some(mut case) = self.goes_on_in(tx, id).await? else {
            return Ok(Arrived::Passed("a program wrote it"));
        };
        if !self.may_note(tx, &case, "programs", NOTES_PER_DAY).await? {
            return Ok(Arrived::Passed("there were too many like it"));
        }
        let lang = self.settings().site.default_lang;
        let text = format!("{} {from}\n\n{}", word("program", lang), mail.text);
        self.leave_note(tx, &mut case, Actor::system(), text)
            .await?;
        Ok(Arrived::Noted(case.number))
    }

    /// A report that a mail of ours did not arrive: that mail is dead, and the desk sees why.
    pub(super) async fn take_bounce(
        &self,
        tx: &mut Tx,
        threads: &Threads,
        mail: &Incoming,
        about: About,
    ) -> Result<Arrived> {
        let returned = mail.returned.as_ref().filter(|id| threads.is_ours(id));
        let entry = returned.and_then(entry_of);
        if let Some(entry) = entry {
            let why = format!("returned: {}", first_line(&mail.text));
            tx.mark_returned(entry, &why, self.now()).await?;
        }
        let About::Case(id) = about else {
            return Ok(Arrived::Passed("a mail was returned"));
        };
        let Some(mut case) = self.goes_on_in(tx, id).await? else {
            return Ok(Arrived::Passed("a mail was returned"));
        };
        if !self.may_note(tx, &case, "returned", NOTES_PER_DAY).await? {
            return Ok(Arrived::Passed("there were too many like it"));
        }
        let lang = self.settings().site.default_lang;
        let text = format!("{}\n\n{}", word("mail.dead", lang), mail.text);
        self.leave_note(tx, &mut case, Actor::system(), text)
            .await?;
        Ok(Arrived::Noted(case.number))
    }

    /// Whether one more note of a sort is taken for a case today.
    async fn may_note(&self, tx: &mut Tx, case: &Case, sort: &str, most: u32) -> Result<bool> {
        let now = self.now();
        let sort = blake3::hash(sort.as_bytes()).to_hex();
        let day = now.as_second() / 86_400;
        let name = format!("mail-note:{}:{day}:{}", case.id, &sort.as_str()[..16]);
        Ok(tx.note_failure(&name, now, 86_400_000).await? <= most)
    }

    pub(super) async fn leave_note(
        &self,
        tx: &mut Tx,
        case: &mut Case,
        by: Actor,
        text: String,
    ) -> Result<()> {
        let text: String = text.chars().take(MAX_NOTE_CHARS).collect();
        let text = plain_text(&text, usize::MAX).unwrap_or_default();
        let now = self.now();
        case.updated_at = case.updated_at.max(now);
        let note = NewEvent {
            reach: Reach::Internal,
            ..NewEvent::new(by, What::Note { text }, now)
        };
        Ok(tx.save_case(case, vec![note]).await?)
    }
}

/// The entry of the outbox that a mail of ours was.
fn entry_of(id: &MessageId) -> Option<OutboxId> {
    let (entry, _) = id.as_str().split_once('.')?;
    OutboxId::parse(entry).ok()
}

fn first_line(text: &str) -> &str {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}
