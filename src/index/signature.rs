//! What is a question, in numbers? The units of a title, of similar questions and of headings, for comparison with a query.

use super::{Document, Zone};
use crate::text::{Analyzer, unit_code};

/// The most units of one question that are kept.
const MAX_UNITS: usize = 64;
/// The most headings of one article that are kept.
const MAX_HEADINGS: usize = 1_000;

/// The questions of one article, each a run of unit codes ([`unit_code`]).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    codes: Box<[u32]>,
    /// Where each question ends in `codes`: the title, then similar questions, then headings.
    ends: Box<[u32]>,
    similar: u32,
}

impl Signature {
    /// The questions of a document.
    pub fn of(document: &Document, analyzer: &Analyzer) -> Self {
        let article = &document.article;
        let title = std::iter::once(article.title.as_str());
        let similar = article.similar.iter().map(String::as_str);
        let headings = document
            .passages
            .iter()
            .map(|passage| passage.heading.as_str());
        let texts = title.chain(similar).chain(headings.take(MAX_HEADINGS));
        let (mut codes, mut ends) = (Vec::new(), Vec::new());
        for text in texts {
            let analysis = analyzer.analyze_units(text);
            codes.extend(
                analysis
                    .unit_terms()
                    .take(MAX_UNITS)
                    .map(|term| unit_code(analysis.text(term))),
            );
            ends.push(u32::try_from(codes.len()).unwrap_or(u32::MAX));
        }
        Self::from_parts(
            codes,
            ends,
            u32::try_from(article.similar.len()).unwrap_or(u32::MAX),
        )
    }

    /// Puts together what [`Self::parts`] took apart.
    pub(super) fn from_parts(codes: Vec<u32>, ends: Vec<u32>, similar: u32) -> Self {
        Self {
            codes: codes.into(),
            ends: ends.into(),
            similar,
        }
    }

    /// Codes, ends, and how many similar questions there are: for storing.
    pub(super) fn parts(&self) -> (&[u32], &[u32], u32) {
        (&self.codes, &self.ends, self.similar)
    }

    /// Each question with the zone that it stands in and its place there: the title (0), each similar question, each heading.
    pub fn questions(&self) -> impl Iterator<Item = (Zone, usize, &[u32])> {
        let similar = self.similar as usize;
        let mut start = 0;
        self.ends.iter().enumerate().map(move |(i, end)| {
            let codes = self.codes.get(start..*end as usize).unwrap_or_default();
            start = *end as usize;
            match i {
                0 => (Zone::Title, 0, codes),
                i if i <= similar => (Zone::Similar, i - 1, codes),
                i => (Zone::Headings, i - 1 - similar, codes),
            }
        })
    }
}
