//! How does it run? `kb.toml`, then `KB_…` variables, then flags; with a default for every key.

use super::desk::{
    AskLimits, CaseSettings, Database, Group, Proxies, Secret, Uploads, default_service,
};
use super::embeddings::Embeddings;
use super::identity::Identity;
use super::outward::{Forum, Hook, Mail, Rewards};
use super::personal::{FollowSettings, Retention};
use super::staff::{Api, Staff};
use crate::model::service::Service;
use crate::model::{Lang, Slug};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// `kb.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Name, address, looks.
    pub site: Site,
    /// Where and how it listens.
    pub server: Server,
    /// Where the index and all that people wrote is kept.
    pub data_dir: PathBuf,
    /// Which sites may embed the box.
    pub embed: Embed,
    /// Limits on requests.
    pub limits: RequestLimits,
    /// Where texts are turned into vectors, for search by meaning.
    pub embeddings: Embeddings,
    /// What is written to the log.
    pub log: Log,
    /// Who is given figures.
    pub metrics: Figures,
    /// Proxies in front of it.
    pub proxies: Proxies,
    /// Where what people wrote is kept.
    pub database: Database,
    /// How cases and visits are kept.
    pub cases: CaseSettings,
    /// Limits on those who ask.
    pub ask: AskLimits,
    /// Limits on files that come with a case.
    pub uploads: Uploads,
    /// When people work, and what is promised.
    pub service: Service,
    /// The groups that answer, in the order of the file. The fallback group need not be among them.
    pub groups: Vec<Group>,
    /// Mail.
    pub mail: Mail,
    /// Web hooks.
    pub hooks: Vec<Hook>,
    /// The open forum.
    pub forum: Forum,
    /// Points.
    pub rewards: Rewards,
    /// Who says who a visitor is.
    pub identity: Identity,
    /// For how long what is kept of people.
    pub retention: Retention,
    /// Letters to those who follow something.
    pub follow: FollowSettings,
    /// How people of the desk sign in.
    pub staff: Staff,
    /// Programs that call.
    pub api: Api,
}

impl Settings {
    /// The group of a name; `None` for one that `kb.toml` does not know.
    pub fn group(&self, name: &Slug) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == *name)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            site: Site::default(),
            server: Server::default(),
            data_dir: PathBuf::from(".kb"),
            embed: Embed::default(),
            limits: RequestLimits::default(),
            embeddings: Embeddings::default(),
            log: Log::default(),
            metrics: Figures::default(),
            proxies: Proxies::default(),
            database: Database::default(),
            cases: CaseSettings::default(),
            ask: AskLimits::default(),
            uploads: Uploads::default(),
            service: default_service(),
            groups: Vec::new(),
            mail: Mail::default(),
            hooks: Vec::new(),
            forum: Forum::default(),
            rewards: Rewards::default(),
            identity: Identity::default(),
            retention: Retention::default(),
            follow: FollowSettings::default(),
            staff: Staff::default(),
            api: Api::default(),
        }
    }
}

/// A text in each language; an empty one falls back to the interface's own wording.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Texts {
    /// zh-CN
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
    /// zh-TW
    #[serde(rename = "zh-TW")]
    pub zh_tw: String,
    /// en
    pub en: String,
}

impl Texts {
    /// The text in `lang`, if there is one.
    pub fn get(&self, lang: Lang) -> Option<&str> {
        let text = match lang {
            Lang::ZhCn => &self.zh_cn,
            Lang::ZhTw => &self.zh_tw,
            Lang::En => &self.en,
        };
        (!text.is_empty()).then_some(text.as_str())
    }
}

/// Name, address, looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Site {
    /// What the help centre is called; empty for the interface's own wording.
    pub name: Texts,
    /// One or two sentences below the name on the home page.
    pub welcome: Texts,
    /// The public address, as in `https://help.example.com`, without a slash at the end. Links in feeds and metadata use
    /// only this, never the `Host` of a request. `None`: `http://` and the listen address.
    pub base_url: Option<String>,
    /// A picture file of the logo, or `None`.
    pub logo: Option<PathBuf>,
    /// A folder of page templates that stand in the place of the shipped ones of the same name, or `None`.
    pub templates: Option<PathBuf>,
    /// Colours.
    pub colours: Colours,
    /// Where readers turn who found no answer: a mail address or an `https:` address.
    pub contact: Option<String>,
    /// Whom to tell of a hole in this site, for `/.well-known/security.txt`: a mail address or an `https:` address.
    pub security_contact: Option<String>,
    /// The language for readers who ask for none of the three.
    pub default_lang: Lang,
    /// Whether it is in earnest: then settings that would be careless in public are refused.
    pub production: bool,
}

/// Colours of the pages and the box: CSS colours (`#rgb`, `#rrggbb`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colours {
    /// Links, buttons and marks on light ground.
    pub accent: String,
    /// The same on dark ground.
    pub accent_dark: String,
}

impl Default for Colours {
    fn default() -> Self {
        Self {
            accent: "#0b62d6".to_owned(),
            accent_dark: "#7cb0ff".to_owned(),
        }
    }
}

/// Where and how it listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The address.
    pub listen: SocketAddr,
    /// The most connections at once; further ones wait.
    pub max_connections: usize,
    /// How long a client may take to send the head of a request, in milliseconds.
    pub header_timeout_ms: u64,
    /// How long a request may take altogether, in milliseconds.
    pub request_timeout_ms: u64,
    /// How long requests are still taken after it was told to end, while `/readyz` says that it ends, in milliseconds: a proxy in
    /// front needs that long to notice.
    pub drain_ms: u64,
    /// How long requests in flight are waited for at shutdown, in milliseconds.
    pub shutdown_timeout_ms: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            max_connections: 10_000,
            header_timeout_ms: 10_000,
            request_timeout_ms: 10_000,
            drain_ms: 0,
            shutdown_timeout_ms: 20_000,
        }
    }
}

/// Which sites may embed the box and call the API from a browser.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Embed {
    /// Origins, as in `https://www.example.com`; without path, and no wildcards.
    pub origins: Vec<String>,
}

/// Limits on requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestLimits {
    /// The longest query, in characters; a longer one is cut there by search and refused beyond four times that.
    pub query_chars: usize,
    /// The most hits on one page.
    pub page_hits: usize,
    /// The furthest hit that can be paged to.
    pub max_offset: usize,
    /// The most words or phrases of a query that are searched for.
    pub query_terms: usize,
    /// The most searches and suggestions of one network in a minute; 0 for no limit.
    pub searches_per_minute: u32,
    /// The most of all else that is read, of one network in a minute; 0 for no limit.
    pub pages_per_minute: u32,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            query_chars: 200,
            page_hits: 50,
            max_offset: 1_000,
            query_terms: 64,
            searches_per_minute: 1_200,
            pages_per_minute: 3_000,
        }
    }
}

/// Who is given figures at `/metrics`. Without either, programs on this machine that no proxy stands before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// An address for figures alone; then they are nowhere else.
    pub listen: Option<SocketAddr>,
    /// What must come with a request, as `Authorization: Bearer …`.
    pub token: Option<Secret>,
}

/// What is written to the log, on stderr.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    /// One JSON object a line, or text for people.
    pub format: LogFormat,
    /// A filter as in `info` or `kb=debug,tower_http=info`; empty for `info`.
    pub filter: String,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// Text for people.
    Text,
    /// One JSON object a line.
    Json,
}
