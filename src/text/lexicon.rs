//! What is known of words? Everything that reads a query needs, shipped and the site's own.

use super::analyze::Analyzer;
use super::stop_words::StopWords;
use super::synonyms::Synonyms;

/// How texts are cut, which words say little, and which mean the same.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    /// Cuts texts into terms.
    pub analyzer: Analyzer,
    /// Words that say little of what a question is about.
    pub stop_words: StopWords,
    /// Words that mean the same.
    pub synonyms: Synonyms,
}
