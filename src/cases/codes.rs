//! Is it his mail address? A code of six digits is mailed to it, and typed back.
//!
//! A code belongs to the browser that asked for it, which alone knows the secret of the attempt: nobody else can type it, try it,
//! or use its tries up. What is done for an address is the same whether anybody knows it.

use super::{Cases, Source};
use crate::error::{Code, Error, Result};
use crate::mail::{CodeMail, Letter, News as Told};
use crate::model::{Customer, Email, Lang, Subject, Token};
use crate::store::{MailedCode, Store};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// For how many minutes a code is good.
pub const CODE_MINUTES: u32 = 10;
/// How often a code may be typed.
const TRIES: u32 = 5;
/// How many codes one address is sent within a clock hour.
const CODES_PER_HOUR: u32 = 5;
const HOUR_MS: i64 = 3_600_000;

impl Cases {
    /// Mails a code to an address. Returns the secret of the attempt, for the browser that asked.
    ///
    /// # Errors
    /// `RateLimited` when one network, or all together, ask too often; never for what is known of the address. As the store has it.
    pub async fn mail_code(&self, email: &Email, lang: Lang, source: Source) -> Result<Token> {
        let now = self.now();
        if let Some(busy) = self.count_code(source).await? {
            let minutes = busy.retry_after_s.div_ceil(60);
            return Err(
                Error::new(Code::RateLimited, "too many codes were asked for")
                    .help(format!("try again in {minutes} minutes")),
            );
        }
        let (flow, digits) = (Store::new_token()?, digits(&Store::new_token()?));
        let expires_at = now
            .saturating_add(SignedDuration::from_mins(i64::from(CODE_MINUTES)))
            .map_err(|e| Error::internal("the clock is at the end of time", e))?;
        let code = MailedCode {
            email: email.clone(),
            code_hash: hash(&flow, &digits),
            tries: 0,
            expires_at,
        };
        let mut tx = self.store().begin().await?;
        let sent = tx.note_failure(&hourly(email, now), now, HOUR_MS).await?;
        tx.add_code(flow.hash(), &code).await?;
        if sent <= CODES_PER_HOUR {
            let letter = Letter {
                to: email.clone(),
                name: String::new(),
                lang,
                case: None,
                in_reply_to: None,
                unsubscribe: None,
                news: Told::Code(CodeMail {
                    code: digits,
                    minutes: CODE_MINUTES,
                }),
            };
            let dedup = format!("code:{}", flow.hash().hex());
            self.post_as(&mut tx, None, dedup, String::new(), &letter)
                .await?;
        }
        tx.commit().await?;
        Ok(flow)
    }

    /// Signs in who types the code that was mailed. The session that the browser had ends. `None` for a wrong code, one whose time
    /// or tries are over, and one that was used.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn enter_by_code(
        &self,
        flow: &Token,
        typed: &str,
        lang: Lang,
        former: Option<&Token>,
    ) -> Result<Option<Token>> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let Some(code) = tx.try_code(flow.hash(), now).await? else {
            return Ok(None);
        };
        let theirs = hash(flow, &plain_digits(typed));
        let right = bool::from(theirs.as_bytes().ct_eq(code.code_hash.as_bytes()));
        if !right || code.tries > TRIES {
            if code.tries >= TRIES {
                tx.remove_code(flow.hash()).await?;
            }
            tx.commit().await?;
            return Ok(None);
        }
        tx.remove_code(flow.hash()).await?;
        let known = tx.person_by_email(&code.email).await?;
        let customer = Customer {
            person: None,
            subject: Subject::of_email(&code.email),
            tier: known.as_ref().map(|person| person.tier.clone()),
            name: known.and_then(|person| person.name),
            audience: self.settings().identity.audience_of(&code.email).to_owned(),
            email: Some(code.email),
            products: Vec::new(),
        };
        let token = self.begin_customer(&mut tx, customer, lang, former).await?;
        tx.commit().await?;
        Ok(Some(token))
    }
}

/// Six digits out of a secret.
fn digits(secret: &Token) -> String {
    let hash = Sha256::digest(secret.reveal().as_bytes());
    let number = hash[..8]
        .iter()
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{:06}", number % 1_000_000)
}

/// What is kept of a code: worth nothing without the secret of the attempt.
fn hash(flow: &Token, digits: &str) -> String {
    let text = format!("kb code {} {digits}", flow.reveal());
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digits of what was typed, those of Chinese keyboards too; spaces and dashes are passed over.
fn plain_digits(typed: &str) -> String {
    let digits = typed.chars().filter_map(|c| match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_u32(u32::from(c) - 0xfee0),
        _ => None,
    });
    digits.take(12).collect()
}

/// What codes of an address are counted under: anew each hour, so that nobody is kept out for longer by a stranger.
fn hourly(email: &Email, now: Timestamp) -> String {
    let hash = blake3::hash(email.key().as_bytes()).to_hex();
    format!("code:{}:{}", &hash[..32], now.as_millisecond() / HOUR_MS)
}

#[cfg(test)]
mod tests {
    use super::{digits, hash, plain_digits};
    use crate::model::Token;

    #[test]
    fn codes_have_six_digits_however_they_are_typed() {
        for i in 0..50 {
            assert_eq!(digits(&Token::from_random([i; 20])).len(), 6);
        }
        for (typed, read) in [
            ("012345", "012345"),
            (" 012 345 ", "012345"),
            ("012-345", "012345"),
            ("０１２３４５", "012345"),
            ("", ""),
            ("验证码", ""),
        ] {
            assert_eq!(plain_digits(typed), read, "{typed}");
        }
    }

    #[test]
    fn a_code_belongs_to_one_attempt() {
        let [one, other] = [1, 2].map(|i| Token::from_random([i; 20]));
        assert_eq!(hash(&one, "012345"), hash(&one, "012345"));
        assert_ne!(hash(&one, "012345"), hash(&other, "012345"));
        assert_ne!(hash(&one, "012345"), hash(&one, "012346"));
    }
}
