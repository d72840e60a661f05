//! Who may sit at the desk? Accounts are made, changed and disabled; every change is written down, and ends the sessions that it
//! concerns.

use super::permissions::{Act, allow};
use super::{Cases, Refusal};
use crate::error::Result;
use crate::model::account::{Account, Role};
use crate::model::{AccountId, Email, Lang, PersonName, Slug, TokenHash};
use crate::store::{Deed, Fault, Tx};

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
        let hash = self.passwords().hash(password).await?;
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
        self.note(
            &mut tx,
            by,
            "account.added",
            &account,
            &account.role.to_string(),
        )
        .await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Changes an account. A change of role or groups, and disabling, end its sessions, but for `kept`.
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
        tx.save_account(&mut account).await?;
        if account.role != before.role || account.disabled != before.disabled {
            tx.end_sessions_of(id, None).await?;
        }
        self.note(
            &mut tx,
            by,
            "account.changed",
            &account,
            &difference(&before, &account),
        )
        .await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Sets a password; all sessions of the account end, but for `kept`.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoAccount`], [`Refusal::Password`].
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
        let hash = self.passwords().hash(password).await?;
        let mut tx = self.store().begin().await?;
        let account = tx.account(id).await?.ok_or(Refusal::NoAccount)?;
        tx.set_password_hash(id, &hash).await?;
        tx.end_sessions_of(id, kept).await?;
        self.note(&mut tx, by, "account.password", &account, "")
            .await?;
        Ok(tx.commit().await?)
    }

    /// Changes one's own password, for which the present one is needed.
    ///
    /// # Errors
    /// [`Refusal::Credentials`], [`Refusal::Password`].
    pub async fn change_own_password(
        &self,
        own: &Account,
        present: &str,
        new: &str,
        kept: TokenHash,
    ) -> Result<()> {
        let known = self
            .store()
            .read()
            .await?
            .account_by_email(&own.email)
            .await?;
        let right = self
            .passwords()
            .verify(present, known.map(|(_, hash)| hash))
            .await?;
        if !right {
            return Err(Refusal::Credentials.into());
        }
        self.set_password(Some(own), own.id, new, Some(kept)).await
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

    async fn note(
        &self,
        tx: &mut Tx,
        by: Option<&Account>,
        action: &str,
        account: &Account,
        details: &str,
    ) -> Result<()> {
        let deed = Deed {
            at: self.now(),
            actor: by.map_or_else(|| "terminal".to_owned(), |by| by.email.to_string()),
            action: action.to_owned(),
            subject: account.email.to_string(),
            details: details.to_owned(),
        };
        Ok(tx.note_deed(&deed).await?)
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

async fn another_admin(tx: &mut Tx, but: AccountId) -> Result<bool> {
    let all = tx.accounts().await?;
    Ok(all
        .iter()
        .any(|a| a.id != but && a.role == Role::Admin && !a.disabled))
}

/// What is different now, as in `role: agent -> admin`.
fn difference(before: &Account, after: &Account) -> String {
    let groups = |account: &Account| {
        account
            .groups
            .iter()
            .map(Slug::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let fields = [
        ("name", before.name.to_string(), after.name.to_string()),
        ("role", before.role.to_string(), after.role.to_string()),
        ("groups", groups(before), groups(after)),
        (
            "on duty",
            before.on_duty.to_string(),
            after.on_duty.to_string(),
        ),
        (
            "disabled",
            before.disabled.to_string(),
            after.disabled.to_string(),
        ),
    ];
    let changed = fields.iter().filter(|(_, before, after)| before != after);
    let told: Vec<String> = changed
        .map(|(what, before, after)| format!("{what}: {before} -> {after}"))
        .collect();
    told.join("; ")
}
