//! Who is thanked, and how? Points of `[rewards]`, once for each fact, told to the company's own programs; and a letter with the
//! public address.

use super::Cases;
use super::announce::{Fact, requester, word};
use crate::error::{Error, Result};
use crate::hooks::Line;
use crate::mail::{Letter, News as Told, Page, Published, Thanked};
use crate::model::account::Account;
use crate::model::case::Case;
use crate::model::reward::{Grant, Holder, Reason};
use crate::model::{Email, Lang, Person};
use crate::store::Tx;
use serde_json::{Value, json};

/// Who is thanked.
#[derive(Debug, Clone, Copy)]
pub enum Thankee<'a> {
    /// Somebody who asks, or answers as a customer.
    Person(&'a Person),
    /// Somebody of the desk.
    Account(&'a Account),
}

impl Cases {
    /// Grants what `[rewards]` gives for a fact, named by the id of the question, answer or case; the `reward.granted` hook leaves
    /// with the same transaction. Returns the points that were granted now: 0 when there are none, or were before. Points of a
    /// requester belong into his timeline as [`crate::model::case::What::Rewarded`]; who saves the case puts it there.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn grant(
        &self,
        tx: &mut Tx,
        who: Thankee<'_>,
        reason: Reason,
        subject: &str,
    ) -> Result<u32> {
        let points = self.worth(reason);
        if points == 0 {
            return Ok(0);
        }
        let grant = Grant {
            holder: who.holder(),
            reason,
            subject: subject.to_owned(),
            points,
            at: self.now(),
        };
        if !tx.grant(&grant).await? {
            return Ok(0);
        }
        let total = tx.points(grant.holder).await?;
        let lang = self.settings().site.default_lang;
        let fact = Fact {
            event: "reward.granted",
            key: format!("reward:{}:{reason}:{subject}", who.id()),
            case: None,
            lines: vec![
                Line::new(word("to", lang), who.name()),
                Line::new(word("points", lang), points.to_string()),
            ],
            path: None,
            data: json!({
                "holder": who.described(),
                "reason": reason.as_str(),
                "subject": subject,
                "points": points,
                "total": total,
            }),
        };
        self.announce(tx, fact).await?;
        Ok(points)
    }

    /// What a fact is worth.
    fn worth(&self, reason: Reason) -> u32 {
        let rewards = &self.settings().rewards;
        match reason {
            _ if !rewards.enabled => 0,
            Reason::Asked => rewards.asked,
            Reason::Accepted => rewards.accepted,
            Reason::Answered => rewards.answered,
            Reason::Thanks => 0,
        }
    }

    /// Thanks who asked, with the public page that came of his case. Told once for each page.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn thank_asker(
        &self,
        tx: &mut Tx,
        case: &Case,
        page: Page,
        points: u32,
    ) -> Result<()> {
        let person = tx.person(case.requester).await?;
        let person = person.ok_or_else(|| Error::not_found("nobody asked this"))?;
        let who = Thankee::Person(&person);
        let total = whole(tx.points(who.holder()).await?);
        let dedup = format!("thanks:{}:{}:{}", case.id, page.url, who.id());
        let view = self.view_for_requester(tx, case).await?;
        let letter = Letter {
            case: Some(case.id),
            lang: case.lang,
            ..who.letter(Told::Published(Published {
                case: view,
                page,
                points,
                total,
            }))
        };
        let lane = format!("case:{}:{}", case.id, person.email.key());
        self.post_as(tx, Some(case), dedup, lane, &letter).await
    }

    /// Thanks who answered, with the public page. Told once for each page.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn thank_answerer(
        &self,
        tx: &mut Tx,
        who: Thankee<'_>,
        page: Page,
        points: u32,
    ) -> Result<()> {
        let total = whole(tx.points(who.holder()).await?);
        let dedup = format!("thanks:{}:{}", page.url, who.id());
        let letter = who.letter(Told::Thanked(Thanked {
            page,
            points,
            total,
        }));
        self.post_as(tx, None, dedup, String::new(), &letter).await
    }
}

impl Thankee<'_> {
    fn holder(self) -> Holder {
        match self {
            Self::Person(person) => Holder::Person(person.id),
            Self::Account(account) => Holder::Account(account.id),
        }
    }

    fn id(self) -> String {
        match self {
            Self::Person(person) => person.id.to_string(),
            Self::Account(account) => account.id.to_string(),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Person(Person {
                name: Some(name), ..
            }) => name.to_string(),
            Self::Person(person) => person.email.to_string(),
            Self::Account(account) => account.name.to_string(),
        }
    }

    fn address(self) -> (Email, Lang) {
        match self {
            Self::Person(person) => (person.email.clone(), person.lang),
            Self::Account(account) => (account.email.clone(), account.lang),
        }
    }

    fn described(self) -> Value {
        match self {
            Self::Person(person) => json!({ "person": requester(person) }),
            Self::Account(account) => json!({ "account": {
                "id": account.id.to_string(),
                "email": account.email.as_str(),
                "name": account.name.as_str(),
            } }),
        }
    }

    fn letter(self, news: Told) -> Letter {
        let (to, lang) = self.address();
        let name = match self {
            Self::Person(person) => person.name.as_ref().map(ToString::to_string),
            Self::Account(account) => Some(account.name.to_string()),
        };
        Letter {
            to,
            name: name.unwrap_or_default(),
            lang,
            case: None,
            in_reply_to: None,
            unsubscribe: None,
            news,
        }
    }
}

fn whole(points: u64) -> u32 {
    u32::try_from(points).unwrap_or(u32::MAX)
}
