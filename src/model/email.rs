//! Where does mail go? Addresses read so strictly that nothing in them can end a header or name a second receiver.

use std::fmt;

/// The longest address, in bytes (RFC 5321).
const MAX_BYTES: usize = 254;
/// The longest part before the `@`, in bytes.
const MAX_LOCAL_BYTES: usize = 64;

/// A mail address: `local@domain`. ASCII before the `@`, letters of any script in the domain, at least two labels. The domain
/// is in lower case. No quotes, comments, control characters or spaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

/// Why a text is no mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidEmail(&'static str);

impl fmt::Display for InvalidEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidEmail {}

impl Email {
    /// Reads an address; spaces around it are dropped, and the full-width `＠` of Chinese keyboards is read as `@`.
    ///
    /// # Errors
    /// [`InvalidEmail`] says which rule is broken.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text
            .trim_matches([' ', '\t', '\u{3000}'])
            .replace('＠', "@");
        if text.is_empty() {
            return Err(InvalidEmail("a mail address is needed"));
        }
        if text.len() > MAX_BYTES {
            return Err(InvalidEmail("a mail address has at most 254 bytes"));
        }
        let (local, domain) = text.split_once('@').ok_or(InvalidEmail(
            "a mail address has an @, as in name@example.com",
        ))?;
        check_local(local)?;
        let domain = domain.to_lowercase();
        check_domain(&domain)?;
        Ok(Self(format!("{local}@{domain}")))
    }

    /// The address as it was given, the domain in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes two addresses the same: no server that matters tells upper from lower case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// The part behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

fn check_local(local: &str) -> Result<(), InvalidEmail> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    if local.is_empty() || local.len() > MAX_LOCAL_BYTES {
        return Err(InvalidEmail("the part before the @ has 1 to 64 characters"));
    }
    if !local.chars().all(allowed) {
        return Err(InvalidEmail(
            "the part before the @ has characters that do not belong there",
        ));
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err(InvalidEmail(
            "the part before the @ has a dot in the wrong place",
        ));
    }
    Ok(())
}

fn check_domain(domain: &str) -> Result<(), InvalidEmail> {
    let label_is_fine = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    if !domain.contains('.') {
        return Err(InvalidEmail(
            "the part behind the @ has a dot, as in example.com",
        ));
    }
    if !domain.split('.').all(label_is_fine) {
        return Err(InvalidEmail("the part behind the @ is no domain"));
    }
    Ok(())
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn reads_addresses_and_refuses_headers() {
        for (text, read) in [
            ("a@b.cn", Some("a@b.cn")),
            (" A.b+c@Example.COM ", Some("A.b+c@example.com")),
            ("张三@例子.中国", None),
            ("zhang@例子.中国", Some("zhang@例子.中国")),
            ("wang＠example.com", Some("wang@example.com")),
            ("", None),
            ("a", None),
            ("@b.cn", None),
            ("a@", None),
            ("a@b", None),
            ("a@@b.cn", None),
            ("a@b.cn@c.cn", None),
            ("a b@c.cn", None),
            ("a@b.cn\r\nBcc: x@y.cn", None),
            ("a@b.cn\n", None),
            ("a\0@b.cn", None),
            ("a@b.cn>", None),
            ("<a@b.cn>", None),
            ("\"a b\"@c.cn", None),
            ("a@b.cn,c@d.cn", None),
            (".a@b.cn", None),
            ("a..b@c.cn", None),
            ("a@-b.cn", None),
            ("a@b..cn", None),
            ("a@[127.0.0.1]", None),
            ("a\u{202e}@b.cn", None),
        ] {
            let found = Email::parse(text).ok();
            assert_eq!(found.as_ref().map(Email::as_str), read, "{text:?}");
        }
        assert!(Email::parse(&format!("{}@b.cn", "a".repeat(65))).is_err());
    }

    #[test]
    fn upper_case_makes_no_second_person() {
        let key = |text| Email::parse(text).map(|email| email.key());
        assert_eq!(key("Li@B.cn"), key("li@b.cn"));
    }
}
