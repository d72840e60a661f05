//! How is code coloured? By classes, so that pages need no inline styles and light and dark are a matter of the style sheet.

use super::html::escape;
use std::sync::LazyLock;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

/// The most code of a block that is coloured, in bytes: beyond it nobody misses colours, and time counts.
const MAX_BYTES: usize = 12 * 1024;

/// The longest line that is coloured, in bytes: some grammars take far longer on long lines.
const MAX_LINE_BYTES: usize = 1_000;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Kinds of token, from the most special; the first scope that fits, from the innermost, decides.
const KINDS: [(&str, &str); 16] = [
    ("comment", "hl-c"),
    ("string", "hl-s"),
    ("constant.numeric", "hl-n"),
    ("constant.character.escape", "hl-n"),
    ("constant", "hl-n"),
    ("keyword.operator", "hl-o"),
    ("keyword", "hl-k"),
    ("storage", "hl-k"),
    ("entity.name.function", "hl-f"),
    ("support.function", "hl-f"),
    ("entity.name.tag", "hl-t"),
    ("entity.other.attribute-name", "hl-a"),
    ("entity.name", "hl-t"),
    ("support.type", "hl-a"),
    ("support", "hl-t"),
    ("variable.parameter", "hl-v"),
];

static SCOPES: LazyLock<Vec<(Scope, &str)>> = LazyLock::new(|| {
    let parse = |(scope, class): &(&str, &'static str)| Some((Scope::new(scope).ok()?, *class));
    KINDS.iter().filter_map(parse).collect()
});

/// Names by which authors call a language, beside those that the grammars know.
const NAMES: [(&str, &str); 17] = [
    ("shell", "bash"),
    ("console", "bash"),
    ("shell-session", "bash"),
    ("zsh", "bash"),
    ("ts", "js"),
    ("typescript", "js"),
    ("tsx", "js"),
    ("jsx", "js"),
    ("jsonc", "json"),
    ("json5", "json"),
    ("vue", "html"),
    ("toml", "properties"),
    ("ini", "properties"),
    ("conf", "properties"),
    ("csharp", "cs"),
    ("golang", "go"),
    ("markdown", "md"),
];

/// The rules for the classes of coloured code, for light and dark. The colours have a contrast of at least 4.5 to 1 on
/// `#f6f8fa` and on `#161b22`.
pub fn highlight_css() -> &'static str {
    "\
.hl-c{color:#59636e}.hl-s{color:#0a3069}.hl-n{color:#0550ae}.hl-k{color:#b3202c}.hl-o{color:#0550ae}
.hl-f{color:#6639ba}.hl-t{color:#116329}.hl-a{color:#0550ae}.hl-v{color:#8a4600}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]) .hl-c{color:#9198a1}
:root:not([data-theme=light]) .hl-s{color:#a5d6ff}:root:not([data-theme=light]) .hl-n{color:#79c0ff}
:root:not([data-theme=light]) .hl-k{color:#ff7b72}:root:not([data-theme=light]) .hl-o{color:#79c0ff}
:root:not([data-theme=light]) .hl-f{color:#d2a8ff}:root:not([data-theme=light]) .hl-t{color:#7ee787}
:root:not([data-theme=light]) .hl-a{color:#79c0ff}:root:not([data-theme=light]) .hl-v{color:#ffa657}}
:root[data-theme=dark] .hl-c{color:#9198a1}:root[data-theme=dark] .hl-s{color:#a5d6ff}:root[data-theme=dark] .hl-n{color:#79c0ff}
:root[data-theme=dark] .hl-k{color:#ff7b72}:root[data-theme=dark] .hl-o{color:#79c0ff}:root[data-theme=dark] .hl-f{color:#d2a8ff}
:root[data-theme=dark] .hl-t{color:#7ee787}:root[data-theme=dark] .hl-a{color:#79c0ff}:root[data-theme=dark] .hl-v{color:#ffa657}
"
}

/// Writes code as HTML, coloured where the language is known. `class` is put before each class name. Returns how many bytes
/// were coloured, so that a page can stop after enough.
pub(super) fn highlight(code: &str, language: &str, seal: &str, out: &mut String) -> usize {
    let tame = code.len() <= MAX_BYTES && code.lines().all(|line| line.len() <= MAX_LINE_BYTES);
    let start = out.len();
    let coloured = tame
        .then(|| syntax(language))
        .flatten()
        .is_some_and(|syntax| colour(code, syntax, seal, out).is_some());
    if coloured {
        return code.len();
    }
    out.truncate(start);
    escape(code, out);
    0
}

fn syntax(language: &str) -> Option<&'static SyntaxReference> {
    let name = language.to_ascii_lowercase();
    if name.is_empty() || name == "text" || name == "plain" {
        return None;
    }
    let known = NAMES
        .iter()
        .find(|(alias, _)| *alias == name)
        .map_or(name.as_str(), |(_, known)| known);
    SYNTAXES.find_syntax_by_token(known)
}

fn colour(code: &str, syntax: &SyntaxReference, seal: &str, out: &mut String) -> Option<()> {
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let mut open: Option<&str> = None;
    for line in code.split_inclusive('\n') {
        let mut from = 0;
        for (at, op) in state.parse_line(line, &SYNTAXES).ok()? {
            write(line.get(from..at)?, class(&stack), &mut open, seal, out);
            from = at;
            stack.apply(&op).ok()?;
        }
        write(line.get(from..)?, class(&stack), &mut open, seal, out);
    }
    if open.is_some() {
        out.push_str("</span>");
    }
    Some(())
}

/// Writes a piece of text, going on in the open element when it is of the same class.
fn write(
    text: &str,
    class: Option<&'static str>,
    open: &mut Option<&'static str>,
    seal: &str,
    out: &mut String,
) {
    if text.is_empty() {
        return;
    }
    // Blanks have no colour: they go along with what is open.
    if class != *open && !text.trim().is_empty() {
        if open.is_some() {
            out.push_str("</span>");
        }
        if let Some(class) = class {
            out.push_str("<span class=\"");
            out.push_str(seal);
            out.push_str(class);
            out.push_str("\">");
        }
        *open = class;
    }
    escape(text, out);
}

fn class(stack: &ScopeStack) -> Option<&'static str> {
    stack.as_slice().iter().rev().find_map(|scope| {
        SCOPES
            .iter()
            .find(|(kind, _)| kind.is_prefix_of(*scope))
            .map(|(_, class)| *class)
    })
}

#[cfg(test)]
mod tests {
    use super::highlight;

    #[test]
    fn code_is_coloured_by_classes_and_escaped() {
        for (language, code, expected) in [
            (
                "rust",
                "let x = \"<\"; // 好\n",
                "<span class=\"hl-k\">let</span> ",
            ),
            ("toml", "title = \"x\"\n", "hl-"),
            ("bash", "echo \"hi\" # x\n", "hl-s"),
            ("json", "{\"a\": 1}", "hl-n"),
            ("sh", "kb serve # x", "hl-c"),
            ("yaml", "a: b", "hl-"),
        ] {
            let mut out = String::new();
            assert_eq!(highlight(code, language, "", &mut out), code.len());
            assert!(out.contains(expected), "{out}");
            assert!(!out.contains("style=") && !out.contains("\"<\""), "{out}");
        }
        let mut out = String::new();
        assert_eq!(highlight("a < b", "nonsense", "", &mut out), 0);
        assert_eq!(out, "a &lt; b");
    }
}
