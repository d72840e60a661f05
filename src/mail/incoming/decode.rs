//! Which bytes, and which characters, does an encoded part hold? What is broken is read as far as it goes.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, GBK, WINDOWS_1252};
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

/// How many bytes are looked at to guess a charset.
const GUESS_BYTES: usize = 16_384;

/// The bytes that were encoded for the way.
pub(super) fn transfer(body: &[u8], encoding: &str) -> Vec<u8> {
    match encoding {
        "base64" => base64(body),
        "quoted-printable" => quoted_printable_decode(body).unwrap_or_else(|| body.to_vec()),
        _ => body.to_vec(),
    }
}

/// Base64 as mails have it: what is none of its digits is passed over.
fn base64(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0_u8);
    for &byte in body {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                (bits, count) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = (bits << 6 | u32::from(digit)) & 0x00ff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).unwrap_or_default());
        }
    }
    out
}

/// The text of `bytes` in the charset that was declared; where none was, or it does not fit, in the one that they look like.
pub(super) fn charset(bytes: &[u8], declared: Option<&str>) -> String {
    let declared = declared.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    let encoding = declared.map(|e| if e == GBK { GB18030 } else { e });
    // Programs say "us-ascii", which is read as this one and fits all bytes, when they do not know.
    let says_something = encoding.filter(|e| *e != WINDOWS_1252);
    if let Some(text) =
        says_something.and_then(|e| e.decode_without_bom_handling_and_without_replacement(bytes))
    {
        return clean(&text);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return clean(text);
    }
    let encoding = says_something.unwrap_or_else(|| guess(bytes));
    clean(&encoding.decode(bytes).0)
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(GUESS_BYTES)], true);
    let found = detector.guess(Some(b"cn"), Utf8Detection::Allow);
    if found == GBK { GB18030 } else { found }
}

/// Line ends become `\n`, and control characters that no text has are dropped.
fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{base64, charset, transfer};

    #[test]
    fn reads_chinese_and_japanese_in_all_their_charsets() {
        for (label, text) in [
            ("gbk", "忘记密码了"),
            ("gb2312", "退款"),
            ("GB18030", "𠮷野家"),
            ("big5", "忘記密碼"),
            ("iso-2022-jp", "パスワード"),
            ("utf-8", "密码"),
        ] {
            let name = if label == "gb2312" { "gbk" } else { label };
            let encoding = encoding_rs::Encoding::for_label(name.as_bytes()).expect("a charset");
            let (bytes, ..) = encoding.encode(text);
            assert_eq!(charset(&bytes, Some(label)), text, "{label}");
        }
    }

    #[test]
    fn guesses_what_was_not_declared() {
        let text = "您好，我忘记了密码，请问应该怎么办？谢谢。";
        let (gbk, ..) = encoding_rs::GBK.encode(text);
        assert_eq!(charset(&gbk, None), text);
        assert_eq!(charset(&gbk, Some("x-unknown")), text);
        assert_eq!(charset(text.as_bytes(), Some("us-ascii")), text);
        assert_eq!(charset(&gbk, Some("iso-8859-1")), text);
        assert_eq!(
            charset(b"caf\xe9 cr\xe8me", Some("iso-8859-1")),
            "café crème"
        );
        assert_eq!(charset(text.as_bytes(), None), text);
        assert_eq!(charset(b"a\r\nb\0c\rd\x1b", None), "a\nbc\nd");
    }

    #[test]
    fn broken_encodings_are_read_as_far_as_they_go() {
        for (encoded, bytes) in [
            ("5L2g5aW9", "你好"),
            ("5L2g\r\n5aW9\r\n", "你好"),
            ("5L2g!5aW9==", "你好"),
            ("YQ==YQ==", "aa"),
            ("YQ", "a"),
            ("", ""),
        ] {
            assert_eq!(base64(encoded.as_bytes()), bytes.as_bytes(), "{encoded}");
        }
        assert_eq!(
            transfer(b"=E4=BD=A0=\r\n!", "quoted-printable"),
            "你!".as_bytes()
        );
        assert_eq!(transfer(b"100%=broken", "quoted-printable"), b"100%=broken");
        assert_eq!(transfer(b"a", "x-uuencode"), b"a");
    }
}
