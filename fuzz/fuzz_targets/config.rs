//! Is every settings file taken or refused with places, and can be used what was taken? Any text, as kb.toml and as schema.toml.
#![no_main]

use kb::config::{Loaded, Schema, Settings, parse_schema, parse_settings};
use kb::identity::Verifier;
use kb::model::Problem;
use libfuzzer_sys::fuzz_target;

fn places_are_there<T>(loaded: &Loaded<T>, text: &str) {
    let lines = 1 + text.matches('\n').count();
    let is_there = |problem: &&Problem| {
        problem
            .place
            .as_ref()
            .is_none_or(|place| (1..=lines).contains(&place.line))
    };
    let bad = loaded.problems.iter().find(|problem| !is_there(problem));
    assert!(bad.is_none(), "{bad:?} of {lines} lines");
    assert!(
        loaded
            .problems
            .iter()
            .all(|problem| !problem.message.is_empty())
    );
}

/// What was taken can be used, whatever else was wrong: it is within the limits that the commented files name.
fn is_usable(settings: &Settings, schema: &Schema) {
    let weights = &schema.weights;
    let all = [
        weights.title,
        weights.similar,
        weights.tags,
        weights.headings,
        weights.answer,
        weights.body,
    ];
    assert!(all.iter().all(|w| (0.0..=100.0).contains(w)), "{weights:?}");
    assert!(schema.limits.article_bytes > 0 && schema.limits.title_chars > 0);
    let limits = &settings.limits;
    assert!(limits.page_hits > 0 && limits.query_chars > 0 && limits.query_terms > 0);
    assert!(settings.server.max_connections > 0 && settings.server.request_timeout_ms > 0);
    let _ = Verifier::new(&settings.identity);
}

fuzz_target!(|text: &str| {
    let (settings, schema) = (parse_settings(text), parse_schema(text));
    places_are_there(&settings, text);
    places_are_there(&schema, text);
    is_usable(&settings.value, &schema.value);
    assert_eq!(
        settings.problems,
        parse_settings(text).problems,
        "the same text has the same problems"
    );
});
