//! Is every file an article or a list of problems with places, and does it hide nothing from itself? Any bytes, as a file of kb/.
#![no_main]

use kb::config::Schema;
use kb::content::{parse_article, render};
use kb::model::Audience;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::default);

fuzz_target!(|bytes: &[u8]| {
    let loaded = parse_article("a/b.md", bytes, &SCHEMA);
    let lines = 1 + bytes
        .iter()
        .filter(|byte| matches!(byte, b'\n' | b'\r'))
        .count();
    for problem in &loaded.problems {
        assert!(!problem.message.is_empty());
        if let Some(place) = &problem.place {
            // UTF-16 has its line ends elsewhere.
            let is_wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
            assert!(
                place.line >= 1 && place.column >= 1 && place.length >= 1,
                "{problem:?}"
            );
            assert!(is_wide || place.line <= lines + 1, "{problem:?}");
        }
    }
    let Some(article) = loaded.article else {
        assert!(
            !loaded.problems.is_empty(),
            "no article, and nothing said why"
        );
        return;
    };
    assert!(!article.title.trim().is_empty());
    for viewer in (0..3).map(Audience::from_rank) {
        let Some(seen) = article.seen_by(viewer) else {
            assert!(!viewer.may_read(article.audience), "hidden from {viewer:?}");
            continue;
        };
        assert!(viewer.may_read(seen.audience), "shown to {viewer:?}");
        let hidden = seen
            .parts
            .iter()
            .find(|part| !viewer.may_read(part.audience));
        assert!(hidden.is_none(), "{hidden:?} is shown to {viewer:?}");
        // Nobody loses anything that he may read, either.
        let own = article
            .parts
            .iter()
            .filter(|part| viewer.may_read(part.audience));
        assert!(own.eq(&seen.parts));
        kb_fuzz::assert_harmless(&render(&seen.markdown(), &|_| None).html);
    }
});
