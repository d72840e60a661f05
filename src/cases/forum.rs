//! What do people do in the open forum? Read questions, say what helped, answer, and accept the answer that did.

use super::announce::{Fact, word};
use super::limits::Claim;
use super::reward::Thankee;
use super::{Asking, Busy, Cases, Refusal, Source};
use crate::error::{Code, Error, Result};
use crate::hooks::Line;
use crate::model::question::{Answer, Author, Question, Shown, Subject, Vote};
use crate::model::reward::Reason;
use crate::model::{AnswerId, Audience, CaseId, Email, Lang, PersonName, VisitId};
use crate::store::{QuestionFilter, QuestionOrder, Tx};
use serde_json::json;

/// The most answers of a question that wait for review; more come from no people.
const MAX_WAITING: usize = 100;
/// The longest answer of a customer, in characters.
pub const MAX_ANSWER_CHARS: usize = 5_000;
/// The furthest page of a list.
const MAX_PAGE: u32 = 10_000;

/// Which questions are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listing {
    /// The newest first.
    #[default]
    Newest,
    /// Those that still wait for an answer, the newest first.
    Open,
    /// The most helpful first.
    Helpful,
}

impl Listing {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Newest, Self::Open, Self::Helpful];

    /// The word for it in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Open => "open",
            Self::Helpful => "helpful",
        }
    }

    /// Reads the word for it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionPage {
    /// The questions.
    pub questions: Vec<Question>,
    /// How many there are in all.
    pub total: u32,
    /// Which page this is, from 1.
    pub page: u32,
    /// How many pages there are, at least 1.
    pub pages: u32,
}

/// A question with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The question.
    pub question: Question,
    /// Its answers that are shown: the accepted one, then the most helpful.
    pub answers: Vec<Answer>,
    /// What this visit said of the question.
    pub own: Option<bool>,
    /// What this visit said of each answer, in the same order.
    pub own_of_answers: Vec<Option<bool>>,
}

/// What stands under a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A question.
    Thread(Box<Thread>),
    /// One that was taken back.
    Gone,
}

/// An answer of somebody who is not at the desk.
#[derive(Debug, Clone)]
pub struct NewAnswer {
    /// The number of the question.
    pub question: i64,
    /// Plain text.
    pub text: String,
    /// What to call its author in public.
    pub byline: Option<PersonName>,
    /// Where its author hears of it.
    pub email: Option<Email>,
    /// In which language.
    pub lang: Lang,
}

impl Cases {
    /// A page of a list.
    ///
    /// # Errors
    /// [`Refusal::NoForum`], and as the store has it.
    pub async fn questions(
        &self,
        viewer: Audience,
        listing: Listing,
        category: &str,
        page: u32,
    ) -> Result<QuestionPage> {
        self.forum()?;
        let filter = QuestionFilter {
            shown: Some(Shown::Published),
            viewer: Some(viewer),
            open: listing == Listing::Open,
            category: category.to_owned(),
            ..QuestionFilter::default()
        };
        let order = match listing {
            Listing::Newest | Listing::Open => QuestionOrder::Newest,
            Listing::Helpful => QuestionOrder::Helpful,
        };
        let size = self.settings().forum.page_questions.max(1);
        let mut read = self.store().read().await?;
        let total = read.count_questions(&filter).await?;
        let pages = total.div_ceil(size).max(1);
        let page = page.clamp(1, pages.min(MAX_PAGE));
        let questions = read
            .questions(&filter, order, (page - 1) * size, size)
            .await?;
        Ok(QuestionPage {
            questions,
            total,
            page,
            pages,
        })
    }

    /// A question with its answers, and what this visit said of them.
    ///
    /// # Errors
    /// [`Refusal::NoQuestion`] when there never was one that this viewer may read, [`Refusal::NoForum`].
    pub async fn thread(
        &self,
        viewer: Audience,
        number: i64,
        visit: Option<VisitId>,
    ) -> Result<Found> {
        self.forum()?;
        let mut read = self.store().read().await?;
        let found = read.question_by_number(number).await?;
        let question = found.filter(|question| viewer.may_read(question.audience));
        let question = question.ok_or(Refusal::NoQuestion)?;
        match question.shown {
            Shown::Published => {}
            Shown::Hidden if question.published_at.is_some() => return Ok(Found::Gone),
            Shown::Hidden | Shown::Waiting => return Err(Refusal::NoQuestion.into()),
        }
        let mut answers = read.answers(question.id, Some(Shown::Published)).await?;
        answers.sort_by_key(|answer| question.accepted != Some(answer.id));
        let voter = visit.map(voter);
        let (mut own, mut own_of_answers) = (None, vec![None; answers.len()]);
        if let Some(voter) = &voter {
            own = read.vote_of(&Subject::Question(question.id), voter).await?;
            for (place, answer) in answers.iter().enumerate() {
                own_of_answers[place] = read.vote_of(&Subject::Answer(answer.id), voter).await?;
            }
        }
        Ok(Found::Thread(Box::new(Thread {
            question,
            answers,
            own,
            own_of_answers,
        })))
    }

    /// Says whether a question, or one of its answers, helped: once for a visit. What was said before is replaced, and `None` takes
    /// it back. Returns the votes that it has now.
    ///
    /// # Errors
    /// `RateLimited`, [`Refusal::NoQuestion`], and as the store has it.
    pub async fn vote(
        &self,
        viewer: Audience,
        number: i64,
        answer: Option<AnswerId>,
        helpful: Option<bool>,
        (visit, source): (VisitId, Source),
    ) -> Result<i64> {
        let now = self.now();
        let claims = Claim::vote(source);
        self.limits().take(&claims, now).map_err(too_many)?;
        let mut tx = self.store().begin().await?;
        if let Some(busy) = self.take_in(&mut tx, &claims).await? {
            return Err(too_many(busy));
        }
        let question = self.open_question(&mut tx, viewer, number).await?;
        let subject = match answer {
            None => Subject::Question(question.id),
            Some(id) => {
                let answer = tx.answer(id).await?;
                let of_this = |a: &Answer| a.question == question.id && a.shown == Shown::Published;
                answer.filter(of_this).ok_or(Refusal::NoQuestion)?;
                Subject::Answer(id)
            }
        };
        let voter = voter(visit);
        match helpful {
            Some(helpful) => {
                let vote = Vote {
                    subject: subject.clone(),
                    voter,
                    helpful,
                    at: now,
                };
                tx.vote(&vote).await?;
            }
            None => {
                tx.unvote(&subject, &voter).await?;
            }
        }
        let (yes, no) = tx.votes(&subject).await?;
        tx.commit().await?;
        Ok(i64::from(yes) - i64::from(no))
    }

    /// Takes an answer: it waits until somebody at the desk has looked at it. Sent again with the same key it is the same.
    ///
    /// # Errors
    /// [`Refusal::NoQuestion`], `Forbidden` where customers do not answer, `RateLimited`, `Conflict` for a key or proof that was
    /// used for something else.
    pub async fn answer_in_public(
        &self,
        new: NewAnswer,
        viewer: Audience,
        asking: Asking,
    ) -> Result<AnswerId> {
        if !self.settings().forum.customer_answers {
            return Err(Error::new(Code::Forbidden, "answers are not taken here"));
        }
        let now = self.now();
        let mut tx = self.store().begin().await?;
        if let Some(key) = &asking.key
            && let Some(id) = key.claim(&mut tx, now).await?
        {
            return AnswerId::parse(&id).map_err(|_| Refusal::NoQuestion.into());
        }
        self.use_up(&mut tx, asking.proof.as_ref()).await?;
        let limits = &self.settings().ask;
        let proved = asking.proof.is_some() || limits.proof == 0;
        if let Some(busy) = self.count_ask(&mut tx, asking.source, proved).await? {
            return Err(too_many(busy));
        }
        let question = self.open_question(&mut tx, viewer, new.question).await?;
        let waiting = tx.answers(question.id, Some(Shown::Waiting)).await?;
        if waiting.len() >= MAX_WAITING {
            return Err(Error::new(
                Code::RateLimited,
                "too many answers wait for review already",
            ));
        }
        let person = match &new.email {
            Some(email) => {
                let person = tx
                    .person_for(email, new.byline.as_ref(), new.lang, now)
                    .await?;
                if person.blocked {
                    return Err(Error::new(
                        Code::Forbidden,
                        "this address cannot answer here",
                    ));
                }
                Some(person.id)
            }
            None => None,
        };
        let answer = Answer {
            id: AnswerId::generate(now),
            question: question.id,
            shown: Shown::Waiting,
            author: Author::Customer(person),
            byline: new.byline.map_or_else(String::new, |name| name.to_string()),
            text: new.text,
            votes: 0,
            created_at: now,
            updated_at: now,
        };
        tx.save_answer(&answer).await?;
        self.announce_waiting(&mut tx, &question, &answer).await?;
        if let Some(key) = &asking.key {
            key.answer(&mut tx, &answer.id.to_string()).await?;
        }
        tx.commit().await?;
        Ok(answer.id)
    }

    async fn announce_waiting(
        &self,
        tx: &mut Tx,
        question: &Question,
        answer: &Answer,
    ) -> Result<()> {
        let lang = self.settings().site.default_lang;
        let fact = Fact {
            event: "answer.waiting",
            key: format!("answer:{}", answer.id),
            case: None,
            lines: vec![Line::new(word("subject", lang), question.title.clone())],
            path: Some("/desk/questions".to_owned()),
            data: json!({ "answer": {
                "id": answer.id.to_string(),
                "text": answer.text,
                "by": answer.byline,
                "question": { "number": question.number, "title": question.title },
            } }),
        };
        self.announce(tx, fact).await
    }

    /// The question that a case became, for its asker: the page on which he accepts an answer.
    ///
    /// # Errors
    /// [`Refusal::NoQuestion`] when it is not public.
    pub async fn thread_of_case(&self, case: CaseId) -> Result<Thread> {
        let mut read = self.store().read().await?;
        let case = read.case(case).await?.ok_or(Refusal::NoCase)?;
        let question = match case.question {
            Some(id) => read.question(id).await?,
            None => None,
        };
        let number = question.ok_or(Refusal::NoQuestion)?.number;
        drop(read);
        match self.thread(Audience::PUBLIC, number, None).await? {
            Found::Thread(thread) => Ok(*thread),
            Found::Gone => Err(Refusal::NoQuestion.into()),
        }
    }

    /// The asker says which answer helped.
    ///
    /// # Errors
    /// [`Refusal::NoQuestion`] when it is no answer to what his case became.
    pub async fn accept_by_asker(&self, case: CaseId, answer: AnswerId) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let case = tx.case(case).await?.ok_or(Refusal::NoCase)?;
        let found = tx.answer(answer).await?.ok_or(Refusal::NoQuestion)?;
        if case.question != Some(found.question) || found.shown != Shown::Published {
            return Err(Refusal::NoQuestion.into());
        }
        self.accept_in(&mut tx, &found).await?;
        Ok(tx.commit().await?)
    }

    /// Marks an answer as the one that helped, and thanks its author once.
    pub(super) async fn accept_in(&self, tx: &mut Tx, answer: &Answer) -> Result<()> {
        let question = tx.question(answer.question).await?;
        let mut question = question.ok_or(Refusal::NoQuestion)?;
        if question.accepted == Some(answer.id) {
            return Ok(());
        }
        question.accepted = Some(answer.id);
        question.updated_at = self.now();
        tx.save_question(&mut question).await?;
        let page = self.page_of(&question);
        let subject = answer.id.to_string();
        match answer.author {
            Author::Customer(Some(id)) => {
                let Some(person) = tx.person(id).await? else {
                    return Ok(());
                };
                let who = Thankee::Person(&person);
                let points = self.grant(tx, who, Reason::Accepted, &subject).await?;
                // Whoever asked and answered himself need not be thanked for it.
                match question.asker == Some(id) || points == 0 {
                    true => Ok(()),
                    false => self.thank_answerer(tx, who, page, points).await,
                }
            }
            Author::Staff(id) => {
                if let Some(account) = tx.account(id).await? {
                    let who = Thankee::Account(&account);
                    self.grant(tx, who, Reason::Accepted, &subject).await?;
                }
                Ok(())
            }
            Author::Customer(None) => Ok(()),
        }
    }

    /// A question that this viewer sees.
    async fn open_question(&self, tx: &mut Tx, viewer: Audience, number: i64) -> Result<Question> {
        self.forum()?;
        let question = tx.question_by_number(number).await?;
        let question = question.filter(|question| question.is_seen_by(viewer));
        Ok(question.ok_or(Refusal::NoQuestion)?)
    }

    fn forum(&self) -> Result<()> {
        match self.settings().forum.enabled {
            true => Ok(()),
            false => Err(Refusal::NoForum.into()),
        }
    }
}

fn too_many(busy: Busy) -> Error {
    Error::new(Code::RateLimited, "too much in a short time").help(format!(
        "try again in {} minutes",
        busy.retry_after_s.div_ceil(60)
    ))
}

/// Who votes: a hash, so that a list of votes does not tell which visit they came from.
pub(super) fn voter(visit: VisitId) -> String {
    blake3::hash(format!("vote:{visit}").as_bytes())
        .to_hex()
        .to_string()
}
