//! What does `kb.toml` say of questions, hours and groups?

use super::desk::{
    AskLimits, CaseSettings, Database, Group, Proxies, Share, Uploads, default_service, time_zone,
};
use super::outward::Hook;
use super::outward_file::secret;
use super::reader::{Complaint, Reader, Verdict};
use super::rules;
use super::unknown::closest;
use super::value::Setting;
use crate::model::case::{CaseNumber, Kind, Priority};
use crate::model::service::{Hours, Promise, Service, Shift};
use crate::model::{Email, Slug, Tier};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

/// The names of the days, Monday first.
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The longest time that can be promised, in minutes: a year of working around the clock.
const MAX_MINUTES: u64 = 525_600;

fn any<T>(_: &T) -> Verdict {
    Ok(())
}

/// A whole number up to `most`, as `u32`.
fn count(reader: &mut Reader<'_>, key: &str, default: u32, least: u64, most: u64) -> u32 {
    let read = reader.get(key, u64::from(default), |n| rules::within(n, least, most));
    u32::try_from(read).unwrap_or(default)
}

/// Where what people wrote is kept. The address may hold a password, so it is not shown, and may stand in a file of its own.
pub(super) fn database(reader: &mut Reader<'_>, folder: &Path) -> Database {
    let mut url = secret(reader, "database.url", folder);
    if let Some(Err(complaint)) = url.as_ref().map(|url| database_url(url.reveal())) {
        reader.complain_about(&["database.url", "database.url_file"], complaint);
        url = None;
    }
    let pooler = reader.get("database.pooler", false, any);
    Database { url, pooler }
}

fn database_url(url: &str) -> Verdict {
    let known = ["postgres://", "postgresql://", "sqlite:"];
    if known
        .iter()
        .any(|scheme| url.starts_with(scheme) && url.len() > scheme.len())
    {
        return Ok(());
    }
    Err(Complaint::new(
        "this is no address of a database",
        "write it as in \"postgres://user:password@host/name\" or \"sqlite:PATH\"",
    ))
}

/// Proxies in front of the server.
pub(super) fn proxies(reader: &mut Reader<'_>) -> Proxies {
    Proxies {
        trusted: reader.list("server.trusted_proxies", Vec::new(), any),
    }
}

/// How cases and visits are kept.
pub(super) fn cases(reader: &mut Reader<'_>) -> CaseSettings {
    let default = CaseSettings::default();
    let words = |text: &String| rules::short(text);
    CaseSettings {
        prefix: reader.get("cases.prefix", default.prefix, |text: &String| {
            if CaseNumber::is_prefix(text) {
                return Ok(());
            }
            let message = format!("`{text}` is nothing that case numbers can begin with");
            Err(Complaint::new(
                message,
                "use 1 to 8 capital letters and digits, a letter first",
            ))
        }),
        fallback_group: reader.get("cases.fallback_group", default.fallback_group, any),
        link_days: count(reader, "cases.link_days", default.link_days, 1, 3_650),
        reopen_days: count(reader, "cases.reopen_days", default.reopen_days, 1, 3_650),
        close_after_days: count(
            reader,
            "cases.close_after_days",
            default.close_after_days,
            1,
            365,
        ),
        follow_up_days: count(
            reader,
            "cases.follow_up_days",
            default.follow_up_days,
            1,
            365,
        ),
        follow_up_kinds: reader.list("cases.follow_up_kinds", default.follow_up_kinds, any),
        escalate_late: reader.get("cases.escalate_late", default.escalate_late, any),
        p1_words: reader.list("cases.p1_words", default.p1_words, words),
        p2_words: reader.list("cases.p2_words", default.p2_words, words),
        urgent_tiers: reader.list(
            "cases.urgent_tiers",
            default.urgent_tiers,
            |text: &String| tier_name(text),
        ),
    }
}

fn tier_name(text: &str) -> Verdict {
    Tier::parse(text)
        .map(drop)
        .map_err(|why| Complaint::new(why.to_string(), "use a name as in [service.tiers]"))
}

/// Limits on those who ask.
pub(super) fn ask(reader: &mut Reader<'_>) -> AskLimits {
    let default = AskLimits::default();
    AskLimits {
        text_chars: reader.get("ask.text_chars", default.text_chars, |n| {
            rules::within(n, 100, 100_000)
        }),
        per_address_hour: count(
            reader,
            "ask.per_address_hour",
            default.per_address_hour,
            1,
            100_000,
        ),
        per_mail_day: count(reader, "ask.per_mail_day", default.per_mail_day, 1, 100_000),
        per_hour: count(reader, "ask.per_hour", default.per_hour, 1, 1_000_000),
        unproved_per_hour: count(
            reader,
            "ask.unproved_per_hour",
            default.unproved_per_hour,
            0,
            1_000_000,
        ),
        min_seconds: count(reader, "ask.min_seconds", default.min_seconds, 0, 60),
        form_hours: count(reader, "ask.form_hours", default.form_hours, 1, 720),
        proof: count(reader, "ask.proof", default.proof, 0, 10),
    }
}

/// Limits on files.
pub(super) fn uploads(reader: &mut Reader<'_>) -> Uploads {
    let default = Uploads::default();
    let mut mib = |key: &str, default: u64, most: u64| {
        reader.get(&format!("uploads.{key}"), default, |n| {
            rules::within(n, 0, most)
        })
    };
    Uploads {
        file_mib: mib("file_mib", default.file_mib, 100),
        case_mib: mib("case_mib", default.case_mib, 10_000),
        address_day_mib: mib("address_day_mib", default.address_day_mib, 1_000_000),
        total_mib: mib("total_mib", default.total_mib, 100_000_000),
        min_free_mib: mib("min_free_mib", default.min_free_mib, 100_000_000),
        files: reader.get("uploads.files", default.files, |n| rules::within(n, 0, 20)),
    }
}

/// When people work, and what is promised.
pub(super) fn service(reader: &mut Reader<'_>) -> Service {
    let default = default_service();
    Service {
        hours: hours(reader, default.hours),
        promises: promises(reader, default.promises),
        tiers: tiers(reader),
        p1_around_the_clock: reader.get(
            "service.p1_around_the_clock",
            default.p1_around_the_clock,
            any,
        ),
    }
}

fn hours(reader: &mut Reader<'_>, default: Hours) -> Hours {
    let zone = default
        .zone
        .iana_name()
        .unwrap_or("Asia/Shanghai")
        .to_owned();
    let zone: String = reader.get("service.zone", zone, |name: &String| {
        time_zone(name).map(drop).ok_or_else(|| {
            let message = format!("`{name}` is no time zone");
            Complaint::new(message, "write it as in \"Asia/Shanghai\" or \"+08:00\"")
        })
    });
    let week = std::array::from_fn(|day| {
        let office = if day < 5 {
            vec!["09:00-18:00".to_owned()]
        } else {
            Vec::new()
        };
        let key = format!("service.{}", DAYS[day]);
        let written: Vec<String> = reader.list(&key, office, |text: &String| shift(text).map(drop));
        shifts(reader, &key, &written)
    });
    Hours {
        zone: time_zone(&zone).unwrap_or(TimeZone::UTC),
        week,
        holidays: dates(reader, "service.holidays"),
        workdays: dates(reader, "service.workdays"),
    }
}

fn shift(text: &str) -> Result<Shift, Complaint> {
    Shift::parse(text).map_err(|why| Complaint::new(why, "write it as in \"09:00-18:00\""))
}

/// Shifts in order; those that overlap are told.
fn shifts(reader: &mut Reader<'_>, key: &str, written: &[String]) -> Vec<Shift> {
    let mut sorted: Vec<&String> = written.iter().collect();
    sorted.sort();
    let overlaps = |pair: &[&String]| {
        let end = pair[0].split('-').nth(1).unwrap_or_default().trim();
        pair[1].split('-').next().unwrap_or_default().trim() < end
    };
    if sorted.windows(2).any(overlaps) {
        let help = "write each stretch of the day once, as in [\"09:00-12:00\", \"13:30-18:00\"]";
        reader.complain(key, Complaint::new("these shifts overlap", help));
    }
    sorted
        .iter()
        .filter_map(|text| Shift::parse(text).ok())
        .collect()
}

fn dates(reader: &mut Reader<'_>, key: &str) -> BTreeSet<Date> {
    reader.list(key, Vec::new(), any).into_iter().collect()
}

fn promises(reader: &mut Reader<'_>, default: [Promise; 4]) -> [Promise; 4] {
    std::array::from_fn(|i| {
        let mut minutes = |name: &str, default: u32| {
            let key = format!("service.{}.{name}", Priority::ALL[i]);
            count(reader, &key, default, 1, MAX_MINUTES)
        };
        Promise {
            first_answer_minutes: minutes("first_answer_minutes", default[i].first_answer_minutes),
            solution_minutes: minutes("solution_minutes", default[i].solution_minutes),
        }
    })
}

fn tiers(reader: &mut Reader<'_>) -> BTreeMap<String, f64> {
    let mut tiers = BTreeMap::new();
    for (name, span) in reader.names("service.tiers") {
        let key = format!("service.tiers.{name}");
        if let Err(complaint) = tier_name(&name) {
            reader.pass_over(&key);
            reader.report(span, complaint);
            continue;
        }
        let factor = reader.get(&key, 1.0_f32, |n| rules::within(n, 0.01, 100.0));
        tiers.insert(name, f64::from(factor));
    }
    tiers
}

/// The groups, in the order of the file.
pub(super) fn groups(reader: &mut Reader<'_>) -> Vec<Group> {
    let mut named: Vec<(String, Range<usize>)> = reader.names("groups");
    named.sort_by_key(|(_, span)| span.start);
    let mut groups: Vec<Group> = Vec::new();
    for (name, span) in named.clone() {
        match Slug::parse(&name) {
            Ok(slug) => groups.push(group(reader, slug)),
            Err(why) => {
                reader.pass_over(&format!("groups.{name}"));
                let help = "name groups by letters, digits, `-` and `_`, as in [groups.billing]";
                reader.report(span, Complaint::new(why.to_string(), help));
            }
        }
    }
    check_escalation(reader, &groups);
    groups
}

fn group(reader: &mut Reader<'_>, name: Slug) -> Group {
    let key = |part: &str| format!("groups.{name}.{part}");
    let text = |text: &String| rules::short(text);
    Group {
        title: reader.get(&key("title"), String::new(), text),
        categories: reader.list(&key("categories"), Vec::new(), text),
        products: reader.list(&key("products"), Vec::new(), text),
        words: reader.list(&key("words"), Vec::new(), text),
        kinds: reader.list(&key("kinds"), Vec::new(), any),
        langs: reader.list(&key("langs"), Vec::new(), any),
        tiers: reader.list(&key("tiers"), Vec::new(), |name: &String| tier_name(name)),
        share: reader.get(&key("share"), Share::default(), any),
        escalates_to: reader.get(&key("escalates_to"), None, any),
        hooks: reader.list(&key("hooks"), Vec::new(), any),
        page: reader.list(&key("page"), Vec::new(), |address: &String| {
            Email::parse(address).map(drop).map_err(|why| {
                Complaint::new(why.to_string(), "write it as in \"duty@example.com\"")
            })
        }),
        name,
    }
}

/// A group that another escalates to must be there, and be another one.
fn check_escalation(reader: &mut Reader<'_>, groups: &[Group]) {
    for group in groups {
        let Some(to) = &group.escalates_to else {
            continue;
        };
        let known = groups
            .iter()
            .any(|other| other.name == *to && other.name != group.name);
        if !known {
            let key = format!("groups.{}.escalates_to", group.name);
            let message = format!("there is no other group `{to}`");
            let help = format!("add [groups.{to}], or name one of those that are there");
            reader.complain(&key, Complaint::new(message, help));
        }
    }
}

/// A hook that a group names must be there.
pub(super) fn check_hooks(reader: &mut Reader<'_>, groups: &[Group], hooks: &[Hook]) {
    let mut names: Vec<&str> = hooks.iter().map(|hook| hook.name.as_str()).collect();
    names.dedup();
    for group in groups {
        let named = group.hooks.iter().map(Slug::as_str);
        for name in named.filter(|name| !names.contains(name)) {
            let help = match closest(name, names.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if names.is_empty() => "there is none yet: add it as [[hooks]]".to_owned(),
                None => format!("known here: {}", names.join(", ")),
            };
            let complaint = Complaint::new(format!("there is no hook `{name}`"), help);
            reader.complain(&format!("groups.{}.hooks", group.name), complaint);
        }
    }
}

impl Setting for Slug {
    const EXPECTED: &'static str = "a short name of letters and digits";

    fn from_toml(value: &toml::de::DeValue<'_>) -> Option<Self> {
        Self::from_text(value.as_str()?)
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }

    fn shown(&self) -> Option<toml::Value> {
        Some(toml::Value::from(self.as_str()))
    }
}

impl Setting for Kind {
    const EXPECTED: &'static str = "\"question\", \"problem\", \"complaint\" or \"suggestion\"";

    fn from_toml(value: &toml::de::DeValue<'_>) -> Option<Self> {
        Self::from_text(value.as_str()?)
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }

    fn shown(&self) -> Option<toml::Value> {
        Some(toml::Value::from(self.as_str()))
    }
}

/// A date is written bare or in quotes.
impl Setting for Date {
    const EXPECTED: &'static str = "a date, as in 2026-10-01";

    fn from_toml(value: &toml::de::DeValue<'_>) -> Option<Self> {
        match value {
            toml::de::DeValue::Datetime(date) => Self::from_text(&date.to_string()),
            other => Self::from_text(other.as_str()?),
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    fn shown(&self) -> Option<toml::Value> {
        Some(toml::Value::from(self.to_string()))
    }
}

impl Setting for std::net::IpAddr {
    const EXPECTED: &'static str = "an address without a port, as in \"127.0.0.1\" or \"::1\"";

    fn from_toml(value: &toml::de::DeValue<'_>) -> Option<Self> {
        Self::from_text(value.as_str()?)
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn shown(&self) -> Option<toml::Value> {
        Some(toml::Value::from(self.to_string()))
    }
}
