//! How do other programs hear of what happens? By a POST: signed as Standard Webhooks say, or as a message of a robot of
//! 企业微信, 钉钉 or 飞书.
//!
//! [`Hooks::deliver`] makes one attempt to send one [`Notice`] to one [`Target`] and says what came of it. It knows no store and
//! no cases: who is told, and when to try again, is decided above. No target can make this machine talk to its own network:
//! [`address`] says which addresses are public, and only an address that was checked is connected to. Redirects, proxies and
//! compression are not followed, used or undone. Of a target's address and secret nothing is ever logged or returned.

pub mod address;
mod client;
mod fetch;
mod notice;
mod resolver;
mod robots;
mod standard;
mod target;

pub use client::Hooks;
pub use fetch::{Fetch, Fetched};
pub use notice::{Line, Notice};
pub use resolver::Lookup;
pub use standard::{SigningKey, signature, verify};
pub use target::{InvalidTarget, Preset, Target};
