//! How are rows named that nobody types? By UUIDs in order of time, a type each, so that one cannot stand for another.

use super::InvalidId;
use jiff::Timestamp;
use std::fmt;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident),+ $(,)?) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A new one, made at `now`: 74 of its bits are random. It is no secret.
            pub fn generate(now: Timestamp) -> Self {
                Self(uuid_at(now))
            }

            /// Reads the form of 36 characters, in lower case.
            ///
            /// # Errors
            /// When it is anything else.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                parse_uuid(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    )+};
}

ids!(
    /// Names a case. It opens nothing: the requester's link is a [`super::Token`].
    CaseId,
    /// Names a visit: an id in session storage, no cookie.
    VisitId,
    /// Names a person who asks.
    PersonId,
    /// Names an account of the desk.
    AccountId,
    /// Names a question of the forum; people see its number.
    QuestionId,
    /// Names an answer of the forum.
    AnswerId,
    /// Names an attachment.
    AttachmentId,
    /// Names a canned answer.
    CannedId,
    /// Names what somebody follows. It opens nothing.
    FollowId,
    /// Names a key of a program. It opens nothing: the key itself is a [`super::Token`].
    ApiKeyId,
    /// Names an entry of the outbox; receivers of hooks see it as the message's id.
    OutboxId,
);

fn uuid_at(now: Timestamp) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
}

fn parse_uuid(text: &str) -> Result<Uuid, InvalidId> {
    let refused =
        || InvalidId::new("an id is 36 characters as in 01890a5d-ac96-774b-bcce-b302099a8057");
    let read = Uuid::try_parse(text).map_err(|_| refused())?;
    if read.hyphenated().to_string() == text {
        Ok(read)
    } else {
        Err(refused())
    }
}

#[cfg(test)]
mod tests {
    use super::CaseId;
    use jiff::Timestamp;

    #[test]
    fn has_one_spelling() {
        let id = CaseId::generate(Timestamp::UNIX_EPOCH);
        let text = id.to_string();
        assert_eq!(CaseId::parse(&text), Ok(id));
        for bad in [
            "",
            "x",
            &text.to_uppercase(),
            &text.replace('-', ""),
            &format!("{{{text}}}"),
        ] {
            assert!(*bad == text || CaseId::parse(bad).is_err(), "{bad}");
        }
        assert_ne!(id, CaseId::generate(Timestamp::UNIX_EPOCH));
    }
}
