//! Which customers are signed in? Their sessions by the hash of a secret, and the codes that were mailed to prove an address.

use super::error::Result;
use super::sql::{Columns, Sql, as_is, list, ms, parse_list};
use super::tx::{Read, Tx};
use crate::model::{Customer, Email, PersonId, PersonName, Subject, Tier, TokenHash};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A customer who is signed in, since when, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSession {
    /// Who.
    pub customer: Customer,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used; noted now and then.
    pub seen_at: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
}

/// A code that was mailed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailedCode {
    /// To whom.
    pub email: Email,
    /// What is kept of it, by the use case.
    pub code_hash: String,
    /// How often somebody tried to enter it.
    pub tries: u32,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl Tx {
    /// Begins a session.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn add_customer_session(
        &mut self,
        token: TokenHash,
        session: &CustomerSession,
    ) -> Result<()> {
        let text = "INSERT INTO customer_sessions (token_hash, person_id, subject, name, email, audience, tier, products, \
                    created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let customer = &session.customer;
        let sql = Sql::new(text)
            .bind(token.hex())
            .bind(customer.person.map(|id| id.to_string()))
            .bind(customer.subject.as_str())
            .bind(customer.name.as_ref().map(ToString::to_string))
            .bind(
                customer
                    .email
                    .as_ref()
                    .map(|email| email.as_str().to_owned()),
            )
            .bind(customer.audience.as_str())
            .bind(customer.tier.as_ref().map(|tier| tier.as_str().to_owned()))
            .bind(list(&customer.products))
            .bind(ms(session.created_at))
            .bind(ms(session.seen_at))
            .bind(ms(session.expires_at));
        self.run(sql).await.map(drop)
    }

    /// Notes that a session is in use. Do so now and then, not with every request.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn touch_customer_session(&mut self, token: TokenHash, now: Timestamp) -> Result<()> {
        let sql = Sql::new("UPDATE customer_sessions SET seen_at = $2 WHERE token_hash = $1")
            .bind(token.hex())
            .bind(ms(now));
        self.run(sql).await.map(drop)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn end_customer_session(&mut self, token: TokenHash) -> Result<()> {
        let sql = Sql::new("DELETE FROM customer_sessions WHERE token_hash = $1").bind(token.hex());
        self.run(sql).await.map(drop)
    }

    /// Ends all sessions of a person, as when he is forgotten.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn end_customer_sessions_of(&mut self, person: PersonId) -> Result<u64> {
        let sql = Sql::new("DELETE FROM customer_sessions WHERE person_id = $1");
        self.run(sql.bind(person.to_string())).await
    }

    /// Keeps a code that is about to be mailed.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn add_code(&mut self, flow: TokenHash, code: &MailedCode) -> Result<()> {
        let text = "INSERT INTO sign_in_codes (flow_hash, email, code_hash, tries, expires_at) VALUES ($1, $2, $3, $4, $5)";
        let sql = Sql::new(text)
            .bind(flow.hex())
            .bind(code.email.as_str())
            .bind(code.code_hash.as_str())
            .bind(i64::from(code.tries))
            .bind(ms(code.expires_at));
        self.run(sql).await.map(drop)
    }

    /// Counts one more try of a code that is still good, and returns it with that try. Of many at once, each is counted.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn try_code(
        &mut self,
        flow: TokenHash,
        now: Timestamp,
    ) -> Result<Option<MailedCode>> {
        let text = "UPDATE sign_in_codes SET tries = tries + 1 WHERE flow_hash = $1 AND expires_at > $2 \
                    RETURNING email, code_hash, tries, expires_at";
        let row = self
            .one(Sql::new(text).bind(flow.hex()).bind(ms(now)))
            .await?;
        let read = row.map(|row| {
            Ok(MailedCode {
                email: row.read("email", Email::parse)?,
                code_hash: row.text("code_hash")?,
                tries: row.count("tries")?,
                expires_at: row.time("expires_at")?,
            })
        });
        read.transpose()
    }

    /// Takes a code away: it was used, or tried too often.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_code(&mut self, flow: TokenHash) -> Result<()> {
        let sql = Sql::new("DELETE FROM sign_in_codes WHERE flow_hash = $1").bind(flow.hex());
        self.run(sql).await.map(drop)
    }
}

impl Read {
    /// The session of a secret, unless it has expired by now.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn customer_session(
        &mut self,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Option<CustomerSession>> {
        let text = "SELECT person_id, subject, name, email, audience, tier, products, created_at, seen_at, expires_at \
                    FROM customer_sessions WHERE token_hash = $1 AND expires_at > $2";
        let row = self
            .one(Sql::new(text).bind(token.hex()).bind(ms(now)))
            .await?;
        row.as_ref().map(read_session).transpose()
    }
}

fn read_session(row: &AnyRow) -> Result<CustomerSession> {
    Ok(CustomerSession {
        customer: Customer {
            person: row.read_or_none("person_id", PersonId::parse)?,
            subject: row.read("subject", Subject::parse)?,
            name: row.read_or_none("name", PersonName::parse)?,
            email: row.read_or_none("email", Email::parse)?,
            audience: row.text("audience")?,
            tier: row.read_or_none("tier", Tier::parse)?,
            products: parse_list(&row.text("products")?, as_is)?,
        },
        created_at: row.time("created_at")?,
        seen_at: row.time("seen_at")?,
        expires_at: row.time("expires_at")?,
    })
}
