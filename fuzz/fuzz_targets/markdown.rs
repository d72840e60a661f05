//! Can Markdown bring something into a page that runs? As an article with a trusting address book, and as a message of a stranger.
#![no_main]

use kb::content::{Destination, digest, render, render_message, resolve_link};
use libfuzzer_sys::fuzz_target;

fn address(target: &str) -> Option<String> {
    match resolve_link("a/b.md", target) {
        Destination::File { path, fragment } => Some(format!("/x/{path}{fragment}")),
        Destination::Fragment(fragment) => Some(fragment),
        Destination::Elsewhere(url) => Some(url),
        Destination::Refused => None,
    }
}

fuzz_target!(|markdown: &str| {
    let page = render(markdown, &address);
    kb_fuzz::assert_harmless(&page.html);
    assert_eq!(
        page.html,
        render(markdown, &address).html,
        "the same text gives the same page"
    );
    // What came out, written by somebody as his text, brings nothing in either.
    kb_fuzz::assert_harmless(&render(&page.html, &address).html);
    let message = render_message(markdown);
    kb_fuzz::assert_plain(&message);
    kb_fuzz::assert_plain(&render_message(&message));
    let _ = digest(markdown);
});
