//! How is somebody erased? Everything in one transaction, which can be tried without effect; then the bytes that it freed.

use super::anonymise::{Anonymised, Identity};
use super::{is_nobody, stand_in};
use crate::cases::Cases;
use crate::error::{Error, Result};
use crate::model::{CaseId, Email, Person, PersonId};
use crate::store::{Deed, Tombstone, Tx};
use jiff::Timestamp;

/// What was erased, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Erased {
    /// Whether anybody of this address was known.
    pub known: bool,
    /// When somebody of this address was erased before.
    pub before: Option<Timestamp>,
    /// Each kind of thing with how many of it were anonymised or removed; those of none are left out.
    pub counts: Vec<(&'static str, u64)>,
    /// Whether public texts were changed, so that the index must be built anew to forget what they said.
    pub public: bool,
    /// The numbers of the cases that were anonymised.
    pub cases: Vec<String>,
}

impl Erased {
    fn count(&mut self, what: &'static str, n: u64) {
        if n == 0 {
            return;
        }
        match self.counts.iter_mut().find(|(name, _)| *name == what) {
            Some((_, sum)) => *sum += n,
            None => self.counts.push((what, n)),
        }
    }

    fn count_all(&mut self, done: Anonymised) {
        self.count("cases", 1);
        self.count("events", done.events);
        self.count("attachments", done.attachments);
        self.count("visits", done.visits);
        self.count("letters", done.letters);
    }
}

impl Cases {
    /// Erases everything of an address: cases are anonymised, all else is removed, and a tombstone stays. `by` is who wanted it, for
    /// the audit log. Done again it changes nothing.
    ///
    /// # Errors
    /// As the store has it; then nothing was done.
    pub async fn erase(&self, email: &Email, by: &str) -> Result<Erased> {
        let mut tx = self.store().begin_patiently().await?;
        let mut erased = self.erase_in(&mut tx, email, by, self.now()).await?;
        tx.commit().await?;
        self.store().wipe().await?;
        erased.count("mail_files", self.remove_mail_files(email, &erased).await?);
        Ok(erased)
    }

    /// What [`Self::erase`] would do, without doing it.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn would_erase(&self, email: &Email) -> Result<Erased> {
        let mut tx = self.store().begin_patiently().await?;
        let erased = self.erase_in(&mut tx, email, "", self.now()).await?;
        tx.roll_back().await?;
        Ok(erased)
    }

    /// Does it within a transaction.
    pub(super) async fn erase_in(
        &self,
        tx: &mut Tx,
        email: &Email,
        by: &str,
        now: Timestamp,
    ) -> Result<Erased> {
        let hash = self.address_hash(email);
        let mut erased = Erased {
            before: tx.erased_at(&hash).await?,
            ..Erased::default()
        };
        if is_nobody(email) {
            return Ok(erased);
        }
        erased.count("sessions", tx.remove_customer(email).await?);
        let person = tx.person_by_email(email).await?;
        if let Some(person) = &person {
            self.erase_person(tx, person, &mut erased).await?;
        }
        erased.count("follows", tx.remove_follows(&hash).await?);
        let letters = tx.remove_letters_naming(email).await?;
        erased.count("letters", letters);
        erased.known = person.is_some() || !erased.counts.is_empty();
        if erased.known {
            let stone = Tombstone {
                hash: hash.clone(),
                erased_at: now,
            };
            tx.add_tombstone(&stone, true).await?;
            let details = erased.counts.iter().map(|(what, n)| format!("{what}: {n}"));
            let deed = Deed {
                at: now,
                actor: by.to_owned(),
                action: "person.erased".to_owned(),
                subject: hash,
                details: details.collect::<Vec<_>>().join("; "),
            };
            tx.note_deed(&deed).await?;
        }
        Ok(erased)
    }

    async fn erase_person(&self, tx: &mut Tx, person: &Person, erased: &mut Erased) -> Result<()> {
        let identity = self.identity(tx, person).await?;
        for id in tx.all_cases_of(person.id).await? {
            erased.cases.extend(number(tx, id).await?);
            let done = self.anonymise_case(tx, id, &identity, None).await?;
            erased.count_all(done);
        }
        self.disown_questions(tx, person.id, &identity, erased)
            .await?;
        self.disown_answers(tx, person.id, &identity, erased)
            .await?;
        erased.count("points", tx.remove_points(person.id).await?);
        let holder = person.id.to_string();
        erased.count("readings", tx.forget_readings(&holder).await?);
        tx.record_readings(&holder, true, self.now()).await?;
        let nobody = stand_in(person.id)
            .ok_or_else(|| Error::internal("nobody has no address", anyhow::anyhow!("stand-in")))?;
        tx.anonymise_person(person.id, &nobody).await?;
        erased.count("records", 1);
        Ok(())
    }

    /// What he asked in public stays, as nobody's.
    async fn disown_questions(
        &self,
        tx: &mut Tx,
        person: PersonId,
        identity: &Identity,
        erased: &mut Erased,
    ) -> Result<()> {
        for id in tx.questions_of(person).await? {
            let Some(mut question) = tx.question(id).await? else {
                continue;
            };
            let before = question.clone();
            let clean = |text: &String| identity.public(text, question.lang);
            let (title, text) = (clean(&question.title), clean(&question.text));
            question.wordings = question.wordings.iter().map(clean).collect();
            (question.title, question.text) = (title, text);
            (question.asker, question.byline) = (None, String::new());
            question.updated_at = question.updated_at.max(self.now());
            tx.save_question(&mut question).await?;
            erased.count("questions", 1);
            let said = |q: &crate::model::question::Question| {
                (q.title.clone(), q.text.clone(), q.wordings.clone())
            };
            erased.public |= said(&before) != said(&question);
        }
        Ok(())
    }

    /// What he answered in public stays, as nobody's.
    async fn disown_answers(
        &self,
        tx: &mut Tx,
        person: PersonId,
        identity: &Identity,
        erased: &mut Erased,
    ) -> Result<()> {
        for id in tx.answers_of(person).await? {
            let Some(answer) = tx.answer(id).await? else {
                continue;
            };
            let question = tx.question(answer.question).await?;
            let lang = question.map_or(self.settings().site.default_lang, |q| q.lang);
            let text = identity.public(&answer.text, lang);
            tx.disown_answer(id, &text).await?;
            // Counted anew and told of with its question.
            if let Some(answer) = tx.answer(id).await? {
                tx.save_answer(&answer).await?;
            }
            erased.count("answers", 1);
            erased.public |= text != answer.text;
        }
        Ok(())
    }

    /// Without a mail server, mails are files: those to him and about his cases.
    async fn remove_mail_files(&self, email: &Email, erased: &Erased) -> Result<u64> {
        let settings = self.settings();
        let folder = crate::mail::folder_of(settings);
        let mut words = vec![email.key()];
        words.extend(erased.cases.iter().map(|number| number.to_lowercase()));
        let work = move || crate::mail::remove_files_naming(&folder, &words);
        let removed = tokio::task::spawn_blocking(work).await;
        let removed = removed.map_err(|e| Error::internal("mails that are files stay", e))?;
        removed.map_err(|e| {
            Error::internal("mails that are files could not be removed", e)
                .help("remove those of this address from the folder of [mail] by hand")
        })
    }
}

/// The number of a case, as its mails name it.
async fn number(tx: &mut Tx, id: CaseId) -> Result<Option<String>> {
    Ok(tx.case(id).await?.map(|case| case.number.to_string()))
}
