//! What do articles look like, and how are they searched? `schema.toml`, with a default for every key.

use crate::model::Audiences;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `schema.toml`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schema {
    /// Who may read, from everybody to the fewest.
    pub audiences: Audiences,
    /// Front matter fields beside the built-in ones.
    pub fields: BTreeMap<String, ExtraField>,
    /// How much a match in each field counts.
    pub weights: Weights,
    /// How text is analysed. A change needs a new index.
    pub analysis: Analysis,
    /// Word lists, as paths of files beside `schema.toml`, already resolved against its folder.
    pub lexicon: Lexicon,
    /// Numbers of the ranking function.
    pub ranking: Ranking,
    /// Limits on articles.
    pub limits: Limits,
}

/// A front matter field that the site adds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtraField {
    /// What values it takes.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether search results are counted by its values.
    #[serde(default)]
    pub facet: bool,
    /// Whether a search can be narrowed by it.
    #[serde(default)]
    pub filter: bool,
    /// The allowed values; empty for any.
    #[serde(default)]
    pub values: Vec<String>,
}

/// What values a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// One text.
    Text,
    /// A list of texts.
    Texts,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A calendar day.
    Date,
}

/// How much one occurrence of a term counts by the field it stands in (the `w` of BM25F). Zero leaves a field out.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// The title.
    pub title: f32,
    /// The best matching similar question.
    pub similar: f32,
    /// Tags, products and the titles of its categories.
    pub tags: f32,
    /// Headings within the article.
    pub headings: f32,
    /// The short answer.
    pub answer: f32,
    /// The text.
    pub body: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            title: 3.0,
            similar: 3.0,
            tags: 1.0,
            headings: 1.5,
            answer: 1.0,
            body: 1.0,
        }
    }
}

/// How text becomes terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Analysis {
    /// Traditional and simplified characters are one.
    pub variants: bool,
    /// Pinyin and initials find what characters do not.
    pub pinyin: bool,
    /// Typing errors are forgiven where nothing matches directly.
    pub typos: bool,
}

impl Default for Analysis {
    fn default() -> Self {
        Self {
            variants: true,
            pinyin: true,
            typos: true,
        }
    }
}

/// Word lists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lexicon {
    /// Whether the shipped words and synonyms of support desks are known. A word in a list of the site goes before them.
    pub starter: bool,
    /// Files of words that segmentation must know: a word a line, then optionally its frequency.
    pub dictionary: Vec<PathBuf>,
    /// Files of synonyms: a group a line, or `a => b` for one way.
    pub synonyms: Vec<PathBuf>,
    /// Files of words that carry no meaning in a query.
    pub stopwords: Vec<PathBuf>,
}

impl Default for Lexicon {
    fn default() -> Self {
        Self {
            starter: true,
            dictionary: Vec::new(),
            synonyms: Vec::new(),
            stopwords: Vec::new(),
        }
    }
}

/// Numbers of the ranking function.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ranking {
    /// How soon more occurrences of a term stop counting (BM25's k1).
    pub k1: f32,
    /// How much the length of a text counts against it, 0 to 1 (BM25's b).
    pub b: f32,
    /// How many candidates the second stage looks at.
    pub candidates: usize,
    /// A best hit below this score (0 to 1) is probably not the answer.
    pub confident: f32,
}

impl Default for Ranking {
    fn default() -> Self {
        Self {
            k1: 1.2,
            b: 0.75,
            candidates: 100,
            confident: 0.5,
        }
    }
}

/// Limits on articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The largest article, in bytes. A larger one is a problem and not read.
    pub article_bytes: u64,
    /// The longest title that fits on a phone, in characters. A longer one is a warning.
    pub title_chars: usize,
    /// The most similar questions an article may have.
    pub similar: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            article_bytes: 2 * 1024 * 1024,
            title_chars: 60,
            similar: 200,
        }
    }
}
