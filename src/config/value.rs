//! What kinds of value are there? Each reads itself from TOML and from the text of a variable, and shows itself as TOML.

use super::Secret;
use super::desk::Share;
use super::outward::HookForm;
use super::schema::FieldType;
use super::settings::LogFormat;
use super::staff::Admission;
use crate::model::account::Role;
use crate::model::{Email, Lang};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use toml::Value;
use toml::de::DeValue;

/// The value of a setting.
pub(super) trait Setting: Sized {
    /// What is expected, as in "a whole number".
    const EXPECTED: &'static str;

    /// Reads TOML; `None` when it is of another kind.
    fn from_toml(value: &DeValue<'_>) -> Option<Self>;

    /// Reads the text of an environment variable.
    fn from_text(text: &str) -> Option<Self>;

    /// As TOML; `None` for a value that stands for nothing.
    fn shown(&self) -> Option<Value>;
}

impl Setting for String {
    const EXPECTED: &'static str = "a text in quotes";

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn shown(&self) -> Option<Value> {
        Some(Value::from(self.as_str()))
    }
}

impl Setting for bool {
    const EXPECTED: &'static str = "`true` or `false`";

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        value.as_bool()
    }

    fn from_text(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    fn shown(&self) -> Option<Value> {
        Some(Value::from(*self))
    }
}

impl Setting for u64 {
    const EXPECTED: &'static str = "a whole number from 0";

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        let number = value.as_integer()?;
        Self::from_str_radix(number.as_str(), number.radix()).ok()
    }

    fn from_text(text: &str) -> Option<Self> {
        text.replace('_', "").parse().ok()
    }

    fn shown(&self) -> Option<Value> {
        i64::try_from(*self).ok().map(Value::from)
    }
}

impl Setting for u32 {
    const EXPECTED: &'static str = u64::EXPECTED;

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        u64::from_toml(value).and_then(|n| Self::try_from(n).ok())
    }

    fn from_text(text: &str) -> Option<Self> {
        u64::from_text(text).and_then(|n| Self::try_from(n).ok())
    }

    fn shown(&self) -> Option<Value> {
        Some(Value::from(*self))
    }
}

/// It is never shown, only that it is set.
impl Setting for Secret {
    const EXPECTED: &'static str = "a text in quotes";

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        value.as_str().and_then(Self::from_text)
    }

    fn from_text(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self::new(text))
    }

    fn shown(&self) -> Option<Value> {
        Some(Value::from("(hidden)"))
    }
}

impl Setting for usize {
    const EXPECTED: &'static str = u64::EXPECTED;

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        u64::from_toml(value).and_then(|n| Self::try_from(n).ok())
    }

    fn from_text(text: &str) -> Option<Self> {
        u64::from_text(text).and_then(|n| Self::try_from(n).ok())
    }

    fn shown(&self) -> Option<Value> {
        u64::try_from(*self).ok()?.shown()
    }
}

impl Setting for f32 {
    const EXPECTED: &'static str = "a number";

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        let number = value.as_float().map(|n| n.as_str().to_owned());
        let number = number.or_else(|| value.as_integer().map(ToString::to_string));
        Self::from_text(&number?)
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok().filter(|n: &Self| n.is_finite())
    }

    fn shown(&self) -> Option<Value> {
        // Through its shortest text: 0.3 as f32 is 0.30000001192 as f64.
        self.to_string().parse().ok().map(Value::Float)
    }
}

impl Setting for PathBuf {
    const EXPECTED: &'static str = "a path in quotes";

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        value.as_str().map(Self::from)
    }

    fn from_text(text: &str) -> Option<Self> {
        Some(Self::from(text))
    }

    fn shown(&self) -> Option<Value> {
        Some(Value::from(self.to_string_lossy().into_owned()))
    }
}

impl Setting for SocketAddr {
    const EXPECTED: &'static str =
        "an address with a port, as in \"127.0.0.1:8080\" or \"[::]:8080\"";

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        Self::from_text(value.as_str()?)
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn shown(&self) -> Option<Value> {
        Some(Value::from(self.to_string()))
    }
}

/// A network, or one address.
impl Setting for IpNet {
    const EXPECTED: &'static str = "an address or a network, as in \"10.0.0.1\" or \"10.0.0.0/8\"";

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        Self::from_text(value.as_str()?)
    }

    fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let address = || {
            text.parse::<IpAddr>()
                .ok()
                .map(|address| Self::from(address.to_canonical()))
        };
        let network = || text.parse::<Self>().ok().map(|network| network.trunc());
        address().or_else(network)
    }

    fn shown(&self) -> Option<Value> {
        let text = match self.prefix_len() == self.max_prefix_len() {
            true => self.addr().to_string(),
            false => self.to_string(),
        };
        Some(Value::from(text))
    }
}

impl Setting for Lang {
    const EXPECTED: &'static str = "\"zh-CN\", \"zh-TW\" or \"en\"";

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        Self::from_text(value.as_str()?)
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn shown(&self) -> Option<Value> {
        Some(Value::from(self.tag()))
    }
}

impl<T: Setting> Setting for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        T::from_toml(value).map(Some)
    }

    fn from_text(text: &str) -> Option<Self> {
        T::from_text(text).map(Some)
    }

    fn shown(&self) -> Option<Value> {
        self.as_ref().and_then(T::shown)
    }
}

/// A list is written `a, b` in a variable.
impl<T: Setting> Setting for Vec<T> {
    const EXPECTED: &'static str = "a list of texts, as in [\"a\", \"b\"]";

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        value
            .as_array()?
            .iter()
            .map(|item| T::from_toml(item.get_ref()))
            .collect()
    }

    fn from_text(text: &str) -> Option<Self> {
        let items = text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty());
        items.map(T::from_text).collect()
    }

    fn shown(&self) -> Option<Value> {
        Some(Value::Array(self.iter().filter_map(T::shown).collect()))
    }
}

/// Values that are one of a few words.
macro_rules! words {
    ($kind:ty, $expected:literal, $($word:literal => $value:expr),+ $(,)?) => {
        impl Setting for $kind {
            const EXPECTED: &'static str = $expected;

            fn from_toml(value: &DeValue<'_>) -> Option<Self> {
                Self::from_text(value.as_str()?)
            }

            fn from_text(text: &str) -> Option<Self> {
                match text {
                    $($word => Some($value),)+
                    _ => None,
                }
            }

            fn shown(&self) -> Option<Value> {
                [$(($word, $value)),+].iter().find(|(_, value)| value == self).map(|(word, _)| Value::from(*word))
            }
        }
    };
}

impl Setting for Email {
    const EXPECTED: &'static str = "a mail address, as in \"help@example.com\"";

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        Self::from_text(value.as_str()?)
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }

    fn shown(&self) -> Option<Value> {
        Some(Value::from(self.as_str()))
    }
}

words!(HookForm, "\"standard\", \"wecom\", \"dingtalk\" or \"feishu\"",
    "standard" => Self::Standard, "wecom" => Self::WeCom, "dingtalk" => Self::DingTalk, "feishu" => Self::Feishu);
words!(LogFormat, "\"auto\", \"text\" or \"json\"", "auto" => Self::Auto, "text" => Self::Text, "json" => Self::Json);
words!(FieldType, "\"text\", \"texts\", \"integer\", \"boolean\" or \"date\"",
    "text" => Self::Text, "texts" => Self::Texts, "integer" => Self::Integer, "boolean" => Self::Boolean, "date" => Self::Date);
words!(Share, "\"nobody\", \"round_robin\" or \"least_loaded\"",
    "nobody" => Self::Nobody, "round_robin" => Self::RoundRobin, "least_loaded" => Self::LeastLoaded);

words!(Role, "\"editor\", \"agent\", \"specialist\" or \"admin\"",
    "editor" => Self::Editor, "agent" => Self::Agent, "specialist" => Self::Specialist, "admin" => Self::Admin);

words!(Admission, "\"invited\" or \"everybody\"", "invited" => Self::Invited, "everybody" => Self::Everybody);
