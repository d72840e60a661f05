//! Of which parts is a mail made? Found by their boundaries, in one pass for each level of nesting.

use super::decode;
use super::head::Head;
use super::html;
use super::{Limits, Unreadable};
use crate::mail::message_id::MessageId;
use memchr::memmem;

/// The largest head of a mail or a part, in bytes.
const MAX_HEAD_BYTES: usize = 65_536;
/// The longest boundary, in bytes: 70 by RFC 2046, and some more for programs that do not care.
const MAX_BOUNDARY_BYTES: usize = 200;

/// What a part is to its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A text to read.
    Text,
    /// A file to keep.
    File,
}

/// A part that has no parts.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    pub(super) role: Role,
    pub(super) media_type: String,
    head: Head<'a>,
    body: &'a [u8],
}

impl Leaf<'_> {
    /// What it says, as text; of at most `max_bytes` of its encoded form.
    pub(super) fn text(&self, max_bytes: usize) -> String {
        let body = &self.body[..self.body.len().min(max_bytes)];
        let bytes = decode::transfer(body, &self.head.encoding());
        let text = decode::charset(&bytes, self.head.charset().as_deref());
        if self.media_type == "text/html" {
            html::to_text(&text)
        } else {
            text
        }
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        decode::transfer(self.body, &self.head.encoding())
    }

    /// What the mail calls it, or a name of our own.
    pub(super) fn file_name(&self) -> String {
        self.head
            .file_name()
            .unwrap_or_else(|| match self.media_type.as_str() {
                "message/rfc822" => "mail.eml".to_owned(),
                "text/html" => "text.html".to_owned(),
                "text/plain" => "text.txt".to_owned(),
                _ => "file".to_owned(),
            })
    }

    /// The name of the mail that this part brings back.
    pub(super) fn returned(&self) -> Option<MessageId> {
        let brings_back = matches!(
            self.media_type.as_str(),
            "message/rfc822" | "text/rfc822-headers" | "message/rfc822-headers"
        );
        let bytes = brings_back.then(|| decode::transfer(self.body, &self.head.encoding()))?;
        let (head, _) = split_head(&bytes).ok()?;
        head.ids("Message-ID").into_iter().next()
    }
}

/// The head of a mail, and its leaves in order.
pub(super) fn read<'a>(
    raw: &'a [u8],
    limits: &Limits,
) -> Result<(Head<'a>, Vec<Leaf<'a>>), Unreadable> {
    let (head, body) = split_head(raw)?;
    let mut walk = Walk {
        limits,
        parts: 0,
        leaves: Vec::new(),
    };
    walk.part(head.clone(), body, 0)?;
    Ok((head, walk.leaves))
}

struct Walk<'a, 'b> {
    limits: &'b Limits,
    parts: usize,
    leaves: Vec<Leaf<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn part(&mut self, head: Head<'a>, body: &'a [u8], depth: usize) -> Result<(), Unreadable> {
        if depth > self.limits.depth {
            return Err(Unreadable::TooDeep);
        }
        let media_type = head.media_type();
        let boundary = head.boundary().filter(|b| b.len() <= MAX_BOUNDARY_BYTES);
        match boundary.filter(|_| media_type.starts_with("multipart/")) {
            Some(boundary) => self.parts(&media_type, body, &boundary, depth),
            None => {
                self.leaf(head, media_type, body);
                Ok(())
            }
        }
    }

    fn parts(
        &mut self,
        media_type: &str,
        body: &'a [u8],
        boundary: &str,
        depth: usize,
    ) -> Result<(), Unreadable> {
        let from = self.leaves.len();
        for part in Split::new(body, boundary) {
            self.parts += 1;
            if self.parts > self.limits.parts {
                return Err(Unreadable::TooManyParts);
            }
            let (head, body) = split_head(part)?;
            self.part(head, body, depth + 1)?;
        }
        if media_type == "multipart/alternative" {
            keep_one_text(&mut self.leaves, from);
        }
        Ok(())
    }

    fn leaf(&mut self, head: Head<'a>, media_type: String, body: &'a [u8]) {
        let is_text = matches!(media_type.as_str(), "text/plain" | "text/html")
            || media_type.starts_with("multipart/");
        let role = if is_text && !head.is_attachment() {
            Role::Text
        } else {
            Role::File
        };
        self.leaves.push(Leaf {
            role,
            media_type,
            head,
            body,
        });
    }
}

/// Of the same text in several forms the plain one is read, if it says anything.
fn keep_one_text(leaves: &mut Vec<Leaf<'_>>, from: usize) {
    let says_something = |leaf: &Leaf<'_>| {
        let beginning = leaf.text(4_096);
        leaf.media_type == "text/plain" && !beginning.trim().is_empty()
    };
    let is_text = |leaf: &Leaf<'_>| leaf.role == Role::Text;
    let texts = || leaves[from..].iter().filter(|leaf| is_text(leaf));
    let keep = if texts().any(says_something) {
        "text/plain"
    } else if texts().any(|leaf| leaf.media_type == "text/html") {
        "text/html"
    } else {
        return;
    };
    let mut place = 0;
    leaves.retain(|leaf| {
        place += 1;
        place <= from || !is_text(leaf) || leaf.media_type == keep
    });
}

/// Divides at the first empty line; a part that begins with one has no head.
fn split_head(raw: &[u8]) -> Result<(Head<'_>, &[u8]), Unreadable> {
    for empty in [&b"\r\n"[..], b"\n"] {
        if let Some(body) = raw.strip_prefix(empty) {
            return Ok((Head::read(b""), body));
        }
    }
    let window = &raw[..raw.len().min(MAX_HEAD_BYTES)];
    let ends = [&b"\n\r\n"[..], b"\n\n"].map(|end| {
        let at = memmem::find(window, end)?;
        Some((at + 1, at + end.len()))
    });
    match ends.into_iter().flatten().min() {
        Some((end, body)) => Ok((Head::read(&raw[..end]), &raw[body..])),
        None if raw.len() <= MAX_HEAD_BYTES => Ok((Head::read(raw), b"")),
        None => Err(Unreadable::HeadTooLarge),
    }
}

/// The parts between the lines of a boundary. What stands before the first and behind the last belongs to nobody; a last line
/// that is missing is added.
struct Split<'a> {
    body: &'a [u8],
    mark: Vec<u8>,
    at: Option<usize>,
}

impl<'a> Split<'a> {
    fn new(body: &'a [u8], boundary: &str) -> Self {
        let mut split = Self {
            body,
            mark: [b"--", boundary.as_bytes()].concat(),
            at: None,
        };
        split.at = split
            .next_line(0)
            .and_then(|line| line.is_part.then_some(line.end));
        split
    }

    /// The next line from `from` on that is a boundary.
    fn next_line(&self, from: usize) -> Option<Line> {
        let mut from = from;
        while let Some(found) = memmem::find(self.body.get(from..)?, &self.mark) {
            let start = from + found;
            // Looked at first: only so each line is read once, whatever the boundary is.
            let begins_line = start == 0 || self.body[start - 1] == b'\n';
            if let Some(line) = begins_line.then(|| self.boundary_line(start)).flatten() {
                return Some(line);
            }
            from = start + self.mark.len();
        }
        None
    }

    /// The line at `start`, if nothing but the boundary stands on it.
    fn boundary_line(&self, start: usize) -> Option<Line> {
        let rest = &self.body[start + self.mark.len()..];
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let is_part = match rest[..length].trim_ascii() {
            b"" => true,
            b"--" => false,
            _ => return None,
        };
        Some(Line {
            start,
            end: start + self.mark.len() + length,
            is_part,
        })
    }
}

/// A line of a boundary: where it starts, where it ends, and whether a part follows.
struct Line {
    start: usize,
    end: usize,
    is_part: bool,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let from = self.at.take()?;
        let Some(line) = self.next_line(from) else {
            return Some(&self.body[from.min(self.body.len())..]);
        };
        self.at = line.is_part.then_some(line.end);
        let part = &self.body[from..line.start];
        let part = part.strip_suffix(b"\n").unwrap_or(part);
        Some(part.strip_suffix(b"\r").unwrap_or(part))
    }
}
