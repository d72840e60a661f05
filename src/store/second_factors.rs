//! What does somebody prove beside a password? A sealed secret, the last code that was taken, and codes for the day on which the
//! telephone is lost.

use super::error::Result;
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::AccountId;
use jiff::Timestamp;

/// The second step of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The secret, sealed.
    pub sealed: String,
    /// When a first code proved that it arrived; `None` while it is being set up.
    pub confirmed_at: Option<Timestamp>,
    /// The last step of time whose code was taken: no code of it or before is taken any more.
    pub last_step: i64,
}

impl Tx {
    /// Keeps a secret that is still to be confirmed, in the place of any other.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn begin_second_factor(
        &mut self,
        account: AccountId,
        sealed: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.remove_second_factor(account).await?;
        let text = "INSERT INTO second_factors (account_id, sealed, created_at, confirmed_at, last_step) VALUES ($1, $2, $3, NULL, 0)";
        let sql = Sql::new(text)
            .bind(account.to_string())
            .bind(sealed)
            .bind(ms(now));
        self.run(sql).await.map(drop)
    }

    /// Takes the code of a step of time. `false`: one of that step or of a later one was taken before, here or on another server.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn take_step(&mut self, account: AccountId, step: i64) -> Result<bool> {
        let text =
            "UPDATE second_factors SET last_step = $2 WHERE account_id = $1 AND last_step < $2";
        let sql = Sql::new(text).bind(account.to_string()).bind(step);
        Ok(self.run(sql).await? > 0)
    }

    /// Puts a second step into use, with these recovery codes.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn confirm_second_factor(
        &mut self,
        account: AccountId,
        codes: &[String],
        now: Timestamp,
    ) -> Result<()> {
        let text = "UPDATE second_factors SET confirmed_at = $2 WHERE account_id = $1";
        self.run(Sql::new(text).bind(account.to_string()).bind(ms(now)))
            .await?;
        self.set_recovery_codes(account, codes).await
    }

    /// Keeps these hashes of recovery codes in the place of all others.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn set_recovery_codes(&mut self, account: AccountId, codes: &[String]) -> Result<()> {
        let clear = Sql::new("DELETE FROM recovery_codes WHERE account_id = $1");
        self.run(clear.bind(account.to_string())).await?;
        for code in codes {
            let text = "INSERT INTO recovery_codes (account_id, code_hash) VALUES ($1, $2)";
            self.run(Sql::new(text).bind(account.to_string()).bind(code.as_str()))
                .await?;
        }
        Ok(())
    }

    /// Takes a recovery code, which is then gone. `false`: it is none of this account.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn take_recovery_code(&mut self, account: AccountId, hash: &str) -> Result<bool> {
        let sql = Sql::new("DELETE FROM recovery_codes WHERE account_id = $1 AND code_hash = $2");
        Ok(self.run(sql.bind(account.to_string()).bind(hash)).await? > 0)
    }

    /// Removes the second step and its recovery codes. `false`: there was none.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_second_factor(&mut self, account: AccountId) -> Result<bool> {
        self.set_recovery_codes(account, &[]).await?;
        let sql = Sql::new("DELETE FROM second_factors WHERE account_id = $1");
        Ok(self.run(sql.bind(account.to_string())).await? > 0)
    }
}

impl Read {
    /// The second step of an account, in use or being set up.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn second_factor(&mut self, account: AccountId) -> Result<Option<SecondFactor>> {
        let text =
            "SELECT sealed, confirmed_at, last_step FROM second_factors WHERE account_id = $1";
        let row = self.one(Sql::new(text).bind(account.to_string())).await?;
        let read = row.map(|row| {
            Ok(SecondFactor {
                sealed: row.text("sealed")?,
                confirmed_at: row.time_or_none("confirmed_at")?,
                last_step: row.int("last_step")?,
            })
        });
        read.transpose()
    }

    /// How many recovery codes an account has left.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn recovery_codes_left(&mut self, account: AccountId) -> Result<u32> {
        let sql = Sql::new("SELECT COUNT(*) AS n FROM recovery_codes WHERE account_id = $1");
        let row = self.one(sql.bind(account.to_string())).await?;
        row.map_or(Ok(0), |row| row.count("n"))
    }

    /// The accounts that have a second step in use.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn with_second_factor(&mut self) -> Result<Vec<AccountId>> {
        let text = "SELECT account_id FROM second_factors WHERE confirmed_at IS NOT NULL ORDER BY account_id";
        let rows = self.all(Sql::new(text)).await?;
        rows.iter()
            .map(|row| row.read("account_id", AccountId::parse))
            .collect()
    }
}
