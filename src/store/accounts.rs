//! Who works at the desk? Accounts with their groups, and who is to take the next case.

use super::case_rows::lang;
use super::changes::Topic;
use super::error::{Error, Result};
use super::open::Backend;
use super::sql::{Columns, Sql, as_is, ms};
use super::tx::{Read, Tx};
use crate::model::account::{Account, Role};
use crate::model::{AccountId, Email, PersonName, Slug};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// Somebody on duty, with what is needed to choose who takes the next case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// The account.
    pub account: Account,
    /// How many cases it has that wait for the desk.
    pub live_cases: u32,
    /// When it was last given a case; 1970 for never.
    pub assigned_at: Timestamp,
}

macro_rules! account_columns {
    () => {
        "id, email, name, role, lang, on_duty, disabled, created_at, version"
    };
}

fn duties_sql(group: &Slug) -> Sql {
    Sql::new(concat!(
            "SELECT ", account_columns!(), ", assigned_at, ",
            "(SELECT COUNT(*) FROM cases WHERE assignee = accounts.id AND state IN ('new', 'open')) AS live_cases ",
            "FROM accounts WHERE on_duty = 1 AND disabled = 0 AND role <> 'editor' ",
            "AND id IN (SELECT account_id FROM account_groups WHERE group_name = $1) ORDER BY assigned_at, id"
        ))
        .bind(group.to_string())
}

impl Tx {
    /// Keeps an account: a new one when its `version` is 0, which then has no password and cannot sign in.
    ///
    /// # Errors
    /// [`super::Fault::Constraint`] when the address is taken, [`super::Fault::Stale`] when somebody else changed it.
    pub async fn save_account(&mut self, account: &mut Account) -> Result<()> {
        let text = if account.version == 0 {
            "INSERT INTO accounts (id, version, email, email_key, name, role, lang, on_duty, disabled, created_at, password_hash, assigned_at) \
             VALUES ($1, $2 + 1, $3, $4, $5, $6, $7, $8, $9, $10, '', 0)"
        } else {
            "UPDATE accounts SET email = $3, email_key = $4, name = $5, role = $6, lang = $7, on_duty = $8, disabled = $9, \
             created_at = $10, version = version + 1 WHERE id = $1 AND version = $2"
        };
        let sql = Sql::new(text)
            .bind(account.id.to_string())
            .bind(account.version)
            .bind(account.email.as_str())
            .bind(account.email.key())
            .bind(account.name.as_str())
            .bind(account.role.as_str())
            .bind(account.lang.tag())
            .bind(i64::from(account.on_duty))
            .bind(i64::from(account.disabled))
            .bind(ms(account.created_at));
        if self.run(sql).await? == 0 {
            return Err(Error::stale("the account"));
        }
        account.version += 1;
        self.run(
            Sql::new("DELETE FROM account_groups WHERE account_id = $1")
                .bind(account.id.to_string()),
        )
        .await?;
        for group in &account.groups {
            let sql = Sql::new(
                "INSERT INTO account_groups (account_id, group_name) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            );
            self.run(sql.bind(account.id.to_string()).bind(group.to_string()))
                .await?;
        }
        self.changed(Topic::Account, account.id);
        Ok(())
    }

    /// Sets the hash of a password (a PHC string). `false`: there is no such account. Ends no session: do that too.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn set_password_hash(&mut self, id: AccountId, hash: &str) -> Result<bool> {
        let sql = Sql::new("UPDATE accounts SET password_hash = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(hash);
        Ok(self.run(sql).await? > 0)
    }

    /// Notes that an account was given a case: the others of its groups are next.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn note_assignment(&mut self, id: AccountId, now: Timestamp) -> Result<()> {
        let sql = Sql::new("UPDATE accounts SET assigned_at = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(ms(now));
        self.run(sql).await.map(drop)
    }

    /// Who of a group may take a case now, who has waited longest first. Others who choose for the same group wait until this
    /// transaction ends, so that two cases do not go to the same account by accident.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn on_duty(&mut self, group: &Slug) -> Result<Vec<Duty>> {
        let mut sql = duties_sql(group);
        if self.backend == Backend::Postgres {
            sql.push(" FOR UPDATE");
        }
        self.duties(sql).await
    }
}

impl Read {
    /// Who of a group may take a case now, who has waited longest first: to be shown. Nobody waits for this, so it may be old when
    /// it is read.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn loads(&mut self, group: &Slug) -> Result<Vec<Duty>> {
        self.duties(duties_sql(group)).await
    }

    async fn duties(&mut self, sql: Sql) -> Result<Vec<Duty>> {
        let rows = self.all(sql).await?;
        let mut duties = Vec::new();
        for row in &rows {
            let account = self.read_account(row).await?;
            duties.push(Duty {
                account,
                live_cases: row.count("live_cases")?,
                assigned_at: row.time("assigned_at")?,
            });
        }
        Ok(duties)
    }

    /// An account.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn account(&mut self, id: AccountId) -> Result<Option<Account>> {
        let sql = Sql::new(concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts WHERE id = $1"
        ));
        match self.one(sql.bind(id.to_string())).await? {
            Some(row) => self.read_account(&row).await.map(Some),
            None => Ok(None),
        }
    }

    /// The account of a mail address, with the hash of its password; the hash is empty when none was set.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn account_by_email(&mut self, email: &Email) -> Result<Option<(Account, String)>> {
        let sql = Sql::new(concat!(
            "SELECT ",
            account_columns!(),
            ", password_hash FROM accounts WHERE email_key = $1"
        ));
        match self.one(sql.bind(email.key())).await? {
            Some(row) => Ok(Some((
                self.read_account(&row).await?,
                row.text("password_hash")?,
            ))),
            None => Ok(None),
        }
    }

    /// All accounts, by name, disabled ones last; at most 1,000.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn accounts(&mut self) -> Result<Vec<Account>> {
        let sql = Sql::new(concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts ORDER BY disabled, name, id LIMIT 1000"
        ));
        let rows = self.all(sql).await?;
        let mut accounts = Vec::new();
        for row in &rows {
            accounts.push(self.read_account(row).await?);
        }
        Ok(accounts)
    }

    async fn read_account(&mut self, row: &AnyRow) -> Result<Account> {
        let id = row.read("id", AccountId::parse)?;
        let groups = Sql::new(
            "SELECT group_name FROM account_groups WHERE account_id = $1 ORDER BY group_name",
        );
        let groups = self.all(groups.bind(id.to_string())).await?;
        Ok(Account {
            id,
            email: row.read("email", Email::parse)?,
            name: row.read("name", PersonName::parse)?,
            role: row.read("role", Role::parse)?,
            groups: groups
                .iter()
                .map(|row| row.read("group_name", Slug::parse))
                .collect::<Result<_>>()?,
            lang: row.read("lang", lang)?,
            on_duty: row.flag("on_duty")?,
            disabled: row.flag("disabled")?,
            created_at: row.time("created_at")?,
            version: row.int("version")?,
        })
    }

    /// The names of all groups that an account answers for.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn groups_in_use(&mut self) -> Result<Vec<String>> {
        let rows = self
            .all(Sql::new(
                "SELECT DISTINCT group_name FROM account_groups ORDER BY group_name",
            ))
            .await?;
        rows.iter()
            .map(|row| row.read("group_name", as_is))
            .collect()
    }
}
