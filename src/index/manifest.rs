//! What does a generation say of itself? `manifest.json`: what it was made from, and by what.

use super::record::rank;
use super::{Contents, FileRecord};
use crate::model::{ArticleId, Audience, Category, CategoryPath, Lang};
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Goes up whenever the files of a generation or the records within it change their form.
pub(super) const FORMAT: u32 = 2;

/// What `manifest.json` says.
#[derive(Debug)]
pub(super) struct Manifest {
    /// Of the schema it was built with.
    pub(super) fingerprint: String,
    /// What it was made from.
    pub(super) contents: Contents,
}

/// Why a manifest is of no use.
pub(super) enum Unreadable {
    /// Another version of the program wrote it.
    Foreign,
    /// It is damaged.
    Damaged(anyhow::Error),
}

#[derive(Serialize, Deserialize)]
struct Form {
    format: u32,
}

#[derive(Serialize, Deserialize)]
struct ManifestRecord {
    format: u32,
    fingerprint: String,
    audiences: Vec<String>,
    categories: Vec<CategoryRecord>,
    listed_ns: i128,
    files: BTreeMap<String, FileEntry>,
}

#[derive(Serialize, Deserialize)]
struct CategoryRecord {
    path: String,
    title: String,
    description: String,
    order: Option<i64>,
    audience: u8,
    lang: Option<String>,
    body: String,
}

#[derive(Serialize, Deserialize)]
struct FileEntry {
    size: u64,
    modified_ns: i128,
    mark: u64,
    hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    highest_audience: u8,
    #[serde(default, skip_serializing_if = "is_false")]
    broken: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    flawed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_change: Option<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(yes: &bool) -> bool {
    !*yes
}

/// The bytes of `manifest.json`.
pub(super) fn encode(fingerprint: &str, contents: &Contents) -> Result<Vec<u8>> {
    let files = contents.files.iter();
    Ok(serde_json::to_vec(&ManifestRecord {
        format: FORMAT,
        fingerprint: fingerprint.to_owned(),
        audiences: contents.audiences.clone(),
        listed_ns: contents.listed_ns,
        categories: contents.categories.iter().map(category_record).collect(),
        files: files
            .map(|(path, record)| (path.clone(), file_entry(record)))
            .collect(),
    })?)
}

/// Reads `manifest.json`.
pub(super) fn decode(bytes: &[u8]) -> Result<Manifest, Unreadable> {
    let damaged = |why: serde_json::Error| Unreadable::Damaged(why.into());
    let form: Form = serde_json::from_slice(bytes).map_err(damaged)?;
    if form.format != FORMAT {
        return Err(Unreadable::Foreign);
    }
    let record: ManifestRecord = serde_json::from_slice(bytes).map_err(damaged)?;
    manifest_of(record).map_err(Unreadable::Damaged)
}

fn category_record(category: &Category) -> CategoryRecord {
    CategoryRecord {
        path: category.path.as_str().to_owned(),
        title: category.title.clone(),
        description: category.description.clone(),
        order: category.order,
        audience: rank(category.audience),
        lang: category.lang.map(|lang| lang.tag().to_owned()),
        body: category.body.clone(),
    }
}

fn file_entry(record: &FileRecord) -> FileEntry {
    FileEntry {
        size: record.size,
        modified_ns: record.modified_ns,
        mark: record.mark,
        hash: record.hash.clone(),
        id: record.id.as_ref().map(|id| id.as_str().to_owned()),
        highest_audience: rank(record.highest_audience),
        broken: record.broken,
        flawed: record.flawed,
        next_change: record.next_change.map(|at| at.to_string()),
    }
}

fn manifest_of(record: ManifestRecord) -> Result<Manifest> {
    let files = record.files.into_iter();
    Ok(Manifest {
        fingerprint: record.fingerprint,
        contents: Contents {
            audiences: record.audiences,
            listed_ns: record.listed_ns,
            categories: record
                .categories
                .into_iter()
                .map(category_of)
                .collect::<Result<_>>()?,
            files: files
                .map(|(path, entry)| Ok((path, file_of(entry)?)))
                .collect::<Result<_>>()?,
        },
    })
}

fn category_of(record: CategoryRecord) -> Result<Category> {
    let lang = match record.lang.as_deref().map(Lang::parse) {
        None => None,
        Some(Some(lang)) => Some(lang),
        Some(None) => bail!("a category in an unknown language"),
    };
    Ok(Category {
        path: CategoryPath::new(&record.path),
        title: record.title,
        description: record.description,
        order: record.order,
        audience: Audience::from_rank(record.audience),
        lang,
        body: record.body,
    })
}

fn file_of(entry: FileEntry) -> Result<FileRecord> {
    Ok(FileRecord {
        size: entry.size,
        modified_ns: entry.modified_ns,
        mark: entry.mark,
        hash: entry.hash,
        id: entry.id.map(|id| ArticleId::parse(&id)).transpose()?,
        highest_audience: Audience::from_rank(entry.highest_audience),
        broken: entry.broken,
        flawed: entry.flawed,
        next_change: entry.next_change.map(|at| at.parse()).transpose()?,
    })
}
