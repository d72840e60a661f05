//! Which options does `kb user` have?

use crate::model::account::Role;
use crate::model::{Email, Lang, PersonName, Slug};
use clap::{Args, Subcommand, ValueEnum};

/// `kb user`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb user add li.lei@example.com --name 李雷 --role admin
  kb user invite wang@example.com --name 小王 --role agent --group billing
  echo 'a long password' | kb user add wang@example.com --name 小王 --group billing
  kb user change wang@example.com --role specialist --group billing --group app
  kb user passwd wang@example.com
  kb user disable wang@example.com
  kb user reset-totp wang@example.com
  kb user list

The password is asked for, or read from the first line of standard input; there is no option for it, since others on the
machine could read it there. A new password, another role and disabling end the sessions of the account at once.")]
pub(in crate::cli) struct User {
    /// What to do
    #[command(subcommand)]
    pub(in crate::cli) command: UserCommand,
}

/// What is done to accounts.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum UserCommand {
    /// Make an account for the desk
    Add(Add),
    /// Invite somebody by mail, who then chooses a password
    Invite(Invite),
    /// Take an invitation back; its link opens nothing any more
    Uninvite(Who),
    /// Show who was invited and has not come
    Invitations(List),
    /// Change what an account may do
    Change(Change),
    /// Set a password
    Passwd(Who),
    /// Remove the second step of an account whose owner has lost it; its sessions end at once
    ResetTotp(Who),
    /// End all sessions of an account
    SignOut(Who),
    /// Let an account sign in no more; its sessions end at once
    Disable(Who),
    /// Let a disabled account sign in again
    Enable(Who),
    /// Show all accounts
    List(List),
}

/// `kb user add`
#[derive(Debug, Args)]
pub(in crate::cli) struct Add {
    /// The mail address to sign in with
    #[arg(value_name = "EMAIL", value_parser = email)]
    pub(in crate::cli) email: Email,
    /// What colleagues and customers see
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(in crate::cli) name: PersonName,
    /// What the account may do: editor, agent, specialist or admin
    #[arg(long, value_name = "ROLE", default_value = "agent", value_parser = role)]
    pub(in crate::cli) role: Role,
    /// A group that it answers for; may be repeated
    #[arg(long, value_name = "GROUP", value_parser = group)]
    pub(in crate::cli) group: Vec<Slug>,
    /// The language of the desk: zh-CN, zh-TW or en
    #[arg(long, value_name = "LANG", default_value = "zh-CN", value_parser = lang)]
    pub(in crate::cli) lang: Lang,
    /// Take no cases for now
    #[arg(long)]
    pub(in crate::cli) off_duty: bool,
}

/// `kb user invite`
#[derive(Debug, Args)]
pub(in crate::cli) struct Invite {
    /// Where the letter goes; done again, a new one is sent and the link of the former ends
    #[arg(value_name = "EMAIL", value_parser = email)]
    pub(in crate::cli) email: Email,
    /// What colleagues and customers will see [default: the address before the @]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(in crate::cli) name: Option<PersonName>,
    /// What the account may do: editor, agent, specialist or admin
    #[arg(long, value_name = "ROLE", default_value = "agent", value_parser = role)]
    pub(in crate::cli) role: Role,
    /// A group that it answers for; may be repeated
    #[arg(long, value_name = "GROUP", value_parser = group)]
    pub(in crate::cli) group: Vec<Slug>,
    /// The language of the letter and of the desk: zh-CN, zh-TW or en
    #[arg(long, value_name = "LANG", default_value = "zh-CN", value_parser = lang)]
    pub(in crate::cli) lang: Lang,
}

/// `kb user change`
#[derive(Debug, Args)]
pub(in crate::cli) struct Change {
    /// The account's mail address
    #[arg(value_name = "EMAIL", value_parser = email)]
    pub(in crate::cli) email: Email,
    /// What colleagues and customers see
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(in crate::cli) name: Option<PersonName>,
    /// What the account may do: editor, agent, specialist or admin
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub(in crate::cli) role: Option<Role>,
    /// The groups that it answers for from now on, in the place of those before; may be repeated
    #[arg(long, value_name = "GROUP", value_parser = group)]
    pub(in crate::cli) group: Vec<Slug>,
    /// The language of the desk: zh-CN, zh-TW or en
    #[arg(long, value_name = "LANG", value_parser = lang)]
    pub(in crate::cli) lang: Option<Lang>,
    /// Whether it takes cases
    #[arg(long, value_name = "YES|NO")]
    pub(in crate::cli) on_duty: Option<YesNo>,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum YesNo {
    /// It is so
    Yes,
    /// It is not
    No,
}

/// Which account.
#[derive(Debug, Args)]
pub(in crate::cli) struct Who {
    /// The account's mail address
    #[arg(value_name = "EMAIL", value_parser = email)]
    pub(in crate::cli) email: Email,
}

/// `kb user list`
#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// How accounts are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: ListFormat,
}

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ListFormat {
    /// A table
    Human,
    /// One JSON document
    Json,
}

fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|e| e.to_string())
}

fn name(text: &str) -> Result<PersonName, String> {
    PersonName::parse(text).map_err(|e| e.to_string())
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).map_err(|e| e.to_string())
}

fn group(text: &str) -> Result<Slug, String> {
    Slug::parse(text).map_err(|e| e.to_string())
}

fn lang(text: &str) -> Result<Lang, String> {
    Lang::parse(text).ok_or_else(|| "use zh-CN, zh-TW or en".to_owned())
}
