//! Who was asked to come, and who may set a new password? Both by the hash of a secret that one letter carried, and both once.

use super::case_rows::lang;
use super::error::Result;
use super::sql::{Columns, Sql, list, ms, parse_list};
use super::tx::{Read, Tx};
use crate::model::account::{Invitation, Role};
use crate::model::{AccountId, Email, PersonName, Slug, TokenHash};
use jiff::Timestamp;
use sqlx::any::AnyRow;

macro_rules! columns {
    () => {
        "email, name, role, group_names, lang, invited_by, created_at, expires_at"
    };
}

impl Tx {
    /// Keeps an invitation in the place of an earlier one of the same address, whose link ends.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn invite(&mut self, invitation: &Invitation, token: TokenHash) -> Result<()> {
        self.revoke_invitation(&invitation.email).await?;
        let text = "INSERT INTO invitations (email_key, email, name, role, group_names, lang, invited_by, token_hash, created_at, expires_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let sql = Sql::new(text)
            .bind(invitation.email.key())
            .bind(invitation.email.as_str())
            .bind(invitation.name.as_str())
            .bind(invitation.role.as_str())
            .bind(list(&invitation.groups))
            .bind(invitation.lang.tag())
            .bind(invitation.invited_by.as_str())
            .bind(token.hex())
            .bind(ms(invitation.created_at))
            .bind(ms(invitation.expires_at));
        self.run(sql).await.map(drop)
    }

    /// Ends an invitation. `false`: there is none, or another took it just now.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn revoke_invitation(&mut self, email: &Email) -> Result<bool> {
        let sql = Sql::new("DELETE FROM invitations WHERE email_key = $1").bind(email.key());
        Ok(self.run(sql).await? > 0)
    }

    /// Keeps a link for a new password. Earlier ones of the account end.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn add_password_link(
        &mut self,
        account: AccountId,
        token: TokenHash,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<()> {
        self.end_password_links(account).await?;
        let text = "INSERT INTO password_links (token_hash, account_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
        let sql = Sql::new(text)
            .bind(token.hex())
            .bind(account.to_string())
            .bind(ms(now))
            .bind(ms(expires));
        self.run(sql).await.map(drop)
    }

    /// Ends all links for a new password of an account. Returns how many there were.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn end_password_links(&mut self, account: AccountId) -> Result<u64> {
        let sql = Sql::new("DELETE FROM password_links WHERE account_id = $1");
        self.run(sql.bind(account.to_string())).await
    }
}

impl Read {
    /// The invitation of a letter's secret, unless it has expired by now.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn invitation(
        &mut self,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Option<Invitation>> {
        let text = concat!(
            "SELECT ",
            columns!(),
            " FROM invitations WHERE token_hash = $1 AND expires_at > $2"
        );
        let row = self
            .one(Sql::new(text).bind(token.hex()).bind(ms(now)))
            .await?;
        row.map(|row| invitation(&row)).transpose()
    }

    /// The invitation of an address, expired or not.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn invitation_of(&mut self, email: &Email) -> Result<Option<Invitation>> {
        let text = concat!(
            "SELECT ",
            columns!(),
            " FROM invitations WHERE email_key = $1"
        );
        let row = self.one(Sql::new(text).bind(email.key())).await?;
        row.map(|row| invitation(&row)).transpose()
    }

    /// All invitations, expired ones too, the newest first; at most 500.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn invitations(&mut self) -> Result<Vec<Invitation>> {
        let text = concat!(
            "SELECT ",
            columns!(),
            " FROM invitations ORDER BY created_at DESC, email_key LIMIT 500"
        );
        let rows = self.all(Sql::new(text)).await?;
        rows.iter().map(invitation).collect()
    }

    /// The account that a link sets a password for, unless it has expired by now.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn password_link(
        &mut self,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Option<AccountId>> {
        let text =
            "SELECT account_id FROM password_links WHERE token_hash = $1 AND expires_at > $2";
        let row = self
            .one(Sql::new(text).bind(token.hex()).bind(ms(now)))
            .await?;
        row.map(|row| row.read("account_id", AccountId::parse))
            .transpose()
    }
}

fn invitation(row: &AnyRow) -> Result<Invitation> {
    let groups = parse_list(&row.text("group_names")?, Slug::parse)?;
    Ok(Invitation {
        email: row.read("email", Email::parse)?,
        name: row.read("name", PersonName::parse)?,
        role: row.read("role", Role::parse)?,
        groups,
        lang: row.read("lang", lang)?,
        invited_by: row.text("invited_by")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
    })
}
