//! What does a source file name? Its tokens with their lines, without comments and texts, and the paths among them.

/// A word, a number or one punctuation character, and the line (from 1) that it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A path as in `crate::model::Article`, each branch of `{…}` by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// The tokens of Rust source. Comments, texts and characters are left out.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let end = skip(&chars, at).unwrap_or_else(|| {
            let end = word_end(&chars, at);
            if !chars[at].is_whitespace() {
                tokens.push(Token {
                    text: chars[at..end].iter().collect(),
                    line,
                });
            }
            end
        });
        line += chars[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    tokens
}

fn word_end(chars: &[char], at: usize) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if !is_word(chars[at]) {
        return at + 1;
    }
    (at..chars.len())
        .find(|i| !is_word(chars[*i]))
        .unwrap_or(chars.len())
}

/// Where the comment, text or character that begins at `at` ends; `None` when none begins there.
fn skip(chars: &[char], at: usize) -> Option<usize> {
    let starts = |text: &str| {
        text.chars()
            .enumerate()
            .all(|(i, c)| chars.get(at + i) == Some(&c))
    };
    let in_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    if starts("//") {
        return Some(
            (at..chars.len())
                .find(|i| chars[*i] == '\n')
                .unwrap_or(chars.len()),
        );
    }
    if starts("/*") {
        return Some(block_comment_end(chars, at));
    }
    if !in_word && (starts("r\"") || starts("r#") || starts("br\"") || starts("br#")) {
        return raw_text_end(chars, at);
    }
    match chars[at] {
        '"' => Some(quoted_end(chars, at, '"')),
        // A lifetime has no second quote near by.
        '\'' if chars.get(at + 1) == Some(&'\\') || chars.get(at + 2) == Some(&'\'') => {
            Some(quoted_end(chars, at, '\''))
        }
        _ => None,
    }
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut i = at;
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                i += 1;
                continue;
            }
        }
        i += 2;
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn raw_text_end(chars: &[char], at: usize) -> Option<usize> {
    let open = (at..chars.len()).find(|i| !matches!(chars[*i], 'b' | 'r' | '#'))?;
    if chars[open] != '"' {
        return None;
    }
    let hashes = chars[at..open].iter().filter(|c| **c == '#').count();
    let closes = |i: &usize| {
        chars[*i] == '"'
            && chars[i + 1..]
                .iter()
                .take(hashes)
                .filter(|c| **c == '#')
                .count()
                == hashes
    };
    Some(
        (open + 1..chars.len())
            .find(closes)
            .map_or(chars.len(), |i| i + 1 + hashes),
    )
}

fn quoted_end(chars: &[char], at: usize, quote: char) -> usize {
    let mut i = at + 1;
    while i < chars.len() && chars[i] != quote {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

/// The tokens outside modules that are for tests only.
pub(crate) fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_at(tokens, at, &["#", "[", "cfg", "(", "test", ")", "]", "mod"]) {
            let open = (at..tokens.len())
                .find(|i| tokens[*i].text == "{")
                .unwrap_or(tokens.len());
            at = closing(tokens, open);
        } else {
            kept.push(tokens[at].clone());
        }
        at += 1;
    }
    kept
}

/// Whether these tokens stand at `at`.
pub(crate) fn is_at(tokens: &[Token], at: usize, texts: &[&str]) -> bool {
    texts
        .iter()
        .enumerate()
        .all(|(i, text)| tokens.get(at + i).is_some_and(|token| token.text == *text))
}

/// The place of the bracket that closes the one at `open`.
pub(crate) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" | "[" | "(" => depth += 1,
            "}" | "]" | ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    tokens.len()
}

/// All paths, each branch of a `{…}` by itself.
pub(crate) fn paths(tokens: &[Token]) -> Vec<Named> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let begins =
            is_word(&tokens[at]) && (at == 0 || !matches!(tokens[at - 1].text.as_str(), ":" | "."));
        let colon_before =
            at > 0 && tokens[at - 1].text == ":" && (at < 2 || tokens[at - 2].text != ":");
        if begins || (is_word(&tokens[at]) && colon_before) {
            read_path(tokens, at, &[], &mut found);
        }
    }
    found
}

fn is_word(token: &Token) -> bool {
    token
        .text
        .starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn read_path(tokens: &[Token], start: usize, before: &[String], found: &mut Vec<Named>) {
    let mut segments = before.to_vec();
    let mut at = start;
    while at < tokens.len() && is_word(&tokens[at]) {
        segments.push(tokens[at].text.clone());
        if !is_at(tokens, at + 1, &[":", ":"]) {
            break;
        }
        at += 3;
    }
    if tokens.get(at).is_some_and(|token| token.text == "{") {
        let end = closing(tokens, at);
        let mut branch = at + 1;
        while branch < end {
            read_path(tokens, branch, &segments, found);
            branch = next_branch(tokens, branch, end);
        }
        return;
    }
    found.push(Named {
        segments,
        line: tokens[start].line,
    });
}

fn next_branch(tokens: &[Token], from: usize, end: usize) -> usize {
    let mut at = from;
    while at < end && tokens[at].text != "," {
        at = if tokens[at].text == "{" {
            closing(tokens, at) + 1
        } else {
            at + 1
        };
    }
    at + 1
}
