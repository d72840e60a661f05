//! Do terms know where they come from? Their places lie within the text, at the borders of characters, and cover it in order.
#![no_main]

use kb::text::{Analyzer, language, normalize};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static ANALYZER: LazyLock<Analyzer> = LazyLock::new(Analyzer::default);

fuzz_target!(|text: &str| {
    let analysis = ANALYZER.analyze(text);
    let mut last = (0, 0);
    for term in &analysis.terms {
        let (start, end) = (term.source.start as usize, term.source.end as usize);
        assert!(start < end && end <= text.len(), "{term:?}");
        assert!(
            text.is_char_boundary(start) && text.is_char_boundary(end),
            "{term:?}"
        );
        assert!(!analysis.text(term).is_empty(), "{term:?}");
        assert!(
            term.units >= 1 && term.position + term.units <= analysis.units,
            "{term:?}"
        );
        assert!(
            (term.position, start) >= last || term.position >= last.0,
            "{term:?} after {last:?}"
        );
        last = (term.position, start);
    }
    // Units tile the count of places: one at each, in the order of the text.
    let mut from = 0;
    for (place, unit) in analysis.unit_terms().enumerate() {
        assert_eq!(unit.position as usize, place);
        assert!(unit.source.start >= from, "{unit:?} begins before {from}");
        from = unit.source.start;
    }
    assert_eq!(analysis.unit_terms().count(), analysis.units as usize);
    for word in &analysis.words {
        assert!(
            word.start < word.end && word.end <= analysis.units,
            "{word:?}"
        );
    }
    let folded = normalize(text, true);
    assert_eq!(folded.chars.len(), folded.sources.len());
    assert!(
        folded
            .sources
            .windows(2)
            .all(|two| two[0].start <= two[1].start)
    );
    let normal: String = folded.chars.iter().collect();
    let again: String = normalize(&normal, true).chars.iter().collect();
    let thrice: String = normalize(&again, true).chars.iter().collect();
    assert_eq!(again, thrice, "the normal form of {normal:?} stays");
    let _ = language(text);
});
