//! Who wants to hear of a change? Somebody who proved his mail address, of an article or a public question.

use super::{ArticleId, Audience, Email, FollowId, InvalidWord, Lang, QuestionId};
use jiff::Timestamp;
use std::fmt;

/// What is followed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// An article.
    Article(ArticleId),
    /// A question of the forum.
    Question(QuestionId),
}

impl Subject {
    /// Reads what [`Self`] is written as.
    ///
    /// # Errors
    /// When it is nothing that can be followed.
    pub fn parse(text: &str) -> Result<Self, InvalidWord> {
        let refused = || InvalidWord::new("subject", text, "article:… or question:…");
        let (kind, id) = text.split_once(':').ok_or_else(refused)?;
        match kind {
            "article" => ArticleId::parse(id)
                .map(Self::Article)
                .map_err(|_| refused()),
            "question" => QuestionId::parse(id)
                .map(Self::Question)
                .map_err(|_| refused()),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Article(id) => write!(f, "article:{id}"),
            Self::Question(id) => write!(f, "question:{id}"),
        }
    }
}

/// Somebody follows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// Names it. It opens nothing.
    pub id: FollowId,
    /// Where letters go.
    pub email: Email,
    /// The same as a hash under our key.
    pub address: String,
    /// In which language.
    pub lang: Lang,
    /// What is followed.
    pub subject: Subject,
    /// What the follower may read, as last known: looked at anew before each letter.
    pub audience: Audience,
    /// When that was known.
    pub known_at: Timestamp,
    /// Since when.
    pub created_at: Timestamp,
    /// Since when the address is proved; `None`: nothing is sent to it but the letter that asks.
    pub confirmed_at: Option<Timestamp>,
    /// The state of the subject that the follower knows.
    pub mark: String,
    /// When he was last told of a change.
    pub told_at: Option<Timestamp>,
    /// A later state; empty for none.
    pub fresh: String,
    /// Since when it is so.
    pub fresh_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::Subject;

    #[test]
    fn is_written_as_it_is_read() {
        for text in [
            "article:account/忘记密码",
            "question:01890a5d-ac96-774b-bcce-b302099a8057",
        ] {
            let subject = Subject::parse(text).expect(text);
            assert_eq!(subject.to_string(), text);
        }
        for bad in ["", "article", "article:", "question:1", "case:x"] {
            assert!(Subject::parse(bad).is_err(), "{bad}");
        }
    }
}
