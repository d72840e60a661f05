//! What is an index made from? A folder of articles, read as a schema says, cut by an analyzer that knows its dictionary.

use super::questions::Questions;
use crate::config::Schema;
use crate::embed::Filler;
use crate::error::{Code, Error, Result};
use crate::index::versions;
use crate::text::{Analyzer, BadLine, Lexicon, StopWords, Synonyms};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest word list, in bytes.
const MAX_LIST_BYTES: u64 = 16 << 20;
/// The longest word of a dictionary, in characters.
const MAX_WORD_CHARS: usize = 32;
/// The most bad lines that are told of one list.
const MAX_BAD: usize = 20;

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
    let mut words = Vec::new();
    for (file, list) in &dictionary {
        words.extend(self::words(list).map_err(|bad| refuse_lines(file, &bad))?);
    }
    let analyzer = Analyzer::of(words, files.starter, schema.analysis.variants);
    let mut synonyms = match files.starter {
        true => Synonyms::starter(&analyzer),
        false => Synonyms::default(),
    };
    for (file, list) in read_lists("synonyms", &files.synonyms)? {
        synonyms
            .add(&list, &analyzer)
            .map_err(|bad| refuse_lines(file, &bad))?;
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

/// Says all that is wrong with a list, a line each.
fn refuse_lines(file: &Path, bad: &[BadLine]) -> Error {
    let line = |bad: &BadLine| {
        let (line, column) = (bad.line, bad.column);
        format!("{}:{line}:{column}: {}", file.display(), bad.message)
    };
    let lines: Vec<String> = bad.iter().map(line).collect();
    Error::new(Code::InvalidRequest, lines.join("\n"))
        .help("correct these lines; until then the lists that were read before are used")
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

/// The words of a dictionary, each with its frequency if it has one; further columns are passed over. `#` begins a comment.
///
/// # Errors
/// The lines that are no words, up to [`MAX_BAD`].
fn words(list: &str) -> Result<Vec<Word<'_>>, Vec<BadLine>> {
    let (mut words, mut bad) = (Vec::new(), Vec::new());
    for (line, number) in list.lines().zip(1..) {
        match word(line.trim_start_matches('\u{feff}')) {
            Ok(word) => words.extend(word),
            Err((column, message)) => bad.push(BadLine {
                line: number,
                column,
                message,
            }),
        }
        if bad.len() == MAX_BAD {
            break;
        }
    }
    match bad.is_empty() {
        true => Ok(words),
        false => Err(bad),
    }
}

/// A word of a dictionary, and how frequent it is, if that is said.
type Word<'a> = (&'a str, Option<usize>);

/// The word of one line, or the column and what is wrong there.
fn word(line: &str) -> Result<Option<Word<'_>>, (usize, String)> {
    let mut columns = line.split_whitespace();
    let Some(word) = columns.next().filter(|word| !word.starts_with('#')) else {
        return Ok(None);
    };
    let column = |part: &str| {
        line.find(part)
            .map_or(1, |at| line[..at].chars().count() + 1)
    };
    let shown: String = word.chars().take(20).collect();
    if !word.chars().any(char::is_alphanumeric) {
        return Err((column(word), format!("`{shown}` has no letter")));
    }
    if word.chars().nth(MAX_WORD_CHARS).is_some() {
        let why = format!("`{shown}…` is longer than {MAX_WORD_CHARS} characters: a word a line");
        return Err((column(word), why));
    }
    let rest = &line[line.find(word).unwrap_or(0) + word.len()..];
    match rest.split_whitespace().next() {
        None => Ok(Some((word, None))),
        Some(second) if second.bytes().all(|b| b.is_ascii_digit()) => {
            Ok(Some((word, second.parse().ok())))
        }
        Some(tag) if tag.starts_with('#') || tag.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Ok(Some((word, None)))
        }
        Some(other) => {
            let place = line.len() - rest.trim_start().len();
            let shown: String = other.chars().take(20).collect();
            let why = format!(
                "`{shown}` is no frequency: write a whole number after the word, or nothing"
            );
            Err((line[..place].chars().count() + 1, why))
        }
    }
}
