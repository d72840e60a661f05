//! How does an answer reach everybody? A case becomes a question of the forum, a draft of an article, or both: once, without what
//! says who somebody is, and with thanks.

use super::announce::Fact;
use super::answer::{actor, open_case};
use super::deeds::Facts;
use super::draft::{self, ArticleDraft};
use super::permissions::{Act, allow};
use super::publication::{Publication, answered, checked, clean, drafted, known, undecided};
use super::redact::Finding;
use super::reward::Thankee;
use super::{Cases, Refusal, findable, golden};
use crate::error::Result;
use crate::hooks::Line;
use crate::mail::Page;
use crate::model::account::Account;
use crate::model::case::{Case, Reach, State, What};
use crate::model::question::{Answer, Author, Question, Shown};
use crate::model::reward::Reason;
use crate::model::{AccountId, AnswerId, Audience, CaseId, Person, QuestionId};
use crate::store::{NewEvent, Tx};
use jiff::Timestamp;
use serde_json::json;
use std::path::Path;

/// What came of it.
#[derive(Debug, Clone)]
pub enum Published {
    /// It is there, or was before.
    Done(Made),
    /// Somebody has to decide about these first.
    Undecided(Vec<Finding>),
}

/// What was made of a case.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// The number of the question.
    pub question: Option<i64>,
    /// The path of the draft below `kb/`.
    pub draft: Option<String>,
    /// How many golden queries were added; `None` when they could not be.
    pub golden: Option<usize>,
    /// Whether nothing was new.
    pub again: bool,
}

impl Cases {
    /// Publishes a case, in one transaction. What was published or drafted before stays as it is.
    ///
    /// # Errors
    /// [`Refusal`]s: role, no case, merged, empty, too long, no such category, what cannot be written.
    pub async fn publish(
        &self,
        by: &Account,
        id: CaseId,
        what: &Publication,
        kb: &Path,
    ) -> Result<Published> {
        allow(by, Act::ReadCases)?;
        allow(by, Act::Publish)?;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut case = open_case(&mut tx, id).await?;
        let events = tx.events(id, 0, Reach::Internal).await?;
        let person = tx.person(case.requester).await?.ok_or(Refusal::NoCase)?;
        let what = checked(what)?;
        let known = known(&case, Some(&person), &events);
        let undecided = undecided(&what, &known);
        if !undecided.is_empty() {
            return Ok(Published::Undecided(undecided));
        }
        let clean = clean(&what, &known, &case);
        let mut made = Made {
            again: true,
            ..Made::default()
        };
        let mut happened = Vec::new();
        let mut fresh = None;
        if clean.forum {
            let author = answered(&events).map_or(by.id, |(author, _)| author);
            let (question, is_new) = self
                .ask_in_public(&mut tx, &case, &clean, author, now)
                .await?;
            made.question = Some(question.number);
            if is_new {
                case.question = Some(question.id);
                let published = What::Published {
                    question: question.id,
                };
                happened.push(NewEvent::new(actor(by), published, now));
                fresh = Some((question, author));
            }
        }
        if clean.draft {
            made.draft = match drafted(&events) {
                Some(path) => Some(path),
                None => {
                    let path = self.write_draft(kb, &clean, &case).await?;
                    let drafted = What::Drafted { path: path.clone() };
                    happened.push(NewEvent::new(actor(by), drafted, now));
                    Some(path)
                }
            };
        }
        if !happened.is_empty() {
            made.again = false;
            let thanks = match fresh {
                // Who asked is thanked for what everybody can read.
                Some((question, author)) if question.audience == Audience::PUBLIC => Some(
                    self.reward(&mut tx, &case, &person, question, author)
                        .await?,
                ),
                _ => None,
            };
            let points = thanks.as_ref().map_or(0, |thanks| thanks.asked);
            if points > 0 {
                happened.push(NewEvent::new(actor(by), What::Rewarded { points }, now));
            }
            case.updated_at = case.updated_at.max(now);
            tx.save_case(&mut case, happened).await?;
            let question = made.question.map(|number| format!("/q/{number}"));
            let places: Vec<String> = question.into_iter().chain(made.draft.clone()).collect();
            let details = Facts::default().with("to", places.join(", ")).joined();
            self.note(&mut tx, Some(by), "case.published", &case.number, &details)
                .await?;
            if let Some(thanks) = thanks {
                self.thank(&mut tx, &case, by, thanks).await?;
            }
        }
        tx.commit().await?;
        if clean.golden {
            made.golden = self.remember(kb, &clean.wordings, &made).await;
        }
        Ok(Published::Done(made))
    }

    /// The question of a case, made now unless it is there already.
    async fn ask_in_public(
        &self,
        tx: &mut Tx,
        case: &Case,
        what: &Publication,
        author: AccountId,
        now: Timestamp,
    ) -> Result<(Question, bool)> {
        if !self.settings().forum.enabled {
            return Err(Refusal::NoForum.into());
        }
        let before = match case.question {
            Some(id) => tx.question(id).await?,
            None => None,
        };
        if let Some(question) = &before
            && question.shown == Shown::Published
        {
            return Ok((question.clone(), false));
        }
        let answer = (!what.answer.is_empty()).then(|| AnswerId::generate(now));
        let helped = matches!(case.state, State::Solved | State::Closed);
        let mut question = Question {
            shown: Shown::Published,
            title: what.title.clone(),
            text: what.text.clone(),
            audience: what.audience,
            category: what.category.clone(),
            wordings: what.wordings.clone(),
            accepted: answer.filter(|_| helped),
            updated_at: now,
            published_at: Some(now),
            ..before.unwrap_or_else(|| blank(case, now))
        };
        tx.save_question(&mut question).await?;
        if let Some(id) = answer {
            // What was taken back with the question before is not shown beside the new words.
            for mut old in tx.answers(question.id, Some(Shown::Published)).await? {
                if old.is_staffs() {
                    old.shown = Shown::Hidden;
                    old.updated_at = now;
                    tx.save_answer(&old).await?;
                }
            }
            let answer = Answer {
                id,
                question: question.id,
                shown: Shown::Published,
                author: Author::Staff(author),
                byline: String::new(),
                text: what.answer.clone(),
                votes: 0,
                created_at: now,
                updated_at: now,
            };
            tx.save_answer(&answer).await?;
        }
        Ok((question, true))
    }

    async fn write_draft(&self, kb: &Path, what: &Publication, case: &Case) -> Result<String> {
        if what.answer.is_empty() {
            return Err(Refusal::Empty.into());
        }
        let own = self.settings().site.default_lang;
        let draft = ArticleDraft {
            title: what.title.clone(),
            similar: what.wordings.clone(),
            tags: case.tags.iter().map(ToString::to_string).collect(),
            products: case.product.iter().map(ToString::to_string).collect(),
            lang: (case.lang != own).then_some(case.lang),
            category: what.category.clone(),
            audience: what.audience_name.clone(),
            answer: what.answer.clone(),
        };
        let kb = kb.to_owned();
        let written = tokio::task::spawn_blocking(move || draft::write(&kb, &draft)).await;
        written.map_err(|_| Refusal::Unwritable)?
    }

    /// Adds golden queries for what was made. What goes wrong is said, and changes nothing of what was published.
    async fn remember(&self, kb: &Path, queries: &[String], made: &Made) -> Option<usize> {
        let question = made
            .question
            .and_then(|number| findable::question_id(number).ok());
        let article = made
            .draft
            .as_deref()
            .and_then(|path| path.strip_suffix(".md"));
        let ids: Vec<String> = question
            .map(|id| id.to_string())
            .into_iter()
            .chain(article.map(str::to_owned))
            .collect();
        if ids.is_empty() || queries.is_empty() {
            return Some(0);
        }
        let (kb, data) = (kb.to_owned(), self.settings().data_dir.clone());
        let queries = queries.to_vec();
        let add = move || golden::append(&kb, &data, &queries, &ids);
        tokio::task::spawn_blocking(add).await.ok()?.ok()
    }

    /// Tells other programs, and grants what `[rewards]` gives.
    async fn reward(
        &self,
        tx: &mut Tx,
        case: &Case,
        person: &Person,
        question: Question,
        author: AccountId,
    ) -> Result<Thanks> {
        self.announce_question(tx, case, &question).await?;
        let subject = question.id.to_string();
        let asked = self
            .grant(tx, Thankee::Person(person), Reason::Asked, &subject)
            .await?;
        let author = tx.account(author).await?;
        let mut answered = 0;
        if let (Some(author), true) = (&author, question.answers > 0 || question.accepted.is_some())
        {
            let case = case.id.to_string();
            answered = self
                .grant(tx, Thankee::Account(author), Reason::Answered, &case)
                .await?;
        }
        Ok(Thanks {
            page: self.page_of(&question),
            asked,
            author,
            answered,
        })
    }

    async fn announce_question(&self, tx: &mut Tx, case: &Case, question: &Question) -> Result<()> {
        let lang = self.settings().site.default_lang;
        let path = format!("/q/{}", question.number);
        let fact = Fact {
            event: "question.published",
            key: format!("question:{}", question.id),
            case: None,
            lines: vec![Line::new(
                super::announce::word("subject", lang),
                question.title.clone(),
            )],
            data: json!({ "question": {
                "id": question.id.to_string(),
                "number": question.number,
                "title": question.title,
                "url": self.public(&path),
                "lang": question.lang.tag(),
                "category": question.category,
                "case": case.number.to_string(),
            } }),
            path: Some(path),
        };
        self.announce(tx, fact).await
    }

    /// Letters to who asked, and to who answered unless he publishes himself.
    async fn thank(&self, tx: &mut Tx, case: &Case, by: &Account, thanks: Thanks) -> Result<()> {
        self.thank_asker(tx, case, thanks.page.clone(), thanks.asked)
            .await?;
        match &thanks.author {
            Some(author) if author.id != by.id && !author.disabled => {
                let who = Thankee::Account(author);
                self.thank_answerer(tx, who, thanks.page, thanks.answered)
                    .await
            }
            _ => Ok(()),
        }
    }

    /// The public page of a question.
    pub(super) fn page_of(&self, question: &Question) -> Page {
        Page {
            title: question.title.clone(),
            url: self.public(&format!("/q/{}", question.number)),
        }
    }
}

struct Thanks {
    page: Page,
    asked: u32,
    author: Option<Account>,
    answered: u32,
}

fn blank(case: &Case, now: Timestamp) -> Question {
    Question {
        id: QuestionId::generate(now),
        number: 0,
        shown: Shown::Published,
        audience: Audience::PUBLIC,
        title: String::new(),
        text: String::new(),
        lang: case.lang,
        category: String::new(),
        tags: case.tags.iter().map(ToString::to_string).collect(),
        products: case.product.iter().map(ToString::to_string).collect(),
        wordings: Vec::new(),
        asker: Some(case.requester),
        byline: String::new(),
        case: Some(case.id),
        accepted: None,
        answers: 0,
        votes: 0,
        created_at: now,
        updated_at: now,
        published_at: Some(now),
        version: 0,
    }
}
