//! What was attached? A file by a name that is safe to show, of a type that was looked at and not believed.

use crate::model::{AttachmentId, CaseId, InvalidWord};
use jiff::Timestamp;
use std::fmt;

/// The longest file name that is kept, in characters.
pub const MAX_FILE_NAME_CHARS: usize = 120;

/// The name of an attached file: shown and offered for saving, never a path of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// The last part of what a browser or a mail calls the file, without control characters, direction marks and what other
    /// systems take for a path; cut in the middle when it is too long, so that its ending stays.
    ///
    /// # Errors
    /// When nothing is left.
    pub fn parse(text: &str) -> Result<Self, InvalidWord> {
        let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
        let kept: String = last.chars().filter(|c| !is_dropped(*c)).collect();
        let kept = kept.trim_matches([' ', '.', '\u{3000}']);
        if kept.is_empty() {
            return Err(InvalidWord::new("file name", text, "letters and digits"));
        }
        Ok(Self(shorten(kept)))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_dropped(c: char) -> bool {
    c.is_control()
        || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn shorten(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    if chars.len() <= MAX_FILE_NAME_CHARS {
        return name.to_owned();
    }
    let tail = 20;
    let head = chars[..MAX_FILE_NAME_CHARS - tail - 1].iter();
    let end = chars[chars.len() - tail..].iter();
    head.chain(&['…']).chain(end).collect()
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file of a case. Its bytes are kept apart from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Names it.
    pub id: AttachmentId,
    /// The case that it belongs to: it is read through that only.
    pub case: CaseId,
    /// The event that it came with.
    pub event: i64,
    /// Whether the requester sees it.
    pub reach: super::Reach,
    /// What it is called.
    pub name: FileName,
    /// The media type that its bytes showed, as in `image/png`.
    pub media_type: String,
    /// How large it is, in bytes.
    pub size: u64,
    /// The BLAKE3 hash of its bytes, in 64 hexadecimal digits.
    pub hash: String,
    /// When it came.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::{FileName, MAX_FILE_NAME_CHARS};

    #[test]
    fn no_name_is_a_path_or_a_header() {
        for (text, kept) in [
            ("截图.png", Some("截图.png")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Users\\x\\a.doc", Some("a.doc")),
            ("a\r\nSet-Cookie: 1.png", Some("aSet-Cookie 1.png")),
            ("\"><img onerror=x>.png", Some("img onerror=x.png")),
            ("gpj.\u{202e}exe", Some("gpj.exe")),
            ("..", None),
            ("", None),
            ("\0", None),
            ("a/", None),
        ] {
            let found = FileName::parse(text).ok();
            assert_eq!(found.as_ref().map(FileName::as_str), kept, "{text:?}");
        }
        let long = FileName::parse(&format!("{}.png", "长".repeat(300))).expect("a name");
        assert_eq!(long.as_str().chars().count(), MAX_FILE_NAME_CHARS);
        assert!(long.as_str().ends_with(".png"));
    }
}
