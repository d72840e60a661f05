//! What do the headers of a mail or a part say? Each value is read by `mail-parser`, and bounded here.

use super::decode;
use crate::mail::message_id::MessageId;
use crate::model::Email;
use jiff::Timestamp;
use mail_parser::{ContentType, HeaderName, HeaderValue, Message, MessageParser, MimeHeaders};

/// The longest subject, in characters.
const MAX_SUBJECT_CHARS: usize = 300;
/// The longest name of a sender, in characters.
const MAX_NAME_CHARS: usize = 100;
/// The longest name of a file, in characters.
const MAX_FILE_NAME_CHARS: usize = 300;
/// The most addresses and names of mails of one header.
const MAX_LIST: usize = 100;

/// The headers of a mail or a part.
#[derive(Debug, Clone)]
pub(super) struct Head<'a> {
    raw: &'a [u8],
    /// `None` if there are no headers.
    message: Option<Message<'a>>,
}

impl<'a> Head<'a> {
    pub(super) fn read(raw: &'a [u8]) -> Self {
        let parser = MessageParser::new()
            .with_mime_headers()
            .with_date_headers()
            .with_address_headers()
            .with_message_ids()
            .header_text(HeaderName::Subject)
            .default_header_raw();
        Self {
            raw,
            message: parser.parse_headers(raw),
        }
    }

    fn header(&self, name: &'static str) -> Option<&HeaderValue<'_>> {
        self.message.as_ref()?.header(name)
    }

    /// The values of the headers `name`, as they were written.
    pub(super) fn values(&self, name: &'static str) -> impl Iterator<Item = String> {
        let headers = self.message.iter().flat_map(|message| message.headers());
        headers
            .filter(move |header| header.name().eq_ignore_ascii_case(name))
            .filter_map(|header| {
                let start = usize::try_from(header.offset_start()).ok()?;
                let end = usize::try_from(header.offset_end()).ok()?;
                let raw = self.raw.get(start..end)?;
                Some(one_line(&String::from_utf8_lossy(raw), 2_000))
            })
            .take(MAX_LIST)
    }

    /// The first value of the header `name` in lower case; empty if there is none.
    pub(super) fn word(&self, name: &'static str) -> String {
        self.values(name).next().unwrap_or_default().to_lowercase()
    }

    pub(super) fn has(&self, name: &'static str) -> bool {
        self.values(name).next().is_some()
    }

    /// Who sent it, by `From` or else `Sender`, and what the mail calls him.
    pub(super) fn sender(&self) -> Option<(Email, String)> {
        ["From", "Sender"].into_iter().find_map(|name| {
            let list = self.header(name)?.as_address()?;
            list.iter().take(MAX_LIST).find_map(|one| {
                let address = Email::parse(one.address()?).ok()?;
                let name = one.name().unwrap_or_default();
                Some((address, one_line(name, MAX_NAME_CHARS)))
            })
        })
    }

    /// All addresses of the headers `names`, in that order; those that are none are passed over.
    pub(super) fn addresses(&self, names: &[&'static str]) -> Vec<Email> {
        let mut found = Vec::new();
        for name in names {
            match self.header(name) {
                Some(HeaderValue::Address(list)) => found.extend(
                    list.iter()
                        .take(MAX_LIST)
                        .filter_map(|one| Email::parse(one.address()?).ok()),
                ),
                Some(_) => {
                    found.extend(self.values(name).filter_map(|value| {
                        Email::parse(value.trim().trim_matches(['<', '>'])).ok()
                    }))
                }
                None => {}
            }
        }
        found
    }

    /// The subject; where somebody wrote it in bytes of no charset, in the one that they look like.
    pub(super) fn subject(&self) -> String {
        let text = match self.header("Subject") {
            Some(HeaderValue::Text(text)) if !text.contains('\u{fffd}') => text.to_string(),
            Some(_) => self.guessed_subject(),
            None => String::new(),
        };
        one_line(&text, MAX_SUBJECT_CHARS)
    }

    fn guessed_subject(&self) -> String {
        let headers = self.message.iter().flat_map(|message| message.headers());
        let raw = headers
            .filter(|header| header.name == HeaderName::Subject)
            .find_map(|header| {
                let start = usize::try_from(header.offset_start()).ok()?;
                let end = usize::try_from(header.offset_end()).ok()?;
                self.raw.get(start..end)
            });
        decode::charset(raw.unwrap_or_default(), None)
    }

    pub(super) fn ids(&self, name: &'static str) -> Vec<MessageId> {
        let Some(value) = self.header(name) else {
            return Vec::new();
        };
        let one = value.as_text().into_iter();
        let many = value
            .as_text_list()
            .into_iter()
            .flatten()
            .map(AsRef::as_ref);
        let all: Vec<&str> = if value.as_text_list().is_some() {
            many.collect()
        } else {
            one.collect()
        };
        let latest = all.iter().rev().take(MAX_LIST).rev();
        latest.filter_map(|id| MessageId::parse(id)).collect()
    }

    pub(super) fn date(&self) -> Option<Timestamp> {
        let date = self.header("Date")?.as_datetime()?;
        date.is_valid()
            .then(|| Timestamp::from_second(date.to_timestamp()).ok())?
    }

    fn content_type(&self) -> Option<&ContentType<'_>> {
        self.message.as_ref()?.root_part_or_none()?.content_type()
    }

    /// The media type in lower case; `text/plain` where none is given.
    pub(super) fn media_type(&self) -> String {
        let named = self.content_type().and_then(|given| {
            let (kind, sub) = (given.ctype(), given.subtype()?);
            Some(format!("{kind}/{sub}").to_lowercase())
        });
        named.map_or_else(|| "text/plain".to_owned(), |name| one_line(&name, 100))
    }

    pub(super) fn boundary(&self) -> Option<String> {
        let boundary = self.content_type()?.attribute("boundary")?;
        (!boundary.is_empty()).then(|| boundary.to_owned())
    }

    pub(super) fn charset(&self) -> Option<String> {
        self.content_type()?.attribute("charset").map(str::to_owned)
    }

    pub(super) fn encoding(&self) -> String {
        self.word("Content-Transfer-Encoding").trim().to_owned()
    }

    pub(super) fn is_attachment(&self) -> bool {
        let disposition = || {
            let part = self.message.as_ref()?.root_part_or_none()?;
            part.content_disposition()
        };
        disposition().is_some_and(ContentType::is_attachment) || self.file_name().is_some()
    }

    /// What the mail calls the file.
    pub(super) fn file_name(&self) -> Option<String> {
        let part = self.message.as_ref()?.root_part_or_none()?;
        let name = one_line(part.attachment_name()?, MAX_FILE_NAME_CHARS);
        (!name.is_empty()).then_some(name)
    }
}

/// The root part of a message that has one; the crate's own way panics without.
trait RootPart<'a> {
    fn root_part_or_none(&self) -> Option<&mail_parser::MessagePart<'a>>;
}

impl<'a> RootPart<'a> for Message<'a> {
    fn root_part_or_none(&self) -> Option<&mail_parser::MessagePart<'a>> {
        self.parts.first()
    }
}

/// One line of at most `max` characters, without control characters.
fn one_line(text: &str, max: usize) -> String {
    let plain: String = text
        .chars()
        .take(max * 4)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(max).collect()
}
