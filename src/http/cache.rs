//! May it be kept, and is it still the same? `Cache-Control`, `ETag`, `304`.

use crate::config::Settings;

/// What distinguishes the answers of this program with these settings.
pub(super) fn salt(settings: &Settings) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.update(format!("{settings:?}").as_bytes());
    hasher.update(super::assets::fingerprint().as_bytes());
    hasher.finalize().to_hex()[..16].to_owned()
}
