//! What has been set? `schema.toml` says what articles look like and how they are searched; `kb.toml` says how it runs.

mod schema;
mod settings;

pub use schema::{Analysis, ExtraField, FieldType, Lexicon, Limits, Ranking, Schema, Weights};
pub use settings::{Colours, Embed, Log, LogFormat, RequestLimits, Server, Settings, Site, Texts};
