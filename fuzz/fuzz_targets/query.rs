//! Does a query ever fail, or cost more than a few hundred terms? Anything typed, as a search and while typing.
#![no_main]

use kb::model::Audience;
use kb::search::{Engine, Request};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> = LazyLock::new(kb_fuzz::engine);

fuzz_target!(|typed: &str| {
    let request = Request {
        query: typed.to_owned(),
        limit: 10,
        explain: typed.len() % 2 == 1,
        ..Request::default()
    };
    let results = ENGINE.search(&request).expect("an answer");
    let work = results.work;
    assert!(work.readings <= 7, "{work:?}");
    assert!(work.terms <= 7 * 128, "{work:?}");
    assert!(
        work.postings <= (work.terms * 6 * kb_fuzz::ARTICLES) as u64,
        "{work:?}"
    );
    assert!(results.hits.len() <= 10 && results.hits.len() <= results.total);
    for hit in &results.hits {
        let title: String = hit
            .title_parts
            .iter()
            .map(|part| part.text.as_str())
            .collect();
        assert_eq!(title, hit.title, "the parts of a title are the title");
        assert!(hit.score.is_finite(), "{hit:?}");
        let shown: usize = hit
            .snippet_parts
            .iter()
            .map(|part| part.text.chars().count())
            .sum();
        assert!(shown <= 202, "{shown} characters of snippet");
    }
    let lines = ENGINE
        .suggest(Audience::PUBLIC, typed, 8)
        .expect("suggestions");
    assert!(lines.len() <= 8);
});
