//! What do the settings make of it? The way for mails and their writer, as `kb.toml` has them.

use super::look::Look;
use super::message::Sender;
use super::post::Post;
use super::server::{InvalidServer, Server};
use super::smtp::Smtp;
use super::templates::Templates;
use super::threads::{AddressTooLong, Threads};
use super::transport::Transport;
use crate::config::{Secret, Settings};
use crate::model::{Email, Problem};
use crate::signature::Signer;
use std::fmt;
use std::sync::Arc;

/// Whom mails are from that nobody gets: files of a trial.
const NOBODY: &str = "no-reply@kb.invalid";

/// Why mail cannot be set up; fit to be shown to whoever wrote the settings.
#[derive(Debug, Clone, PartialEq)]
pub enum Unusable {
    /// `mail.smtp_url` and its kin.
    Server(InvalidServer),
    /// `mail.inbound` or `mail.from`.
    Address(AddressTooLong),
    /// Files of `mail.templates`, each with its place.
    Templates(Vec<Problem>),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(why) => write!(f, "mail.smtp_url: {why}"),
            Self::Address(why) => write!(f, "mail.inbound: {why}"),
            Self::Templates(problems) => {
                let all = problems.iter().map(|problem| match &problem.place {
                    Some(place) => format!("{}:{}: {}", problem.path, place.line, problem.message),
                    None => format!("{}: {}", problem.path, problem.message),
                });
                f.write_str(&all.collect::<Vec<_>>().join("\n"))
            }
        }
    }
}

impl std::error::Error for Unusable {}

impl Transport {
    /// The way that `[mail]` names: its server, or files in `mail.dir`. `own_name` is the host of the site's address.
    ///
    /// # Errors
    /// When the server's address or login makes no sense.
    pub fn of(settings: &Settings, own_name: &str) -> Result<Self, Unusable> {
        let mail = &settings.mail;
        let Some(url) = &mail.smtp_url else {
            return Ok(Self::Folder(super::files::folder_of(settings)));
        };
        let user = mail.smtp_user.as_deref().unwrap_or_default();
        let password = mail.smtp_password.as_ref().map_or("", Secret::reveal);
        let login = (!(user.is_empty() && password.is_empty())).then_some((user, password));
        let server = Server::new(url, login, own_name).map_err(Unusable::Server)?;
        Ok(Self::Smtp(Arc::new(Smtp::new(server))))
    }
}

impl Threads {
    /// The threads of the settings: replies go to `mail.inbound`, else to where mails are from.
    ///
    /// # Errors
    /// When the address is too long.
    pub fn of(settings: &Settings, signer: Signer) -> Result<Self, AddressTooLong> {
        let mail = &settings.mail;
        let replies = mail.inbound.clone().or_else(|| mail.from.clone());
        Self::new(signer, replies.unwrap_or_else(nobody))
    }
}

fn nobody() -> Email {
    Email::parse(NOBODY).unwrap_or_else(|_| unreachable!("an address"))
}

impl Post {
    /// The writer of mails in the name of the site, whose public address is `site_url`. Replies go to signed addresses if
    /// `mail.inbound` says that they arrive.
    ///
    /// # Errors
    /// When an address is too long or a template does not work.
    pub fn of(settings: &Settings, site_url: &str, signer: Signer) -> Result<Self, Unusable> {
        let mail = &settings.mail;
        let from = mail.from.clone().unwrap_or_else(nobody);
        let takes_replies = mail.inbound.is_some();
        let look = Look {
            name: settings.site.name.clone(),
            url: site_url.to_owned(),
            colours: settings.site.colours.clone(),
            points: settings.rewards.unit.clone(),
            takes_replies,
        };
        let name = look.name(settings.site.default_lang).to_owned();
        let templates = match &mail.templates {
            None => Templates::shipped(look),
            Some(folder) => Templates::from_folder(look, folder, &folder.to_string_lossy())
                .map_err(Unusable::Templates)?,
        };
        Ok(Self {
            templates,
            threads: Threads::of(settings, signer).map_err(Unusable::Address)?,
            sender: Sender {
                name,
                address: from,
            },
            takes_replies,
        })
    }
}
