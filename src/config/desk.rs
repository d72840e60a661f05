//! How are questions taken, routed and promised an answer? The part of `kb.toml` that is about people.

use crate::model::case::{Kind, Priority};
use crate::model::service::{Hours, Promise, Service, Shift};
use crate::model::{Lang, Slug};
use ipnet::IpNet;
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

/// Where what people wrote is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Database {
    /// `postgres://…` or `sqlite:PATH`; `None`: `kb.sqlite` in the data directory. It may hold a password.
    pub url: Option<Secret>,
    /// Whether a pooler in front of PostgreSQL gives each transaction another connection, as PgBouncer does in transaction mode.
    pub pooler: bool,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place where it is needed.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Proxies in front of the server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proxies {
    /// The networks from which `X-Forwarded-For` is believed; one address is the smallest.
    pub trusted: Vec<IpNet>,
}

/// How cases and visits are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseSettings {
    /// What case numbers begin with.
    pub prefix: String,
    /// The group that takes what no rule of another matches.
    pub fallback_group: Slug,
    /// For how many days after closing the tracking link still opens the case.
    pub link_days: u32,
    /// For how many days after closing a case can be reopened.
    pub reopen_days: u32,
    /// After how many days a solved case is closed when nobody says anything.
    pub close_after_days: u32,
    /// How many days after closing somebody asks how it went (回访), for these kinds and for P1.
    pub follow_up_days: u32,
    /// The kinds that get a follow-up.
    pub follow_up_kinds: Vec<Kind>,
    /// Whether what is late goes to the group that its group escalates to by itself.
    pub escalate_late: bool,
    /// Words in a question that make it a [`Priority::P1`].
    pub p1_words: Vec<String>,
    /// Words in a question that make it a [`Priority::P2`].
    pub p2_words: Vec<String>,
    /// Customer tiers whose questions are one priority more urgent.
    pub urgent_tiers: Vec<String>,
}

impl Default for CaseSettings {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            prefix: "KB".to_owned(),
            fallback_group: Slug::parse("support").unwrap_or_else(|_| unreachable!("a plain word")),
            link_days: 180,
            reopen_days: 30,
            close_after_days: 7,
            follow_up_days: 3,
            follow_up_kinds: vec![Kind::Complaint],
            escalate_late: true,
            p1_words: words(&[
                "宕机",
                "全部无法使用",
                "数据丢失",
                "账号被盗",
                "盗刷",
                "outage",
            ]),
            p2_words: words(&["无法登录", "付款失败", "重复扣款", "紧急", "urgent"]),
            urgent_tiers: Vec::new(),
        }
    }
}

impl CaseSettings {
    /// How urgent a kind is before anything else is known.
    pub fn usual_priority(kind: Kind) -> Priority {
        match kind {
            Kind::Complaint => Priority::P2,
            Kind::Question | Kind::Problem => Priority::P3,
            Kind::Suggestion => Priority::P4,
        }
    }
}

/// Limits on those who ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskLimits {
    /// The longest text, in characters.
    pub text_chars: usize,
    /// The most cases and messages from one network address in an hour; addresses of IPv6 are counted by /64.
    pub per_address_hour: u32,
    /// The most cases and messages of one mail address in a day.
    pub per_mail_day: u32,
    /// The most cases and messages of all in an hour.
    pub per_hour: u32,
    /// The most of these, of all in an hour, that may come without a proof of work, as from readers without scripts.
    pub unproved_per_hour: u32,
    /// The shortest time in which a person fills the form, in seconds.
    pub min_seconds: u32,
    /// How long a form may stay open before it is sent, in hours.
    pub form_hours: u32,
    /// How hard the proof of work is: 0 for none; each step more doubles the work, from about a tenth of a second for 1.
    pub proof: u32,
}

impl Default for AskLimits {
    fn default() -> Self {
        Self {
            text_chars: 10_000,
            per_address_hour: 20,
            per_mail_day: 20,
            per_hour: 1_000,
            unproved_per_hour: 60,
            min_seconds: 2,
            form_hours: 24,
            proof: 2,
        }
    }
}

/// Limits on files that come with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uploads {
    /// The most files that one message brings; 0 for none at all.
    pub files: usize,
    /// The largest file, in MiB.
    pub file_mib: u64,
    /// The most that the files of one case may take, in MiB.
    pub case_mib: u64,
    /// The most that one network address may send in a day, in MiB.
    pub address_day_mib: u64,
    /// The most that the files of all cases may take together, in MiB.
    pub total_mib: u64,
    /// With less than this free on the disk of a database that is a file, no files are taken, in MiB; 0: never asked.
    pub min_free_mib: u64,
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            files: 5,
            file_mib: 10,
            case_mib: 50,
            address_day_mib: 100,
            total_mib: 10_240,
            min_free_mib: 256,
        }
    }
}

/// To whom in a group a new case is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Share {
    /// To nobody: who is free takes it.
    #[default]
    Nobody,
    /// To each on duty in turn.
    RoundRobin,
    /// To who on duty has the fewest open cases.
    LeastLoaded,
}

/// A group of people, and what comes to them. A rule that is empty matches everything; of those that are not, all must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name, as accounts and cases have it.
    pub name: Slug,
    /// What requesters see; empty for the name.
    pub title: String,
    /// Categories, by their paths: these and those below.
    pub categories: Vec<String>,
    /// Products.
    pub products: Vec<String>,
    /// Words in the question.
    pub words: Vec<String>,
    /// Kinds.
    pub kinds: Vec<Kind>,
    /// Languages.
    pub langs: Vec<Lang>,
    /// Tiers of customers.
    pub tiers: Vec<String>,
    /// To whom in it a case is given.
    pub share: Share,
    /// The group to which it escalates.
    pub escalates_to: Option<Slug>,
    /// The names of hooks that are paged for what is most urgent.
    pub hooks: Vec<Slug>,
    /// Addresses that are paged for what is most urgent, beside the people on duty.
    pub page: Vec<String>,
}

impl Group {
    /// A group without rules.
    pub fn plain(name: Slug) -> Self {
        Self {
            name,
            title: String::new(),
            categories: Vec::new(),
            products: Vec::new(),
            words: Vec::new(),
            kinds: Vec::new(),
            langs: Vec::new(),
            tiers: Vec::new(),
            share: Share::default(),
            escalates_to: None,
            hooks: Vec::new(),
            page: Vec::new(),
        }
    }

    /// What requesters see.
    pub fn shown(&self) -> &str {
        if self.title.is_empty() {
            self.name.as_str()
        } else {
            &self.title
        }
    }
}

/// Office hours from Monday to Friday in Shanghai, and a first answer within a working day.
pub(super) fn default_service() -> Service {
    let office = || Shift::parse("09:00-18:00").into_iter().collect();
    let week = std::array::from_fn(|day| if day < 5 { office() } else { Vec::new() });
    let promise = |first_answer_minutes, solution_minutes| Promise {
        first_answer_minutes,
        solution_minutes,
    };
    Service {
        hours: Hours {
            zone: time_zone("Asia/Shanghai").unwrap_or(TimeZone::UTC),
            week,
            holidays: BTreeSet::new(),
            workdays: BTreeSet::new(),
        },
        promises: [
            promise(15, 240),
            promise(120, 540),
            promise(540, 1_620),
            promise(1_080, 5_400),
        ],
        tiers: BTreeMap::new(),
        p1_around_the_clock: true,
    }
}

/// The time zone of a name, as in `Asia/Shanghai`, or of an offset, as in `+08:00`. Machines without a database of time zones know
/// those of China, which have one offset.
pub(super) fn time_zone(name: &str) -> Option<TimeZone> {
    let china = [
        "Asia/Shanghai",
        "Asia/Taipei",
        "Asia/Hong_Kong",
        "Asia/Macau",
    ];
    if let Ok(zone) = TimeZone::get(name) {
        return Some(zone);
    }
    if china.contains(&name) {
        return Some(TimeZone::fixed(jiff::tz::offset(8)));
    }
    let fits = name.starts_with(['+', '-']);
    let text = format!("2026-01-01T00:00:00{name}");
    let offset = Pieces::parse(&text).ok()?.to_numeric_offset()?;
    fits.then(|| TimeZone::fixed(offset))
}

#[cfg(test)]
mod tests {
    use super::time_zone;

    #[test]
    fn zones_have_names_or_offsets() {
        for ok in ["Asia/Shanghai", "UTC", "+08:00", "-03:30"] {
            assert!(time_zone(ok).is_some(), "{ok}");
        }
        for bad in ["", "Mars/Base", "08:00", "+99:00", "Z"] {
            assert!(time_zone(bad).is_none(), "{bad}");
        }
    }
}
