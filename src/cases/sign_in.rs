//! Who is at the desk? Sign-in by mail address and password, throttled; then, where there is one, by a second step.
//!
//! Failures are counted by account and network together, by network, and by account alone. The last would let a stranger lock
//! somebody out, so it holds back only browsers that never signed in to that account: others carry a mark that we signed.

use super::audit::SOMEBODY;
use super::deeds::Facts;
use super::sessions::Place;
use super::{Cases, Refusal};
use crate::error::{Error, Result};
use crate::model::account::{Account, Way};
use crate::model::{AccountId, Email, Token};
use crate::signature::Purpose;
use crate::store::{Deed, Tx};
use jiff::{SignedDuration, Timestamp};

/// How many failures in a row cost nothing: by account and network, by network, by account.
const FREE: [u32; 3] = [4, 20, 30];
/// After how long without a failure counting begins anew, in milliseconds.
const FORGET_MS: i64 = 30 * 60 * 1_000;
/// The most that the clocks of several servers differ.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(10);
/// The longest wait after a failure, in seconds.
const LONGEST_WAIT_SECONDS: u64 = 15 * 60;
/// How long after the password the second step may come, in minutes.
const SECOND_STEP_MINUTES: i64 = 10;

/// An attempt to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// As typed.
    pub email: &'a str,
    /// As typed.
    pub password: &'a str,
    /// From where.
    pub place: Place<'a>,
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

/// How far a sign-in is.
#[derive(Debug)]
pub enum Step {
    /// It is done.
    In(Box<SignedIn>),
    /// The password was right, and a code is needed; this says so to [`Cases::take_second_step`].
    Second(String),
}

/// The names that failures are counted under, and how many of each are free.
pub(super) struct Counted(pub(super) Vec<(String, u32)>);

impl Cases {
    /// Begins a session, or asks for the second step. The session that the browser had (`former`) ends, so nobody can have planted
    /// it.
    ///
    /// # Errors
    /// [`Refusal::Credentials`] without saying what was wrong; [`Refusal::Throttled`] after too many failures.
    pub async fn sign_in(&self, attempt: Attempt<'_>, former: Option<&Token>) -> Result<Step> {
        let email = Email::parse(attempt.email).ok();
        let key = email.as_ref().map_or_else(String::new, Email::key);
        let mut read = self.store().read().await?;
        let known = match &email {
            Some(email) => read.account_by_email(email).await?,
            None => None,
        };
        drop(read);
        let marked = known
            .as_ref()
            .is_some_and(|(account, _)| self.is_marked(account.id, attempt.mark));
        let names = self.counted(&key, attempt.place, marked);
        self.throttle(&names).await?;
        let kept = known.as_ref().map(|(_, hash)| hash.clone());
        let right = self.passwords().verify(attempt.password, kept).await?;
        match known {
            Some((account, hash)) if right && !account.disabled => {
                let factor = self.store().read().await?.second_factor(account.id).await?;
                if factor.is_some_and(|factor| factor.confirmed_at.is_some()) {
                    return Ok(Step::Second(self.pending(account.id, &hash)));
                }
                let done = self
                    .begin_desk(account, &names, former, attempt.place, Way::Password, "")
                    .await?;
                Ok(Step::In(Box::new(done)))
            }
            known => {
                let whose = known.map(|(account, _)| account.email.to_string());
                Err(self.note_failures(&names, whose.as_deref()).await)
            }
        }
    }

    /// Refuses when there were too many failures under one of these names.
    ///
    /// # Errors
    /// [`Refusal::Throttled`].
    pub(super) async fn throttle(&self, names: &Counted) -> Result<()> {
        let now = self.now();
        let mut read = self.store().read().await?;
        for (name, free) in &names.0 {
            if let Some((failures, last)) = read.failures(name).await?
                // A failure of the future is from before the clock was set back.
                && last <= now + MAX_SKEW
                && now < wait_until(failures, last, *free)
            {
                return Err(Refusal::Throttled.into());
            }
        }
        Ok(())
    }

    /// Counts a failure under all names. The first that costs a wait is a burst, and noted.
    pub(super) async fn note_failures(&self, names: &Counted, whose: Option<&str>) -> Error {
        let now = self.now();
        let noted = async {
            let mut tx = self.store().begin().await?;
            for (name, free) in &names.0 {
                let failures = tx.note_failure(name, now, FORGET_MS).await?;
                if failures == free + 1 {
                    let kind = name.split('/').nth(1).unwrap_or_default();
                    let deed = Deed {
                        at: now,
                        actor: SOMEBODY.to_owned(),
                        action: "sign_in.failures".to_owned(),
                        subject: whose.unwrap_or("unknown address").to_owned(),
                        details: Facts::default()
                            .with("failures in a row", failures)
                            .with("counted by", kind)
                            .joined(),
                    };
                    tx.note_deed(&deed).await?;
                }
            }
            tx.commit().await
        };
        match noted.await {
            Ok(()) => Refusal::Credentials.into(),
            Err(error) => error.into(),
        }
    }

    /// Begins the session of somebody who has proved who he is.
    pub(super) async fn begin_desk(
        &self,
        account: Account,
        names: &Counted,
        former: Option<&Token>,
        place: Place<'_>,
        way: Way,
        details: &str,
    ) -> Result<SignedIn> {
        let mut tx = self.store().begin().await?;
        let entered = self
            .begin_desk_in(&mut tx, account, names, former, (place, way))
            .await?;
        self.note_entry(&mut tx, &entered.account, way, details)
            .await?;
        tx.commit().await?;
        Ok(entered)
    }

    /// The same within a transaction.
    pub(super) async fn begin_desk_in(
        &self,
        tx: &mut Tx,
        account: Account,
        names: &Counted,
        former: Option<&Token>,
        (place, way): (Place<'_>, Way),
    ) -> Result<SignedIn> {
        if let Some(former) = former {
            tx.end_session(former.hash()).await?;
        }
        if let Some((name, _)) = names.0.first() {
            tx.forget_failures(name).await?;
        }
        let token = self.begin_session(tx, account.id, place, way).await?;
        let mark = self
            .signer()
            .link(Purpose::SignIn, &mark_of(account.id), None);
        Ok(SignedIn {
            account,
            token,
            mark,
        })
    }

    pub(super) async fn note_entry(
        &self,
        tx: &mut Tx,
        account: &Account,
        way: Way,
        details: &str,
    ) -> Result<()> {
        let details = Facts::default()
            .with("way", way)
            .and(details.to_owned())
            .joined();
        self.note(tx, Some(account), "signed_in", &account.email, &details)
            .await
    }

    fn is_marked(&self, account: AccountId, mark: Option<&str>) -> bool {
        let read = mark.and_then(|mark| {
            self.signer()
                .read_link(Purpose::SignIn, mark, self.now())
                .ok()
        });
        read.is_some_and(|read| read == mark_of(account))
    }

    /// The names that failures are counted under. No address is kept: only what our key makes of it. A browser that carries the mark
    /// is not held back by what strangers tried.
    fn counted(&self, account: &str, place: Place<'_>, marked: bool) -> Counted {
        let network = place.from.name();
        let both = format!("{account} {network}");
        let kinds = [
            ("both", both.as_str()),
            ("network", network.as_str()),
            ("account", account),
        ];
        let names = kinds
            .iter()
            .zip(FREE)
            .filter(|((kind, _), _)| !(marked && *kind == "account"));
        Counted(
            names
                .map(|((kind, text), free)| (self.counted_as(kind, text), free))
                .collect(),
        )
    }

    /// One such name.
    pub(super) fn counted_as(&self, kind: &str, text: &str) -> String {
        format!(
            "sign-in/{kind}/{}",
            self.signer().tag(Purpose::SignIn, text)
        )
    }

    /// What says that the password was right, for a while, and until it is changed.
    fn pending(&self, account: AccountId, hash: &str) -> String {
        let until = self.now() + SignedDuration::from_mins(SECOND_STEP_MINUTES);
        let payload = format!("{account} {}", fingerprint(hash));
        self.signer()
            .link(Purpose::SecondStep, &payload, Some(until))
    }

    /// Whose password was right, if that was lately and it still is his.
    pub(super) async fn pending_account(&self, pending: &str) -> Result<Account> {
        let read = self
            .signer()
            .read_link(Purpose::SecondStep, pending, self.now());
        let payload = read.map_err(|_| Refusal::Foreign)?;
        let (id, print) = payload.split_once(' ').ok_or(Refusal::Foreign)?;
        let id = AccountId::parse(id).map_err(|_| Refusal::Foreign)?;
        let mut read = self.store().read().await?;
        let account = read.account(id).await?.filter(|account| !account.disabled);
        let account = account.ok_or(Refusal::Foreign)?;
        let known = read.account_by_email(&account.email).await?;
        match known.is_some_and(|(_, hash)| fingerprint(&hash) == print) {
            true => Ok(account),
            false => Err(Refusal::Foreign.into()),
        }
    }
}

fn fingerprint(hash: &str) -> String {
    blake3::hash(hash.as_bytes()).to_hex()[..16].to_owned()
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
