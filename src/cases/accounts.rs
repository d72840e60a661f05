//! Who may sit at the desk? Accounts are made, changed and disabled; every change is written down, and ends the sessions that it
//! concerns.

use super::deeds::Facts;
use super::permissions::{Act, allow};
use super::{Cases, Refusal};
use crate::error::Result;
use crate::model::account::{Account, Role};
use crate::model::{AccountId, Email, Lang, PersonName, Slug, TokenHash};
use crate::store::{Fault, Tx};

/// What an account is made of.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What it signs in with.
    pub email: Email,
    /// What others see.
    pub name: PersonName,
    /// What it may do.
    pub role: Role,
    /// The groups that it answers for.
    pub groups: Vec<Slug>,
    /// The language of the desk.
    pub lang: Lang,
    /// Whether it takes cases from now on.
    pub on_duty: bool,
}

/// What is changed of an account; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// What others see.
    pub name: Option<PersonName>,
    /// What it may do.
    pub role: Option<Role>,
    /// The groups that it answers for.
    pub groups: Option<Vec<Slug>>,
    /// The language of the desk.
    pub lang: Option<Lang>,
    /// Whether it takes cases.
    pub on_duty: Option<bool>,
    /// Whether it can no longer sign in.
    pub disabled: Option<bool>,
}

impl Cases {
    /// All accounts, by name, disabled ones last.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        Ok(self.store().read().await?.accounts().await?)
    }

    /// The account of a mail address.
    ///
    /// # Errors
    /// [`Refusal::NoAccount`].
    pub async fn account_of(&self, email: &Email) -> Result<Account> {
        let found = self.store().read().await?.account_by_email(email).await?;
        found
            .map(|(account, _)| account)
            .ok_or_else(|| Refusal::NoAccount.into())
    }

    /// Makes an account. `by` is the account that does it; `None` is the terminal of the machine, which may do all.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::Password`], [`Refusal::EmailTaken`].
    pub async fn add_account(
        &self,
        by: Option<&Account>,
        new: NewAccount,
        password: &str,
    ) -> Result<Account> {
        permit(by)?;
        let known = self.known_of(&new.email, new.name.as_str());
        let hash = self.hash_password(password, &known).await?;
        let now = self.now();
        let mut account = Account {
            id: AccountId::generate(now),
            email: new.email,
            name: new.name,
            role: new.role,
            groups: new.groups,
            lang: new.lang,
            on_duty: new.on_duty,
            disabled: false,
            created_at: now,
            version: 0,
        };
        let mut tx = self.store().begin().await?;
        match tx.save_account(&mut account).await {
            Err(error) if error.fault() == Fault::Constraint => {
                return Err(Refusal::EmailTaken.into());
            }
            saved => saved?,
        }
        tx.set_password_hash(account.id, &hash).await?;
        // Whoever was invited meanwhile has come another way.
        tx.revoke_invitation(&account.email).await?;
        let details = Facts::default().with("role", account.role).joined();
        self.note(&mut tx, by, "account.added", &account.email, &details)
            .await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Changes an account. Another role and disabling end its sessions and its keys of programs.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoAccount`], [`Refusal::LastAdmin`].
    pub async fn change_account(
        &self,
        by: Option<&Account>,
        id: AccountId,
        change: &AccountChange,
    ) -> Result<Account> {
        permit(by)?;
        let mut tx = self.store().begin().await?;
        let mut account = tx.account(id).await?.ok_or(Refusal::NoAccount)?;
        let before = account.clone();
        apply(&mut account, change);
        let demoted = before.role == Role::Admin
            && !before.disabled
            && (account.role != Role::Admin || account.disabled);
        if demoted && !another_admin(&mut tx, id).await? {
            return Err(Refusal::LastAdmin.into());
        }
        let mut details = difference(&before, &account);
        if account.role != before.role || account.disabled != before.disabled {
            details = details.and(self.end_all_of(&mut tx, id, None).await?);
        }
        let details = details.joined();
        tx.save_account(&mut account).await?;
        // A form that was saved as it was is no deed.
        if !details.is_empty() {
            self.note(&mut tx, by, "account.changed", &account.email, &details)
                .await?;
        }
        tx.commit().await?;
        Ok(account)
    }

    /// Sets a password; all sessions of the account but `kept` and its keys of programs end.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoAccount`], and what a password is refused for.
    pub async fn set_password(
        &self,
        by: Option<&Account>,
        id: AccountId,
        password: &str,
        kept: Option<TokenHash>,
    ) -> Result<()> {
        if by.is_none_or(|by| by.id != id) {
            permit(by)?;
        }
        let account = self.store().read().await?.account(id).await?;
        let account = account.ok_or(Refusal::NoAccount)?;
        let known = self.known_of(&account.email, account.name.as_str());
        let hash = self.hash_password(password, &known).await?;
        let mut tx = self.store().begin().await?;
        tx.set_password_hash(id, &hash).await?;
        let ended = self.end_all_of(&mut tx, id, kept).await?;
        self.note(&mut tx, by, "account.password", &account.email, &ended)
            .await?;
        self.tell_of_change(&mut tx, &account, "password").await?;
        Ok(tx.commit().await?)
    }

    /// Changes one's own password, for which the present one is needed.
    ///
    /// # Errors
    /// [`Refusal::Credentials`], [`Refusal::Throttled`], and what a password is refused for.
    pub async fn change_own_password(
        &self,
        own: &Account,
        present: &str,
        new: &str,
        kept: TokenHash,
    ) -> Result<()> {
        self.prove_password(own, present).await?;
        self.set_password(Some(own), own.id, new, Some(kept)).await
    }

    /// What everybody knows of whose password it is: no password may be little more than that.
    pub(super) fn known_of(&self, email: &Email, name: &str) -> Vec<String> {
        let site = &self.settings().site;
        let names = Lang::ALL.iter().filter_map(|lang| site.name.get(*lang));
        let host = site
            .base_url
            .as_deref()
            .map(|url| url.replace("https://", ""));
        let own = [email.to_string(), name.to_owned()];
        own.into_iter()
            .chain(names.map(str::to_owned))
            .chain(host)
            .collect()
    }

    /// The hash of a new password.
    ///
    /// # Errors
    /// What a password is refused for.
    pub(super) async fn hash_password(&self, password: &str, known: &[String]) -> Result<String> {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        self.passwords().hash(password, &known).await
    }

    /// Says whether one takes cases now, and in which language one reads the desk.
    ///
    /// # Errors
    /// [`Refusal::Role`].
    pub async fn change_own(
        &self,
        own: &Account,
        on_duty: Option<bool>,
        lang: Option<Lang>,
    ) -> Result<Account> {
        allow(own, Act::ChangeOwn)?;
        let mut tx = self.store().begin().await?;
        let mut account = tx.account(own.id).await?.ok_or(Refusal::NoAccount)?;
        apply(
            &mut account,
            &AccountChange {
                on_duty,
                lang,
                ..AccountChange::default()
            },
        );
        tx.save_account(&mut account).await?;
        tx.commit().await?;
        Ok(account)
    }
}

fn permit(by: Option<&Account>) -> Result<()> {
    by.map_or(Ok(()), |by| allow(by, Act::ManageAccounts))
}

fn apply(account: &mut Account, change: &AccountChange) {
    let change = change.clone();
    account.name = change.name.unwrap_or_else(|| account.name.clone());
    account.role = change.role.unwrap_or(account.role);
    account.groups = change.groups.unwrap_or_else(|| account.groups.clone());
    account.lang = change.lang.unwrap_or(account.lang);
    account.on_duty = change.on_duty.unwrap_or(account.on_duty);
    account.disabled = change.disabled.unwrap_or(account.disabled);
}

pub(super) async fn another_admin(tx: &mut Tx, but: AccountId) -> Result<bool> {
    let all = tx.accounts().await?;
    Ok(all
        .iter()
        .any(|a| a.id != but && a.role == Role::Admin && !a.disabled))
}

/// What is different now, as in `role: agent -> admin`.
fn difference(before: &Account, after: &Account) -> Facts {
    Facts::default()
        .changed("name", &before.name, &after.name)
        .changed("role", before.role, after.role)
        .changed("groups", groups(before), groups(after))
        .changed("language", before.lang, after.lang)
        .changed("on duty", before.on_duty, after.on_duty)
        .changed("disabled", before.disabled, after.disabled)
}

fn groups(account: &Account) -> String {
    let names: Vec<&str> = account.groups.iter().map(Slug::as_str).collect();
    names.join(", ")
}
