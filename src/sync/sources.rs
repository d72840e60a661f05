//! What is an index made from? A folder of articles, read as a schema says, cut by an analyzer that knows its dictionary.

use super::questions::Questions;
use crate::config::Schema;
use crate::embed::Filler;
use crate::error::{Code, Error, Result};
use crate::index::versions;
use crate::text::{Analyzer, Lexicon, StopWords, Synonyms};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest word list, in bytes.
const MAX_LIST_BYTES: u64 = 16 << 20;

/// What an index is made from.
#[derive(Debug, Clone)]
pub struct Sources {
    root: PathBuf,
    schema: Arc<Schema>,
    lexicon: Arc<Lexicon>,
    fingerprint: String,
    questions: Option<Arc<dyn Questions>>,
    filler: Option<Arc<Filler>>,
}

impl Sources {
    /// The articles below `root`, as `schema` says. Reads its word lists.
    ///
    /// # Errors
    /// `InvalidRequest` when a list cannot be read, is not UTF-8, is larger than 16 MiB, or has a line that is no rule.
    pub fn new(root: &Path, schema: Arc<Schema>) -> Result<Self> {
        Ok(Self {
            root: root.to_owned(),
            lexicon: Arc::new(read_lexicon(&schema)?),
            fingerprint: schema.fingerprint(&versions()),
            schema,
            questions: None,
            filler: None,
        })
    }

    /// The same with the questions of the open forum, found beside the articles.
    #[must_use]
    pub fn with_questions(self, questions: Option<Arc<dyn Questions>>) -> Self {
        Self { questions, ..self }
    }

    /// Who keeps the questions.
    pub fn questions(&self) -> Option<&Arc<dyn Questions>> {
        self.questions.as_ref()
    }

    /// The same with someone who knows what texts mean, so that they can be found by it.
    #[must_use]
    pub fn with_filler(self, filler: Option<Arc<Filler>>) -> Self {
        Self { filler, ..self }
    }

    /// Who knows what texts mean.
    pub fn filler(&self) -> Option<&Arc<Filler>> {
        self.filler.as_ref()
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
        &self.lexicon.analyzer
    }

    /// What is known of words.
    pub fn lexicon(&self) -> &Arc<Lexicon> {
        &self.lexicon
    }

    /// What an index must have been built with to be theirs.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

fn read_lexicon(schema: &Schema) -> Result<Lexicon> {
    let files = &schema.lexicon;
    let dictionary = read_lists("dictionary", &files.dictionary)?;
    let words = dictionary
        .iter()
        .flat_map(|(_, list)| list.lines())
        .filter_map(word);
    let analyzer = Analyzer::new(words, schema.analysis.variants);
    let mut synonyms = Synonyms::default();
    for (file, list) in read_lists("synonyms", &files.synonyms)? {
        synonyms.add(&list, &analyzer).map_err(|bad| {
            let what = format!("{}:{}: {}", file.display(), bad.line, bad.message);
            Error::new(Code::InvalidRequest, what)
        })?;
    }
    let stop_words: Vec<String> = read_lists("stopwords", &files.stopwords)?
        .into_iter()
        .map(|(_, list)| list)
        .collect();
    Ok(Lexicon {
        stop_words: StopWords::with(&stop_words.join("\n")),
        synonyms,
        analyzer,
    })
}

fn read_lists<'a>(key: &str, files: &'a [PathBuf]) -> Result<Vec<(&'a Path, String)>> {
    files
        .iter()
        .map(|file| Ok((file.as_path(), read_list(key, file)?)))
        .collect()
}

fn read_list(key: &str, file: &Path) -> Result<String> {
    let refuse = |why: String| {
        let what = format!("the word list `{}` cannot be used: {why}", file.display());
        let help = format!("correct it, or remove it from `lexicon.{key}` in schema.toml");
        Error::new(Code::InvalidRequest, what).help(help)
    };
    let size = std::fs::metadata(file)
        .map_err(|why| refuse(why.to_string()))?
        .len();
    if size > MAX_LIST_BYTES {
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
