//! What is the least that it could take? Tantivy by itself over the same tokens, and axum with nothing in its handlers.

use anyhow::Result;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use kb::index::{Document, View};
use kb::text::{Analysis, Analyzer};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Query, TermQuery};
use tantivy::schema::{
    Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{PreTokenizedString, TextAnalyzer, Token, TokenStream, Tokenizer};
use tantivy::{Index, IndexWriter, Searcher, TantivyDocument, Term};

/// The zones of an article, as `kb` has them.
const ZONES: [&str; 6] = ["title", "similar", "tags", "headings", "answer", "body"];
/// As `kb` gives its own writer.
const BYTES_PER_THREAD: usize = 128 << 20;

/// What is indexed of one article: the texts of each zone.
pub(crate) struct Texts {
    id: String,
    zones: [Vec<String>; 6],
}

impl Texts {
    fn of(document: Document) -> Self {
        let article = document.article;
        let mut tags = article.tags;
        tags.extend(article.products);
        tags.extend(document.category_titles);
        let headings = document
            .passages
            .iter()
            .map(|p| p.heading.clone())
            .filter(|h| !h.is_empty());
        let headings = headings.collect();
        let body = document.passages.into_iter().map(|p| p.text).collect();
        let answer = article.answer.into_iter().collect();
        let zones = [
            vec![article.title],
            article.similar,
            tags,
            headings,
            answer,
            body,
        ];
        Self {
            id: article.id.as_str().to_owned(),
            zones,
        }
    }

    /// Of all articles of a view.
    pub(crate) fn of_all(view: &View) -> Result<Vec<Self>> {
        let ordinals = (0..view.ordinals()).filter(|at| view.head_by_ordinal(*at).is_some());
        ordinals
            .map(|at| Ok(Self::of(view.document_by_ordinal(at)?)))
            .collect()
    }
}

/// The engine by itself.
pub(crate) struct Raw {
    index: Index,
    id: Field,
    stored: Field,
    zones: [Field; 6],
}

impl Raw {
    /// An empty index in memory with the zones as fields.
    pub(crate) fn new(analyzer: &Analyzer) -> Self {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("bench")
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let text = TextOptions::default().set_indexing_options(indexing);
        let mut builder = Schema::builder();
        let id = builder.add_text_field("id", STRING);
        let stored = builder.add_bytes_field("stored", STORED);
        let zones = ZONES.map(|zone| builder.add_text_field(zone, text.clone()));
        let index = Index::create_in_ram(builder.build());
        index
            .tokenizers()
            .register("bench", TextAnalyzer::from(Cutter(analyzer.clone())));
        Self {
            index,
            id,
            stored,
            zones,
        }
    }

    /// A document whose text the engine has to cut.
    pub(crate) fn uncut(&self, texts: &Texts) -> TantivyDocument {
        self.document(texts, |out, field, text| out.add_text(field, text))
    }

    /// A document whose tokens are there already.
    pub(crate) fn cut(&self, texts: &Texts, analyzer: &Analyzer) -> TantivyDocument {
        self.document(texts, |out, field, text| {
            let mut terms = Terms::of(analyzer.analyze(text));
            let mut tokens = Vec::new();
            terms.process(&mut |token| tokens.push(token.clone()));
            let text = String::new();
            out.add_pre_tokenized_text(field, PreTokenizedString { text, tokens });
        })
    }

    fn document(
        &self,
        texts: &Texts,
        mut add: impl FnMut(&mut TantivyDocument, Field, &str),
    ) -> TantivyDocument {
        let mut out = TantivyDocument::default();
        out.add_text(self.id, &texts.id);
        // As much as a record of ours: who shows hits must keep what they say.
        let stored = texts.zones.concat().join("\n");
        out.add_bytes(self.stored, stored.as_bytes());
        for (field, zone) in self.zones.iter().zip(&texts.zones) {
            zone.iter().for_each(|text| add(&mut out, *field, text));
        }
        out
    }

    /// Indexes documents with as many threads as `kb` takes, and waits until all is done.
    pub(crate) fn build(&self, documents: impl Iterator<Item = TantivyDocument>) -> Result<()> {
        let threads = std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(4);
        let mut writer: IndexWriter = self
            .index
            .writer_with_num_threads(threads, threads * BYTES_PER_THREAD)?;
        for document in documents {
            writer.add_document(document)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        Ok(())
    }

    /// Whoever searches it.
    pub(crate) fn searcher(&self) -> Result<Searcher> {
        Ok(self.index.reader()?.searcher())
    }

    /// Any of the terms of `typed` in any zone.
    pub(crate) fn query(&self, typed: &str, analyzer: &Analyzer) -> Box<dyn Query> {
        let analysis = analyzer.analyze(typed);
        let terms: BTreeSet<&str> = analysis
            .terms
            .iter()
            .map(|term| analysis.text(term))
            .collect();
        let mut any: Vec<Box<dyn Query>> = Vec::new();
        for term in terms {
            for zone in self.zones {
                let term = Term::from_field_text(zone, term);
                any.push(Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)));
            }
        }
        Box::new(BooleanQuery::union(any))
    }
}

/// The best ten.
pub(crate) fn ask(searcher: &Searcher, query: &dyn Query) -> tantivy::Result<usize> {
    Ok(searcher
        .search(query, &TopDocs::with_limit(10).order_by_score())?
        .len())
}

/// Queries to be asked by number.
pub(crate) struct Asked {
    /// Whom.
    pub(crate) searcher: Searcher,
    /// What.
    pub(crate) queries: Vec<Box<dyn Query>>,
}

/// Serves on a free port, for ever: `/empty`; `/ask/{n}`, the query of that number and nothing else; `/page/{n}`, so many bytes.
pub(crate) async fn serve(asked: Arc<Asked>) -> Result<SocketAddr> {
    let app = Router::new()
        .route("/empty", get(|| async { "" }))
        .route("/ask/{n}", get(answer))
        .route(
            "/page/{n}",
            get(|Path(n): Path<usize>| async move { vec![b'x'; n.min(1 << 20)] }),
        )
        .with_state(asked);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

async fn answer(State(asked): State<Arc<Asked>>, Path(n): Path<usize>) -> String {
    let query = &asked.queries[n % asked.queries.len()];
    ask(&asked.searcher, query.as_ref())
        .unwrap_or_default()
        .to_string()
}

/// The analyzer of `kb` as a tokenizer of the engine: the same tokens.
#[derive(Clone)]
struct Cutter(Analyzer);

struct Terms {
    analysis: Analysis,
    next: usize,
    token: Token,
}

impl Terms {
    fn of(analysis: Analysis) -> Self {
        Self {
            analysis,
            next: 0,
            token: Token::default(),
        }
    }
}

impl Tokenizer for Cutter {
    type TokenStream<'a> = Terms;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms {
        Terms::of(self.0.analyze(text))
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
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
