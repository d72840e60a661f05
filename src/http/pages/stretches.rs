//! What in a plain text is code? People write it between backticks, though nothing else in such a text is marked.

use serde::Serialize;

/// A stretch of a plain text.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Stretch {
    /// The text, without backticks.
    pub(super) text: String,
    /// Whether it stood between them.
    pub(super) code: bool,
}

/// The stretches of a text, in order.
pub(super) fn stretches(text: &str) -> Vec<Stretch> {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) || text.contains("``") {
        let text = text.to_owned();
        return vec![Stretch { text, code: false }];
    }
    let stretch = |(i, text): (usize, &&str)| Stretch {
        text: (*text).to_owned(),
        code: i % 2 == 1,
    };
    let stretches = pieces.iter().enumerate().map(stretch);
    stretches.filter(|s| !s.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Stretch, stretches};

    #[test]
    fn code_stands_between_single_backticks() {
        let stretch = |text: &str, code| Stretch {
            text: text.to_owned(),
            code,
        };
        assert_eq!(
            stretches("运行 `kb` 就好"),
            [
                stretch("运行 ", false),
                stretch("kb", true),
                stretch(" 就好", false)
            ]
        );
        for plain in ["没有", "一个 ` 而已", "写 ```json"] {
            assert_eq!(stretches(plain), [stretch(plain, false)]);
        }
    }
}
