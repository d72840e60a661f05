//! Does somebody else know who that is? Sign-in with an identity provider of OpenID Connect: the code flow with PKCE.
//!
//! What goes out is remembered once, under the hash of a state that the browser keeps as a cookie and the provider sends back. What
//! comes back counts only for that browser, once, with this nonce, from this issuer, for us, in time, and signed by a key that the
//! provider publishes. Only a mail address that it has verified says who it is here.

use super::audit::SOMEBODY;
use super::deeds::Facts;
use super::provider::{Provider, Vouched};
use super::sessions::Place;
use super::sign_in::Counted;
use super::{Cases, Refusal, SignedIn};
use crate::config::{Admission, Oidc};
use crate::error::Result;
use crate::model::account::{Account, Role, Way};
use crate::model::{AccountId, Email, PersonName, Token};
use crate::store::{Departure, Store, Tx};
use jiff::{SignedDuration, Timestamp};

/// How long somebody may be at the provider, in minutes.
const AWAY_MINUTES: i64 = 10;

/// Somebody who is sent to the provider.
#[derive(Debug, Clone)]
pub struct Departing {
    /// Where to.
    pub url: String,
    /// What his browser keeps meanwhile.
    pub state: Token,
}

/// What came back with somebody.
#[derive(Debug, Clone, Copy)]
pub struct Returning<'a> {
    /// What his browser kept.
    pub kept: Option<&'a Token>,
    /// The state that the provider sends back.
    pub state: &'a str,
    /// The code that is exchanged for a token.
    pub code: &'a str,
    /// Who the provider says it is; empty where it does not say.
    pub issuer: &'a str,
}

impl Cases {
    /// Begins a sign-in at the provider, which ends at the path `next`.
    ///
    /// # Errors
    /// [`Refusal::Provider`] when it does not answer, or there is none.
    pub async fn depart(&self, next: &str) -> Result<Departing> {
        let (provider, _) = self.provider()?;
        let back = self.public("/desk/oidc/return");
        let state = Store::new_token()?;
        let nonce = Store::new_token()?;
        let leaving = provider.leave(&back, &state, &nonce, self.now()).await?;
        let departure = Departure {
            nonce: nonce.reveal().to_owned(),
            verifier: leaving.verifier,
            next: next.to_owned(),
        };
        let until = self.now() + SignedDuration::from_mins(AWAY_MINUTES);
        let mut tx = self.store().begin().await?;
        tx.depart(state.hash(), &departure, until).await?;
        tx.commit().await?;
        Ok(Departing {
            url: leaving.url,
            state,
        })
    }

    /// Ends it. Returns where he wanted to go.
    ///
    /// # Errors
    /// [`Refusal::Foreign`] when it was not begun by this browser, was ended before, or what the provider says does not hold;
    /// [`Refusal::Stranger`] when nobody invited who it is; [`Refusal::Provider`] when it does not answer.
    pub async fn come_back(
        &self,
        returning: Returning<'_>,
        place: Place<'_>,
        former: Option<&Token>,
    ) -> Result<(SignedIn, String)> {
        let (provider, settings) = self.provider()?;
        let state = Token::parse(returning.state).ok_or(Refusal::Foreign)?;
        // Both are hashed before they are compared, so time tells nothing of them.
        let same = returning
            .kept
            .is_some_and(|kept| kept.hash().hex() == state.hash().hex());
        if !same || !["", settings.issuer.as_str()].contains(&returning.issuer) {
            return Err(self
                .refuse(Refusal::Foreign, "another browser or issuer")
                .await);
        }
        let mut tx = self.store().begin().await?;
        let departure = tx.come_back(state.hash(), self.now()).await?;
        // It is gone before the provider is asked: nobody comes back a second time.
        tx.commit().await?;
        let departure = departure.ok_or(Refusal::Foreign)?;
        let back = self.public("/desk/oidc/return");
        let vouched = provider
            .vouch(&back, returning.code, &departure, self.now())
            .await;
        let vouched = match vouched {
            Ok(vouched) => vouched,
            Err(error) => {
                let refusal = Refusal::of(&error).unwrap_or(Refusal::Foreign);
                return Err(self.refuse(refusal, "the provider's answer").await);
            }
        };
        let entered = self.enter_vouched(settings, vouched, place, former).await?;
        Ok((entered, departure.next))
    }

    async fn enter_vouched(
        &self,
        settings: &Oidc,
        vouched: Vouched,
        place: Place<'_>,
        former: Option<&Token>,
    ) -> Result<SignedIn> {
        let mut tx = self.store().begin().await?;
        let account = match self.account_of_vouched(&mut tx, settings, &vouched).await? {
            Some(account) if !account.disabled => account,
            _ => {
                tx.roll_back().await?;
                return Err(self.refuse(Refusal::Stranger, vouched.email.as_str()).await);
            }
        };
        let account = self
            .follow_role(&mut tx, settings, &vouched, account)
            .await?;
        let way = (place, Way::Provider);
        let none = Counted(Vec::new());
        let entered = self
            .begin_desk_in(&mut tx, account, &none, former, way)
            .await?;
        self.note_entry(&mut tx, &entered.account, Way::Provider, "")
            .await?;
        tx.commit().await?;
        Ok(entered)
    }

    /// Who it is here: whom the provider vouched for before, else who has the address or was invited by it, else, where everybody
    /// may come, somebody new.
    async fn account_of_vouched(
        &self,
        tx: &mut Tx,
        settings: &Oidc,
        vouched: &Vouched,
    ) -> Result<Option<Account>> {
        let now = self.now();
        let role = role_of(settings, &vouched.values);
        if !may_come(settings, &vouched.email) || (!settings.roles.is_empty() && role.is_none()) {
            return Ok(None);
        }
        if let Some(id) = tx.identity(&settings.issuer, &vouched.subject).await? {
            return Ok(tx.account(id).await?);
        }
        let found = match tx.account_by_email(&vouched.email).await? {
            // An address that another person of the provider had before is not handed on with its account.
            Some((known, _)) if tx.is_linked(&settings.issuer, known.id).await? => None,
            Some((known, _)) => Some(known),
            None => self.admitted(tx, settings, vouched, role, now).await?,
        };
        if let Some(account) = &found {
            tx.link_identity(&settings.issuer, &vouched.subject, account.id, now)
                .await?;
            let details = Facts::default().with("issuer", &settings.issuer).joined();
            self.note(
                tx,
                Some(account),
                "account.linked",
                &account.email,
                &details,
            )
            .await?;
        }
        Ok(found)
    }

    /// Makes the account of who was invited, or of anybody where that is allowed.
    async fn admitted(
        &self,
        tx: &mut Tx,
        settings: &Oidc,
        vouched: &Vouched,
        role: Option<Role>,
        now: Timestamp,
    ) -> Result<Option<Account>> {
        let name = PersonName::parse(&vouched.name).ok();
        let invitation = tx.invitation_of(&vouched.email).await?;
        if let Some(invitation) = invitation.filter(|known| now < known.expires_at) {
            tx.revoke_invitation(&vouched.email).await?;
            return Ok(Some(self.make_of(tx, &invitation, name, now).await?));
        }
        let (Admission::Everybody, Some(role)) = (settings.accounts, role) else {
            return Ok(None);
        };
        let local = vouched.email.as_str().split('@').next().unwrap_or_default();
        let Some(name) = name.or_else(|| PersonName::parse(local).ok()) else {
            return Ok(None);
        };
        let mut account = Account {
            id: AccountId::generate(now),
            email: vouched.email.clone(),
            name,
            role,
            groups: Vec::new(),
            lang: self.settings().site.default_lang,
            on_duty: true,
            disabled: false,
            created_at: now,
            version: 0,
        };
        tx.save_account(&mut account).await?;
        let details = Facts::default()
            .with("role", role)
            .with("by", "provider")
            .joined();
        self.note(
            tx,
            Some(&account),
            "account.added",
            &account.email,
            &details,
        )
        .await?;
        Ok(Some(account))
    }

    /// Where the provider says roles, its word of today counts, but for the last who manages accounts.
    async fn follow_role(
        &self,
        tx: &mut Tx,
        settings: &Oidc,
        vouched: &Vouched,
        mut account: Account,
    ) -> Result<Account> {
        let role = role_of(settings, &vouched.values).filter(|_| !settings.roles.is_empty());
        let Some(role) = role.filter(|role| *role != account.role) else {
            return Ok(account);
        };
        if account.role == Role::Admin && !super::accounts::another_admin(tx, account.id).await? {
            tracing::warn!(
                "the identity provider takes the role of the last administrator; it is kept"
            );
            return Ok(account);
        }
        let details = Facts::default()
            .changed("role", account.role, role)
            .with("by", "provider");
        account.role = role;
        tx.save_account(&mut account).await?;
        let details = details
            .and(self.end_all_of(tx, account.id, None).await?)
            .joined();
        self.note(
            tx,
            Some(&account),
            "account.changed",
            &account.email,
            &details,
        )
        .await?;
        Ok(account)
    }

    fn provider(&self) -> Result<(&Provider, &Oidc)> {
        let settings = self.settings().staff.oidc.as_ref();
        match (self.provider_of_settings(), settings) {
            (Some(provider), Some(settings)) => Ok((provider, settings)),
            _ => Err(Refusal::Provider.into()),
        }
    }

    /// A refusal that is noted in the log of deeds, as far as the database takes it.
    async fn refuse(&self, refusal: Refusal, subject: &str) -> crate::error::Error {
        let details = Facts::default().with("reason", refusal.name()).joined();
        let noted = async {
            let mut tx = self.store().begin().await?;
            self.note_of(&mut tx, SOMEBODY, "sign_in.refused", subject, &details)
                .await?;
            Ok::<_, crate::error::Error>(tx.commit().await?)
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "a refused sign-in could not be noted");
        }
        refusal.into()
    }
}

/// The role of the first rule that fits, else the usual one.
fn role_of(settings: &Oidc, values: &[String]) -> Option<Role> {
    let fits = settings
        .roles
        .iter()
        .find(|rule| values.contains(&rule.value));
    fits.map(|rule| rule.role).or(settings.default_role)
}

fn may_come(settings: &Oidc, email: &Email) -> bool {
    let domain = email.as_str().rsplit('@').next().unwrap_or_default();
    let is_it = |allowed: &String| allowed.eq_ignore_ascii_case(domain);
    settings.domains.is_empty() || settings.domains.iter().any(is_it)
}
