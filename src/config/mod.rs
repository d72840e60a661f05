//! What has been set? `schema.toml` says what articles look like and how they are searched; `kb.toml` says how it runs.
//!
//! [`Locations`] finds both files, and reads them with the `KB_…` variables and the options above them. Every value keeps its
//! origin; everything that is wrong is said at once, with its place.

mod adopt;
mod codes;
mod desk;
mod desk_file;
mod embeddings;
mod environment;
mod file;
mod fingerprint;
mod identity;
mod load;
mod outward;
mod outward_file;
mod personal;
mod reader;
mod rules;
mod schema;
mod schema_file;
mod settings;
mod settings_file;
mod staff;
mod staff_file;
mod unknown;
mod value;

pub use codes::CODES;
pub use desk::{AskLimits, CaseSettings, Database, Group, Proxies, Secret, Share, Uploads};
pub use embeddings::Embeddings;
pub use environment::Environment;
pub use identity::{Identity, IdentityKey, KeyCheck, unknown_audiences};
pub use load::{Loaded, Locations, Options, Refused, parse_schema, parse_settings};
pub use outward::{Forum, Hook, HookForm, Mail, Rewards};
pub use personal::{FollowSettings, Retention};
pub use reader::{Entry, Origin};
pub use schema::{Analysis, ExtraField, FieldType, Lexicon, Limits, Ranking, Schema, Weights};
pub use schema_file::SHIPPED;
pub use settings::{
    Colours, Embed, Figures, Log, LogFormat, RequestLimits, Server, Settings, Site, Texts,
};
pub use staff::{Admission, Api, Oidc, RoleRule, Staff};

use codes::Code;
