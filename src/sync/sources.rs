//! What is an index made from? A folder of articles, read as a schema says, cut by an analyzer that knows its dictionary.

use crate::config::Schema;
use crate::error::{Code, Error, Result};
use crate::index::versions;
use crate::text::Analyzer;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest dictionary file, in bytes.
const MAX_DICTIONARY_BYTES: u64 = 16 << 20;

/// What an index is made from.
#[derive(Debug, Clone)]
pub struct Sources {
    root: PathBuf,
    schema: Arc<Schema>,
    analyzer: Analyzer,
    fingerprint: String,
}

impl Sources {
    /// The articles below `root`, as `schema` says. Reads its dictionary files.
    ///
    /// # Errors
    /// `InvalidRequest` when a dictionary cannot be read, is not UTF-8 or is larger than 16 MiB.
    pub fn new(root: &Path, schema: Arc<Schema>) -> Result<Self> {
        let files = &schema.lexicon.dictionary;
        let lists: Vec<String> = files
            .iter()
            .map(|file| read_dictionary(file))
            .collect::<Result<_>>()?;
        let words = lists.iter().flat_map(|list| list.lines()).filter_map(word);
        Ok(Self {
            root: root.to_owned(),
            analyzer: Analyzer::new(words, schema.analysis.variants),
            fingerprint: schema.fingerprint(&versions()),
            schema,
        })
    }

    /// The folder of articles.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What articles look like.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// How their texts are cut.
    pub fn analyzer(&self) -> &Analyzer {
        &self.analyzer
    }

    /// What an index must have been built with to be theirs.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

fn read_dictionary(file: &Path) -> Result<String> {
    let refuse = |why: String| {
        let what = format!("the dictionary `{}` cannot be used: {why}", file.display());
        Error::new(Code::InvalidRequest, what)
            .help("correct it, or remove it from `lexicon.dictionary` in schema.toml")
    };
    let size = std::fs::metadata(file)
        .map_err(|why| refuse(why.to_string()))?
        .len();
    if size > MAX_DICTIONARY_BYTES {
        return Err(refuse(format!("it has {size} bytes, more than 16 MiB")));
    }
    let bytes = std::fs::read(file).map_err(|why| refuse(why.to_string()))?;
    String::from_utf8(bytes).map_err(|_| refuse("it is not UTF-8".to_owned()))
}

/// A word with its frequency, if it has one; other columns are passed over. `#` begins a comment.
fn word(line: &str) -> Option<(&str, Option<usize>)> {
    let line = line.trim_start_matches('\u{feff}').trim();
    if line.starts_with('#') {
        return None;
    }
    let mut columns = line.split_whitespace();
    let word = columns.next()?;
    Some((word, columns.next().and_then(|n| n.parse().ok())))
}
