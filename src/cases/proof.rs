//! Did a browser take some trouble? A proof of work after the protocol of ALTCHA: made by the page itself, bound to its form,
//! good for one use, and checked without asking anybody.

use super::Cases;
use crate::model::Token;
use crate::model::api_key::ApiKey;
use altcha::{
    Challenge as Altcha, CreateChallengeOptions, Payload, VerifySolutionOptions, create_challenge,
    verify_solution,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The algorithm: one that a page can do without a secure context, where browsers keep theirs back.
const ALGORITHM: &str = "SHA-256";
/// How many hexadecimal zeros a hash begins with: 4,096 attempts in the middle.
const PREFIX: &str = "000";
/// How many hashes make an attempt, for a difficulty of 1.
const COST: u32 = 4;
/// How long a challenge may be worked on, in minutes.
const VALID_MINUTES: i64 = 60;
/// The longest proof that is looked at, in bytes.
const MAX_BYTES: usize = 4_096;

/// How hard it is: 0 for none; each step doubles the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difficulty(u32);

impl Difficulty {
    /// Between 0 and 10.
    pub fn new(steps: u32) -> Self {
        Self(steps.min(10))
    }

    fn cost(self) -> u32 {
        COST << self.0.saturating_sub(1)
    }
}

/// A task for a page, as JSON of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(pub String);

/// A task that was done, under the name by which it is used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub(super) name: String,
}

impl Proof {
    /// What stands for a proof where a program with a key asks, which is counted by its key.
    pub fn by_key(key: &ApiKey, once: &Token) -> Self {
        let name = format!("key:{}:{}", key.id, &once.hash().hex()[..32]);
        Self { name }
    }
}

/// Why a proof is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproved {
    /// It is none, or was made for another form, with another key, or with less trouble.
    Forged,
    /// Its time is over.
    Expired,
}

impl Cases {
    /// A task for the form of this id; `None` when none is asked for.
    pub fn challenge(&self, form: &str) -> Option<Challenge> {
        let difficulty = Difficulty::new(self.settings().ask.proof);
        challenge(&self.0.proofs, form, difficulty, self.now())
    }

    /// Checks the proof of a form.
    ///
    /// # Errors
    /// [`Unproved`] says why it is not taken.
    pub fn prove(&self, form: &str, proof: &str) -> Result<Proof, Unproved> {
        let difficulty = Difficulty::new(self.settings().ask.proof);
        check(&self.0.proofs, form, difficulty, proof, self.now())
    }
}

fn challenge(
    secret: &str,
    form: &str,
    difficulty: Difficulty,
    now: Timestamp,
) -> Option<Challenge> {
    if difficulty.0 == 0 {
        return None;
    }
    let data = BTreeMap::from([("form".to_owned(), serde_json::Value::from(form))]);
    let options = CreateChallengeOptions {
        algorithm: ALGORITHM.to_owned(),
        cost: difficulty.cost(),
        key_prefix: PREFIX.to_owned(),
        data: Some(data),
        expires_at: Some(now.as_second() + VALID_MINUTES * 60),
        hmac_signature_secret: Some(secret.to_owned()),
        ..CreateChallengeOptions::default()
    };
    let made = create_challenge(options).ok()?;
    serde_json::to_string(&made).ok().map(Challenge)
}

/// The proof is base64 of JSON, as the protocol has it. Its signature covers all parameters; that they are ours as of today is
/// looked at all the same, so that an easier task of yesterday's settings is worth nothing.
fn check(
    secret: &str,
    form: &str,
    difficulty: Difficulty,
    proof: &str,
    now: Timestamp,
) -> Result<Proof, Unproved> {
    let payload = read(proof).ok_or(Unproved::Forged)?;
    let Payload {
        challenge,
        solution,
    } = payload;
    let parameters = &challenge.parameters;
    let bound = parameters.data.as_ref().and_then(|data| data.get("form"));
    let is_ours = parameters.algorithm == ALGORITHM
        && parameters.key_prefix == PREFIX
        && parameters.cost >= difficulty.cost()
        && parameters.cost <= Difficulty(10).cost()
        && parameters.key_length == CreateChallengeOptions::default().key_length
        && bound.and_then(|form| form.as_str()) == Some(form);
    if !is_ours {
        return Err(Unproved::Forged);
    }
    let until = parameters.expires_at.unwrap_or(0);
    let options = VerifySolutionOptions::new(&challenge, &solution, secret);
    let verified = verify_solution(options).map_err(|_| Unproved::Forged)?;
    match (verified.verified, verified.expired) {
        (true, _) if until <= now.as_second() => Err(Unproved::Expired),
        (true, _) => Ok(Proof {
            name: name_of(&challenge),
        }),
        (false, true) => Err(Unproved::Expired),
        (false, false) => Err(Unproved::Forged),
    }
}

fn read(proof: &str) -> Option<Payload> {
    if proof.len() > MAX_BYTES {
        return None;
    }
    serde_json::from_slice(&STANDARD.decode(proof.trim()).ok()?).ok()
}

/// By the nonce, which is random and signed: the signature's own spelling could be varied.
fn name_of(challenge: &Altcha) -> String {
    format!("altcha:{}", challenge.parameters.nonce.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Difficulty, Unproved, challenge, check};
    use altcha::{Challenge as Altcha, Payload, Solution, SolveChallengeOptions, solve_challenge};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use jiff::{SignedDuration, Timestamp};

    const EASY: Difficulty = Difficulty(1);

    fn task(secret: &str, difficulty: Difficulty, now: Timestamp) -> Altcha {
        let made = challenge(secret, "form-1", difficulty, now).expect("a task");
        serde_json::from_str(&made.0).expect("JSON")
    }

    fn written(challenge: Altcha, solution: Solution) -> String {
        STANDARD.encode(
            serde_json::to_vec(&Payload {
                challenge,
                solution,
            })
            .expect("JSON"),
        )
    }

    fn solved(task: &Altcha) -> String {
        let solution = solve_challenge(SolveChallengeOptions::new(task)).expect("solvable");
        written(task.clone(), solution.expect("in time"))
    }

    #[test]
    fn s49_a_solution_is_good_for_its_form_its_key_and_its_time() {
        let now = Timestamp::now();
        let proof = solved(&task("key", EASY, now));
        let check = |secret, form, difficulty, proof: &str, minutes| {
            let later = now + SignedDuration::from_mins(minutes);
            check(secret, form, difficulty, proof, later)
        };
        let first = check("key", "form-1", EASY, &proof, 0).expect("taken");
        assert!(first.name.starts_with("altcha:"));
        assert_eq!(
            check("key", "form-1", EASY, &proof, 59).expect("taken"),
            first
        );
        assert_eq!(
            check("key", "form-1", EASY, &proof, 61),
            Err(Unproved::Expired)
        );
        assert_eq!(
            check("other", "form-1", EASY, &proof, 0),
            Err(Unproved::Forged)
        );
        assert_eq!(
            check("key", "form-2", EASY, &proof, 0),
            Err(Unproved::Forged)
        );
        assert_eq!(
            check("key", "form-1", Difficulty(3), &proof, 0),
            Err(Unproved::Forged)
        );
        for bad in ["", "x", "e30=", &"A".repeat(9_999)] {
            assert_eq!(
                check("key", "form-1", EASY, bad, 0),
                Err(Unproved::Forged),
                "{bad}"
            );
        }
    }

    #[test]
    fn s49_an_easier_task_and_a_wrong_answer_are_refused() {
        let now = Timestamp::now();
        let mut easier = task("key", EASY, now);
        easier.parameters.key_prefix = "0".to_owned();
        easier.parameters.cost = 1;
        let proof = solved(&easier);
        assert_eq!(
            check("key", "form-1", EASY, &proof, now),
            Err(Unproved::Forged)
        );
        let fair = task("key", EASY, now);
        let wrong = Solution {
            counter: 0,
            derived_key: "00".repeat(32),
            time: None,
        };
        let proof = written(fair, wrong);
        assert_eq!(
            check("key", "form-1", EASY, &proof, now),
            Err(Unproved::Forged)
        );
    }

    #[test]
    fn no_task_where_none_is_asked_for() {
        assert_eq!(
            challenge("key", "form-1", Difficulty(0), Timestamp::now()),
            None
        );
    }
}
