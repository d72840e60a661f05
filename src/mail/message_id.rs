//! How is a mail named? `<local@domain>`, so strictly that a name cannot hold anything else.

use std::fmt;

/// The longest name, in bytes: with brackets it fits a line.
const MAX_BYTES: usize = 250;

/// The name of a mail, without the brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// Reads a name, with or without brackets. `None` for what is longer than 250 bytes, is not two parts around an `@`, or
    /// has other characters than printable ASCII.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('<').unwrap_or(text);
        let text = text.strip_suffix('>').unwrap_or(text);
        let allowed = |b: u8| {
            b.is_ascii_graphic()
                && !matches!(b, b'<' | b'>' | b'(' | b')' | b',' | b';' | b'"' | b'\\')
        };
        let (local, domain) = text.rsplit_once('@')?;
        let is_fine = text.len() <= MAX_BYTES
            && !local.is_empty()
            && !domain.is_empty()
            && text.bytes().all(allowed);
        is_fine.then(|| Self(text.to_owned()))
    }

    /// The name without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in brackets, as in headers.
    pub fn in_brackets(&self) -> String {
        format!("<{}>", self.0)
    }

    /// What marks mails of those who name them like this, to be known when they come back.
    pub(super) fn mark(&self) -> String {
        let domain = self.0.rsplit_once('@').map_or("", |(_, domain)| domain);
        format!("kb@{}", domain.to_lowercase())
    }

    /// The part before the `@`.
    pub(super) fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::MessageId;

    #[test]
    fn names_hold_nothing_else() {
        for (text, read) in [
            ("<a.b@c.cn>", Some("a.b@c.cn")),
            (" a@b ", Some("a@b")),
            ("tencent_5A@qq.com", Some("tencent_5A@qq.com")),
            ("a@b@c", Some("a@b@c")),
            ("", None),
            ("<>", None),
            ("a", None),
            ("@b", None),
            ("a@", None),
            ("a@b>\r\nBcc: x", None),
            ("a b@c", None),
            ("a,b@c", None),
            ("é@c", None),
        ] {
            let found = MessageId::parse(text);
            assert_eq!(found.as_ref().map(MessageId::as_str), read, "{text:?}");
        }
        assert_eq!(MessageId::parse(&format!("{}@b", "a".repeat(250))), None);
    }
}
