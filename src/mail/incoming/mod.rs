//! What does a mail say that came in? Read from raw bytes into plain data, in bounded time and memory whatever the bytes are.
//!
//! The parts of a mail are found by [`parts`] in one pass for each level, so no mail can make it slow; single headers are read by
//! `mail-parser`. Mails within a mail are attachments, and never opened. Nothing here is believed: `from` is what the mail says.

mod automatic;
mod decode;
mod head;
mod html;
mod parts;
mod quotes;

use super::message_id::MessageId;
use crate::model::Email;
use head::Head;
use jiff::Timestamp;
use parts::{Leaf, Role};
use std::fmt;

/// How much of a mail is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest mail, in bytes.
    pub bytes: usize,
    /// The most parts.
    pub parts: usize,
    /// How deep parts may be nested.
    pub depth: usize,
    /// The longest text, in characters; what is beyond is cut off, and said so.
    pub text_chars: usize,
    /// The most attachments.
    pub attachments: usize,
    /// The largest attachments together, in bytes.
    pub attachment_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 32 * 1024 * 1024,
            parts: 200,
            depth: 10,
            text_chars: 50_000,
            attachments: 20,
            attachment_bytes: 20 * 1024 * 1024,
        }
    }
}

/// A mail that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Incoming {
    /// Who says to have sent it.
    pub from: Option<Email>,
    /// The name that goes with it; empty for none. One line, at most 100 characters, otherwise as it came.
    pub from_name: String,
    /// Where replies shall go, if that was said.
    pub reply_to: Option<Email>,
    /// Whom it is addressed to: `Delivered-To` and its kin, `To` and `Cc`.
    pub to: Vec<Email>,
    /// The subject; one line, at most 300 characters.
    pub subject: String,
    /// Its name.
    pub message_id: Option<MessageId>,
    /// The mails that it answers.
    pub in_reply_to: Vec<MessageId>,
    /// Earlier mails of the conversation.
    pub references: Vec<MessageId>,
    /// The mail that could not be delivered, if this reports one.
    pub returned: Option<MessageId>,
    /// When it says it was written.
    pub date: Option<Timestamp>,
    /// What is new in it.
    pub text: String,
    /// What it quotes of earlier mails; empty for nothing.
    pub quoted: String,
    /// Whether the text was longer than is taken.
    pub is_cut: bool,
    /// What was attached, within the limits.
    pub attachments: Vec<Attachment>,
    /// The names of what was attached beyond the limits, at most 50.
    pub left_out: Vec<String>,
    /// Whether a program wrote it, and of what sort.
    pub automatic: Option<Automatic>,
    /// Whether a filter on the way marked it as spam, by `X-Spam-Flag` or `X-Spam`.
    pub is_spam: bool,
    /// The marks that programs leave to know their own mails, in lower case.
    pub loops: Vec<String>,
}

impl Incoming {
    /// The mails that it refers to, the oldest first, and at last the one that it answers.
    pub fn answers(&self) -> impl DoubleEndedIterator<Item = &MessageId> {
        self.returned
            .iter()
            .chain(&self.references)
            .chain(&self.in_reply_to)
    }
}

/// A file that came with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What the mail calls it: not to be believed, and not a path.
    pub name: String,
    /// The media type that the mail gives it: not to be believed.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What sort of program wrote a mail. No program may be answered by a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Automatic {
    /// A mail server reports that something was not delivered.
    Bounce,
    /// Somebody is away, or a program confirms.
    Reply,
    /// A list or newsletter.
    Bulk,
}

/// Why a mail was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It is larger than is taken.
    TooLarge,
    /// The head of it or of a part of it is larger than 64 KiB.
    HeadTooLarge,
    /// It has more parts than are taken.
    TooManyParts,
    /// Its parts are nested deeper than is taken.
    TooDeep,
    /// It does not say who sent it.
    NoSender,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the mail is larger than is accepted",
            Self::HeadTooLarge => "a head of the mail is larger than 64 KiB",
            Self::TooManyParts => "the mail has more parts than are accepted",
            Self::TooDeep => "the parts of the mail are nested too deeply",
            Self::NoSender => "the mail does not say who sent it",
        })
    }
}

impl std::error::Error for Unreadable {}

/// Reads one mail as mail servers hand it on.
///
/// # Errors
/// [`Unreadable`], for the mail server to hand back to the sender.
pub fn read(raw: &[u8], limits: &Limits) -> Result<Incoming, Unreadable> {
    if raw.len() > limits.bytes {
        return Err(Unreadable::TooLarge);
    }
    let (head, leaves) = parts::read(skip_envelope(raw), limits)?;
    let mut mail = addressed(&head).ok_or(Unreadable::NoSender)?;
    mail.returned = leaves.iter().find_map(Leaf::returned);
    mail.automatic = automatic::recognise(&head, &mail);
    fill_text(&mut mail, &leaves, limits);
    fill_attachments(&mut mail, &leaves, limits);
    Ok(mail)
}

/// Some servers hand on a line `From …` of a mailbox file first.
fn skip_envelope(raw: &[u8]) -> &[u8] {
    if !raw.starts_with(b"From ") {
        return raw;
    }
    memchr::memchr(b'\n', raw).map_or(raw, |end| &raw[end + 1..])
}

fn addressed(head: &Head) -> Option<Incoming> {
    let (from, from_name) = head.sender()?;
    Some(Incoming {
        from: Some(from),
        from_name,
        reply_to: head.addresses(&["Reply-To"]).into_iter().next(),
        to: head.addresses(&["Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"]),
        subject: head.subject(),
        message_id: head.ids("Message-ID").into_iter().next(),
        in_reply_to: head.ids("In-Reply-To"),
        references: head.ids("References"),
        date: head.date(),
        is_spam: ["X-Spam-Flag", "X-Spam"]
            .into_iter()
            .any(|name| head.word(name).trim() == "yes"),
        loops: head
            .values("X-Loop")
            .map(|v| v.trim().to_lowercase())
            .collect(),
        ..Incoming::default()
    })
}

fn fill_text(mail: &mut Incoming, leaves: &[Leaf], limits: &Limits) {
    let mut whole = String::new();
    for leaf in leaves.iter().filter(|leaf| leaf.role == Role::Text) {
        if !whole.is_empty() {
            whole.push('\n');
        }
        // A character has at most four bytes in any charset, and markup is longer than what it shows.
        whole.push_str(&leaf.text(limits.text_chars * 16));
    }
    let mut chars = whole.char_indices();
    if let Some((end, _)) = chars.nth(limits.text_chars) {
        whole.truncate(end);
        mail.is_cut = true;
    }
    (mail.text, mail.quoted) = quotes::fold(&whole);
}

fn fill_attachments(mail: &mut Incoming, leaves: &[Leaf], limits: &Limits) {
    let mut room = limits.attachment_bytes;
    for leaf in leaves.iter().filter(|leaf| leaf.role == Role::File) {
        let name = leaf.file_name();
        let bytes = (mail.attachments.len() < limits.attachments).then(|| leaf.bytes());
        match bytes.filter(|bytes| bytes.len() <= room) {
            Some(bytes) => {
                room -= bytes.len();
                mail.attachments.push(Attachment {
                    name,
                    media_type: leaf.media_type.clone(),
                    bytes,
                });
            }
            None if mail.left_out.len() < 50 => mail.left_out.push(name),
            None => {}
        }
    }
}
