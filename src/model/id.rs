//! How is an article named? By a path that is stable, unique, and safe in an address and on a disk.

use std::fmt;

/// The longest id, in bytes.
const MAX_ID_BYTES: usize = 300;

/// What the ids of questions begin with, and so their addresses: `/q/…`. No file may have such an id.
const QUESTIONS: &str = "q/";

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// An article of the knowledge base: a file.
    #[default]
    Article,
    /// A question of the open forum: kept in the store.
    Question,
}

/// The name of an article: segments joined by `/`, as in `account/forgot-password` or `发票/如何申请`.
///
/// An id never has an empty, `.` or `..` segment, a control character, a backslash, or one of `%?#"<>|*:`, so it can stand in
/// an address (percent-encoded) and be a path below `kb/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArticleId(String);

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidId(String);

impl InvalidId {
    /// A text is no id because of `rule`.
    pub(super) fn new(rule: &str) -> Self {
        Self(rule.to_owned())
    }
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidId {}

impl ArticleId {
    /// Reads an id.
    ///
    /// # Errors
    /// [`InvalidId`] says which rule is broken.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let refuse = |why: &str| Err(InvalidId(why.to_owned()));
        if text.is_empty() {
            return refuse("an id must not be empty");
        }
        if text.len() > MAX_ID_BYTES {
            return refuse("an id must not be longer than 300 bytes");
        }
        if let Some(c) = text.chars().find(|c| is_forbidden(*c)) {
            return Err(InvalidId(format!("an id must not contain {:?}", c)));
        }
        for segment in text.split('/') {
            match segment {
                "" => return refuse("an id must not start or end with `/` or contain `//`"),
                "." | ".." => return refuse("an id must not contain `.` or `..` as a segment"),
                s if s.starts_with(' ') || s.ends_with(' ') => {
                    return refuse("a segment of an id must not start or end with a space");
                }
                _ => {}
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The id under which a question of the open forum is found: `q/` and its own name.
    ///
    /// # Errors
    /// [`InvalidId`] as for [`Self::parse`].
    pub fn of_question(name: &str) -> Result<Self, InvalidId> {
        Self::parse(&format!("{QUESTIONS}{name}"))
    }

    /// What it names.
    pub fn kind(&self) -> Kind {
        match self.question() {
            Some(_) => Kind::Question,
            None => Kind::Article,
        }
    }

    /// The name of the question, if it is one.
    pub fn question(&self) -> Option<&str> {
        self.0.strip_prefix(QUESTIONS)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\\' | '%' | '?' | '#' | '"' | '<' | '>' | '|' | '*' | ':'
        )
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{ArticleId, Kind};

    #[test]
    fn accepts_paths_and_refuses_what_could_leave_them() {
        for ok in [
            "a",
            "account/forgot-password",
            "发票/如何申请",
            "v1.2/notes",
            "a b/c",
        ] {
            assert_eq!(
                ArticleId::parse(ok).map(|id| id.to_string()).as_deref(),
                Ok(ok)
            );
        }
        for bad in [
            "",
            "/a",
            "a/",
            "a//b",
            "..",
            "a/../b",
            "./a",
            "a\\b",
            "a%2e",
            "a?b",
            "a#b",
            "a\0b",
            "a\nb",
            "c:/x",
            " a",
            "a\u{202e}b",
        ] {
            assert!(ArticleId::parse(bad).is_err(), "{bad:?} should be refused");
        }
        assert!(ArticleId::parse(&"长".repeat(101)).is_err());
    }

    #[test]
    fn questions_have_names_of_their_own() {
        let question = ArticleId::of_question("0193").expect("an id");
        assert_eq!(question.as_str(), "q/0193");
        assert_eq!(question.question(), Some("0193"));
        assert_eq!(question.kind(), Kind::Question);
        let article = ArticleId::parse("qa/0193").expect("an id");
        assert_eq!(article.kind(), Kind::Article);
        assert!(ArticleId::of_question("../x").is_err());
    }
}
