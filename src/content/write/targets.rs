//! How are links, images and raw HTML written? Everything with an address is asked where it leads, and written anew.

use super::Writer;
use crate::content::html::{Piece, Tag as HtmlTag, decode, escape, pieces};
use crate::content::links::has_scheme;
use crate::content::parts::CALLOUTS;
use crate::content::prepare::{MARK, without_edges};
use std::fmt::Write as _;

impl Writer<'_> {
    pub(super) fn html(&mut self, html: &str) {
        for piece in pieces(html) {
            match piece {
                Piece::Comment(comment) => self.mark(comment),
                Piece::Open(tag)
                    if matches!(tag.name.as_str(), "a" | "img" | "video" | "source") =>
                {
                    self.linking_tag(&tag);
                }
                Piece::Open(HtmlTag { raw, .. }) | Piece::Close { raw, .. } => {
                    self.out.push_str(raw)
                }
                Piece::Text(text) => escape(&decode(text), &mut self.out),
            }
        }
    }

    fn mark(&mut self, comment: &str) {
        let Some(mark) = comment.strip_prefix(MARK) else {
            return;
        };
        let (name, title) = mark.split_once(' ').unwrap_or((mark, ""));
        match CALLOUTS.iter().find(|known| **known == name) {
            Some(kind) => self.open_callout(kind, title),
            None => self.close_callout(),
        }
    }

    /// Writes a raw tag that has an address anew, with the address of the page.
    fn linking_tag(&mut self, tag: &HtmlTag<'_>) {
        let seal = self.seal;
        let _ = write!(self.out, "<{}", tag.name);
        let id = tag
            .attribute("id")
            .or_else(|| tag.attribute("name").filter(|_| tag.name == "a"));
        if let Some(id) = id {
            self.attribute("id", "", &id);
        }
        for name in ["title", "alt", "width", "height", "type"] {
            if let Some(value) = tag.attribute(name) {
                self.attribute(name, "", &value);
            }
        }
        for name in ["href", "src", "poster"] {
            let address = tag.attribute(name).and_then(|target| self.resolve(&target));
            if let Some(address) = address {
                self.attribute(name, seal, &address);
                if name == "href" && is_external(&address) {
                    let _ = write!(self.out, " rel=\"{seal}noopener nofollow\"");
                }
            }
        }
        match tag.name.as_str() {
            "img" => {
                let _ = write!(self.out, " loading=\"{seal}lazy\" decoding=\"{seal}async\"");
            }
            "video" => self.out.push_str(" controls"),
            _ => {}
        }
        self.out.push('>');
    }

    fn attribute(&mut self, name: &str, seal: &str, value: &str) {
        let _ = write!(self.out, " {name}=\"{seal}");
        escape(value, &mut self.out);
        self.out.push('"');
    }

    pub(super) fn open_link(&mut self, target: &str, title: &str) {
        let address = self.resolve(target);
        self.links.push(address.is_some());
        let Some(address) = address else {
            return;
        };
        let seal = self.seal;
        self.out.push_str("<a");
        self.attribute("href", seal, &address);
        if is_external(&address) {
            let _ = write!(self.out, " rel=\"{seal}noopener nofollow\"");
        }
        if !title.is_empty() {
            self.attribute("title", "", &without_edges(title));
        }
        self.out.push('>');
    }

    pub(super) fn image(&mut self) {
        let Some((address, title, alt)) = self.images.pop() else {
            return;
        };
        let Some(address) = address.filter(|_| self.images.is_empty()) else {
            return self.text(&alt);
        };
        let seal = self.seal;
        self.out.push_str("<img");
        self.attribute("src", seal, &address);
        self.attribute("alt", "", &alt);
        if !title.is_empty() {
            self.attribute("title", "", &title);
        }
        let _ = write!(
            self.out,
            " loading=\"{seal}lazy\" decoding=\"{seal}async\">"
        );
    }

    /// The address for a target as written; `None` when there is none, or one that must not be on a page.
    pub(super) fn resolve(&self, target: &str) -> Option<String> {
        let address = (self.address)(target)?;
        if let Some(fragment) = address.strip_prefix('#') {
            let place = self
                .places
                .resolve(fragment)
                .unwrap_or_else(|| fragment.to_owned());
            return Some(format!("#{place}"));
        }
        let harmless: String = address.chars().filter(|c| !c.is_control()).collect();
        let harmless = harmless.trim();
        let lower = harmless.to_ascii_lowercase();
        let allowed = ["https:", "http:", "mailto:", "tel:"]
            .iter()
            .any(|scheme| lower.starts_with(scheme));
        (allowed || !has_scheme(harmless)).then(|| harmless.to_owned())
    }
}

fn is_external(address: &str) -> bool {
    address.starts_with("//") || has_scheme(address)
}
