//! How do words of the model stand in the outbox? As their texts, read again as strictly as the first time.

use super::message_id::MessageId;
use crate::model::{CaseId, Email, Lang};

macro_rules! as_text {
    ($(#[$doc:meta])* $name:ident, $type:ty, $write:expr, $read:expr) => {
        $(#[$doc])*
        pub(super) mod $name {
            use super::*;
            use serde::de::Error;
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            pub(in crate::mail) fn serialize<S: Serializer>(value: &$type, out: S) -> Result<S::Ok, S::Error> {
                let write: fn(&$type) -> Option<String> = $write;
                write(value).serialize(out)
            }

            pub(in crate::mail) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                let read: fn(Option<String>) -> Option<$type> = $read;
                read(Option::deserialize(from)?).ok_or_else(|| D::Error::custom(concat!("this is no ", stringify!($name))))
            }
        }
    };
}

as_text!(
    /// An address.
    email, Email, |email| Some(email.to_string()), |text| Email::parse(&text?).ok()
);
as_text!(
    /// A language.
    lang, Lang, |lang| Some(lang.tag().to_owned()), |text| Lang::parse(&text?)
);
as_text!(
    /// A case, or none.
    case, Option<CaseId>, |case| case.map(|case| case.to_string()),
    |text| text.map(|text| CaseId::parse(&text).ok()).map_or(Some(None), |case| case.map(Some))
);
as_text!(
    /// The name of a mail, or none.
    message_id, Option<MessageId>, |id| id.as_ref().map(ToString::to_string),
    |text| text.map(|text| MessageId::parse(&text)).map_or(Some(None), |id| id.map(Some))
);
