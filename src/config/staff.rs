//! How do people of the desk prove who they are, and programs that call? The parts of `kb.toml` about staff and keys.

use super::Secret;
use crate::model::account::Role;

/// People of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Staff {
    /// The roles that need a second step to sign in. Providers see to that themselves.
    pub require_totp: Vec<Role>,
    /// What secrets of second steps are sealed with, beside the secret of the database.
    pub seal_key: Option<Secret>,
    /// An identity provider to sign in with.
    pub oidc: Option<Oidc>,
}

/// An identity provider of OpenID Connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oidc {
    /// Its address, exactly as its tokens name it.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What proves to it that we are that; `None` for a public client, which PKCE protects.
    pub client_secret: Option<Secret>,
    /// What the button says; empty for the interface's own wording.
    pub button: String,
    /// What is asked for beside `openid`, `email` and `profile`.
    pub scopes: Vec<String>,
    /// The claim that says to which groups somebody belongs: a text or a list of texts.
    pub role_claim: String,
    /// Which value of that claim gives which role, the first that fits. Where there are any, they count at every sign-in.
    pub roles: Vec<RoleRule>,
    /// The role of who has none of these values; `None`: then he does not get in where there are rules.
    pub default_role: Option<Role>,
    /// The domains of mail addresses that may come in; empty for all.
    pub domains: Vec<String>,
    /// Who gets an account.
    pub accounts: Admission,
}

/// Who gets an account when a provider vouches for him.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Admission {
    /// Who has one or was invited.
    #[default]
    Invited,
    /// Everybody with a role.
    Everybody,
}

/// A value of a claim, and the role that it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRule {
    /// The value.
    pub value: String,
    /// The role.
    pub role: Role,
}

/// Programs that call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Api {
    /// Whether a program needs a key. Pages of this help centre need none.
    pub require_key: bool,
    /// How many requests a minute a key has unless it says otherwise.
    pub key_per_minute: u32,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            require_key: false,
            key_per_minute: 600,
        }
    }
}
