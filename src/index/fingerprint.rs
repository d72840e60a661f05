//! Was an index built the way this program would build it? A fingerprint of everything that shapes it.

use super::manifest::FORMAT;
use super::schema::TERMS_VERSION;
use crate::config::Schema;

/// The fingerprint of `schema`, where `dictionary` is the text of its dictionary files: all that decides which articles
/// are accepted, which terms they have, and how they are kept. Weights and the like may change without a new index.
pub fn fingerprint(schema: &Schema, dictionary: &[String]) -> String {
    let shape = (
        (FORMAT, TERMS_VERSION, tantivy::version_string()),
        &schema.audiences,
        &schema.fields,
        &schema.analysis,
        &schema.limits,
        dictionary,
    );
    blake3::hash(format!("{shape:?}").as_bytes())
        .to_hex()
        .to_string()
}
