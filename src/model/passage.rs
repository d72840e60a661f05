//! What of an article can be searched? Its plain text, in passages, each below its heading.

/// A stretch of plain text between two headings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Passage {
    /// The heading above it as plain text; empty before the first.
    pub heading: String,
    /// The address of that heading within the page, without `#`; empty before the first.
    pub anchor: String,
    /// The text, one line per block, markup removed, entities resolved.
    pub text: String,
}
