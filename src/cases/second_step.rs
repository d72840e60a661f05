//! Is it really he? A code of six digits that an app makes every thirty seconds (TOTP, RFC 6238), each taken once; and ten codes on
//! paper for the day on which the telephone is lost.

use super::deeds::Facts;
use super::permissions::{Act, allow};
use super::sessions::Place;
use super::sign_in::Counted;
use super::{Cases, Refusal, SignedIn};
use crate::error::{Error, Result};
use crate::model::account::{Account, Way};
use crate::model::{AccountId, Token};
use crate::store::Tx;
use sha2::{Digest, Sha256};
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// Bytes of a secret: 160 bits.
const SECRET_BYTES: usize = 20;
/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// Letters of recovery codes: nothing that looks like another.
const LETTERS: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz-";
/// Letters of one: 50 bits.
const CODE_LETTERS: usize = 10;
/// How many wrong codes in a row cost nothing.
const FREE_CODES: u32 = 4;

/// What is needed to set an app up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The address that a picture of squares carries: `otpauth://…`.
    pub url: String,
    /// The secret in letters, for typing it, in groups of four.
    pub secret: String,
}

/// How it stands with the second step of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondStep {
    /// Whether it is in use.
    pub on: bool,
    /// How many recovery codes are left.
    pub codes_left: u32,
}

impl Cases {
    /// How it stands with the second step of an account.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn second_step(&self, account: AccountId) -> Result<SecondStep> {
        let mut read = self.store().read().await?;
        let factor = read.second_factor(account).await?;
        Ok(SecondStep {
            on: factor.is_some_and(|factor| factor.confirmed_at.is_some()),
            codes_left: read.recovery_codes_left(account).await?,
        })
    }

    /// The accounts that have a second step in use.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn accounts_with_second_step(&self) -> Result<Vec<AccountId>> {
        Ok(self.store().read().await?.with_second_factor().await?)
    }

    /// What an app needs; made when it is first asked for, and the same until a code has confirmed it.
    ///
    /// # Errors
    /// [`Refusal::NoSecondStep`] when one is in use already.
    pub async fn set_up_second_step(&self, own: &Account) -> Result<Setup> {
        let known = self.store().read().await?.second_factor(own.id).await?;
        let opened = match &known {
            Some(factor) if factor.confirmed_at.is_some() => {
                return Err(Refusal::NoSecondStep.into());
            }
            Some(factor) => self.opened(own.id, &factor.sealed),
            None => None,
        };
        let secret = match opened {
            Some(secret) => secret,
            None => {
                let secret = random::<SECRET_BYTES>()?.to_vec();
                let mut tx = self.store().begin().await?;
                let sealed = self.sealed(own.id, &secret)?;
                tx.begin_second_factor(own.id, &sealed, self.now()).await?;
                tx.commit().await?;
                secret
            }
        };
        let totp = self.totp(own, secret)?;
        let letters = totp.secret().to_base32();
        let groups = letters.as_bytes().chunks(4).map(String::from_utf8_lossy);
        Ok(Setup {
            url: totp.to_url().map_err(|e| unusable(&e))?,
            secret: groups.collect::<Vec<_>>().join(" "),
        })
    }

    /// Puts the second step into use with a first code. Returns the recovery codes, which are shown this once. All other sessions
    /// of the account end.
    ///
    /// # Errors
    /// [`Refusal::Code`], [`Refusal::NoSecondStep`], [`Refusal::Throttled`].
    pub async fn confirm_second_step(
        &self,
        own: &Account,
        code: &str,
        kept: &Token,
    ) -> Result<Vec<String>> {
        let names = self.counted_codes(own.id);
        self.throttle(&names).await?;
        let mut tx = self.store().begin().await?;
        let factor = tx.second_factor(own.id).await?;
        let factor = factor.filter(|factor| factor.confirmed_at.is_none());
        let factor = factor.ok_or(Refusal::NoSecondStep)?;
        let step = self.step_of(own, &factor.sealed, code)?;
        let Some(step) = step.filter(|step| *step > factor.last_step) else {
            tx.roll_back().await?;
            return Err(self.wrong_code(&names, own).await);
        };
        tx.take_step(own.id, step).await?;
        let codes = recovery_codes()?;
        let hashes: Vec<String> = codes.iter().map(|code| self.hashed(code)).collect();
        tx.confirm_second_factor(own.id, &hashes, self.now())
            .await?;
        tx.end_sessions_of(own.id, Some(kept.hash())).await?;
        self.note(&mut tx, Some(own), "second_step.set", &own.email, "")
            .await?;
        self.tell_of_change(&mut tx, own, "second_step_set").await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Makes new recovery codes in the place of those that are left, for which the password is needed.
    ///
    /// # Errors
    /// [`Refusal::Credentials`], [`Refusal::NoSecondStep`], [`Refusal::Throttled`].
    pub async fn new_recovery_codes(&self, own: &Account, password: &str) -> Result<Vec<String>> {
        self.prove_password(own, password).await?;
        if !self.second_step(own.id).await?.on {
            return Err(Refusal::NoSecondStep.into());
        }
        let codes = recovery_codes()?;
        let hashes: Vec<String> = codes.iter().map(|code| self.hashed(code)).collect();
        let mut tx = self.store().begin().await?;
        tx.set_recovery_codes(own.id, &hashes).await?;
        self.note(&mut tx, Some(own), "second_step.codes", &own.email, "")
            .await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Removes one's own second step, for which the password is needed.
    ///
    /// # Errors
    /// [`Refusal::Credentials`], [`Refusal::SecondStepNeeded`], [`Refusal::NoSecondStep`], [`Refusal::Throttled`].
    pub async fn remove_second_step(&self, own: &Account, password: &str) -> Result<()> {
        self.prove_password(own, password).await?;
        if self.requires_second_step(own) {
            return Err(Refusal::SecondStepNeeded.into());
        }
        let mut tx = self.store().begin().await?;
        if !tx.remove_second_factor(own.id).await? {
            return Err(Refusal::NoSecondStep.into());
        }
        self.note(&mut tx, Some(own), "second_step.removed", &own.email, "")
            .await?;
        self.tell_of_change(&mut tx, own, "second_step_removed")
            .await?;
        Ok(tx.commit().await?)
    }

    /// Removes the second step of another account, whose owner has lost it. Its sessions end. `by`: `None` for the terminal.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoAccount`], [`Refusal::NoSecondStep`].
    pub async fn reset_second_step(&self, by: Option<&Account>, id: AccountId) -> Result<Account> {
        by.map_or(Ok(()), |by| allow(by, Act::ManageAccounts))?;
        let mut tx = self.store().begin().await?;
        let account = tx.account(id).await?.ok_or(Refusal::NoAccount)?;
        if !tx.remove_second_factor(id).await? {
            return Err(Refusal::NoSecondStep.into());
        }
        tx.end_sessions_of(id, None).await?;
        self.note(&mut tx, by, "second_step.reset", &account.email, "")
            .await?;
        self.tell_of_change(&mut tx, &account, "second_step_removed")
            .await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Ends a sign-in whose password was right (`pending`) with a code of the app or of the paper.
    ///
    /// # Errors
    /// [`Refusal::Code`], [`Refusal::Throttled`]; [`Refusal::Foreign`] when the first step was too long ago.
    pub async fn take_second_step(
        &self,
        pending: &str,
        code: &str,
        place: Place<'_>,
        former: Option<&Token>,
    ) -> Result<SignedIn> {
        let account = self.pending_account(pending).await?;
        let names = self.counted_codes(account.id);
        self.throttle(&names).await?;
        let mut tx = self.store().begin().await?;
        let Some(details) = self.taken(&mut tx, &account, code).await? else {
            tx.roll_back().await?;
            return Err(self.wrong_code(&names, &account).await);
        };
        let way = (place, Way::TwoSteps);
        let entered = self
            .begin_desk_in(&mut tx, account, &names, former, way)
            .await?;
        self.note_entry(&mut tx, &entered.account, Way::TwoSteps, &details)
            .await?;
        tx.commit().await?;
        Ok(entered)
    }

    /// Takes a code; `None` when it is wrong or was taken before.
    async fn taken(&self, tx: &mut Tx, account: &Account, code: &str) -> Result<Option<String>> {
        let factor = tx.second_factor(account.id).await?;
        let Some(factor) = factor.filter(|factor| factor.confirmed_at.is_some()) else {
            return Ok(None);
        };
        let plain = normal(code);
        if plain.len() == CODE_LETTERS {
            let hash = self.hashed(&plain);
            if !tx.take_recovery_code(account.id, &hash).await? {
                return Ok(None);
            }
            let left = tx.recovery_codes_left(account.id).await?;
            let details = Facts::default().with("recovery codes left", left).joined();
            return Ok(Some(details));
        }
        match self.step_of(account, &factor.sealed, &plain)? {
            Some(step) if tx.take_step(account.id, step).await? => Ok(Some(String::new())),
            _ => Ok(None),
        }
    }

    async fn wrong_code(&self, names: &Counted, account: &Account) -> Error {
        let noted = self
            .note_failures(names, Some(account.email.as_str()))
            .await;
        match Refusal::of(&noted) {
            Some(Refusal::Credentials) => Refusal::Code.into(),
            _ => noted,
        }
    }

    /// Compares one's own password, throttled as a sign-in is.
    ///
    /// # Errors
    /// [`Refusal::Credentials`], [`Refusal::Throttled`].
    pub(super) async fn prove_password(&self, own: &Account, password: &str) -> Result<()> {
        let names = Counted(vec![(
            self.counted_as("own", &own.id.to_string()),
            FREE_CODES,
        )]);
        self.throttle(&names).await?;
        let mut read = self.store().read().await?;
        let known = read.account_by_email(&own.email).await?;
        drop(read);
        let hash = known.map(|(_, hash)| hash);
        match self.passwords().verify(password, hash).await? {
            true => Ok(()),
            false => Err(self.note_failures(&names, Some(own.email.as_str())).await),
        }
    }

    fn counted_codes(&self, account: AccountId) -> Counted {
        let name = self.counted_as("code", &account.to_string());
        Counted(vec![(name, FREE_CODES)])
    }

    /// The step of time that a code belongs to, if it is right.
    fn step_of(&self, account: &Account, sealed: &str, code: &str) -> Result<Option<i64>> {
        let Some(secret) = self.opened(account.id, sealed) else {
            tracing::error!(
                help = "staff.seal_key is another one than before; `kb user reset-totp` lets its owner begin anew",
                "the second step of an account cannot be read"
            );
            return Ok(None);
        };
        let now = u64::try_from(self.now().as_second()).unwrap_or_default();
        let step = self.totp(account, secret)?.check(&normal(code), now);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    fn totp(&self, account: &Account, secret: Vec<u8>) -> Result<Totp> {
        let settings = self.settings();
        let site = settings.site.name.get(settings.site.default_lang);
        let plain = |text: &str| text.replace(':', " ");
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(1)
            .with_step_duration(30)
            .with_secret(Secret::from(secret))
            .with_account_name(plain(account.email.as_str()))
            .with_issuer(Some(plain(site.unwrap_or("kb"))))
            .build()
            .map_err(|e| unusable(&e))
    }

    fn sealed(&self, account: AccountId, secret: &[u8]) -> Result<String> {
        let nonce = random::<16>()?;
        let key = self.seal_key();
        Ok(self
            .signer()
            .seal(&format!("totp {account}"), secret, nonce, &key))
    }

    fn opened(&self, account: AccountId, sealed: &str) -> Option<Vec<u8>> {
        let key = self.seal_key();
        self.signer()
            .unseal(&format!("totp {account}"), sealed, &key)
    }

    fn seal_key(&self) -> Vec<u8> {
        let key = self.settings().staff.seal_key.as_ref();
        key.map_or_else(Vec::new, |key| key.reveal().as_bytes().to_vec())
    }

    /// What is kept of a recovery code: 50 random bits need no slow hash where the key of this one is not in the same table.
    fn hashed(&self, code: &str) -> String {
        let print = Sha256::digest(normal(code).as_bytes());
        let hex: String = print.iter().map(|byte| format!("{byte:02x}")).collect();
        self.signer()
            .tag(crate::signature::Purpose::SecondStep, &hex)
    }
}

/// A code as it was meant: people write spaces, hyphens and capitals.
fn normal(code: &str) -> String {
    code.chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .take(40)
        .collect::<String>()
        .to_ascii_lowercase()
}

fn recovery_codes() -> Result<Vec<String>> {
    (0..RECOVERY_CODES).map(|_| recovery_code()).collect()
}

/// As in `k7m2p-x9qw4`. The last letter of the list stands for none, so that each of 31 is as likely as the others.
fn recovery_code() -> Result<String> {
    let mut letters = String::new();
    while letters.len() < CODE_LETTERS {
        for byte in random::<16>()? {
            let letter = LETTERS[usize::from(byte & 31)];
            if letter != b'-' && letters.len() < CODE_LETTERS {
                letters.push(char::from(letter));
            }
        }
    }
    letters.insert(CODE_LETTERS / 2, '-');
    Ok(letters)
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| {
        Error::internal(
            "this machine gives no random numbers",
            anyhow::anyhow!("{e}"),
        )
    })?;
    Ok(bytes)
}

fn unusable(error: &dyn std::fmt::Display) -> Error {
    Error::internal("a second step cannot be made", anyhow::anyhow!("{error}"))
}

#[cfg(test)]
mod tests {
    use super::{LETTERS, normal, recovery_codes};
    use std::collections::HashSet;

    #[test]
    fn recovery_codes_are_ten_different_ones_that_are_read_however_they_are_written() {
        let codes = recovery_codes().expect("codes");
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), 10);
        for code in &codes {
            assert_eq!((code.len(), code.find('-')), (11, Some(5)), "{code}");
            assert!(code.bytes().all(|byte| LETTERS.contains(&byte)), "{code}");
            assert_eq!(
                normal(&format!(" {} ", code.to_uppercase())),
                code.replace('-', "")
            );
        }
    }
}
