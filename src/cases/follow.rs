//! Who wants to hear of a change, and is it he? Anybody may name an address; only who opens the mail that asks is told of anything.
//!
//! What is said to somebody who names an address is the same whatever is known of it. One address is asked a few times a day, a
//! network a few times an hour, and all together so often: nobody's mailbox is filled by others.

use super::{Cases, is_nobody};
use crate::error::{Error, Result};
use crate::mail::{FollowAsked, Letter, News, Page};
use crate::model::follow::{Follow, Subject};
use crate::model::{Audience, Email, FollowId, Lang};
use crate::signature::{Purpose, Unsigned};
use crate::store::{Read, Tx};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// How often one address is asked in a day.
const ASKED_PER_DAY: u32 = 5;
const DAY_MS: i64 = 24 * 3_600_000;

/// What somebody wants to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFollow {
    /// Where letters go.
    pub email: Email,
    /// Whether it is known to be his, so that he need not be asked.
    pub proved: bool,
    /// In which language.
    pub lang: Lang,
    /// What.
    pub subject: Subject,
    /// What he may read.
    pub audience: Audience,
    /// Its title and public address.
    pub page: Page,
    /// Its state now.
    pub mark: String,
}

/// What a link in a mail does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowTap {
    /// The address is proved.
    Confirm(FollowId),
    /// No more about this.
    Stop(FollowId),
    /// No more at all, to the address of this hash.
    StopAll(String),
}

impl Cases {
    /// Notes that an address wants to follow something: at once if it is proved, else when the mail that is sent now is answered.
    /// An address that follows it already is told nothing.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn follow_page(&self, new: NewFollow) -> Result<()> {
        if is_nobody(&new.email) || !self.settings().follow.enabled {
            return Ok(());
        }
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let address = self.address_hash(&new.email);
        let known = tx.follow_of(&new.email, &new.subject).await?;
        if known
            .as_ref()
            .is_some_and(|follow| follow.confirmed_at.is_some())
        {
            return Ok(tx.commit().await?);
        }
        let Some(asked) = self.has_room(&mut tx, &address, &new).await? else {
            return Ok(tx.commit().await?);
        };
        let follow = Follow {
            id: known
                .as_ref()
                .map_or_else(|| FollowId::generate(now), |known| known.id),
            email: new.email.clone(),
            address: address.clone(),
            lang: new.lang,
            subject: new.subject.clone(),
            audience: new.audience,
            known_at: now,
            created_at: now,
            confirmed_at: new.proved.then_some(now),
            mark: new.mark.clone(),
            told_at: None,
            fresh: String::new(),
            fresh_at: None,
        };
        match known {
            Some(_) => {
                tx.save_follow(&follow).await?;
            }
            None => {
                tx.add_follow(&follow).await?;
            }
        }
        if !new.proved {
            self.ask_follower(&mut tx, &follow, new.page, asked).await?;
        }
        Ok(tx.commit().await?)
    }

    /// How often the address was asked today, if it may be asked, or told of, one more thing.
    async fn has_room(&self, tx: &mut Tx, address: &str, new: &NewFollow) -> Result<Option<u32>> {
        let most = usize::try_from(self.settings().follow.per_address).unwrap_or(usize::MAX);
        if tx.follows_of(address).await?.len() >= most {
            return Ok(None);
        }
        if new.proved {
            return Ok(Some(0));
        }
        let blocked = tx.person_by_email(&new.email).await?;
        if blocked.is_some_and(|person| person.blocked) {
            return Ok(None);
        }
        let asked = tx
            .note_failure(&format!("follow:{address}"), self.now(), DAY_MS)
            .await?;
        Ok((asked <= ASKED_PER_DAY).then_some(asked))
    }

    async fn ask_follower(
        &self,
        tx: &mut Tx,
        follow: &Follow,
        page: Page,
        asked: u32,
    ) -> Result<()> {
        let days = i64::from(self.settings().retention.unconfirmed_days);
        let until = self
            .now()
            .checked_add(SignedDuration::from_hours(24 * days))
            .ok();
        let signed = self
            .signer()
            .link(Purpose::Follow, &follow.id.to_string(), until);
        let letter = Letter {
            to: follow.email.clone(),
            name: String::new(),
            lang: follow.lang,
            case: None,
            in_reply_to: None,
            unsubscribe: None,
            news: News::FollowAsked(FollowAsked {
                page,
                confirm_url: self.public(&format!("/follow/confirm/{signed}")),
            }),
        };
        let dedup = format!(
            "follow:{}:{}:asked:{asked}",
            follow.id,
            self.now().as_millisecond()
        );
        self.post_as(tx, None, dedup, String::new(), &letter).await
    }

    /// Reads a link of a letter.
    ///
    /// # Errors
    /// `NotFound` when it is none of ours, and, in other words, when its time is over.
    pub fn read_follow_tap(&self, word: &str, signed: &str) -> Result<FollowTap> {
        let purpose = match word {
            "confirm" => Purpose::Follow,
            "stop" => Purpose::Unsubscribe,
            _ => return Err(unknown()),
        };
        let payload = self.signer().read_link(purpose, signed, self.now());
        let payload = payload.map_err(|why| match why {
            Unsigned::Forged => unknown(),
            Unsigned::Expired => Error::not_found("this link has expired")
                .help("open the page and follow it once more"),
        })?;
        if let (Purpose::Unsubscribe, Some(address)) = (purpose, payload.strip_prefix("all:")) {
            return Ok(FollowTap::StopAll(address.to_owned()));
        }
        let id = FollowId::parse(&payload).map_err(|_| unknown())?;
        Ok(match purpose {
            Purpose::Follow => FollowTap::Confirm(id),
            _ => FollowTap::Stop(id),
        })
    }

    /// Does what a link says. Done twice it is done once. `false`: what it was about is gone.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn follow_tap(&self, tap: &FollowTap) -> Result<bool> {
        let mut tx = self.store().begin().await?;
        let done = match tap {
            FollowTap::Confirm(id) => match tx.follow(*id).await? {
                None => false,
                Some(follow) => {
                    let confirmed_at = follow.confirmed_at.or_else(|| Some(self.now()));
                    tx.save_follow(&Follow {
                        confirmed_at,
                        ..follow
                    })
                    .await?
                }
            },
            FollowTap::Stop(id) => tx.remove_follow(*id).await? > 0,
            FollowTap::StopAll(address) => tx.remove_follows(address).await? > 0,
        };
        tx.commit().await?;
        Ok(done)
    }

    /// What an address follows, the latest first; proved or not.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn followed_by(&self, email: &Email) -> Result<Vec<Follow>> {
        let address = self.address_hash(email);
        Ok(self.store().read().await?.follows_of(&address).await?)
    }

    /// Ends what an address follows; another's is left alone.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn unfollow(&self, email: &Email, subject: &Subject) -> Result<()> {
        let mut tx = self.store().begin().await?;
        if let Some(follow) = tx.follow_of(email, subject).await? {
            tx.remove_follow(follow.id).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Notes what the follower of an address may read from now on.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn follower_may_read(&self, email: &Email, audience: Audience) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let address = self.address_hash(email);
        tx.follower_may_read(&address, audience, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// What an address follows, for its owner.
    pub(super) async fn follow_list(&self, read: &mut Read, email: &Email) -> Result<Vec<Value>> {
        let follows = read.follows_of(&self.address_hash(email)).await?;
        let one = |follow: &Follow| {
            json!({
                "what": follow.subject.to_string(),
                "since": follow.created_at.to_string(),
                "confirmed_at": follow.confirmed_at.map(|at| at.to_string()),
                "last_letter_at": follow.told_at.map(|at| at.to_string()),
            })
        };
        Ok(follows.iter().map(one).collect())
    }
}

fn unknown() -> Error {
    Error::not_found("this link is not one of ours")
        .help("open it from the mail once more, as a whole")
}
