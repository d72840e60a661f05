//! What is done to Markdown before it is parsed? Lines of call-outs become marks that the writer of the page knows, and
//! emphasis next to Chinese punctuation is made to work.

use super::fence::{CodeBlocks, fence};
use super::parts::{CALLOUTS, has_blocks, is_foreign_end};
use crate::text::is_han;
use std::borrow::Cow;

/// A punctuation mark of a script that nobody writes any more. Beside a `**` it makes CommonMark see the edge of a word, which
/// it otherwise does not between Chinese punctuation and a Chinese character: `**注意：**请` would stay as written.
pub(super) const EDGE: char = '\u{1056f}';

/// Starts a mark. Raw HTML of an article cannot forge one: such comments in it are dropped (see [`prepare`]).
pub(super) const MARK: &str = "kb-block ";

/// Markdown made ready for the parser.
pub(super) fn prepare(markdown: &str) -> Cow<'_, str> {
    let marked = if has_blocks(markdown) || markdown.contains(MARK) {
        Cow::Owned(mark_blocks(markdown))
    } else {
        Cow::Borrowed(markdown)
    };
    if marked.contains('*')
        && !marked.contains(EDGE)
        && let Some(edged) = with_edges(&marked)
    {
        return Cow::Owned(edged);
    }
    marked
}

/// Replaces lines of call-outs by comments: `<!--kb-block tip 标题-->`, and `<!--kb-block -->` at the end.
fn mark_blocks(markdown: &str) -> String {
    // The author's own comments of that kind lose their effect.
    let markdown = markdown.replace("<!--kb-block", "<!-- kb-block");
    let code = CodeBlocks::of(&markdown);
    let mut out = String::with_capacity(markdown.len());
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut at = 0;
    for line in markdown.split_inclusive('\n') {
        let found = fence(line).filter(|_| !code.contain(at));
        at += line.len();
        let Some(found) = found else {
            out.push_str(line);
            continue;
        };
        // More than three columns would make it code; what is meant is clear from the colons.
        let prefix = if found.prefix.trim().is_empty()
            && found.prefix.len() > 3
            && open.is_empty()
            && !in_list(&out)
        {
            ""
        } else {
            found.prefix
        };
        if found.name.is_empty() || is_foreign_end(found.name) {
            if let Some((_, true)) = open.pop_if(|(colons, _)| *colons <= found.colons) {
                out.push_str(&format!("{prefix}<!--{MARK}-->"));
            } else {
                out.push_str(prefix);
            }
        } else {
            let name = found.name.to_lowercase();
            let callout = CALLOUTS.contains(&name.as_str());
            open.push((found.colons, callout));
            out.push_str(prefix);
            if callout {
                let title = found.title.replace("--", "—").replace('>', "＞");
                out.push_str(&format!("<!--{MARK}{name} {title}-->"));
            }
        }
        out.push('\n');
    }
    for _ in open.iter().filter(|(_, callout)| *callout) {
        out.push_str(&format!("\n<!--{MARK}-->\n"));
    }
    out
}

/// Whether the text so far may end within a list item.
fn in_list(text: &str) -> bool {
    text.lines().rev().take(200).any(|line| {
        let line = line.trim_start();
        line.starts_with(['-', '*', '+']) || line.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// Marks the edges of `**` that stand between punctuation and a Chinese character. `None` when there are none.
fn with_edges(markdown: &str) -> Option<String> {
    let mut out: Option<String> = None;
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = markdown[at..].find('*') {
        let start = at + found;
        let length = markdown[start..].bytes().take_while(|b| *b == b'*').count();
        let end = start + length;
        at = end;
        let before = markdown[..start].chars().next_back();
        let after = markdown[end..].chars().next();
        let (Some(before), Some(after)) = (before, after) else {
            continue;
        };
        // A single `*` is as often a factor: 数量*(单价+运费)*2.
        if !(2..=3).contains(&length) || before == '\\' {
            continue;
        }
        let chinese = |letter: char, mark: char| is_han(letter) || !mark.is_ascii();
        let place = if is_mark(before) && after.is_alphanumeric() && chinese(after, before) {
            end
        } else if before.is_alphanumeric() && is_mark(after) && chinese(before, after) {
            start
        } else {
            continue;
        };
        let out = out.get_or_insert_with(|| String::with_capacity(markdown.len() + 64));
        out.push_str(&markdown[copied..place]);
        out.push(EDGE);
        copied = place;
    }
    let mut out = out?;
    out.push_str(&markdown[copied..]);
    Some(out)
}

fn is_mark(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_whitespace() && !matches!(c, '*' | '\\')
}

/// Takes the marks of edges out of a text.
pub(super) fn without_edges(text: &str) -> Cow<'_, str> {
    if text.contains(EDGE) {
        Cow::Owned(text.replace(EDGE, ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// Takes the marks of blocks out of a text in which they have no meaning: code that is indented.
pub(super) fn without_marks(text: &str) -> Cow<'_, str> {
    if !text.contains("<!--kb-block ") {
        return Cow::Borrowed(text);
    }
    let lines = text
        .split_inclusive('\n')
        .filter(|line| !line.contains("<!--kb-block "));
    Cow::Owned(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::{EDGE, prepare, without_edges};

    #[test]
    fn callouts_become_marks() {
        for (markdown, expected) in [
            (
                "::: tip 小心\nx\n:::\n",
                "<!--kb-block tip 小心-->\nx\n<!--kb-block -->\n",
            ),
            (
                "> ::: tip\n> x\n",
                "> <!--kb-block tip -->\n> x\n\n<!--kb-block -->\n",
            ),
            ("::: zone x\ny\n::: zone-end\n", "\ny\n\n"),
            ("```\n::: tip\n```\n", "```\n::: tip\n```\n"),
            (":::\n", "\n"),
            ("<!--kb-block tip -->", "<!-- kb-block tip -->"),
        ] {
            assert_eq!(prepare(markdown), expected, "{markdown}");
        }
    }

    #[test]
    fn edges_stand_only_where_chinese_needs_them() {
        for (markdown, edges) in [
            ("**注意：**请", 1),
            ("请看**“注意”**一节", 2),
            ("a **b** c", 0),
            ("2*(3+4)*5, a**(b)**c", 0),
            ("数量*(单价)*2", 0),
        ] {
            let prepared = prepare(markdown);
            assert_eq!(prepared.matches(EDGE).count(), edges, "{markdown}");
            assert_eq!(without_edges(&prepared), markdown);
        }
    }
}
