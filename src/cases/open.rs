//! How does a question become a case? With its visit, its number, its group and its promise, in one transaction.

use super::limits::Source;
use super::route::Question;
use super::tell::News;
use super::{Cases, Key, Proof, Step, Upload, subject_of, terms_of};
use crate::error::{Code, Error, Result};
use crate::mail::Page;
use crate::model::case::{Actor, Case, Kind, Priority, State, Via, What};
use crate::model::{CaseId, Email, Lang, Person, PersonName, Slug, Tier, Token, VisitId};
use crate::store::{NewEvent, Store, Tx};
use jiff::{SignedDuration, Timestamp};

/// The most that the clocks of several servers differ.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(10);
/// How many cases of a person are looked at to see whether he asks too often.
const LOOKED_AT: u32 = 200;

/// What somebody asks.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// Where answers go.
    pub email: Email,
    /// What to call him.
    pub name: Option<PersonName>,
    /// How important a customer he is, where the company's site says so of this address; else as before.
    pub tier: Option<Tier>,
    /// In which language.
    pub lang: Lang,
    /// What he wants, as [`super::plain_text`] leaves it.
    pub text: String,
    /// Of which kind it is.
    pub kind: Kind,
    /// About which product.
    pub product: Option<Slug>,
    /// About which category, by its path; empty for none.
    pub category: String,
    /// By which way it comes.
    pub via: Via,
    /// The visit that it comes from.
    pub visit: Option<VisitId>,
    /// What a form carries of a visit, where no script noted it.
    pub steps: Vec<Step>,
    /// Files.
    pub files: Vec<Upload>,
    /// Pages that may answer it, the best first.
    pub articles: Vec<Page>,
}

/// How it is asked.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The key by which it is opened once.
    pub key: Option<Key>,
    /// The proof of work, if there is one.
    pub proof: Option<Proof>,
    /// Where it comes from.
    pub source: Source,
}

/// A case that was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The case.
    pub case: Case,
    /// Opens it.
    pub token: Token,
    /// Whether it is new, and was not opened before by the same key.
    pub is_new: bool,
}

impl Cases {
    /// Opens a case: durable with one commit. Sent again with the same key it is the same case, with another link to it.
    ///
    /// # Errors
    /// `Conflict` when the key was used for something else or the proof for another form, `RateLimited` when it is too much,
    /// `Forbidden` when the address is blocked, `TooLarge` for files, and as the store has it.
    pub async fn ask(&self, new: NewCase, asking: Asking) -> Result<Opened> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        if let Some(key) = &asking.key
            && let Some(id) = key.claim(&mut tx, now).await?
        {
            return self.opened_before(tx, &id).await;
        }
        self.use_up(&mut tx, asking.proof.as_ref()).await?;
        self.admit(&mut tx, &new.email, asking.source, asking.proof.is_some())
            .await?;
        let mut person = tx
            .person_for(&new.email, new.name.as_ref(), new.lang, now)
            .await?;
        if let Some(tier) = new.tier.as_ref().filter(|tier| **tier != person.tier) {
            person.tier = tier.clone();
            tx.save_person(&person).await?;
        }
        if person.blocked {
            return Err(Error::new(Code::Forbidden, "this address cannot ask here"));
        }
        let case = self.open_in(&mut tx, &new, &person).await?;
        let token = Store::new_token()?;
        tx.add_link(case.id, token.hash(), now).await?;
        if let Some(key) = &asking.key {
            key.answer(&mut tx, &case.id.to_string()).await?;
        }
        tx.commit().await?;
        Ok(Opened {
            case,
            token,
            is_new: true,
        })
    }

    /// Opens a case within a transaction, and tells of it. For forms and for mails alike: who may ask was decided before.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn open_in(&self, tx: &mut Tx, new: &NewCase, person: &Person) -> Result<Case> {
        let now = self.now();
        let priority = self.priority_of(new.kind, &new.text, &person.tier);
        let mut case = self.draft(tx, new, person, priority).await?;
        let question = Question {
            text: &new.text,
            category: &new.category,
            product: new.product.as_ref(),
            kind: new.kind,
            lang: new.lang,
            tier: &person.tier,
        };
        let routed = self.route(tx, question).await?;
        case.group = routed.group;
        case.assignee = routed.account.as_ref().map(|account| account.id);
        let mut events = vec![NewEvent::new(
            Actor::requester(person.name.as_ref().map(|name| name.as_str())),
            What::Opened {
                text: new.text.clone(),
                via: new.via,
            },
            now,
        )];
        let attachments = self.records(tx, &case, 1, &new.files).await?;
        if let Some(account) = &routed.account {
            let what = What::Assigned {
                group: case.group.clone(),
                account: Some(account.id),
                name: account.name.to_string(),
            };
            events.push(NewEvent::new(Actor::system(), what, now));
        }
        if priority == Priority::P1 {
            let group = case.group.clone();
            events.push(NewEvent::new(Actor::system(), What::Paged { group }, now));
        }
        tx.save_case(&mut case, events).await?;
        for (record, bytes) in attachments {
            tx.add_attachment(&record, bytes).await?;
        }
        let found_by = format!("{}\n{}\n{}", case.number, case.subject, new.text);
        tx.add_terms(case.id, &terms_of(self.analyzer(), &found_by))
            .await?;
        self.keep_visit(tx, new, &case).await?;
        let opened = News::Opened {
            text: &new.text,
            articles: &new.articles,
        };
        self.tell(tx, &case, opened).await?;
        if let Some(account) = &routed.account {
            self.tell(
                tx,
                &case,
                News::Assigned {
                    to: account,
                    text: &new.text,
                },
            )
            .await?;
        }
        if priority == Priority::P1 {
            self.tell(tx, &case, News::Paged { text: &new.text })
                .await?;
        }
        Ok(case)
    }

    async fn draft(
        &self,
        tx: &mut Tx,
        new: &NewCase,
        person: &Person,
        priority: Priority,
    ) -> Result<Case> {
        let now = self.now();
        let settings = self.settings();
        let today = now.to_zoned(settings.service.hours.zone.clone()).date();
        let number = tx.next_case_number(&settings.cases.prefix, today).await?;
        let searched = new.steps.iter().rev().find_map(|step| match step {
            Step::Searched { query, .. } => Some(query.as_str()),
            _ => None,
        });
        let noted = match new.visit {
            Some(id) => tx
                .visit(id)
                .await?
                .and_then(|visit| visit.last_query().map(str::to_owned)),
            None => None,
        };
        Ok(Case {
            id: CaseId::generate(now),
            number,
            state: State::New,
            priority,
            kind: new.kind,
            subject: subject_of(&new.text, searched.or(noted.as_deref())),
            requester: person.id,
            lang: new.lang,
            product: new.product.clone(),
            category: new.category.clone(),
            tags: Vec::new(),
            group: settings.cases.fallback_group.clone(),
            assignee: None,
            escalations: 0,
            visit: new.visit,
            opened_at: now,
            updated_at: now,
            answered_at: None,
            solved_at: None,
            closed_at: None,
            due: self.due(now, priority, &person.tier),
            follow_up_at: None,
            rating: None,
            question: None,
            merged_into: None,
            events: 0,
            version: 0,
        })
    }

    /// Ties the visit to its case: what scripts noted, and what the form carried.
    async fn keep_visit(&self, tx: &mut Tx, new: &NewCase, case: &Case) -> Result<()> {
        let Some(id) = new.visit else {
            return Ok(());
        };
        let mut visit = self.visit_in(tx, id, new.lang, &new.steps).await?;
        visit.case = Some(case.id);
        Ok(tx.save_visit(&visit).await?)
    }

    /// The case that the same key opened before.
    async fn opened_before(&self, mut tx: Tx, id: &str) -> Result<Opened> {
        let gone = || Error::new(Code::Conflict, "what this key did before is gone");
        let id = CaseId::parse(id).map_err(|_| gone())?;
        let case = tx.case(id).await?.ok_or_else(gone)?;
        let token = Store::new_token()?;
        tx.add_link(case.id, token.hash(), self.now()).await?;
        tx.commit().await?;
        Ok(Opened {
            case,
            token,
            is_new: false,
        })
    }

    /// Uses a proof up: it is good for one case or message.
    pub(super) async fn use_up(&self, tx: &mut Tx, proof: Option<&Proof>) -> Result<()> {
        let Some(proof) = proof else {
            return Ok(());
        };
        match tx.see_once(&proof.name, self.now()).await? {
            true => Ok(()),
            false => Err(Error::new(Code::Conflict, "this form was sent already")
                .help("open the form anew; your text is still here")),
        }
    }

    /// Whether somebody may write once more, by his network address and his mail address.
    pub(super) async fn admit(
        &self,
        tx: &mut Tx,
        email: &Email,
        source: Source,
        proved: bool,
    ) -> Result<()> {
        let limits = &self.settings().ask;
        let too_many = |after_s: u64| {
            Error::new(Code::RateLimited, "too many questions in a short time")
                .help(format!("try again in {} minutes", after_s.div_ceil(60)))
        };
        let now = self.now();
        let proved = proved || limits.proof == 0;
        if let Some(busy) = self.count_ask(tx, source, proved).await? {
            return Err(too_many(busy.retry_after_s));
        }
        if source == Source::OWN {
            return Ok(());
        }
        let Some(person) = tx.person_by_email(email).await? else {
            return Ok(());
        };
        let cases = tx
            .cases_of(person.id, LOOKED_AT.max(limits.per_mail_day))
            .await?;
        let today = cases.iter().filter(|case| is_of_today(case, now)).count();
        match today < usize::try_from(limits.per_mail_day).unwrap_or(usize::MAX) {
            true => Ok(()),
            false => Err(too_many(3_600)),
        }
    }
}

/// Whether a case counts for what one may write in a day; one of the future is from before the clock was set back.
pub(super) fn is_of_today(case: &Case, now: Timestamp) -> bool {
    let ago = now.duration_since(case.opened_at);
    ago < SignedDuration::from_hours(24) && ago > -MAX_SKEW
}
