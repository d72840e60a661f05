//! Who is at the desk? Sign-in by mail address and password, throttled; sessions that end by themselves, by signing out, and at
//! once when the account is disabled.
//!
//! Failures are counted by account and network together, by network, and by account alone. The last would let a stranger lock
//! somebody out, so it holds back only browsers that never signed in to that account: others carry a mark that we signed.

use super::{Cases, Refusal, Source};
use crate::error::Result;
use crate::model::account::{Account, Session};
use crate::model::{AccountId, Email, Token};
use crate::signature::Purpose;
use crate::store::{Deed, Store, Tx};
use jiff::{SignedDuration, Timestamp};

/// How long a session lasts, used or not, in hours.
const ABSOLUTE_HOURS: i64 = 7 * 24;
/// How long a session lasts unused, in hours.
const IDLE_HOURS: i64 = 12;
/// How often it is noted that a session is used, in seconds.
const TOUCH_SECONDS: i64 = 60;
/// How many failures in a row cost nothing: by account and network, by network, by account.
const FREE: [u32; 3] = [4, 20, 30];
/// After how long without a failure counting begins anew, in milliseconds.
const FORGET_MS: i64 = 30 * 60 * 1_000;
/// The most that the clocks of several servers differ.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(10);
/// The longest wait after a failure, in seconds.
const LONGEST_WAIT_SECONDS: u64 = 15 * 60;

/// An attempt to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// As typed.
    pub email: &'a str,
    /// As typed.
    pub password: &'a str,
    /// From where. No address is kept: only what our key makes of it.
    pub from: Source,
    /// The mark that this browser was given when it signed in before.
    pub mark: Option<&'a str>,
}

/// What a sign-in gives.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub account: Account,
    /// The new session's secret.
    pub token: Token,
    /// The mark for this browser.
    pub mark: String,
}

impl Cases {
    /// Begins a session. The one that the browser had (`former`) ends, so nobody can have planted it.
    ///
    /// # Errors
    /// [`Refusal::Credentials`] without saying what was wrong; [`Refusal::Throttled`] after too many failures.
    pub async fn sign_in(&self, attempt: Attempt<'_>, former: Option<&Token>) -> Result<SignedIn> {
        let now = self.now();
        let email = Email::parse(attempt.email).ok();
        let key = email.as_ref().map_or_else(String::new, Email::key);
        let names = self.counted(&key, attempt.from);
        let mut read = self.store().read().await?;
        let known = match &email {
            Some(email) => read.account_by_email(email).await?,
            None => None,
        };
        let marked = known
            .as_ref()
            .is_some_and(|(account, _)| self.is_marked(account.id, attempt.mark));
        for (place, name) in names.iter().enumerate() {
            let passes = place == 2 && marked;
            if let Some((failures, last)) = read.failures(name).await?
                && !passes
                // A failure of the future is from before the clock was set back.
                && last <= now + MAX_SKEW
                && now < wait_until(failures, last, FREE[place])
            {
                return Err(Refusal::Throttled.into());
            }
        }
        drop(read);
        let kept = known.as_ref().map(|(_, hash)| hash.clone());
        let right = self.passwords().verify(attempt.password, kept).await?;
        match known {
            Some((account, _)) if right && !account.disabled => {
                self.begin(account, &names, former, now).await
            }
            _ => Err(self.note_failures(&names, now).await),
        }
    }

    async fn note_failures(&self, names: &[String; 3], now: Timestamp) -> crate::error::Error {
        let noted = async {
            let mut tx = self.store().begin().await?;
            for name in names {
                tx.note_failure(name, now, FORGET_MS).await?;
            }
            tx.commit().await
        };
        match noted.await {
            Ok(()) => Refusal::Credentials.into(),
            Err(error) => error.into(),
        }
    }

    async fn begin(
        &self,
        account: Account,
        names: &[String; 3],
        former: Option<&Token>,
        now: Timestamp,
    ) -> Result<SignedIn> {
        let token = Store::new_token()?;
        let mut tx = self.store().begin().await?;
        if let Some(former) = former {
            tx.end_session(former.hash()).await?;
        }
        tx.forget_failures(&names[0]).await?;
        let session = Session {
            account: account.id,
            created_at: now,
            seen_at: now,
            expires_at: now + SignedDuration::from_hours(ABSOLUTE_HOURS),
        };
        tx.add_session(token.hash(), &session).await?;
        deed(&mut tx, &account, "signed_in", now).await?;
        tx.commit().await?;
        let mark = self
            .signer()
            .link(Purpose::SignIn, &mark_of(account.id), None);
        Ok(SignedIn {
            account,
            token,
            mark,
        })
    }

    fn is_marked(&self, account: AccountId, mark: Option<&str>) -> bool {
        let read = mark.and_then(|mark| {
            self.signer()
                .read_link(Purpose::SignIn, mark, self.now())
                .ok()
        });
        read.is_some_and(|read| read == mark_of(account))
    }

    /// The names that failures are counted under. No address is kept: only what our key makes of it.
    fn counted(&self, account: &str, from: Source) -> [String; 3] {
        let network = from.name();
        let both = format!("{account} {network}");
        [
            ("both", both.as_str()),
            ("network", network.as_str()),
            ("account", account),
        ]
        .map(|(kind, text)| {
            format!(
                "sign-in/{kind}/{}",
                self.signer().tag(Purpose::SignIn, text)
            )
        })
    }

    /// Who has this session now; `None` when it ended. An account that was disabled has none.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn signed_in(&self, token: &Token) -> Result<Option<Account>> {
        let now = self.now();
        let mut read = self.store().read().await?;
        let Some(session) = read.session(token.hash(), now).await? else {
            return Ok(None);
        };
        let idle = now.duration_since(session.seen_at);
        let account = read
            .account(session.account)
            .await?
            .filter(|account| !account.disabled);
        drop(read);
        if account.is_none() || idle > SignedDuration::from_hours(IDLE_HOURS) {
            self.sign_out(token).await?;
            return Ok(None);
        }
        if idle > SignedDuration::from_secs(TOUCH_SECONDS) {
            let mut tx = self.store().begin().await?;
            tx.touch_session(token.hash(), now).await?;
            tx.commit().await?;
        }
        Ok(account)
    }

    /// Ends a session, here and everywhere.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn sign_out(&self, token: &Token) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.end_session(token.hash()).await?;
        Ok(tx.commit().await?)
    }
}

async fn deed(tx: &mut Tx, account: &Account, action: &str, at: Timestamp) -> Result<()> {
    let deed = Deed {
        at,
        actor: account.email.to_string(),
        action: action.to_owned(),
        subject: account.email.to_string(),
        details: String::new(),
    };
    Ok(tx.note_deed(&deed).await?)
}

fn mark_of(account: AccountId) -> String {
    format!("browser:{account}")
}

/// Until when is waited after so many failures: doubling seconds behind the free ones.
fn wait_until(failures: u32, last: Timestamp, free: u32) -> Timestamp {
    let over = failures.saturating_sub(free);
    let seconds = if over == 0 {
        0
    } else {
        1u64.checked_shl(over).unwrap_or(u64::MAX)
    };
    let seconds = i64::try_from(seconds.min(LONGEST_WAIT_SECONDS)).unwrap_or(i64::MAX);
    last + SignedDuration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use super::wait_until;
    use jiff::Timestamp;

    #[test]
    fn waiting_doubles_and_ends() {
        let seconds = |failures| wait_until(failures, Timestamp::UNIX_EPOCH, 4).as_second();
        assert_eq!([0, 4, 5, 6, 9].map(seconds), [0, 0, 2, 4, 32]);
        assert_eq!([20, 99, u32::MAX].map(seconds), [900, 900, 900]);
    }
}
