//! Which programs may call? Keys are made, listed and ended from the terminal, which may do all.

use super::Outcome;
use super::args::staff::{Key, KeyAdd, KeyCommand, KeyList};
use super::args::{Format, Global};
use super::case::{pretty, print, table, with_cases};
use super::setup::Found;
use super::terminal::Terminal;
use crate::cases::{Cases, KEY_PREFIX, NewKey};
use crate::config::Schema;
use crate::error::{Error, Result};
use crate::model::api_key::{ApiKey, Scope};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io::Write;

/// `kb key …`
pub(super) fn run(args: &Key, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    if let KeyCommand::Add(args) = &args.command {
        known(args, &Found::read(global, None).schema.value)?;
    }
    with_cases(global, terminal, async |cases| match &args.command {
        KeyCommand::Add(args) => add(args, cases, terminal).await,
        KeyCommand::List(args) => list(args, cases, terminal).await,
        KeyCommand::Revoke(args) => {
            cases.revoke_key(None, args.id).await?;
            say(terminal, &format!("{} opens nothing any more", args.id));
            Ok(Outcome::Fine)
        }
    })
}

/// A key to read for an audience that there is not would read what is public, and no more: that is a slip.
fn known(args: &KeyAdd, schema: &Schema) -> Result<()> {
    for scope in &args.scope {
        if let Scope::Read(name) = scope
            && schema.audiences.get(name).is_none()
        {
            let message = format!("schema.toml has no audience `{name}`");
            return Err(Error::invalid(message).help(format!("there are: {}", schema.audiences)));
        }
    }
    Ok(())
}

async fn add(args: &KeyAdd, cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    let new = NewKey {
        name: args.name.clone(),
        scopes: args.scope.clone(),
        origins: args.origin.clone(),
        per_minute: args.per_minute,
        expires_at: args.expires.map(|after| cases.now() + after),
    };
    let (key, text) = cases.add_key(None, new).await?;
    print(terminal, &format!("{text}\n"))?;
    let told = format!(
        "this is shown once; keep it where only `{}` reads it ({})",
        key.name, key.id
    );
    say(terminal, &told);
    Ok(Outcome::Fine)
}

async fn list(args: &KeyList, cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    let now = cases.now();
    let mut keys = cases.keys(None).await?;
    keys.retain(|key| args.all || key.is_live(now));
    let shown = match args.format {
        Format::Json => pretty(&keys.iter().map(|key| as_json(key, now)).collect())?,
        Format::Human if keys.is_empty() => {
            "no keys: kb key add --name NAME --scope SCOPE\n".to_owned()
        }
        Format::Human => as_table(&keys, now),
    };
    print(terminal, &shown)
}

fn as_json(key: &ApiKey, now: Timestamp) -> Value {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "id": key.id.to_string(),
        "hint": format!("{KEY_PREFIX}{}", key.hint),
        "name": key.name,
        "scopes": key.scopes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "origins": key.origins,
        "per_minute": key.per_minute,
        "made_by": key.made_by_name,
        "created_at": key.created_at.to_string(),
        "expires_at": time(key.expires_at),
        "used_at": time(key.used_at),
        "revoked_at": time(key.revoked_at),
        "live": key.is_live(now),
    })
}

fn as_table(keys: &[ApiKey], now: Timestamp) -> String {
    let head = ["ID", "KEY", "NAME", "SCOPES", "USED", "STATE"];
    let day = |at: Timestamp| at.strftime("%F").to_string();
    let rows = keys.iter().map(|key| {
        let scopes: Vec<String> = key.scopes.iter().map(ToString::to_string).collect();
        let state = match (key.revoked_at, key.expires_at) {
            (Some(_), _) => "revoked".to_owned(),
            (None, Some(at)) if at <= now => "expired".to_owned(),
            (None, Some(at)) => format!("until {}", day(at)),
            (None, None) => "live".to_owned(),
        };
        [
            key.id.to_string(),
            format!("{KEY_PREFIX}{}…", key.hint),
            key.name.clone(),
            scopes.join(" "),
            key.used_at.map_or_else(|| "never".to_owned(), day),
            state,
        ]
    });
    table(&head, rows)
}

fn say(terminal: &Terminal, text: &str) {
    if !terminal.quiet {
        let _ = writeln!(terminal.err(), "{}", super::terminal::visible(text));
    }
}
