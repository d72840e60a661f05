//! What do people call a case? By a number to read over a telephone, as in `KB-2611-0042`. It opens nothing.

use crate::model::InvalidWord;
use jiff::civil::Date;
use std::fmt;

/// The number of a case: a prefix, year and month, and a count within the month.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseNumber(String);

impl CaseNumber {
    /// The `count`-th number, from 1, of the month of `day`. `prefix` is one that [`Self::is_prefix`] accepts.
    pub fn compose(prefix: &str, day: Date, count: i64) -> Self {
        Self(format!("{prefix}-{}-{count:04}", Self::month(day)))
    }

    /// Year and month in four digits: what numbers of one month have in common.
    pub fn month(day: Date) -> String {
        format!("{:02}{:02}", day.year().rem_euclid(100), day.month())
    }

    /// Whether numbers can begin with it: 1 to 8 capital letters and digits, a letter first.
    pub fn is_prefix(text: &str) -> bool {
        let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        (1..=8).contains(&text.len())
            && text.bytes().all(allowed)
            && text.as_bytes()[0].is_ascii_uppercase()
    }

    /// Reads a number, in small letters as well.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, InvalidWord> {
        let written = text.trim().to_ascii_uppercase();
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = written.split('-').collect();
        match parts.as_slice() {
            [prefix, month, count]
                if Self::is_prefix(prefix)
                    && month.len() == 4
                    && (4..=12).contains(&count.len())
                    && digits(month)
                    && digits(count) =>
            {
                Ok(Self(written))
            }
            _ => Err(InvalidWord::new(
                "case number",
                text,
                "one as in KB-2611-0042",
            )),
        }
    }

    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::CaseNumber;
    use jiff::civil::date;

    #[test]
    fn is_made_and_read() {
        let number = CaseNumber::compose("KB", date(2026, 11, 22), 42);
        assert_eq!(number.as_str(), "KB-2611-0042");
        assert_eq!(CaseNumber::parse(" kb-2611-0042"), Ok(number));
        assert_eq!(
            CaseNumber::compose("A1", date(2027, 1, 1), 123_456).as_str(),
            "A1-2701-123456"
        );
        for bad in [
            "",
            "KB",
            "KB-2611",
            "KB-2611-1",
            "KB-26-0042",
            "1B-2611-0042",
            "KB-2611-0042-1",
            "KB-2611-00x2",
            "客服-2611-0042",
            "KB-2611-0042'",
        ] {
            assert!(CaseNumber::parse(bad).is_err(), "{bad}");
        }
    }
}
