//! How is a text written into XML? Escaped, and without the characters that XML does not allow at all.

/// `text` for an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_ends_an_element_and_no_forbidden_character_stays() {
        assert_eq!(
            escape("]]><a b=\"c\">&'"),
            "]]&gt;&lt;a b=&quot;c&quot;&gt;&amp;&#39;"
        );
        assert_eq!(escape("a\0b\u{1b}c\u{ffff}中"), "abc中");
    }
}
