//! Which short words name things? Closed lists with one spelling for address, table and wire, and names that a site chooses.

use std::fmt;

/// Why a text is not the word that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidWord(pub(super) String);

impl InvalidWord {
    /// `found` is none of the words of `kind`; `known` lists them.
    pub(crate) fn new(kind: &str, found: &str, known: &str) -> Self {
        let found: String = found.chars().take(40).collect();
        Self(format!("{found:?} is no {kind}: use {known}"))
    }
}

impl fmt::Display for InvalidWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidWord {}

/// Gives an enum without values `ALL`, `as_str`, `parse` and `Display`: one spelling each, everywhere.
macro_rules! words {
    ($kind:ident, $what:literal: $($value:ident = $word:literal),+ $(,)?) => {
        impl $kind {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The word for it in addresses, tables and on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word),+
                }
            }

            /// Reads the word.
            ///
            /// # Errors
            /// When it is none of them, with all that there are.
            pub fn parse(text: &str) -> Result<Self, $crate::model::InvalidWord> {
                match text {
                    $($word => Ok(Self::$value),)+
                    _ => {
                        let known = [$($word),+].join(", ");
                        Err($crate::model::InvalidWord::new($what, text, &known))
                    }
                }
            }
        }

        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

/// The longest [`Slug`], in characters.
const MAX_SLUG_CHARS: usize = 64;

/// A short name that a site chooses, as of a group, a product, a tag: 1 to 64 letters or digits of any script, `-`, `_`, `.` and
/// single spaces within. Never a control character, so it can stand in an address, a header and a log line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

impl Slug {
    /// Reads a name; spaces around it are dropped.
    ///
    /// # Errors
    /// When it is empty, too long, or has other characters.
    pub fn parse(text: &str) -> Result<Self, InvalidWord> {
        let text = text.trim();
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
        let chars = text.chars().count();
        if chars == 0 || chars > MAX_SLUG_CHARS || !text.chars().all(allowed) || text.contains("  ")
        {
            let rule = "1 to 64 letters, digits, `-`, `_`, `.`";
            return Err(InvalidWord::new("name", text, rule));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Slug;

    #[test]
    fn names_are_short_and_plain() {
        for ok in ["app", "移动端", "v2.1", "a b", " x "] {
            assert!(Slug::parse(ok).is_ok(), "{ok:?}");
        }
        let long = "x".repeat(65);
        for bad in ["", " ", "a\nb", "a\r\nBcc: x", "a<b", "a  b", "a/b", &long] {
            assert!(Slug::parse(bad).is_err(), "{bad:?}");
        }
    }
}
