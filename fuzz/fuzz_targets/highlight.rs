//! Are marks within the text, and the text still whole? The first line is the query, the rest is what it is looked up in.
#![no_main]

use kb::text::{Analyzer, Marker, parts};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static ANALYZER: LazyLock<Analyzer> = LazyLock::new(Analyzer::default);

fuzz_target!(|input: &str| {
    let (query, text) = input.split_once('\n').unwrap_or((input, input));
    let analysis = ANALYZER.analyze(query);
    let terms = analysis
        .terms
        .iter()
        .map(|term| (analysis.text(term), term.kind, 1.0));
    let marker = Marker::new(terms, &ANALYZER);
    let stretches = marker.stretches(text);
    for range in &stretches {
        assert!(
            range.start < range.end && range.end <= text.len(),
            "{range:?}"
        );
        assert!(
            text.is_char_boundary(range.start) && text.is_char_boundary(range.end),
            "{range:?}"
        );
    }
    let whole: String = parts(text, &stretches)
        .into_iter()
        .map(|(part, _)| part)
        .collect();
    assert_eq!(whole, text, "parts are the text");
    for max_chars in [1, 20, 200] {
        let (window, worth) = marker.window(text, max_chars);
        assert!(worth.is_finite() && worth >= 0.0);
        assert!(text[window].chars().count() <= max_chars);
    }
    assert!(marker.worth(text).is_finite());
});
