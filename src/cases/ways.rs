//! By which ways does what waits leave? The mail server and the web hooks that `kb.toml` names.

use super::announce::Announced;
use crate::config::Settings;
use crate::hooks::{Hooks, Target};
use crate::mail::{Letter, Post, Transport};
use crate::model::Outcome;
use crate::model::outbox::{Channel, Entry};
use crate::signature::Signer;
use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use url::Url;

/// For how long a hook that failed is left alone, in seconds: twice as long at each failure in a row.
const REST_SECONDS: [i64; 4] = [0, 10, 30, 60];

/// The ways out.
#[derive(Debug)]
pub struct Ways {
    transport: Transport,
    post: Post,
    hooks: Hooks,
    targets: HashMap<String, Target>,
    /// For each hook that fails: how often in a row, and until when it is left alone.
    failing: Mutex<HashMap<String, (usize, Timestamp)>>,
}

impl Ways {
    /// The ways that the settings name. `site_url` is the public address of the site.
    ///
    /// # Errors
    /// When an address, a login, a template or a hook makes no sense; fit to be shown to whoever wrote the settings.
    pub fn of(settings: &Settings, site_url: &str, signer: Signer) -> anyhow::Result<Self> {
        let host = Url::parse(site_url).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or("localhost");
        let mut targets = HashMap::new();
        for hook in &settings.hooks {
            let target = Target::try_from(hook);
            let target = target.with_context(|| format!("the hook `{}` of kb.toml", hook.name))?;
            targets.insert(hook.name.to_string(), target);
        }
        Ok(Self {
            transport: Transport::of(settings, host)?,
            post: Post::of(settings, site_url, signer)?,
            hooks: Hooks::new()?,
            targets,
            failing: Mutex::default(),
        })
    }

    /// Whether mails reach people, and do not only become files.
    pub fn reaches_people(&self) -> bool {
        self.transport.reaches_people()
    }

    /// Makes one attempt.
    pub(super) async fn attempt(&self, entry: &Entry, now: Timestamp) -> Outcome {
        match entry.what.channel {
            Channel::Mail => self.attempt_mail(entry).await,
            Channel::Hook => self.attempt_hook(entry, now).await,
        }
    }

    async fn attempt_mail(&self, entry: &Entry) -> Outcome {
        let Ok(letter) = serde_json::from_str::<Letter>(&entry.what.payload) else {
            return Outcome::refused("the letter cannot be read: another version of kb wrote it");
        };
        match self
            .post
            .write(entry.what.id, entry.what.created_at, &letter)
        {
            Ok(mail) => self.transport.send(&mail).await,
            Err(error) => Outcome::refused(format!("the mail cannot be written: {error:#}")),
        }
    }

    async fn attempt_hook(&self, entry: &Entry, now: Timestamp) -> Outcome {
        let Ok(announced) = serde_json::from_str::<Announced>(&entry.what.payload) else {
            return Outcome::refused("the notice cannot be read: another version of kb wrote it");
        };
        let Some(target) = self.targets.get(&announced.hook) else {
            return Outcome::refused(format!("kb.toml has no hook `{}`", announced.hook));
        };
        let id = entry.what.id.to_string();
        self.hooks
            .deliver(target, &id, &announced.notice, now)
            .await
    }

    /// Until when an entry is left alone since its hook fails: one that hangs would take all places from those that do not.
    pub(super) fn rests(&self, entry: &Entry, now: Timestamp) -> Option<Timestamp> {
        let name = hook(entry)?;
        let failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, until) = failing.get(&name)?;
        (*until > now).then_some(*until)
    }

    /// Remembers how it went.
    pub(super) fn learn(&self, entry: &Entry, outcome: &Outcome, now: Timestamp) {
        let Some(name) = hook(entry) else {
            return;
        };
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(outcome, Outcome::Retry { .. }) {
            failing.remove(&name);
            return;
        }
        let (failures, until) = failing.entry(name).or_insert((0, now));
        let pause = REST_SECONDS[(*failures).min(REST_SECONDS.len() - 1)];
        *failures += 1;
        *until = now
            .checked_add(SignedDuration::from_secs(pause))
            .unwrap_or(now);
    }
}

/// The hook that an entry is for.
fn hook(entry: &Entry) -> Option<String> {
    (entry.what.channel == Channel::Hook).then_some(())?;
    Some(receiver(entry))
}

/// Who gets an entry: the mail address, or the name of the hook; it stands at the end of its key, since what is told is forgotten
/// once it was sent.
pub fn receiver(entry: &Entry) -> String {
    let key = &entry.what.dedup;
    let read = match entry.what.channel {
        Channel::Mail => serde_json::from_str::<Letter>(&entry.what.payload)
            .ok()
            .map(|letter| letter.to.to_string()),
        Channel::Hook => None,
    };
    read.unwrap_or_else(|| key.rsplit(':').next().unwrap_or_default().to_owned())
}
