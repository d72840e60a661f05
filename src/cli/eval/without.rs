//! What is found without some fields or features? Engines over one index that do without them.

use crate::cli::args::Without;
use crate::cli::meaning::Searcher;
use crate::cli::terminal::Terminal;
use crate::config::{Schema, Settings};
use crate::error::Result;
use crate::index::Snapshot;
use crate::model::Audience;
use crate::search::evaluate::{Evaluation, evaluate, evaluate_with};
use crate::search::judged::JudgedQuery;
use crate::search::{Engine, Feature, LeftOut, Request};
use crate::sync::Sources;
use std::sync::Arc;

/// What is measured.
pub(super) struct Subject<'a> {
    pub(super) snapshot: &'a Arc<Snapshot>,
    pub(super) sources: &'a Sources,
    pub(super) settings: &'a Settings,
    pub(super) terminal: &'a Terminal,
}

impl Subject<'_> {
    /// Asks all queries without what is named.
    pub(super) fn measure(
        &self,
        queries: &[JudgedQuery],
        without: &[Without],
    ) -> Result<Evaluation> {
        let engine = self.engine(without);
        if without.contains(&Without::Meaning) {
            return evaluate(&engine, queries, Audience::PUBLIC);
        }
        let mut searcher = Searcher::new(&engine, self.settings, self.terminal);
        let mut search = |request: &Request| searcher.search(request);
        evaluate_with(queries, Audience::PUBLIC, &mut search)
    }

    fn engine(&self, without: &[Without]) -> Engine {
        let mut schema = Schema::clone(self.sources.schema());
        let features: LeftOut = without
            .iter()
            .filter_map(|name| leave_out(&mut schema, *name))
            .collect();
        let lexicon = Arc::clone(self.sources.lexicon());
        Engine::new(Arc::clone(self.snapshot), Arc::new(schema), lexicon).without(features)
    }
}

/// Changes the schema where it can say it, else names the feature.
fn leave_out(schema: &mut Schema, name: Without) -> Option<Feature> {
    let weights = &mut schema.weights;
    let feature = match name {
        Without::Characters => Feature::Characters,
        Without::Bigrams => Feature::Bigrams,
        Without::Words => Feature::Words,
        Without::Codes => Feature::Codes,
        Without::StopWords => Feature::StopWords,
        Without::Likeness => Feature::Likeness,
        Without::Exactness => Feature::Exactness,
        Without::TitleLikeness => Feature::TitleLikeness,
        Without::QuestionWords => Feature::QuestionWords,
        Without::Negation => Feature::Negation,
        Without::Coverage => Feature::Coverage,
        Without::Proximity => Feature::Proximity,
        Without::Synonyms => Feature::Synonyms,
        Without::Meaning => return None,
        field_or_setting => {
            match field_or_setting {
                Without::Title => weights.title = 0.0,
                Without::Similar => weights.similar = 0.0,
                Without::Tags => weights.tags = 0.0,
                Without::Headings => weights.headings = 0.0,
                Without::Answer => weights.answer = 0.0,
                Without::Body => weights.body = 0.0,
                Without::Spelling => schema.analysis.typos = false,
                _ => schema.analysis.pinyin = false,
            }
            return None;
        }
    };
    Some(feature)
}
