//! Which options does `kb token` have?

use clap::Args;
use std::path::PathBuf;

/// `kb token`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb token --sub u-4711 --name 李雷 --email li.lei@example.com
  kb token --sub u-4711 --tier gold --product app --valid-for 10m
  kb token --sub u-4711 --key 2026-ed --private-key private.pem

Signs as the company's site would, with a key of [[identity.keys]] in kb.toml: the secret that stands there, or, for EdDSA, the
private key of which only the public half does. Prints the token and nothing else.")]
pub(in crate::cli) struct Token {
    /// How the site calls the customer
    #[arg(long, value_name = "SUBJECT")]
    pub(in crate::cli) sub: String,
    /// What to call him
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) name: Option<String>,
    /// His mail address
    #[arg(long, value_name = "ADDRESS")]
    pub(in crate::cli) email: Option<String>,
    /// What he may read [default: identity.audience]
    #[arg(long, value_name = "AUDIENCE")]
    pub(in crate::cli) audience: Option<String>,
    /// How important he is, by a name of [service.tiers]
    #[arg(long, value_name = "TIER")]
    pub(in crate::cli) tier: Option<String>,
    /// What he has, as articles name it; may be repeated
    #[arg(long, value_name = "PRODUCT")]
    pub(in crate::cli) product: Vec<String>,
    /// For how long it is valid, as in 90s, 5m or 1h
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = seconds)]
    pub(in crate::cli) valid_for: u32,
    /// The id of the key [default: the first that can sign]
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) key: Option<String>,
    /// The Ed25519 private key in PEM form, for a key with alg = "EdDSA"
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) private_key: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<u32, String> {
    let refused = || "write a time as in 90s, 5m or 1h".to_owned();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(refused()),
    };
    let number: u32 = number.parse().map_err(|_| refused())?;
    let seconds = number.checked_mul(factor).filter(|seconds| *seconds > 0);
    seconds.ok_or_else(refused)
}
