//! What becomes of a mail that arrived? A reply becomes a message of its case, another mail opens one, and what programs wrote is
//! answered with nothing.
//!
//! Who replies shows one of our signed names, so he has seen a mail of ours; that does not say who he is. Only who has the
//! requester's address speaks for the requester. What others send is kept as a note for the desk and told to nobody outside: it may
//! be a colleague to whom the mail was handed on, or a stranger. A reply to a case that is done opens it again for as long as the
//! requester could do it himself, and begins a new case after that. A mail is taken once, by its Message-ID and sender.

use super::announce::word;
use super::open::is_of_today;
use super::{Cases, Upload, Written, plain_text};
use crate::error::{Code, Error, Result};
use crate::mail::{self, About, Automatic, Incoming, Threads};
use crate::model::case::{Actor, Case, CaseNumber, Kind, Move, Role, State, Via, What};
use crate::model::{CaseId, Email, Lang, Person, PersonName};
use crate::store::{NewEvent, Tx};
use std::fmt;

/// How many cases of a person are looked at to see whether he asks too often.
const LOOKED_AT: u32 = 200;
/// How many merges are followed.
const MAX_MERGES: usize = 10;

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// It opened a case.
    Opened(CaseNumber),
    /// It is a message of this case.
    Written(CaseNumber),
    /// It is a note in this case, for the desk only.
    Noted(CaseNumber),
    /// Nothing was done, for this reason.
    Passed(&'static str),
}

impl fmt::Display for Arrived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened(number) => write!(f, "opened {number}"),
            Self::Written(number) => write!(f, "a message of {number}"),
            Self::Noted(number) => write!(f, "a note in {number}"),
            Self::Passed(why) => write!(f, "passed over: {why}"),
        }
    }
}

impl Cases {
    /// Takes a mail as it came, in one transaction.
    ///
    /// # Errors
    /// `InvalidRequest` when it cannot be read (try it never again), `RateLimited` when it is too much, and as the store has it (try both
    /// later).
    pub async fn take_mail(&self, raw: &[u8]) -> Result<Arrived> {
        let limits = mail::Limits {
            text_chars: self.settings().ask.text_chars,
            ..mail::Limits::default()
        };
        let mail = match mail::read(raw, &limits) {
            Ok(mail) => mail,
            Err(mail::Unreadable::NoSender) => return Ok(Arrived::Passed("it names no sender")),
            Err(why) => return Err(Error::invalid(why.to_string())),
        };
        let threads = Threads::of(self.settings(), self.signer().clone());
        let threads = threads.map_err(|why| Error::internal(why.to_string(), why))?;
        let about = threads.about(&mail);
        let Some(from) = mail.from.clone().filter(|from| !self.is_own(from)) else {
            return Ok(Arrived::Passed("it is from this help centre itself"));
        };
        let mut tx = self.store().begin().await?;
        if !tx.see_once(&name_of(&mail, raw), self.now()).await? {
            return Ok(Arrived::Passed("it was taken before"));
        }
        let arrived = match (about, mail.automatic) {
            (About::Ourselves, _) => Arrived::Passed("it is one of our own mails"),
            (about, Some(Automatic::Bounce)) => {
                self.take_bounce(&mut tx, &threads, &mail, about).await?
            }
            (About::Case(case), Some(_)) => self.note_program(&mut tx, case, &mail, &from).await?,
            (About::New, Some(_)) => Arrived::Passed("a program wrote it"),
            (About::Case(case), None) => self.take_reply(&mut tx, case, &mail, from).await?,
            (About::New, None) if mail.is_spam => Arrived::Passed("it is marked as spam"),
            (About::New, None) => self.take_new(&mut tx, &mail, from, None).await?,
        };
        tx.commit().await?;
        Ok(arrived)
    }

    /// Whether an address is one that we send from.
    fn is_own(&self, from: &Email) -> bool {
        let mail = &self.settings().mail;
        let own = [&mail.from, &mail.inbound];
        own.into_iter().flatten().any(|own| own.key() == from.key())
    }

    async fn take_reply(
        &self,
        tx: &mut Tx,
        id: CaseId,
        mail: &Incoming,
        from: Email,
    ) -> Result<Arrived> {
        let Some(case) = self.goes_on_in(tx, id).await? else {
            return self.take_new(tx, mail, from, None).await;
        };
        let person = tx.person(case.requester).await?;
        let Some(person) = person.filter(|person| person.email.key() == from.key()) else {
            return self.note_stranger(tx, case, mail, &from).await;
        };
        if person.blocked {
            return Ok(Arrived::Passed("its sender is blocked"));
        }
        if matches!(case.state, State::Closed | State::Merged) && !self.can_be_reopened(&case) {
            return self.take_new(tx, mail, from, Some(case.number)).await;
        }
        let (files, left_out) = self.files_of(mail);
        let text = plain_text(&mail.text, usize::MAX).unwrap_or_default();
        if text.is_empty() && files.is_empty() && left_out.is_empty() {
            return Ok(Arrived::Passed("there is nothing new in it"));
        }
        self.write_mail(tx, case, &person, mail, (text, files, left_out))
            .await
    }

    async fn write_mail(
        &self,
        tx: &mut Tx,
        mut case: Case,
        person: &Person,
        mail: &Incoming,
        (text, files, mut left_out): (String, Vec<Upload>, Vec<String>),
    ) -> Result<Arrived> {
        if case.state == State::Closed {
            self.open_again(tx, &mut case, person).await?;
        }
        let mut written = Written {
            text,
            files,
            via: Via::Mail,
            key: None,
            source: super::Source::OWN,
        };
        let before = case.clone();
        let quoted = plain_text(&mail.quoted, usize::MAX).unwrap_or_default();
        match self
            .write_in(tx, &mut case, person, &written, &quoted)
            .await
        {
            Err(error) if error.code() == Code::TooLarge => {
                left_out.extend(written.files.drain(..).map(|file| file.name.to_string()));
                case = before;
                self.write_in(tx, &mut case, person, &written, &quoted)
                    .await?;
            }
            other => other?,
        }
        self.note_left_out(tx, &mut case, mail, left_out).await?;
        Ok(Arrived::Written(case.number))
    }

    /// The requester's reply opens a case that is done.
    async fn open_again(&self, tx: &mut Tx, case: &mut Case, person: &Person) -> Result<()> {
        let (from, now) = (case.state, self.now());
        let gone = case.go(Move::Reopen, Role::Requester, now);
        gone.map_err(|refused| Error::new(Code::Conflict, refused.to_string()))?;
        let what = What::Moved {
            step: Move::Reopen,
            from,
            to: case.state,
        };
        case.due.solution = self.due(now, case.priority, &person.tier).solution;
        let by = Actor::requester(person.name.as_ref().map(PersonName::as_str));
        tx.save_case(case, vec![NewEvent::new(by, what, now)])
            .await?;
        tx.expire_links(case.id, None).await?;
        self.announce_case(tx, "case.reopened", case, person).await
    }

    /// The case, or the one in which it goes on.
    pub(super) async fn goes_on_in(&self, tx: &mut Tx, id: CaseId) -> Result<Option<Case>> {
        let mut found = tx.case_for_update(id).await?;
        for _ in 0..MAX_MERGES {
            match found.as_ref().and_then(|case| case.merged_into) {
                Some(next) => found = tx.case_for_update(next).await?,
                None => break,
            }
        }
        Ok(found)
    }

    /// Opens a case. `after`: the case that it replies to, which is done.
    async fn take_new(
        &self,
        tx: &mut Tx,
        mail: &Incoming,
        from: Email,
        after: Option<CaseNumber>,
    ) -> Result<Arrived> {
        let (files, mut left_out) = self.files_of(mail);
        let Some(text) = self.text_of(mail) else {
            return Ok(Arrived::Passed("there is nothing in it"));
        };
        self.admit_mail(tx, &from).await?;
        let known = tx.person_by_email(&from).await?;
        let lang = known.map_or_else(|| self.lang_of(&text), |person| person.lang);
        let name = PersonName::parse(&mail.from_name).ok();
        let person = tx
            .person_for(&from, name.as_ref(), lang, self.now())
            .await?;
        if person.blocked {
            return Ok(Arrived::Passed("its sender is blocked"));
        }
        let mut new = super::NewCase {
            email: from,
            name,
            tier: None,
            lang,
            text,
            kind: Kind::Question,
            product: None,
            category: String::new(),
            via: Via::Mail,
            visit: None,
            steps: Vec::new(),
            files,
            articles: Vec::new(),
        };
        if let Err(error) = self.room_for(tx, &new.files).await {
            if error.code() != Code::TooLarge {
                return Err(error);
            }
            left_out.extend(new.files.drain(..).map(|file| file.name.to_string()));
        }
        let mut case = self.open_in(tx, &new, &person).await?;
        if let Some(number) = after {
            let words = word("follows", self.settings().site.default_lang);
            self.leave_note(tx, &mut case, Actor::system(), format!("{words} {number}"))
                .await?;
        }
        self.note_left_out(tx, &mut case, mail, left_out).await?;
        Ok(Arrived::Opened(case.number))
    }

    /// What a new mail asks: its subject, then its text; what goes beyond the limit is cut off.
    fn text_of(&self, mail: &Incoming) -> Option<String> {
        let body = plain_text(&mail.text, usize::MAX).unwrap_or_default();
        let subject = plain_text(&mail.subject, usize::MAX).unwrap_or_default();
        let whole = match body.starts_with(&subject) {
            true => body,
            false => format!("{subject}\n\n{body}"),
        };
        let cut: String = whole.chars().take(self.settings().ask.text_chars).collect();
        plain_text(&cut, usize::MAX).ok()
    }

    /// The language that a text seems to be in.
    fn lang_of(&self, text: &str) -> Lang {
        let chinese = text.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}'));
        match self.settings().site.default_lang {
            Lang::En if chinese => Lang::ZhCn,
            own if chinese => own,
            _ => Lang::En,
        }
    }

    /// Whether somebody may open one more case by mail: by how many he opened in a day, and all in an hour.
    async fn admit_mail(&self, tx: &mut Tx, from: &Email) -> Result<()> {
        let (limits, now) = (&self.settings().ask, self.now());
        let too_many = || Error::new(Code::RateLimited, "too many mails in a short time");
        let hour = format!("mail-in:{}", now.as_second() / 3_600);
        if tx.note_failure(&hour, now, 3_600_000).await? > limits.per_hour {
            return Err(too_many());
        }
        let Some(person) = tx.person_by_email(from).await? else {
            return Ok(());
        };
        let cases = tx
            .cases_of(person.id, LOOKED_AT.max(limits.per_mail_day))
            .await?;
        let today = cases.iter().filter(|case| is_of_today(case, now));
        match u32::try_from(today.count()).is_ok_and(|count| count < limits.per_mail_day) {
            true => Ok(()),
            false => Err(too_many()),
        }
    }

    /// The files that are taken, and the names of those that are not.
    fn files_of(&self, mail: &Incoming) -> (Vec<Upload>, Vec<String>) {
        let limits = &self.settings().uploads;
        let (mut files, mut left_out) = (Vec::new(), mail.left_out.clone());
        for attachment in &mail.attachments {
            if files.len() >= limits.files {
                left_out.push(attachment.name.clone());
                continue;
            }
            match Upload::inspect(&attachment.name, attachment.bytes.clone(), limits) {
                Ok(file) => files.push(file),
                Err(why) => left_out.push(format!("{} ({why})", attachment.name)),
            }
        }
        (files, left_out)
    }
}

/// What names a mail for ever: its id and sender, or, where it has no id, all of it.
fn name_of(mail: &Incoming, raw: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    match &mail.message_id {
        Some(id) => hasher.update(id.as_str().as_bytes()),
        None => hasher.update(raw),
    };
    hasher.update(b"\0");
    let from = mail.from.as_ref().map(Email::key).unwrap_or_default();
    hasher.update(from.as_bytes());
    format!("mail:{}", &hasher.finalize().to_hex()[..40])
}
