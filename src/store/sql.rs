//! How is a statement written, and a row read? Text that is only ever program text, values that are only ever bound.

use super::error::{Error, Result};
use jiff::Timestamp;
use sqlx::any::{Any, AnyArguments, AnyRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, Row as _, Type};
use std::borrow::Cow;
use std::fmt::Display;

/// The most that the clocks of several servers differ, in milliseconds. What lies further ahead than it can was written before a
/// clock was set back, and is not waited for.
pub(super) const SKEW_MS: i64 = 600_000;

/// A statement with its values. Text comes in as `&'static str` alone, so nothing that anybody typed can be part of it.
pub(super) struct Sql {
    text: Cow<'static, str>,
    values: AnyArguments,
    failed: Option<String>,
}

impl Sql {
    /// A statement with places `$1`, `$2` … for the values that are bound in this order.
    pub(super) fn new(text: &'static str) -> Self {
        Self {
            text: Cow::Borrowed(text),
            values: AnyArguments::default(),
            failed: None,
        }
    }

    /// Binds the next value.
    pub(super) fn bind<'v, T: Encode<'v, Any> + Type<Any>>(mut self, value: T) -> Self {
        self.value(value);
        self
    }

    fn value<'v, T: Encode<'v, Any> + Type<Any>>(&mut self, value: T) {
        if let Err(e) = self.values.add(value) {
            self.failed = Some(e.to_string());
        }
    }

    /// Adds text.
    pub(super) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Adds a place and binds the value to it.
    pub(super) fn push_value<'v, T: Encode<'v, Any> + Type<Any>>(&mut self, value: T) -> &mut Self {
        self.value(value);
        let place = format!("${}", self.values.len());
        self.text.to_mut().push_str(&place);
        self
    }

    /// Adds `(a, b, c)` of values; `(NULL)`, which nothing is in, for none.
    pub(super) fn push_list<'v, T: Encode<'v, Any> + Type<Any>>(
        &mut self,
        values: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        let mut before = "(";
        for value in values {
            self.push(before).push_value(value);
            before = ", ";
        }
        self.push(if before == "(" { "(NULL)" } else { ")" })
    }

    /// The text, and the values for the driver.
    pub(super) fn into_parts(self) -> Result<(AssertSqlSafe<String>, AnyArguments)> {
        match self.failed {
            None => Ok((AssertSqlSafe(self.text.into_owned()), self.values)),
            Some(why) => Err(Error::row(format!("no place for a value: {why}"))),
        }
    }
}

/// Reads columns by their names.
pub(super) trait Columns {
    /// A text.
    fn text(&self, name: &str) -> Result<String>;
    /// A text or nothing.
    fn text_or_none(&self, name: &str) -> Result<Option<String>>;
    /// A whole number.
    fn int(&self, name: &str) -> Result<i64>;
    /// A whole number or nothing.
    fn int_or_none(&self, name: &str) -> Result<Option<i64>>;
    /// Bytes.
    fn bytes(&self, name: &str) -> Result<Vec<u8>>;
    /// A number with a fraction.
    fn real(&self, name: &str) -> Result<f64>;

    /// A flag.
    fn flag(&self, name: &str) -> Result<bool> {
        Ok(self.int(name)? != 0)
    }

    /// A number that is never negative.
    fn count(&self, name: &str) -> Result<u32> {
        let number = self.int(name)?;
        u32::try_from(number).map_err(|_| Error::row(format!("{number} in {name}")))
    }

    /// An instant.
    fn time(&self, name: &str) -> Result<Timestamp> {
        instant(self.int(name)?)
    }

    /// An instant or nothing.
    fn time_or_none(&self, name: &str) -> Result<Option<Timestamp>> {
        self.int_or_none(name)?.map(instant).transpose()
    }

    /// A text, read by one of the model's `parse`.
    fn read<T, E: Display>(&self, name: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<T> {
        parse(&self.text(name)?).map_err(|e| Error::row(format!("a wrong {name}: {e}")))
    }

    /// A text or nothing, read by one of the model's `parse`.
    fn read_or_none<T, E: Display>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>> {
        let text = self.text_or_none(name)?;
        let read = text.map(|text| parse(&text));
        read.transpose()
            .map_err(|e| Error::row(format!("a wrong {name}: {e}")))
    }
}

impl Columns for AnyRow {
    fn text(&self, name: &str) -> Result<String> {
        Ok(self.try_get(name)?)
    }

    fn text_or_none(&self, name: &str) -> Result<Option<String>> {
        Ok(self.try_get(name)?)
    }

    fn int(&self, name: &str) -> Result<i64> {
        Ok(self.try_get(name)?)
    }

    fn int_or_none(&self, name: &str) -> Result<Option<i64>> {
        Ok(self.try_get(name)?)
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        Ok(self.try_get(name)?)
    }

    fn real(&self, name: &str) -> Result<f64> {
        Ok(self.try_get(name)?)
    }
}

fn instant(ms: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(ms).map_err(|e| Error::row(format!("no time: {e}")))
}

/// An instant as it is kept: milliseconds.
pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// An instant or nothing as it is kept.
pub(super) fn ms_or_none(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_millisecond)
}

/// A list of texts as it is kept: JSON.
pub(super) fn list(items: impl IntoIterator<Item = impl Display>) -> String {
    let items = items.into_iter().map(|item| item.to_string());
    serde_json::Value::from_iter(items).to_string()
}

/// Reads what [`list`] wrote.
pub(super) fn parse_list<T, E: Display>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>> {
    let items: Vec<String> =
        serde_json::from_str(text).map_err(|e| Error::row(format!("no list: {e}")))?;
    let read = items.iter().map(|item| parse(item));
    read.collect::<Result<_, E>>()
        .map_err(|e| Error::row(format!("a wrong item: {e}")))
}

/// Reads any text: for [`parse_list`].
pub(super) fn as_is(text: &str) -> Result<String> {
    Ok(text.to_owned())
}
