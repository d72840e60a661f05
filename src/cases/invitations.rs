//! How does somebody come to the desk, or back to it? By a link that one letter carries: to an account of his own, or to a new
//! password. Each opens once, and for a time.

use super::audit::{SOMEBODY, actor};
use super::deeds::Facts;
use super::permissions::{Act, allow};
use super::sessions::Place;
use super::sign_in::Counted;
use super::{Cases, Refusal, SignedIn};
use crate::error::Result;
use crate::mail::{AccountChanged, Invited, Letter, News, PasswordLink};
use crate::model::account::{Account, Invitation, Role, Way};
use crate::model::{AccountId, Email, Lang, PersonName, Slug, Token};
use crate::store::{Fault, Store, Tx};
use jiff::{SignedDuration, Timestamp};

/// How long an invitation opens, in days.
const INVITATION_DAYS: i64 = 7;
/// How long a link for a new password opens, in minutes.
const LINK_MINUTES: i64 = 60;
/// How many letters one address is sent in a day, of each of the two kinds.
const LETTERS_PER_DAY: u32 = 5;
const DAY_MS: i64 = 24 * 3_600_000;

/// Whom to invite, and as what.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Where the letter goes.
    pub email: Email,
    /// What the account will be called, until its owner says otherwise.
    pub name: PersonName,
    /// What it will be allowed.
    pub role: Role,
    /// The groups that it will answer for.
    pub groups: Vec<Slug>,
    /// The language of the letter and of the desk.
    pub lang: Lang,
}

impl Cases {
    /// Invites somebody: a letter with a link that makes an account, once and within seven days. Done again, the former link ends.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::EmailTaken`], [`Refusal::Throttled`] after five letters a day.
    pub async fn invite(&self, by: Option<&Account>, new: NewInvitation) -> Result<Invitation> {
        permit(by)?;
        let now = self.now();
        let token = Store::new_token()?;
        let invitation = Invitation {
            email: new.email,
            name: new.name,
            role: new.role,
            groups: new.groups,
            lang: new.lang,
            invited_by: actor(by),
            created_at: now,
            expires_at: now + SignedDuration::from_hours(24 * INVITATION_DAYS),
        };
        let mut tx = self.store().begin().await?;
        if tx.account_by_email(&invitation.email).await?.is_some() {
            return Err(Refusal::EmailTaken.into());
        }
        let sent = self
            .count_letter(&mut tx, "invite", &invitation.email)
            .await?;
        if sent > LETTERS_PER_DAY {
            return Err(Refusal::Throttled.into());
        }
        tx.invite(&invitation, token.hash()).await?;
        let news = News::Invited(Invited {
            by: by.map_or_else(String::new, |by| by.name.to_string()),
            role: invitation.role.to_string(),
            url: self.public(&format!("/desk/invitation/{}", token.reveal())),
            until: self.when(invitation.expires_at),
        });
        let receiver = (&invitation.email, &invitation.name, invitation.lang);
        self.write_to(&mut tx, receiver, news, &token).await?;
        let details = Facts::default().with("role", invitation.role).joined();
        self.note(&mut tx, by, "account.invited", &invitation.email, &details)
            .await?;
        tx.commit().await?;
        Ok(invitation)
    }

    /// Invites somebody anew who was invited before and has not come.
    ///
    /// # Errors
    /// [`Refusal::NoInvitation`], and as [`Cases::invite`].
    pub async fn invite_again(&self, by: Option<&Account>, email: &Email) -> Result<Invitation> {
        permit(by)?;
        let known = self.store().read().await?.invitation_of(email).await?;
        let known = known.ok_or(Refusal::NoInvitation)?;
        let again = NewInvitation {
            email: known.email,
            name: known.name,
            role: known.role,
            groups: known.groups,
            lang: known.lang,
        };
        self.invite(by, again).await
    }

    /// Takes an invitation back: its link ends.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoInvitation`].
    pub async fn withdraw_invitation(&self, by: Option<&Account>, email: &Email) -> Result<()> {
        permit(by)?;
        let mut tx = self.store().begin().await?;
        if !tx.revoke_invitation(email).await? {
            return Err(Refusal::NoInvitation.into());
        }
        self.note(&mut tx, by, "invitation.withdrawn", email, "")
            .await?;
        Ok(tx.commit().await?)
    }

    /// All who were invited and have not come, the newest first; also those whose link has ended meanwhile.
    ///
    /// # Errors
    /// [`Refusal::Role`].
    pub async fn invitations(&self, by: Option<&Account>) -> Result<Vec<Invitation>> {
        permit(by)?;
        Ok(self.store().read().await?.invitations().await?)
    }

    /// The invitation that a link opens.
    ///
    /// # Errors
    /// [`Refusal::LinkGone`], whatever is wrong with it.
    pub async fn invitation(&self, link: &Token) -> Result<Invitation> {
        let mut read = self.store().read().await?;
        let found = read.invitation(link.hash(), self.now()).await?;
        found.ok_or_else(|| Refusal::LinkGone.into())
    }

    /// Makes the account of an invitation, and begins its first session.
    ///
    /// # Errors
    /// [`Refusal::LinkGone`]; what a password is refused for; [`Refusal::EmailTaken`] when the address got an account otherwise.
    pub async fn accept_invitation(
        &self,
        link: &Token,
        name: PersonName,
        password: &str,
        place: Place<'_>,
        former: Option<&Token>,
    ) -> Result<SignedIn> {
        let now = self.now();
        let invitation = self.invitation(link).await?;
        let known = self.known_of(&invitation.email, name.as_str());
        let hash = self.hash_password(password, &known).await?;
        let mut tx = self.store().begin().await?;
        let there = tx.invitation(link.hash(), now).await?;
        // Of two who open it at once, one takes it.
        if there.is_none() || !tx.revoke_invitation(&invitation.email).await? {
            return Err(Refusal::LinkGone.into());
        }
        let account = self.make_of(&mut tx, &invitation, Some(name), now).await?;
        tx.set_password_hash(account.id, &hash).await?;
        let none = Counted(Vec::new());
        let entered = self
            .begin_desk_in(&mut tx, account, &none, former, (place, Way::Password))
            .await?;
        self.note_entry(&mut tx, &entered.account, Way::Password, "by: invitation")
            .await?;
        tx.commit().await?;
        Ok(entered)
    }

    /// Makes the account that an invitation speaks of, in the transaction that takes the invitation.
    pub(super) async fn make_of(
        &self,
        tx: &mut Tx,
        invitation: &Invitation,
        name: Option<PersonName>,
        now: Timestamp,
    ) -> Result<Account> {
        let mut account = Account {
            id: AccountId::generate(now),
            email: invitation.email.clone(),
            name: name.unwrap_or_else(|| invitation.name.clone()),
            role: invitation.role,
            groups: invitation.groups.clone(),
            lang: invitation.lang,
            on_duty: true,
            disabled: false,
            created_at: now,
            version: 0,
        };
        match tx.save_account(&mut account).await {
            Err(error) if error.fault() == Fault::Constraint => {
                return Err(Refusal::EmailTaken.into());
            }
            saved => saved?,
        }
        let details = Facts::default()
            .with("role", account.role)
            .with("invited by", &invitation.invited_by)
            .joined();
        self.note(
            tx,
            Some(&account),
            "account.added",
            &account.email,
            &details,
        )
        .await?;
        Ok(account)
    }

    /// Sends a link for a new password to an address, if it has an account with a password. Nobody learns from it whether it has:
    /// what it does is the same from outside. Accounts that only a provider vouches for get none, since the provider is who lets
    /// them in.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn forgot_password(&self, email: &Email) -> Result<()> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let sent = self.count_letter(&mut tx, "forgot", email).await?;
        let known = tx.account_by_email(email).await?;
        let known = known.filter(|(account, hash)| !account.disabled && !hash.is_empty());
        let Some((account, _)) = known.filter(|_| sent <= LETTERS_PER_DAY) else {
            return Ok(tx.commit().await?);
        };
        let token = Store::new_token()?;
        let until = now + SignedDuration::from_mins(LINK_MINUTES);
        tx.add_password_link(account.id, token.hash(), now, until)
            .await?;
        let news = News::PasswordLink(PasswordLink {
            url: self.public(&format!("/desk/new-password/{}", token.reveal())),
            minutes: u32::try_from(LINK_MINUTES).unwrap_or_default(),
        });
        let receiver = (&account.email, &account.name, account.lang);
        self.write_to(&mut tx, receiver, news, &token).await?;
        let (to, details) = (account.email.as_str(), "asked for: sign-in page");
        self.note_of(&mut tx, SOMEBODY, "password.link", to, details)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Whose password a link sets.
    ///
    /// # Errors
    /// [`Refusal::LinkGone`], whatever is wrong with it.
    pub async fn password_link(&self, link: &Token) -> Result<Account> {
        let now = self.now();
        let mut read = self.store().read().await?;
        let id = read.password_link(link.hash(), now).await?;
        let account = match id {
            Some(id) => read.account(id).await?.filter(|account| !account.disabled),
            None => None,
        };
        account.ok_or_else(|| Refusal::LinkGone.into())
    }

    /// Sets the password that a link is for. All sessions of the account and its keys end; a second step stays.
    ///
    /// # Errors
    /// [`Refusal::LinkGone`], and what a password is refused for.
    pub async fn reset_password(&self, link: &Token, password: &str) -> Result<()> {
        let account = self.password_link(link).await?;
        let known = self.known_of(&account.email, account.name.as_str());
        let hash = self.hash_password(password, &known).await?;
        let mut tx = self.store().begin().await?;
        let there = tx.password_link(link.hash(), self.now()).await?;
        if there != Some(account.id) || tx.end_password_links(account.id).await? == 0 {
            return Err(Refusal::LinkGone.into());
        }
        tx.set_password_hash(account.id, &hash).await?;
        let ended = self.end_all_of(&mut tx, account.id, None).await?;
        tx.forget_failures(&self.counted_as("account", &account.email.key()))
            .await?;
        self.note(
            &mut tx,
            Some(&account),
            "account.password",
            &account.email,
            &ended,
        )
        .await?;
        self.tell_of_change(&mut tx, &account, "password").await?;
        Ok(tx.commit().await?)
    }

    /// Tells an account's owner by mail that something about signing in was changed, lest somebody else did it.
    pub(super) async fn tell_of_change(
        &self,
        tx: &mut Tx,
        account: &Account,
        what: &str,
    ) -> Result<()> {
        let news = News::AccountChanged(AccountChanged {
            what: what.to_owned(),
            at: self.when(self.now()),
            url: self.public("/desk/me"),
        });
        let receiver = (&account.email, &account.name, account.lang);
        let once = Store::new_token()?;
        self.write_to(tx, receiver, news, &once).await
    }

    async fn count_letter(&self, tx: &mut Tx, kind: &str, email: &Email) -> Result<u32> {
        let name = self.counted_as(kind, &email.key());
        Ok(tx.note_failure(&name, self.now(), DAY_MS).await?)
    }

    async fn write_to(
        &self,
        tx: &mut Tx,
        (to, name, lang): (&Email, &PersonName, Lang),
        news: News,
        once: &Token,
    ) -> Result<()> {
        let event = news.event();
        let letter = Letter {
            to: to.clone(),
            name: name.to_string(),
            lang,
            case: None,
            in_reply_to: None,
            unsubscribe: None,
            news,
        };
        let dedup = format!("staff:{event}:{}", &once.hash().hex()[..32]);
        self.post_as(tx, None, dedup, String::new(), &letter).await
    }
}

fn permit(by: Option<&Account>) -> Result<()> {
    by.map_or(Ok(()), |by| allow(by, Act::ManageAccounts))
}
