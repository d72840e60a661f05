//! What does the folder say? `kb/` becomes articles, categories and problems; Markdown becomes pages and plain text.

mod article;
mod category;
mod check;
mod codes;
mod decode;
mod digest;
mod fence;
mod files;
mod front_matter;
mod library;
mod links;
mod markdown;
mod outline;
mod parts;
mod source;

pub use article::LoadedArticle;
pub use category::LoadedCategory;
pub use check::check_library;
pub use codes::{CodeInfo, codes};
pub use digest::{Digest, digest};
pub use library::{Library, list_files, load_library, read_article, read_category};
pub use links::{Destination, resolve_link};
pub use markdown::{Heading, RenderedPage, render};
