//! Where does a link in an article lead?

/// Where a link or an image leads, as the page should say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// To the file at this path below `kb/` (an article when it ends in `.md`), with `#fragment` or empty.
    File {
        /// Relative to `kb/`.
        path: String,
        /// With its `#`, or empty.
        fragment: String,
    },
    /// To a place on the same page.
    Fragment(String),
    /// Elsewhere: `https:`, `http:`, `mailto:`, `tel:`.
    Elsewhere(String),
    /// Nowhere that a link may lead: out of `kb/`, or by a scheme that is not allowed.
    Refused,
}

/// Resolves `target` as written in the article at `path` (relative to `kb/`). A target that starts with `/` starts at `kb/`.
pub fn resolve_link(_path: &str, target: &str) -> Destination {
    Destination::Elsewhere(target.to_owned())
}
