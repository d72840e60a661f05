//! What would the company's site sign? A token for trying, made with a key of `kb.toml`.

use super::Outcome;
use super::args::Global;
use super::args::token::Token;
use super::setup::Found;
use super::terminal::Terminal;
use crate::clock::Clock;
use crate::config::{Identity, IdentityKey, KeyCheck};
use crate::error::{Error, Result};
use crate::identity::{New, SigningKey, Verifier, sign};
use crate::model::Audience;
use std::io::Write;
use std::path::Path;

/// `kb token`
pub(super) fn run(args: &Token, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let setup = Found::read(global, None).accepted(terminal)?;
    let identity = &setup.settings.identity;
    let key = chosen(identity, args)?;
    let pem = args.private_key.as_deref().map(read).transpose()?;
    let signing = match (&key.check, &pem) {
        (KeyCheck::Hs256(secret), None) => SigningKey::Hs256(secret),
        (KeyCheck::Ed25519(_), Some(pem)) => SigningKey::Ed25519(pem),
        (KeyCheck::Hs256(_), Some(_)) => {
            let error = Error::invalid(format!("the key `{}` is for HS256", key.id));
            return Err(error
                .help("leave --private-key out, or name another --key")
                .into());
        }
        (KeyCheck::Ed25519(_), None) => {
            let error = Error::invalid(format!("the key `{}` is for EdDSA", key.id));
            return Err(error
                .help("name its private half with --private-key")
                .into());
        }
    };
    let new = New {
        subject: args.sub.clone(),
        name: args.name.clone(),
        email: args.email.clone(),
        audience: args.audience.clone(),
        tier: args.tier.clone(),
        products: args.product.clone(),
        issuer: identity.issuer.clone(),
        recipient: identity.recipient.clone(),
        id: uuid::Uuid::now_v7().to_string(),
        seconds: args.valid_for,
    };
    let now = Clock::System.now();
    let token = sign(&new, &key.id, &signing, now)?;
    // What nobody would take is not given out.
    let audiences = &setup.schema.audiences;
    let max = audiences
        .get(&identity.max_audience)
        .unwrap_or(Audience::PUBLIC);
    let gives = |name: &str| {
        audiences
            .get(name)
            .is_some_and(|audience| max.may_read(audience))
    };
    Verifier::new(identity)
        .verify(&token, now, gives)
        .map_err(|refused| Error::from(refused).help("the help centre would refuse it"))?;
    writeln!(terminal.out(), "{token}")?;
    Ok(Outcome::Fine)
}

/// The key that is named, else the first that can sign.
fn chosen<'i>(identity: &'i Identity, args: &Token) -> Result<&'i IdentityKey> {
    let fits = |key: &&IdentityKey| match &args.key {
        Some(id) => key.id == *id,
        None => matches!(key.check, KeyCheck::Ed25519(_)) == args.private_key.is_some(),
    };
    identity.keys.iter().find(fits).ok_or_else(|| {
        let message = match &args.key {
            Some(id) => format!("there is no key `{id}` in [[identity.keys]]"),
            None => "[[identity.keys]] has no key that can sign this".to_owned(),
        };
        Error::not_found(message)
            .help("kb.toml.example shows how a key is set; --private-key FILE signs for EdDSA")
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path)
        .map_err(|e| Error::invalid(format!("{} cannot be read: {e}", path.display())))
}
