//! Until when is what promised? Business hours with holidays, and minutes by priority and tier: a pure function.

use super::Tier;
use super::case::{Due, Priority};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::{BTreeMap, BTreeSet};

/// How many days ahead business hours are looked for. Beyond, there are none.
const HORIZON_DAYS: u32 = 400;

/// A stretch of a day in which people work, from the first minute to before the last. Midnight at the end is `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    from_minute: u16,
    to_minute: u16,
}

impl Shift {
    /// Reads `09:00-18:00`; `00:00-24:00` is the whole day.
    ///
    /// # Errors
    /// With what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (from, to) = text
            .split_once('-')
            .ok_or_else(|| format!("`{text}` is no stretch of a day"))?;
        let [from_minute, to_minute] = [minute_of_day(from.trim())?, minute_of_day(to.trim())?];
        if from_minute >= to_minute {
            return Err(format!("`{text}` ends before it begins"));
        }
        Ok(Self {
            from_minute,
            to_minute,
        })
    }
}

fn minute_of_day(text: &str) -> Result<u16, String> {
    let refused = || format!("`{text}` is no time of day, as in 09:00");
    let (hours, minutes) = text.split_once(':').ok_or_else(refused)?;
    let plain = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !plain(hours) || !plain(minutes) {
        return Err(refused());
    }
    let number = |part: &str| part.parse::<u16>().map_err(|_| refused());
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let minute = hours * 60 + minutes;
    if minutes < 60 && minute <= 24 * 60 {
        Ok(minute)
    } else {
        Err(refused())
    }
}

/// When people work.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    /// Where the clock hangs.
    pub zone: TimeZone,
    /// The shifts of each weekday, Monday first, in order and apart from each other.
    pub week: [Vec<Shift>; 7],
    /// Days on which nobody works.
    pub holidays: BTreeSet<Date>,
    /// Days on which people work although they usually would not (调休), with Monday's shifts.
    pub workdays: BTreeSet<Date>,
}

impl Hours {
    /// Every hour of every day.
    pub fn around_the_clock(zone: TimeZone) -> Self {
        let whole = vec![Shift {
            from_minute: 0,
            to_minute: 24 * 60,
        }];
        Self {
            zone,
            week: std::array::from_fn(|_| whole.clone()),
            holidays: BTreeSet::new(),
            workdays: BTreeSet::new(),
        }
    }

    fn shifts(&self, day: Date) -> &[Shift] {
        if self.workdays.contains(&day) {
            return &self.week[0];
        }
        if self.holidays.contains(&day) {
            return &[];
        }
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
        &self.week[weekday]
    }

    /// The stretches of work from the day of `from` on, as instants.
    fn stretches(&self, from: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let first = from.to_zoned(self.zone.clone()).date();
        let days =
            (0..HORIZON_DAYS).map_while(move |n| first.checked_add(i64::from(n).days()).ok());
        days.flat_map(move |day| {
            self.shifts(day).iter().filter_map(move |shift| {
                Some((
                    self.instant(day, shift.from_minute)?,
                    self.instant(day, shift.to_minute)?,
                ))
            })
        })
    }

    fn instant(&self, day: Date, minute: u16) -> Option<Timestamp> {
        let midnight = DateTime::from_parts(day, Time::midnight());
        let wall = midnight.checked_add(i64::from(minute).minutes()).ok()?;
        Some(
            self.zone
                .to_ambiguous_zoned(wall)
                .compatible()
                .ok()?
                .timestamp(),
        )
    }

    /// Whether people work at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.stretches(now)
            .take_while(|(from, _)| *from <= now)
            .any(|(_, to)| now < to)
    }

    /// The instant at which `minutes` of work have passed since `from`. Without any hours in the coming 400 days, the
    /// minutes are counted around the clock, so that nothing is due never.
    pub fn after(&self, from: Timestamp, minutes: u32) -> Timestamp {
        let mut left_ms = i64::from(minutes) * 60_000;
        for (begin, end) in self.stretches(from) {
            let begin = begin.max(from);
            let room_ms = end.as_millisecond() - begin.as_millisecond();
            if room_ms <= 0 {
                continue;
            }
            if left_ms <= room_ms {
                return begin.checked_add(left_ms.milliseconds()).unwrap_or(begin);
            }
            left_ms -= room_ms;
        }
        from.checked_add(i64::from(minutes).minutes())
            .unwrap_or(from)
    }

    /// How many minutes of work lie between two instants; 0 when the second is not later.
    pub fn minutes_between(&self, from: Timestamp, to: Timestamp) -> u32 {
        let ms: i64 = self
            .stretches(from)
            .take_while(|(begin, _)| *begin < to)
            .map(|(begin, end)| end.min(to).as_millisecond() - begin.max(from).as_millisecond())
            .map(|ms| ms.max(0))
            .sum();
        u32::try_from(ms / 60_000).unwrap_or(u32::MAX)
    }
}

/// Minutes of work until something is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Until the first answer.
    pub first_answer_minutes: u32,
    /// Until the solution.
    pub solution_minutes: u32,
}

/// What is promised to whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// When people work.
    pub hours: Hours,
    /// Minutes by priority, P1 first.
    pub promises: [Promise; 4],
    /// What minutes are multiplied by for a tier; 1 for one that is not named.
    pub tiers: BTreeMap<String, f64>,
    /// Whether people work around the clock for P1.
    pub p1_around_the_clock: bool,
}

impl Service {
    /// What is promised for a priority and tier, in minutes of work, at least one each.
    pub fn promise(&self, priority: Priority, tier: &Tier) -> Promise {
        let factor = self.tiers.get(tier.as_str()).copied().unwrap_or(1.0);
        let place = Priority::ALL
            .iter()
            .position(|p| *p == priority)
            .unwrap_or(2);
        let scaled = |minutes: u32| {
            let scaled = (f64::from(minutes) * factor)
                .round()
                .clamp(1.0, f64::from(u32::MAX));
            num(scaled)
        };
        let plain = self.promises[place];
        Promise {
            first_answer_minutes: scaled(plain.first_answer_minutes),
            solution_minutes: scaled(plain.solution_minutes),
        }
    }

    /// Until when a case of this priority and tier, opened at `from`, is to be answered and solved.
    pub fn due(&self, from: Timestamp, priority: Priority, tier: &Tier) -> Due {
        let promise = self.promise(priority, tier);
        let always = Hours::around_the_clock(self.hours.zone.clone());
        let hours = if priority == Priority::P1 && self.p1_around_the_clock {
            &always
        } else {
            &self.hours
        };
        Due {
            first_answer: Some(hours.after(from, promise.first_answer_minutes)),
            solution: Some(hours.after(from, promise.solution_minutes)),
        }
    }
}

/// A whole number within the range of `u32`, as that.
fn num(number: f64) -> u32 {
    format!("{number:.0}").parse().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Hours, Promise, Service, Shift};
    use crate::model::Tier;
    use crate::model::case::Priority;
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use std::collections::{BTreeMap, BTreeSet};

    fn office() -> Hours {
        let day = vec![
            Shift::parse("09:00-12:00").expect("a shift"),
            Shift::parse("13:00-18:00").expect("a shift"),
        ];
        let week = std::array::from_fn(|i| if i < 5 { day.clone() } else { Vec::new() });
        Hours {
            zone: TimeZone::get("Asia/Shanghai").expect("a zone"),
            week,
            holidays: BTreeSet::from([date(2026, 10, 1), date(2026, 10, 2)]),
            workdays: BTreeSet::from([date(2026, 10, 10)]),
        }
    }

    fn at(text: &str) -> jiff::Timestamp {
        format!("{text}+08:00").parse().expect("an instant")
    }

    #[test]
    fn counts_minutes_of_work_only() {
        let hours = office();
        for (from, minutes, due) in [
            // A Monday.
            ("2026-11-23T09:00:00", 60, "2026-11-23T10:00:00"),
            ("2026-11-23T11:30:00", 60, "2026-11-23T13:30:00"),
            ("2026-11-23T12:30:00", 60, "2026-11-23T14:00:00"),
            ("2026-11-23T07:00:00", 60, "2026-11-23T10:00:00"),
            ("2026-11-23T17:30:00", 60, "2026-11-24T09:30:00"),
            ("2026-11-23T09:00:00", 480, "2026-11-23T18:00:00"),
            ("2026-11-23T09:00:00", 481, "2026-11-24T09:01:00"),
            // Over a weekend.
            ("2026-11-27T17:59:00", 2, "2026-11-30T09:01:00"),
            ("2026-11-28T03:00:00", 1, "2026-11-30T09:01:00"),
            // Over holidays, a weekend, and onto a Saturday on which people work.
            ("2026-09-30T17:00:00", 120, "2026-10-05T10:00:00"),
            ("2026-10-09T17:00:00", 120, "2026-10-10T10:00:00"),
        ] {
            let found = hours.after(at(from), minutes);
            assert_eq!(found, at(due), "{minutes} minutes from {from}");
            assert_eq!(
                hours.minutes_between(at(from), found),
                minutes,
                "back from {due}"
            );
        }
    }

    #[test]
    fn without_hours_the_clock_counts() {
        let mut hours = office();
        hours.week = std::array::from_fn(|_| Vec::new());
        assert_eq!(
            hours.after(at("2026-11-23T09:00:00"), 60),
            at("2026-11-23T10:00:00")
        );
        assert!(!hours.is_open(at("2026-11-23T09:30:00")));
    }

    #[test]
    fn is_open_in_hours() {
        for (time, open) in [
            ("2026-11-23T09:00:00", true),
            ("2026-11-23T08:59:59", false),
            ("2026-11-23T12:00:00", false),
            ("2026-11-23T17:59:59", true),
            ("2026-10-01T10:00:00", false),
            ("2026-10-10T10:00:00", true),
        ] {
            assert_eq!(office().is_open(at(time)), open, "{time}");
        }
    }

    #[test]
    fn a_day_with_a_leap_of_the_clock_has_its_own_length() {
        let mut hours = Hours::around_the_clock(TimeZone::get("Europe/Berlin").expect("a zone"));
        hours.holidays.insert(date(2027, 1, 1));
        let from = "2026-10-25T00:00:00+02:00".parse().expect("an instant");
        let to = "2026-10-26T00:00:00+01:00".parse().expect("an instant");
        assert_eq!(hours.minutes_between(from, to), 25 * 60);
        assert_eq!(hours.after(from, 25 * 60), to);
    }

    #[test]
    fn a_tier_changes_what_is_promised() {
        let service = Service {
            hours: office(),
            promises: [15, 60, 240, 480].map(|n| Promise {
                first_answer_minutes: n,
                solution_minutes: 4 * n,
            }),
            tiers: BTreeMap::from([("gold".to_owned(), 0.5)]),
            p1_around_the_clock: true,
        };
        let tier = |name| Tier::parse(name).expect("a tier");
        let midnight = at("2026-11-23T00:00:00");
        let p1 = service.due(midnight, Priority::P1, &tier("standard"));
        assert_eq!(p1.first_answer, Some(at("2026-11-23T00:15:00")));
        let p2 = service.due(midnight, Priority::P2, &tier("gold"));
        assert_eq!(p2.first_answer, Some(at("2026-11-23T09:30:00")));
        assert_eq!(
            service
                .promise(Priority::P4, &tier("unknown"))
                .solution_minutes,
            1_920
        );
    }

    #[test]
    fn a_shift_is_written_plainly() {
        for ok in ["09:00-18:00", "00:00-24:00", "09:00 - 12:30"] {
            assert!(Shift::parse(ok).is_ok(), "{ok}");
        }
        for bad in [
            "",
            "9-18",
            "09:00",
            "18:00-09:00",
            "09:00-24:01",
            "09:60-10:00",
            "+9:00-10:00",
            "09:00-09:00",
        ] {
            assert!(Shift::parse(bad).is_err(), "{bad}");
        }
    }
}
