//! By which terms is a case found? Pairs of characters, words and codes of its texts, as numbers of 64 bits.

use crate::text::{Analyzer, Kind};
use std::collections::BTreeSet;

/// Terms of a text.
pub type Terms = BTreeSet<u64>;

/// The most characters of one text that are taken apart.
const MAX_CHARS: usize = 20_000;

/// The terms of a text. Of a text in characters these are its pairs; a single character is a term where nothing else is there.
pub fn terms_of(analyzer: &Analyzer, text: &str) -> Terms {
    let end = text
        .char_indices()
        .nth(MAX_CHARS)
        .map_or(text.len(), |(at, _)| at);
    let analysis = analyzer.analyze(&text[..end]);
    let number = |term: &str| {
        let hash = blake3::hash(term.as_bytes());
        hash.as_bytes()[..8]
            .iter()
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
    };
    let telling = |kind: Kind| kind != Kind::Character;
    let terms: Terms = analysis
        .terms
        .iter()
        .filter(|term| telling(term.kind))
        .map(|term| number(analysis.text(term)))
        .collect();
    if !terms.is_empty() {
        return terms;
    }
    analysis
        .unit_terms()
        .map(|term| number(analysis.text(term)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::terms_of;
    use crate::text::Analyzer;

    #[test]
    fn what_is_searched_for_is_among_the_terms_of_the_text() {
        let analyzer = Analyzer::new([], true);
        let text = terms_of(&analyzer, "我的退款（订单 ABC-123）一直没有到账");
        for query in ["退款", "退款到账", "abc123", "ABC-123", "訂單"] {
            let query_terms = terms_of(&analyzer, query);
            assert!(query_terms.intersection(&text).count() > 0, "{query}");
        }
        assert!(terms_of(&analyzer, "").is_empty());
        assert_eq!(terms_of(&analyzer, "退").len(), 1);
    }
}
