//! What may a program do that calls us? Keys with scopes, of which only the hash is kept.

use super::{AccountId, ApiKeyId, InvalidWord};
use jiff::Timestamp;
use std::fmt;

/// Something that a key permits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Search, suggestions, articles, categories and questions, as far as the public may read them.
    Search,
    /// The same, as far as this audience of `schema.toml` may read it.
    Read(String),
    /// Read a case by its secret link.
    CasesRead,
    /// Open cases and write in them, without the proof that readers' browsers work for.
    CasesWrite,
    /// Vote and answer in the open forum.
    QuestionsWrite,
}

impl Scope {
    /// The words for all scopes; the audience of `read:` is one of `schema.toml`.
    pub const WORDS: &'static str =
        "search, read:AUDIENCE, cases:read, cases:write, questions:write";

    /// Reads the word. Whether there is such an audience is for others to know.
    ///
    /// # Errors
    /// When it is none of them, with all that there are.
    pub fn parse(text: &str) -> Result<Self, InvalidWord> {
        let named = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        Ok(match (text, text.strip_prefix("read:")) {
            ("search", _) => Self::Search,
            ("cases:read", _) => Self::CasesRead,
            ("cases:write", _) => Self::CasesWrite,
            ("questions:write", _) => Self::QuestionsWrite,
            (_, Some(name)) if !name.is_empty() && name.chars().all(named) => {
                Self::Read(name.to_owned())
            }
            _ => return Err(InvalidWord::new("scope", text, Self::WORDS)),
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Search => f.write_str("search"),
            Self::Read(audience) => write!(f, "read:{audience}"),
            Self::CasesRead => f.write_str("cases:read"),
            Self::CasesWrite => f.write_str("cases:write"),
            Self::QuestionsWrite => f.write_str("questions:write"),
        }
    }
}

/// A program that may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Names it.
    pub id: ApiKeyId,
    /// Its first letters, by which people know it again.
    pub hint: String,
    /// What it is for.
    pub name: String,
    /// What it permits.
    pub scopes: Vec<Scope>,
    /// The sites whose browsers may use it; then it is no secret, and permits nothing but [`Scope::Search`]. Empty: programs only.
    pub origins: Vec<String>,
    /// How many requests a minute.
    pub per_minute: u32,
    /// Whose it is: it ends with what ends this account's sessions. `None`: made at the terminal.
    pub made_by: Option<AccountId>,
    /// What who made it is called.
    pub made_by_name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, precise to the hour.
    pub used_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it permits `scope`. Who may read for an audience may search.
    pub fn permits(&self, scope: &Scope) -> bool {
        self.scopes.contains(scope) || (*scope == Scope::Search && self.reads().next().is_some())
    }

    /// The names of the audiences that it may read for.
    pub fn reads(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().filter_map(|scope| match scope {
            Scope::Read(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether it opens anything at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }

    /// Whether it is meant for browsers, which show it to everybody.
    pub fn is_publishable(&self) -> bool {
        !self.origins.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn a_scope_is_read_as_it_is_written_and_nothing_else_is() {
        for word in [
            "search",
            "read:customer",
            "read:内部",
            "cases:read",
            "cases:write",
            "questions:write",
        ] {
            let scope = Scope::parse(word).expect(word);
            assert_eq!(scope.to_string(), word);
        }
        for bad in ["", "Search", "read:", "read:a b", "admin", "cases", "*"] {
            let told = Scope::parse(bad).expect_err(bad).to_string();
            assert!(told.contains("questions:write"), "{told}");
        }
    }
}
