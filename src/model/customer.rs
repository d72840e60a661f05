//! Who is a visitor that is known? What the company's site, or a mailed code, said of him.

use super::{Email, InvalidWord, PersonId, PersonName, Tier};
use std::fmt;

/// The longest name of somebody at the company's site, in bytes.
const MAX_SUBJECT_BYTES: usize = 200;

/// The most products of a customer that are looked at.
pub const MAX_CUSTOMER_PRODUCTS: usize = 20;

/// How the company's site calls a customer, as in `u-4711`: it stays when name and mail address change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(String);

impl Subject {
    /// Reads a subject: 1 to 200 bytes without control characters.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidWord> {
        let fine = (1..=MAX_SUBJECT_BYTES).contains(&text.len())
            && !text.chars().any(char::is_control)
            && text.trim() == text;
        match fine {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidWord(
                "a subject has 1 to 200 bytes, no control characters, no spaces around it"
                    .to_owned(),
            )),
        }
    }

    /// The subject of who proved a mail address here.
    pub fn of_email(email: &Email) -> Self {
        Self(format!("mailto:{}", email.key()))
    }

    /// The subject as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A visitor who is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The row of his mail address, once it is kept; `None` where there is no address, or nothing was kept yet.
    pub person: Option<PersonId>,
    /// How the company's site calls him.
    pub subject: Subject,
    /// What to call him.
    pub name: Option<PersonName>,
    /// His mail address, which somebody proved: the company's site, or he himself.
    pub email: Option<Email>,
    /// The name of what he may read, as in `customer`; one that no list has opens nothing.
    pub audience: String,
    /// How important a customer he is; `None` when nobody says so.
    pub tier: Option<Tier>,
    /// What he has, as articles name it in `products`.
    pub products: Vec<String>,
}

impl Customer {
    /// What to call him on a page: his name, else his address, else nothing.
    pub fn shown_name(&self) -> Option<&str> {
        let name = self.name.as_ref().map(PersonName::as_str);
        name.or_else(|| self.email.as_ref().map(Email::as_str))
    }

    /// Whether an address is his.
    pub fn has_email(&self, email: &Email) -> bool {
        self.email
            .as_ref()
            .is_some_and(|own| own.key() == email.key())
    }
}

#[cfg(test)]
mod tests {
    use super::Subject;

    #[test]
    fn a_subject_is_one_plain_line() {
        assert!(Subject::parse("u-4711").is_ok() && Subject::parse("李 雷").is_ok());
        for bad in ["", " a", "a\n", "a\u{0}", &"a".repeat(201)] {
            assert!(Subject::parse(bad).is_err(), "{bad:?}");
        }
    }
}
