//! Which texts of an article have a meaning of their own? Its questions, one by one, and its body in passages of a size that
//! models read whole.

use crate::config::Embeddings;
use crate::embed::{Role, Text};
use crate::index::{Document, Place};

/// The longest question, in characters.
const MAX_QUESTION: usize = 500;

/// Where sentences end.
const ENDS: [char; 8] = ['。', '！', '？', '；', '\n', '.', '!', '?'];

/// The texts of a document, which has only what its audience may read.
pub(super) fn texts(document: &Document, settings: &Embeddings) -> Vec<(Place, Text)> {
    let article = &document.article;
    let questions = std::iter::once(&article.title).chain(&article.similar);
    let questions = (0_u16..).zip(questions).map(|(at, question)| {
        let text = text(
            Role::Question,
            &question.chars().take(MAX_QUESTION).collect::<String>(),
        );
        (Place::Question(at), text)
    });
    let passages = document.passages.iter().flat_map(|passage| {
        let above = if passage.heading.is_empty() {
            &article.title
        } else {
            &passage.heading
        };
        let pieces = cut(&passage.text, settings.passage_chars).into_iter();
        // What only says the question again is no answer to it.
        let pieces = pieces.filter(move |piece| piece != above);
        pieces.map(move |piece| text(Role::Passage, &format!("{above}\n{piece}")))
    });
    let passages = (0_u16..).zip(passages.take(settings.passages));
    let passages = passages.map(|(at, text)| (Place::Passage(at), text));
    questions
        .chain(passages)
        .filter(|(_, text)| !text.text.is_empty())
        .collect()
}

fn text(role: Role, text: &str) -> Text {
    let text = text.trim().replace('\0', " ");
    Text { role, text }
}

/// A text in pieces of at most `size` characters, cut at the end of a sentence where there is one in its second half.
fn cut(text: &str, size: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while let Some((end, _)) = rest.char_indices().nth(size) {
        let head = &rest[..end];
        let sentence = head.rfind(ENDS).filter(|at| *at >= end / 2);
        let next = sentence.and_then(|at| head[at..].chars().next().map(|c| at + c.len_utf8()));
        let (piece, after) = rest.split_at(next.unwrap_or(end));
        pieces.push(piece.trim());
        rest = after.trim();
    }
    pieces.push(rest);
    pieces.retain(|piece| piece.chars().any(char::is_alphanumeric));
    pieces
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_text_is_cut_behind_sentences_and_nothing_of_it_is_lost() {
        assert_eq!(cut("一二三。四五六", 5), ["一二三。", "四五六"]);
        assert_eq!(cut("一二三四五六七", 3), ["一二三", "四五六", "七"]);
        assert_eq!(cut("短", 50), ["短"]);
        assert!(cut("", 50).is_empty() && cut("——。", 50).is_empty());
        let long = "说明。".repeat(500);
        assert_eq!(cut(&long, 100).concat(), long);
    }
}
