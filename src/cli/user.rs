//! Who works at the desk? Accounts are made, changed and disabled from the terminal, which may do all.

use super::Outcome;
use super::args::Global;
use super::args::user::{Add, Change, Invite, List, ListFormat, User, UserCommand, Who, YesNo};
use super::case::{pretty, print, table};
use super::setup::Setup;
use super::terminal::{Terminal, visible};
use crate::cases::{AccountChange, Cases, NewAccount, NewInvitation, Refusal};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::{PersonName, Slug};
use crate::store::Store;
use serde_json::json;
use std::io::{BufRead, IsTerminal, Read, Write};
use std::process::Command;
use std::sync::Arc;

/// The longest line that is read as a password, in bytes.
const MAX_PASSWORD_BYTES: u64 = 4_096;

/// `kb user …`
pub(super) fn run(args: &User, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let setup = Setup::read(global, None, terminal)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let store = Store::open(&setup.location()?).await.map_err(Error::from)?;
        let cases = Cases::open(store, Arc::new(setup.settings.clone()), Clock::System).await?;
        let done = act(&args.command, &cases, &setup, terminal).await;
        cases.store().close().await;
        Ok(done.map(|()| Outcome::Fine)?)
    })
}

async fn act(
    command: &UserCommand,
    cases: &Cases,
    setup: &Setup,
    terminal: &Terminal,
) -> Result<()> {
    match command {
        UserCommand::Add(args) => add(args, cases, setup, terminal).await,
        UserCommand::Change(args) => change(args, cases, setup, terminal).await,
        UserCommand::Invite(args) => invite(args, cases, setup, terminal).await,
        UserCommand::Uninvite(args) => uninvite(args, cases, terminal).await,
        UserCommand::Invitations(args) => invitations(args, cases, terminal).await,
        UserCommand::Passwd(args) => passwd(args, cases, terminal).await,
        UserCommand::ResetTotp(args) => reset_totp(args, cases, terminal).await,
        UserCommand::SignOut(args) => sign_out(args, cases, terminal).await,
        UserCommand::Disable(args) => disable(args, true, cases, terminal).await,
        UserCommand::Enable(args) => disable(args, false, cases, terminal).await,
        UserCommand::List(args) => list(args, cases, terminal).await,
    }
}

async fn add(args: &Add, cases: &Cases, setup: &Setup, terminal: &Terminal) -> Result<()> {
    if cases.account_of(&args.email).await.is_ok() {
        return Err(Error::from(Refusal::EmailTaken)
            .help("`kb user change` and `kb user passwd` change an account that is there"));
    }
    let password = new_password(terminal)?;
    let new = NewAccount {
        email: args.email.clone(),
        name: args.name.clone(),
        role: args.role,
        groups: args.group.clone(),
        lang: args.lang,
        on_duty: !args.off_duty,
    };
    let account = cases.add_account(None, new, &password).await?;
    warn_of_groups(&account, setup, terminal);
    say(
        terminal,
        &format!(
            "{} can sign in at {} as {}",
            account.email,
            cases.public("/desk"),
            account.role
        ),
    );
    Ok(())
}

/// A group that nothing is routed to is no mistake, but more often a misspelt one.
fn warn_of_groups(account: &Account, setup: &Setup, terminal: &Terminal) {
    let settings = &setup.settings;
    let unknown =
        |group: &&Slug| settings.group(group).is_none() && **group != settings.cases.fallback_group;
    for group in account.groups.iter().filter(unknown) {
        let _ = writeln!(
            terminal.err(),
            "warning: kb.toml has no group `{}`, so nothing is routed to it",
            visible(group.as_str())
        );
    }
}

async fn change(args: &Change, cases: &Cases, setup: &Setup, terminal: &Terminal) -> Result<()> {
    let account = cases.account_of(&args.email).await?;
    let change = AccountChange {
        name: args.name.clone(),
        role: args.role,
        groups: (!args.group.is_empty()).then(|| args.group.clone()),
        lang: args.lang,
        on_duty: args.on_duty.map(|word| word == YesNo::Yes),
        disabled: None,
    };
    let account = cases.change_account(None, account.id, &change).await?;
    warn_of_groups(&account, setup, terminal);
    say(terminal, &format!("{} was changed", account.email));
    Ok(())
}

async fn passwd(args: &Who, cases: &Cases, terminal: &Terminal) -> Result<()> {
    let account = cases.account_of(&args.email).await?;
    let password = new_password(terminal)?;
    cases
        .set_password(None, account.id, &password, None)
        .await?;
    say(
        terminal,
        &format!(
            "{} has a new password; its sessions have ended",
            account.email
        ),
    );
    Ok(())
}

async fn invite(args: &Invite, cases: &Cases, setup: &Setup, terminal: &Terminal) -> Result<()> {
    let local = args.email.as_str().split('@').next().unwrap_or_default();
    let name = match &args.name {
        Some(name) => name.clone(),
        None => PersonName::parse(local).map_err(|e| Error::invalid(e.to_string()))?,
    };
    let new = NewInvitation {
        email: args.email.clone(),
        name,
        role: args.role,
        groups: args.group.clone(),
        lang: args.lang,
    };
    let invitation = cases.invite(None, new).await?;
    if setup.settings.mail.smtp_url.is_none() {
        let _ = writeln!(
            terminal.err(),
            "warning: mail.smtp_url is not set, so the letter becomes a file and reaches nobody"
        );
    }
    let until = invitation.expires_at.strftime("%F %H:%MZ");
    let text = format!(
        "{} is invited as {}: `kb serve` sends the letter, whose link opens once, until {until}",
        invitation.email, invitation.role
    );
    say(terminal, &text);
    Ok(())
}

async fn uninvite(args: &Who, cases: &Cases, terminal: &Terminal) -> Result<()> {
    cases.withdraw_invitation(None, &args.email).await?;
    say(terminal, &format!("{} is not invited any more", args.email));
    Ok(())
}

async fn invitations(args: &List, cases: &Cases, terminal: &Terminal) -> Result<()> {
    let all = cases.invitations(None).await?;
    let shown = match args.format {
        ListFormat::Json => {
            let rows = all.iter().map(|one| {
                json!({
                    "email": one.email.as_str(),
                    "name": one.name.as_str(),
                    "role": one.role.as_str(),
                    "groups": one.groups.iter().map(Slug::as_str).collect::<Vec<_>>(),
                    "invited_by": one.invited_by,
                    "created_at": one.created_at.to_string(),
                    "expires_at": one.expires_at.to_string(),
                })
            });
            pretty(&rows.collect())?
        }
        ListFormat::Human if all.is_empty() => "nobody is invited\n".to_owned(),
        ListFormat::Human => {
            let head = ["EMAIL", "NAME", "ROLE", "INVITED BY", "UNTIL"];
            let rows = all.iter().map(|one| {
                [
                    one.email.to_string(),
                    one.name.to_string(),
                    one.role.to_string(),
                    one.invited_by.clone(),
                    one.expires_at.strftime("%F %H:%MZ").to_string(),
                ]
            });
            table(&head, rows)
        }
    };
    print(terminal, &shown).map(drop)
}

async fn reset_totp(args: &Who, cases: &Cases, terminal: &Terminal) -> Result<()> {
    let account = cases.account_of(&args.email).await?;
    let account = cases.reset_second_step(None, account.id).await?;
    let text = format!(
        "{} signs in with the password alone until a second step is set up anew; its sessions have ended",
        account.email
    );
    say(terminal, &text);
    Ok(())
}

async fn sign_out(args: &Who, cases: &Cases, terminal: &Terminal) -> Result<()> {
    let account = cases.account_of(&args.email).await?;
    let ended = cases.end_sessions(None, account.id, None, None).await?;
    say(
        terminal,
        &format!("{ended} sessions of {} have ended", account.email),
    );
    Ok(())
}

async fn disable(args: &Who, disabled: bool, cases: &Cases, terminal: &Terminal) -> Result<()> {
    let account = cases.account_of(&args.email).await?;
    let change = AccountChange {
        disabled: Some(disabled),
        ..AccountChange::default()
    };
    let account = cases.change_account(None, account.id, &change).await?;
    let what = if disabled {
        "cannot sign in any more; its sessions have ended"
    } else {
        "can sign in again"
    };
    say(terminal, &format!("{} {what}", account.email));
    Ok(())
}

async fn list(args: &List, cases: &Cases, terminal: &Terminal) -> Result<()> {
    let accounts = cases.accounts().await?;
    let shown = match args.format {
        ListFormat::Json => as_json(&accounts)?,
        ListFormat::Human => as_table(&accounts),
    };
    print(terminal, &shown).map(drop)
}

fn as_json(accounts: &[Account]) -> Result<String> {
    let rows: Vec<_> = accounts
        .iter()
        .map(|account| {
            json!({
                "email": account.email.as_str(),
                "name": account.name.as_str(),
                "role": account.role.as_str(),
                "groups": account.groups.iter().map(Slug::as_str).collect::<Vec<_>>(),
                "lang": account.lang.tag(),
                "on_duty": account.on_duty,
                "disabled": account.disabled,
                "created_at": account.created_at.to_string(),
            })
        })
        .collect();
    pretty(&rows.into())
}

fn as_table(accounts: &[Account]) -> String {
    if accounts.is_empty() {
        return "no accounts yet: kb user add EMAIL --name NAME --role admin\n".to_owned();
    }
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["EMAIL", "NAME", "ROLE", "GROUPS", "STATE"]);
    for account in accounts {
        let groups: Vec<&str> = account.groups.iter().map(Slug::as_str).collect();
        let state = match (account.disabled, account.on_duty) {
            (true, _) => "disabled",
            (false, true) => "on duty",
            (false, false) => "off duty",
        };
        let cells = [
            account.email.as_str(),
            account.name.as_str(),
            account.role.as_str(),
            &groups.join(", "),
            state,
        ];
        table.add_row(cells.map(|cell| visible(cell).into_owned()));
    }
    let lines: Vec<String> = table
        .to_string()
        .lines()
        .map(|line| line.trim().to_owned())
        .collect();
    lines.join("\n") + "\n"
}

fn say(terminal: &Terminal, text: &str) {
    if !terminal.quiet {
        let _ = writeln!(terminal.err(), "{}", visible(text));
    }
}

/// A password: typed twice without being shown at a terminal, else the first line of standard input.
fn new_password(terminal: &Terminal) -> Result<String> {
    if !std::io::stdin().is_terminal() {
        return line();
    }
    let first = ask(terminal, "Password (10 characters or more): ")?;
    let second = ask(terminal, "Once more: ")?;
    match first == second {
        true => Ok(first),
        false => Err(Error::invalid("the two passwords differ")
            .help("nothing was changed; run the command again")),
    }
}

fn ask(terminal: &Terminal, question: &str) -> Result<String> {
    let _ = write!(terminal.err(), "{question}").and_then(|()| terminal.err().flush());
    // Where there is no `stty` the password is seen while it is typed, and that is all.
    let echo = |word: &str| Command::new("stty").arg(word).status().is_ok();
    let hidden = echo("-echo");
    let typed = line();
    if hidden {
        echo("echo");
    }
    let _ = writeln!(terminal.err());
    typed
}

fn line() -> Result<String> {
    let mut line = String::new();
    let read = std::io::stdin()
        .lock()
        .take(MAX_PASSWORD_BYTES)
        .read_line(&mut line);
    read.map_err(|e| {
        Error::invalid("the password cannot be read")
            .because(e)
            .help("it is UTF-8 text, on one line")
    })?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
