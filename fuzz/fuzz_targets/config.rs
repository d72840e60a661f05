//! Is every settings file taken or refused with places? Any text, as kb.toml and as schema.toml.
#![no_main]

use kb::config::{Loaded, parse_schema, parse_settings};
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

fuzz_target!(|text: &str| {
    places_are_there(&parse_settings(text), text);
    places_are_there(&parse_schema(text), text);
});
