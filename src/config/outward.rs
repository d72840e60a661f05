//! How does the world hear of it? The parts of `kb.toml` about mail, web hooks, the forum and rewards.

use super::{Secret, Texts};
use crate::model::{Email, Slug};
use std::path::PathBuf;

/// Mail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mail {
    /// What mails are from; `None` when no mail is sent for want of it.
    pub from: Option<Email>,
    /// The address whose mails reach `kb mail-in`; answers are to come to `name+<signature>@…` of it. `None`: to `from`.
    pub inbound: Option<Email>,
    /// The server: `smtp://host:port` (`?tls=required` for STARTTLS) or `smtps://host:port`. `None`: mails become files.
    pub smtp_url: Option<String>,
    /// The user of the server.
    pub smtp_user: Option<String>,
    /// The password of that user.
    pub smtp_password: Option<Secret>,
    /// Where mails are written when there is no server; `None` for `mail` in the data directory.
    pub dir: Option<PathBuf>,
    /// A folder with templates that replace those of the program; `None` for those of the program.
    pub templates: Option<PathBuf>,
}

/// The form of a hook's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HookForm {
    /// Standard Webhooks, signed.
    #[default]
    Standard,
    /// A robot of 企业微信.
    WeCom,
    /// A robot of 钉钉.
    DingTalk,
    /// A robot of 飞书.
    Feishu,
}

impl HookForm {
    /// The word for it, as `hooks::Preset::parse` reads it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::WeCom => "wecom",
            Self::DingTalk => "dingtalk",
            Self::Feishu => "feishu",
        }
    }
}

/// A web hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Its short name.
    pub name: Slug,
    /// Where it is; robots keep their key in it.
    pub url: Secret,
    /// What it is signed with.
    pub secret: Option<Secret>,
    /// The form of its message.
    pub form: HookForm,
    /// Which events it hears of, as in `case.opened`; empty for all.
    pub events: Vec<String>,
    /// Whether it may be at a private address.
    pub allow_private: bool,
}

impl Hook {
    /// Whether it hears of an event: it is listed, or begins like one that ends in `.*`, or nothing is listed.
    pub fn hears(&self, event: &str) -> bool {
        let matches = |listed: &String| match listed.strip_suffix(".*") {
            Some(family) => event.split('.').next() == Some(family),
            None => listed == event,
        };
        self.events.is_empty() || self.events.iter().any(matches)
    }
}

/// The open forum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forum {
    /// Whether there is one.
    pub enabled: bool,
    /// Whether customers may answer, after review.
    pub customer_answers: bool,
    /// How many questions a page lists.
    pub page_questions: u32,
}

impl Default for Forum {
    fn default() -> Self {
        Self {
            enabled: true,
            customer_answers: true,
            page_questions: 20,
        }
    }
}

/// Points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewards {
    /// Whether points are given.
    pub enabled: bool,
    /// What points are called; empty for the interface's own wording.
    pub unit: Texts,
    /// For who asked a question that was published.
    pub asked: u32,
    /// For who gave an answer that was accepted.
    pub accepted: u32,
    /// For who answered a case that was published.
    pub answered: u32,
}

impl Default for Rewards {
    fn default() -> Self {
        Self {
            enabled: true,
            unit: Texts::default(),
            asked: 10,
            accepted: 20,
            answered: 5,
        }
    }
}
