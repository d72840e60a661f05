//! Who does the company's site say that a visitor is? It signs a short token (a JWT); here tokens are verified, and made for trying.
//!
//! A key has one algorithm, and a token is verified by the key that it names with that algorithm alone: what a token says of its
//! own algorithm only decides whether it is refused. Nothing here keeps anything or asks the time: both are given.

mod claims;
mod refused;
mod sign;
mod verify;

pub use refused::Refused;
pub use sign::{New, SigningKey, sign};
pub use verify::{Proved, Verifier};
