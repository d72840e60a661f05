//! What is kept of people, and for how long? The tables `[retention]` and `[follow]` of `kb.toml`.

use super::reader::Reader;
use super::rules::within;
use super::settings_file::any;

/// The longest time that can be named, in days: ten years.
const MAX_DAYS: u64 = 3_650;

/// For how many days what people left behind is kept. 0 for ever, where that is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// What visitors searched for and read, when they asked nothing.
    pub visit_days: u32,
    /// After how many days a closed case says no longer who asked; 0: never.
    pub case_days: u32,
    /// That a mail or hook was sent. What it said is forgotten at once.
    pub sent_days: u32,
    /// What signed-in customers read.
    pub reading_days: u32,
    /// Follows whose mail address was never proved.
    pub unconfirmed_days: u32,
    /// The audit log; 0: for ever.
    pub audit_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            visit_days: 30,
            case_days: 1_095,
            sent_days: 60,
            reading_days: 180,
            unconfirmed_days: 3,
            audit_days: 0,
        }
    }
}

/// Letters to those who follow an article or a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowSettings {
    /// Whether anything can be followed.
    pub enabled: bool,
    /// How long a change must have stood before it is told of, in minutes: who saves five times tells once.
    pub settle_minutes: u32,
    /// How many hours at least lie between two letters about the same subject.
    pub subject_hours: u32,
    /// The most letters that ask somebody to prove his address, of all in an hour.
    pub per_hour: u32,
    /// The most that one address may follow.
    pub per_address: u32,
}

impl Default for FollowSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            settle_minutes: 10,
            subject_hours: 24,
            per_hour: 200,
            per_address: 100,
        }
    }
}

/// A whole number between `least` and `most`.
fn number(reader: &mut Reader<'_>, key: &str, default: u32, least: u64, most: u64) -> u32 {
    let read = reader.get(key, u64::from(default), |n| within(n, least, most));
    u32::try_from(read).unwrap_or(default)
}

/// `[retention]`
pub(super) fn retention(reader: &mut Reader<'_>) -> Retention {
    let default = Retention::default();
    let mut days = |key: &str, default, least| {
        number(
            reader,
            &format!("retention.{key}"),
            default,
            least,
            MAX_DAYS,
        )
    };
    Retention {
        visit_days: days("visit_days", default.visit_days, 1),
        case_days: days("case_days", default.case_days, 0),
        sent_days: days("sent_days", default.sent_days, 1),
        reading_days: days("reading_days", default.reading_days, 1),
        unconfirmed_days: days("unconfirmed_days", default.unconfirmed_days, 1),
        audit_days: days("audit_days", default.audit_days, 0),
    }
}

/// `[follow]`
pub(super) fn follow(reader: &mut Reader<'_>) -> FollowSettings {
    let default = FollowSettings::default();
    FollowSettings {
        enabled: reader.get("follow.enabled", default.enabled, any),
        settle_minutes: number(
            reader,
            "follow.settle_minutes",
            default.settle_minutes,
            0,
            1_440,
        ),
        subject_hours: number(
            reader,
            "follow.subject_hours",
            default.subject_hours,
            0,
            720,
        ),
        per_hour: number(reader, "follow.per_hour", default.per_hour, 1, 1_000_000),
        per_address: number(reader, "follow.per_address", default.per_address, 1, 500),
    }
}
