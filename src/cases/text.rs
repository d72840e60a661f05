//! Which text is taken from somebody who asks? One with something in it, of a length that can be read, without control characters.

/// The longest subject, in characters.
const MAX_SUBJECT_CHARS: usize = 60;
/// A first sentence shorter than this, in characters, says too little to stand for the whole.
const MIN_SUBJECT_CHARS: usize = 4;

/// Why a text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFault {
    /// There is nothing in it.
    Empty,
    /// It is longer than what is taken.
    TooLong {
        /// How many characters it has.
        chars: usize,
        /// How many are taken.
        most: usize,
    },
}

impl std::fmt::Display for TextFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("a text is needed"),
            Self::TooLong { chars, most } => {
                write!(
                    f,
                    "the text has {chars} characters; at most {most} are taken"
                )
            }
        }
    }
}

impl std::error::Error for TextFault {}

/// What somebody wrote, as it is kept: line ends are `\n`, other control characters and direction marks are left out, and so is
/// the space around it.
///
/// # Errors
/// [`TextFault`] when nothing is left, or more than `most` characters.
pub fn plain_text(text: &str, most: usize) -> Result<String, TextFault> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = text.chars().filter(|c| is_kept(*c)).collect();
    let kept = kept.trim();
    match kept.chars().count() {
        0 => Err(TextFault::Empty),
        chars if chars > most => Err(TextFault::TooLong { chars, most }),
        _ => Ok(kept.to_owned()),
    }
}

/// Joiners within emoji and scripts stay.
fn is_kept(c: char) -> bool {
    let hidden = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    (matches!(c, '\n' | '\t') || !c.is_control()) && !hidden
}

/// What a text is about, in one line: its first sentence, or, where that says too little, what was searched for.
pub fn subject_of(text: &str, query: Option<&str>) -> String {
    let sentence = text.split_inclusive(['\n', '。', '！', '？', '!', '?']);
    let lines = sentence.map(one_line);
    let first = lines.into_iter().find(|line| !line.is_empty());
    let first = first.unwrap_or_default();
    let query = query.map(one_line).unwrap_or_default();
    let line = if first.chars().count() < MIN_SUBJECT_CHARS && !query.is_empty() {
        query
    } else {
        first
    };
    match line.char_indices().nth(MAX_SUBJECT_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn one_line(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{TextFault, plain_text, subject_of};

    #[test]
    fn keeps_lines_and_drops_what_cannot_be_seen() {
        for (text, kept) in [
            (" 退款\r\n没到 ", Ok("退款\n没到".to_owned())),
            ("a\0b\u{1b}[2Jc\u{202e}", Ok("ab[2Jc".to_owned())),
            ("👨‍👩‍👧", Ok("👨‍👩‍👧".to_owned())),
            ("\r\n\t ", Err(TextFault::Empty)),
            ("\0", Err(TextFault::Empty)),
            (
                "12345678901",
                Err(TextFault::TooLong {
                    chars: 11,
                    most: 10,
                }),
            ),
        ] {
            assert_eq!(plain_text(text, 10), kept, "{text:?}");
        }
    }

    #[test]
    fn the_subject_is_the_first_sentence() {
        for (text, query, subject) in [
            ("退款一直没有到账。我等了五天", None, "退款一直没有到账。"),
            ("\n\n你好\n退款没到", Some("退款 多久"), "退款 多久"),
            ("你好", None, "你好"),
            ("v2.1 cannot start.\tHelp", None, "v2.1 cannot start. Help"),
        ] {
            assert_eq!(subject_of(text, query), subject, "{text:?}");
        }
        assert_eq!(subject_of(&"长".repeat(200), None).chars().count(), 61);
    }
}
