//! What do the bytes of a file say? UTF-8 as a rule; GBK, Big5 and UTF-16 are told and read with a warning.

use super::codes;
use super::source::{Explain, Source, file_problem};
use crate::model::Problem;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// A file's text, with what was wrong with its bytes; no source when they cannot be understood.
pub(super) fn decode(path: &str, bytes: &[u8]) -> (Option<Source>, Vec<Problem>) {
    let mut problems = Vec::new();
    let Some(text) = text_of(path, bytes, &mut problems) else {
        return (None, problems);
    };
    let text = with_plain_line_ends(text);
    match first_control(&text) {
        None => (Some(Source::new(path, text)), problems),
        Some(at) => {
            // The place is that in the file as it is; afterwards the characters are gone.
            let source = Source::new(path, text);
            let what = source.text[at..].chars().next().unwrap_or_default();
            let message = format!("there is a control character, U+{:04X}", u32::from(what));
            problems.push(
                source
                    .problem(codes::CONTROL_CHARACTERS, at..at + 1, message)
                    .help("delete it; it is left out of the page"),
            );
            let clean = source.text.chars().filter(|c| !is_control(*c)).collect();
            (Some(Source::new(path, clean)), problems)
        }
    }
}

fn text_of(path: &str, bytes: &[u8], problems: &mut Vec<Problem>) -> Option<String> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, broken) = encoding.decode_without_bom_handling(&bytes[mark..]);
        if !broken {
            problems.push(marked(path, encoding));
            return Some(text.into_owned());
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(error) => {
            if let Some((text, encoding)) = guess(bytes) {
                let message = format!("this file is written in {}, not in UTF-8", encoding.name());
                problems
                    .push(file_problem(path, codes::NOT_UTF8, message).help("save it as UTF-8"));
                return Some(text.into_owned());
            }
            problems.push(broken(path, bytes, error.valid_up_to()));
            None
        }
    }
}

fn marked(path: &str, encoding: &'static Encoding) -> Problem {
    if encoding == UTF_8 {
        file_problem(
            path,
            codes::BYTE_ORDER_MARK,
            "this file starts with a byte order mark",
        )
        .help("save it as “UTF-8”, not as “UTF-8 with BOM”")
    } else {
        let message = format!("this file is written in {}, not in UTF-8", encoding.name());
        file_problem(path, codes::NOT_UTF8, message).help("save it as UTF-8")
    }
}

fn broken(path: &str, bytes: &[u8], at: usize) -> Problem {
    let text = String::from_utf8_lossy(bytes);
    // Before `at` nothing was replaced, so the offset is the same in the lossy text.
    Source::new(path, text.into_owned())
        .problem(codes::BROKEN_TEXT, at..at + 3, "the text is broken here")
        .label(format!(
            "byte 0x{:02X} is not UTF-8",
            bytes.get(at).copied().unwrap_or(0)
        ))
        .help("repair this line in an editor and save the file as UTF-8")
}

/// The text in another encoding, when it can be told from the bytes and all of them make sense in it.
///
/// A UTF-8 text with a few bad bytes is broken, not GBK. Chinese characters take three bytes in UTF-8, and GBK hardly ever
/// looks like that (two-byte characters it does imitate), so such characters tell the two apart.
fn guess(bytes: &[u8]) -> Option<(Cow<'_, str>, &'static Encoding)> {
    let zeros = |odd: usize| {
        bytes
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    if bytes.len() >= 4 && bytes.len().is_multiple_of(2) && zeros(0) + zeros(1) > bytes.len() / 20 {
        let encoding = if zeros(0) > zeros(1) {
            UTF_16BE
        } else {
            UTF_16LE
        };
        return encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(|text| (text, encoding));
    }
    let high = bytes.iter().filter(|b| **b >= 0x80).count();
    let utf8: usize = bytes
        .utf8_chunks()
        .flat_map(|chunk| chunk.valid().chars())
        .map(char::len_utf8)
        .filter(|length| *length >= 3)
        .sum();
    if utf8 * 4 > high {
        return None;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guessed = detector.guess(Some(b"cn"), Utf8Detection::Deny);
    [guessed, GB18030]
        .into_iter()
        .filter(|e| is_chinese(e))
        .find_map(|encoding| {
            let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
            Some((text, encoding))
        })
}

fn is_chinese(encoding: &'static Encoding) -> bool {
    matches!(encoding.name(), "GBK" | "gb18030" | "Big5")
}

fn with_plain_line_ends(text: String) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }
}

fn first_control(text: &str) -> Option<usize> {
    text.char_indices()
        .find(|(_, c)| is_control(*c))
        .map(|(at, _)| at)
}

fn is_control(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t')) || c == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::decode;

    fn read(bytes: &[u8]) -> (Option<String>, Vec<&'static str>) {
        let (source, problems) = decode("a.md", bytes);
        (
            source.map(|s| s.text),
            problems.iter().map(|p| p.code).collect(),
        )
    }

    #[test]
    fn encodings_are_told_apart() {
        let text = "忘记密码怎么办？请在登录页点“忘记密码”，用手机验证码重设。";
        let (gbk, _, _) = encoding_rs::GBK.encode(text);
        let utf16 = |mark: &[u8], unit: fn(u16) -> [u8; 2]| {
            [
                mark.to_vec(),
                format!("a\n{text} abc")
                    .encode_utf16()
                    .flat_map(unit)
                    .collect(),
            ]
            .concat()
        };
        let marked = format!("\u{feff}{text}");
        for (bytes, found, ok) in [
            (text.as_bytes().to_vec(), vec![], true),
            (gbk.to_vec(), vec!["KB003"], true),
            (marked.into_bytes(), vec!["KB004"], true),
            (utf16(&[0xff, 0xfe], u16::to_le_bytes), vec!["KB003"], true),
            (utf16(&[0xfe, 0xff], u16::to_be_bytes), vec!["KB003"], true),
            (
                [text.as_bytes(), &[0xff], text.as_bytes()].concat(),
                vec!["KB002"],
                false,
            ),
            (b"caf\xe9".to_vec(), vec!["KB002"], false),
            (b"a\0b\x07".to_vec(), vec!["KB007"], true),
            (vec![], vec![], true),
        ] {
            let (text, codes) = read(&bytes);
            assert_eq!((codes, text.is_some()), (found, ok), "{bytes:?}");
        }
        assert!(read(&gbk).0.is_some_and(|t| t == text));
    }

    #[test]
    fn the_broken_line_is_named() {
        let (_, problems) = decode("a.md", "好\n好的\u{1}".as_bytes());
        assert_eq!(
            problems[0].place.as_ref().map(|p| (p.line, p.column)),
            Some((2, 3))
        );
        let (_, problems) = decode("a.md", &[b"ok\nok ".as_slice(), &[0xff]].concat());
        assert_eq!(
            problems[0].place.as_ref().map(|p| (p.line, p.column)),
            Some((2, 4))
        );
    }

    #[test]
    fn line_ends_become_one_kind() {
        assert_eq!(read(b"a\r\nb\rc\n").0.as_deref(), Some("a\nb\nc\n"));
    }
}
