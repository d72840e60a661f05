//! Who is signed in where? Sessions are seen and ended by their owners, by those who manage accounts, and by themselves.

use super::browsers::browser_words;
use super::deeds::Facts;
use super::permissions::{Act, allow};
use super::{Cases, Refusal, Source};
use crate::error::Result;
use crate::model::account::{Account, Session, Way};
use crate::model::{AccountId, Token, TokenHash};
use crate::store::{Store, Tx, session_name};
use jiff::{SignedDuration, Timestamp};

/// How long a session lasts, used or not, in hours.
const ABSOLUTE_HOURS: i64 = 7 * 24;
/// How long a session lasts unused, in hours.
const IDLE_HOURS: i64 = 12;
/// How often it is noted that a session is used, in seconds.
const TOUCH_SECONDS: i64 = 60;

/// Where somebody signs in from.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// From which network. No address is kept: only what our key makes of it, and its first half.
    pub from: Source,
    /// What the browser says of itself.
    pub browser: &'a str,
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Present {
    /// Who.
    pub account: Account,
    /// How the session began.
    pub way: Way,
    /// Whether he has to set up a second step before anything else.
    pub needs_second_step: bool,
    /// What this page is to say, in a form of the desk's own; may be empty.
    pub said: String,
}

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct OwnSession {
    /// What names it; it opens nothing.
    pub name: String,
    /// Whether it is the one that asks.
    pub own: bool,
    /// All that is kept of it.
    pub session: Session,
}

impl Cases {
    /// Begins a session in a transaction.
    pub(super) async fn begin_session(
        &self,
        tx: &mut Tx,
        account: AccountId,
        place: Place<'_>,
        way: Way,
    ) -> Result<Token> {
        let now = self.now();
        let token = Store::new_token()?;
        let session = Session {
            account,
            created_at: now,
            seen_at: now,
            expires_at: now + SignedDuration::from_hours(ABSOLUTE_HOURS),
            browser: browser_words(place.browser),
            network: place.from.coarse(),
            way,
            said: String::new(),
        };
        tx.add_session(token.hash(), &session).await?;
        Ok(token)
    }

    /// Gives a session a new secret, as after a password was changed: whoever had learned the former one has nothing.
    ///
    /// # Errors
    /// [`Refusal::NoSession`], and as the database has it.
    pub async fn renew_session(&self, former: &Token) -> Result<Token> {
        let now = self.now();
        let token = Store::new_token()?;
        let mut tx = self.store().begin().await?;
        let session = tx.session(former.hash(), now).await?;
        let session = session.ok_or(Refusal::NoSession)?;
        tx.end_session(former.hash()).await?;
        tx.add_session(token.hash(), &session).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Keeps what the next page is to say to who has this session, whichever server it comes from; empty for nothing.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn say_to(&self, token: &Token, said: &str) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.say_to(token.hash(), said).await?;
        Ok(tx.commit().await?)
    }

    /// Who has this session now; `None` when it ended. An account that was disabled has none.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn signed_in(&self, token: &Token) -> Result<Option<Present>> {
        let now = self.now();
        let mut read = self.store().read().await?;
        let Some(session) = read.session(token.hash(), now).await? else {
            return Ok(None);
        };
        let idle = now.duration_since(session.seen_at);
        let account = read.account(session.account).await?;
        let account = account.filter(|account| !account.disabled);
        let over = idle > SignedDuration::from_hours(IDLE_HOURS);
        let Some(account) = account.filter(|_| !over) else {
            drop(read);
            self.end(token).await?;
            return Ok(None);
        };
        let required = session.way == Way::Password && self.requires_second_step(&account);
        let factor = match required {
            true => read.second_factor(account.id).await?,
            false => None,
        };
        drop(read);
        if idle > SignedDuration::from_secs(TOUCH_SECONDS) {
            let mut tx = self.store().begin().await?;
            tx.touch_session(token.hash(), now).await?;
            tx.commit().await?;
        }
        Ok(Some(Present {
            needs_second_step: required
                && factor.is_none_or(|factor| factor.confirmed_at.is_none()),
            account,
            way: session.way,
            said: session.said,
        }))
    }

    /// Whether `staff.require_totp` names the role.
    pub fn requires_second_step(&self, account: &Account) -> bool {
        self.settings().staff.require_totp.contains(&account.role)
    }

    async fn end(&self, token: &Token) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.end_session(token.hash()).await?;
        Ok(tx.commit().await?)
    }

    /// Ends a session, here and everywhere.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn sign_out(&self, own: &Account, token: &Token) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.end_session(token.hash()).await?;
        self.note(&mut tx, Some(own), "signed_out", &own.email, "")
            .await?;
        Ok(tx.commit().await?)
    }

    /// The sessions of an account, the one used last first. `by`: `None` for the terminal.
    ///
    /// # Errors
    /// [`Refusal::Role`] for sessions of others.
    pub async fn sessions(
        &self,
        by: Option<&Account>,
        account: AccountId,
        asking: Option<TokenHash>,
    ) -> Result<Vec<OwnSession>> {
        may_see(by, account)?;
        let now = self.now();
        let own = asking.map(TokenHash::hex).unwrap_or_default();
        let all = self.store().read().await?.sessions_of(account).await?;
        let live = all.into_iter().filter(|(_, session)| is_live(session, now));
        Ok(live
            .map(|(hash, session)| OwnSession {
                name: session_name(&hash).to_owned(),
                own: hash == own,
                session,
            })
            .collect())
    }

    /// Ends one session of an account by its name, or all but `kept` when none is named. Returns how many ended.
    ///
    /// # Errors
    /// [`Refusal::Role`] for sessions of others, [`Refusal::NoSession`].
    pub async fn end_sessions(
        &self,
        by: Option<&Account>,
        account: AccountId,
        name: Option<&str>,
        kept: Option<TokenHash>,
    ) -> Result<u64> {
        may_see(by, account)?;
        let mut tx = self.store().begin().await?;
        let owner = tx.account(account).await?.ok_or(Refusal::NoAccount)?;
        let ended = match name {
            Some(name) => u64::from(tx.end_named_session(account, name).await?),
            None => tx.end_sessions_of(account, kept).await?,
        };
        if ended == 0 && name.is_some() {
            return Err(Refusal::NoSession.into());
        }
        let details = Facts::default().with("sessions ended", ended).joined();
        self.note(&mut tx, by, "sessions.ended", &owner.email, &details)
            .await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends all that opens anything in the name of an account: sessions but `kept`, links for a new password, and keys of programs.
    /// Returns it in words for the log; empty for nothing.
    pub(super) async fn end_all_of(
        &self,
        tx: &mut Tx,
        account: AccountId,
        kept: Option<TokenHash>,
    ) -> Result<String> {
        let sessions = tx.end_sessions_of(account, kept).await?;
        tx.end_password_links(account).await?;
        let keys = tx.revoke_api_keys_of(account, self.now()).await?;
        Ok(Facts::default()
            .counted("sessions ended", sessions)
            .counted("keys ended", keys)
            .joined())
    }
}

fn may_see(by: Option<&Account>, account: AccountId) -> Result<()> {
    match by {
        Some(by) if by.id != account => allow(by, Act::ManageAccounts),
        _ => Ok(()),
    }
}

fn is_live(session: &Session, now: Timestamp) -> bool {
    now < session.expires_at
        && now.duration_since(session.seen_at) <= SignedDuration::from_hours(IDLE_HOURS)
}
