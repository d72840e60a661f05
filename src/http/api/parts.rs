//! How does a text with marks travel? In stretches of plain text, so that a client sets `textContent` and cannot be scripted.

use crate::search::TextPart;
use serde::Serialize;
use utoipa::ToSchema;

/// A stretch of text. Plain text, never HTML.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Part {
    /// The text.
    text: String,
    /// Whether it matches the query; absent means no.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    hit: bool,
}

impl Part {
    /// Stretches of a text as the API gives them.
    pub(super) fn all(parts: Vec<TextPart>) -> Vec<Self> {
        let part = |part: TextPart| Self {
            text: part.text,
            hit: part.hit,
        };
        parts.into_iter().map(part).collect()
    }
}
