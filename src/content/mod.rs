//! What does the folder say? `kb/` becomes articles, categories and problems; Markdown becomes pages and plain text.

mod digest;
mod library;
mod links;
mod markdown;

pub use digest::{Digest, digest};
pub use library::{
    Library, LoadedArticle, LoadedCategory, check_library, list_files, load_library, read_article,
    read_category,
};
pub use links::{Destination, resolve_link};
pub use markdown::{Heading, RenderedPage, render};
