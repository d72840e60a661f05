//! How does a document look to the full text engine?
//!
//! One text field for each zone of an article, all cut by our own [`Analyzer`] through a tokenizer of the engine, with
//! frequencies and positions; and two fields for us: the id, to replace and remove by, and the stored record.

use super::Document;
use crate::text::{Analysis, Analyzer};
use tantivy::schema::{
    Field, IndexRecordOption, STORED, STRING, Schema, TantivyDocument, TextFieldIndexing,
    TextOptions,
};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};

/// Goes up whenever the same article would make other terms, so that older indexes are rebuilt.
pub(crate) const TERMS_VERSION: u32 = 2;

const TOKENIZER: &str = "kb";

/// A part of an article that is searched as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Zone {
    /// The title.
    Title,
    /// Similar questions, all of them.
    Similar,
    /// Tags, products, and the titles of its categories.
    Tags,
    /// Headings within the article.
    Headings,
    /// The short answer that its author wrote.
    Answer,
    /// The text.
    Body,
}

impl Zone {
    /// All zones, in the order in which weights and lengths are kept.
    pub const ALL: [Self; 6] = [
        Self::Title,
        Self::Similar,
        Self::Tags,
        Self::Headings,
        Self::Answer,
        Self::Body,
    ];

    /// Its name in the engine's schema, in `schema.toml`, and in explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Similar => "similar",
            Self::Tags => "tags",
            Self::Headings => "headings",
            Self::Answer => "answer",
            Self::Body => "body",
        }
    }
}

/// The fields of the engine's schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The id, one term.
    pub(super) id: Field,
    /// The stored record, not indexed.
    pub(super) record: Field,
    /// The zones, in the order of [`Zone::ALL`].
    pub(super) zones: [Field; 6],
}

/// The engine's schema, always the same.
pub(super) fn engine_schema() -> (Schema, Fields) {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_fieldnorms(true)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let text = TextOptions::default().set_indexing_options(indexing);
    let mut builder = Schema::builder();
    let id = builder.add_text_field("id", STRING);
    let record = builder.add_bytes_field("record", STORED);
    let zones = Zone::ALL.map(|zone| builder.add_text_field(zone.name(), text.clone()));
    (builder.build(), Fields { id, record, zones })
}

/// Makes an index able to cut text: without this, adding a document fails.
pub(super) fn register_analyzer(index: &tantivy::Index, analyzer: &Analyzer) {
    let cutter = Cutter {
        analyzer: analyzer.clone(),
    };
    index
        .tokenizers()
        .register(TOKENIZER, TextAnalyzer::from(cutter));
}

/// A document as the engine takes it; `record` is what the store keeps of it.
pub(super) fn encode(fields: &Fields, document: &Document, record: &[u8]) -> TantivyDocument {
    let article = &document.article;
    let mut out = TantivyDocument::default();
    out.add_text(fields.id, article.id.as_str());
    out.add_bytes(fields.record, record);
    let mut add = |zone: Zone, texts: &mut dyn Iterator<Item = &str>| {
        for text in texts.filter(|text| !text.is_empty()) {
            out.add_text(fields.zones[zone as usize], text);
        }
    };
    add(Zone::Title, &mut std::iter::once(article.title.as_str()));
    add(
        Zone::Similar,
        &mut article.similar.iter().map(String::as_str),
    );
    for list in [&article.tags, &article.products, &document.category_titles] {
        add(Zone::Tags, &mut list.iter().map(String::as_str));
    }
    add(
        Zone::Headings,
        &mut document
            .passages
            .iter()
            .map(|passage| passage.heading.as_str()),
    );
    add(Zone::Answer, &mut article.answer.as_deref().into_iter());
    add(
        Zone::Body,
        &mut document
            .passages
            .iter()
            .map(|passage| passage.text.as_str()),
    );
    out
}

/// Our analyzer as a tokenizer of the engine.
#[derive(Clone)]
struct Cutter {
    analyzer: Analyzer,
}

/// The terms of one text, one by one.
struct Terms {
    analysis: Analysis,
    next: usize,
    token: Token,
}

impl Tokenizer for Cutter {
    type TokenStream<'a> = Terms;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms {
        Terms {
            analysis: self.analyzer.analyze(text),
            next: 0,
            token: Token::default(),
        }
    }
}

impl TokenStream for Terms {
    fn advance(&mut self) -> bool {
        let Some(term) = self.analysis.terms.get(self.next) else {
            return false;
        };
        self.next += 1;
        self.token.text.clear();
        self.token.text.push_str(self.analysis.text(term));
        self.token.position = term.position as usize;
        self.token.position_length = term.units as usize;
        self.token.offset_from = term.source.start as usize;
        self.token.offset_to = term.source.end as usize;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
