//! Who asks too often? Counts by network address and for all together, in memory that is bounded, and forgotten at the end. What
//! several servers must count together is in [`fair`](super::fair).

use crate::config::{AskLimits, Uploads};
use jiff::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// The most that is counted at once. Beyond, what is over soonest is forgotten first.
const MAX_COUNTS: usize = 100_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// How many beacons of one network address are taken in a minute, and of all.
const VISIT_STEPS_PER_MINUTE: u32 = 240;
const VISIT_STEPS_OF_ALL_PER_MINUTE: u32 = 6_000;
/// How many wrong links one network address may try in an hour.
const GUESSES_PER_HOUR: u32 = 60;
/// How many links one network address may have sent again in an hour.
const RESENDS_PER_HOUR: u32 = 10;
/// How many codes one network address may have mailed in an hour, and all together.
const CODES_PER_HOUR: u32 = 20;
const CODES_OF_ALL_PER_HOUR: u32 = 600;
/// How many addresses one network address may have asked in an hour whether they want to follow something.
const FOLLOWS_PER_HOUR: u32 = 10;
/// How many links for a new password one network address may ask for in an hour, and all together: letters to our own people.
const FORGOTTEN_PER_HOUR: u32 = 10;
const FORGOTTEN_OF_ALL_PER_HOUR: u32 = 60;
/// How many sign-ins by the identity provider one network address may begin in an hour, and all together.
const DEPARTURES_PER_HOUR: u32 = 120;
const DEPARTURES_OF_ALL_PER_HOUR: u32 = 3_000;
/// How many votes one network address may give in an hour: many visitors share one.
const VOTES_PER_HOUR: u32 = 120;

/// Where a request comes from. One of IPv6 stands for its /64; this machine itself is not counted: what comes from it is a proxy
/// in front that no setting names, or the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source(Option<IpAddr>);

impl Source {
    /// The network in letters, to count by.
    pub(super) fn name(self) -> String {
        self.0
            .map_or_else(|| "own".to_owned(), |network| network.to_string())
    }

    /// The first half of the network, for people to know it again, as in `203.0.*.*`; empty for this machine.
    pub(super) fn coarse(self) -> String {
        match self.0 {
            Some(IpAddr::V4(v4)) => {
                let [a, b, ..] = v4.octets();
                format!("{a}.{b}.*.*")
            }
            Some(IpAddr::V6(v6)) => {
                let [a, b, ..] = v6.segments();
                format!("{a:x}:{b:x}:*")
            }
            None => String::new(),
        }
    }

    /// The source of a network address.
    pub fn of(address: IpAddr) -> Self {
        let network = match address.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
            v4 => v4,
        };
        Self((!address.to_canonical().is_loopback()).then_some(network))
    }

    /// A source that is not counted, as the command line.
    pub const OWN: Self = Self(None);
}

/// It is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// In how many seconds it can be tried again.
    pub retry_after_s: u64,
    /// Whether it is one's own doing, and not that of all.
    pub own: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Ask,
    Unproved,
    Upload,
    Visit,
    Guess,
    Resend,
    Forgot,
    Depart,
    Vote,
    Code,
    Follow,
}

/// What has been counted.
#[derive(Debug, Default)]
pub struct Limits {
    /// For each: the instant, in milliseconds, at which all of it is forgotten.
    counts: Mutex<HashMap<(What, Option<IpAddr>), i64>>,
}

/// `amount` of at most `most` in `period_ms`.
#[derive(Debug, Clone, Copy)]
struct Rate {
    most: u64,
    period_ms: i64,
    amount: u64,
}

/// Something that is about to be done, and how often it may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    what: What,
    /// Whose; `None` for all together.
    of: Option<IpAddr>,
    rate: Rate,
}

impl Claim {
    fn of(what: What, of: Option<IpAddr>, most: u32, period_ms: i64) -> Self {
        let rate = Rate {
            most: u64::from(most),
            period_ms,
            amount: 1,
        };
        Self { what, of, rate }
    }

    /// A case or message is written. What comes from this machine itself is counted among all only.
    pub(super) fn ask(limits: &AskLimits, source: Source, proved: bool) -> Vec<Self> {
        let unproved = Self::of(What::Unproved, None, limits.unproved_per_hour, HOUR_MS);
        let own = |address| Self::of(What::Ask, Some(address), limits.per_address_hour, HOUR_MS);
        let all = Self::of(What::Ask, None, limits.per_hour, HOUR_MS);
        let unproved = (!proved).then_some(unproved);
        unproved
            .into_iter()
            .chain(source.0.map(own))
            .chain([all])
            .collect()
    }

    /// Files of so many bytes are taken.
    pub(super) fn upload(limits: &Uploads, source: Source, bytes: u64) -> Vec<Self> {
        let rate = Rate {
            most: (limits.address_day_mib << 20).max(1),
            period_ms: DAY_MS,
            amount: bytes,
        };
        let claim = |address| Self {
            what: What::Upload,
            of: Some(address),
            rate,
        };
        source.0.map(claim).into_iter().collect()
    }

    /// A link was wrong.
    pub(super) fn guess(source: Source) -> Vec<Self> {
        Self::own(What::Guess, source, GUESSES_PER_HOUR)
    }

    /// Somebody says what helped.
    pub(super) fn vote(source: Source) -> Vec<Self> {
        Self::own(What::Vote, source, VOTES_PER_HOUR)
    }

    /// Links are asked for again.
    pub(super) fn resend(source: Source) -> Vec<Self> {
        Self::own(What::Resend, source, RESENDS_PER_HOUR)
    }

    /// A code is to be mailed.
    pub(super) fn code(source: Source) -> Vec<Self> {
        let all = Self::of(What::Code, None, CODES_OF_ALL_PER_HOUR, HOUR_MS);
        let mut claims = Self::own(What::Code, source, CODES_PER_HOUR);
        claims.push(all);
        claims
    }

    /// An address is to be asked whether it wants to follow something; at most `most` of all in an hour.
    pub(super) fn follow(most: u32, source: Source) -> Vec<Self> {
        let mut claims = Self::own(What::Follow, source, FOLLOWS_PER_HOUR);
        claims.push(Self::of(What::Follow, None, most, HOUR_MS));
        claims
    }

    /// A link for a new password is asked for.
    pub(super) fn forgot(source: Source) -> Vec<Self> {
        let all = Self::of(What::Forgot, None, FORGOTTEN_OF_ALL_PER_HOUR, HOUR_MS);
        let mut claims = Self::own(What::Forgot, source, FORGOTTEN_PER_HOUR);
        claims.push(all);
        claims
    }

    /// A sign-in by the identity provider is begun.
    pub(super) fn depart(source: Source) -> Vec<Self> {
        let all = Self::of(What::Depart, None, DEPARTURES_OF_ALL_PER_HOUR, HOUR_MS);
        let mut claims = Self::own(What::Depart, source, DEPARTURES_PER_HOUR);
        claims.push(all);
        claims
    }

    fn own(what: What, source: Source, per_hour: u32) -> Vec<Self> {
        let claim = |address| Self::of(what, Some(address), per_hour, HOUR_MS);
        source.0.map(claim).into_iter().collect()
    }

    /// What it is counted under, in letters.
    pub(super) fn name(&self) -> String {
        let of = self
            .of
            .map_or_else(|| "all".to_owned(), |of| of.to_string());
        format!("{:?} {of}", self.what)
    }

    /// How much of its period it takes, and the period, in milliseconds.
    pub(super) fn share_ms(&self) -> (i64, i64) {
        (self.rate.share_ms(), self.rate.period_ms)
    }

    /// That it is too much, by so many milliseconds.
    pub(super) fn busy(&self, over_ms: i64) -> Busy {
        Busy {
            retry_after_s: u64::try_from(over_ms / 1_000).unwrap_or(0).clamp(1, 86_400),
            own: self.of.is_some(),
        }
    }
}

impl Rate {
    /// Each unit takes its share of the period to be forgotten.
    fn share_ms(&self) -> i64 {
        if self.most == 0 {
            return i64::MAX / 4;
        }
        let share_ms = i128::from(self.period_ms) * i128::from(self.amount) / i128::from(self.most);
        i64::try_from(share_ms).unwrap_or(i64::MAX / 4)
    }
}

impl Limits {
    /// Counts all of it, in the memory of this process.
    ///
    /// # Errors
    /// [`Busy`] when one is too much; what comes after it is not counted.
    pub(super) fn take(&self, claims: &[Claim], now: Timestamp) -> Result<(), Busy> {
        claims.iter().try_for_each(|claim| self.count(claim, now))
    }

    /// Steps of a visit are about to be noted.
    ///
    /// # Errors
    /// [`Busy`] when it is too much.
    pub fn visit(&self, source: Source, now: Timestamp) -> Result<(), Busy> {
        let own = source
            .0
            .map(|address| Claim::of(What::Visit, Some(address), VISIT_STEPS_PER_MINUTE, 60_000));
        let all = Claim::of(What::Visit, None, VISIT_STEPS_OF_ALL_PER_MINUTE, 60_000);
        let claims: Vec<Claim> = own.into_iter().chain([all]).collect();
        self.take(&claims, now)
    }

    /// A bucket that leaks evenly.
    fn count(&self, claim: &Claim, now: Timestamp) -> Result<(), Busy> {
        let (key, now_ms) = ((claim.what, claim.of), now.as_millisecond());
        let (share_ms, period_ms) = claim.share_ms();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        // Fuller than full it is only after the clock was set back: that must lock nobody out.
        let known = counts.get(&key).copied();
        let known = known.filter(|until| *until <= now_ms.saturating_add(period_ms));
        let full_until = known.unwrap_or(now_ms).max(now_ms);
        let over_ms = (full_until - now_ms).saturating_add(share_ms) - period_ms;
        if over_ms > 0 {
            return Err(claim.busy(over_ms));
        }
        if counts.len() >= MAX_COUNTS && !counts.contains_key(&key) {
            forget(&mut counts, now_ms);
        }
        counts.insert(key, full_until + share_ms);
        Ok(())
    }
}

/// Drops what is over; where that is not enough, the half that is over soonest.
fn forget(counts: &mut HashMap<(What, Option<IpAddr>), i64>, now_ms: i64) {
    counts.retain(|_, until| *until > now_ms);
    if counts.len() < MAX_COUNTS {
        return;
    }
    let mut ends: Vec<i64> = counts.values().copied().collect();
    let middle = ends.len() / 2;
    let (_, median, _) = ends.select_nth_unstable(middle);
    let median = *median;
    counts.retain(|key, until| key.1.is_none() || *until > median);
}

#[cfg(test)]
mod tests {
    use super::{Claim, Limits, MAX_COUNTS, Source};
    use crate::config::{AskLimits, Uploads};
    use jiff::{SignedDuration, Timestamp};
    use std::net::IpAddr;

    fn source(text: &str) -> Source {
        Source::of(text.parse().expect("an address"))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn s48_an_address_has_its_share_and_gets_it_back() {
        let limits = Limits::default();
        let rules = AskLimits {
            per_address_hour: 3,
            ..AskLimits::default()
        };
        let ask =
            |from: &str, second| limits.take(&Claim::ask(&rules, source(from), true), at(second));
        assert!((0..3).all(|_| ask("192.0.2.1", 0).is_ok()));
        let busy = ask("192.0.2.1", 0).expect_err("too much");
        assert!(
            busy.own && (1..=1_200).contains(&busy.retry_after_s),
            "{busy:?}"
        );
        assert!(ask("192.0.2.2", 0).is_ok());
        assert!(ask("::ffff:192.0.2.1", 0).is_err());
        assert!(ask("192.0.2.1", 1_201).is_ok());
        assert!(ask("192.0.2.1", -7_200).is_ok(), "the clock was set back");
        assert!((0..3).all(|i| ask(&format!("2001:db8::{i}"), 0).is_ok()));
        assert!(ask("2001:db8::ffff", 0).is_err());
        assert!((0..99).all(|_| ask("127.0.0.1", 0).is_ok()));
    }

    #[test]
    fn without_proof_all_share_less() {
        let limits = Limits::default();
        let rules = AskLimits {
            unproved_per_hour: 2,
            ..AskLimits::default()
        };
        let ask = |i: u8, proved| {
            limits.take(
                &Claim::ask(&rules, source(&format!("192.0.2.{i}")), proved),
                at(0),
            )
        };
        assert!(ask(1, false).is_ok() && ask(2, false).is_ok());
        assert!(!ask(3, false).expect_err("too much").own);
        assert!(ask(4, true).is_ok());
        let none = AskLimits {
            unproved_per_hour: 0,
            ..rules
        };
        assert!(
            Limits::default()
                .take(&Claim::ask(&none, source("192.0.2.1"), false), at(0))
                .is_err()
        );
    }

    #[test]
    fn s50_bytes_are_counted_by_day() {
        let limits = Limits::default();
        let rules = Uploads {
            address_day_mib: 10,
            ..Uploads::default()
        };
        let send = |mib: u64, second| {
            limits.take(
                &Claim::upload(&rules, source("192.0.2.1"), mib << 20),
                at(second),
            )
        };
        assert!(send(6, 0).is_ok() && send(6, 0).is_err() && send(4, 0).is_ok());
        assert!(send(1, 0).is_err() && send(1, 10_000).is_ok());
        assert!(send(1_000_000, 0).is_err());
    }

    #[test]
    fn s48_memory_is_bounded() {
        let limits = Limits::default();
        for i in 0..150_000_u32 {
            let _ = limits.visit(Source::of(IpAddr::from(i.to_be_bytes())), at(i64::from(i)));
        }
        assert!(limits.counts.lock().expect("counts").len() <= MAX_COUNTS + 1);
    }
}
