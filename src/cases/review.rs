//! Who looks at it before it is shown? The desk: answers of customers, and what is public already.

use super::deeds::Facts;
use super::forum::MAX_ANSWER_CHARS;
use super::permissions::{Act, allow};
use super::redact::{Finding, Known, findings, redact};
use super::{Cases, Refusal, TextFault, plain_text};
use crate::error::Result;
use crate::mail::{Letter, News as Told, Refused, Thanked};
use crate::model::account::Account;
use crate::model::question::{Answer, Author, Question, Shown};
use crate::model::reward::Holder;
use crate::model::{AnswerId, Person};
use crate::store::{QuestionFilter, QuestionOrder, Tx};
use std::collections::BTreeSet;

/// How many answers are shown to be reviewed, and questions listed.
const SHOWN: u32 = 100;
/// The longest reason, in characters.
const MAX_REASON_CHARS: usize = 1_000;
/// The longest answer of the desk, in characters.
const MAX_TEXT_CHARS: usize = 20_000;

/// An answer that waits for review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The answer.
    pub answer: Answer,
    /// To which question.
    pub question: Question,
    /// Who wrote it, if he left an address.
    pub person: Option<Person>,
}

/// What is decided about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// It is shown, without the personal data in it whose keys are not among these.
    Approve(&'a BTreeSet<String>),
    /// It is not, for this reason; may be empty.
    Refuse(&'a str),
}

/// What may be personal data in an answer of a customer.
pub fn personal(text: &str) -> Vec<Finding> {
    findings(&[text], &Known::default())
}

impl Cases {
    /// The answers that wait for review, the earliest first.
    ///
    /// # Errors
    /// [`Refusal::Role`].
    pub async fn to_review(&self, who: &Account) -> Result<Vec<Waiting>> {
        allow(who, Act::Publish)?;
        let mut read = self.store().read().await?;
        let mut waiting = Vec::new();
        for answer in read.answers_to_review(SHOWN).await? {
            let Some(question) = read.question(answer.question).await? else {
                continue;
            };
            let person = match answer.author {
                Author::Customer(Some(id)) => read.person(id).await?,
                _ => None,
            };
            waiting.push(Waiting {
                answer,
                question,
                person,
            });
        }
        Ok(waiting)
    }

    /// Questions in whatever state, what changed last first; only open ones if `open`.
    ///
    /// # Errors
    /// [`Refusal::Role`].
    pub async fn all_questions(&self, who: &Account, open: bool) -> Result<Vec<Question>> {
        allow(who, Act::Publish)?;
        let filter = QuestionFilter {
            open,
            ..QuestionFilter::default()
        };
        let mut read = self.store().read().await?;
        Ok(read
            .questions(&filter, QuestionOrder::Updated, 0, SHOWN)
            .await?)
    }

    /// A question in whatever state, with all its answers.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoQuestion`].
    pub async fn question_at_desk(
        &self,
        who: &Account,
        number: i64,
    ) -> Result<(Question, Vec<Answer>)> {
        allow(who, Act::Publish)?;
        let mut read = self.store().read().await?;
        let question = read.question_by_number(number).await?;
        let question = question.ok_or(Refusal::NoQuestion)?;
        let answers = read.answers(question.id, None).await?;
        Ok((question, answers))
    }

    /// Decides about an answer that waits, and tells its author. Decided a second time the same way, nothing happens.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoQuestion`], [`Refusal::Changed`] when somebody decided otherwise meanwhile.
    pub async fn review(&self, by: &Account, id: AnswerId, verdict: Verdict<'_>) -> Result<Answer> {
        allow(by, Act::Publish)?;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut answer = tx.answer(id).await?.ok_or(Refusal::NoQuestion)?;
        let to = match verdict {
            Verdict::Approve(_) => Shown::Published,
            Verdict::Refuse(_) => Shown::Hidden,
        };
        if answer.shown == to {
            return Ok(answer);
        }
        if answer.shown != Shown::Waiting {
            return Err(Refusal::Changed.into());
        }
        answer.shown = to;
        answer.updated_at = now;
        if let Verdict::Approve(kept) = verdict {
            let question = tx.question(answer.question).await?;
            let lang = question.ok_or(Refusal::NoQuestion)?.lang;
            let mut found = personal(&answer.text);
            found.retain(|finding| !kept.contains(&finding.key()));
            answer.text = redact(&answer.text, &found, lang);
        }
        tx.save_answer(&answer).await?;
        self.tell_author(&mut tx, &answer, verdict).await?;
        let action = match verdict {
            Verdict::Approve(_) => "answer.published",
            Verdict::Refuse(_) => "answer.refused",
        };
        self.note_answer(&mut tx, by, action, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Notes what was done to an answer, by the page on which it stands.
    async fn note_answer(
        &self,
        tx: &mut Tx,
        by: &Account,
        action: &str,
        answer: &Answer,
    ) -> Result<()> {
        let question = tx.question(answer.question).await?;
        let page = question.map_or_else(String::new, |q| format!("/q/{}", q.number));
        let details = Facts::default().with("answer", answer.id).joined();
        self.note(tx, Some(by), action, page, &details).await
    }

    async fn tell_author(&self, tx: &mut Tx, answer: &Answer, verdict: Verdict<'_>) -> Result<()> {
        let Author::Customer(Some(id)) = answer.author else {
            return Ok(());
        };
        let question = tx.question(answer.question).await?;
        let (Some(person), Some(question)) = (tx.person(id).await?, question) else {
            return Ok(());
        };
        let page = self.page_of(&question);
        let total = tx.points(Holder::Person(id)).await?;
        let news = match verdict {
            Verdict::Approve(_) => Told::Thanked(Thanked {
                page,
                points: 0,
                total: u32::try_from(total).unwrap_or(u32::MAX),
            }),
            Verdict::Refuse(reason) => Told::Refused(Refused {
                page,
                reason: reason.trim().chars().take(MAX_REASON_CHARS).collect(),
                text: answer.text.clone(),
            }),
        };
        let letter = Letter {
            to: person.email.clone(),
            name: person
                .name
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            lang: person.lang,
            case: None,
            in_reply_to: None,
            unsubscribe: None,
            news,
        };
        let dedup = format!("answer:{}:reviewed", answer.id);
        self.post_as(tx, None, dedup, String::new(), &letter).await
    }

    /// Shows a question again, or takes it back: its address then says that it is gone.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoQuestion`].
    pub async fn show_question(&self, by: &Account, number: i64, shown: bool) -> Result<Question> {
        allow(by, Act::Publish)?;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let question = tx.question_by_number(number).await?;
        let mut question = question.ok_or(Refusal::NoQuestion)?;
        let to = if shown {
            Shown::Published
        } else {
            Shown::Hidden
        };
        if question.shown == to {
            return Ok(question);
        }
        question.shown = to;
        question.updated_at = now;
        if shown {
            question.published_at.get_or_insert(now);
        }
        tx.save_question(&mut question).await?;
        let action = if shown {
            "question.shown"
        } else {
            "question.hidden"
        };
        let subject = format!("/q/{number}");
        self.note(&mut tx, Some(by), action, subject, "").await?;
        tx.commit().await?;
        Ok(question)
    }

    /// Shows an answer again, or takes it back.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoQuestion`].
    pub async fn show_answer(&self, by: &Account, id: AnswerId, shown: bool) -> Result<()> {
        allow(by, Act::Publish)?;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut answer = tx.answer(id).await?.ok_or(Refusal::NoQuestion)?;
        answer.shown = if shown {
            Shown::Published
        } else {
            Shown::Hidden
        };
        answer.updated_at = now;
        tx.save_answer(&answer).await?;
        if !shown
            && let Some(mut question) = tx.question(answer.question).await?
            && question.accepted == Some(id)
        {
            question.accepted = None;
            tx.save_question(&mut question).await?;
        }
        let action = if shown {
            "answer.shown"
        } else {
            "answer.hidden"
        };
        self.note_answer(&mut tx, by, action, &answer).await?;
        Ok(tx.commit().await?)
    }

    /// Answers a question as the desk: shown at once.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoQuestion`], [`Refusal::Empty`], [`Refusal::TooLong`].
    pub async fn answer_as_desk(&self, by: &Account, number: i64, text: &str) -> Result<AnswerId> {
        allow(by, Act::Publish)?;
        let text =
            plain_text(text, MAX_TEXT_CHARS.max(MAX_ANSWER_CHARS)).map_err(
                |fault| match fault {
                    TextFault::Empty => Refusal::Empty,
                    TextFault::TooLong { .. } => Refusal::TooLong,
                },
            )?;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let question = tx.question_by_number(number).await?;
        let question = question.ok_or(Refusal::NoQuestion)?;
        // Sent twice, as by two clicks, it is one answer.
        let before = tx.answers(question.id, Some(Shown::Published)).await?;
        if let Some(same) = before
            .iter()
            .find(|answer| answer.is_staffs() && answer.text == text)
        {
            return Ok(same.id);
        }
        let answer = Answer {
            id: AnswerId::generate(now),
            question: question.id,
            shown: Shown::Published,
            author: Author::Staff(by.id),
            byline: String::new(),
            text,
            votes: 0,
            created_at: now,
            updated_at: now,
        };
        tx.save_answer(&answer).await?;
        self.note_answer(&mut tx, by, "answer.published", &answer)
            .await?;
        tx.commit().await?;
        Ok(answer.id)
    }

    /// Somebody at the desk says which answer helped.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoQuestion`].
    pub async fn accept_at_desk(&self, by: &Account, id: AnswerId) -> Result<()> {
        allow(by, Act::Publish)?;
        let mut tx = self.store().begin().await?;
        let answer = tx.answer(id).await?.filter(|a| a.shown == Shown::Published);
        let answer = answer.ok_or(Refusal::NoQuestion)?;
        self.accept_in(&mut tx, &answer).await?;
        Ok(tx.commit().await?)
    }
}
