//! Which stretch of an article is for whom? The text below the front matter is cut at the lines of audience blocks.
//!
//! Whatever is unclear goes to the fewer: a block that is never closed lasts to the end of the file, and one whose name
//! nobody knows is for the most privileged audience. Call-outs stay in the text; the page makes boxes of them.

use super::codes;
use super::fence::{CodeBlocks, Fence, fence};
use super::source::{Explain, Source, nearest};
use crate::model::{Audience, Audiences, Part, Problem};
use std::ops::Range;

/// Names of call-outs.
pub(super) const CALLOUTS: [&str; 8] = [
    "tip",
    "info",
    "note",
    "warning",
    "caution",
    "danger",
    "important",
    "details",
];

/// Blocks of other tools that say nothing about who may read them; what is in them is shown.
pub(super) const PLAIN_BLOCKS: [&str; 6] = ["zone", "moniker", "row", "code-group", "raw", "v-pre"];

/// A block that is open.
struct Open {
    colons: usize,
    name: String,
    span: Range<usize>,
    /// What was in force outside, for a block that changes it.
    outside: Option<Outside>,
}

struct Outside {
    audience: Audience,
    /// Whether its text ended with an empty line.
    after_blank: bool,
}

struct Cutter<'a> {
    source: &'a Source,
    audiences: &'a Audiences,
    parts: Vec<Part>,
    open: Vec<Open>,
    audience: Audience,
    problems: Vec<Problem>,
}

/// Cuts the text of `source` from `body` on into stretches by audience. Joined, they are the text without the lines that open
/// and close audience blocks; an empty line stands where such a line parted two paragraphs.
pub(super) fn cut(
    source: &Source,
    body: usize,
    audiences: &Audiences,
) -> (Vec<Part>, Vec<Problem>) {
    let markdown = &source.text[body..];
    if !has_blocks(markdown) {
        return (whole(markdown), Vec::new());
    }
    let code = CodeBlocks::of(markdown);
    let mut cutter = Cutter {
        source,
        audiences,
        parts: Vec::new(),
        open: Vec::new(),
        audience: Audience::PUBLIC,
        problems: Vec::new(),
    };
    let mut at = 0;
    let mut lines = markdown.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let span = body + at..body + at + line.trim_end().len();
        match fence(line).filter(|_| !code.contain(at)) {
            None => cutter.text(line),
            Some(found) if found.name.is_empty() || is_foreign_end(found.name) => {
                let next_blank = lines.peek().is_none_or(|next| is_blank(next));
                cutter.close(&found, span, line, next_blank);
            }
            Some(found) => cutter.open(&found, span, line),
        }
        at += line.len();
    }
    cutter.finish()
}

/// Whether a text may have a line that opens or closes a block.
pub(super) fn has_blocks(markdown: &str) -> bool {
    markdown.contains(":::") || markdown.contains('：')
}

/// Whether this is the end of a block as Microsoft's documentation writes it: `::: zone-end`.
pub(super) fn is_foreign_end(name: &str) -> bool {
    name.strip_suffix("-end")
        .is_some_and(|name| PLAIN_BLOCKS.contains(&name))
}

fn whole(markdown: &str) -> Vec<Part> {
    vec![Part {
        audience: Audience::PUBLIC,
        markdown: markdown.to_owned(),
    }]
}

fn is_blank(line: &str) -> bool {
    line.trim_matches([' ', '\t', '>', '\n']).is_empty()
}

impl Cutter<'_> {
    fn text(&mut self, line: &str) {
        match self.parts.last_mut() {
            Some(part) if part.audience == self.audience => part.markdown.push_str(line),
            _ => self.parts.push(Part {
                audience: self.audience,
                markdown: line.to_owned(),
            }),
        }
    }

    /// Whether the last line of the stretch that is being written is empty.
    fn after_blank(&self) -> bool {
        self.parts
            .last()
            .and_then(|part| part.markdown.lines().next_back())
            .is_none_or(is_blank)
    }

    fn open(&mut self, found: &Fence<'_>, span: Range<usize>, line: &str) {
        let name = found.name.to_lowercase();
        let within = self
            .audiences
            .get(found.name)
            .or_else(|| self.audiences.get(&name));
        let callout = [CALLOUTS.as_slice(), PLAIN_BLOCKS.as_slice()]
            .iter()
            .any(|names| names.contains(&name.as_str()));
        if within.is_none() && !callout {
            self.unknown(found, span.clone());
        }
        let audience = match within {
            Some(audience) => Some(audience),
            None if callout => None,
            None => self.audiences.all().last(),
        };
        let outside = audience.map(|audience| {
            let after_blank = self.after_blank();
            let outside = Outside {
                audience: self.audience,
                after_blank,
            };
            self.audience = self.audience.max(audience);
            if found.prefix.contains(['-', '*', '+', '.', ')']) {
                self.text(&format!("{}\n", found.prefix));
            } else if !after_blank {
                self.text(&format!("{}\n", found.prefix.trim_end()));
            }
            outside
        });
        if outside.is_none() {
            self.text(line);
        }
        self.open.push(Open {
            colons: found.colons,
            name: found.name.to_owned(),
            span,
            outside,
        });
    }

    fn close(&mut self, found: &Fence<'_>, span: Range<usize>, line: &str, next_blank: bool) {
        let fits = |open: &&Open| open.colons <= found.colons;
        if self.open.last().filter(fits).is_none() {
            let problem = self
                .source
                .problem(codes::STRAY_END, span, "no block is open here");
            self.problems
                .push(problem.help("remove the line, or open a block above: `::: tip`"));
            return;
        }
        let Some(Open {
            outside: Some(outside),
            ..
        }) = self.open.pop()
        else {
            return self.text(line);
        };
        let blank = format!("{}\n", found.prefix.trim_end());
        let inner_blank = self.after_blank();
        // What stands before and behind the block must not become one paragraph, neither for those who see it nor for others.
        if !next_blank && outside.after_blank && !inner_blank {
            self.text(&blank);
        }
        self.audience = outside.audience;
        if !next_blank && !outside.after_blank {
            self.text(&blank);
        }
    }

    fn unknown(&mut self, found: &Fence<'_>, span: Range<usize>) {
        let last = self.audiences.all().last().unwrap_or_default();
        let problem = self
            .source
            .problem(
                codes::UNKNOWN_BLOCK,
                span,
                format!("unknown block `{}`", found.name),
            )
            .label(format!(
                "only `{}` sees what is in it",
                self.audiences.name(last)
            ));
        let known = self.audiences.names().chain(CALLOUTS);
        self.problems.push(match nearest(found.name, known) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!(
                "audiences are {}; call-outs are {}",
                self.audiences.names().collect::<Vec<_>>().join(", "),
                CALLOUTS.join(", ")
            )),
        });
    }

    fn finish(mut self) -> (Vec<Part>, Vec<Problem>) {
        for open in std::mem::take(&mut self.open) {
            let message = format!("the block `{}` is never closed", open.name);
            self.problems.push(
                self.source
                    .problem(codes::UNCLOSED_BLOCK, open.span, message)
                    .label("opened here")
                    .help(format!(
                        "write a line `{}` where it ends",
                        ":".repeat(open.colons)
                    )),
            );
        }
        (self.parts, self.problems)
    }
}
