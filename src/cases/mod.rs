//! What happens to a question that nothing answered? The use cases of visits, cases and what follows from them.
//!
//! [`Cases`] is the one context. A use case is a method on it, in the file that is named after it: model types come in, ONE
//! transaction of the store does all of it, model types go out. What is to be sent about it goes into the outbox in that same
//! transaction ([`tell`]). There is no HTTP here and no SQL.

mod accounts;
mod announce;
mod answer;
mod audit;
mod browsers;
mod bulk;
mod canned;
mod change;
mod codes;
mod customers;
mod deeds;
mod deliver;
mod dossier;
mod draft;
mod due;
mod escalate;
mod fair;
mod findable;
mod follow;
mod follow_news;
mod forum;
mod golden;
mod idempotent;
mod incoming;
mod invitations;
mod jobs;
mod jumps;
mod keys;
mod letters;
mod limits;
mod live;
mod mail_notes;
mod merge;
mod oidc;
mod open;
mod passwords;
mod permissions;
mod person;
mod presence;
mod proof;
mod provider;
mod publication;
mod publish;
mod queue;
mod rate;
mod readings;
mod redact;
mod refusal;
mod requester;
mod resend;
mod review;
mod reward;
mod route;
mod second_step;
mod sessions;
mod show;
mod sign_in;
mod similar;
mod spam;
mod tell;
mod terms;
mod text;
mod told;
mod uploads;
mod visit;
mod ways;
mod zip;

pub use accounts::{AccountChange, NewAccount};
pub use answer::{Answer, How, Sent};
pub use audit::MAX_DEEDS;
pub use bulk::{Bulk, Inverse, MAX_AT_ONCE};
pub use canned::{CannedEdit, Fillings, fill_in};
pub use change::Change;
pub use codes::CODE_MINUTES;
pub use deeds::{DEEDS, DeedFact, facts};
pub use deliver::Posted;
pub use dossier::Dossier;
pub use findable::{published_questions, question_article, question_id};
pub use follow::{FollowTap, NewFollow};
pub use follow_news::{Articles, Seen, short_hash};
pub use forum::{Found, Listing, MAX_ANSWER_CHARS, NewAnswer, QuestionPage, Thread};
pub use idempotent::Key;
pub use incoming::Arrived;
pub use invitations::NewInvitation;
pub use jobs::{Done, Timekeeper};
pub use keys::{KEY_PREFIX, NewKey};
pub use letters::Letters;
pub use limits::{Busy, Limits, Source};
pub use live::{Counts, Heard, Live};
pub use oidc::{Departing, Returning};
pub use open::{Asking, NewCase, Opened};
pub use passwords::Passwords;
pub use permissions::{Act, TABLE as PERMISSIONS, may};
pub use person::{Due, Erased, PersonFile, is_nobody};
pub use presence::{HERE_SECONDS, Here};
pub use proof::{Challenge, Difficulty, Proof, Unproved};
pub use publication::{MAX_TITLE_CHARS, Proposal, Publication, preview, proposed};
pub use publish::{Made, Published};
pub use queue::{Listed, Queue, QueueRequest, Search, WorkFilter};
pub use rate::{Tap, TapKind, Taps};
pub use redact::{Finding, Known, Personal, findings, redact};
pub use refusal::Refusal;
pub use requester::{Entrance, Written};
pub use review::{Verdict, Waiting, personal};
pub use reward::Thankee;
pub use route::Routed;
pub use second_step::{SecondStep, Setup};
pub use sessions::{OwnSession, Place, Present};
pub use show::{Glance, Shown};
pub use sign_in::{Attempt, SignedIn, Step as SignInStep};
pub use similar::Similar;
pub use spam::{Form, FormFault};
pub use tell::{EVENTS, News, Said};
pub use terms::{Terms, terms_of};
pub use text::{TextFault, plain_text, subject_of};
pub use uploads::{Upload, UploadFault, is_picture};
pub use visit::Step;
pub use ways::{Ways, receiver};

use crate::clock::Clock;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::signature::Signer;
use crate::store::{ERASED, Store};
use crate::text::Analyzer;
use jiff::Timestamp;
use provider::Provider;
use std::sync::Arc;

/// Everything that a use case needs. Cheap to clone.
#[derive(Clone)]
pub struct Cases(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    store: Store,
    settings: Arc<Settings>,
    clock: Clock,
    signer: Signer,
    proofs: String,
    erased: [u8; 32],
    analyzer: Analyzer,
    limits: Arc<Limits>,
    passwords: Passwords,
    live: Live,
    posted: Arc<Posted>,
    provider: Option<Arc<Provider>>,
}

impl std::fmt::Debug for Cases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cases({})", self.0.store.location())
    }
}

impl Cases {
    /// The use cases over a store. The secrets that links and forms are signed with are made when they are first needed, and
    /// kept in the store.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn open(store: Store, settings: Arc<Settings>, clock: Clock) -> Result<Self> {
        let now = clock.now();
        let mut tx = store.begin().await?;
        let links = tx.secret("links", now).await?;
        let proofs = tx.secret("proofs", now).await?;
        // Made at once, so that every backup has it: tombstones are compared under it.
        let erased = tx.secret(ERASED, now).await?;
        tx.commit().await?;
        let damaged = |name: &'static str| {
            Error::internal("a secret of the store is damaged", anyhow::anyhow!(name))
        };
        let key = key_of(&links).ok_or_else(|| damaged("links"))?;
        let erased = key_of(&erased).ok_or_else(|| damaged(ERASED))?;
        let oidc = settings.staff.oidc.as_ref();
        Ok(Self(Arc::new(Inner {
            provider: oidc.map(Provider::shared),
            store,
            settings,
            clock,
            signer: Signer::new(key),
            proofs,
            erased,
            analyzer: Analyzer::new([], true),
            limits: Arc::default(),
            passwords: Passwords::default(),
            live: Live::default(),
            posted: Arc::default(),
        })))
    }

    /// The same use cases by other settings. What was counted, and who listens, stays.
    #[must_use]
    pub fn with_settings(&self, settings: Arc<Settings>) -> Self {
        let oidc = settings.staff.oidc.as_ref();
        Self(Arc::new(Inner {
            provider: oidc.map(Provider::shared),
            settings,
            ..(*self.0).clone()
        }))
    }

    /// The same use cases for visitors, of whom only so many wait for the store at once; see [`Store::for_visitors`].
    #[must_use]
    pub fn for_visitors(&self) -> Self {
        Self(Arc::new(Inner {
            store: self.0.store.for_visitors(),
            ..(*self.0).clone()
        }))
    }

    /// What people wrote.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// How it runs.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Signs links and addresses that are given out.
    pub fn signer(&self) -> &Signer {
        &self.0.signer
    }

    /// Compares passwords.
    fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// The identity provider that the settings name.
    fn provider_of_settings(&self) -> Option<&Provider> {
        self.0.provider.as_deref()
    }

    /// Takes texts apart.
    pub fn analyzer(&self) -> &Analyzer {
        &self.0.analyzer
    }

    /// What left, and what waits.
    pub fn posted(&self) -> &Posted {
        &self.0.posted
    }

    /// Counts who asks how often.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The public address of a path, as it stands in mails.
    pub fn public(&self, path: &str) -> String {
        let settings = self.settings();
        match &settings.site.base_url {
            Some(base) => format!("{base}{path}"),
            None => format!("http://{}{path}", settings.server.listen),
        }
    }
}

/// The 32 bytes of 64 hexadecimal digits.
fn key_of(hex: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if hex.len() != 64 {
        return None;
    }
    for (i, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn a_key_is_64_hexadecimal_digits() {
        assert_eq!(key_of(&"0f".repeat(32)), Some([15; 32]));
        for bad in ["", "0f", &"g0".repeat(32), &"长".repeat(32)] {
            assert_eq!(key_of(bad), None, "{bad}");
        }
    }
}
