//! Why is a token not taken? A closed list, each in words for who makes tokens.

use crate::error::{Code, Error};
use std::fmt;

/// Why a token is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// `kb.toml` has no keys.
    NoKeys,
    /// More than 4 KB.
    TooLong,
    /// Not three parts of base64, or no JSON in them, or one key twice.
    Malformed(String),
    /// The header asks for something that is not known here.
    Critical,
    /// It names no key, and there are several.
    NoKey,
    /// It names a key that is not known, or not any more.
    UnknownKey,
    /// It is signed by another algorithm than its key is for, or not at all.
    Algorithm(&'static str),
    /// The signature is wrong.
    Signature,
    /// Its time is over.
    Expired,
    /// Its time has not come: `nbf` or `iat` lie ahead.
    Early,
    /// It lives longer than `identity.longest_seconds`.
    TooLongLived(u32),
    /// Another site issued it.
    Issuer,
    /// It is for another site.
    Recipient,
    /// It gives more than `identity.max_audience`, or an audience that nobody knows.
    Audience,
    /// A claim is not acceptable.
    Claim(&'static str, String),
    /// It was used before, as a link.
    Used,
}

impl Refused {
    /// What makes the token acceptable.
    fn help(&self) -> &'static str {
        match self {
            Self::NoKeys => "set [[identity.keys]] in kb.toml",
            Self::TooLong => "put fewer products into it",
            Self::Malformed(_) | Self::Critical => {
                "sign it with a usual JWT library: header.claims.signature"
            }
            Self::NoKey | Self::UnknownKey => {
                "name an id of [[identity.keys]] as `kid` in the header"
            }
            Self::Algorithm(_) => {
                "sign it by the algorithm that [[identity.keys]] names for the key"
            }
            Self::Signature => {
                "sign it with the secret or the private key that belongs to the `kid`"
            }
            Self::Expired => "ask the site for a new one",
            Self::Early => "compare the clocks of both servers, or raise identity.skew_seconds",
            Self::TooLongLived(_) => "let `exp` be nearer, or raise identity.longest_seconds",
            Self::Issuer => "let `iss` be what identity.issuer says",
            Self::Recipient => "let `aud` be what identity.recipient says",
            Self::Audience => "name an audience of schema.toml, up to identity.max_audience",
            Self::Claim(..) => {
                "the claims are listed in the help centre, under “sign customers in”"
            }
            Self::Used => "a link works once: ask the site for a new one",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKeys => f.write_str("no tokens are taken here"),
            Self::TooLong => f.write_str("the token is longer than 4096 bytes"),
            Self::Malformed(why) => write!(f, "this is no token: {why}"),
            Self::Critical => f.write_str("the token's header has `crit`, which is not known here"),
            Self::NoKey => f.write_str("the token names no key (`kid`), and there are several"),
            Self::UnknownKey => f.write_str("the token names a key (`kid`) that is not known"),
            Self::Algorithm(by) => write!(f, "the token's key is for {by}, and it says otherwise"),
            Self::Signature => f.write_str("the token's signature is wrong"),
            Self::Expired => f.write_str("the token has expired"),
            Self::Early => f.write_str("the token is not valid yet"),
            Self::TooLongLived(most) => {
                write!(f, "the token lives longer than {most} seconds")
            }
            Self::Issuer => f.write_str("the token was issued by another site (`iss`)"),
            Self::Recipient => f.write_str("the token is for another site (`aud`)"),
            Self::Audience => f.write_str("the token's audience cannot be given"),
            Self::Claim(name, why) => write!(f, "the token's `{name}` {why}"),
            Self::Used => f.write_str("the token was used before"),
        }
    }
}

impl std::error::Error for Refused {}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        let help = refused.help();
        Self::new(Code::Unauthorized, refused.to_string()).help(help)
    }
}
