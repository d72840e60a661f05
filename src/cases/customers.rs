//! Which customer is it? Sessions of visitors whom the company's site sent with a token, or who proved their mail address.
//!
//! What a session knows is what was said when it began: who comes with another token begins another session. The person of the
//! mail address gets the name and tier that the site says, so that cases and promises know them.

use super::Cases;
use crate::error::{Error, Result};
use crate::identity::Proved;
use crate::model::case::{Case, State};
use crate::model::{Customer, Lang, Person, PersonId, Token};
use crate::store::{CustomerSession, Store, Tx};
use jiff::{SignedDuration, Timestamp};

/// How often it is noted that a session is used, in seconds.
const TOUCH_SECONDS: i64 = 60;
/// How many own cases are listed.
const LISTED: u32 = 100;

impl Cases {
    /// Signs a customer in by the token of a link, which works once. The session that the browser had ends. `None` when the link was
    /// used before, on whatever server.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn enter_by_link(
        &self,
        proved: Proved,
        lang: Lang,
        former: Option<&Token>,
    ) -> Result<Option<Token>> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        if !tx.see_once(&format!("link:{}", proved.id), now).await? {
            return Ok(None);
        }
        let token = self
            .begin_customer(&mut tx, proved.customer, lang, former)
            .await?;
        tx.commit().await?;
        Ok(Some(token))
    }

    /// Begins a session within a transaction.
    pub(super) async fn begin_customer(
        &self,
        tx: &mut Tx,
        customer: Customer,
        lang: Lang,
        former: Option<&Token>,
    ) -> Result<Token> {
        let now = self.now();
        if let Some(former) = former {
            tx.end_customer_session(former.hash()).await?;
        }
        let person = self.person_of(tx, &customer, lang).await?;
        let token = Store::new_token()?;
        let hours = i64::from(self.settings().identity.session_hours);
        let session = CustomerSession {
            customer: Customer {
                person: person.map(|person| person.id),
                ..customer
            },
            created_at: now,
            seen_at: now,
            expires_at: now
                .saturating_add(SignedDuration::from_hours(hours))
                .map_err(|e| Error::internal("the clock is at the end of time", e))?,
        };
        tx.add_customer_session(token.hash(), &session).await?;
        Ok(token)
    }

    /// The person of a customer's mail address, with the name and tier that are said of him; `None` without an address.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn person_of(
        &self,
        tx: &mut Tx,
        customer: &Customer,
        lang: Lang,
    ) -> Result<Option<Person>> {
        let Some(email) = &customer.email else {
            return Ok(None);
        };
        let now = self.now();
        let mut person = tx
            .person_for(email, customer.name.as_ref(), lang, now)
            .await?;
        if let Some(tier) = &customer.tier
            && person.tier != *tier
        {
            person.tier = tier.clone();
            tx.save_person(&person).await?;
        }
        Ok(Some(person))
    }

    /// Who has this session now; `None` when it ended.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn customer(&self, token: &Token) -> Result<Option<Customer>> {
        let now = self.now();
        let mut read = self.store().read().await?;
        let Some(session) = read.customer_session(token.hash(), now).await? else {
            return Ok(None);
        };
        drop(read);
        let idle = now.duration_since(session.seen_at);
        let idle_hours = i64::from(self.settings().identity.idle_hours);
        if idle > SignedDuration::from_hours(idle_hours) {
            self.sign_customer_out(token).await?;
            return Ok(None);
        }
        if idle > SignedDuration::from_secs(TOUCH_SECONDS) {
            // Being known does not depend on a database that can be written.
            let _ = self.touch(token, now).await;
        }
        Ok(Some(session.customer))
    }

    async fn touch(&self, token: &Token, now: Timestamp) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.touch_customer_session(token.hash(), now).await?;
        Ok(tx.commit().await?)
    }

    /// Ends a customer's session, on all servers.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn sign_customer_out(&self, token: &Token) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.end_customer_session(token.hash()).await?;
        Ok(tx.commit().await?)
    }

    /// Since when somebody has this session, as what he may do follows from how long ago he proved who he is.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn customer_since(&self, token: &Token) -> Result<Option<Timestamp>> {
        let mut read = self.store().read().await?;
        let session = read.customer_session(token.hash(), self.now()).await?;
        Ok(session.map(|session| session.created_at))
    }

    /// The latest cases of a person, the newest first, at most 100.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn own_cases(&self, person: PersonId) -> Result<Vec<Case>> {
        let mut cases = self.store().read().await?.cases_of(person, LISTED).await?;
        cases.retain(|case| case.state != State::Merged);
        Ok(cases)
    }

    /// A link to a case of this person's own.
    ///
    /// # Errors
    /// `NotFound` for a case that is not his, as for one that is not there.
    pub async fn open_own(&self, person: PersonId, number: &str) -> Result<Token> {
        let absent = || Error::not_found("there is no such case");
        let mut tx = self.store().begin().await?;
        let own = tx.cases_of(person, LISTED).await?;
        let case = own
            .into_iter()
            .find(|case| case.number.to_string() == number && case.state != State::Merged);
        let case = case.ok_or_else(absent)?;
        let token = Store::new_token()?;
        tx.add_link(case.id, token.hash(), self.now()).await?;
        tx.commit().await?;
        Ok(token)
    }
}
