//! Which lines open and close `:::` blocks? Lines within a closed fenced code block are text; all others count, at any
//! indentation, in quotes and in lists, so that a block for few never passes for text because it stands a column too far right.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};
use std::ops::Range;

/// A line that opens or closes a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fence<'a> {
    /// What stands before the colons: spaces, `>`, a list marker.
    pub(super) prefix: &'a str,
    /// How many colons.
    pub(super) colons: usize,
    /// The name of the block; empty on a closing line.
    pub(super) name: &'a str,
    /// What follows the name, without brackets and attributes.
    pub(super) title: &'a str,
}

/// Reads a line. `None` for text.
pub(super) fn fence(line: &str) -> Option<Fence<'_>> {
    let line = line.trim_end();
    let (prefix, rest) = line.split_at(prefix_length(line));
    // An input method writes full-width colons.
    let after = rest.trim_start_matches([':', '：']);
    let colons = rest.chars().count() - after.chars().count();
    if colons < 3 {
        return None;
    }
    let content = after.trim();
    let name_length = content
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')))
        .unwrap_or(content.len());
    let (name, title) = content.split_at(name_length);
    // `:::` with other text behind it, and `:::image …:::` on one line as in Microsoft's documentation, are text.
    if (name.is_empty() && !content.is_empty()) || title.contains(":::") {
        return None;
    }
    let title = title.trim();
    let title = match title.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => title.split('{').next().unwrap_or_default(),
    };
    Some(Fence {
        prefix,
        colons,
        name,
        title: title.trim(),
    })
}

/// The length of the spaces, quote marks and list markers at the start of a line.
fn prefix_length(line: &str) -> usize {
    let bytes = line.as_bytes();
    let mut at = 0;
    loop {
        at += bytes[at..]
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t' | b'>'))
            .count();
        let digits = bytes[at..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let marker = match bytes.get(at + digits) {
            Some(b'-' | b'*' | b'+') if digits == 0 => 1,
            Some(b'.' | b')') if (1..=9).contains(&digits) => digits + 1,
            _ => return at,
        };
        if !matches!(bytes.get(at + marker), Some(b' ' | b'\t')) {
            return at;
        }
        at += marker;
    }
}

/// Fenced code blocks of a Markdown text: where they are, and whether a line closes them.
pub(super) struct CodeBlocks {
    closed: Vec<Range<usize>>,
    /// Those that run to the end of what contains them.
    pub(super) unclosed: Vec<Range<usize>>,
}

impl CodeBlocks {
    /// Finds them.
    pub(super) fn of(markdown: &str) -> Self {
        let mut blocks = Self {
            closed: Vec::new(),
            unclosed: Vec::new(),
        };
        if !markdown.contains("```") && !markdown.contains("~~~") {
            return blocks;
        }
        for (event, range) in Parser::new_ext(markdown, Options::empty()).into_offset_iter() {
            if let Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) = event {
                if is_closed(&markdown[range.clone()]) {
                    blocks.closed.push(range);
                } else {
                    blocks.unclosed.push(range);
                }
            }
        }
        blocks
    }

    /// Whether the line that starts at `at` lies within a closed code block.
    pub(super) fn contain(&self, at: usize) -> bool {
        let next = self.closed.partition_point(|block| block.start <= at);
        next.checked_sub(1).is_some_and(|i| at < self.closed[i].end)
    }
}

fn is_closed(block: &str) -> bool {
    let mark = block.chars().next().unwrap_or('`');
    let length = block.chars().take_while(|c| *c == mark).count();
    let mut lines = block.trim_end().lines();
    lines.next();
    lines.next_back().is_some_and(|last| {
        let last = last.trim_start_matches([' ', '\t', '>']).trim_end();
        last.chars().count() >= length && last.chars().all(|c| c == mark)
    })
}

#[cfg(test)]
mod tests {
    use super::{CodeBlocks, fence};

    #[test]
    fn fences_are_told_from_text() {
        for (line, expected) in [
            ("::: internal", Some(("", 3, "internal", ""))),
            (":::tip[Mind] ", Some(("", 3, "tip", "Mind"))),
            (
                "  > :::: warning 小心 {#x}",
                Some(("  > ", 4, "warning", "小心")),
            ),
            ("- ::: internal", Some(("- ", 3, "internal", ""))),
            ("12. ::: internal", Some(("12. ", 3, "internal", ""))),
            ("：：： internal", Some(("", 3, "internal", ""))),
            (":::", Some(("", 3, "", ""))),
            (":: internal", None),
            ("::: ?", None),
            ("a ::: internal", None),
            (":::image type=\"content\" source=\"a.png\":::", None),
        ] {
            let found = fence(line).map(|f| (f.prefix, f.colons, f.name, f.title));
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn only_closed_code_hides_its_lines() {
        let text = "```\n:::\n```\n\n- ```\n  :::\n\nx\n~~~\n:::";
        let blocks = CodeBlocks::of(text);
        assert!(blocks.contain(4));
        assert_eq!(blocks.unclosed.len(), 2);
        assert!(!blocks.contain(text.len() - 3));
    }
}
