//! When is that, for people? An instant with the time zone of the office.

use crate::model::Lang;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant in a time zone; for templates a text as in `2026-11-22T10:00:00+08:00[Asia/Shanghai]`, which the filter `when` makes
/// readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When(Zoned);

impl When {
    /// An instant as clocks in `zone` show it.
    pub fn new(at: Timestamp, zone: &TimeZone) -> Self {
        Self(at.to_zoned(zone.clone()))
    }

    /// Reads what a template has.
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// The date, the day of the week and the time, to the minute.
    pub fn for_people(&self, lang: Lang) -> String {
        let (date, time) = (self.0.date(), self.0.strftime("%H:%M"));
        let (year, month, day) = (date.year(), date.month(), date.day());
        let weekday = weekday(self.0.weekday(), lang);
        match lang {
            Lang::En => format!("{weekday} {day} {} {year}, {time}", self.0.strftime("%b")),
            Lang::ZhCn | Lang::ZhTw => format!("{year}年{month}月{day}日（{weekday}）{time}"),
        }
    }
}

fn weekday(day: Weekday, lang: Lang) -> &'static str {
    let at = usize::try_from(day.to_monday_zero_offset()).unwrap_or_default();
    match lang {
        Lang::ZhCn => ["周一", "周二", "周三", "周四", "周五", "周六", "周日"][at],
        Lang::ZhTw => ["週一", "週二", "週三", "週四", "週五", "週六", "週日"][at],
        Lang::En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][at],
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("this is no time with a zone"))
    }
}

#[cfg(test)]
mod tests {
    use super::When;
    use crate::model::Lang;
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    #[test]
    fn is_read_by_people() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let when = When::new(
            Timestamp::from_second(1_795_341_600).expect("a time"),
            &zone,
        );
        let shown = Lang::ALL.map(|lang| when.for_people(lang));
        assert_eq!(
            shown,
            [
                "2026年11月22日（周日）18:00",
                "2026年11月22日（週日）18:00",
                "Sun 22 Nov 2026, 18:00"
            ]
        );
        let kept = serde_json::to_string(&when).expect("JSON");
        assert_eq!(kept, "\"2026-11-22T18:00:00+08:00[Asia/Shanghai]\"");
        assert_eq!(serde_json::from_str::<When>(&kept).expect("a time"), when);
    }
}
