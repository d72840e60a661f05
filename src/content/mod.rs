//! What does the folder say? `kb/` becomes articles, categories and problems; Markdown becomes pages and plain text.

mod anchors;
mod article;
mod category;
mod check;
mod claims;
mod codes;
mod decode;
mod digest;
mod fence;
mod files;
mod front_matter;
mod highlight;
mod html;
mod library;
mod links;
mod markdown;
mod message;
mod outline;
mod parts;
mod prepare;
mod sanitise;
mod source;
mod write;

pub use anchors::Heading;
pub use article::LoadedArticle;
pub use category::LoadedCategory;
pub use check::check_library;
pub use claims::Claims;
pub use codes::{CodeInfo, codes};
pub use digest::{Digest, digest};
pub use files::Listing;
pub use highlight::highlight_css;
pub use library::{
    Library, duplicate_id, list_files, load_library, parse_article, read_article,
    read_article_alone, read_category,
};
pub use links::{Destination, resolve_link};
pub use markdown::{RenderedPage, render, render_for};
pub use message::render_message;
