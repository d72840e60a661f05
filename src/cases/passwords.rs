//! Is this the password? Argon2id, a few at a time, off the asynchronous threads.

mod strength;

use super::Refusal;
use crate::error::{Error, Result};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Memory of one computation, in KiB (OWASP: 19 MiB, two passes, one lane).
const MEMORY_KIB: u32 = 19_456;
/// How often it is passed over.
const PASSES: u32 = 2;
/// How many are computed at once: what they take together is bounded.
const AT_ONCE: usize = 2;
/// How many may wait for that.
const WAITING: usize = 32;
/// The shortest and the longest password, in characters.
const CHARS: std::ops::RangeInclusive<usize> = 10..=200;

/// Computes and compares hashes of passwords. Cheap to clone; clones share the limits.
#[derive(Debug, Clone)]
pub struct Passwords {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            running: Arc::new(Semaphore::new(AT_ONCE)),
            admitted: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
        }
    }
}

impl Passwords {
    /// The hash to keep of a new password, as a PHC string. `known` is what everybody knows of whose it is: mail address, name, the
    /// names of the site.
    ///
    /// # Errors
    /// [`Refusal::Password`] when it is too short or too long; [`Refusal::PasswordCommon`], [`Refusal::PasswordPattern`] and
    /// [`Refusal::PasswordOwn`] when it is one of those that are tried first.
    pub async fn hash(&self, password: &str, known: &[&str]) -> Result<String> {
        if !CHARS.contains(&password.chars().count()) {
            return Err(Refusal::Password.into());
        }
        if let Some(refusal) = strength::weakness(password, known.iter().copied()) {
            return Err(refusal.into());
        }
        let password = password.to_owned();
        self.run(move || hash(password.as_bytes())).await?
    }

    /// Whether `password` is the one whose hash is `kept`. Without a hash to compare with (no such account, no password set) the
    /// same work is done in vain, so that the time tells nothing.
    ///
    /// # Errors
    /// [`Refusal::Throttled`] when too many wait already.
    pub async fn verify(&self, password: &str, kept: Option<String>) -> Result<bool> {
        let password: String = password.chars().take(*CHARS.end()).collect();
        let kept = kept.filter(|hash| !hash.is_empty());
        self.run(move || compare(password.as_bytes(), kept.as_deref()))
            .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let busy = |_| Error::from(Refusal::Throttled);
        let admitted = Arc::clone(&self.admitted)
            .try_acquire_owned()
            .map_err(|_| Error::from(Refusal::Throttled))?;
        let running = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(busy)?;
        let task = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((running, admitted));
            done
        });
        task.await
            .map_err(|panic| Error::internal("the password could not be checked", panic))
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &[u8]) -> Result<String> {
    let failed = |e: &dyn std::fmt::Display| {
        Error::internal("the password could not be kept", anyhow::anyhow!("{e}"))
    };
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| failed(&e))?;
    let salt = SaltString::encode_b64(&bytes).map_err(|e| failed(&e))?;
    let made = argon2()
        .hash_password(password, &salt)
        .map_err(|e| failed(&e))?;
    Ok(made.to_string())
}

/// Any well-formed hash: what is compared with when there is none.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn compare(password: &[u8], kept: Option<&str>) -> bool {
    let matches = PasswordHash::new(kept.unwrap_or(NOBODY))
        .is_ok_and(|kept| argon2().verify_password(password, &kept).is_ok());
    matches && kept.is_some()
}

#[cfg(test)]
mod tests {
    use super::{NOBODY, Passwords};
    use argon2::password_hash::PasswordHash;

    #[tokio::test]
    async fn s29_knows_a_password_again_and_works_as_hard_for_nobody() {
        let passwords = Passwords::default();
        let kept = passwords
            .hash("correct horse battery", &[])
            .await
            .expect("a hash");
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        let verify = |password, kept| passwords.verify(password, kept);
        assert!(
            verify("correct horse battery", Some(kept.clone()))
                .await
                .expect("an answer")
        );
        assert!(
            !verify("correct horse", Some(kept))
                .await
                .expect("an answer")
        );
        for none in [None, Some(String::new()), Some(NOBODY.to_owned())] {
            assert!(!verify("", none).await.expect("an answer"));
        }
        assert!(
            PasswordHash::new(NOBODY).is_ok(),
            "the work in vain is real work"
        );
        for bad in ["short", "", &"x".repeat(201)] {
            assert!(passwords.hash(bad, &[]).await.is_err(), "{bad}");
        }
    }
}
