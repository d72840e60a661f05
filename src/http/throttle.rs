//! Who reads too much? Each network has so many searches and so many pages a minute; how much of them is used up is remembered for
//! the networks that asked last, in bounded memory.
//!
//! The numbers are far above what people need, also where many share one address: this stops programs that would take everything
//! from all others. What is written has limits of its own ([`crate::cases::Limits`]).

use crate::cases::{Busy, Source};
use crate::config::RequestLimits;
use jiff::Timestamp;
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

/// How many networks are remembered, for each class; of more, those that asked the longest ago are forgotten.
const NETWORKS: NonZeroUsize = match NonZeroUsize::new(50_000) {
    Some(networks) => networks,
    None => NonZeroUsize::MIN,
};

/// Over which time is counted, in milliseconds: all of it may be used at once.
const PERIOD_MS: i64 = 60_000;

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A search, or what is offered while typing.
    Search,
    /// Anything else that is made for the reader: a page, an article, a list.
    Page,
}

impl Class {
    /// What reading this address counts as. `None`: it costs next to nothing, or is for those who look after the site.
    pub(super) fn of(path: &str) -> Option<Self> {
        const FREE: [&str; 8] = [
            "/healthz",
            "/readyz",
            "/metrics",
            "/desk",
            "/assets/",
            "/embed/v1/",
            "/favicon",
            "/robots.txt",
        ];
        if FREE.iter().any(|free| path.starts_with(free)) {
            return None;
        }
        let is_search = ["/search", "/api/v1/search", "/api/v1/suggest"].contains(&path);
        Some(if is_search { Self::Search } else { Self::Page })
    }

    /// The word for it in `/metrics`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Page => "page",
        }
    }
}

/// What has been read.
#[derive(Debug)]
pub(super) struct Throttle {
    searches: Mutex<LruCache<Source, i64>>,
    pages: Mutex<LruCache<Source, i64>>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            searches: Mutex::new(LruCache::new(NETWORKS)),
            pages: Mutex::new(LruCache::new(NETWORKS)),
        }
    }
}

impl Throttle {
    /// Something is about to be read.
    ///
    /// # Errors
    /// [`Busy`] when that network has had its share; then nothing is counted.
    pub(super) fn admit(
        &self,
        class: Class,
        source: Source,
        limits: &RequestLimits,
        now: Timestamp,
    ) -> Result<(), Busy> {
        let (most, used) = match class {
            Class::Search => (limits.searches_per_minute, &self.searches),
            Class::Page => (limits.pages_per_minute, &self.pages),
        };
        if most == 0 || source == Source::OWN {
            return Ok(());
        }
        let now_us = now.as_microsecond();
        let share_us = PERIOD_MS * 1_000 / i64::from(most);
        let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not lock anybody out for longer than the period.
        let held = used.get(&source).copied().unwrap_or(now_us);
        let held = held.clamp(now_us, now_us + PERIOD_MS * 1_000);
        let full_until = held + share_us;
        let over_us = full_until - now_us - PERIOD_MS * 1_000;
        if over_us > 0 {
            used.put(source, held);
            let seconds = u64::try_from(over_us / 1_000_000).unwrap_or(0) + 1;
            return Err(Busy {
                retry_after_s: seconds,
                own: true,
            });
        }
        used.put(source, full_until);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, NETWORKS, Throttle};
    use crate::cases::Source;
    use crate::config::RequestLimits;
    use jiff::{SignedDuration, Timestamp};
    use std::net::IpAddr;

    fn source(text: &str) -> Source {
        Source::of(text.parse().expect("an address"))
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(ms)
    }

    #[test]
    fn s48_a_network_has_its_searches_of_a_minute_and_others_theirs() {
        let throttle = Throttle::default();
        let limits = RequestLimits {
            searches_per_minute: 60,
            pages_per_minute: 0,
            ..RequestLimits::default()
        };
        let ask = |from: &str, ms| throttle.admit(Class::Search, source(from), &limits, at(ms));
        assert!((0..60).all(|_| ask("192.0.2.1", 0).is_ok()));
        let busy = ask("192.0.2.1", 0).expect_err("it was all");
        assert!((1..=2).contains(&busy.retry_after_s), "{busy:?}");
        assert!(ask("192.0.2.2", 0).is_ok(), "another network");
        assert!(ask("192.0.2.1", 1_001).is_ok(), "a second gives one back");
        assert!(ask("192.0.2.1", 1_001).is_err());
        assert!((0..60).all(|i| ask(&format!("2001:db8::{i:x}"), 0).is_ok()));
        assert!(ask("2001:db8::ffff", 0).is_err(), "a /64 is one network");
        assert!(
            (0..100).all(|_| ask("127.0.0.1", 0).is_ok()),
            "a proxy that no setting names"
        );
        assert!(
            ask("192.0.2.1", -3_600_000).is_err(),
            "the clock was set back by an hour"
        );
        assert!(
            ask("192.0.2.1", -3_600_000 + 60_001).is_ok(),
            "and nobody is locked out for it"
        );
        let page = |_| throttle.admit(Class::Page, source("192.0.2.1"), &limits, at(0));
        assert!(
            (0..9_999).map(page).all(|read| read.is_ok()),
            "0 is no limit"
        );
    }

    #[test]
    fn s48_memory_stays_bounded_under_a_million_networks() {
        let throttle = Throttle::default();
        let limits = RequestLimits::default();
        for i in 0..1_000_000_u32 {
            let from = Source::of(IpAddr::from((i + 0x0100_0000).to_be_bytes()));
            assert!(throttle.admit(Class::Page, from, &limits, at(0)).is_ok());
        }
        assert_eq!(throttle.pages.lock().expect("it").len(), NETWORKS.get());
    }

    #[test]
    fn what_is_free_is_named() {
        for (path, class) in [
            ("/healthz", None),
            ("/desk/cases", None),
            ("/assets/app.css", None),
            ("/search", Some(Class::Search)),
            ("/api/v1/suggest", Some(Class::Search)),
            ("/a/x", Some(Class::Page)),
            ("/", Some(Class::Page)),
        ] {
            assert_eq!(Class::of(path), class, "{path}");
        }
    }
}
