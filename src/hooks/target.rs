//! Where does a notice go? An address, in which form, with which secret.

use super::address::is_public;
use super::standard::SigningKey;
use crate::config::{Hook, HookForm, Secret};
use std::fmt;
use std::net::IpAddr;
use url::{Host, Url};

/// The form that a receiver understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Preset {
    /// JSON with `webhook-id`, `webhook-timestamp` and `webhook-signature`, after Standard Webhooks.
    #[default]
    Standard,
    /// A robot of 企业微信 (WeCom) in a group.
    WeCom,
    /// A robot of 钉钉 (DingTalk) in a group; with a secret it signs (加签).
    DingTalk,
    /// A robot of 飞书 (Feishu, Lark) in a group; with a secret it signs (签名校验).
    Feishu,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Standard, Self::WeCom, Self::DingTalk, Self::Feishu];

    /// The word for it in `kb.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::WeCom => "wecom",
            Self::DingTalk => "dingtalk",
            Self::Feishu => "feishu",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.as_str() == text)
    }
}

/// Somebody who is told. Its `Debug` shows neither address nor secret: a robot's address is a secret too.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    pub(super) url: Url,
    pub(super) preset: Preset,
    pub(super) secret: String,
    pub(super) key: Option<SigningKey>,
    pub(super) allow_private: bool,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({}, …)", self.preset.as_str())
    }
}

/// Why nothing can be sent there; fit to be shown to whoever wrote the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidTarget(&'static str);

impl fmt::Display for InvalidTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidTarget {}

impl Target {
    /// Checks an address, with the secret that belongs to the preset (empty for none). With `allow_private` addresses of one's own
    /// network, plain `http` and every port are taken; otherwise `https` to public addresses at port 443 or from 1024 on.
    ///
    /// # Errors
    /// [`InvalidTarget`] says what is wrong and what to do.
    pub fn new(
        preset: Preset,
        url: &str,
        secret: &str,
        allow_private: bool,
    ) -> Result<Self, InvalidTarget> {
        let url = Url::parse(url.trim())
            .map_err(|_| InvalidTarget("this is no web address: write https://host/path"))?;
        check_scheme(&url, allow_private)?;
        let host = url.host().ok_or(InvalidTarget("the address has no host"))?;
        if !allow_private {
            check_host(&host)?;
            check_port(&url)?;
        }
        Ok(Self {
            key: signing_key(preset, secret)?,
            preset,
            secret: secret.trim().to_owned(),
            url,
            allow_private,
        })
    }
}

impl TryFrom<&Hook> for Target {
    type Error = InvalidTarget;

    /// The target that an entry of `[[hooks]]` names.
    fn try_from(hook: &Hook) -> Result<Self, InvalidTarget> {
        let preset = match hook.form {
            HookForm::Standard => Preset::Standard,
            HookForm::WeCom => Preset::WeCom,
            HookForm::DingTalk => Preset::DingTalk,
            HookForm::Feishu => Preset::Feishu,
        };
        let secret = hook.secret.as_ref().map_or("", Secret::reveal);
        Self::new(preset, hook.url.reveal(), secret, hook.allow_private)
    }
}

fn check_scheme(url: &Url, allow_private: bool) -> Result<(), InvalidTarget> {
    match url.scheme() {
        "https" => Ok(()),
        "http" if allow_private => Ok(()),
        "http" => Err(InvalidTarget(
            "web hooks go to https addresses; http only with allow_private = true",
        )),
        _ => Err(InvalidTarget("web hooks go to https addresses")),
    }
}

/// A host written as a number in any base has become an address of IPv4 by now.
fn check_host(host: &Host<&str>) -> Result<(), InvalidTarget> {
    let address = match host {
        Host::Ipv4(v4) => IpAddr::V4(*v4),
        Host::Ipv6(v6) => IpAddr::V6(*v6),
        Host::Domain(_) => return Ok(()),
    };
    if is_public(address) {
        Ok(())
    } else {
        Err(InvalidTarget(PRIVATE))
    }
}

/// What is said of an address that is not public, wherever that comes out.
pub(super) const PRIVATE: &str =
    "the address is of a private network: web hooks go there only with allow_private = true";

fn check_port(url: &Url) -> Result<(), InvalidTarget> {
    match url.port_or_known_default() {
        Some(443 | 1_024..) => Ok(()),
        _ => Err(InvalidTarget(
            "web hooks go to port 443 or from 1024 on; to others only with allow_private = true",
        )),
    }
}

fn signing_key(preset: Preset, secret: &str) -> Result<Option<SigningKey>, InvalidTarget> {
    match preset {
        Preset::Standard => SigningKey::parse(secret).map(Some).ok_or(InvalidTarget(
            "a web hook needs a secret: whsec_ and 24 to 64 random bytes in base64, as of `openssl rand -base64 32`",
        )),
        Preset::WeCom if !secret.trim().is_empty() => Err(InvalidTarget(
            "robots of 企业微信 have no secret but their address: remove it",
        )),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::{Preset, Target};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn only_public_https_addresses_are_targets() {
        for (url, public, private) in [
            ("https://example.com/hook", true, true),
            ("https://example.com:8443/hook", true, true),
            ("https://8.8.8.8/", true, true),
            ("http://example.com/", false, true),
            ("https://example.com:25/", false, true),
            ("https://127.0.0.1/", false, true),
            ("https://2130706433/", false, true),
            ("https://0x7f.1/", false, true),
            ("https://0177.0.0.1/", false, true),
            ("https://127.1/", false, true),
            ("https://[::1]/", false, true),
            ("https://[::ffff:127.0.0.1]/", false, true),
            ("https://169.254.169.254/latest/meta-data", false, true),
            ("https://①②⑦.0.0.1/", false, true),
            ("file:///etc/passwd", false, false),
            ("gopher://example.com/", false, false),
            ("ftp://example.com/", false, false),
            ("https://", false, false),
            ("example.com", false, false),
            ("", false, false),
        ] {
            for (allow, expected) in [(false, public), (true, private)] {
                let taken = Target::new(Preset::Standard, url, SECRET, allow).is_ok();
                assert_eq!(taken, expected, "{url} {allow}");
            }
        }
    }

    #[test]
    fn secrets_belong_to_presets_and_are_never_shown() {
        let url = "https://example.com/send?key=abc";
        let make = |preset, secret| Target::new(preset, url, secret, false);
        assert!(make(Preset::Standard, "").is_err());
        assert!(make(Preset::WeCom, "x").is_err());
        assert!(make(Preset::DingTalk, "").is_ok());
        let target = make(Preset::Feishu, "hush").expect("a target");
        assert_eq!(format!("{target:?}"), "Target(feishu, …)");
        for preset in Preset::ALL {
            assert_eq!(Preset::parse(preset.as_str()), Some(preset));
        }
    }
}
