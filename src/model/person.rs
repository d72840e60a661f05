//! Who asks? A person known by a mail address, with the name that he gave and the tier that the company gave him.

use super::{Email, InvalidWord, Lang, PersonId, Slug};
use jiff::Timestamp;
use std::fmt;

/// The longest name of a person, in characters.
const MAX_NAME_CHARS: usize = 60;

/// What a person or an account is called: one line of 1 to 60 characters, without control characters, direction marks, and the
/// `<>"@` and `:` that have a meaning in mail headers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonName(String);

impl PersonName {
    /// Reads a name; spaces around and runs of spaces become one.
    ///
    /// # Errors
    /// When it is empty, too long, or has characters that no name has.
    pub fn parse(text: &str) -> Result<Self, InvalidWord> {
        let refuse = |why: &str| Err(InvalidWord(why.to_owned()));
        if text.chars().any(is_forbidden) {
            return refuse("a name has no control characters and none of < > \" @ :");
        }
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.chars().count() {
            0 => refuse("a name is needed"),
            1..=MAX_NAME_CHARS => Ok(Self(text)),
            _ => refuse("a name has at most 60 characters"),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '<' | '>' | '"' | '@' | ':')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How important a customer is, by a name of `[service.tiers]` in `kb.toml`; `standard` unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tier(Slug);

impl Tier {
    /// Reads the name of a tier.
    ///
    /// # Errors
    /// When it is no short name.
    pub fn parse(text: &str) -> Result<Self, InvalidWord> {
        Slug::parse(text).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Default for Tier {
    fn default() -> Self {
        Self(Slug::parse("standard").unwrap_or_else(|_| unreachable!("a plain word")))
    }
}

/// Somebody who asks: known by a mail address, without an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Names the person.
    pub id: PersonId,
    /// Where answers go.
    pub email: Email,
    /// What to call the person, if it was said.
    pub name: Option<PersonName>,
    /// The language of mails.
    pub lang: Lang,
    /// How important a customer this is.
    pub tier: Tier,
    /// When the person was first seen.
    pub created_at: Timestamp,
    /// Whether the desk blocked the address: mails and forms from it open nothing.
    pub blocked: bool,
}

#[cfg(test)]
mod tests {
    use super::PersonName;

    #[test]
    fn names_cannot_be_headers() {
        for (text, read) in [
            ("李雷", Some("李雷")),
            ("  Ada   Lovelace ", Some("Ada Lovelace")),
            ("O'Neil-Łuk", Some("O'Neil-Łuk")),
            ("", None),
            (" ", None),
            ("a\r\nBcc: x", None),
            ("a\tb", None),
            ("\"a\" <x@y.cn>", None),
            ("a\u{202e}b", None),
        ] {
            let found = PersonName::parse(text).ok();
            assert_eq!(found.as_ref().map(PersonName::as_str), read, "{text:?}");
        }
        assert!(PersonName::parse(&"长".repeat(61)).is_err());
    }
}
