//! What is one mail? To one receiver, in text and HTML, with headers that nothing in it can add to.

use super::message_id::MessageId;
use crate::model::{Email, Lang};
use jiff::Timestamp;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};
use std::fmt;
use std::time::SystemTime;

/// The longest subject, in characters.
const MAX_SUBJECT_CHARS: usize = 150;
/// The longest name of a sender, in characters.
const MAX_NAME_CHARS: usize = 60;
/// The most earlier mails that are referred to: the first and the latest.
const MAX_REFERENCES: usize = 10;

/// A mail, ready to be sent. Sent twice it is the same mail: it holds its own id and date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its name, which it keeps when it is sent again.
    pub id: MessageId,
    /// When it was written.
    pub at: Timestamp,
    /// Who sends it.
    pub from: Sender,
    /// Who gets it: one receiver, so none sees another.
    pub to: Email,
    /// Where replies go, if not to the sender.
    pub reply_to: Option<Email>,
    /// The language of what it says.
    pub lang: Lang,
    /// One line; what breaks lines becomes a space, and it is cut after 150 characters.
    pub subject: String,
    /// What it says, as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// The mail that it answers.
    pub in_reply_to: Option<MessageId>,
    /// Earlier mails of the same conversation, the first one first.
    pub references: Vec<MessageId>,
    /// The `https` address that ends mails of this sort by one POST, where there is one.
    pub unsubscribe: Option<String>,
}

/// Whom mails come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The name shown; may be empty.
    pub name: String,
    /// The address.
    pub address: Email,
}

/// Why a mail cannot be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsendable(String);

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unsendable {}

impl Mail {
    /// The mail as it goes over the wire: ASCII only, lines of at most 998 characters that end in CR LF. The same bytes at
    /// every call.
    ///
    /// # Errors
    /// When an address has no form that mail servers understand.
    pub fn bytes(&self) -> Result<Vec<u8>, Unsendable> {
        let mut builder = Message::builder()
            .from(self.from.mailbox()?)
            .to(mailbox("", &self.to)?)
            .subject(one_line(&self.subject, MAX_SUBJECT_CHARS))
            .date(SystemTime::from(self.at))
            .raw_header(exact("Message-ID", self.id.in_brackets()));
        if let Some(address) = &self.reply_to {
            builder = builder.reply_to(mailbox(&self.from.name, address)?);
        }
        let message = self.more_headers(builder).multipart(self.body());
        let message = message.map_err(|error| Unsendable(error.to_string()))?;
        Ok(message.formatted())
    }

    fn more_headers(&self, mut builder: MessageBuilder) -> MessageBuilder {
        if let Some(id) = &self.in_reply_to {
            builder = builder.raw_header(exact("In-Reply-To", id.in_brackets()));
        }
        if !self.references.is_empty() {
            builder = builder.raw_header(exact("References", self.references_folded()));
        }
        // RFC 3834: programs that answer mails by themselves leave these alone; the second is for Exchange, the third for those who know neither.
        for (name, value) in [
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            ("X-Loop", self.id.mark().as_str()),
            ("Content-Language", self.lang.tag()),
        ] {
            builder = builder.raw_header(header(name, value));
        }
        if let Some(address) = self.unsubscribe.as_deref().filter(|a| is_plain_address(a)) {
            builder = builder
                .raw_header(exact("List-Unsubscribe", format!("<{address}>")))
                .raw_header(header(
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click",
                ));
        }
        builder
    }

    /// One on each line: they are long.
    fn references_folded(&self) -> String {
        let skipped = self.references.len().saturating_sub(MAX_REFERENCES);
        let first = self.references.iter().take(1);
        let latest = self.references.iter().skip(1 + skipped);
        let ids: Vec<String> = first.chain(latest).map(MessageId::in_brackets).collect();
        ids.join("\r\n ")
    }

    fn body(&self) -> MultiPart {
        // The same at every attempt, and unknown before: whoever writes a mail cannot write its end.
        let hash = blake3::hash(self.id.as_str().as_bytes()).to_hex();
        MultiPart::alternative()
            .boundary(format!("kb-{}", &hash.as_str()[..40]))
            .singlepart(SinglePart::plain(printable(&self.text)))
            .singlepart(SinglePart::html(printable(&self.html)))
    }
}

impl Sender {
    pub(super) fn mailbox(&self) -> Result<Mailbox, Unsendable> {
        mailbox(&self.name, &self.address)
    }
}

fn mailbox(name: &str, address: &Email) -> Result<Mailbox, Unsendable> {
    let name = one_line(name, MAX_NAME_CHARS);
    let name = (!name.is_empty()).then_some(name);
    Ok(Mailbox::new(name, envelope(address)?))
}

/// The address as mail servers know it: a domain of other scripts in its ASCII form.
pub(super) fn envelope(address: &Email) -> Result<Address, Unsendable> {
    let refused = || Unsendable(format!("mail servers know no such address: {address}"));
    let (local, domain) = address.as_str().split_once('@').ok_or_else(refused)?;
    let domain = match url::Host::parse(domain) {
        Ok(url::Host::Domain(ascii)) => ascii,
        _ => return Err(refused()),
    };
    Address::new(local, &domain).map_err(|_| refused())
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), one_line(value, 250))
}

/// A header whose value is known to be ASCII without control characters, and is not to be folded elsewhere.
fn exact(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.clone(),
        value,
    )
}

fn is_plain_address(address: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"');
    address.starts_with("https://") && address.len() <= 900 && address.bytes().all(plain)
}

/// A text for a header: control characters, direction marks and line ends become spaces.
fn one_line(text: &str, max_chars: usize) -> String {
    let shown: String = text
        .chars()
        .take(max_chars * 4)
        .map(|c| {
            if is_hidden(c) || c.is_control() {
                ' '
            } else {
                c
            }
        })
        .collect();
    let mut line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(max_chars) {
        line.truncate(end);
        line.push('…');
    }
    line
}

fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A text for a body: without the control characters that no mail has.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Mail, MessageId, Sender};
    use crate::model::{Email, Lang};
    use jiff::Timestamp;
    use proptest::prelude::proptest;

    fn email(text: &str) -> Email {
        Email::parse(text).expect("an address")
    }

    fn mail(subject: &str, text: &str) -> Mail {
        Mail {
            id: MessageId::parse("1.a@help.example.com").expect("an id"),
            at: Timestamp::UNIX_EPOCH,
            from: Sender {
                name: "示例 帮助".into(),
                address: email("help@example.com"),
            },
            to: email("li@例子.中国"),
            reply_to: Some(email("case+1@example.com")),
            lang: Lang::ZhCn,
            subject: subject.into(),
            text: text.into(),
            html: format!("<p>{text}</p>"),
            in_reply_to: MessageId::parse("0.a@help.example.com"),
            references: Vec::new(),
            unsubscribe: None,
        }
    }

    /// The names of the headers, and the whole.
    fn written(mail: &Mail) -> (Vec<String>, String) {
        let text = String::from_utf8(mail.bytes().expect("a mail")).expect("ASCII");
        assert!(text.is_ascii());
        assert!(
            text.split("\r\n")
                .all(|line| line.len() <= 998 && !line.contains(['\r', '\n']))
        );
        let (head, _) = text.split_once("\r\n\r\n").expect("a head");
        let names = head.split("\r\n").filter(|line| !line.starts_with(' '));
        let names = names.filter_map(|line| Some(line.split_once(':')?.0.to_owned()));
        (names.collect(), text)
    }

    const HEADERS: [&str; 13] = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Reply-To",
        "In-Reply-To",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "X-Loop",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    ];

    #[test]
    fn headers_are_ours() {
        let (names, text) = written(&mail("忘记密码", "你好"));
        assert_eq!(names, HEADERS);
        for line in [
            "To: li@xn--fsqu00a.xn--fiqs8s",
            "Message-ID: <1.a@help.example.com>",
            "In-Reply-To: <0.a@help.example.com>",
            "Date: Thu, 01 Jan 1970 00:00:00 +0000",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert_eq!(
            written(&mail("忘记密码", "你好")).1,
            text,
            "the same when it is sent again"
        );
    }

    #[test]
    fn s32_subjects_add_no_headers() {
        let long = "长".repeat(10_000);
        for subject in [
            "a\r\nBcc: x@y.cn",
            "a\nBcc: x@y.cn",
            "a\rBcc: x@y.cn",
            "a\0b",
            "a\u{2028}Bcc: x",
            "a@b>\r\nRCPT TO:<x@y.cn>",
            "\r\n\r\n<script>",
            "=?utf-8?q?a=0D=0ABcc:_x@y.cn?=",
            "\u{202e}gpj",
            &long,
            &"x".repeat(10_000),
            "",
        ] {
            let (names, text) = written(&mail(subject, "a"));
            assert_eq!(names, HEADERS, "{subject:?}: {text}");
        }
    }

    #[test]
    fn one_tap_ends_a_subscription_where_there_is_one() {
        let mut mail = mail("a", "b");
        mail.unsubscribe = Some("https://help.example.com/u/abc".into());
        let (_, text) = written(&mail);
        assert!(text.contains("List-Unsubscribe: <https://help.example.com/u/abc>\r\n"));
        assert!(text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
        for bad in [
            "http://a.cn/",
            "https://a.cn/>\r\nBcc: x",
            "javascript:1",
            "https://a.cn/ x",
        ] {
            mail.unsubscribe = Some(bad.into());
            assert!(!written(&mail).1.contains("List-Unsubscribe"), "{bad}");
        }
    }

    #[test]
    fn long_conversations_keep_their_first_and_latest_mails() {
        let mut mail = mail("a", "b");
        mail.references = (0..50)
            .filter_map(|i| MessageId::parse(&format!("{i}.x@help.example.com")))
            .collect();
        let (_, text) = written(&mail);
        assert_eq!(text.matches(".x@help.example.com>").count(), 10);
        assert!(
            text.contains("<0.x@help") && text.contains("<49.x@help"),
            "{text}"
        );
    }

    proptest! {
        #[test]
        fn nothing_that_anybody_typed_adds_a_header(subject in "(?s).{0,400}", text in "(?s).{0,400}", name in "(?s).{0,100}") {
            let mut mail = mail(&subject, &text);
            mail.from.name = name;
            let (names, _) = written(&mail);
            assert_eq!(names, HEADERS);
        }
    }
}
